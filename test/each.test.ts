// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this
import { describe, expect, test } from 'vitest';
import {
  defineConfig,
  derived,
  each,
  type LoadOptions,
  loadConfig,
  loadConfigSync,
  redactor,
  type Source,
  setAll,
  variants,
} from '../src/index.ts';
import { describeSettings, jsonSchema } from '../src/tools.ts';
import { messages, thrown } from './failure.ts';
import { folder } from './folder.ts';
import { until } from './watched.ts';

const databases = each({
  url: { format: 'url', default: null, sensitive: true, doc: 'Where it is' },
  pool: { format: 'nat', default: 10, max: 100 },
  ssl: false,
  labels: { format: Object, default: {} },
  tls: { hosts: { format: Array, items: String, default: [] } },
});

const definition = defineConfig({
  name: 'shop',
  file: 'app.json',
  files: ['base.json'],
  envPrefix: 'SHOP',
  dotenv: true,
  settings: { port: 8080, databases },
});

/** Loads the definition with a base file, a file and a `.env` file in a folder of its own. */
function load({ base = {}, app, dotenv = '' }: Layers = {}, options: LoadOptions = {}) {
  const made = folder({
    'base.json': JSON.stringify(base),
    ...(app === undefined ? {} : { 'app.json': typeof app === 'string' ? app : JSON.stringify(app) }),
    '.env': dotenv,
    'secret.txt': 'http://secret/\n',
    'eu.json': '{ "url": "http://eu" }\n',
  });
  const config = loadConfigSync(definition, { cwd: made.path, env: {}, argv: [], onWarning: false, ...options });
  return { config, made };
}

interface Layers {
  readonly base?: unknown;
  readonly app?: unknown;
  readonly dotenv?: string;
}

const EU = { databases: { eu: { url: 'http://eu' } } };

describe('each input gives a member its name', () => {
  test.each<[string, Layers, LoadOptions, string]>([
    ['a base file', { base: EU }, {}, 'base.json:1:27'],
    ['the file', { app: EU }, {}, 'app.json:1:27'],
    ['a .env file', { dotenv: 'SHOP_DATABASES__EU__URL=http://eu' }, {}, '.env:1'],
    ['a variable with all of it', {}, { env: { SHOP_DATABASES__EU: '{ "url": "http://eu" }' } }, 'process.env'],
    ['a file that a variable names', {}, { env: { SHOP_DATABASES__EU_FILE: 'eu.json' } }, 'eu.json'],
    ['a variable', {}, { env: { SHOP_DATABASES__EU__URL: 'http://eu' } }, 'process.env'],
    ["a secret's file", {}, { env: { SHOP_DATABASES__EU__URL_FILE: 'secret.txt' } }, 'secret.txt'],
    ['a flag', {}, { argv: ['--databases.eu.url=http://eu'] }, 'command line'],
    ['a flag and its word', {}, { argv: ['--databases.eu.url', 'http://eu'] }, 'command line'],
    ['--set', {}, { argv: ['--set', 'databases.eu.url=http://eu'] }, 'command line'],
    ['JSON', {}, { argv: ['--databases.eu.url:="http://eu"'] }, 'command line'],
  ])('%s', (_, layers, options, location) => {
    const { config } = load(layers, options);
    expect(Object.keys(config.values.databases)).toEqual(['eu']);
    expect(config.values.databases['eu']).toMatchObject({ pool: 10, ssl: false, labels: {}, tls: { hosts: [] } });
    expect(config.values.databases['eu']?.url).toMatch(/^http:/);
    expect(config.explain('databases.eu.url')).toMatchObject({ value: '********', winner: { location } });
    expect(config.warnings).toEqual([]);
  });

  test.each<[string, Source['read']]>([
    ['keys', () => ({ entries: entries({ 'databases.eu.url': 'http://eu' }) })],
    ['a member', () => ({ entries: entries({ 'databases.eu': { url: 'http://eu' } }) })],
    ['the group', () => ({ entries: entries(EU) })],
    ['a promise', async () => ({ entries: entries(EU) })],
  ])("a program's own source by %s", async (_, read) => {
    const own = defineConfig({ name: 'shop', settings: { databases }, layers: ['default', { name: 'own', read }] });
    const config = await loadConfig(own, { env: {}, argv: [] });
    expect(config.values.databases['eu']?.url).toBe('http://eu');
    expect(config.explain('databases.eu.url').winner?.layer).toBe('own');
  });

  test.each([
    ['databases.eu', 5, ['databases.eu must be an object: it is a group of settings']],
    ['databases.eu', [], ['databases.eu must be an object: it is a group of settings']],
    ['databases.eu', [{}], ['databases.eu must be an object: it is a group of settings']],
    ['databases.eu.labels.team', 'x', ['databases.eu.labels.team is not a setting']],
    ['databases.eu.POOL', 5, []],
  ])("a program's own source that gives %s the value %j", (key, value, expected) => {
    const own = each({ pool: 10, labels: { format: Object, default: {} } });
    const given: Source = { name: 'own', read: () => ({ entries: entries({ [key]: value }) }) };
    const declared = defineConfig({ name: 'shop', settings: { databases: own }, layers: ['default', given] });
    const { issues: refused, warnings } = loadConfigSync(declared, {
      env: {},
      argv: [],
      onWarning: false,
      invalid: 'report',
    });
    expect([...refused, ...warnings].map(({ key: at, message }) => `${at} ${message}`)).toEqual(expected);
  });

  test('YAML and TOML', () => {
    const made = folder({
      'a.yaml': 'databases:\n  eu: { url: http://eu }\n',
      'b.toml': '[databases.us]\nurl = "http://us"\n',
    });
    const own = defineConfig({ name: 'shop', files: ['a.yaml', 'b.toml'], settings: { databases } });
    const config = loadConfigSync(own, { cwd: made.path, env: {}, argv: [] });
    expect(Object.keys(config.values.databases)).toEqual(['eu', 'us']);
    expect(config.explain('databases.us.url').winner?.location).toBe('b.toml:2:7');
  });

  function entries(values: object) {
    const origin = { layer: 'own', name: 'own', location: 'own' };
    return new Map(Object.entries(values).map(([key, value]) => [key, { value, origin }]));
  }
});

