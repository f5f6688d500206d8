import { expect, test } from 'vitest';
import { ConfigError, defineConfig, history, jsonFile, loadConfig, rollback, type Store } from '../src/index.ts';
import { folder } from './folder.ts';
import { RemoteStore } from './remote-store.ts';

const settings = {
  epochs: { format: 'nat', default: 0 },
  lr: { format: Number, max: 1, default: 0.1 },
  labels: { format: Object, default: {} },
  token: { format: String, sensitive: true, default: '' },
} as const;

const open = (store: Store) =>
  loadConfig(defineConfig({ name: 'app', store, settings }), { cwd: folder().path, env: {}, argv: [] });

async function codeOf(work: Promise<unknown>): Promise<string | undefined> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ConfigError ? error.code : String(error);
}

test('the history says who wrote what, when and why, newest first', async () => {
  const config = await open(new RemoteStore('{}'));
  config.set('epochs', 5);
  config.set('token', 'secret-1');
  await config.save({ by: 'anna@lab', note: 'longer' });
  await config.update((draft) => {
    draft.lr = 0.5;
  });
  await config.reset('epochs', { by: 'ben@lab' });
  const states = await history(config);
  expect(states).toEqual([
    {
      revision: '4',
      isDocument: true,
      at: expect.stringMatching(/^20\d\d-.*Z$/),
      by: 'ben@lab',
      changes: [{ key: 'epochs', before: 5, after: undefined, redacted: false }],
    },
    {
      revision: '3',
      isDocument: true,
      at: expect.anything(),
      changes: [{ key: 'lr', before: undefined, after: 0.5, redacted: false }],
    },
    {
      revision: '2',
      isDocument: true,
      at: expect.anything(),
      by: 'anna@lab',
      note: 'longer',
      changes: [
        { key: 'epochs', before: undefined, after: 5, redacted: false },
        { key: 'token', before: undefined, after: '********', redacted: true },
      ],
    },
    { revision: '1', isDocument: true, changes: [] },
  ]);
  expect(JSON.stringify(states)).not.toContain('secret-1');
});

test('the history of one setting lists what changed it, over any number of states', async () => {
  const config = await open(new RemoteStore('{}'));
  for (let i = 1; i <= 50; i++) {
    config.set(i % 10 === 0 ? 'lr' : 'epochs', i % 10 === 0 ? i / 100 : i);
    await config.save();
  }
  const states = await history(config, { key: 'lr', limit: 3 });
  expect(states.map(({ changes }) => changes?.map(({ after }) => after))).toEqual([[0.5], [0.4], [0.3]]);
  const earlier = await history(config, { key: 'lr', before: states.at(-1)?.revision ?? '' });
  expect(earlier.map(({ changes }) => changes?.map(({ after }) => after))).toEqual([[0.2], [0.1]]);
});

test('the history says of the oldest state that is kept that its change is not known, and of a broken one too', async () => {
  const store = new RemoteStore('{}');
  const config = await open(store);
  for (const text of ['{ "epochs": 1 }', '{ "epochs": ', '{ "epochs": 2 }', '{ "epochs": 3 }']) store.text = text;
  store.compact(4);
  const states = await history(config);
  expect(states.map(({ revision, changes, isDocument }) => [revision, changes?.length, isDocument])).toEqual([
    ['5', 1, true],
    ['4', undefined, true],
    ['3', undefined, false],
    ['2', undefined, true],
  ]);
  expect(await codeOf(history(config, { before: '2' }))).toBe('GONE');
});

test('a rollback writes the text of an earlier revision anew', async () => {
  const store = new RemoteStore('{\n  "epochs":   1,\n  "other": true\n}\n');
  const before = store.text;
  const config = await open(store);
  config.set('epochs', 2);
  config.set('lr', 0.5);
  await config.save();
  config.set('token', 'not saved yet');
  const { written } = await rollback(config, '1', { by: 'anna', note: 'as it was' });
  expect(written).toEqual([
    { key: 'epochs', before: 2, after: 1, redacted: false },
    { key: 'lr', before: 0.5, after: undefined, redacted: false },
  ]);
  expect(store.text).toBe(before);
  expect(config.values).toMatchObject({ epochs: 1, lr: 0.1, token: 'not saved yet' });
  expect(config.explain('epochs').winner?.location).toBe('remote:app:2:15');
  expect(config.pending.map(({ key }) => key)).toEqual(['token']);
  const [last] = await history(config, { limit: 1 });
  expect(last).toMatchObject({ revision: '3', by: 'anna', note: 'as it was' });
  expect((await rollback(config, '1')).written).toEqual([]);
});

