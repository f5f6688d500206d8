// Follows a configuration over whatever it was started with, and tells what it sees.
import cluster from 'node:cluster';
import { BroadcastChannel, isMainThread, parentPort, workerData } from 'node:worker_threads';

const { url, channel, port } = workerData ?? JSON.parse(process.env.FOLLOWER);
const { followConfig } = await import(url);
const { definition } = await import('./followed.mjs');
const ours = channel ? new BroadcastChannel(channel) : (port ?? (isMainThread ? process : parentPort));
const tell = (message) => (isMainThread ? process.send(message) : parentPort.postMessage(message));

const followed = await followConfig(await definition(url), ours);
const state = () => ({
  values: { ...followed.values, pattern: String(followed.values.pattern) },
  fingerprint: followed.snapshot().fingerprint,
  isFrozen: Object.isFrozen(followed.values.optimizer),
});
followed.subscribe(
  (event) => {
    if ('rejected' in event) tell({ rejected: followed.rejected.issues });
    else tell({ ...state(), changes: event.changes.map(({ key }) => key) });
    if (followed.get('optimizer.momentum') === 0) {
      // Nothing keeps this thread or process alive any more.
      followed.close();
      if (channel) ours.close();
      if (cluster.isWorker) process.disconnect();
    }
  },
  { keys: ['optimizer'] },
);
let refused;
try {
  followed.get('optimiser');
} catch (error) {
  refused = error.message;
}
tell({ ...state(), refused });
