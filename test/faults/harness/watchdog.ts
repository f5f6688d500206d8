import { Worker } from 'node:worker_threads';
import { onTestFinished } from 'vitest';

/** Ends this process when a piece of work takes too long, even one that never gives the event loop back. */
export interface Watchdog {
  /** Says what comes next, and that what came before has ended. */
  next(work: string): void;
}

const SCRIPT = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { writeSync } = require('node:fs');
  let timer;
  parentPort.on('message', (work) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      writeSync(2, '\\nSTUCK for ' + workerData + ' ms: ' + work + '\\n');
      process.kill(process.pid, 'SIGKILL');
    }, workerData);
  });
`;

/** A watchdog for one test; `limitMs` is far more than any piece of work takes. */
export function watchdog(limitMs: number): Watchdog {
  const worker = new Worker(SCRIPT, { eval: true, workerData: limitMs });
  worker.unref();
  onTestFinished(async () => void (await worker.terminate()));
  return { next: (work) => worker.postMessage(work) };
}
