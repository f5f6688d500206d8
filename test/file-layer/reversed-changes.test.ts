import { describe, expect, test } from 'vitest';
import { defineConfig, each, eachOf, loadConfigSync, setAll, variants } from '../../src/index.ts';
import { folder } from '../folder.ts';

const member = {
  host: 'x',
  port: 80,
  auth: variants('kind', { none: {}, cert: { path: '' } }),
  tags: each({ v: 1 }),
  routes: eachOf({ path: '/' }),
};
const definition = defineConfig({
  name: 'shop',
  file: 'app.json',
  files: ['base.json'],
  settings: { servers: eachOf(member), databases: each(member), group: { list: eachOf({ a: 1 }) } },
});

const EMPTY = '{}';
const LOWER = '{ "servers": [{ "host": "z" }], "databases": { "eu": { "port": 7 } } }';

describe.each([
  ['nothing', EMPTY],
  ['a list and a member', LOWER],
])('the changes that a save reports, reversed, give the old file back, above %s', (_, base) => {
  const load = (text: string) => {
    const at = folder({ 'app.json': text, 'base.json': base });
    return () => ({ at, config: loadConfigSync(definition, { cwd: at.path, env: {}, argv: [] }) });
  };
  test.each<[string, string, unknown]>([
    ['{ "servers": [] }', 'servers.0.host', 'b'],
    ['{ "servers": [{ "host": "a" }] }', 'servers.1', {}],
    ['{ "servers": [{ "host": "a" }] }', 'servers.1.routes.0.path', 'p'],
    ['{ "servers": [{ "host": "a" }] }', 'servers.0.tags.x', {}],
    ['{ "servers": [{ "host": "a" }] }', 'servers', [{}, {}]],
    ['{ "servers": [{}] }', 'servers.0.tags.x', {}],
    ['{ "servers": [{}] }', 'servers.0.routes.0.path', 'p'],
    ['{ "servers": { "0": { "host": "a" } } }', 'servers', [{}, {}]],
    ['{ "databases": {} }', 'databases.new.auth.kind', 'cert'],
    ['{ "databases": { "eu": {} } }', 'databases.eu.port', 9],
    ['{ "databases": { "eu": {} } }', 'databases.eu.routes.0', {}],
    ['{ "databases": { "eu": {} } }', 'databases.eu.tags.t', {}],
    ['{ "databases": { "eu": { "port": 3 } } }', 'databases.eu', null],
    ['{ "databases": { "eu": null } }', 'databases.eu.port', 9],
    ['{}', 'group.list', [{}, { a: 2 }]],
  ])('%s with %s as %j', async (text, key, value) => {
    const open = load(text);
    const { config, at } = open();
    setAll(config, { [key]: value });
    const { written } = await config.save();
    const { config: again } = open();
    setAll(again, Object.fromEntries(written.map((change) => [change.key, change.before])));
    await again.save();
    expect(JSON.parse(at.read('app.json'))).toEqual(JSON.parse(text));
  });
});

test('an empty member keeps its text when it gets a setting', async () => {
  const at = folder({ 'app.jsonc': '{ "databases": { "eu": { /* soon */ } } }' });
  const own = defineConfig({ name: 'shop', file: 'app.jsonc', settings: { databases: each(member) } });
  const config = loadConfigSync(own, { cwd: at.path, env: {}, argv: [] });
  setAll(config, { 'databases.eu.port': 9 });
  await config.save();
  expect(at.read('app.jsonc')).toContain('/* soon */');
});
