import { Client, InMemoryTransport } from '@modelcontextprotocol/client';
import { expect, onTestFinished, test } from 'vitest';
import { type Definition, defineConfig, each, eachOf, variants } from '../../src/index.ts';
import { serveConfig } from '../../src/mcp/index.ts';
import { type Folder, folder } from '../folder.ts';

const definition = defineConfig({
  name: 'orders',
  envPrefix: 'ORDERS',
  files: ['base.json'],
  file: 'orders.json',
  settings: {
    databases: each({ url: { format: 'url', default: null, sensitive: true }, pool: { format: 'nat', default: 10 } }),
    regions: each({ zones: { format: 'nat', default: 1 } }),
    queues: eachOf({ name: { format: String, default: null }, size: 1 }),
    cache: variants('type', {
      memory: { key: '', size: 10 },
      remote: { key: { format: String, default: '', sensitive: true }, size: 20 },
    }),
  },
});

interface Answered {
  readonly isError: boolean;
  readonly text: string;
  readonly data: Readonly<Record<string, unknown>>;
}

interface Served {
  readonly at: Folder;
  readonly client: Client;
  call(name: string, args?: Record<string, unknown>): Promise<Answered>;
  draft(key: string, value?: unknown): Promise<Answered>;
  save({ data }: Answered): Promise<Answered>;
}

async function served(allowWrite: readonly string[] = ['**']): Promise<Served> {
  const at = folder({
    'base.json': '{ "databases": { "eu": { "url": "postgres://u:hunter22@eu/orders" } }, "regions": { "north": {} } }',
    'orders.json': '{ "databases": { "us": { "url": "postgres://u:hunter33@us/orders", "pool": 5 } } }',
  });
  const [mine, theirs] = InMemoryTransport.createLinkedPair();
  const inputs = { cwd: at.path, env: {}, argv: [], allowWrite, confirm: 'client' } as const;
  await serveConfig(definition as Definition, { transport: theirs, ...inputs });
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(mine);
  onTestFinished(() => client.close());
  const call = async (name: string, args: Record<string, unknown> = {}): Promise<Answered> => {
    const { isError = false, content, structuredContent: data } = await client.callTool({ name, arguments: args });
    return { isError, text: JSON.stringify(content), data: data as Record<string, unknown> };
  };
  const draft = (key: string, value?: unknown): Promise<Answered> =>
    call('set_config_value', { changes: [value === undefined ? { key, remove: true } : { key, value }] });
  const save = ({ data }: Answered): Promise<Answered> => call('save_config', { revision: data['revision'] });
  return { at, client, call, draft, save };
}

test.each([
  ['of a present member', 'databases.us.url', 'postgres://u:hunter44@us/orders'],
  ['of a new member', 'databases.asia.url', 'postgres://u:hunter44@us/orders'],
  ['inside a whole member', 'databases.us', { url: 'postgres://u:hunter44@us/orders' }],
  ['inside a whole new member', 'databases.asia', { url: 'postgres://u:hunter44@us/orders' }],
  ['that goes with a member', 'databases.us', null],
  ['of another variant', 'cache.key', 'hunter44'],
])('an assistant cannot write a secret %s', async (_, key, value) => {
  const { draft, call } = await served();
  const refused = await draft(key, value);
  expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining('sensitive')]);
  expect(refused.text).not.toContain('hunter44');
  const isWhole = typeof value !== 'string';
  expect(refused.text).toContain(`set ${key} --stdin${isWhole ? ' --json-value' : ''}\\n`);
  const reset = await call('reset_to_defaults', { keys: [key] });
  expect([reset.isError, reset.text]).toEqual([true, expect.stringContaining('sensitive')]);
  expect(reset.text).toContain(`The user can type: varve unset ${key}\\n`);
});

test('describes the settings of members, by their names and before they have one', async () => {
  const { call } = await served();
  for (const key of ['databases.us.url', 'databases.asia.url']) {
    const name = key.split('.')[1]?.toUpperCase();
    const { data } = await call('describe_config', { key });
    expect(data['settings']).toMatchObject([{ key, sensitive: true, variable: `ORDERS_DATABASES__${name}__URL` }]);
  }
  const { data } = await call('describe_config', { prefix: 'databases' });
  expect((data['settings'] as { key: string }[]).map(({ key }) => key)).toEqual(
    ['eu', 'us', '*'].flatMap((name) => [`databases.${name}.url`, `databases.${name}.pool`]),
  );
  const { data: later } = await call('describe_config', { prefix: 'databases.*' });
  expect(later['total']).toBe(2);
});

test('describes a setting of several variants as the present one has it', async () => {
  const { at, call } = await served();
  const size = async () => {
    const { data } = await call('describe_config', { prefix: 'cache' });
    return (data['settings'] as { key: string; default: unknown }[]).find(({ key }) => key === 'cache.size')?.default;
  };
  expect(await size()).toBe(10);
  at.write('orders.json', '{ "cache": { "type": "remote" } }');
  expect(await size()).toBe(20);
});

