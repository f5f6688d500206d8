import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  ConfigError,
  defineConfig,
  jsonFile,
  loadConfig,
  migrateFile,
  type Store,
  type WriteOptions,
  type WriteResult,
} from '../../src/index.ts';
import { type Folder, folder } from '../folder.ts';
import { RemoteStore } from '../remote-store.ts';

const OLD = '{"poolSize":20}';

function load(store: Store) {
  const definition = defineConfig({
    name: 'app',
    store,
    version: 2,
    migrations: {
      2: ({ poolSize, ...document }) => ({ ...document, ...(poolSize === undefined ? {} : { pool: poolSize }) }),
    },
    settings: { pool: 1, name: '' },
  });
  return loadConfig(definition, { env: {}, argv: [], onWarning: false });
}

test('the document of a remote store is migrated by compare and swap, and its history has the old text', async () => {
  const store = new RemoteStore(OLD);
  const config = await load(store);
  expect(config.get('pool')).toBe(20);
  config.set('name', 'x');
  const { warning, migratedFrom } = await config.save();
  expect(JSON.parse(store.text)).toEqual({ name: 'x', pool: 20, $version: 2 });
  expect([migratedFrom, warning]).toEqual([1, undefined]);
  expect((await store.history({ limit: 9 })).map(({ text }) => text)).toContain(OLD);
});

test('migrateFile names no copy where the history keeps the old text', async () => {
  expect(await migrateFile(await load(new RemoteStore(OLD)))).toStrictEqual({ from: 1 });
});

test('a release that another machine has already left behind does not write', async () => {
  const store = new RemoteStore('{"$version":2,"pool":20}');
  const config = await load(store);
  store.text = '{"$version":3,"pool":{"size":20}}';
  config.set('name', 'x');
  await expect(config.save()).rejects.toMatchObject({ code: 'READ_ONLY' });
  const update = config.update((draft) => {
    draft.name = 'x';
  });
  await expect(update).rejects.toMatchObject({ code: 'READ_ONLY' });
  expect(store.text).toBe('{"$version":3,"pool":{"size":20}}');
});

/** A file as a store whose writes fail or lose a race, as often as a test asks for it. */
class InterruptedStore implements Store {
  readonly name: string;
  readonly unreadable: NonNullable<Store['unreadable']>;
  readonly answers: ('fail' | 'lose')[] = [];
  readonly #file: Store;

  constructor(path: string) {
    this.#file = jsonFile(path);
    this.name = this.#file.name;
    this.unreadable = this.#file.unreadable as NonNullable<Store['unreadable']>;
  }

  read = () => this.#file.read();
  watch = (...given: Parameters<Store['watch']>) => this.#file.watch(...given);
  close = () => this.#file.close();

  async write(text: string, options: WriteOptions): Promise<WriteResult> {
    const answer = this.answers.shift();
    if (answer === 'fail') throw new ConfigError([{ code: 'UNAVAILABLE', message: 'the machine stopped' }]);
    if (answer === 'lose') return { ok: false, current: await this.read() };
    return this.#file.write(text, options);
  }
}

const copies = ({ path, read }: Folder): readonly string[] =>
  readdirSync(path)
    .filter((name) => name.includes('.version-1-'))
    .map(read);

test('a write that is interrupted leaves the old file and a copy of it, and the next one migrates again', async () => {
  const made = folder({ 'app.json': OLD });
  const store = new InterruptedStore(`${made.path}/app.json`);
  store.answers.push('fail');
  await expect(load(store).then(migrateFile)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(made.read('app.json')).toBe(OLD);
  expect(copies(made)).toEqual([OLD]);
  expect(await migrateFile(await load(store))).toMatchObject({ from: 1 });
  expect(JSON.parse(made.read('app.json'))).toEqual({ pool: 20, $version: 2 });
});

test('a write that is tried again keeps one copy', async () => {
  const made = folder({ 'app.json': OLD });
  const store = new InterruptedStore(`${made.path}/app.json`);
  store.answers.push('lose', 'lose');
  await migrateFile(await load(store));
  expect(copies(made)).toEqual([OLD]);
});

test('a store without history and copies is migrated with a warning', async () => {
  const store = Object.assign(new RemoteStore(OLD), { history: undefined });
  const config = await load(store);
  config.set('name', 'x');
  expect(await config.save()).toEqual({
    written: [{ key: 'name', before: undefined, after: 'x', redacted: false }],
    migratedFrom: 1,
    warning: 'the store keeps no copy of the older version',
  });
  config.set('name', 'y');
  expect(await config.save()).toEqual({ written: [{ key: 'name', before: 'x', after: 'y', redacted: false }] });
});