test('a rollback is refused where the revision is not valid any more, or has gone', async () => {
  const store = new RemoteStore('{ "lr": 7, "epochs": "many" }');
  store.text = '{ "epochs": [';
  store.text = '{ "lr": 0.5 }';
  const config = await open(store);
  const error = await rollback(config, '1').catch((reason: unknown) => reason as ConfigError);
  expect((error as ConfigError).issues.map(({ key, code }) => [code, key]).sort()).toEqual([
    ['INVALID_VALUE', 'epochs'],
    ['INVALID_VALUE', 'lr'],
  ]);
  expect(String(error)).toContain('revision 1 of remote:app; nothing was written');
  expect(await codeOf(rollback(config, '2'))).toBe('CORRUPT');
  expect(await codeOf(rollback(config, '17'))).toBe('GONE');
  expect(store.text).toBe('{ "lr": 0.5 }');
});

test('a rollback does not undo what another writer wrote meanwhile', async () => {
  const store = new RemoteStore('{ "epochs": 1 }');
  store.text = '{ "epochs": 2 }';
  const config = await open(store);
  const write = store.write.bind(store);
  store.write = async (text, options) => {
    store.text = '{ "epochs": 3 }';
    return write(text, options);
  };
  expect(await codeOf(rollback(config, '1'))).toBe('CONFLICT');
  expect(store.text).toBe('{ "epochs": 3 }');
});

test('a rollback tells what it would change, and is refused where that is not what was read', async () => {
  const store = new RemoteStore('{ "epochs": 1 }');
  store.text = '{ "epochs": 2 }';
  const config = await open(store);
  const changes = [{ key: 'epochs', before: 2, after: 1, redacted: false }];
  expect((await rollback(config, '1', { dryRun: true })).written).toEqual(changes);
  expect([store.text, config.values.epochs]).toEqual(['{ "epochs": 2 }', 2]);
  store.text = '{ "epochs": 2, "lr": 0.5 }';
  expect(await codeOf(rollback(config, '1'))).toBe('CONFLICT');
  await config.reload();
  expect((await rollback(config, '1')).written.map(({ key }) => key)).toEqual(['epochs', 'lr']);
});

const FORMER = defineConfig({
  name: 'app',
  file: 'app.json',
  settings: {
    epochs: { format: 'nat', default: 0, aliases: ['rounds'] },
    token: { format: String, sensitive: true, default: '' },
  },
});

test.each([
  ['a key', '{\n  "epochs": 5, "unknown": 1\n}'],
  ['a deprecated key', '{ "rounds":5 }\n'],
  ['a document that begins with a byte order mark', '\ufeff{ "epochs": 5 }'],
  ['an empty file', ''],
  ['a secret', '{ "token": "secret-1" }'],
])('a rollback of a save puts back %s, byte for byte', async (_, text) => {
  const at = folder({ 'app.json': text });
  const config = await loadConfig(FORMER, { cwd: at.path, env: {}, argv: [], onWarning: false });
  const before = config.values;
  config.set('epochs', 7);
  config.set('token', 'secret-2');
  const saved = await config.save();
  const undone = await rollback(config, saved);
  expect(at.read('app.json')).toBe(text);
  expect(config.values).toEqual(before);
  expect(JSON.stringify([saved, undone])).not.toContain('secret-');
  await rollback(config, undone);
  expect(config.values).toEqual({ epochs: 7, token: 'secret-2' });
});

