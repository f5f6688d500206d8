import { describe, expect, test } from 'vitest';
import { defineConfig, each, eachOf, type LoadOptions, loadConfigSync, setAll } from '../src/index.ts';
import { describeSettings, jsonSchema } from '../src/tools.ts';
import { messages } from './failure.ts';
import { folder } from './folder.ts';

const servers = eachOf({
  host: { format: String, default: null },
  port: { format: 'port', default: 80 },
  token: { format: String, default: '', sensitive: true },
  labels: { format: Object, default: {} },
  routes: eachOf({ path: '/', cached: false }),
});

const definition = defineConfig({
  name: 'proxy',
  file: 'app.json',
  files: ['base.json'],
  envPrefix: 'PROXY',
  dotenv: true,
  settings: { debug: false, servers },
});

interface Layers {
  readonly base?: unknown;
  readonly app?: unknown;
}

function load({ base = {}, app }: Layers = {}, options: LoadOptions = {}) {
  const textOf = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
  const made = folder({ 'base.json': textOf(base), ...(app !== undefined && { 'app.json': textOf(app) }) });
  const config = loadConfigSync(definition, { cwd: made.path, env: {}, argv: [], onWarning: false, ...options });
  return { config, made };
}

const member = (host: string, more: object = {}) => ({ host, port: 80, token: '', labels: {}, routes: [], ...more });
const TWO = { servers: [{ host: 'a' }, { host: 'b', port: 81 }] };

test('no layer: the list is empty', () => {
  expect(load().config.values).toEqual({ debug: false, servers: [] });
});

describe('each input gives the list', () => {
  const text = '[{ "host": "a" }]';
  test.each<[string, Layers, LoadOptions, string]>([
    ['a base file', { base: { servers: [{ host: 'a' }] } }, {}, 'base.json:1:21'],
    ['the file', { app: { servers: [{ host: 'a' }] } }, {}, 'app.json:1:21'],
    ['the file, by index', { app: { servers: { 0: { host: 'a' } } } }, {}, 'app.json:1:25'],
    ['a variable by index', {}, { env: { PROXY_SERVERS__0__HOST: 'a' } }, 'process.env'],
    ['a variable with JSON', {}, { env: { PROXY_SERVERS: text } }, 'process.env'],
    ['a variable with the JSON of a member', {}, { env: { PROXY_SERVERS__0: '{"host":"a"}' } }, 'process.env'],
    ['a flag by index', {}, { argv: ['--servers.0.host', 'a'] }, 'command line'],
    ['a flag with JSON', {}, { argv: [`--servers=${text}`] }, 'command line'],
    ['a flag and its word', {}, { argv: ['--servers', text] }, 'command line'],
    ['a flag with :=', {}, { argv: [`--servers:=${text}`] }, 'command line'],
    ['--set', {}, { argv: ['--set', `servers=${text}`] }, 'command line'],
    ['--set by index', {}, { argv: ['--set', 'servers.0.host=a'] }, 'command line'],
  ])('%s', (_, layers, options, location) => {
    const { config } = load(layers, options);
    expect(config.values.servers).toEqual([member('a')]);
    expect(config.get('servers.0.host')).toBe('a');
    expect(config.explain('servers.0.host').winner?.location).toBe(location);
    expect(config.warnings).toEqual([]);
  });

  test('YAML and TOML', () => {
    const made = folder({ 'a.yaml': 'servers:\n  - host: a\n', 'b.toml': '[[servers]]\nhost = "b"\n' });
    for (const [file, location] of [
      ['a.yaml', 'a.yaml:2:11'],
      ['b.toml', 'b.toml:2:8'],
    ] as const) {
      const own = defineConfig({ name: 'proxy', files: [file], settings: { servers } });
      const config = loadConfigSync(own, { cwd: made.path, env: {}, argv: [] });
      expect(config.explain('servers.0.host').winner?.location).toBe(location);
    }
  });
});

