// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this
import { renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import {
  type ConfigEvent,
  defineConfig,
  lastRejection,
  loadConfig,
  type ReloadRejection,
  rule,
  type Source,
  type SourceResult,
  variants,
} from '../src/index.ts';
import { emptiedReads } from '../src/stores/json-file/read-file.ts';
import { folder } from './folder.ts';
import { RemoteStore } from './remote-store.ts';

const settings = {
  lr: { format: Number, max: 1, default: 0.1 },
  epochs: { format: 'nat', default: 3 },
  port: { format: 'port', default: 8080, reload: false },
  token: { format: String, default: '', sensitive: true },
  optimizer: { name: { format: String, default: 'adam' }, momentum: { format: Number, default: 0.9 } },
} as const;
const definition = defineConfig({ name: 'app', file: 'app.json', envPrefix: 'P', dotenv: true, settings });
const open = (cwd: string, env: Record<string, string> = {}) => loadConfig(definition, { cwd, env, argv: [] });

const rejection = async (work: Promise<unknown>): Promise<ReloadRejection> =>
  work.then(
    () => Promise.reject(new Error('it was not rejected')),
    (error) => error,
  );

describe('between the two steps of an editor', () => {
  const text = '{ "lr": 0.5 }';
  const later = (work: () => void) => setTimeout(work, 30);

  test('a load waits for the text of a file that has just become empty', async () => {
    const { path, write } = folder({ 'app.json': '', '.env': '' });
    // A busy machine may take a while until it looks at them.
    const soon = (Date.now() + 90) / 1_000;
    for (const name of ['app.json', '.env']) utimesSync(join(path, name), soon, soon);
    later(() => write('app.json', text));
    setTimeout(() => write('.env', 'P_EPOCHS=7\n'), 60);
    expect((await open(path)).values).toMatchObject({ lr: 0.5, epochs: 7 });
  });

  test('a load goes on with a file that stays empty, and does not wait for one that has long been empty', async () => {
    const { path } = folder({ 'app.json': '' });
    expect((await open(path)).warnings).toHaveLength(1);
    utimesSync(join(path, 'app.json'), 1, 1);
    const reads = emptiedReads;
    await open(path);
    expect(emptiedReads).toBe(reads);
  });

  test.each<[string, (file: string) => void]>([
    ['has just become empty', (file) => writeFileSync(file, '')],
    ['is renamed away', (file) => renameSync(file, `${file}~`)],
  ])('a reload waits for the text of a file that %s', async (_, begin) => {
    const { path, write } = folder({ 'app.json': text });
    const config = await open(path);
    begin(join(path, 'app.json'));
    later(() => write('app.json', '{ "lr": 0.6 }'));
    await config.reload();
    expect(config.get('lr')).toBe(0.6);
  });

  test('a reload goes on without a file that stays away', async () => {
    const { path } = folder({ 'app.json': text });
    const config = await open(path);
    rmSync(join(path, 'app.json'));
    await config.reload();
    expect(config.get('lr')).toBe(0.1);
  });
});

describe('a good reload', () => {
  test('shows rules the value of a new setting that later changes at the next start only', async () => {
    const optimizer = variants('type', {
      adam: { lr: 0.1 },
      sgd: { momentum: { format: Number, default: 0.9, reload: false } },
    });
    const given = rule(['optimizer.type', 'optimizer.momentum'], (type, momentum) => {
      return type !== 'sgd' || momentum !== undefined || 'sgd needs a momentum';
    });
    const { path, write } = folder({ 'app.json': '{ "optimizer": { "type": "adam" } }' });
    const choosing = defineConfig({ name: 'app', file: 'app.json', settings: { optimizer }, rules: [given] });
    const config = await loadConfig(choosing, { cwd: path, env: {}, argv: [] });
    write('app.json', '{ "optimizer": { "type": "sgd", "momentum": 0.5 } }');
    await config.reload();
    expect(config.values.optimizer).toEqual({ type: 'sgd', momentum: 0.5 });
  });

  test('is one event with what was before, what is after, and where both were written', async () => {
    const { path, write } = folder({ 'app.json': '{ "lr": 0.2 }', '.env': 'P_EPOCHS=4\n' });
    const config = await open(path);
    const heard: ConfigEvent[] = [];
    config.subscribe((event) => heard.push(event));
    write('app.json', '{\n  "lr": 0.3,\n  "optimizer": { "name": "sgd" }\n}');
    write('.env', '\nP_EPOCHS=5\n');
    const reloaded = await config.reload();
    const file = { layer: 'file' };
    expect(heard).toEqual([reloaded]);
    expect(reloaded).toEqual({
      changes: [
        {
          key: 'lr',
          before: 0.2,
          after: 0.3,
          from: { ...file, name: 'lr', location: 'app.json:1:9' },
          to: { ...file, name: 'lr', location: 'app.json:2:9' },
          redacted: false,
        },
        {
          key: 'epochs',
          before: 4,
          after: 5,
          from: { layer: '.env', name: 'P_EPOCHS', location: '.env:1' },
          to: { layer: '.env', name: 'P_EPOCHS', location: '.env:2' },
          redacted: false,
        },
        {
          key: 'optimizer.name',
          before: 'adam',
          after: 'sgd',
          from: { layer: 'default', name: 'optimizer.name', location: 'schema' },
          to: { ...file, name: 'optimizer.name', location: 'app.json:3:26' },
          redacted: false,
        },
      ],
      waiting: [],
    });
  });

  test('without a change causes no event', async () => {
    const { path } = folder({ 'app.json': '{ "lr": 0.2 }' });
    const config = await open(path);
    const before = config.values;
    config.subscribe(() => expect.unreachable());
    expect(await config.reload()).toEqual({ changes: [], waiting: [] });
    expect(config.values).toEqual(before);
  });

  test('shows no secret', async () => {
    const { path, write } = folder({ 'app.json': '{ "token": "s3cret-1" }' });
    const config = await open(path);
    const heard: ConfigEvent[] = [];
    config.subscribe((event) => heard.push(event));
    write('app.json', '{ "token": "s3cret-2" }');
    await config.reload();
    write('app.json', '{ "token": "s3cret-3", "lr": 2 }');
    const error = await rejection(config.reload());
    expect(config.values.token).toBe('s3cret-2');
    expect(heard).toMatchObject([{ changes: [{ key: 'token', before: '********', redacted: true }] }, {}]);
    expect(JSON.stringify([heard, error.candidate, error.message])).not.toContain('s3cret');
  });
});

describe('a bad reload', () => {
  test('keeps the values, and tells what is wrong and what it would have changed', async () => {
    const { path, write } = folder({ 'app.json': '{ "lr": 0.2 }' });
    const config = await open(path);
    const heard: ConfigEvent[] = [];
    config.subscribe((event) => heard.push(event), { keys: ['optimizer'] });
    const before = config.values;
    write('app.json', '{ "lr": 7, "epochs": 9, "optimizer": { "momentum": "much" } }');
    const error = await rejection(config.reload());
    expect(error.issues.map(({ key }) => key).sort()).toEqual(['lr', 'optimizer.momentum']);
    expect(error.candidate).toMatchObject([{ key: 'epochs', before: 3, after: 9 }]);
    expect(lastRejection(config)).toBe(error);
    expect(heard).toEqual([{ rejected: error }]);
    // The program asked again, and gets the same answer.
    const again = await rejection(config.reload());
    expect(heard).toEqual([{ rejected: error }, { rejected: again }]);
    expect(again.message).toBe(error.message);
    expect(config.values).toBe(before);
  });

  test('of a file that can not be read would change nothing of it', async () => {
    const { path, write } = folder({ 'app.json': '{ "lr": 0.2 }' });
    const config = await open(path, {});
    write('app.json', '{ "lr": ');
    expect(await rejection(config.reload())).toMatchObject({ code: 'CORRUPT', candidate: [] });
    expect(config.values.lr).toBe(0.2);
    expect(config.explain('lr').winner?.location).toBe('app.json:1:9');
  });

  test('ends with the next good one, which is an event even if nothing changed', async () => {
    const { path, write } = folder({ 'app.json': '{ "lr": 0.2 }' });
    const config = await open(path);
    const heard: ConfigEvent[] = [];
    write('app.json', '{ "lr": 7 }');
    await rejection(config.reload());
    config.subscribe((event) => heard.push(event), { keys: ['epochs'] });
    write('app.json', '{ "lr": 0.2 }');
    await config.reload();
    expect(lastRejection(config)).toBeUndefined();
    expect(heard).toEqual([{ changes: [], waiting: [] }]);
  });
});

describe('a setting with reload: false', () => {
  test('keeps its value, and is listed and explained as waiting', async () => {
    const { path, write } = folder({ 'app.json': '{ "port": 81 }' });
    const config = await open(path);
    const heard: ConfigEvent[] = [];
    config.subscribe((event) => heard.push(event), { keys: ['port'] });
    write('app.json', '{\n  "port": 82, "lr": 0.3 }');
    const { changes, waiting } = await config.reload();
    expect(changes).toMatchObject([{ key: 'lr' }]);
    const to = { layer: 'file', name: 'port', location: 'app.json:2:11' };
    expect(waiting).toMatchObject([{ key: 'port', before: 81, after: 82, to }]);
    expect(heard).toEqual([{ changes: [], waiting }]);
    expect([config.values.port, config.get('port')]).toEqual([81, 81]);
    expect(config.explain('port')).toMatchObject({
      value: 81,
      winner: { location: 'app.json:1:11' },
      atNextStart: { value: 82, winner: to },
    });
    expect(config.warnings).toMatchObject([{ code: 'NEEDS_RESTART', key: 'port', origin: to }]);
    await config.reload();
    expect(heard).toHaveLength(1);
    expect((await open(path)).values.port).toBe(82);
  });

  test('waits no more when it is written as before', async () => {
    const { path, write } = folder({ 'app.json': '{ "port": 81 }' });
    const config = await open(path);
    write('app.json', '{ "port": 82 }');
    await config.reload();
    write('app.json', '{ "lr": 0.3, "port": 81 }');
    await config.reload();
    expect(config.warnings).toEqual([]);
    expect(config.explain('port')).not.toHaveProperty('atNextStart');
  });

  test('is changed at once by the program itself, in memory and by an update', async () => {
    const { path, write } = folder({ 'app.json': '{ "port": 81 }' });
    const config = await open(path);
    config.set('port', 90);
    expect(config.values.port).toBe(90);
    await config.save();
    expect([config.values.port, config.warnings]).toEqual([90, []]);
    await config.update((draft) => {
      draft.port = 91;
    });
    expect([config.values.port, config.warnings]).toEqual([91, []]);
    write('app.json', '{ "port": 92 }');
    config.set('lr', 0.2);
    await config.save();
    expect([config.values.port, config.warnings.length]).toEqual([91, 1]);
    await config.update((draft) => {
      draft.port = 93;
    });
    expect([config.values.port, config.warnings]).toEqual([93, []]);
  });

  test('keeps its value while another setting is changed, also where it has a reference', async () => {
    const { path, write } = folder({ 'app.json': '{ "epochs": 81, "port": "${epochs}" }' });
    const referring = defineConfig({ name: 'app', file: 'app.json', references: true, settings });
    const config = await loadConfig(referring, { cwd: path, env: {}, argv: [] });
    write('app.json', '{ "epochs": 82, "port": "${epochs}" }');
    await config.reload();
    config.set('lr', 0.3);
    config.set('epochs', 83);
    expect([config.values.epochs, config.values.port]).toEqual([83, 81]);
    expect(config.explain('port').atNextStart?.value).toBe(83);
  });
});

describe('reloads at once with other work', () => {
  test('unsaved changes survive, and are still checked against what others wrote', async () => {
    const { path, write, read } = folder({ 'app.json': '{ "lr": 0.2, "epochs": 4 }' });
    const config = await open(path);
    config.set('lr', 0.5);
    config.unset('epochs');
    write('app.json', '{ "lr": 0.3, "epochs": 4, "optimizer": { "name": "sgd" } }');
    await config.reload();
    expect(config.values).toMatchObject({ lr: 0.5, epochs: 3, optimizer: { name: 'sgd' } });
    expect(config.pending.map(({ key }) => key)).toEqual(['lr', 'epochs']);
    await expect(config.save()).rejects.toMatchObject({ code: 'CONFLICT', issues: [{ key: 'lr' }] });
    await config.save({ conflict: 'mine' });
    expect(JSON.parse(read('app.json'))).toEqual({ lr: 0.5, optimizer: { name: 'sgd' } });
  });

  test('a reload that began before a save does not undo it', async () => {
    const gate = slowSource();
    const { path } = folder({ 'app.json': '{ "epochs": 1 }' });
    const layers = ['default', 'file', gate.source];
    const config = await loadConfig(defineConfig({ name: 'app', file: 'app.json', layers, settings }), {
      cwd: path,
      env: {},
      argv: [],
    });
    const seen: number[] = [];
    config.subscribe(() => seen.push(config.values.epochs));
    const release = gate.hold();
    const reload = config.reload();
    await pause(1);
    config.set('epochs', 2);
    await config.save();
    await config.update((draft) => {
      draft.epochs += 1;
    });
    release();
    await reload;
    expect(config.values.epochs).toBe(3);
    expect(seen).toEqual([2, 3]);
  });

  test('a save does not undo what was read between its write and the answer to that', async () => {
    const store = new RemoteStore();
    const config = await loadConfig(defineConfig({ name: 'app', store, settings }), {
      cwd: folder().path,
      env: {},
      argv: [],
    });
    store.afterWrite = async () => {
      store.put('{ "lr": 0.5, "epochs": 9 }');
      await config.reload();
    };
    const seen: number[] = [];
    config.subscribe(() => seen.push(config.values.epochs));
    config.set('lr', 0.5);
    await config.save();
    expect(config.values).toMatchObject({ lr: 0.5, epochs: 9 });
    expect(seen).toEqual([1, 9]);
    expect(config.pending).toEqual([]);
  });

  test('many of them run one after the other, and each sees the last write before it', async () => {
    const { path, write } = folder({ 'app.json': '{}' });
    const config = await open(path);
    const seen: number[] = [];
    config.subscribe(() => seen.push(config.values.epochs));
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        await pause(i % 7);
        write('app.json', JSON.stringify({ epochs: 100 + i }));
        await config.reload();
        const change = (draft: { lr: number }): void => {
          draft.lr = i / 100;
        };
        if (i % 5 === 0) await config.update(change);
      }),
    );
    await config.reload();
    expect(config.values.epochs).toBe((await open(path)).values.epochs);
    expect(config.values.lr).toBe((await open(path)).values.lr);
    expect(seen.filter((value, i) => value !== seen[i - 1]).length).toBe(new Set(seen).size);
  });
});

