import type { BroadcastChannel } from 'node:worker_threads';

/**
 * A channel between a worker and the threads that hold it, so that the program's own listeners on the worker and on
 * `parentPort` receive no message of varve. `undefined` for every other port.
 */
export function workerChannel(port: unknown): BroadcastChannel | undefined {
  const { BroadcastChannel, parentPort, threadId, Worker } = process.getBuiltinModule('node:worker_threads');
  if (port instanceof Worker) {
    const channel = new BroadcastChannel(channelName(port.threadId));
    // The worker itself keeps the process alive, until the program calls its `unref`.
    channel.unref();
    return channel;
  }
  if (parentPort !== null && port === parentPort) return new BroadcastChannel(channelName(threadId));
  return undefined;
}

/** Thread ids are unique in a process, and a `BroadcastChannel` reaches the threads of one process. */
function channelName(id: number): string {
  return `varve.worker.${id}`;
}
