import { chmodSync, chownSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import {
  type Config,
  ConfigError,
  defineConfig,
  type ErrorCode,
  type Issue,
  lastRejection,
  loadConfig,
  type StoredDocument,
} from '../src/index.ts';
import { jsonFile } from '../src/stores/json-file.ts';
import { LocalCopy } from '../src/stores/local-copy.ts';
import { sha256 } from '../src/stores/sha256.ts';
import { failure } from './failure.ts';
import { folder } from './folder.ts';
import { RemoteStore } from './remote-store.ts';
import { until } from './watched.ts';

const settings = {
  epochs: { format: 'nat', default: 0 },
  lr: { format: Number, max: 1, default: 0.1 },
  token: { format: String, sensitive: true, default: '' },
} as const;

const COPY = 'var/copy.json';

interface Started {
  readonly store?: RemoteStore;
  readonly staleAfter?: number;
  readonly create?: boolean;
}

/** A configuration over a store, with a copy in the folder. */
function start(cwd: string, { store = new RemoteStore(), staleAfter, create }: Started = {}) {
  const lastKnownGood = { file: COPY, ...(staleAfter !== undefined && { staleAfter }) };
  const definition = defineConfig({ name: 'app', store, lastKnownGood, settings, ...(create && { create }) });
  return loadConfig(definition, { cwd, env: {}, argv: [] });
}

function down(): RemoteStore {
  const store = new RemoteStore();
  store.isDown = true;
  return store;
}

/** The text of a copy with other members, and their hash. */
function resealed(text: string, changed: object): string {
  const copy = { ...JSON.parse(text), ...changed };
  const { copyOf, revision, at } = copy;
  return JSON.stringify({ ...copy, sha256: sha256(JSON.stringify([copyOf, revision, at, copy.text])) });
}

const issuesOf = async (starting: Promise<unknown>): Promise<readonly Issue[]> => (await failure(starting)).issues;

const codes = (issues: readonly Issue[]): readonly ErrorCode[] => issues.map(({ code }) => code);
const stale = ({ warnings }: { readonly warnings: readonly Issue[] }): readonly string[] =>
  warnings.filter(({ code }) => code === 'STALE').map(({ message }) => message);

describe('a store that does not answer', () => {
  /** It answers when `answer` is called. */
  class SilentStore extends RemoteStore {
    signal: AbortSignal | undefined;
    answer = (): void => undefined;

    override read({ signal }: { readonly signal?: AbortSignal } = {}): Promise<StoredDocument> {
      this.signal = signal;
      return new Promise((resolve) => {
        this.answer = () => resolve({ text: this.text, revision: '1' });
      });
    }
  }

  /** A start with such a store, after so many milliseconds. */
  async function startSilently(path: string, ms: number) {
    const store = new SilentStore('{ "epochs": 5 }');
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const starting = start(path, { store });
    await vi.waitFor(() => expect(store.signal).toBeDefined());
    await vi.advanceTimersByTimeAsync(ms);
    vi.useRealTimers();
    return { store, starting };
  }

  test('is given up after a second, if there is a copy', async () => {
    const { path } = folder();
    await start(path);
    const { store, starting } = await startSilently(path, 1_000);
    const config = await starting;
    expect(config.values.epochs).toBe(1);
    expect(config.warnings[0]).toEqual({
      code: 'STALE',
      message: 'could not be read: there was no answer within 1000 ms',
      origin: { layer: 'file', name: 'remote:app', location: 'remote:app' },
    });
    expect(store.signal?.aborted).toBe(true);
  });

  test('is waited for without a copy', async () => {
    const { store, starting } = await startSilently(folder().path, 10_000);
    expect(store.signal?.aborted).toBe(false);
    store.answer();
    expect((await starting).values.epochs).toBe(5);
  });
});

test('a store that answers leaves no timer behind', async () => {
  const [set, cleared] = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')];
  onTestFinished(() => void vi.restoreAllMocks());
  const { path } = folder();
  await start(path);
  // Other work of this process may set timers too.
  const timers = set.mock.calls.flatMap(([, ms], i) => (ms === 1_000 ? [set.mock.results[i]?.value] : []));
  expect(timers).toHaveLength(1);
  expect(cleared).toHaveBeenCalledWith(timers[0]);
});

test('a document that was never there is no warning', async () => {
  const { path } = folder();
  const store = new RemoteStore();
  store.remove();
  for (let starts = 0; starts < 2; starts++) expect((await start(path, { store })).warnings).toEqual([]);
});

describe('a start that cannot reach its store', () => {
  test('has the values of the last good load, says how old they are, and where they were written', async () => {
    const { path } = folder();
    await start(path, { store: new RemoteStore('{\n  "epochs": 7\n}') });
    const config = await start(path, { store: down() });
    expect(config.values.epochs).toBe(7);
    expect(config.explain('epochs').winner?.location).toBe('remote:app:2:13');
    expect(stale(config)).toEqual([
      'remote:app is down',
      expect.stringMatching(
        /^var\/copy\.json, the copy of remote:app, was last current at 20\S+Z, 0 seconds ago; its revision 1 is in use$/,
      ),
    ]);
  });

  test('is refused where there is no copy', async () => {
    const issues = await issuesOf(start(folder().path, { store: down() }));
    expect(issues).toEqual([
      { code: 'UNAVAILABLE', message: 'remote:app is down' },
      { code: 'STALE', message: `its copy, ${COPY}, does not exist` },
    ]);
  });

  test.each([
    ['is cut off', (text: string) => text.slice(0, -20)],
    ['has another text', (text: string) => text.replace('epochs\\": 1', 'epochs\\": 2')],
    ['has another age', (text: string) => text.replace(/"at": "2/, '"at": "9')],
    [
      'has a comment in its time, with a valid hash',
      (text: string) => resealed(text, { at: '2026 (\x1b[31m all is well)' }),
    ],
    ['is empty', () => ''],
    ['is not an object', () => 'null'],
    ['is a list', () => '[]'],
    ['is not text', () => Buffer.from([0xff, 0xfe, 0x00])],
  ])('is refused where the copy %s', async (_, broken) => {
    const { path, read } = folder();
    await start(path);
    const before = read(COPY);
    const after = broken(before);
    expect(after).not.toBe(before);
    writeFileSync(join(path, COPY), after);
    const [first, second] = await issuesOf(start(path, { store: down() }));
    expect(first?.code).toBe('UNAVAILABLE');
    expect(second?.message).toMatch(
      /^its copy, var\/copy\.json, (is damaged|is not a copy of a document|can't be used: it is UTF-16)/,
    );
  });

  test('is refused where the copy is of another store', async () => {
    class Other extends RemoteStore {
      readonly places = ['another cluster'];
    }
    const { path } = folder();
    await start(path, { store: new Other() });
    const [, issue] = await issuesOf(start(path, { store: down() }));
    expect(issue?.message).toBe(`its copy, ${COPY}, is the copy of another store, another cluster`);
  });

  test('starts from the copy of a cluster that has another member now', async () => {
    class Clustered extends RemoteStore {
      readonly places: readonly string[];
      constructor(...places: readonly string[]) {
        super();
        this.places = places;
      }
    }
    const { path } = folder();
    await start(path, { store: new Clustered('a', 'b') });
    const store = new Clustered('b', 'c');
    store.isDown = true;
    expect((await start(path, { store })).values.epochs).toBe(1);
  });

  test('warns of a copy from the future, whose age is unknown', async () => {
    const { path } = folder();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 3_600_000 });
    await start(path).finally(() => vi.useRealTimers());
    expect(stale(await start(path, { store: down() }))[1]).toContain(
      'which is in the future; its revision 1 is in use',
    );
    expect(codes(await issuesOf(start(path, { store: down(), staleAfter: 86_400_000 })))).toEqual([
      'UNAVAILABLE',
      'STALE',
    ]);
  });

  test('starts from a copy that is exactly as old as it may be', async () => {
    const { path } = folder();
    const now = Date.now();
    vi.useFakeTimers({ toFake: ['Date'], now });
    onTestFinished(() => void vi.useRealTimers());
    await start(path);
    expect(stale(await start(path, { store: down(), staleAfter: 1 }))[1]).toContain(', 0 seconds ago;');
    vi.setSystemTime(now + 3_600_000);
    expect(stale(await start(path, { store: down(), staleAfter: 3_600_000 }))[1]).toContain(', 1 hour ago;');
  });

  test.each([
    [new TypeError('a bug'), 'the source "file" failed: a bug'],
    [new ConfigError([{ code: 'DENIED', message: 'remote:app is closed' }]), 'remote:app is closed'],
  ])('is refused where the store fails with %s', async (error, message) => {
    class Failing extends RemoteStore {
      override read(): Promise<never> {
        return Promise.reject(error);
      }
    }
    const { path } = folder();
    await start(path);
    expect((await issuesOf(start(path, { store: new Failing() }))).map((issue) => issue.message)).toEqual([message]);
  });

  test('is refused where the copy is older than it may be', async () => {
    const { path } = folder();
    await start(path);
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 3_600_000 });
    try {
      const issues = await issuesOf(start(path, { store: down(), staleAfter: 3_600_000 }));
      expect(codes(issues)).toEqual(['UNAVAILABLE', 'STALE']);
      expect(issues[1]?.message).toMatch(/3 hours ago: "staleAfter" is 1 hour$/);
      expect((await start(path, { store: down(), staleAfter: 4 * 3_600_000 })).values.epochs).toBe(1);
    } finally {
      vi.useRealTimers();
    }
  });

  test('starts from the copy also where the document would be made if it were missing', async () => {
    const { path } = folder();
    await start(path, { create: true });
    expect((await start(path, { store: down(), create: true })).values.epochs).toBe(1);
  });

  test('is refused by a reload, which never goes back to the copy', async () => {
    const { path } = folder();
    await start(path);
    const config = await start(path, { store: down() });
    expect(codes(await issuesOf(config.reload()))).toEqual(['UNAVAILABLE']);
    expect(config.values.epochs).toBe(1);
  });

  test('becomes current by itself when the store is there again', async () => {
    const { path } = folder();
    await start(path);
    const store = down();
    const config = await start(path, { store });
    await using watcher = config.watch();
    await watcher.ready;
    store.text = '{ "epochs": 5 }';
    store.isDown = false;
    await until(() => expect(config.values.epochs).toBe(5));
    expect(stale(config)).toEqual([]);
    expect(lastRejection(config)).toBeUndefined();
  });
});

