import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ConfigError,
  defineConfig,
  history,
  type Issue,
  lastRejection,
  loadConfig,
  rollback,
  type Store,
} from '../../src/index.ts';
import { inspector } from '../../src/inspector/index.ts';
import { Shell } from '../cli/shell.ts';
import { type LinkProtocol, TcpLink } from '../contract/link.ts';
import { isLong } from '../contract/store.ts';
import { folder } from '../folder.ts';
import { blocksOf } from '../pages/blocks.ts';
import { project, ROOT } from '../pages/project.ts';
import { until } from '../watched.ts';

/** The time limits of a store, and where it is if not at the server of the tests. */
export interface StoreOptions {
  readonly url?: string;
  readonly timeout?: number;
  readonly requestTimeout?: number;
  readonly staleMs?: number;
}

/** A running server of one engine, as its operator sees it. */
export interface FleetServer {
  readonly url: string;
  /** Writes past the store. */
  put(document: string, bytes: Buffer): Promise<unknown>;
  /** Deletes the document past the store. */
  delete(document: string): Promise<unknown>;
  /** Becomes another server without any document. */
  wipe(): Promise<void>;
  remove(): Promise<void>;
}

/** One kind of server. */
export interface FleetEngine {
  /** `etcd:/apps/rl` */
  readonly name: (document: string) => string;
  readonly protocol: LinkProtocol;
  /** An address without a server. */
  readonly nowhere: string;
  start(): Promise<FleetServer>;
  open(document: string, url: string, limits: StoreOptions): Store;
  /** The variable by which the example of `docs/fleet.md` finds the server. */
  readonly variable: 'ETCD_URL' | 'DATABASE_URL';
  /** The module and the expression by which a definition opens a document. */
  readonly module: URL;
  expression(document: string, url: string, limits: StoreOptions): string;
}

const settings = {
  epochs: { doc: 'Passes over the data', format: 'nat', default: 1 },
  lr: { format: Number, max: 1, default: 0.1 },
  token: { format: String, sensitive: true, default: '' },
} as const;

/** How many write at once, and how often each: in full by choice. */
const WRITERS = isLong ? 48 : 12;
const UPDATES = isLong ? 20 : 30;

/** How soon a test of a store that does not answer goes on. */
const QUICK = { timeout: 1_500, requestTimeout: 500, staleMs: 2_000 };

const stale = (issues: readonly Issue[]): boolean => issues.some(({ code }) => code === 'STALE');