test('lists the settings of members as resources', async () => {
  const { client } = await served();
  const { resources } = await client.listResources();
  const uris = resources.map(({ uri }) => uri);
  expect(uris).toContain('varve://settings/databases.us.pool');
  expect(uris.filter((uri) => uri.includes('*'))).toEqual([]);
});

test('changes a setting of a member, adds a member and removes one', async () => {
  const { at, draft, save, call } = await served();
  await draft('databases.us.pool', 7);
  await draft('regions.south', { zones: 3 });
  const drafted = await draft('regions.north', null);
  expect(drafted.data['changes']).toMatchObject([
    { key: 'databases.us.pool', before: 5, after: 7 },
    { key: 'regions.south.zones', after: 3 },
    { key: 'regions.north', after: null },
  ]);
  expect((await save(drafted)).isError).toBe(false);
  const { databases, regions } = JSON.parse(at.read('orders.json'));
  expect([databases.us.pool, regions]).toEqual([7, { south: { zones: 3 }, north: null }]);
  expect((await save(await draft('regions.north'))).isError).toBe(false);
  expect(JSON.parse(at.read('orders.json')).regions).toEqual({ south: { zones: 3 } });
  expect((await call('get_config_value', { key: 'regions.north.zones' })).data['value']).toBe(1);
});

test.each<[string, string, unknown, unknown]>([
  ['the first member of a list', 'queues.0.name', 'a', undefined],
  ['a list', 'queues', [{ name: 'a' }, { name: 'b', size: 2 }], undefined],
  ['a member of a list', 'queues.1.name', 'b', [{ name: 'a' }]],
  ['a whole member of a list', 'queues.1', { name: 'b', size: 2 }, [{ name: 'a' }]],
  ['a member by name', 'regions.south.zones', 3, undefined],
  ['an empty member by name', 'regions.south', {}, undefined],
])('undoes the addition of %s', async (_, key, value, before) => {
  const { at, draft, save, call } = await served();
  if (before !== undefined) await save(await draft('queues', before));
  const first = at.read('orders.json');
  const saved = await save(await draft(key, value));
  expect(saved.isError).toBe(false);
  await save(await call('set_config_value', { changes: saved.data['undo'] }));
  expect(at.read('orders.json')).toBe(first);
});

test('a reset of all settings leaves the members that another layer gives', async () => {
  const { at, call } = await served();
  at.write('base.json', '{ "queues": [{ "name": "a" }], "regions": { "north": { "zones": 2 } } }');
  at.write('orders.json', '{ "regions": { "south": { "zones": 3 } } }');
  const reset = await call('reset_to_defaults', { all: true });
  expect([reset.isError, reset.data['changes']]).toMatchObject([false, [{ key: 'regions.south.zones', before: 3 }]]);
});

test('what may be changed can be limited to one member', async () => {
  const { draft } = await served(['databases.us.pool', 'regions.nor*.**']);
  expect((await draft('databases.us.pool', 7)).isError).toBe(false);
  expect((await draft('regions.north.zones', 7)).isError).toBe(false);
  expect((await draft('databases.eu.pool', 7)).text).toContain('may not be changed here');
  await expect(served(['databases.us.pol'])).rejects.toThrow('matches no setting');
});

test.each(['databases.us', 'databases.us.url'])('names the command that removes the secret %s', async (key) => {
  const { draft } = await served();
  const { isError, text } = await draft(key);
  expect(isError).toBe(true);
  expect(text).toContain(`${key} is sensitive: it can't be changed here. The user can type: varve unset ${key}\\n`);
});

test.each([
  ['databases.us.p', ['databases.us.pool']],
  ['reg', ['regions.north.zones']],
  ['other', []],
])('the address of a setting that begins with %s is completed', async (value, values) => {
  const { client } = await served();
  const ref = { type: 'ref/resource', uri: 'varve://settings/{key}' } as const;
  const { completion } = await client.complete({ ref, argument: { name: 'key', value } });
  expect(completion.values).toEqual(values);
});

test.each([
  ['databases.us.pool', undefined, 'The user can type: varve unset databases.us.pool'],
  ['databases.us.pool', 7, 'The user can type: varve set databases.us.pool VALUE'],
  ['databases.us.url', undefined, 'The user can type: varve unset databases.us.url'],
  ['databases.us.url', 'postgres://us/orders', 'The user can type: varve set databases.us.url --stdin'],
])('a change of %s to %s that is refused names the command', async (key, value, command) => {
  const { draft } = await served(['regions.**']);
  const { isError, text } = await draft(key, value);
  expect([isError, text]).toEqual([true, expect.stringContaining(command)]);
});