describe('layers', () => {
  test('a list replaces the one below it, with all its members', () => {
    const { config } = load({ base: TWO, app: { servers: [{ host: 'c' }] } });
    expect(config.values.servers).toEqual([member('c')]);
    expect(config.explain('servers.0.port').candidates.map(({ layer }) => layer)).toEqual(['default']);
  });

  test('an empty list replaces too', () => {
    expect(load({ base: TWO, app: { servers: [] } }).config.values.servers).toEqual([]);
  });

  test.each<[string, Layers, LoadOptions]>([
    ['the file', { base: TWO, app: { servers: { 1: { port: 9 } } } }, {}],
    ['a variable', { base: TWO }, { env: { PROXY_SERVERS__1__PORT: '9' } }],
    ['a flag', { base: TWO }, { argv: ['--servers.1.port=9'] }],
    [
      'JSON and an index in one layer',
      {},
      { env: { PROXY_SERVERS: JSON.stringify(TWO.servers), PROXY_SERVERS__1__PORT: '9' } },
    ],
  ])('an index changes one member: %s', (_, layers, options) => {
    expect(load(layers, options).config.values.servers).toEqual([member('a'), member('b', { port: 9 })]);
  });

  test('the next index appends a member', () => {
    const { config } = load({ base: TWO }, { env: { PROXY_SERVERS__2__HOST: 'c', PROXY_SERVERS__3__HOST: 'd' } });
    expect(config.values.servers.map(({ host }) => host)).toEqual(['a', 'b', 'c', 'd']);
  });
});

describe('what is wrong', () => {
  test.each<[Layers, LoadOptions, string]>([
    [
      { base: TWO },
      { env: { PROXY_SERVERS__4__HOST: 'c' } },
      'servers.4 is after the end of the list, which has 2 members',
    ],
    [{}, { argv: ['--servers.1.host=c'] }, 'servers.1 is after the end of the list, which has no members'],
    [{ app: { servers: 5 } }, {}, 'servers must be a list of objects: it is a list of groups of settings'],
    [{ app: { servers: null } }, {}, 'servers must be a list of objects: it is a list of groups of settings'],
    [{ app: { servers: [5] } }, {}, 'servers.0 must be an object: it is a group of settings'],
    [{ app: { servers: [null] } }, {}, 'servers.0 must be an object: it is a group of settings'],
    [{ app: { servers: [{}] } }, {}, 'servers.0.host is required, and no layer gives it'],
    [{ app: { servers: [{ host: 'a', port: 'x' }] } }, {}, 'servers.0.port must be an integer, got "x"'],
    [
      {},
      { env: { PROXY_SERVERS: 'a,b' } },
      'servers must be valid JSON: expected a value: text must stand in double quotes, at character 1',
    ],
    [
      {},
      { env: { PROXY_SERVERS: '{' } },
      'servers must be valid JSON: the object that begins in line 1 is not closed: expected "}", at character 2',
    ],
    [{}, { env: { PROXY_SERVERS: '' } }, 'servers must not be empty; an empty list is []'],
    [
      {},
      { env: { PROXY_SERVERS: '[5]' } },
      'servers.0 must be an object: it is a group of settings in a list, and no member of a list can be removed alone',
    ],
    [
      { app: TWO },
      { env: { PROXY_SERVERS__0: 'null' } },
      'servers.0 must be an object: it is a group of settings in a list, and no member of a list can be removed alone',
    ],
  ])('%j %j', (layers, options, message) => {
    expect(messages(() => load(layers, options))).toEqual([message]);
  });

  test('a misspelt setting of a member', () => {
    const { config } = load(
      { app: { servers: [{ host: 'a', prot: 1 }], x: 1 } },
      { env: { PROXY_SERVERS__0__PROT: '3' } },
    );
    expect(config.warnings).toMatchObject([
      { key: 'servers.0.prot', suggestion: 'Did you mean servers.0.port?' },
      { key: 'x' },
      { suggestion: 'Did you mean PROXY_SERVERS__0__PORT?' },
    ]);
    expect(load({ app: { servers: { first: { host: 'a' } } } }).config.warnings).toMatchObject([
      { key: 'servers.first' },
    ]);
  });
});

