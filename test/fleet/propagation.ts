import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Store } from './built.ts';
import { type Child, child } from './child.ts';
import type { MeasuredEngine } from './engines.ts';
import { type Quantiles, quantiles } from './quantiles.ts';

/** How soon writes arrived. */
export interface Propagation {
  readonly count: number;
  /** The writes that arrived, at all watches together. */
  readonly heard: number;
  readonly ours: Quantiles;
  /** The number of watches of the engine's own client. */
  readonly others: number;
  readonly theirs: Quantiles;
  /** The server's memory for each of our watches, in KiB; only of etcd, which has one process. */
  readonly memoryEach: number;
  /** The server's processor time for one write to all, in milliseconds. */
  readonly processor: number;
  /** The server's processor time for all our watches in a second without a write, in milliseconds. */
  readonly idle: number;
}

const DOCUMENT = 'apps/fleet/prod';
/** A first read waits while hundreds of processes start. */
const PATIENT = { timeout: 60_000 };
/** Up to this many watches have a process each, as those of etcdctl; of more, some share one, as memory is short. */
const MOST_PROCESSES = 100;
const PER_PROCESS = 25;
const MOST_OTHERS = 100;
/** How many processes start at once. */
const AT_ONCE = 4;
/** A document of about sixty settings. */
const FILLER = 'x'.repeat(2_000);
const IDLE_MS = 5_000;

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export async function propagation(engine: MeasuredEngine, count: number, writes: number): Promise<Propagation> {
  const running = await engine.start();
  const store = running.open(DOCUMENT, PATIENT);
  const children: Child[] = [];
  const start = async (name: string, each: number, total: number, input: object): Promise<readonly Child[]> => {
    const started: Child[] = [];
    for (let left = total; left > 0; left -= each * AT_ONCE) {
      const counts = Array.from({ length: AT_ONCE }, (_, i) => Math.min(each, left - i * each)).filter(
        (one) => one > 0,
      );
      const some = await Promise.all(counts.map((one) => child(name, { ...input, count: one })));
      children.push(...some);
      started.push(...some);
    }
    return started;
  };
  try {
    await write(store, 0);
    const empty = costOf(running.pid);
    const baseline = await idleCostOf(running.pid);
    const each = count <= MOST_PROCESSES ? 1 : PER_PROCESS;
    const watchers = await start('watchers', each, count, { opening: running.opening(DOCUMENT, PATIENT) });
    await pause(1_000);
    const { memory } = costOf(running.pid);
    const idle = (await idleCostOf(running.pid)) - baseline;
    const others = Math.min(count, MOST_OTHERS);
    const theirChildren = await start(
      engine.baseline.child,
      count <= MOST_PROCESSES ? 1 : PER_PROCESS,
      others,
      running.baseline(DOCUMENT),
    );
    await pause(3_000);
    await Promise.all([delaysOf(watchers), delaysOf(theirChildren)]);
    const from = { ...costOf(running.pid), at: now() };
    for (let i = 0; i < writes; i++) {
      // A watch that is behind skips to the newest state: each write has time to arrive everywhere.
      await pause(Math.max(50, count) + 50 * Math.random());
      await write(store, now());
    }
    await pause(3_000);
    const processor = (costOf(running.pid).cpu - from.cpu - ((idle + baseline) * (now() - from.at)) / 1_000) / writes;
    const [ours, theirs] = [await delaysOf(watchers), await delaysOf(theirChildren)];
    return {
      count,
      heard: ours.length,
      ours: quantiles(ours),
      others,
      theirs: quantiles(theirs),
      memoryEach: (1_024 * (memory - empty.memory)) / count,
      processor,
      idle,
    };
  } finally {
    for (const watching of children) watching.end();
    await store.close();
    await running.remove();
  }
}

async function write(store: Store, at: number): Promise<void> {
  const { revision: expect } = await store.read();
  const text = (): string => JSON.stringify({ at: at === 0 ? 0 : now(), filler: FILLER });
  await store.write(text(), { expect, id: crypto.randomUUID() });
}

async function delaysOf(children: readonly Child[]): Promise<readonly number[]> {
  return (await Promise.all(children.map((watching) => watching.report()))).flat();
}

/** The server's processor time in a second, in milliseconds. */
async function idleCostOf(pid: number | undefined): Promise<number> {
  const from = costOf(pid).cpu;
  await pause(IDLE_MS);
  return (1_000 * (costOf(pid).cpu - from)) / IDLE_MS;
}

/** The server's processor time so far, in milliseconds, and its memory in MiB. */
function costOf(pid: number | undefined): { readonly cpu: number; readonly memory: number } {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const [, resident] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  // In hundredths of a second.
  return { cpu: 10 * (Number(fields[11]) + Number(fields[12])), memory: Number(resident) / 1_024 };
}
