import { expect, test } from 'vitest';
import { defineConfig, loadConfig } from '../src/index.ts';
import { folder } from './folder.ts';

const settings = { x: 0, y: 0 };
const inputs = { argv: [], env: {}, onWarning: false } as const;

test.each(['file', 'env', 'flag', 'default', 'override', 'profile'])(
  'an overlay called %s is not the layer of that name',
  async (name) => {
    const { path, read } = folder({ 'a.json': '{"x":5}', [name]: '{"y":6}' });
    const definition = defineConfig({ name: 'app', file: 'a.json', envPrefix: 'A', settings });
    const config = await loadConfig(definition, { ...inputs, env: { A_X: '7' }, cwd: path, overlays: [name] });
    expect(config.values).toEqual({ x: 7, y: 6 });
    expect(config.explain('y').winner?.location).toBe(`${name}:1:6`);
    config.set('x', 8);
    await config.save();
    expect(read('a.json')).toBe('{"x":8}');
  },
);

test('a file that is listed twice is read once, at its highest place', async () => {
  const { path } = folder({ 'a.json': '{"x":5}', 'b.json': '{"x":6}' });
  const definition = defineConfig({ name: 'app', files: ['b.json', 'a.json'], file: 'a.json', settings });
  const config = await loadConfig(definition, { ...inputs, cwd: path, overlays: ['./b.json'] });
  expect(config.explain('x').candidates.map(({ location }) => location)).toEqual([
    'b.json:1:6',
    'a.json:1:6',
    'schema',
  ]);
});

test('a profile called local does not read .env.local twice', async () => {
  const { path } = folder({ '.env.local': 'A_X=3\n' });
  const options = { name: 'app', envPrefix: 'A', dotenv: true, settings } as const;
  const byMode = await loadConfig(defineConfig(options), { ...inputs, env: { NODE_ENV: 'local' }, cwd: path });
  const profile = { values: ['local'], default: 'local' } as const;
  const byProfile = await loadConfig(defineConfig({ ...options, profile }), { ...inputs, cwd: path });
  for (const config of [byMode, byProfile]) {
    expect(config.explain('x').candidates.map(({ location }) => location)).toEqual(['.env.local:1', 'schema']);
  }
});

test('a copy of a definition is checked for placeholders in its own .env files', () => {
  const definition = defineConfig({ name: 'app', envPrefix: 'A', dotenv: true, settings });
  expect(() => defineConfig({ ...definition, dotenv: ['.env.{stage}'] } as never)).toThrow('{stage}');
});
