import { expect, test } from 'vitest';
import { Shell } from './shell.ts';

const DEFINITION = `
import { readFileSync } from 'node:fs';
import { defineConfig } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)};
const vault = {
  needs: ['vault.addr'],
  async resolve(names, { settings }) {
    if (settings['vault.addr'] === 'down') throw new Error('connect ECONNREFUSED');
    return { 'kv/db#password': 'hunter22', port: '8080', next: 'another-secret' };
  },
};
export default defineConfig({
  name: 'shop', file: 'shop.json', envPrefix: 'SHOP', resolvers: { vault },
  settings: { vault: { addr: 'up' }, db: { password: '', pool: 1 }, port: { format: 'port', default: 80 } },
});
`;
const FILES = { 'varve.config.mjs': DEFINITION, 'shop.json': '{ "db": { "password": "vault:kv/db#password" } }' };

test('every command shows the text and no value', async () => {
  const shell = new Shell(FILES);
  const explained = await shell.run(['explain', 'db.password']);
  expect(explained.stdout).toContain('vault:kv/db#password = ********');
  expect(explained.stdout).toContain('vault.addr = up   schema');
  const commands = [
    ['explain', 'db.password'],
    ['explain', 'db.password', '--json'],
    ['get', 'db.password'],
    ['list'],
    ['list', '--json'],
    ['validate'],
    ['doctor'],
    ['export'],
    ['diff'],
    ['get', 'db', '--json'],
  ];
  for (const command of commands) {
    const { stdout, stderr } = await shell.run(command);
    expect(stdout + stderr).not.toContain('hunter22');
  }
  expect((await shell.run(['get', 'db.password', '--reveal'])).stdout.trim()).toBe('hunter22');
  expect((await shell.run(['doctor'])).stdout).not.toContain('holds the sensitive');
});

test('a vault that is down is a problem with the location of the text', async () => {
  const shell = new Shell(FILES);
  const { stderr, code } = await shell.run(['validate'], { env: { SHOP_VAULT__ADDR: 'down' } });
  expect(stderr).toMatch(
    /db\.password: refers to vault:kv\/db#password, which could not be resolved: connect ECONNREFUSED \(shop\.json:1:23\)/,
  );
  expect(code).toBe(3);
  expect((await shell.run(['list'], { env: { SHOP_VAULT__ADDR: 'down' } })).code).not.toBe(70);
});

test('set takes a text of a resolver as an argument, and asks for it first', async () => {
  const shell = new Shell(FILES);
  const { stdout, stderr, code } = await shell.run(['set', 'db.password', 'vault:next']);
  expect([stdout, stderr, code]).toEqual([expect.stringMatching(/db\.password: \*{8} -> \*{8} {3}saved/), '', 0]);
  expect(shell.folder.read('shop.json')).toBe('{ "db": { "password": "vault:next" } }');
  expect((await shell.run(['set', 'db.password', 'vault:none'])).stderr).toMatch(
    /refers to vault:none, which has no value/,
  );
  expect((await shell.run(['set', 'db.password', 'plain'])).stderr).toMatch(
    /is sensitive, and other users see arguments/,
  );
  expect((await shell.run(['unset', 'db.password'])).code).toBe(0);
});