test('a rollback of a save is refused when another writer changed the document, and of one that made it leaves a blank one', async () => {
  const at = folder({});
  const config = await loadConfig(FORMER, { cwd: at.path, env: {}, argv: [] });
  config.set('epochs', 7);
  const saved = await config.save();
  const other = '{ "epochs": 7, "token": "other" }';
  const own = at.read('app.json');
  at.write('app.json', other);
  expect(await codeOf(rollback(config, saved))).toBe('CONFLICT');
  await config.reload();
  expect(await codeOf(rollback(config, saved))).toBe('CONFLICT');
  expect(at.read('app.json')).toBe(other);
  at.write('app.json', own);
  expect((await rollback(config, saved, { dryRun: true })).written).toEqual([
    { key: 'epochs', before: 7, after: undefined, redacted: false },
  ]);
  await rollback(config, saved);
  expect(JSON.parse(at.read('app.json'))).toEqual({});
  expect(config.values.epochs).toBe(0);
});

test('a save into a document with a wrong value tells the place of what it wrote', async () => {
  const store = new RemoteStore('{\n  "lr": 7\n}');
  const config = await loadConfig(defineConfig({ name: 'app', store, settings }), {
    cwd: folder().path,
    env: {},
    argv: [],
    invalid: 'report',
  });
  config.set('epochs', 3);
  await config.save();
  expect(config.explain('epochs').winner?.location).toBe('remote:app:3:13');
});

test('a write of which the store cannot tell whether it was applied is tried again with its id, not twice', async () => {
  const store = new RemoteStore('{ "epochs": 1 }');
  const config = await open(store);
  const write = store.write.bind(store);
  const ids: string[] = [];
  store.write = async (text, options) => {
    ids.push(options.id);
    // Applied each time it is tried, but the first answer is lost; the id says that it is the same write.
    if (ids.length > 1) return { ok: true, revision: (await store.read()).revision };
    await write(text, options);
    throw new ConfigError([{ code: 'UNCLEAR', message: 'the answer was lost' }]);
  };
  await config.update((draft) => {
    draft.epochs += 1;
  });
  expect(new Set(ids).size).toBe(1);
  expect([ids.length, store.text]).toEqual([2, '{ "epochs": 2 }']);
});

test('a write that the store refuses without another writer is given up', async () => {
  const store = new RemoteStore('{ "epochs": 1 }');
  const config = await open(store);
  let writes = 0;
  store.write = async () => {
    writes += 1;
    return { ok: false, current: await store.read() };
  };
  const updating = config.update((draft) => {
    draft.epochs += 1;
  });
  expect(await codeOf(updating)).toBe('DENIED');
  expect([writes, store.text]).toEqual([4, '{ "epochs": 1 }']);
});

test('refusals among many lost races do not give a write up', async () => {
  const store = new RemoteStore('{ "epochs": 1 }');
  const config = await open(store);
  const write = store.write.bind(store);
  let writes = 0;
  store.write = async (text, options) => {
    writes += 1;
    if (writes > 12) return await write(text, options);
    // Every third refusal leaves the document as it was, as after another writer's change and its undo.
    if (writes % 3 > 0) store.text = `{ "epochs": ${writes * 10} }`;
    return { ok: false, current: await store.read() };
  };
  await config.update((draft) => {
    draft.epochs += 1;
  });
  expect([writes, store.text]).toEqual([13, '{ "epochs": 111 }']);
});

test('a file keeps no history', async () => {
  const { path } = folder({ 'app.json': '{}' });
  const config = await open(jsonFile(`${path}/app.json`, { name: 'app.json' }));
  expect(await codeOf(history(config))).toBe('GONE');
  expect(await codeOf(rollback(config, '1'))).toBe('GONE');
});

test('a rollback that would remove a required setting is refused', async () => {
  const store = new RemoteStore('{}');
  const required = defineConfig({ name: 'app', store, settings: { port: { format: 'port', default: null } } });
  const config = await loadConfig(required, { cwd: folder().path, env: {}, argv: [], invalid: 'report' });
  config.set('port', 80);
  await config.save();
  expect(await codeOf(rollback(config, '1'))).toBe('INVALID_VALUE');
  expect(await codeOf(rollback(config, '1', { dryRun: true }))).toBe('INVALID_VALUE');
  expect(config.values.port).toBe(80);
});
