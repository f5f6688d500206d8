import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { schemaOf } from '../../src/definition.ts';
import {
  type ConfigEvent,
  type DefinitionInput,
  defineConfig,
  each,
  eachOf,
  jsonFile,
  type LoadOptions,
  loadConfig,
  loadConfigSync,
  type ReloadRejection,
} from '../../src/index.ts';
import { jsonSchema } from '../../src/schema/json-schema.ts';
import { configFiles } from '../../src/tools.ts';
import { failure } from '../failure.ts';
import { folder } from '../folder.ts';
import { byEventsOnly, replace, until } from '../watched.ts';

const settings = {
  port: { format: 'port', default: 80 },
  host: { format: String, default: 'localhost' },
  db: { pool: { format: 'nat', default: 1 }, token: { format: String, default: '', sensitive: false } },
} as const;

type Settings = typeof settings;

function define(options: Partial<DefinitionInput<Settings>> = {}) {
  return defineConfig({ name: 'app', extends: true, file: 'app.json', settings, ...options });
}

function load(
  files: Readonly<Record<string, string>>,
  options: Partial<DefinitionInput<Settings>> = {},
  inputs: LoadOptions = {},
) {
  return loadConfig(define(options), { cwd: folder(files).path, env: {}, argv: [], onWarning: false, ...inputs });
}

async function problems(...given: Parameters<typeof load>): Promise<readonly string[]> {
  const { issues } = await failure(load(...given));
  return issues.map(({ message, origin }) => `${message} (${origin?.location})`);
}

type TextWithHost = readonly [text: string, location: string];

/** A text that extends these files and has a host, and where the text has the host. */
const EXTENDING = {
  json: (list: string): TextWithHost => [`{\n  "extends": ${list},\n  "host": "top"\n}\n`, '3:11'],
  jsonc: (list: string): TextWithHost => [`{\n  // the others\n  "extends": ${list},\n  "host": "top",\n}\n`, '4:11'],
  yaml: (list: string): TextWithHost => [`extends: ${list}\nhost: top\n`, '2:7'],
  yml: (list: string): TextWithHost => [`host: top\nextends: ${list}\n`, '1:7'],
  toml: (list: string): TextWithHost => [`extends = ${list}\nhost = "top"\n`, '2:8'],
  json5: (list: string): TextWithHost => [`{extends: ${list},\n  host: 'top'}`, '2:9'],
} as const;

/** A text with a port and a pool, and where they are. */
const EXTENDED = {
  json: ['{\n  "port": 1,\n  "db": { "pool": 2 } }', '2:11', '3:19'],
  jsonc: ['{ // c\n  "port": 1,\n  "db": { "pool": 2, }, }', '2:11', '3:19'],
  yaml: ['port: 1\ndb:\n  pool: 2\n', '1:7', '3:9'],
  yml: ['{port: 1,\n db: {pool: 2}}\n', '1:8', '2:13'],
  toml: ['port = 1\n[db]\npool = 2\n', '1:8', '3:8'],
  json5: ["{port: 1,\n db: {'pool': +2}}", '1:8', '2:15'],
} as const;

type Extension = keyof typeof EXTENDED;

/** The kinds of file that may extend others: the definition, and the inputs, that read the file at a path. */
const KINDS = {
  'the writable file': (file: string) => [{ file }, {}],
  'a base file': (file: string) => [{ files: [file] }, {}],
  'an optional file': (file: string) => [{ files: [{ path: file, optional: true }] }, {}],
  'the file of a profile': (file: string) => [
    { files: [file.replace('top', '{profile}')], profile: { values: ['top'], default: 'top' } },
    {},
  ],
  'an overlay of the program': (file: string) => [{}, { overlays: [file] }],
  'an overlay by the flag': (file: string) => [{ overlayFlag: 'config' }, { argv: ['--config', file] }],
} as const satisfies Record<string, (file: string) => readonly [Partial<DefinitionInput<Settings>>, LoadOptions]>;

const extensions = Object.keys(EXTENDED) as readonly Extension[];

