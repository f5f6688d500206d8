import { expect, test } from 'vitest';
import { defineConfig, loadConfig } from '../src/index.ts';
import { failure } from './failure.ts';
import { folder } from './folder.ts';

const definition = defineConfig({
  name: 'app',
  file: 'app.json',
  version: 3,
  migrations: {
    2: (file) => ({ ...file, n: Number(file['n']) * 10 }),
    3: (file) => ({ ...file, n: Number(file['n']) + 1 }),
  },
  extends: true,
  unknown: 'allow',
  settings: { n: 1, group: { m: 1 } },
});

const TEXT = '{ "n": 2, "$version": 3, "$schema": "app.schema.json" }';

/** Members of a file that varve itself reads: a changed version would migrate values again, another file would be read. */
test.each([
  ['$version', 1],
  ['$version', 99],
  ['$version.x', 1],
  ['extends', 'other.json'],
  ['extends', 5],
  ['extends.a', 'other.json'],
  ['$schema', 'other.json'],
])('%s is not a setting, also where unknown keys are allowed', async (key, value) => {
  const { path, read } = folder({ 'app.json': TEXT, 'other.json': '{ "password": "hunter2" }' });
  const config = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
  const [name = ''] = key.split(/\.(?!$)/);
  const calls = [
    () => config.set(key, value as never),
    () => config.unset(key),
    () => config.override(key, value as never),
    () => config.explain(key),
    () => config.get(key),
    () => config.reset(key),
    () => config.update((draft) => void Object.assign(draft, { [name]: value })),
  ];
  for (const call of calls) expect((await failure(call)).code).toBe('UNKNOWN_KEY');
  expect((await failure(calls[0] as never)).message).toContain('is read by varve itself and is not a setting');
  await config.save({ conflict: 'mine' });
  expect(read('app.json')).toBe(TEXT);
});

test('names like them inside a group, or without the feature, are unknown keys like all others', async () => {
  const { path, read } = folder({ 'app.json': '{}' });
  const { extends: _, version: _version, migrations: _migrations, ...without } = definition;
  const config = await loadConfig(defineConfig(without), { cwd: path, env: {}, argv: [] });
  config.set('extends', 'a');
  config.set('$version', 1);
  config.set('group.$schema', 1);
  await config.save();
  expect(JSON.parse(read('app.json'))).toEqual({ extends: 'a', $version: 1, group: { $schema: 1 } });
});
