import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defineConfig, each, eachOf, loadConfigSync, setAll, variants } from '../src/index.ts';
import { groupMembers, layerNames } from '../src/tools.ts';
import { folder } from './folder.ts';

const definition = defineConfig({
  name: 'shop',
  file: 'app.json',
  files: ['base.json'],
  envPrefix: 'SHOP',
  settings: {
    port: 80,
    databases: each({
      url: '',
      pool: 10,
      nodes: eachOf({ host: 'a' }),
      auth: variants('kind', { none: {}, users: { names: each({ admin: false }) } }),
    }),
    servers: eachOf({ host: 'a' }),
    last: 1,
  },
});

function load(base: unknown, app: unknown, env: NodeJS.ProcessEnv = {}) {
  const { path } = folder({ 'base.json': JSON.stringify(base), 'app.json': JSON.stringify(app) });
  return loadConfigSync(definition, { cwd: path, env, argv: [] });
}

/** The members of each group on one line: who gives or removes them. */
function membersOf(base: unknown, app: unknown, env: NodeJS.ProcessEnv = {}): readonly string[] {
  return groupMembers(load(base, app, env)).map(({ key, members, list }) => {
    const texts = members.map(({ name, origins, removedBy, isBelowFile }) => {
      const layers = origins.map(({ layer }) => layer.replace(/^.*\//, ''));
      const removed = removedBy ? [`removed by ${removedBy.layer.replace(/^.*\//, '')}`] : [];
      return `${name}: ${[...layers, ...removed, ...(isBelowFile ? ['below'] : [])].join(' ')}`;
    });
    return `${key}${list ? ` of ${list.layer.replace(/^.*\//, '')}` : ''} {${texts.map((text) => ` ${text}`).join(';')} }`;
  });
}

describe('the members of groups, and the layers that give them', () => {
  const eu = { databases: { eu: { pool: 1 } } };
  test.each<[string, unknown, unknown, NodeJS.ProcessEnv, readonly string[]]>([
    ['none', {}, {}, {}, ['databases { }', 'servers { }']],
    ['the file', {}, eu, {}, ['databases { eu: file }', 'databases.eu.nodes { }', 'servers { }']],
    [
      'every layer',
      eu,
      { databases: { eu: { url: 'x' }, us: {} } },
      { SHOP_DATABASES__EU__POOL: '3' },
      [
        'databases { eu: env file base.json below; us: file }',
        'databases.eu.nodes { }',
        'databases.us.nodes { }',
        'servers { }',
      ],
    ],
    [
      'removed by the file',
      eu,
      { databases: { eu: null } },
      {},
      ['databases { eu: removed by file below }', 'servers { }'],
    ],
    [
      'removed by the file, and given above it',
      eu,
      { databases: { eu: null } },
      { SHOP_DATABASES__EU__POOL: '3' },
      ['databases { eu: env below }', 'databases.eu.nodes { }', 'servers { }'],
    ],
    [
      'given above its removal in a lower file',
      { databases: { eu: null } },
      eu,
      {},
      ['databases { eu: file }', 'databases.eu.nodes { }', 'servers { }'],
    ],
    [
      'a list that the file replaces',
      { servers: [{ host: 'a' }, { host: 'b' }] },
      { servers: [{}] },
      {},
      ['databases { }', 'servers of file { 0: file }'],
    ],
    [
      'a list of a lower file, with an element more',
      { servers: [{ host: 'a' }] },
      { servers: { 0: { host: 'x' }, 1: { host: 'b' } } },
      {},
      ['databases { }', 'servers of base.json { 0: file base.json below; 1: file }'],
    ],
    [
      'a group of the chosen variant, in a member that the file gave anew',
      { databases: { eu: { auth: { kind: 'users', names: { ada: {} } } } } },
      { databases: { eu: { auth: { names: { bob: { admin: true } } } } } },
      {},
      [
        'databases { eu: file base.json below }',
        'databases.eu.nodes { }',
        'databases.eu.auth.names { ada: base.json below; bob: file }',
        'servers { }',
      ],
    ],
  ])('%s', (_, base, app, env, expected) => {
    expect(membersOf(base, app, env)).toEqual(expected);
  });

  test('each has its place among the settings, and the location of what gives it', () => {
    const config = load({ servers: [{ host: 'a' }] }, { databases: { eu: { pool: 1 } } });
    const keys = config.explainAll().map(({ key }) => key);
    expect(groupMembers(config).map(({ key, position }) => [key, keys[position]])).toEqual([
      ['databases', 'databases.eu.url'],
      ['databases.eu.nodes', 'databases.eu.auth.kind'],
      ['servers', 'servers.0.host'],
    ]);
    const [databases, , servers] = groupMembers(config);
    expect(databases?.members[0]?.origins[0]?.location).toMatch(/app\.json:1:28$/);
    expect(servers?.list?.location).toMatch(/base\.json:1:12$/);
  });

  test('a setting that is null does not remove the member', () => {
    const nullable = defineConfig({
      name: 'shop',
      file: 'app.json',
      settings: { databases: each({ url: { format: String, nullable: true, default: null } }) },
    });
    const { path } = folder({ 'app.json': '{ "databases": { "eu": { "url": null } } }' });
    const [databases] = groupMembers(loadConfigSync(nullable, { cwd: path, env: {}, argv: [] }));
    expect(databases?.members).toMatchObject([{ name: 'eu', origins: [{ layer: 'file' }] }]);
    expect(databases?.members[0]).not.toHaveProperty('removedBy');
  });

  test('a name that was only asked for is not a member', () => {
    const config = load({}, {});
    expect(() => config.explain('databases.eu.pool')).toThrow();
    expect(() => config.set('databases.eu.pool', -1.5 as never)).not.toThrow();
    config.unset('databases.eu.pool' as never);
    expect(groupMembers(config)[0]?.members).toEqual([]);
  });
});

test('the layers in their order', () => {
  expect(layerNames(load({}, {})).map((name) => name.replace(/^.*\//, ''))).toEqual([
    'default',
    'base.json',
    'file',
    'env',
    'flag',
    'override',
  ]);
});

describe.each(['{}', '{"named":{}}', '{"named":{"c":{"size":3}}}'])('in the file %s', (text) => {
  const open = defineConfig({
    name: 'app',
    file: 'app.json',
    settings: { named: each({ url: '', size: 1 }), last: 1 },
  });
  const load = () => {
    const { path } = folder({ 'app.json': text });
    return { path, config: loadConfigSync(open, { cwd: path, env: {}, argv: [] }) };
  };

  test('saved settings of new members have their values, before and after the next load', async () => {
    const { path, config } = load();
    config.set('named.a.url', 'x');
    config.set('named.b.url', 'y');
    config.set('named.b.size', 5);
    await config.save();
    const { named } = config.values;
    expect(named).toMatchObject({ a: { url: 'x', size: 1 }, b: { url: 'y', size: 5 } });
    expect(loadConfigSync(open, { cwd: path, env: {}, argv: [] }).values.named).toEqual(named);
  });

  test('an update of a new member gives it its values', async () => {
    const { config } = load();
    await config.update((draft) => {
      draft.named['a'] = { url: 'x', size: 2 };
    });
    expect(config.values.named['a']).toEqual({ url: 'x', size: 2 });
  });

  test.each(['named.__proto__', 'named.'])('%s, which a file must not have, is refused with any value', async (key) => {
    const { path, config } = load();
    const before = readFileSync(join(path, 'app.json'), 'utf8');
    for (const value of [{}, { url: 'x' }, null])
      for (const change of [
        () => config.set(key as 'last', value as never),
        () => config.override(key as 'last', value as never),
        () => setAll(config, { [key]: value }),
      ])
        expect(change).toThrow(expect.objectContaining({ code: 'UNKNOWN_KEY' }));
    await config.save();
    expect(readFileSync(join(path, 'app.json'), 'utf8')).toBe(before);
  });
});
