import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type ConfigEvent,
  type DefinitionInput,
  defineConfig,
  type Issue,
  type LoadOptions,
  loadConfig,
  loadConfigSync,
  type Migrations,
  migrateFile,
  type SettingsDefinition,
} from '../../src/index.ts';
import type { JsonDraft } from '../../src/migrations.ts';
import { jsonSchema } from '../../src/tools.ts';
import { failure } from '../failure.ts';
import { folder } from '../folder.ts';

/** Version 1 has `poolSize`, version 2 `pool`, and version 3 has it in a group. */
const migrations: Migrations = {
  2: (document) => {
    if ('poolSize' in document) document['pool'] = document['poolSize'];
    delete document['poolSize'];
  },
  3: ({ pool, ...document }) => ({ ...document, ...(pool === undefined ? {} : { db: { pool } }) }),
};
const settings = { db: { pool: 10 }, name: 'x', tags: { format: Array, default: [] } };

type Case = Partial<DefinitionInput<SettingsDefinition>>;

/** Loads `path` as the file of a definition of version 3. */
function loading(text: string | undefined, definition: Case = {}, options: LoadOptions = {}) {
  const path = String(definition.file ?? 'app.json');
  const made = folder(text === undefined ? {} : { [path]: text });
  const input: DefinitionInput<SettingsDefinition> = {
    name: 'app',
    file: path,
    version: 3,
    migrations,
    settings,
    ...(definition as Partial<DefinitionInput<SettingsDefinition>>),
  };
  const defined = defineConfig(input);
  const load = (more: LoadOptions = {}) =>
    loadConfig(defined, { cwd: made.path, env: {}, argv: [], onWarning: false, ...options, ...more });
  const copies = (): readonly string[] => readdirSync(made.path).filter((name) => name !== path);
  return { made, defined, load, copies, read: () => made.read(path) };
}

const issuesOf = async (work: Promise<unknown> | (() => unknown)): Promise<readonly Issue[]> =>
  (await failure(work)).issues;

const WARNING = 'app.json is of version 1, and was migrated to version 3 in memory';

