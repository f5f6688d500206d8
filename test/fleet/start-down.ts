import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig, loadConfig, type Store } from 'varve';
import { ETCD_LINK, POSTGRES_LINK, TcpLink } from '../contract/link.ts';
import { etcd, postgresStore } from './built.ts';
import type { MeasuredEngine } from './engines.ts';

/** How long a start takes with a local copy while the server is down, in milliseconds. */
export interface StartDown {
  /** The port refuses connections. */
  readonly refused: number;
  /** The connection is accepted, and nothing answers. */
  readonly silent: number;
}

export async function startDown(engine: MeasuredEngine): Promise<StartDown> {
  const folder = mkdtempSync(join(tmpdir(), 'varve-start-'));
  const running = await engine.start();
  const link = new TcpLink(engine.title === 'etcd' ? ETCD_LINK : POSTGRES_LINK);
  const { options } = running.opening('apps/fleet/start');
  const target =
    (options as { endpoints?: readonly string[]; connection?: string }).endpoints?.[0] ??
    (options as { connection: string }).connection;
  const url = await link.toUrl(target);
  const open = (): Store =>
    engine.title === 'etcd'
      ? etcd({ endpoint: url, key: 'apps/fleet/start' })
      : postgresStore({ connection: url, name: 'apps/fleet/start' });
  const start = async (): Promise<number> => {
    const store = open();
    const definition = defineConfig({
      name: 'fleet',
      store,
      lastKnownGood: join(folder, 'copy.json'),
      settings: { count: { format: 'nat', default: 0 } },
    });
    const started = performance.now();
    await loadConfig(definition, { argv: [], env: {}, cwd: folder, onWarning: false });
    const took = performance.now() - started;
    await store.close();
    return took;
  };
  try {
    const store = open();
    await store.write('{ "count": 1 }\n', { expect: 'absent', id: '1' });
    await store.close();
    await start();
    link.cut();
    const refused = await start();
    link.heal();
    link.hold();
    return { refused, silent: await start() };
  } finally {
    await link.close();
    await running.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}