test('layers merge by name, each setting by itself', () => {
  const { config } = load(
    { base: { databases: { eu: { url: 'http://base', pool: 1 } } }, app: { databases: { eu: { pool: 2 } } } },
    {
      env: { SHOP_DATABASES__EU__SSL: 'yes' },
      argv: ['--databases.eu.labels.team=blue', '--databases.eu.tls.hosts', 'a,b'],
    },
  );
  expect(config.values.databases).toEqual({
    eu: { url: 'http://base', pool: 2, ssl: true, labels: { team: 'blue' }, tls: { hosts: ['a', 'b'] } },
  });
});

describe('a setting that was in a group before the group had members by name', () => {
  const before = { databases: each({ url: 'u' }), timeout: { default: 1, aliases: ['databases.timeout'] } };
  const given: Source = {
    name: 'own',
    read: () => ({
      entries: new Map([
        ['databases.timeout', { value: 5, origin: { layer: 'own', name: 'databases.timeout', location: 'own' } }],
      ]),
    }),
  };

  test.each<[string, object, LoadOptions]>([
    ['a file', { file: 'app.json' }, {}],
    ["a program's own source", { layers: ['default', given] }, {}],
    ['a variable', { envPrefix: 'X' }, { env: { X_DATABASES__TIMEOUT: '5' } }],
    ['a flag', {}, { argv: ['--databases.timeout=5'] }],
  ])('is given by its former key in %s', (_, more, options) => {
    const { path } = folder({ 'app.json': '{ "databases": { "timeout": 5, "eu": {} } }' });
    const own = defineConfig({ name: 'app', settings: before, ...more } as never);
    const config = loadConfigSync(own, { cwd: path, env: {}, argv: [], onWarning: false, ...options });
    expect(config.get('timeout' as never)).toBe(5);
    expect(config.warnings).toMatchObject([{ code: 'DEPRECATED', key: 'timeout' }]);
  });

  test('is given by its former key in a group that is gone', () => {
    const { path } = folder({ 'app.json': '{ "old": { "timeout": 5 }, "databases": { "eu": {} } }' });
    const settings = { ...before, timeout: { default: 1, aliases: ['old.timeout'] } };
    const config = loadConfigSync(defineConfig({ name: 'app', file: 'app.json', settings }), {
      cwd: path,
      env: {},
      argv: [],
      onWarning: false,
    });
    expect(config.values).toEqual({ databases: { eu: { url: 'u' } }, timeout: 5 });
  });

  test('leaves an object under that name to the group', () => {
    const { path } = folder({ 'app.json': '{ "databases": { "timeout": { "url": "v" } } }' });
    const own = defineConfig({ name: 'app', file: 'app.json', settings: before });
    expect(loadConfigSync(own, { cwd: path, env: {}, argv: [] }).values).toEqual({
      databases: { timeout: { url: 'v' } },
      timeout: 1,
    });
  });
});