describe('the copy', () => {
  const kept = (read: (name: string) => string): unknown => JSON.parse(JSON.parse(read(COPY)).text);

  test('has the time at which the store confirmed its document last, every ten minutes of a watch', async () => {
    const { path, read } = folder();
    const store = new RemoteStore();
    const config = await start(path, { store });
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const watcher = config.watch();
    await watcher.ready;
    // The first read of the watch also confirms it.
    await pause(200);
    const at = (): number => Date.parse(JSON.parse(read(COPY)).at);
    const before = at();
    vi.advanceTimersByTime(590_000);
    await pause(20);
    expect(at()).toBe(before);
    vi.advanceTimersByTime(20_000);
    await until(() => expect(at()).toBeGreaterThanOrEqual(before + 590_000));
    // A document that no load has accepted is not kept.
    store.text = '{ "epochs": 9 }';
    vi.advanceTimersByTime(600_000);
    await pause(20);
    expect(kept(read)).toEqual({ epochs: 1 });
    store.isDown = true;
    vi.advanceTimersByTime(600_000);
    await pause(20);
    await watcher.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('is for its owner only', async () => {
    const { path } = folder();
    await start(path, { store: new RemoteStore('{ "token": "secret" }') });
    expect(statSync(join(path, COPY)).mode & 0o777).toBe(0o600);
  });

  test('is for its owner only, also if a file with more access was there', async () => {
    const { path, write } = folder({ 'var/copy.json': '' });
    chmodSync(join(path, COPY), 0o666);
    await start(path, { store: new RemoteStore('{ "token": "secret" }') });
    expect(statSync(join(path, COPY)).mode & 0o777).toBe(0o600);
    write(COPY, '{ half');
    chmodSync(join(path, COPY), 0o644);
    await start(path, { store: new RemoteStore('{ "token": "secret" }') });
    expect(statSync(join(path, COPY)).mode & 0o777).toBe(0o600);
  });

  test.skipIf(process.getuid?.() !== 0)('is not given to another user who made the file first (as root)', async () => {
    const { path, read } = folder({ 'var/copy.json': '' });
    chownSync(join(path, COPY), 65_534, 65_534);
    const config = await start(path, { store: new RemoteStore('{ "token": "secret" }') });
    expect(config.warnings.map(({ message }) => message)).toEqual([
      "var/copy.json, the copy of remote:app, can't be used: it belongs to another user",
    ]);
    expect(read(COPY)).toBe('');
    chownSync(join(path, 'var'), 65_534, 65_534);
    expect((await start(path)).warnings).toEqual([]);
    expect(statSync(join(path, COPY)).uid).toBe(65_534);
  });

  test.each([
    ['another text', 'precious'],
    ['other JSON', '{ "name": "a package" }'],
    ['a list', '[1]'],
    ['a deep object', `${'{"a":'.repeat(11)}1${'}'.repeat(11)}`],
  ])('does not overwrite %s, nor through a link', async (_, text) => {
    const { path, read, write } = folder({ 'precious.txt': text, 'var/copy.json': text });
    const { warnings } = await start(path);
    expect(warnings.map(({ message }) => message)).toEqual([
      "var/copy.json, the copy of remote:app, can't be used: it is not a copy of a document, and is not overwritten",
    ]);
    expect(read(COPY)).toBe(text);
    write('other/keep', '');
    symlinkSync(join(path, 'precious.txt'), join(path, 'other/copy.json'));
    const definition = defineConfig({
      name: 'app',
      store: new RemoteStore(),
      lastKnownGood: 'other/copy.json',
      settings,
    });
    expect((await loadConfig(definition, { cwd: path, env: {}, argv: [] })).warnings).toHaveLength(1);
    expect(read('precious.txt')).toBe(text);
  });

  test('is replaced if it comes from the future, because the clock was set back', async () => {
    const { path, read } = folder();
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3 * 3_600_000 });
    await start(path).finally(() => vi.useRealTimers());
    await start(path, { store: new RemoteStore('{ "epochs": 2 }') });
    expect(kept(read)).toEqual({ epochs: 2 });
  });

  test('that another process keeps locked delays a load by a second at most', async () => {
    const { path } = folder({ 'var/copy.json': '' });
    let release = (): void => undefined;
    const held = new Promise<undefined>((resolve) => {
      release = () => resolve(undefined);
    });
    const holding = jsonFile(join(path, COPY)).local?.edit(() => held);
    const began = performance.now();
    const { warnings } = await start(path);
    expect(performance.now() - began).toBeLessThan(8_000);
    expect(codes(warnings)).toEqual(['LOCKED']);
    release();
    await holding;
  });

  test('follows what is saved, updated, reset and watched', async () => {
    const { path, read } = folder();
    const store = new RemoteStore();
    const config: Config<typeof settings> = await start(path, { store });
    config.set('epochs', 2);
    await config.save();
    expect(kept(read)).toEqual({ epochs: 2 });
    await config.update((draft) => {
      draft.epochs += 1;
    });
    expect(kept(read)).toEqual({ epochs: 3 });
    await config.reset('epochs');
    expect(kept(read)).toEqual({});
    await using watcher = config.watch();
    await watcher.ready;
    store.put('{ "epochs": 9 }');
    await until(() => expect(kept(read)).toEqual({ epochs: 9 }));
  });

  test('is not made of a document that is not valid', async () => {
    const { path, read } = folder();
    const store = new RemoteStore();
    const config = await start(path, { store });
    await using watcher = config.watch();
    await watcher.ready;
    store.put('{ "lr": 2 }');
    await until(() => expect(lastRejection(config)?.code).toBe('INVALID_VALUE'));
    store.put('{ "lr": ');
    await until(() => expect(lastRejection(config)?.code).toBe('CORRUPT'));
    expect(kept(read)).toEqual({ epochs: 1 });
    expect(codes(await issuesOf(start(path, { store })))).toEqual(['CORRUPT']);
    expect(kept(read)).toEqual({ epochs: 1 });
  });

  test('stays, with a warning, where the document is deleted', async () => {
    const { path, read } = folder();
    const store = new RemoteStore();
    const config = await start(path, { store });
    await using watcher = config.watch();
    await watcher.ready;
    store.remove();
    await until(() => expect(config.values.epochs).toBe(0));
    expect(config.warnings).toMatchObject([
      { code: 'GONE', suggestion: '`varve log` lists earlier revisions, if the store keeps them.' },
    ]);
    expect(kept(read)).toEqual({ epochs: 1 });
    const later = await start(path, { store });
    expect(later.warnings.map(({ code, suggestion }) => [code, suggestion])).toEqual([
      ['GONE', expect.stringContaining('var/copy.json has the last valid document.')],
    ]);
    expect(kept(read)).toEqual({ epochs: 1 });
    store.put('{ "epochs": 4 }');
    await until(() => expect(config.values.epochs).toBe(4));
    expect(config.warnings).toEqual([]);
  });

  test('is not replaced by an older state, and of two writers at once the later one stays', async () => {
    const { path } = folder();
    const file = () => jsonFile(`${path}/copy.json`);
    const store = new RemoteStore();
    const [a, b] = [new LocalCopy(store, file()), new LocalCopy(store, file())];
    const state = (revision: string) => ({ text: '{}', revision });
    const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second));
    await Promise.all([a.keep(state('9'), at(9)), b.keep(state('10'), at(10)), a.keep(state('8'), at(8))]);
    expect(await b.read()).toMatchObject({ revision: '10' });
    await a.keep(state('5'), at(5));
    expect(await b.read()).toMatchObject({ revision: '10' });
    await a.keep(state('11'), at(11));
    expect(await b.read()).toMatchObject({ revision: '11' });
  });

  test('that cannot be written is a warning, and harms nothing', async () => {
    const { path } = folder({ var: 'a file where the folder should be' });
    const config = await start(path);
    expect(config.values.epochs).toBe(1);
    const [warning] = config.warnings;
    expect(warning?.message).toMatch(/^var\/copy\.json, the copy of remote:app, could not be (read|saved): /);
  });

  test('that is damaged is replaced by the next good load', async () => {
    const { path, read, write } = folder();
    write(COPY, '{ half');
    chmodSync(join(path, COPY), 0o600);
    await start(path);
    expect(kept(read)).toEqual({ epochs: 1 });
  });
});

test.each([
  [{ lastKnownGood: 'copy.json' }, /is a copy of the document of a remote "store"/],
  [{ lastKnownGood: '', store: new RemoteStore() }, /must be a path/],
  [{ lastKnownGood: { file: 'a.json', staleAfter: -1 }, store: new RemoteStore() }, /must be a number of milliseconds/],
])('a definition with %j is refused', (options, message) => {
  expect(() => defineConfig({ name: 'app', settings, ...options } as never)).toThrow(message);
});