describe('a program changes the list', () => {
  const NOT_REMOVED =
    'must be an object: it is a group of settings in a list, and no member of a list can be removed alone';
  const text = '{\n  "servers": [\n    { "host": "a" },\n    { "host": "b", "port": 81 }\n  ]\n}\n';

  test('one setting of a member: only its bytes change', async () => {
    const { config, made } = load({ app: text });
    config.set('servers.1.port', 9);
    expect(config.values.servers[1]).toEqual(member('b', { port: 9 }));
    await config.save();
    expect(made.read('app.json')).toBe(text.replace('81', '9'));
  });

  test('appends a member, and removes it: the first bytes are back', async () => {
    const { config, made } = load({ app: text });
    config.set('servers.2', { host: 'c', routes: [{ path: '/x' }] });
    await config.save();
    expect(JSON.parse(made.read('app.json')).servers[2]).toEqual({ host: 'c', routes: [{ path: '/x' }] });
    config.unset('servers.2');
    await config.save();
    expect(made.read('app.json')).toBe(text);
  });

  test('takes a member out of the middle', async () => {
    const { config, made } = load({
      app: { servers: [{ host: 'a' }, { host: 'b', port: 81 }, { host: 'c', token: 's' }] },
    });
    config.unset('servers.1');
    expect(config.values.servers).toEqual([member('a'), member('c', { token: 's' })]);
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ servers: [{ host: 'a' }, { host: 'c', token: 's' }] });
    expect(config.values.servers).toHaveLength(2);
  });

  test('a member that moves up keeps its unknown members', async () => {
    const { config, made } = load({
      app: { servers: [{ host: 'a', note: 1 }, { host: 'b', mine: 2 }, { host: 'c' }] },
    });
    config.unset('servers.0');
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ servers: [{ host: 'b', mine: 2 }, { host: 'c' }] });
  });

  test('replaces the list, shorter and longer', async () => {
    const { config, made } = load({ app: text });
    config.set('servers', [{ host: 'x' }]);
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ servers: [{ host: 'x' }] });
    config.set('servers', [{ host: 'x' }, { host: 'y' }, { host: 'z', port: 1 }]);
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({
      servers: [{ host: 'x' }, { host: 'y' }, { host: 'z', port: 1 }],
    });
    config.set('servers', []);
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ servers: [] });
    config.unset('servers');
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({});
  });

  test('changes a member of a base file by its index, and gives the list back', async () => {
    const { config, made } = load({ base: TWO, app: {} });
    config.set('servers.1.port', 9);
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ servers: { 1: { port: 9 } } });
    expect(config.values.servers).toEqual([member('a'), member('b', { port: 9 })]);
    config.unset('servers.1.port');
    await config.save();
    expect(config.values.servers).toEqual([member('a'), member('b', { port: 81 })]);
  });

  test('empties an object of a member, and keeps its unknown members', async () => {
    const { config, made } = load({ app: { servers: [{ note: 'mine', host: 'a', labels: { x: 1 } }] } });
    config.set('servers.0.labels', {});
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ servers: [{ note: 'mine', host: 'a', labels: {} }] });
  });

  test('begins a list by its first member', async () => {
    const { config, made } = load({ app: {} });
    setAll(config, { 'servers.0.host': 'a', 'servers.0.routes.0.path': '/x' });
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ servers: [{ host: 'a', routes: [{ path: '/x' }] }] });
  });

  test.each<[string, Layers, Readonly<Record<string, unknown>>, object]>([
    [
      'beside another setting',
      { app: { debug: true } },
      { 'servers.0.host': 'a' },
      { debug: true, servers: [{ host: 'a' }] },
    ],
    [
      'above an empty list',
      { base: { servers: [] }, app: {} },
      { 'servers.0.host': 'a' },
      { servers: { 0: { host: 'a' } } },
    ],
    [
      'by index',
      { app: { servers: { 0: { host: 'a' } } } },
      { 'servers.1.host': 'b' },
      { servers: { 0: { host: 'a' }, 1: { host: 'b' } } },
    ],
  ])('gives the first or next member: %s', async (_, layers, changes, after) => {
    const { config, made } = load(layers);
    setAll(config, changes as never);
    const { servers } = config.values;
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual(after);
    expect(load({ ...layers, app: after }).config.values.servers).toEqual(servers);
  });

  test('removes the list without a conflict, and lists what it removes', async () => {
    const { config, made } = load({ app: TWO });
    config.unset('servers');
    expect(config.pending.map(({ key }) => key).toSorted()).toEqual([
      'servers',
      'servers.0.host',
      'servers.1.host',
      'servers.1.port',
    ]);
    made.write('app.json', JSON.stringify({ debug: true, ...TWO }));
    const { written } = await config.save();
    expect(written).toContainEqual({ key: 'servers', before: [], after: undefined, redacted: false });
    expect(JSON.parse(made.read('app.json'))).toEqual({ debug: true });
  });

  test.each<[string, unknown, string]>([
    [
      'servers',
      { host: 'a' },
      'servers must be a list of objects: it is a list of groups of settings, got {"host":"a"}',
    ],
    ['servers', null, 'servers must be a list of objects: it is a list of groups of settings, got null'],
    ['servers.0', 'a', `servers.0 ${NOT_REMOVED}, got "a"`],
    ['servers.0', [], `servers.0 ${NOT_REMOVED}, got []`],
  ])('%s = %j is refused', (key, value, message) => {
    const { config } = load({ app: TWO });
    expect(messages(() => config.set(key as never, value as never))).toEqual([message]);
    expect(config.pending).toEqual([]);
  });

  test('a member of a base file is removed by no number, and one by index by its own', () => {
    const { config } = load({ base: TWO, app: { servers: { 1: { port: 9 } } } });
    config.unset('servers.1');
    expect(config.values.servers).toEqual([member('a'), member('b', { port: 81 })]);
    expect(messages(() => config.set('servers.1', null as never))).toEqual([`servers.1 ${NOT_REMOVED}, got null`]);
  });

  const three = [{ host: 'a', port: 81 }, { host: 'b', port: 82 }, { host: 'c' }];
  test.each([
    [['servers.1', 'servers.0'], [{ host: 'c' }]],
    [['servers.0', 'servers.1'], [{ host: 'c' }]],
    [['servers.0', 'servers.2'], [{ host: 'b', port: 82 }]],
    [
      ['servers.1.port', 'servers.0'],
      [{ host: 'b' }, { host: 'c' }],
    ],
    [
      ['servers.0', 'servers.1.port'],
      [{ host: 'b' }, { host: 'c' }],
    ],
  ])('removes %j together, by the numbers before', async (keys, after) => {
    const { config, made } = load({ app: { servers: three } });
    setAll(config, Object.fromEntries(keys.map((key) => [key, undefined])));
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ servers: after });
    expect(config.values.servers).toEqual(after.map(({ host, ...more }) => member(host, more)));
  });

  test('removes a member and changes those behind it together', async () => {
    const { config, made } = load({ app: { servers: three } });
    setAll(config, { 'servers.0': undefined, 'servers.1.port': 90, 'servers.3': { host: 'd' } } as object);
    await config.save();
    const after = [{ host: 'b', port: 90 }, { host: 'c' }, { host: 'd' }];
    expect(JSON.parse(made.read('app.json'))).toEqual({ servers: after });
    expect(load({ app: { servers: after } }).config.values).toEqual(config.values);
  });

  test('the last member goes with all its settings, which undoes its addition', async () => {
    const { config, made } = load({ app: { servers: three } });
    setAll(config, { 'servers.3': { host: 'd', port: 83 } } as object);
    await config.save();
    setAll(config, { 'servers.3.host': undefined, 'servers.3.port': undefined });
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ servers: three });
  });

  test('a member keeps its place when all its settings are removed together', async () => {
    const own = defineConfig({ name: 'x', file: 'app.json', settings: { list: eachOf({ a: 1, b: 1 }) } });
    const made = folder({ 'app.json': '{ "list": [{ "a": 2, "b": 2 }, { "a": 3 }] }' });
    const config = loadConfigSync(own, { cwd: made.path, env: {}, argv: [] });
    setAll(config, { 'list.0.a': undefined, 'list.0.b': undefined });
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ list: [{}, { a: 3 }] });
    expect(config.values.list).toEqual([
      { a: 1, b: 1 },
      { a: 3, b: 1 },
    ]);
  });

  describe('a member without settings', () => {
    const own = defineConfig({
      name: 'x',
      file: 'app.json',
      settings: { list: eachOf({ a: 1, tags: each({ v: 1 }), in: eachOf({ v: 1 }) }) },
    });
    const opened = (list: readonly unknown[]) => {
      const made = folder({ 'app.json': JSON.stringify({ list }) });
      const config = loadConfigSync(own, { cwd: made.path, env: {}, argv: [], onWarning: false });
      const saved = (): unknown => JSON.parse(made.read('app.json')).list;
      return { config, saved };
    };
    const last = { in: [{ v: 3 }] };

    test.each<[string, readonly unknown[], readonly string[], readonly unknown[]]>([
      ['goes at the end', [{ a: 2 }, { a: 3 }], ['list.1.a'], [{ a: 2 }]],
      ['goes at the end, with one before it', [{ a: 2 }, { a: 3 }, last], ['list.1.a', 'list.2.in'], [{ a: 2 }]],
      ['goes at the end, in any order', [{ a: 2 }, { a: 3 }, { a: 4 }], ['list.1.a', 'list.2.a'], [{ a: 2 }]],
      ['stays before others', [{ a: 2 }, last], ['list.0.a'], [{}, last]],
      ['stays without a setting by name', [{ tags: { x: { v: 2 } } }, last], ['list.0.tags.x.v'], [{}, last]],
      ['stays without a member by name', [{ tags: { x: { v: 2 } } }, last], ['list.0.tags.x'], [{}, last]],
      ['stays without its list', [{ in: [{ v: 2 }] }, last], ['list.0.in'], [{}, last]],
      ['stays with an empty list', [{ in: [{ v: 2 }] }, last], ['list.0.in.0'], [{ in: [] }, last]],
      ['has an empty list', [{ in: [{ v: 2 }] }, last], ['list.0.in.0.v'], [{ in: [] }, last]],
    ])('%s: %j without %j', async (_, before, keys, after) => {
      const { config, saved } = opened(before);
      setAll(config, Object.fromEntries(keys.map((key) => [key, undefined])));
      const { values } = config;
      await config.save();
      expect(saved()).toEqual(after);
      expect(config.values).toEqual(values);
      expect(opened(after).config.values).toEqual(values);
    });

    test('stays when it removes a member by name', async () => {
      const before = [{ tags: { x: null } }, last];
      const { config, saved } = opened(before);
      expect(config.values.list).toHaveLength(2);
      config.set('list.0.tags.y', null as never);
      await config.save();
      expect(saved()).toEqual([{ tags: { x: null, y: null } }, last]);
    });

    test.each<[string, string]>([
      ['unknown members', '[{ "note": 1 }, { "a": 2 }]'],
      ['empty groups', '[{ "tags": {} }, { "a": 2 }]'],
      ['empty groups at the end', '[{ "a": 2 }, { "tags": {} }]'],
    ])('has its place with %s', (_, list) => {
      expect(opened(JSON.parse(list)).config.values.list).toHaveLength(2);
      const argv = [`--list=${list.replace('"note": 1', '"tags": {}')}`];
      expect(loadConfigSync({ ...own, file: undefined } as never, { env: {}, argv }).values).toMatchObject({
        list: [{}, {}],
      });
    });

    interface Drafted {
      a?: number;
      readonly tags: Record<string, unknown>;
      readonly in: unknown[];
    }
    test.each<[string, readonly unknown[], (list: Drafted[]) => unknown, readonly unknown[]]>([
      ['a setting', [{ a: 2 }, last], ([first]) => delete first?.a, [{}, last]],
      ['a member by name', [{ tags: { x: { v: 2 } } }, last], ([first]) => delete first?.tags['x'], [{}, last]],
      ['a member of a list', [{ in: [{ v: 2 }] }, last], ([first]) => first?.in.pop(), [{ in: [] }, last]],
      ['the last one with its list', [{ a: 2 }, last], (list) => list.pop(), [{ a: 2 }]],
      ['the last one that is empty', [{ a: 2 }, {}], (list) => list.pop(), [{ a: 2 }]],
      ['the first one', [{ in: [{ v: 2 }] }, last], (list) => list.shift(), [last]],
    ])('update removes %s', async (_, before, change, after) => {
      const { config, saved } = opened(before);
      await config.update((draft) => void change(draft.list as unknown as Drafted[]));
      expect(saved()).toEqual(after);
      expect(config.values).toEqual(opened(after).config.values);
    });

    test('is replaced without a change of those behind it', async () => {
      const { config, saved } = opened([{}, { a: 3, in: [] }]);
      config.set('list.0', { a: 5 });
      await config.save();
      expect(saved()).toEqual([{ a: 5 }, { a: 3, in: [] }]);
    });

    test.each([
      ['list.0', [last]],
      ['list.1', [{ a: 2 }]],
      ['list.0.a', [{}, last]],
      ['list.1.in', [{ a: 2 }]],
    ])('reset %s', async (key, after) => {
      const { config, saved } = opened([{ a: 2 }, last]);
      await config.reset(key as never);
      expect(saved()).toEqual(after);
      expect(config.values).toEqual(opened(after).config.values);
    });

    test.each([
      ['list.1', { tags: {} }, [last, { tags: {} }]],
      ['list', [{ tags: {} }, last], [{ tags: {} }, last]],
    ])('set adds one with an empty group: %s', async (key, value, after) => {
      const { config } = opened([last]);
      config.set(key as never, value as never);
      const { values } = config;
      await config.save();
      expect(config.values).toEqual(values);
      expect(values).toEqual(opened(after).config.values);
    });

    test('a list of values beside it, which gets shorter', async () => {
      const settings = { list: eachOf({ a: 1 }), tags: ['x'], members: each({ tags: ['x'] }) };
      const beside = defineConfig({ name: 'x', file: 'app.json', settings });
      const made = folder({ 'app.json': '{ "tags": ["a", "b", "c"], "members": { "m": { "tags": ["a", "b"] } } }' });
      const config = loadConfigSync(beside, { cwd: made.path, env: {}, argv: [] });
      config.set('tags', ['d']);
      config.set('members.m.tags', ['e']);
      await config.save();
      expect(JSON.parse(made.read('app.json'))).toEqual({ tags: ['d'], members: { m: { tags: ['e'] } } });
    });

    test('update adds one', async () => {
      const { config, saved } = opened([last]);
      await config.update((draft) => void (draft.list as unknown[]).push({}));
      expect(saved()).toEqual([last, {}]);
    });
  });

  test('a member keeps its place when its last setting is removed', async () => {
    const own = defineConfig({ name: 'x', file: 'app.json', settings: { list: eachOf({ a: 1 }) } });
    const made = folder({ 'app.json': '{ "list": [{ "a": 2 }, { "a": 3 }] }' });
    const config = loadConfigSync(own, { cwd: made.path, env: {}, argv: [] });
    config.unset('list.0.a');
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual({ list: [{}, { a: 3 }] });
    expect(config.values.list).toEqual([{ a: 1 }, { a: 3 }]);
  });

  test.each<[string, unknown, string]>([
    ['servers.4', { host: 'x' }, 'servers.4 is after the end of the list, which has 2 members'],
    ['servers', 5, 'servers must be a list of objects: it is a list of groups of settings, got 5'],
    ['servers.x', { host: 'x' }, 'servers.x is not a setting'],
    ['servers.0', { host: 'x', prot: 1 }, 'servers.0.prot is not a setting'],
    ['servers', [{ port: 1 }], 'servers.0.host is required, and no layer gives it'],
  ])('set(%j, %j) is refused', (key, value, message) => {
    const { config } = load({ app: text });
    expect(messages(() => config.set(key as never, value as never))).toEqual([message]);
    expect(config.values.servers).toHaveLength(2);
  });

  test.each(['servers.x', 'servers.01', 'servers.2'])('unknown keys that are allowed are no elements: %s', (key) => {
    const made = folder({ 'base.json': '{}', 'app.json': text });
    const allowing = defineConfig({ ...definition, unknown: 'allow' } as never);
    const config = loadConfigSync(allowing, { cwd: made.path, env: {}, argv: [] });
    expect(messages(() => config.get(key as never))).toEqual([`${key} is not a setting`]);
    expect(messages(() => config.set(key as never, 'x' as never))).toHaveLength(1);
  });

  test.each<[string, (list: Record<string, unknown>[]) => void, unknown[]]>([
    ['push', (list) => list.push({ host: 'c' }), [{ host: 'a' }, { host: 'b', port: 81 }, { host: 'c' }]],
    ['shift', (list) => list.shift(), [{ host: 'b', port: 81 }]],
    [
      'an element',
      (list) => Object.assign(list[0] as object, { port: 5 }),
      [
        { host: 'a', port: 5 },
        { host: 'b', port: 81 },
      ],
    ],
  ])('updates by a draft: %s', async (_, change, after) => {
    const { config, made } = load({ app: text });
    await config.update((draft) => change(draft.servers as never));
    expect(JSON.parse(made.read('app.json'))).toEqual({ servers: after });
    expect(config.values.servers).toHaveLength(after.length);
    const below = load({ base: JSON.parse(text), app: {} });
    await below.config.update((draft) => change(draft.servers as never));
    expect(below.config.values.servers).toEqual(config.values.servers);
  });

  test('overrides a member, and the list', () => {
    const { config } = load({ app: text });
    config.override('servers.0.port', 1);
    expect(config.values.servers[0]?.port).toBe(1);
    config.override('servers', []);
    expect(config.values.servers).toEqual([]);
    config.override('servers', undefined);
    expect(config.values.servers).toHaveLength(2);
  });
});

test('secrets of members are redacted', () => {
  const { config } = load({ app: { servers: [{ host: 'a', token: 'hidden-text' }] } });
  const shown = [
    JSON.stringify(config),
    String(config),
    JSON.stringify(config.explainAll()),
    JSON.stringify(config.snapshot()),
  ];
  expect(shown.join()).not.toContain('hidden-text');
  expect(JSON.parse(JSON.stringify(config)).servers).toEqual([{ ...member('a'), token: '********' }]);
});

test('JSON Schema takes a list, or an object of indexes', () => {
  const { properties } = jsonSchema(definition) as { properties: Record<string, unknown> };
  expect(properties['servers']).toMatchObject({
    type: ['array', 'object'],
    items: { type: 'object', properties: { port: { type: 'integer' } } },
    patternProperties: { '^(0|[1-9][0-9]*)$': { type: 'object' } },
    additionalProperties: false,
  });
});

test('a description has * for the index', () => {
  expect(describeSettings(definition).map(({ key }) => key)).toContain('servers.*.routes.*.path');
});