describe('a flag of a member that no other layer has', () => {
  const hidden = { format: Object, default: {}, arg: false } as const;
  const stores = each({ path: 'p', cached: true, labels: { format: Object, default: {} }, hidden });
  const own = defineConfig({ name: 'app', strictFlags: true, settings: { stores } });
  const store = { path: 'p', cached: true, labels: {}, hidden: {} };

  test.each<[string, object]>([
    ['--stores.a.path=x', { path: 'x' }],
    ['--no-stores.a.cached', { cached: false }],
    ['--stores.a.labels.team.name=x', { labels: { team: { name: 'x' } } }],
  ])('gives it a value: %s', (word, given) => {
    expect(loadConfigSync(own, { env: {}, argv: [word] }).values).toEqual({ stores: { a: { ...store, ...given } } });
  });

  test.each([
    ['a setting that takes no flag', '--stores.a.hidden={}'],
    ['a member of one', '--stores.a.hidden.x=1'],
    ['a member of a text', '--stores.a.path.x=1'],
    ['no setting', '--stores.a.other=1'],
    ['a negation of a text', '--no-stores.a.path'],
    ['a negation of a member', '--no-stores.a.labels.team'],
    ['another word in front', '--my-stores.a.cached'],
    ['a negation by --set', '--set=no-stores.a.cached=1'],
  ])('is refused if it names %s', (_, word) => {
    expect(thrown(() => loadConfigSync(own, { env: {}, argv: [word] })).issues).toHaveLength(1);
  });
});

