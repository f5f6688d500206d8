import { setTimeout as pause } from 'node:timers/promises';
import { type Child, child } from './child.ts';
import type { MeasuredEngine } from './engines.ts';

const PER_PROCESS = 25;
const PATIENCE_MS = 60_000;

/** How long `count` watches take, after their server was killed and has restarted, until all have seen a write, in milliseconds. */
export async function recovery(engine: MeasuredEngine, count: number): Promise<number> {
  const running = await engine.start();
  const document = 'apps/fleet/recovery';
  const store = running.open(document, { timeout: 60_000 });
  const children: Child[] = [];
  const write = async (): Promise<void> => {
    const { revision: expect } = await store.read();
    await store.write(JSON.stringify({ at: 0 }), { expect, id: crypto.randomUUID() });
  };
  try {
    await write();
    for (let left = count; left > 0; left -= PER_PROCESS)
      children.push(
        await child('watchers', {
          opening: running.opening(document, { timeout: 60_000 }),
          count: Math.min(left, PER_PROCESS),
        }),
      );
    await pause(2_000);
    await running.kill();
    const started = performance.now();
    await write();
    for (let seen = 0; seen < count; await pause(20)) {
      const reports = await Promise.all(children.map((watching) => watching.report()));
      seen += reports.flat().length;
      if (performance.now() - started > PATIENCE_MS) throw new Error(`${seen} of ${count} recovered`);
    }
    return performance.now() - started;
  } finally {
    for (const watching of children) watching.end();
    await store.close();
    await running.remove();
  }
}