test.each(
  Object.keys(KINDS).flatMap((kind) => extensions.map((extension) => [kind as keyof typeof KINDS, extension] as const)),
)('%s in the format of .%s extends a file of every format', async (kind, extension) => {
  for (const other of extensions) {
    const [text, host] = EXTENDING[extension](`["../base/${other}.${other}"]`);
    const [base, port, pool] = EXTENDED[other];
    const [options, inputs] = KINDS[kind](`config/top.${extension}`);
    const config = await load({ [`config/top.${extension}`]: text, [`base/${other}.${other}`]: base }, options, inputs);
    const locations = (['host', 'port', 'db.pool'] as const).map((key) => config.explain(key).winner?.location);
    expect(locations).toEqual([
      `config/top.${extension}:${host}`,
      `base/${other}.${other}:${port}`,
      `base/${other}.${other}:${pool}`,
    ]);
    expect(config.explain('port').winner?.layer).toBe(`base/${other}.${other}`);
    expect([config.values.port, config.values.db.pool, config.warnings]).toEqual([1, 2, []]);
  }
});

const DIAMOND = {
  'app.json': '{ "extends": ["left.json", "./right.yaml"], "host": "app" }',
  'left.json': '{ "extends": "base/base.json", "port": 1, "host": "left" }',
  'right.yaml': 'extends: base/base.json\nport: 2\n',
  'base/base.json': '{ "extends": "../deep.json", "port": 3, "db": { "pool": 3 } }',
  'deep.json': '{ "port": 4, "db": { "token": "deep" } }',
};

test('a later path of a list is higher, and a file that two extend is below both', async () => {
  const config = await load(DIAMOND);
  const { candidates } = config.explain('port');
  expect(candidates.map(({ location }) => location)).toEqual([
    'right.yaml:2:7',
    'left.json:1:40',
    'base/base.json:1:38',
    'deep.json:1:11',
    'schema',
  ]);
  expect(configFiles(config).map(({ name }) => name)).toEqual([
    'deep.json',
    'base/base.json',
    'left.json',
    'right.yaml',
    'app.json',
  ]);
  const sync = loadConfigSync(define(), { cwd: folder(DIAMOND).path, env: {}, argv: [] });
  expect(sync.values).toEqual(config.values);
});

test('a file that the definition lists keeps its place', async () => {
  const files = {
    'base.json': '{ "port": 1 }',
    'app.json': '{ "extends": "base.json" }',
    'over.json': '{ "extends": "app.json" }',
  };
  const config = await load(files, { files: ['base.json'] }, { overlays: ['over.json'] });
  expect(config.explain('port').candidates.map(({ layer }) => layer)).toEqual(['base.json', 'default']);
  expect(await problems({ ...files, 'base.json': '{ "extends": "app.json" }' }, { files: ['base.json'] })).toEqual([
    'base.json extends "app.json": the definition has it as a layer above this file (base.json:1:14)',
  ]);
});