describe('names', () => {
  test.each<[string, string, string]>([
    ['euWest', 'SHOP_DATABASES__EU_WEST__POOL', 'euWest'],
    ['euWest', 'SHOP_DATABASES__EUWEST__POOL', 'euWest'],
    ['eu-west', 'SHOP_DATABASES__EU_WEST__POOL', 'eu-west'],
    ['EU', 'SHOP_DATABASES__EU__POOL', 'EU'],
    ['v2Beta', 'SHOP_DATABASES__V2BETA__POOL', 'v2Beta'],
  ])('%s of the file is that of the variable %s', (name, variable, expected) => {
    const { config } = load({ app: { databases: { [name]: { url: 'http://eu' } } } }, { env: { [variable]: '7' } });
    expect(Object.entries(config.values.databases).map(([key, { pool }]) => [key, pool])).toEqual([[expected, 7]]);
    expect(config.warnings).toEqual([]);
  });

  test('a name that only a variable has is in small letters, that of a flag as it is written', () => {
    const { config } = load(
      {},
      { env: { SHOP_DATABASES__EU_1__URL: 'http://a' }, argv: ['--databases.US.url=http://b'] },
    );
    expect(Object.keys(config.values.databases)).toEqual(['eu_1', 'US']);
  });

  test('names that would have one variable are refused', () => {
    const layers = {
      base: { databases: { eu: { url: 'http://a' } } },
      app: { databases: { EU: { url: 'http://b' } } },
    };
    expect(messages(() => load(layers))).toEqual([
      'databases must not have members whose names differ only in case, "-" and "_": eu and EU',
    ]);
  });

  test.each(['constructor', 'toString', 'hasOwnProperty', 'a b', 'ä', '*', '0'])('%s is an ordinary name', (name) => {
    const { config } = load({ app: { databases: { [name]: { url: 'http://x' } } } });
    expect(Object.keys(config.values.databases)).toEqual([name]);
    expect(Object.getPrototypeOf(config.values.databases)).toBe(Object.prototype);
    expect(config.get(`databases.${name}.pool`)).toBe(10);
  });

  test.each<[string, RegExp]>([
    ['__proto__', /is a name that no setting may have/],
    ['', /is not a setting/],
    ['a.b', /is not a setting/],
  ])('%j is refused, or reported', (name, message) => {
    const app = `{ "databases": { ${JSON.stringify(name)}: { "url": "http://x" } } }`;
    const made = folder({ 'app.json': app, 'base.json': '{}' });
    const config = loadConfigSync(definition, {
      cwd: made.path,
      env: {},
      argv: [],
      onWarning: false,
      invalid: 'report',
    });
    expect(config.values.databases).toEqual({});
    expect([...config.issues, ...config.warnings].map((issue) => issue.message)).toEqual([
      expect.stringMatching(message),
    ]);
    expect('url' in {}).toBe(false);
  });

  test('a flag cannot give __proto__', () => {
    const { config } = load({}, { argv: ['--databases.__proto__.url=http://x', '--set', 'port=1'] });
    expect(config.values).toEqual({ port: 1, databases: {} });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('what is wrong', () => {
  test('a required secret asks for its variable, or a file', () => {
    const { issues } = thrown(() => load({}, { env: { SHOP_DATABASES__EU__POOL: '3' } }));
    expect(issues.map(({ suggestion }) => suggestion)).toEqual([
      'Set SHOP_DATABASES__EU__URL, or SHOP_DATABASES__EU__URL_FILE to a file that holds it.',
    ]);
  });

  test('another required setting asks for its variable, its flag and its key', () => {
    const own = defineConfig({
      name: 'x',
      envPrefix: 'X',
      settings: { g: each({ a: { format: 'nat', default: null }, b: 1 }) },
    });
    const { issues } = thrown(() => loadConfigSync(own, { env: { X_G__ONE__B: '3' }, argv: [] }));
    expect(issues).toMatchObject([
      { key: 'g.one.a', suggestion: expect.stringMatching(/^Set X_G__ONE__A or --g\.one\.a/) },
    ]);
  });

  test.each<[Layers, LoadOptions, string]>([
    [
      { app: { databases: { eu: { url: 'http://x', pool: 'x' } } } },
      {},
      'databases.eu.pool must be an integer, got "x"',
    ],
    [{ app: EU }, { env: { SHOP_DATABASES__EU__POOL: '101' } }, 'databases.eu.pool must be at most 100, got "101"'],
    [{ app: { databases: 5 } }, {}, 'databases must be an object: it is a group of settings'],
    [{ app: { databases: { eu: 5 } } }, {}, 'databases.eu must be an object: it is a group of settings'],
    [{ app: { databases: { eu: {} } } }, {}, 'databases.eu.url is required, and no layer gives it'],
  ])('%j', (layers, options, message) => {
    expect(messages(() => load(layers, options))).toEqual([message]);
  });

  test('misspelt settings of a member are reported with the nearest name', () => {
    const app = { databases: { eu: { url: 'http://x', pol: 1 } } };
    const { config } = load({ app }, { env: { SHOP_DATABASES__EU__POOLL: '3' } });
    expect(config.warnings).toMatchObject([
      { key: 'databases.eu.pol', suggestion: 'Did you mean databases.eu.pool?' },
      { suggestion: 'Did you mean SHOP_DATABASES__EU__POOL?' },
    ]);
    expect(thrown(() => load({ app: EU }, { argv: ['--databases.eu.pol=1'] })).message).toContain(
      '--databases.eu.pool',
    );
  });

  test.each<[object, string]>([
    [each({ url: { env: 'URL', default: '' } }), 'g.*.url has "env", which a setting of a group by name'],
    [each({ url: { aliases: ['uri'], default: '' } }), 'g.*.url has "aliases", which a setting of a group by name'],
    [each({ pool: { format: 'nat', default: -1 } }), 'g.*.pool has a default that it refuses'],
    [each({ pool: derived(['nope'], () => 1) as never }), 'g.*.pool has a derived default, but no "format"'],
    [each(5 as never), 'g.* must be declared by an object of settings and groups'],
  ])('a mistake of the declaration: %j', (g, message) => {
    expect(messages(() => defineConfig({ name: 'x', settings: { g } as never })).join()).toContain(message);
  });
});

describe('null removes a member that lower layers give', () => {
  const base = { databases: { eu: { url: 'http://eu', pool: 5 }, us: { url: 'http://us' } } };

  test.each<[string, Layers, LoadOptions]>([
    ['the file', { base, app: { databases: { eu: null } } }, {}],
    ['a .env file', { base, dotenv: 'SHOP_DATABASES__EU=null' }, {}],
    ['a variable', { base }, { env: { SHOP_DATABASES__EU: 'null' } }],
    ['a flag', { base }, { argv: ['--databases.eu=null'] }],
    ['--set', { base }, { argv: ['--set', 'databases.eu=null'] }],
  ])('in %s', (_, layers, options) => {
    const { config } = load(layers, options);
    expect(Object.keys(config.values.databases)).toEqual(['us']);
    expect(config.warnings).toEqual([]);
  });

  test('a layer above without a setting of it does not give it again', () => {
    const removed = { base, app: { databases: { eu: null } } };
    expect(Object.keys(load(removed, { env: { SHOP_DATABASES__EU: '{"x":1}' } }).config.values.databases)).toEqual([
      'us',
    ]);
  });

  test('a layer above may give it again: nothing of the lower layers comes back', () => {
    const { config } = load(
      { base, app: { databases: { eu: null } } },
      { env: { SHOP_DATABASES__EU__URL: 'http://new' } },
    );
    expect(config.values.databases['eu']).toMatchObject({ url: 'http://new', pool: 10 });
    expect(config.explain('databases.eu.url').candidates).toHaveLength(1);
  });
});

describe('a program changes members', () => {
  const app = '{\n  "databases": {\n    "us": { "url": "http://us" }\n  }\n}\n';

  test('adds one whose required settings it gives, and saves only that', async () => {
    const { config, made } = load({ app });
    expect(messages(() => config.set('databases.eu.pool', 3))).toEqual([
      'databases.eu.url is required, and no layer gives it',
    ]);
    expect(config.values.databases).not.toHaveProperty('eu');
    setAll(config, { 'databases.eu.url': 'http://eu', 'databases.eu.pool': 3 });
    expect(config.values.databases['eu']).toMatchObject({ url: 'http://eu', pool: 3 });
    await config.save();
    expect(made.read('app.json')).toBe(
      '{\n  "databases": {\n    "us": { "url": "http://us" },\n    "eu": {\n      "url": "http://eu",\n      "pool": 3\n    }\n  }\n}\n',
    );
  });

  test('adds one by an object, and removes it: the bytes are the first ones', async () => {
    const { config, made } = load({ app });
    const events: unknown[] = [];
    config.subscribe((event) => events.push('changes' in event && event.changes.map(({ key }) => key)));
    config.set('databases.eu', { url: 'http://eu', labels: { a: 1 } });
    await config.save();
    config.unset('databases.eu');
    await config.save();
    expect(made.read('app.json')).toBe(app);
    const keys = ['url', 'pool', 'ssl', 'labels', 'tls.hosts'].map((name) => `databases.eu.${name}`);
    expect(events).toEqual([keys, keys]);
    expect(messages(() => config.set('databases.eu', { url: 'http://eu', pol: 1 } as never))).toEqual([
      'databases.eu.pol is not a setting',
    ]);
  });

  test('removes one of a lower layer by null, and takes it back', async () => {
    const { config, made } = load({ base: EU });
    config.set('databases.eu', null);
    expect(config.values.databases).toEqual({});
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ databases: { eu: null } });
    config.set('databases.eu.pool', 7);
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ databases: { eu: { pool: 7 } } });
    expect(config.values.databases['eu']).toMatchObject({ url: 'http://eu', pool: 7 });
  });

  test('overrides and hides members in memory', () => {
    const { config } = load({ app });
    config.override('databases.us.pool', 3);
    expect(config.values.databases['us']?.pool).toBe(3);
    config.override('databases.us', null);
    expect(config.values.databases).toEqual({});
    config.override('databases.us', undefined);
    expect(config.values.databases['us']?.pool).toBe(10);
  });

  test('updates by a draft', async () => {
    const { config, made } = load({ base: EU, app });
    await config.update((draft) => {
      draft.databases['de'] = { url: 'http://de' } as never;
      delete draft.databases['us'];
      delete draft.databases['eu'];
    });
    expect(JSON.parse(made.read('app.json'))).toEqual({ databases: { de: { url: 'http://de' }, eu: null } });
    expect(Object.keys(config.values.databases)).toEqual(['de']);
    const refused = config.update((draft) => {
      draft.databases['x'] = { url: 5 } as never;
    });
    await expect(refused).rejects.toThrow('databases.x.url');
  });

  test('resets a member, a setting of it, and all', async () => {
    const { config, made } = load({
      app: { databases: { us: { url: 'http://us', pool: 3 }, eu: { url: 'http://eu' } } },
    });
    await config.reset('databases.us.pool');
    await config.reset('databases.eu');
    expect(JSON.parse(made.read('app.json'))).toEqual({ databases: { us: { url: 'http://us' } } });
    await config.reset('databases.us.url'); // the only setting of the member that a layer gives
    expect(config.values.databases).toEqual({});
    await expect(config.reset('databases.nope')).rejects.toThrow('databases.nope: is not a setting');
  });

  test('a full layout writes the defaults of the members that the file has', async () => {
    const full = defineConfig({
      name: 'x',
      file: 'app.json',
      layout: 'full',
      envPrefix: 'X',
      settings: { g: each({ a: 1, b: 2 }) },
    });
    const made = folder({ 'app.json': '{"g": {"own": {"a": 5}}}' });
    const config = loadConfigSync(full, { cwd: made.path, env: { X_G__OTHER__A: '7' }, argv: [] });
    config.set('g.own.a', 6);
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ g: { own: { a: 6, b: 2 } } });
  });

  test('a conflict names the setting of the member', async () => {
    const { config, made } = load({ app });
    config.set('databases.us.url', 'http://mine');
    made.write('app.json', app.replace('http://us', 'http://theirs'));
    await expect(config.save()).rejects.toMatchObject({ code: 'CONFLICT', issues: [{ key: 'databases.us.url' }] });
  });
});

