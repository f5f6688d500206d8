import { setTimeout as pause } from 'node:timers/promises';
import { child } from './child.ts';
import type { MeasuredEngine } from './engines.ts';
import { quantiles } from './quantiles.ts';

/** What became of many processes that count up one setting. */
export interface Writers {
  readonly processes: number;
  readonly updates: number;
  readonly kills: number;
  readonly lost: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
}

interface WritersOptions {
  readonly processes?: number;
  readonly updates?: number;
  /** How often the server is killed meanwhile. */
  readonly kills?: number;
}

/** Between two kills, in milliseconds. */
const CALM_MS = 1_000;

export async function writers(
  engine: MeasuredEngine,
  { processes = 16, updates = 60, kills = 0 }: WritersOptions = {},
): Promise<Writers> {
  const running = await engine.start();
  const document = 'apps/fleet/writers';
  const store = running.open(document);
  try {
    const input = { opening: running.opening(document, { timeout: 60_000, requestTimeout: 5_000 }), count: updates };
    const children = await Promise.all(Array.from({ length: processes }, () => child('update', input)));
    const started = performance.now();
    const reports = Promise.all(children.map((writer) => writer.report()));
    for (let i = 0; i < kills; i++) {
      await pause(CALM_MS);
      await running.kill();
    }
    const took = (await reports).flat();
    const seconds = (performance.now() - started) / 1_000;
    for (const writer of children) writer.end();
    const { count } = JSON.parse((await store.read()).text ?? '{}');
    const { p50, p99, longest } = quantiles(took);
    const lost = processes * updates - count;
    return { processes, updates, kills, lost, perSecond: took.length / seconds, p50, p99, longest };
  } finally {
    await store.close();
    await running.remove();
  }
}
