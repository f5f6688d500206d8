import { describe, expect, test } from 'vitest';
import { loadConfigSync, type UnknownKeys } from '../../src/index.ts';
import { Shell } from '../cli/shell.ts';
import { thrown } from '../failure.ts';
import { type Folder, folder } from '../folder.ts';

/** A configuration whose keys are only known when the test runs. */
interface AnyConfig {
  readonly values: object;
  get(key: string): unknown;
  set(key: string, value: unknown): unknown;
  unset(key: string): unknown;
  override(key: string, value: unknown): unknown;
  update(change: (draft: Record<string, never>) => void): Promise<unknown>;
  save(): Promise<unknown>;
  explain(key: string): { readonly value: unknown; readonly winner?: { readonly location: string } };
}

const FILE = '{ "lr": 1, "plugins": { "a": { "b": 1, "list": [1, 2] }, "other": 2 } }\n';

function loadedWith(unknown: UnknownKeys, text = FILE): { readonly config: AnyConfig; readonly files: Folder } {
  const files = folder({ 'app.json': text });
  const definition = { name: 'app', file: 'app.json', unknown, settings: { lr: 0 } };
  const options = { cwd: files.path, env: {}, argv: [], onWarning: false } as const;
  return { config: loadConfigSync(definition as never, options) as unknown as AnyConfig, files };
}

const code = (work: () => unknown): string => thrown(work).code;

describe.each<[string, UnknownKeys]>([
  ['allow', 'allow'],
  ['a pattern', { allow: ['plugins.**'] }],
  ['a policy of the file', { file: 'allow' }],
])('members below an unknown key that %s allows', (_, unknown) => {
  test('are read and explained, with their place in the file', () => {
    const { config } = loadedWith(unknown);
    expect([config.get('plugins.a.b'), config.get('plugins.a.list.1')]).toEqual([1, 2]);
    expect(config.explain('plugins.a.b')).toMatchObject({ value: 1, winner: { location: 'app.json:1:37' } });
    expect(config.get('plugins.a.new')).toBe(undefined);
  });

  test('are set, removed and overridden one by one, and nothing else changes', async () => {
    const { config, files } = loadedWith(unknown);
    config.set('plugins.a.b', 5);
    config.set('plugins.a.list.2', 3);
    config.unset('plugins.other');
    config.set('plugins.new.deep', true);
    await config.save();
    expect(files.read('app.json')).toBe(
      '{ "lr": 1, "plugins": { "a": { "b": 5, "list": [1, 2, 3] }, "new": {"deep": true} } }\n',
    );
    config.override('plugins.a.b', 9);
    expect(config.values).toMatchObject({ plugins: { a: { b: 9 } } });
  });

  test('are changed by an update', async () => {
    const { config, files } = loadedWith(unknown);
    await config.update((draft) => Object.assign(draft['plugins']?.['a'] ?? {}, { b: 7 }));
    expect(files.read('app.json')).toBe(FILE.replace('"b": 1', '"b": 7'));
  });

  test('are refused below a single value, and below a setting', () => {
    const { config } = loadedWith(unknown);
    expect(code(() => config.set('plugins.a.b.c', 1))).toBe('INVALID_VALUE');
    expect(code(() => config.explain('plugins.a.b.c'))).toBe('UNKNOWN_KEY');
    expect(code(() => config.set('lr.x', 1))).toBe('UNKNOWN_KEY');
    expect(code(() => config.get('lr.x'))).toBe('UNKNOWN_KEY');
    expect(code(() => config.set('plugins.__proto__.x', 1))).toBe('INVALID_VALUE');
  });
});

describe('a pattern allows nothing but its keys', () => {
  test('a misspelt setting stays unknown, by get, set and explain', () => {
    const { config } = loadedWith({ allow: ['plugins.**'] });
    for (const use of [config.get, config.explain]) expect(code(() => use.call(config, 'lrr'))).toBe('UNKNOWN_KEY');
    expect(code(() => config.set('lrr', 1))).toBe('UNKNOWN_KEY');
  });

  test('a key inside an unknown group is set without the members beside it', async () => {
    const { config, files } = loadedWith({ allow: ['plugins.*.b'] });
    expect(config.values).toEqual({ lr: 1, plugins: { a: { b: 1 } } });
    await config.update((draft) => Object.assign(draft['plugins']?.['a'] ?? {}, { b: 7 }));
    config.set('plugins.new.b', { c: 1 });
    config.set('plugins.new.b.d', 2);
    await config.save();
    expect(JSON.parse(files.read('app.json'))).toEqual({
      lr: 1,
      plugins: { a: { b: 7, list: [1, 2] }, other: 2, new: { b: { c: 1, d: 2 } } },
    });
    expect(code(() => config.set('plugins.other', 1))).toBe('UNKNOWN_KEY');
  });
});

test('the commands set, get and explain take members of allowed keys', async () => {
  const shell = new Shell({
    'varve.config.mjs':
      "export default { name: 'app', file: 'app.json', unknown: { allow: ['plugins.**'] }, settings: { lr: 1 } };",
    'app.json': FILE,
  });
  expect(await shell.run(['set', 'plugins.a.b=5', 'plugins.c.d:=true'])).toMatchObject({ code: 0 });
  expect(await shell.run(['get', 'plugins.a.b'])).toMatchObject({ code: 0, stdout: '5\n' });
  expect((await shell.run(['explain', 'plugins.c.d'])).stdout).toContain('plugins.c.d = true');
  expect(await shell.run(['set', 'plugin.a=5'])).toMatchObject({ code: 2 });
});