test('a reload and a watch bring members and take them away, in one event', async () => {
  const { config, made } = load({ app: EU });
  made.write('app.json', JSON.stringify({ databases: { us: { url: 'http://us' } } }));
  const { changes } = await config.reload();
  expect(changes.map(({ key }) => key)).toContain('databases.us.url');
  expect(Object.keys(config.values.databases)).toEqual(['us']);
  const watcher = config.watch({ poll: 50 });
  await watcher.ready;
  made.write('app.json', JSON.stringify({ databases: { us: { url: 'http://us' }, de: { url: 'http://de' } } }));
  await until(() => expect(Object.keys(config.values.databases)).toEqual(['us', 'de']));
  const rejected: unknown[] = [];
  config.subscribe((event) => rejected.push('rejected' in event));
  made.write('app.json', JSON.stringify({ databases: { us: { url: 'http://us' }, de: { pool: 1 } } }));
  await until(() => expect(rejected).toEqual([true]));
  expect(config.values.databases['de']?.url).toBe('http://de');
  await watcher.close();
});

test('secrets of members are redacted wherever they could be shown', () => {
  const { config } = load({ app: { databases: { eu: { url: 'http://hidden-text' } } } });
  const shown = [
    JSON.stringify(config),
    String(config),
    JSON.stringify(config.snapshot()),
    JSON.stringify(config.explainAll()),
    JSON.stringify(describeSettings(config)),
    redactor(config)('the url is http://hidden-text'),
  ].join('\n');
  expect(shown).not.toContain('hidden-text');
  expect(config.snapshot().toJSON().secrets).toEqual({ 'databases.eu.url': null });
});

