import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { defineConfig, loadConfig } from '../src/index.ts';
import { etcdOrSkip } from './contract/store.ts';
import { TestCluster } from './etcd/cluster.ts';
import { folder } from './folder.ts';
import { until } from './watched.ts';

const RELAY = fileURLToPath(new URL('../docs/examples/relay/relay.mjs', import.meta.url));

const program = etcdOrSkip();
test.skipIf(program === undefined)(
  'a relay keeps a file equal to a document, and a configuration follows that',
  async () => {
    const cluster = await TestCluster.start(program ?? '', 1);
    const { path } = folder();
    const file = join(path, 'config.json');
    const put = (epochs: number) => cluster.put('/apps/relay', Buffer.from(`{ "epochs": ${epochs} }`));
    await put(1);
    const relay = spawn(process.execPath, [RELAY, cluster.endpoints.join(), 'apps/relay', file], { stdio: 'pipe' });
    const ended = once(relay, 'exit');
    try {
      await until(() => expect(existsSync(file) && readFileSync(file, 'utf8')).toBe('{ "epochs": 1 }'));
      const settings = { epochs: { format: 'nat', default: 0 } } as const;
      const config = await loadConfig(defineConfig({ name: 'app', file, settings }), { cwd: path, env: {}, argv: [] });
      await using watcher = config.watch();
      await watcher.ready;
      for (let epochs = 2; epochs < 30; epochs++) await put(epochs);
      await until(() => expect(config.values.epochs).toBe(29));
      await cluster.restart('SIGKILL');
      await put(30);
      await until(() => expect(config.values.epochs).toBe(30));
      relay.kill('SIGTERM');
      expect(await ended).toEqual([0, null]);
    } finally {
      relay.kill('SIGKILL');
      await cluster.remove();
    }
  },
  60_000,
);