describe('reading', () => {
  test.each<[string, string, number, readonly string[]]>([
    ['no version, which is the first', '{"poolSize":20}', 20, [WARNING]],
    ['the first version', '{"$version":1,"poolSize":20}', 20, [WARNING]],
    ['a version before, and an unknown key', '{"poolSize":20,"nmae":"x"}', 20, [WARNING, 'is not a setting']],
    ['a version between', '{"$version":2,"pool":20}', 20, [WARNING.replace('version 1', 'version 2')]],
    ['the present version', '{"$version":3,"db":{"pool":20}}', 20, []],
    ['nothing set', '{}', 10, []],
    ['only a schema', '{"$schema":"x"}', 10, []],
    [
      'a newer version',
      '{"$version":4,"db":{"pool":20}}',
      20,
      ['app.json is of version 4, and this program of version 3: it is read, and never written'],
    ],
  ])('%s', async (_, text, pool, warnings) => {
    const { load, read, copies, defined, made } = loading(text);
    const config = await load();
    expect(config.get('db.pool')).toBe(pool);
    expect(config.warnings.map(({ message }) => message)).toEqual(warnings);
    expect([read(), copies()]).toEqual([text, []]);
    const options = { cwd: made.path, env: {}, argv: [], onWarning: false } as const;
    expect(loadConfigSync(defined, options).values).toEqual(config.values);
  });

  test.each<[string, string, Issue['code'], RegExp, string]>([
    ['a text', '{"$version":"2"}', 'CORRUPT', /has the \$version "2", which must be a whole number from 1 on/, '1:13'],
    ['zero', '{"$version":0}', 'CORRUPT', /has the \$version 0/, '1:13'],
    ['a fraction', '{"$version":1.5}', 'CORRUPT', /has the \$version 1.5/, '1:13'],
    ['null', '{"$version":null}', 'CORRUPT', /has the \$version null/, '1:13'],
    ['an inexact number', '{"poolSize":9007199254740993}', 'CORRUPT', /number that cannot be held exactly/, '1:13'],
    ['no JSON', '{"poolSize":', 'CORRUPT', /is not valid JSON/, '1:13'],
    ['a list', '[1]', 'CORRUPT', /must be a JSON object/, '1:1'],
  ])('%s is refused, and left as it is', async (_, text, code, message, location) => {
    const { load, read } = loading(text);
    const [issue] = await issuesOf(load());
    expect(issue).toMatchObject({
      code,
      message: expect.stringMatching(message),
      origin: { location: `app.json:${location}` },
    });
    const config = await load({ invalid: 'report' });
    config.set('name', 'y');
    expect((await issuesOf(config.save()))[0]?.code).toBe(code);
    expect(read()).toBe(text);
  });

  test('a file older than the migrations is refused', async () => {
    const { load } = loading('{"poolSize":20}', { migrations: { 3: migrations[3] as never } });
    expect(await issuesOf(load())).toMatchObject([
      { code: 'CORRUPT', message: 'app.json is of version 1, and this program migrates from version 2 on' },
    ]);
  });

  test.each<[string, string, string, string]>([
    ['app.json', '{"poolSize":20}', 'app.json', 'The next save writes it; so does `varve doctor --fix`.'],
    ['app.yaml', '"$version": 2\n', 'app.yaml:1:13', 'The next save writes it; so does `varve doctor --fix`.'],
    ['app.toml', 'poolSize = 20\n', 'app.toml', 'varve only reads it: write it as version 3 by hand.'],
    ['app.json', '{\n"$version":4}', 'app.json:2:12', 'Start a program of that version to change it.'],
  ])('the warning about %s as %j has its location, and what to do', async (file, text, location, suggestion) => {
    const { warnings } = await loading(text, { file }).load();
    expect(warnings).toMatchObject([{ origin: { layer: 'file', name: file, location }, suggestion }]);
  });

  test('a newer file has its other warnings too', async () => {
    const { warnings } = await loading('{"$version":4,"name":"a","name":"b"}').load();
    expect(warnings).toMatchObject([
      { code: 'READ_ONLY', origin: { location: 'app.json:1:13' } },
      { key: 'name', message: 'is repeated here and at app.json:1:15: the last one counts' },
    ]);
  });

  test('each value has its location in the old file', async () => {
    const text =
      '{\n  "poolSize": 20,\n  "name": "y",\n  "tags": ["a"],\n  "old": { "b": 1 },\n  "one": "c",\n  "lgo": 1\n}\n';
    const { load } = loading(text, {
      migrations: {
        2: migrations[2] as never,
        3: (document) => {
          const { pool, old, one, tags, ...rest } = document as { pool: number; old: unknown; one: string; tags: [] };
          const more = { made: 'here', equal: 'y', none: undefined };
          return { ...rest, db: { pool, old }, tags: [...tags, 'b'], one: [one], more };
        },
      },
      settings: {
        ...settings,
        db: { pool: 10, old: { b: 2 } },
        one: { format: Array, default: [] },
        more: { made: '', equal: '', none: 'none' },
      },
    });
    const config = await load();
    const locations = {
      'db.pool': 'app.json:2:15',
      name: 'app.json:3:11',
      tags: 'app.json:4:11',
      'tags.0': 'app.json:4:12',
      'db.old.b': 'app.json:5:17',
      one: 'app.json:6:10',
      // What the migration made.
      'tags.1': 'app.json',
      'one.0': 'app.json',
      'more.made': 'app.json',
      'more.equal': 'app.json',
      'more.none': 'schema',
    };
    const found = Object.keys(locations).map((key) => [key, config.explain(key).winner?.location]);
    expect(Object.fromEntries(found)).toEqual(locations);
    expect(config.warnings).toMatchObject([
      { origin: { location: 'app.json' } },
      { key: 'lgo', origin: { location: 'app.json:7:3' }, frame: expect.stringContaining('"lgo": 1') },
    ]);
  });

  test('an invalid value of the old file is reported where it is written', async () => {
    const { load } = loading('{\n  "poolSize": "many"\n}');
    expect(await issuesOf(load())).toMatchObject([
      { key: 'db.pool', origin: { location: 'app.json:2:15' }, frame: expect.stringContaining('"poolSize": "many"') },
    ]);
  });

  test('base files, overlays and extended files are migrated in memory', async () => {
    const made = folder({
      'empty.json': '{"extends":"./lowest.json"}',
      'base.json': '{"extends":"./lowest.json","poolSize":20}',
      'lowest.json': '{"poolSize":5,"name":"lowest"}',
      'over.json': '{"$version":2,"pool":30}',
    });
    const defined = defineConfig({
      name: 'app',
      files: ['empty.json', 'base.json'],
      extends: true,
      version: 3,
      migrations,
      settings,
    });
    const config = await loadConfig(defined, {
      cwd: made.path,
      env: {},
      argv: [],
      onWarning: false,
      overlays: ['over.json'],
    });
    expect(config.values).toMatchObject({ db: { pool: 30 }, name: 'lowest' });
    const { candidates } = config.explain('db.pool');
    expect(candidates.map(({ location }) => location)).toEqual([
      'over.json:1:22',
      'base.json:1:39',
      'lowest.json:1:13',
      'schema',
    ]);
    const suggestion = 'varve only reads it: write it as version 3 by hand.';
    expect(config.warnings).toMatchObject(
      ['lowest.json', 'base.json', 'over.json'].map((name) => ({ origin: { name }, suggestion })),
    );
  });

  test.each([
    ['app.toml', 'poolSize = 20\nname = "y"\n', 'app.toml:1:12'],
    ['app.json5', "{\n  poolSize: 20,\n  name: 'y',\n}\n", 'app.json5:2:13'],
    ['app.yaml', 'poolSize: 20\nname: y\n', 'app.yaml:1:11'],
    ['app.jsonc', '{ // x\n "poolSize": 20, "name": "y" }', 'app.jsonc:2:14'],
  ])('%s', async (file, text, location) => {
    const { load } = loading(text, { file });
    const config = await load();
    expect(config.values).toMatchObject({ db: { pool: 20 }, name: 'y' });
    expect(config.explain('db.pool').winner?.location).toBe(location);
  });
});