test('rules, references and derived defaults reach members', () => {
  const made = folder({ 'app.json': JSON.stringify({ main: '${g.a.x}', g: { a: { x: 'text' } } }) });
  const own = defineConfig({
    name: 'x',
    file: 'app.json',
    references: true,
    settings: {
      base: 3,
      main: '',
      g: each({ x: '', n: { format: 'nat', default: derived(['base'], (base) => base * 2) } }),
    },
  });
  const config = loadConfigSync(own, { cwd: made.path, env: {}, argv: ['--base=5'] });
  expect(config.values).toEqual({ base: 5, main: 'text', g: { a: { x: 'text', n: 10 } } });
  expect(config.explain('g.a.n').candidates[0]?.computedFrom?.[0]?.name).toBe('base');
});

test('groups by name inside groups by name', () => {
  const own = defineConfig({
    name: 'x',
    envPrefix: 'X',
    settings: { tenants: each({ databases: each({ url: '' }), plan: 'free' }) },
  });
  const env = { X_TENANTS__ACME__DATABASES__EU__URL: 'a', X_TENANTS__ACME__PLAN: 'paid' };
  const config = loadConfigSync(own, { env, argv: ['--tenants.acme.databases.us.url=b', '--tenants.other.plan=x'] });
  expect(config.values).toEqual({
    tenants: {
      acme: { databases: { eu: { url: 'a' }, us: { url: 'b' } }, plan: 'paid' },
      other: { databases: {}, plan: 'x' },
    },
  });
});

test('JSON Schema takes any name, and null', () => {
  const { properties } = jsonSchema(definition) as { properties: Record<string, unknown> };
  expect(properties['databases']).toMatchObject({
    type: 'object',
    additionalProperties: {
      type: ['object', 'null'],
      properties: { pool: { type: 'integer', minimum: 0, maximum: 100 }, tls: { type: 'object' } },
    },
  });
});

test('a description has * for the name, that of a configuration its members', () => {
  expect(describeSettings(definition).find(({ key }) => key === 'databases.*.url')).toMatchObject({
    byName: 'databases',
    variable: 'SHOP_DATABASES__*__URL',
    flag: '--databases.*.url',
    required: true,
  });
  const { config } = load({ app: EU });
  expect(describeSettings(config).map(({ key }) => key)).toContain('databases.eu.tls.hosts');
});