test.each([
  [
    'a missing file',
    { 'app.json': '{\n  "extends": "./no.json"\n}' },
    ['app.json extends "./no.json": it does not exist (app.json:2:14)'],
  ],
  [
    'a missing file beside a wrong group',
    { 'app.json': '{ "extends": "no.json", "db": 3 }' },
    [
      'app.json extends "no.json": it does not exist (app.json:1:14)',
      'must be an object: it is a group of settings (app.json:1:31)',
    ],
  ],
  [
    'a missing file of a list in YAML',
    { 'app.json': '{"extends":"b.yaml"}', 'b.yaml': 'extends:\n  - c.yaml\n  - no.yaml\n', 'c.yaml': '' },
    ['b.yaml extends "no.yaml": it does not exist (b.yaml:3:5)'],
  ],
  [
    'an optional file that is missing',
    { 'app.json': '{ "extends": "maybe.json" }' },
    ['app.json extends "maybe.json": it does not exist (app.json:1:14)'],
  ],
  [
    'a file that extends itself',
    { 'app.json': '{ "extends": "./app.json" }' },
    ['app.json extends "./app.json": the files extend each other in a cycle: app.json → app.json (app.json:1:14)'],
  ],
  [
    'a cycle further down',
    { 'app.json': '{ "extends": "a.json" }', 'a.json': '{ "extends": "b/b.yaml" }', 'b/b.yaml': 'extends: ../a.json' },
    [
      'b/b.yaml extends "../a.json": the files extend each other in a cycle: a.json → b/b.yaml → a.json (b/b.yaml:1:10)',
    ],
  ],
  ['a number', { 'app.json': '{ "extends": 5 }' }, ['must be the path of a file, or a list of paths (app.json:1:14)']],
  [
    'an empty path',
    { 'app.json': '{ "extends": ["a.json", ""] }' },
    ['must be the path of a file, or a list of paths (app.json:1:14)'],
  ],
  [
    'a file without the extension of a format',
    { 'app.json': '{ "extends": "/etc/passwd" }' },
    ['app.json extends "/etc/passwd": it is not the path of a file that varve can read (app.json:1:14)'],
  ],
  [
    'an address',
    { 'app.json': '{ "extends": "https://example.org/base.json" }' },
    [
      'app.json extends "https://example.org/base.json": it is not the path of a file that varve can read (app.json:1:14)',
    ],
  ],
  [
    'a file with a mistake',
    { 'app.json': '{ "extends": "a.yaml" }', 'a.yaml': 'port: 1\nport: [' },
    ['a.yaml is not valid YAML: the indentation does not fit the lines before (a.yaml:2:8)'],
  ],
  [
    'a refused value',
    { 'app.json': '{ "extends": "a.yaml" }', 'a.yaml': 'port: many' },
    ['must be an integer, got "many" (a.yaml:1:7)'],
  ],
] as const)('%s is an error with its location', async (_, files, expected) => {
  expect(await problems(files, { files: [{ path: 'maybe.json', optional: true }] })).toEqual(expected);
});

test('what is not a regular file is refused at once', async () => {
  const { path } = folder({ 'app.json': '{ "extends": ["folder.json", "pipe.json"] }' });
  mkdirSync(join(path, 'folder.json'));
  execFileSync('mkfifo', [join(path, 'pipe.json')]);
  const { issues } = await failure(loadConfig(define(), { cwd: path, env: {}, argv: [] }));
  expect(issues.map(({ message, suggestion, origin }) => [message, suggestion, origin?.location])).toEqual([
    ['app.json extends "folder.json": it is a folder, not a file', 'Give the path of a regular file.', 'app.json:1:15'],
    ['app.json extends "pipe.json": it is a pipe, not a file', 'Give the path of a regular file.', 'app.json:1:30'],
  ]);
});

const chainOf = (length: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length }, (_, i) => [i === 0 ? 'app.json' : `${i}.json`, `{ "extends": "${i + 1}.json" }`]),
  );

test('the depth, the number and the length of extended files have bounds', async () => {
  expect((await load({ ...chainOf(16), '16.json': '{ "port": 9 }' })).values.port).toBe(9);
  expect(await problems({ ...chainOf(17), '17.json': '{}' })).toEqual([
    '16.json extends "17.json": files extend each other more than 16 levels deep (16.json:1:14)',
  ]);
  const names = Array.from({ length: 150 }, (_, i) => `many/${i}.json`);
  const many = Object.fromEntries(names.map((name) => [name, '{}']));
  expect((await load({ ...many, 'app.json': JSON.stringify({ extends: names.slice(0, 100) }) })).issues).toEqual([]);
  expect(await problems({ ...many, 'app.json': JSON.stringify({ extends: names }) })).toEqual([
    expect.stringMatching(
      /^app\.json extends "many\/100\.json": more than 100 files are extended \(app\.json:1:\d+\)$/,
    ),
  ]);
  // All but the last have exactly as many characters together as there may be.
  const large = `{}${' '.repeat(16 * 2 ** 20 - 2)}`;
  const files = { '1.json': large, '2.json': large, '3.json': large, '4.json': large, '5.json': '{}' };
  expect(await problems({ ...files, 'app.json': JSON.stringify({ extends: Object.keys(files) }) })).toEqual([
    expect.stringContaining('extends "5.json": all extended files together have more than 67108864 characters'),
  ]);
});