describe('writing', () => {
  const OLD = '{\n  // how many\n  "poolSize": 20, // big\n  "name":   "y",\n  "tags": [\n    "a",   "b"\n  ]\n}\n';

  test('the next save writes the present version, and keeps the old bytes beside', async () => {
    const { load, read, copies, made } = loading(OLD, { file: 'app.jsonc' });
    const config = await load();
    config.set('db.pool', 21);
    const { keptAside = '', written } = await config.save();
    expect(written).toEqual([{ key: 'db.pool', before: 20, after: 21, redacted: false }]);
    expect(read()).toBe(
      '{\n  // how many\n  "name":   "y",\n  "tags": [\n    "a",   "b"\n  ],\n  "db": {\n    "pool": 21\n  },\n  "$version": 3\n}\n',
    );
    expect(copies()).toEqual([expect.stringMatching(/^app\.jsonc\.version-1-\d+T/)]);
    expect(keptAside.endsWith(copies()[0] ?? 'none')).toBe(true);
    expect(made.read(copies()[0] ?? '')).toBe(OLD);
    expect(config.warnings).toEqual([]);
    expect(config.explain('db.pool').winner?.location).toBe('app.jsonc:8:13');
    config.set('name', 'z');
    expect((await config.save()).keptAside).toBeUndefined();
    expect(copies()).toHaveLength(1);
  });

  test('YAML keeps its comments', async () => {
    const { load, read } = loading('# all\n\npoolSize: 20\n# the name\nname: y\n', { file: 'app.yaml' });
    await migrateFile(await load());
    expect(read()).toBe('# all\n\n# the name\nname: y\ndb:\n  pool: 20\n"$version": 3\n');
  });

  test.each<[string, string, string, (document: JsonDraft) => unknown, string]>([
    [
      'another name',
      'app.jsonc',
      '{\n  // how many\n  "poolSize": 20, // big\n  "name": "y"\n}\n',
      ({ poolSize, ...rest }) => ({ ...rest, pool: poolSize }),
      '{\n  // how many\n  "pool": 20, // big\n  "name": "y",\n  "$version": 2\n}\n',
    ],
    [
      'another name in YAML',
      'app.yaml',
      '# how many\npoolSize: 20 # big\nname: y\n',
      ({ poolSize, ...rest }) => ({ ...rest, pool: poolSize }),
      '# how many\npool: 20 # big\nname: y\n"$version": 2\n',
    ],
    [
      'other names, in quotes where YAML needs them or has them',
      'app.yaml',
      '"a": 1\n\'b\': 2\nc: 3\nd: 4\ne: 5\n',
      () => ({ A: 1, B: 2, yes: 3, 'D d': 4, E: 5 }),
      '"A": 1\n"B": 2\n"yes": 3\n"D d": 4\nE: 5\n"$version": 2\n',
    ],
    [
      'other names inside and outside of an object',
      'app.jsonc',
      '{\n  "database": {\n    "size": 5, // big\n    "deep": { "a": 1 }\n  },\n  "title": "y"\n}',
      () => ({ database: { pool: 5, deep: { b: 1 } }, name: 'y' }),
      '{\n  "database": {\n    "pool": 5, // big\n    "deep": { "b": 1 }\n  },\n  "name": "y",\n  "$version": 2\n}',
    ],
    [
      'another name inside an object of YAML that an alias repeats',
      'app.yaml',
      'log: &log\n  old: a # here\ntrace: *log\n',
      () => ({ log: { name: 'a' }, trace: { name: 'a' } }),
      'log: &log\n  name: a # here\ntrace: *log\n"$version": 2\n',
    ],
    [
      'another name in one of the places of an alias',
      'app.yaml',
      'log: &log\n  old: a # here\ntrace: *log\n',
      () => ({ log: { name: 'a' }, trace: { old: 'a' } }),
      'log: &log\n  name: a # here\ntrace:\n  old: a\n"$version": 2\n',
    ],
    [
      'other names, with equal values',
      'app.json',
      '{ "a": 1, "b": 1, "c": 1 }',
      () => ({ x: 1, y: 1, c: 1 }),
      '{ "x": 1, "y": 1, "c": 1, "$version": 2 }',
    ],
    [
      'no other name, beside an equal value',
      'app.json',
      '{ "a": 1, "b": 1 }',
      () => ({ b: 1 }),
      '{ "b": 1, "$version": 2 }',
    ],
    [
      'a new neighbour in its object',
      'app.jsonc',
      '{ "db": { /* how many */ "pool": 5 } }',
      () => ({ db: { size: 1, pool: 5 } }),
      '{ "db": { /* how many */ "pool": 5, "size": 1 }, "$version": 2 }',
    ],
    [
      'no more members',
      'app.json',
      '{ "db": { "pool": 5 }, "a": 1 }',
      () => ({ db: {}, a: 1 }),
      '{ "db": {}, "a": 1, "$version": 2 }',
    ],
    [
      'the name of what all objects have',
      'app.json',
      '{ "toString": 1, "a": 1 }',
      () => ({ a: 1, valueOf: 2 }),
      '{ "a": 1, "valueOf": 2, "$version": 2 }',
    ],
    [
      'a new neighbour of a list in YAML',
      'app.yaml',
      'tags:\n  - "a" # first\n  - {x: 1}\n',
      (document) => ({ ...document, b: 1 }),
      'tags:\n  - "a" # first\n  - {x: 1}\nb: 1\n"$version": 2\n',
    ],
  ])('the rest keeps its bytes where a member gets %s', async (_, file, before, migration, after) => {
    const made = loading(before, { file, version: 2, migrations: { 2: migration }, settings: { pool: 1 } });
    await migrateFile(await made.load());
    expect(made.read()).toBe(after);
  });

  test.each<[string, (config: Awaited<ReturnType<ReturnType<typeof loading>['load']>>) => Promise<unknown>]>([
    [
      'update',
      (config) =>
        config.update((draft) => {
          (draft as { name: string }).name = 'z';
        }),
    ],
    ['reset of a key', (config) => config.reset('name')],
    ['reset of all', (config) => config.reset()],
    ['migrateFile', (config) => migrateFile(config)],
  ])('%s writes the present version', async (_, write) => {
    const { load, read, copies } = loading('{"poolSize":20,"name":"y"}');
    await write(await load());
    expect(JSON.parse(read())).toMatchObject({ $version: 3 });
    expect(copies()).toHaveLength(1);
  });

  test('a save without changes writes nothing', async () => {
    const { load, read, copies } = loading('{"poolSize":20}');
    const config = await load();
    await config.save();
    await config.update(() => undefined);
    expect([read(), copies()]).toEqual(['{"poolSize":20}', []]);
  });

  test('migrateFile says what it did, and does nothing twice', async () => {
    const { load, copies } = loading('{"poolSize":20}');
    const config = await load();
    const migrated = await migrateFile(config);
    expect(migrated).toEqual({ from: 1, keptAside: expect.stringContaining(copies()[0] ?? 'no copy') });
    expect(config.warnings).toEqual([]);
    expect(config.explain('db.pool').winner?.location).toBe('app.json:1:15');
    expect(await migrateFile(config)).toBeUndefined();
    expect(copies()).toHaveLength(1);
  });

  test('a newer file is not written, in whatever way', async () => {
    const text = '{"$version":4,"db":{"pool":20}}';
    const { load, read, copies } = loading(text);
    const config = await load();
    config.set('name', 'z');
    for (const work of [config.save(), config.reset('db.pool'), config.reset(), migrateFile(config)]) {
      expect(await issuesOf(work)).toMatchObject([
        {
          code: 'READ_ONLY',
          message: 'app.json is of version 4, newer than version 3 of this program. Nothing was written',
        },
      ]);
    }
    expect([read(), copies()]).toEqual([text, []]);
  });

  test('a new file has the version', async () => {
    const created = loading(undefined, { create: true });
    await created.load();
    expect(JSON.parse(created.read())).toEqual({ $version: 3 });
    const saved = loading(undefined);
    const config = await saved.load();
    config.set('name', 'z');
    await config.save();
    expect(JSON.parse(saved.read())).toEqual({ $version: 3, name: 'z' });
    expect(saved.copies()).toEqual([]);
  });

  test('the first version writes no member', async () => {
    const { load, read } = loading('{"name":"y"}', { version: 1, migrations: {} });
    const config = await load();
    config.set('name', 'z');
    await config.save();
    expect(read()).toBe('{"name":"z"}');
  });

  test('another member', async () => {
    const { load, read } = loading('{"schemaVersion":2,"pool":20}', {
      version: { current: 3, member: 'schemaVersion' },
    });
    await migrateFile(await load());
    expect(JSON.parse(read())).toEqual({ schemaVersion: 3, db: { pool: 20 } });
  });

  test('two processes at once: one migrates, the other finds the present version', async () => {
    const { load, read, copies } = loading('{"poolSize":20,"name":"y"}');
    const [one, two] = [await load(), await load()];
    one.set('name', 'one');
    two.set('tags', ['two']);
    await Promise.all([one.save(), two.save()]);
    expect(JSON.parse(read())).toEqual({ $version: 3, name: 'one', tags: ['two'], db: { pool: 20 } });
    expect(copies()).toHaveLength(1);
  });

  test('a conflict is found in the terms of the present version', async () => {
    const { load, made, read } = loading('{"poolSize":20}');
    const config = await load();
    config.set('db.pool', 21);
    made.write('app.json', '{"poolSize":22}');
    expect(await issuesOf(config.save())).toMatchObject([{ code: 'CONFLICT', key: 'db.pool' }]);
    expect(read()).toBe('{"poolSize":22}');
  });
});