// test/linear.test.ts counts what this costs.
test('ten thousand names are read, and one is changed', () => {
  const all = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`db${i}`, { url: `http://h/${i}` }]));
  const env = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`SHOP_DATABASES__DB${i}__POOL`, '3']));
  const { config } = load({ app: { databases: all } }, { env, argv: ['--databases.db1.pool=4'] });
  config.set('databases.db0.pool', 7);
  expect(Object.keys(config.values.databases)).toHaveLength(10_000);
});

test.each(['set', 'unset'] as const)('%s of a whole member shows none of its secrets', async (verb) => {
  const { config } = load({ app: { databases: { us: { url: 'http://u:hunter22@us', pool: 3 } } } });
  const redact = redactor(config);
  expect(redact('http://u:hunter22@us')).toBe('********');
  if (verb === 'set') config.set('databases.us', null);
  else config.unset('databases.us');
  expect(JSON.stringify([config.pending, config.explainAll()])).not.toContain('hunter22');
  expect(config.pending[0]).toMatchObject({ key: 'databases.us.url', before: '********', redacted: true });
  expect(JSON.stringify(await config.save())).not.toContain('hunter22');
  expect(redact('http://u:hunter22@us')).toBe('********');
});

test('texts are redacted that a layer has for a member which is removed above it', () => {
  const { config } = load(
    { app: { databases: { us: { url: 'http://u:hunter22@us' } } } },
    { argv: ['--databases.us=null'] },
  );
  expect(redactor(config)('connect http://u:hunter22@us')).toBe('connect ********');
});

test.each<[Readonly<Record<string, unknown>>]>([
  [{ 'databases.eu': undefined, 'databases.eu.pool': 5 }],
  [{ 'databases.eu.pool': 5, 'databases.eu': undefined }],
])('setAll removes what the file has of a member, and gives it other settings: %j', async (changes) => {
  const { config, made } = load({
    base: EU,
    app: { databases: { eu: { pool: 3, ssl: true }, us: { url: 'http://us' } } },
  });
  setAll(config, changes as never);
  expect(config.values.databases['eu']).toMatchObject({ url: 'http://eu', pool: 5, ssl: false });
  await config.save();
  expect(JSON.parse(made.read('app.json'))).toEqual({ databases: { eu: { pool: 5 }, us: { url: 'http://us' } } });
});

test('a member without settings keeps what is in its braces when it gets one', async () => {
  const own = defineConfig({ name: 'x', file: 'app.jsonc', settings: { g: each({ n: 1 }) } });
  const made = folder({ 'app.jsonc': '{ "g": { "a": { /* mine */ }, "b": {} } }' });
  const config = loadConfigSync(own, { cwd: made.path, env: {}, argv: [] });
  config.set('g.a.n', 2);
  await config.save();
  expect(made.read('app.jsonc')).toContain('/* mine */');
  expect(config.values.g).toEqual({ a: { n: 2 }, b: { n: 1 } });
  config.unset('g.b');
  await config.save();
  expect(made.read('app.jsonc')).not.toContain('"b"');
});

test('setAll removes a member and adds another, and returns what it changed', () => {
  const { config } = load({ app: EU });
  const changed = setAll(config, { 'databases.eu': null, 'databases.asia': { url: 'http://asia' } });
  expect(changed.map(({ key }) => key)).toEqual(['databases.eu', 'databases.asia']);
  expect(Object.keys(config.values.databases)).toEqual(['asia']);
});

test('a draft removes and adds members, also those without settings', async () => {
  const { path, read } = folder({
    'base.json': '{ "databases": { "eu": { "pool": 2 } } }',
    'app.json': '{ "databases": { "us": { "pool": 3 }, "asia": {}, "moon": { "pool": 4, "note": "x" } } }',
  });
  const settings = { databases: each({ pool: 1 }) };
  // A key that is allowed inside a member does not make the member one of the unknown keys.
  const unknown = { allow: ['databases.*.note'] };
  const definition = defineConfig({ name: 'app', files: ['base.json'], file: 'app.json', unknown, settings });
  const config = loadConfigSync(definition, { cwd: path, env: {}, argv: [], onWarning: false });
  await config.update(({ databases }) => {
    const members = databases as Record<string, object>;
    delete members['eu'];
    delete members['us'];
    members['mars'] = {};
  });
  expect(JSON.parse(read('app.json')).databases).toEqual({
    asia: {},
    moon: { pool: 4, note: 'x' },
    eu: null,
    mars: {},
  });
  expect(Object.keys(config.values.databases).toSorted()).toEqual(['asia', 'mars', 'moon']);
  config.unset('databases.moon.pool');
  await config.save();
  expect(JSON.parse(read('app.json')).databases.moon).toEqual({ note: 'x' });
  await expect(config.reset('databasse' as never)).rejects.toThrow('Did you mean databases?');
});