/** A configuration in a store of this engine, and the command line over it. */
export function fleetCases(engine: FleetEngine): void {
  let server: FleetServer;
  let documents = 0;
  beforeAll(async () => {
    server = await engine.start();
  }, 120_000);
  afterAll(() => server?.remove());

  /** A document that no other test has. */
  const newKey = (): string => `apps/fleet/test${++documents}`;

  const open = async (
    key: string,
    { url = server.url, ...limits }: StoreOptions = {},
    cwd = folder().path,
    more = {},
  ) => {
    const store = engine.open(key, url, limits);
    const config = await loadConfig(defineConfig({ name: 'fleet', store, settings, ...more }), {
      cwd,
      env: {},
      argv: [],
    });
    return { store, config };
  };

  describe('a configuration', () => {
    test('is set, saved, explained, updated, reset, and read by others', async () => {
      const key = newKey();
      const { config } = await open(key);
      config.set('epochs', 5);
      const { written } = await config.save();
      expect(written.map(({ key, after }) => [key, after])).toEqual([['epochs', 5]]);
      const other = (await open(key)).config;
      expect(other.explain('epochs').winner).toEqual({
        layer: 'file',
        name: 'epochs',
        location: `${engine.name(key)}:2:13`,
      });
      await other.update((draft) => {
        draft.epochs += 1;
      });
      await config.reload();
      expect(config.values.epochs).toBe(6);
      await config.reset('epochs');
      expect((await open(key)).config.values.epochs).toBe(1);
    });

    test('keeps two changes of different settings, and reports a conflict over one setting', async () => {
      const key = newKey();
      const [{ config: a }, { config: b }] = [await open(key), await open(key)];
      a.set('epochs', 2);
      await a.save();
      b.set('lr', 0.5);
      await b.save();
      expect((await open(key)).config.values).toMatchObject({ epochs: 2, lr: 0.5 });
      b.set('epochs', 3);
      await b.save();
      a.set('epochs', 4);
      const error = await a.save().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).code).toBe('CONFLICT');
      expect((error as ConfigError).message).toContain('it is 3 in the store, and 4 here');
      await a.save({ conflict: 'mine' });
      expect((await open(key)).config.values.epochs).toBe(4);
    });

    test('is followed; a document that another application breaks is rejected with its reason', async () => {
      const key = newKey();
      const { config } = await open(key);
      await using watcher = config.watch();
      await watcher.ready;
      const { config: other } = await open(key);
      other.set('epochs', 7);
      await other.save();
      await until(() => expect(config.values.epochs).toBe(7));
      await server.put(key, Buffer.from('{ "epochs": "many" }'));
      await until(() => expect(lastRejection(config)?.code).toBe('INVALID_VALUE'));
      await server.put(key, Buffer.from([0xff, 0x00]));
      await until(() => expect(lastRejection(config)?.code).toBe('CORRUPT'));
      expect(config.values.epochs).toBe(7);
      await server.put(key, Buffer.from('{ "epochs": 8 }'));
      await until(() => expect(config.values.epochs).toBe(8));
      expect(lastRejection(config)).toBeUndefined();
    });
  });

  test(`each update of ${WRITERS} writers is applied once, and none waits until most of them are done`, async () => {
    const key = newKey();
    const writers = await Promise.all(Array.from({ length: WRITERS }, () => open(key, { timeout: 60_000 })));
    let done = 0;
    const overtaken: number[] = [];
    await Promise.all(
      writers.map(async ({ config }) => {
        for (let i = 0; i < UPDATES; i++) {
          const begun = done;
          await config.update((draft) => {
            draft.epochs += 1;
          });
          overtaken.push(done - begun);
          done += 1;
        }
      }),
    );
    expect((await open(key)).config.values.epochs).toBe(1 + WRITERS * UPDATES);
    process.stderr.write(`${WRITERS} writers: an update was overtaken ${Math.max(...overtaken)} times at the most\n`);
    expect(Math.max(...overtaken)).toBeLessThan((WRITERS * UPDATES) / 2);
    await Promise.all(writers.map(({ store }) => store.close()));
  }, 180_000);

  test('a document that was deleted has its history, and is brought back', async () => {
    const key = newKey();
    const { config, store } = await open(key);
    for (const epochs of [2, 3]) {
      config.set('epochs', epochs);
      await config.save();
    }
    await using watcher = config.watch();
    await watcher.ready;
    await server.delete(key);
    await until(() => expect(config.warnings.map(({ code }) => code)).toEqual(['GONE']));
    expect(config.values.epochs).toBe(1);
    const states = await history(config);
    expect(states.map(({ changes }) => changes?.map(({ after }) => after))).toEqual([[3], [2]]);
    await rollback(config, states[0]?.revision ?? '');
    expect(config.values.epochs).toBe(3);
    await until(() => expect(config.warnings).toEqual([]));
    expect((await history(config)).length).toBe(3);
    await store.close();
  });

  test('another server at the same address is a warning, and its document is used', async () => {
    const own = await engine.start();
    const [key, { path }] = [newKey(), folder()];
    try {
      const { config } = await open(key, { url: own.url, staleMs: 2_000 }, path);
      config.set('epochs', 2);
      await config.save();
      await using watcher = config.watch();
      await watcher.ready;
      await own.wipe();
      await own.put(key, Buffer.from('{ "epochs": 9 }'));
      await until(() => expect(config.values.epochs).toBe(9));
      expect(config.warnings.map(({ code }) => code)).toEqual(['RESET']);
    } finally {
      await own.remove();
    }
  });

  describe('a start without the cluster', () => {
    const copy = { lastKnownGood: 'copy.json' };

    test('has its last values, becomes current when the cluster is there, and says both', async () => {
      const link = new TcpLink(engine.protocol);
      const url = await link.toUrl(server.url);
      const [key, { path }] = [newKey(), folder()];
      const { config: first } = await open(key, { url }, path, copy);
      first.set('epochs', 5);
      await first.save();
      link.cut();
      const { config } = await open(key, { url, ...QUICK }, path, copy);
      expect(config.values.epochs).toBe(5);
      expect(stale(config.warnings)).toBe(true);
      await using watcher = config.watch();
      await watcher.ready;
      const { config: other } = await open(key);
      other.set('epochs', 6);
      await other.save();
      link.heal();
      await until(() => expect(config.values.epochs).toBe(6));
      expect(stale(config.warnings)).toBe(false);
      await link.close();
    });

    test('waits a second for a cluster that is silent, and then goes on with its copy', async () => {
      const link = new TcpLink(engine.protocol);
      const url = await link.toUrl(server.url);
      const [key, { path }] = [newKey(), folder()];
      const { config: first } = await open(key, { url }, path, copy);
      first.set('epochs', 5);
      await first.save();
      link.hold();
      const started = performance.now();
      const { config } = await open(key, { url }, path, copy);
      expect(performance.now() - started).toBeLessThan(2_500);
      expect(config.values.epochs).toBe(5);
      expect(stale(config.warnings)).toBe(true);
      await link.close();
    });

    test('is refused where the copy is of another cluster', async () => {
      const [key, { path }] = [newKey(), folder()];
      const { config } = await open(key, {}, path, copy);
      config.set('epochs', 5);
      await config.save();
      const gone = { url: engine.nowhere, ...QUICK };
      const error = await open(key, gone, path, copy).catch((reason: unknown) => reason);
      expect((error as ConfigError).issues.map(({ code }) => code)).toEqual(['UNAVAILABLE', 'STALE']);
      expect(String(error)).toContain('is the copy of another store');
    });
  });

  describe('on the command line', () => {
    const shell = (key: string, url = server.url, limits: StoreOptions = {}, more = ''): Shell =>
      new Shell({
        'varve.config.mjs': `import { defineConfig } from '${new URL('../../src/index.ts', import.meta.url)}';
import * as module from '${engine.module}';
export default defineConfig({
  name: 'fleet',
  store: ${engine.expression(key, url, limits)},
  ${more}
  settings: ${JSON.stringify(settings)},
});
`,
      });
    const plain = (text: string): string =>
      text
        .replace(/\d+(-[0-9a-f]{8}){1,2}/g, 'REVISION')
        .replaceAll(engine.name('apps/fleet/test'), 'STORE')
        .replace(/STORE\d+/g, 'STORE')
        .replace(/20\S+Z/g, 'WHEN')
        .replace(/ {2,}/g, '  ');

    test('changes are made, listed with who made them, and taken back', async () => {
      const fleet = shell(newKey());
      const transcripts: string[] = [];
      const record = async (line: string): Promise<void> => void transcripts.push(plain(await fleet.transcript(line)));
      await record('set epochs=5 lr=0.5 --by anna --note longer');
      await record('explain epochs');
      await record('set epochs 9 --by ben');
      await record('log');
      await record('log lr --json');
      await record('diff');
      const [{ revision }] = JSON.parse((await fleet.run(['log', 'lr', '--json'])).stdout).states;
      await record(`rollback ${revision}`);
      await record(`rollback ${revision} --yes --by carl`);
      await record('log --limit 1');
      await record('rollback 1-00000000 --yes');
      await expect(transcripts.join('\n')).toMatchFileSnapshot('cli/golden/fleet.txt');
    });

    test('the doctor checks the store, and the copy when the store is down', async () => {
      const link = new TcpLink(engine.protocol);
      const fleet = shell(newKey(), await link.toUrl(server.url), { timeout: 500 }, "lastKnownGood: 'copy.json',");
      const transcripts = [plain(await fleet.transcript('doctor'))];
      await fleet.run(['set', 'epochs', '3']);
      link.cut();
      for (const line of ['doctor', 'list', 'get epochs', 'set epochs 2'])
        transcripts.push(plain(await fleet.transcript(line)));
      await expect(transcripts.join('\n').replace(/\d+ seconds?/g, 'N seconds')).toMatchFileSnapshot(
        'cli/golden/fleet-doctor.txt',
      );
      await link.close();
    });
  });

  test('the two services of the page run as they are written', async () => {
    const blocks = blocksOf(readFileSync(join(ROOT, 'docs/fleet.md'), 'utf8'));
    const page = project();
    for (const name of ['varve.config.mjs', 'service.mjs'])
      page.write(name, blocks.find(({ text }) => text.startsWith(`// ${name}\n`))?.text ?? '');
    const terminal = blocks.find(({ text }) => text.startsWith('$ export DATABASE_URL'))?.text ?? '';
    const commands = [...terminal.matchAll(/^\$ (.*?)\s*(?:#.*)?$/gm)].map(([, command = '']) => command);
    const [, init = '', background = '', write = ''] = commands;
    const env = { [engine.variable]: server.url };
    if (engine.variable === 'DATABASE_URL') expect(page.run('sh', ['-c', init], env).stdout).toContain('is ready');
    const command = `exec ${background.replace(/ &$/, '')}`;
    const first = spawn('sh', ['-c', command], { cwd: page.path, env: { ...process.env, ...env } });
    try {
      let output = '';
      first.stdout.on('data', (bytes) => (output += bytes));
      await until(() => expect(output).toBe('trust_threshold was 0.7\n'));
      expect(page.run('sh', ['-c', write], env)).toMatchObject({ status: 0, stderr: '' });
      await until(() => expect(output).toBe('trust_threshold was 0.7\ntrust_threshold is 0.85\n'));
    } finally {
      first.kill('SIGKILL');
      page.remove();
    }
  });

  test('the inspector lists the settings with their places, and the history with its authors', async () => {
    const key = newKey();
    const { config } = await open(key);
    config.set('epochs', 2);
    await config.save({ by: 'anna', note: 'longer' });
    const inspect = inspector(config);
    const get = async (path: string) => (await inspect(new Request(`http://localhost/${path}`))).json();
    const { rows } = (await get('api/state')) as { readonly rows: readonly object[] };
    expect(rows[0]).toMatchObject({ key: 'epochs', text: '2', layer: 'file', location: `${engine.name(key)}:2:13` });
    expect(await get('api/history')).toMatchObject([{ by: 'anna', note: 'longer', changes: [{ key: 'epochs' }] }]);
  });
}