test.each([
  ['app.json', '{\n  "extends": "base.yaml",\n  "host": "a" }\n', '{\n  "extends": "base.yaml",\n  "host": "b" }\n'],
  ['app.jsonc', '{ "host": "a", "extends": "base.yaml" } // c\n', '{ "host": "b", "extends": "base.yaml" } // c\n'],
  ['app.yaml', 'extends: base.yaml # below\nhost: a\n', 'extends: base.yaml # below\nhost: b\n'],
])('a save touches %s alone', async (file, before, after) => {
  const at = folder({ [file]: before, 'base.yaml': 'port: 1 # one\ndb: { pool: 1 }\n' });
  const config = await loadConfig(define({ file }), { cwd: at.path, env: {}, argv: [] });
  config.set('host', 'b');
  await config.save();
  expect(at.read(file)).toBe(after);
  config.set('port', 2);
  await config.save();
  expect(config.values).toMatchObject({ host: 'b', port: 2, db: { pool: 1 } });
  expect(at.read('base.yaml')).toBe('port: 1 # one\ndb: { pool: 1 }\n');
  await config.reset('port');
  await config.save();
  expect(at.read(file)).toBe(after);
  expect(config.explain('port').winner?.location).toBe('base.yaml:1:7');
  await config.reload();
  expect(config.values).toMatchObject({ host: 'b', port: 1 });
});

async function watch(files: Readonly<Record<string, string>>) {
  const at = folder(files);
  const config = await loadConfig(define(), { cwd: at.path, env: {}, argv: [] });
  const events: ConfigEvent[] = [];
  config.subscribe((event) => events.push(event));
  const watcher = config.watch(byEventsOnly);
  onTestFinished(() => watcher.close());
  await watcher.ready;
  const put = (name: string, text: string): void => replace(join(at.path, name), text);
  return { at, config, events, put };
}

test('extended files are watched, also those that a change brings', async () => {
  const { config, put } = await watch(DIAMOND);
  put('deep.json', '{ "db": { "token": "changed" } }');
  await until(() => expect(config.values.db.token).toBe('changed'));
  put('left.json', '{ "extends": "new.json" }');
  put('new.json', '{ "host": "new", "db": { "pool": 7 } }');
  put('right.yaml', 'host: right\n');
  await until(() => expect(config.values).toMatchObject({ port: 80, host: 'app', db: { pool: 7, token: '' } }));
  put('new.json', '{ "db": { "pool": 8 } }');
  await until(() => expect(config.values.db.pool).toBe(8));
  expect(configFiles(config).map(({ name }) => name)).toEqual(['new.json', 'left.json', 'right.yaml', 'app.json']);
});

test('an extended file that disappears or breaks rejects the reload, until it is mended', async () => {
  const { at, config, events, put } = await watch(DIAMOND);
  const rejected = (): readonly ReloadRejection[] =>
    events.flatMap((event) => ('rejected' in event ? event.rejected : []));
  const untilRejected = async (message: string): Promise<void> => {
    await until(() =>
      expect(
        rejected()
          .at(-1)
          ?.issues.map((issue) => issue.message),
      ).toEqual([message]),
    );
    // No value of the file counts as changed.
    expect(rejected().at(-1)?.candidate).toEqual([]);
  };
  rmSync(join(at.path, 'deep.json'));
  await untilRejected('base/base.json extends "../deep.json": it does not exist');
  expect(config.values.db.token).toBe('deep');
  put('deep.json', '{ "db": { "token": "back" } }');
  await until(() => expect(config.values.db.token).toBe('back'));
  put('right.yaml', 'db: 3\n');
  await untilRejected('must be an object: it is a group of settings');
  put('right.yaml', 'port: 2\n');
  rmSync(join(at.path, 'deep.json'));
  mkdirSync(join(at.path, 'deep.json'));
  await untilRejected('base/base.json extends "../deep.json": it is a folder, not a file');
  put('base/base.json', '{ "extends": ');
  await untilRejected('base/base.json is not valid JSON: the object that begins in line 1 is not closed: expected "}"');
  put('base/base.json', '{}');
  await until(() => expect(config.values.db).toEqual({ pool: 1, token: '' }));
});

