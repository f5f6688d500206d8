import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import { type ConfigEvent, defineConfig, loadConfig, type Watcher, type WatchOptions } from '../src/index.ts';

export const definition = defineConfig({
  name: 'app',
  file: 'app.json',
  files: ['base.json'],
  envPrefix: 'P',
  dotenv: true,
  settings: {
    epochs: { format: 'nat', default: 0 },
    twin: { format: 'nat', default: 0 },
    lr: { format: Number, max: 1, default: 0.1 },
    token: { format: String, default: 'none', sensitive: true },
    key: { format: String, default: 'none', sensitive: true },
  },
});

/** Looked at by itself only once an hour, so that a test of events is one. */
export const byEventsOnly: WatchOptions = { poll: 3_600_000 };

export async function watched(path: string, env: Record<string, string> = {}, options = byEventsOnly) {
  if (!readdirSync(path).includes('base.json')) writeFileSync(join(path, 'base.json'), '{}');
  const config = await loadConfig(definition, { cwd: path, env, argv: [] });
  const events: ConfigEvent[] = [];
  config.subscribe((event) => events.push(event));
  const watcher: Watcher = config.watch(options);
  onTestFinished(() => watcher.close());
  await watcher.ready;
  return { config, events, watcher };
}

/** Waits for what is to become true, as long as it takes within reason. */
export const until = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 15_000, interval: 5 });

/** Writes a file beside, and puts it in the place of the other. */
export function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