describe('reloads', () => {
  test('an older release that writes the file again is migrated again', async () => {
    const { load, made } = loading('{"$version":3,"db":{"pool":20}}');
    const config = await load();
    const events: ConfigEvent[] = [];
    config.subscribe((event) => events.push(event));
    made.write('app.json', '{"poolSize":30}');
    await config.reload();
    expect(events).toMatchObject([{ changes: [{ key: 'db.pool', before: 20, after: 30 }] }]);
    expect(config.warnings).toHaveLength(1);
  });
});

describe('mistakes of migrations', () => {
  const failing = (migration: unknown): Migrations => ({ 2: migrations[2] as never, 3: migration as never });
  test.each<[string, unknown, string]>([
    [
      'a throw',
      () => {
        throw new TypeError('no pool');
      },
      'failed: TypeError: no pool',
    ],
    ['a promise', async () => ({}), 'returned a promise'],
    ['a list', () => [], 'returned no object'],
    ['a text', () => 'x', 'returned no object'],
    ['a Map', () => new Map([['db', 1]]), 'returned a content that must be a value that JSON can hold'],
    [
      'a Set in the content',
      (document: Record<string, unknown>) => {
        document['tags'] = new Set(['a']);
      },
      'returned a content that must be a value that JSON can hold at ["tags"]',
    ],
    [
      'a number that JSON does not have',
      () => ({ a: Number.NaN }),
      'returned a content that must be a finite number at ["a"]',
    ],
  ])('%s', async (_, migration, problem) => {
    const { load, read } = loading('{"poolSize":20}', { migrations: failing(migration) });
    expect(await issuesOf(load())).toMatchObject([
      {
        code: 'INVALID_DEFINITION',
        message: `app.json was not migrated: the migration to version 3 of the definition ${problem}`,
      },
    ]);
    const config = await load({ invalid: 'report' });
    config.set('name', 'y');
    expect((await issuesOf(config.save()))[0]?.code).toBe('INVALID_DEFINITION');
    expect(read()).toBe('{"poolSize":20}');
  });

  test('a message does not quote the file where it may have secrets', async () => {
    const migration = ({ token }: { token?: string }) => {
      throw new Error(`bad ${token}`);
    };
    const { load } = loading('{"token":"hunter22"}', {
      migrations: failing(migration),
      settings: { token: { sensitive: true, default: '' } },
    });
    expect((await issuesOf(load()))[0]?.message).toMatch(/failed: Error: bad \*{8}$/);
  });

  test('a migration gets a copy, and `__proto__` no prototype', async () => {
    const { load } = loading('{"poolSize":20,"__proto__":{"x":1}}');
    expect((await issuesOf(load()))[0]).toMatchObject({ message: expect.stringContaining('__proto__') });
  });
});

describe('definitions', () => {
  test.each<[string, Case, readonly string[]]>([
    ['no version', { version: undefined as never }, ['"migrations" need a "version"']],
    ['a wrong version', { version: 0 }, ['"version" must be a whole number from 1 on, or have one as its "current"']],
    ['a gap', { version: 4, migrations: { 2: () => ({}), 4: () => ({}) } }, ['"migrations" has no version 3']],
    ['too many', { version: 2 }, ['"migrations" has "3", and must have versions from 2 to 2']],
    ['no function', { version: 2, migrations: { 2: 1 as never } }, ['the migration to version 2 must be a function']],
    [
      'a setting with the name of the member',
      { version: { current: 3, member: 'name' } },
      ['"name" is a setting, and the member of a file that has its version'],
    ],
  ])('%s', async (_, definition, messages) => {
    const issues = await issuesOf(() => loading(undefined, definition));
    expect(issues.map(({ message }) => message)).toEqual(messages);
  });

  test('JSON Schema knows the member', () => {
    const { defined } = loading(undefined, { unknown: 'error' });
    expect(jsonSchema(defined)).toMatchObject({
      properties: { $version: { type: 'integer', minimum: 1, maximum: 3 } },
    });
  });
});
