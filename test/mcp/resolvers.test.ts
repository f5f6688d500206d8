import { expect, onTestFinished, test } from 'vitest';
import { VARVE } from '../cli/golden.ts';
import { folder } from '../folder.ts';
import { ACCEPT, assistantHere } from './assistant.ts';

test('an assistant sees the text and no value, keeps the text when it saves, and cannot write one', async () => {
  onTestFinished(() => void Reflect.deleteProperty(globalThis, 'askedOfVault'));
  const at = folder({
    'varve.config.mjs': `
      import { defineConfig } from ${JSON.stringify(VARVE)};
      const vault = { resolve: async (names) => (globalThis.askedOfVault ??= []).push(...names) && new Map(names.map((name) => [name, 'hunter22'])) };
      export default defineConfig({
        name: 'shop', file: 'shop.json', references: true, resolvers: { vault },
        settings: { db: { password: '', pool: 1 }, note: '', labels: { format: Object, default: {} }, pins: { format: Object, default: {} }, pin: { default: '1234', sensitive: true }, list: { format: Array, default: [] } },
      });`,
    'shop.json': '{ "db": { "password": "vault:db" }, "pins": { "a": "$' + '{pin}" } }',
  });
  const options = { cwd: at.path, allowWrite: ['**'], env: { HOME: '/home/app' } };
  const { call } = await assistantHere('2.x, newest protocol', options, { reply: ACCEPT });
  const explained = await call('explain_config_value', { key: 'db.password' });
  expect(explained.text).not.toContain('hunter22');
  expect(JSON.stringify(explained)).toContain('vault:db');
  for (const value of ['vault:other', ['vault:other']]) {
    const refused = await call('set_config_value', { changes: [{ key: 'note', value }] });
    expect([refused.isError, refused.text]).toEqual([true, expect.stringContaining('a text of a resolver')]);
  }
  // JSON text of a list or an object can spell the same by escapes.
  for (const [key, value] of [
    ['labels', '{"a":"\\u0024{env:HOME}"}'],
    ['labels', '{"a":{"b":["\\u0076ault:x"]}}'],
    ['list', '["\\u0076ault:x"]'],
    ['list', 'a, vault:x'],
    ['labels.a', '$' + '{env:HOME}'],
    ['labels', '{"a":"\\u0024{pin}"}'],
  ]) {
    const refused = await call('set_config_value', { changes: [{ key, value }] });
    expect([value, refused.isError, refused.text]).toEqual([value, true, expect.stringContaining("can't be given")]);
  }
  expect(new Set(Reflect.get(globalThis, 'askedOfVault'))).toEqual(new Set(['db']));
  // A value with a secret in it may be removed.
  const removed = { key: 'pins', remove: true };
  const changed = await call('set_config_value', { changes: [{ key: 'db.pool', value: 5 }, removed] });
  expect(changed.isError).toBe(false);
  const saved = await call('save_config', { revision: changed.data['revision'] });
  expect([saved.isError, saved.text.includes('hunter22')]).toEqual([false, false]);
  expect(JSON.parse(at.read('shop.json'))).toEqual({ db: { password: 'vault:db', pool: 5 } });
});

test('a change of one member keeps the reference of another one', async () => {
  const at = folder({
    'varve.config.mjs': `
      export default {
        name: 'shop', file: 'shop.json', references: true,
        settings: { host: 'localhost', labels: { format: Object, default: {} } },
      };`,
    'shop.json': '{ "labels": { "team": "a", "at": "$' + '{host}" } }',
  });
  const { call } = await assistantHere('1.x', { cwd: at.path, allowWrite: ['**'], confirm: 'client', env: {} }, {});
  const changed = await call('set_config_value', { changes: [{ key: 'labels.team', value: 'b' }] });
  expect(await call('save_config', { revision: changed.data['revision'] })).toMatchObject({ isError: false });
  expect(JSON.parse(at.read('shop.json'))).toEqual({ labels: { team: 'b', at: '$' + '{host}' } });
});