test('a variable for a plain group beside groups by name is one that matches no setting', () => {
  const definition = defineConfig({
    name: 'app',
    envPrefix: 'T',
    settings: { databases: each({ pool: 1 }), log: { level: 'info' } },
  });
  const env = { T_LOG: '{ "level": "debug" }' };
  const config = loadConfigSync(definition, { env, argv: [], onWarning: false });
  expect(config.values).toEqual({ databases: {}, log: { level: 'info' } });
  expect(config.warnings).toMatchObject([{ message: expect.stringContaining('T_LOG matches no setting') }]);
});

test('a member of a value brings the member of the group that it is in', async () => {
  const { path, read } = folder({ 'app.json': '{}' });
  const kind = variants('type', { a: { n: 1 }, b: { labels: { format: Object, default: { x: 'x' } } } });
  const settings = { databases: each({ pool: 1, labels: { format: Object, default: {} } }), kind };
  const definition = defineConfig({ name: 'app', file: 'app.json', settings });
  const config = loadConfigSync(definition, { cwd: path, env: {}, argv: [] });
  config.set('databases.eu.labels.team' as never, 'a' as never);
  setAll(config, { 'kind.type': 'b', 'kind.labels.x': 'y', 'databases.us.labels.team': 'b' } as never);
  expect(config.values).toEqual({
    databases: { eu: { pool: 1, labels: { team: 'a' } }, us: { pool: 1, labels: { team: 'b' } } },
    kind: { type: 'b', labels: { x: 'y' } },
  });
  await config.save();
  expect(loadConfigSync(definition, { cwd: path, env: {}, argv: [] }).values).toEqual(config.values);
  expect(JSON.parse(read('app.json'))).toMatchObject({ kind: { type: 'b', labels: { x: 'y' } } });
});

test('setAll replaces a member with the groups inside it', () => {
  const { path } = folder({
    'app.json': '{ "databases": { "eu": { "pool": 2, "replicas": { "r": { "port": 1 } } } } }',
  });
  const settings = { databases: each({ pool: 1, replicas: each({ port: 80 }) }) };
  const definition = defineConfig({ name: 'app', file: 'app.json', settings });
  const config = loadConfigSync(definition, { cwd: path, env: {}, argv: [] });
  setAll(config, { 'databases.eu': undefined, 'databases.eu.replicas.q.port': 2 } as never);
  expect(config.values).toEqual({ databases: { eu: { pool: 1, replicas: { q: { port: 2 } } } } });
});

test.each(['databases.eu.note', 'databases.eu.note.by', 'databases.eu.log.note'])(
  'a key that is allowed brings a member as the next start does: %s',
  async (key) => {
    const { path } = folder({ 'app.json': '{}' });
    const settings = { databases: each({ pool: 1, log: { level: 'info' } }) };
    const definition = defineConfig({ name: 'app', file: 'app.json', unknown: 'allow', settings });
    const config = loadConfigSync(definition, { cwd: path, env: {}, argv: [] });
    config.set(key as never, 'x' as never);
    expect(config.get(key as never)).toBe('x');
    expect(config.values).toMatchObject({ databases: { eu: { pool: 1 } } });
    await config.save();
    expect(loadConfigSync(definition, { cwd: path, env: {}, argv: [] }).values).toEqual(config.values);
  },
);

test.each(['allow', 'warn'] as const)(
  'a new member with a value that its setting refuses: unknown keys %s',
  async (unknown) => {
    const { path, read } = folder({ 'app.json': '{}' });
    const settings = { databases: each({ pool: 1, kind: variants('type', { a: { n: 1 }, b: { m: 2 } }) }) };
    const definition = defineConfig({ name: 'app', file: 'app.json', unknown, settings });
    const config = loadConfigSync(definition, { cwd: path, env: {}, argv: [] });
    for (const value of [{ pool: 'x' }, { pool: { a: 1 } }, { kind: { type: 'b', m: 'x' } }]) {
      expect(() => config.set('databases.eu', value as never)).toThrow('must be a number');
      expect(() => config.override('databases.eu', value as never)).toThrow('must be a number');
    }
    expect(config.pending).toEqual([]);
    if (unknown === 'warn') return;
    config.set('databases.eu', { pool: 5, note: { by: 'me' } } as never);
    expect(config.values.databases.eu).toMatchObject({ pool: 5, note: { by: 'me' } });
    await config.save();
    expect(JSON.parse(read('app.json'))).toEqual({ databases: { eu: { pool: 5, note: { by: 'me' } } } });
  },
);