/** A source that answers only when it is let. */
function slowSource(): { readonly source: Source; hold(): () => void } {
  let gate: Promise<unknown> = Promise.resolve();
  const source: Source = {
    name: 'slow',
    read: async (): Promise<SourceResult> => {
      await gate;
      return { entries: new Map() };
    },
  };
  const hold = (): (() => void) => {
    const { promise, resolve } = withResolvers();
    gate = promise;
    return resolve;
  };
  return { source, hold };
}

function withResolvers(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

describe('subscribers', () => {
  test('hear events in order, also those that one of them causes', async () => {
    const config = await open(folder().path);
    const heard: string[] = [];
    const tell = (name: string) => (event: ConfigEvent) => {
      if ('changes' in event) heard.push(`${name} ${event.changes.map(({ key, after }) => `${key}=${after}`)}`);
    };
    config.subscribe(tell('first'));
    config.subscribe((event) => {
      if ('changes' in event && event.changes.some(({ key }) => key === 'lr')) config.set('epochs', 9);
    });
    config.subscribe(tell('last'));
    config.set('lr', 0.5);
    expect(heard).toEqual(['first lr=0.5', 'last lr=0.5', 'first epochs=9', 'last epochs=9']);
  });

  test('one that stops another keeps it from hearing', async () => {
    const config = await open(folder().path);
    const heard: string[] = [];
    config.subscribe(() => stop());
    const stop = config.subscribe(() => heard.push('stopped'));
    config.set('lr', 0.5);
    expect(heard).toEqual([]);
  });

  test('a key that is misspelt is refused', async () => {
    const config = await open(folder().path);
    for (const key of ['optimiser', 'optimizer.nam', '__proto__']) {
      expect(() => config.subscribe(() => undefined, { keys: [key as never] })).toThrow(
        expect.objectContaining({ code: 'UNKNOWN_KEY' }),
      );
    }
  });

  test('an aborted signal ends it, before and after', async () => {
    const config = await open(folder().path);
    const controller = new AbortController();
    const heard: string[] = [];
    config.subscribe(() => heard.push('a'), { signal: controller.signal });
    controller.abort();
    config.subscribe(() => heard.push('b'), { signal: controller.signal });
    config.set('lr', 0.5);
    expect(heard).toEqual([]);
  });
});