test('a file that changes while it is read for the first time is read again', async () => {
  const at = folder({ 'app.json': '{}', 'new.json': '{ "host": "first" }' });
  const definition = defineConfig({
    name: 'app',
    extends: true,
    file: 'app.json',
    settings: { host: { format: 'seen', default: 'none' } },
    formats: {
      seen: {
        validate: (value: unknown) => {
          if (value === 'first') at.write('new.json', '{ "host": "second" }');
        },
      },
    },
  });
  const config = await loadConfig(definition, { cwd: at.path, env: {}, argv: [] });
  const watcher = config.watch(byEventsOnly);
  onTestFinished(() => watcher.close());
  await watcher.ready;
  replace(join(at.path, 'app.json'), '{ "extends": "new.json" }');
  await until(() => expect(config.values.host).toBe('second'));
});

test('an extended file gives members of groups by name and elements of lists', async () => {
  const options = {
    settings: { stores: each({ size: 0, name: '' }), hosts: eachOf({ name: 'x' }) },
  } as unknown as Partial<DefinitionInput<Settings>>;
  const files = {
    'app.json': '{ "extends": "base.json", "stores": { "b": { "size": 2 } } }',
    'base.json': '{ "stores": { "a": { "size": 1 }, "b": { "name": "bee" } }, "hosts": [{ "name": "h" }] }',
  };
  const config = await load(files, options);
  expect(config.values).toEqual({
    stores: { a: { size: 1, name: '' }, b: { size: 2, name: 'bee' } },
    hosts: [{ name: 'h' }],
  });
  expect(config.explain('stores.a.size' as never).winner?.location).toBe('base.json:1:30');
});

test('without `extends: true`, the name is an unknown key, or a setting', async () => {
  const files = { 'app.json': '{ "extends": "base.json" }', 'base.json': '{ "port": 1 }' };
  const config = await load(files, { extends: false });
  expect(config.values.port).toBe(80);
  expect(config.warnings).toMatchObject([
    { key: 'extends', suggestion: 'With `extends: true` in the definition, a file can extend others.' },
  ]);
  const own = { name: 'app', file: 'app.json', settings: { extends: 'nothing' } };
  const inputs = { cwd: folder(files).path, env: {}, argv: [] };
  expect((await loadConfig(defineConfig(own), inputs)).values.extends).toBe('base.json');
  expect(() => defineConfig({ ...own, extends: true })).toThrow('"extends" is a setting');
});

test('unknown keys of an extended file are reported with their location, and `extends` is none', async () => {
  const files = { 'app.json': '{ "extends": "base.json" }', 'base.json': '{ "prot": 1 }' };
  expect((await load(files)).warnings).toMatchObject([
    { key: 'prot', origin: { location: 'base.json:1:3' }, suggestion: 'Did you mean port?' },
  ]);
  expect(await problems(files, { unknown: 'error' })).toEqual(['is not a setting (base.json:1:3)']);
  expect(jsonSchema(schemaOf(define())).properties).toHaveProperty('extends');
  expect(jsonSchema(schemaOf(define({ extends: false }))).properties).not.toHaveProperty('extends');
});

test('the document of a store cannot extend files', async () => {
  const at = folder({ 'app.json': '{ "extends": "base.json" }', 'base.json': '{ "port": 1 }' });
  const store = jsonFile(join(at.path, 'app.json'), { name: 'settings.json' });
  const definition = defineConfig({ name: 'app', extends: true, store, settings });
  const { issues } = await failure(loadConfig(definition, { cwd: at.path, env: {}, argv: [] }));
  expect(issues).toMatchObject([
    {
      message: 'settings.json extends "base.json": the document of a `store` cannot extend files',
      origin: { location: 'settings.json:1:14' },
    },
  ]);
});
