import { describe, expect, test } from 'vitest';
import { defineConfig, each, eachOf, type LoadOptions, loadConfigSync, variants } from '../../src/index.ts';
import { messages } from '../failure.ts';
import { folder } from '../folder.ts';

const definition = defineConfig({
  name: 'shop',
  envPrefix: 'SHOP',
  dotenv: true,
  references: true,
  files: [{ path: 'base.json', optional: true }],
  settings: {
    servers: eachOf({ host: 'x', token: { format: String, default: '', sensitive: true } }),
    plain: eachOf({ host: 'x' }),
    databases: each({
      pool: 1,
      auth: variants('kind', { none: {}, key: { key: { format: String, default: '', sensitive: true } } }),
    }),
    zones: each({ keys: each({ key: { format: String, default: '', sensitive: true } }) }),
    banner: '',
  },
});

const SECRET = 'hunter2hunter2';
const FILES = {
  'servers.json': `[{ "host": "a", "token": "${SECRET}" }, {}]\n`,
  'eu.json': `{ "pool": 5, "auth": { "kind": "key", "key": "${SECRET}" } }\n`,
  'zone.json': `{ "keys": { "a": { "key": "${SECRET}" } } }`,
  'bad.json': `[{ "token": "${SECRET}" `,
  'number.json': '5',
  'text.txt': SECRET,
};

function load(env: NodeJS.ProcessEnv, files: Readonly<Record<string, string>> = {}, options: LoadOptions = {}) {
  const { path } = folder({ ...FILES, ...files });
  return loadConfigSync(definition, { cwd: path, env, argv: [], onWarning: false, ...options });
}

describe('a variable names the file of a whole list or member', () => {
  test('the list, with its origin in every setting and its secrets redacted', () => {
    const config = load({ SHOP_SERVERS_FILE: 'servers.json' });
    expect(config.values.servers).toEqual([
      { host: 'a', token: SECRET },
      { host: 'x', token: '' },
    ]);
    const { winner, value } = config.explain('servers.0.token');
    expect(winner).toEqual({ layer: 'env', name: 'SHOP_SERVERS_FILE', location: 'servers.json' });
    expect(value).toBe('********');
    expect(JSON.stringify(config.explainAll())).not.toContain(SECRET);
  });

  test.each<[string, NodeJS.ProcessEnv, Readonly<Record<string, string>>, unknown]>([
    ['a member', { SHOP_DATABASES__EU_FILE: 'eu.json' }, {}, { eu: { pool: 5, auth: { kind: 'key', key: SECRET } } }],
    ['a member that is removed', { SHOP_DATABASES__EU_FILE: 'null' }, { null: 'null' }, {}],
    ['a member, from a .env file', {}, { '.env': 'SHOP_DATABASES__EU_FILE=eu.json\n' }, { eu: { pool: 5 } }],
    [
      'a member, below one of its settings',
      { SHOP_DATABASES__EU_FILE: 'eu.json', SHOP_DATABASES__EU__POOL: '6' },
      {},
      { eu: { pool: 6 } },
    ],
    ['a member whose name ends in _file', { SHOP_DATABASES__EU_FILE: '{ "pool": 3 }' }, {}, { eu_file: { pool: 3 } }],
    [
      'not a member whose name ends in _file',
      { SHOP_DATABASES__EU_FILE: 'eu.json' },
      { 'base.json': '{ "databases": { "eu_file": { "pool": 2 } } }' },
      { eu_file: { pool: 2 } },
    ],
    ['not without _FILE', { SHOP_DATABASES__EU: 'eu.json' }, {}, {}],
    ['nothing, where the variable is empty', { SHOP_DATABASES__EU_FILE: '' }, {}, {}],
  ])('%s', (_, env, files, expected) => {
    const { databases } = load(env, files).values;
    expect(databases).toMatchObject(expected as object);
    expect(Object.keys(databases)).toEqual(Object.keys(expected as object));
  });

  test.each<[NodeJS.ProcessEnv, string]>([
    [{ SHOP_SERVERS_FILE: 'gone.json' }, 'servers must name a file that exists'],
    [{ SHOP_SERVERS_FILE: 'bad.json' }, 'servers must be valid JSON'],
    [{ SHOP_SERVERS_FILE: 'number.json' }, 'servers must be a list of objects'],
    [{ SHOP_DATABASES__EU_FILE: 'text.txt' }, 'databases.eu must be a JSON object'],
    [{ SHOP_DATABASES__EU_FILE: SECRET }, 'databases.eu must name a file that exists'],
    [
      { SHOP_SERVERS: '[]', SHOP_SERVERS_FILE: 'servers.json' },
      'servers must not be given by both SHOP_SERVERS and SHOP_SERVERS_FILE',
    ],
    [
      { SHOP_SERVERS_FILE: 'servers.json', SHOP_SERVERS: '[]' },
      'servers must not be given by both SHOP_SERVERS and SHOP_SERVERS_FILE',
    ],
  ])('%j is refused without its text', (env, message) => {
    const found = messages(() => load(env)).join('\n');
    expect(found).toContain(message);
    expect(found).not.toContain(SECRET);
  });

  test('a member with groups by name inside', () => {
    expect(load({ SHOP_ZONES__NORTH_FILE: 'zone.json' }).values.zones).toEqual({
      north: { keys: { a: { key: SECRET } } },
    });
  });

  test('no setting, for an unknown name', () => {
    expect(load({ SHOP_NOTHING_FILE: 'eu.json' }).warnings.map(({ message }) => message)).toEqual([
      'SHOP_NOTHING_FILE matches no setting',
    ]);
  });

  test('only where one of its settings may be given by a file', () => {
    const { warnings } = load({ SHOP_PLAIN_FILE: 'servers.json' });
    expect(warnings.map(({ message, suggestion }) => [message, suggestion])).toEqual([
      [
        'SHOP_PLAIN_FILE matches no setting',
        'plain reads it only if one of its settings is sensitive or has envFile: true.',
      ],
    ]);
  });

  test.each([
    ['SHOP_SERVERS', '[{ "token": "hunter2hunter2" }]'],
    ['SHOP_SERVERS_FILE', 'servers.json'],
    ['SHOP_DATABASES__EU_FILE', 'eu.json'],
  ])('what refers to %s is sensitive', (name, text) => {
    const config = load({ [name]: text }, { 'base.json': `{ "banner": "see \${env:${name}}" }` });
    expect(config.values.banner).toBe(`see ${text}`);
    expect(config.explain('banner').value).toBe('********');
  });
});
