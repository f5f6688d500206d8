import type { ChildProcess } from 'node:child_process';
import type { Worker as ClusterWorker } from 'node:cluster';
import type { BroadcastChannel, MessagePort, Worker } from 'node:worker_threads';
import {
  type Config,
  defineConfig,
  type FollowedConfig,
  followConfig,
  loadConfig,
  resumeReport,
  type Snapshot,
  shareConfig,
} from '../src/index.ts';

const definition = defineConfig({
  name: 'app',
  settings: { lr: { format: Number, default: 0.1 }, optimizer: { name: { format: ['adam', 'sgd'], default: 'adam' } } },
});

/** Whatever a program may talk over is a port. */
export function share(
  config: Config,
  ports: readonly (MessagePort | Worker | BroadcastChannel | ChildProcess | ClusterWorker)[],
): void {
  for (const port of ports) shareConfig(config, port);
  shareConfig(config, process);
  // @ts-expect-error a text is none
  shareConfig(config, 'port');
}

/** What is followed has the types of what is shared. */
export async function follow(port: MessagePort): Promise<FollowedConfig> {
  const followed = await followConfig(definition, port);
  const lr: number = followed.values.lr;
  const name: 'adam' | 'sgd' = followed.get('optimizer.name');
  // @ts-expect-error a misspelt key
  followed.get('optimizer.nam');
  // @ts-expect-error a misspelt key
  followed.subscribe(() => undefined, { keys: ['optimiser'] });
  // @ts-expect-error only to be read
  followed.values.lr = lr;
  return [lr, name].length > 0 ? (followed as unknown as FollowedConfig) : Promise.reject(new Error());
}

/** A snapshot has the types of the values. */
export async function snapshot(): Promise<number> {
  const config = await loadConfig(definition, { resume: 'run.json', allowIdentityChange: ['lr'] });
  const { values, identity }: Snapshot<typeof config.values> = config.snapshot();
  const kinds: readonly ('identity' | 'operational' | 'secret' | 'added')[] = (
    resumeReport(config)?.differences ?? []
  ).map(({ kind }) => kind);
  return values.lr + identity.length + kinds.length;
}
