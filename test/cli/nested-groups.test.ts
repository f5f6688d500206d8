import { describe, expect, test } from 'vitest';
import { VARVE } from './golden.ts';
import { Shell } from './shell.ts';

const DEFINITION = `import { defineConfig, each, eachOf, variants } from '${VARVE}';
const mode = variants('kind', { fast: { cache: 5 }, safe: { copies: eachOf({ path: '/', key: { format: String, default: 'none', sensitive: true } }) } });
export default defineConfig({ name: 'shop', envPrefix: 'SHOP', file: 'shop.json', settings: {
  tenants: each({ pools: eachOf({ size: { format: 'nat', default: 1, doc: 'Connections' }, mode }) }),
  routes: eachOf({ owners: each({ share: 0.5 }), inner: eachOf({ port: { format: 'port', default: 80 } }) }),
} });
`;
const FILE = `{
  "tenants": { "acme": { "pools": [{ "size": 3 }, { "mode": { "kind": "safe", "copies": [{ "path": "/a", "key": "hunter2" }] } }] } },
  "routes": [{ "owners": { "bo": { "share": 0.2 } }, "inner": [{ "port": 81 }, {}] }]
}
`;
const shell = (): Shell => new Shell({ 'varve.config.mjs': DEFINITION, 'shop.json': FILE });

/** A setting of each nesting, its value in the file, and another one. */
const SETTINGS: readonly (readonly [key: string, value: string, other: string])[] = [
  ['tenants.acme.pools.0.size', '3', '4'],
  ['tenants.acme.pools.0.mode.cache', '5', '6'],
  ['tenants.acme.pools.1.mode.kind', 'safe', 'fast'],
  ['tenants.acme.pools.1.mode.copies.0.path', '/a', '/b'],
  ['routes.0.owners.bo.share', '0.2', '0.7'],
  ['routes.0.inner.0.port', '81', '82'],
  ['routes.0.inner.1.port', '80', '82'],
];

const variableOf = (key: string): string => `SHOP_${key.toUpperCase().replaceAll('.', '__')}`;

describe.each(SETTINGS)('%s', (key, value, other) => {
  const get = async (words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> =>
    (await shell().run(words, { env })).stdout.trim();

  test('get', async () => expect(await get(['get', key])).toBe(value));

  test('its variable', async () => expect(await get(['get', key], { [variableOf(key)]: other })).toBe(other));

  test('its flag', async () => expect(await get(['get', key, '--', `--${key}=${other}`])).toBe(other));

  test('--set of run, and the variable of a child', async () => {
    const { stdout } = await shell().run(['export', '--format', 'env-file', '--', `--${key}`, other]);
    expect(stdout.split('\n')).toContain(`${variableOf(key)}=${other}`);
  });

  test('list and explain agree on where it is written', async () => {
    const { stdout } = await shell().run(['explain', key, '--json']);
    const { winner } = JSON.parse(stdout);
    const list = JSON.parse(await get(['list', '--json']));
    const row = list.settings.find((one: { readonly key: string }) => one.key === key);
    expect([row?.winner?.location, row?.winner?.layer]).toEqual([winner.location, winner.layer]);
  });

  test('set changes it in the file, and unset takes it back', async () => {
    const at = shell();
    expect(await at.run(['set', `${key}=${other}`])).toMatchObject({ code: 0 });
    expect((await at.run(['get', key])).stdout.trim()).toBe(other);
    expect(await at.run(['set', `${key}=${value}`])).toMatchObject({ code: 0 });
    if (FILE.includes(`: ${value}`)) expect(JSON.parse(at.folder.read('shop.json'))).toEqual(JSON.parse(FILE));
  });

  test('completion', async () => {
    const at = shell();
    const env = { HOME: at.folder.path };
    await at.run(['validate'], { env });
    const { stdout } = await at.run(['completion', 'bash', '--line', `varve set ${key.slice(0, -1)}`], { env });
    expect(stdout.split('\n')).toContain(key);
  });

  test('a sweep', async () => {
    const line = ['sweep', `--${key}`, `${value},${other}`, '--emit', 'jsonl', '--', 'true'];
    const { code, stdout } = await shell().run(line);
    expect(code).toBe(0);
    const [first, second] = stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text).values[key]);
    expect([String(first), String(second)]).toEqual([value, other]);
  });

  test('the documents have its pattern', async () => {
    const pattern = key.replace('acme', '*').replace('bo', '*').replace(/\.\d+/g, '.*');
    for (const format of ['markdown', 'env', 'python']) {
      const { stdout } = await shell().run(['docs', '--format', format]);
      expect(stdout).toContain(pattern);
    }
  });
});

test('the secret of a nested member is shown nowhere', async () => {
  const commands = [
    'list',
    'list --json',
    'get tenants',
    'explain tenants.acme',
    'export',
    'diff',
    'validate',
    'doctor',
    'unset tenants.acme.pools.1 --dry-run',
  ];
  for (const line of commands) {
    const { stdout, stderr } = await shell().run(line.split(' '));
    expect(stdout + stderr, line).not.toContain('hunter2');
  }
});

describe('whole lists and members', () => {
  test.each([
    ['set routes:=[]', (file: { routes: unknown[] }) => expect(file.routes).toEqual([])],
    [
      'set routes.1:={"owners":{"al":{}}}',
      (file: { routes: unknown[] }) => expect(file.routes[1]).toEqual({ owners: { al: {} } }),
    ],
    [
      'unset tenants.acme.pools.0',
      (file: { tenants: { acme: { pools: { mode?: unknown }[] } } }) => {
        expect(file.tenants.acme.pools).toHaveLength(1);
        expect(file.tenants.acme.pools[0]?.mode).toMatchObject({ kind: 'safe' });
      },
    ],
    [
      'reset tenants.acme.pools.0',
      (file: { tenants: { acme: { pools: unknown[] } } }) => expect(file.tenants.acme.pools).toHaveLength(1),
    ],
    [
      'unset routes.0.inner',
      (file: { routes: unknown[] }) => expect(file.routes).toEqual([{ owners: { bo: { share: 0.2 } } }]),
    ],
  ])('%s', async (line, check) => {
    const at = shell();
    const { code, stderr } = await at.run(line.split(' '));
    expect([code, stderr]).toEqual([0, '']);
    check(JSON.parse(at.folder.read('shop.json')));
    expect(await at.run(['validate'])).toMatchObject({ code: 0 });
  });

  test.each([
    ['explain routes', /^routes\.0\.owners\.bo\.share = 0\.2/],
    ['explain tenants.acme.pools.1', /^tenants\.acme\.pools\.1\.size = 1/],
    ['get routes', /^\[\{"owners":\{"bo":\{"share":0\.2\}\},"inner":\[\{"port":81\},\{"port":80\}\]\}\]/],
  ])('%s', async (line, shown) => {
    expect((await shell().run(line.split(' '))).stdout).toMatch(shown);
  });
});
