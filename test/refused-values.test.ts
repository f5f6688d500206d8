import { expect, test } from 'vitest';
import { defineConfig, loadConfig, loadConfigSync } from '../src/index.ts';
import { folder } from './folder.ts';

const circular: Record<string, unknown> = {};
circular['inner'] = { again: circular };

class Instance {
  readonly member = 1;
}

const REFUSED: readonly (readonly [string, unknown, string])[] = [
  ['an undefined member', { a: { b: undefined } }, 'must be a value that JSON can hold at ["a"]["b"]'],
  ['an undefined element', { a: [1, undefined] }, 'must be a value that JSON can hold at ["a"][1]'],
  ['a hole in a list', { a: Object.assign([1], { 2: 3 }) }, 'must be a value that JSON can hold at ["a"][1]'],
  ['a function', { a: () => 1 }, 'must be a value that JSON can hold at ["a"]'],
  ['a symbol', { a: Symbol('s') }, 'must be a value that JSON can hold at ["a"]'],
  [
    'a member named by a symbol',
    { a: { [Symbol('s')]: 1 } },
    'must not have a member that is named by a symbol at ["a"]',
  ],
  ['a BigInt', { a: 1n }, 'must be a value that JSON can hold at ["a"]'],
  ['NaN', { a: Number.NaN }, 'must be a finite number at ["a"]'],
  ['an invalid date', { a: new Date(Number.NaN) }, 'must be a valid date at ["a"]'],
  ['a Map', { a: new Map() }, 'must be a value that JSON can hold at ["a"]'],
  ['an instance of a class', { a: new Instance() }, 'must be a value that JSON can hold at ["a"]'],
  ['a cycle', circular, 'must not contain itself at ["inner"]["again"]'],
];

const definition = defineConfig({
  name: 'app',
  file: 'app.json',
  unknown: 'allow',
  settings: { o: { format: Object, default: {} }, n: { format: Number, default: 1 } },
});

test.each(REFUSED)('set, override and update refuse %s at its place, and write nothing', async (_, value, problem) => {
  const { path, read } = folder({ 'app.json': '{ "n": 2 }' });
  const config = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
  const issues = [{ code: 'INVALID_VALUE', message: expect.stringContaining(problem) }];
  for (const key of ['o', 'extra'] as const) {
    for (const change of [() => config.set(key, value as never), () => config.override(key, value as never)])
      expect(change).toThrow(expect.objectContaining({ issues: [expect.objectContaining(issues[0])] }));
    const updated = config.update((draft) => {
      Object.assign(draft, { [key]: value });
    });
    await expect(updated).rejects.toMatchObject({ issues });
  }
  await config.save();
  expect(read('app.json')).toBe('{ "n": 2 }');
});

test('a getter is read once, so that the same value is checked and written', async () => {
  const { path, read } = folder({ 'app.json': '{}' });
  const config = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
  let reads = 0;
  const value = {
    get a() {
      reads += 1;
      return reads === 1 ? 'first' : undefined;
    },
  };
  config.set('o', value);
  await config.save();
  expect(reads).toBe(1);
  expect(JSON.parse(read('app.json'))).toEqual({ o: { a: 'first' } });
  expect(config.values.o).toEqual({ a: 'first' });
});

test.each([
  ['80 443', 'Separate the elements by commas.'],
  ['80;443', 'Separate the elements by commas.'],
  ['80\n443', 'Separate the elements by commas.'],
  ['80, x', undefined],
  ['80 443, x', undefined],
  ['x', undefined],
  ['[80 443]', undefined],
])('a list written as %j has the remedy %j', (text, suggestion) => {
  const ports = { format: Array, items: 'port', default: [] as number[] };
  const list = defineConfig({ name: 'app', envPrefix: 'APP', settings: { ports } });
  const options = { env: { APP_PORTS: text }, argv: [], onWarning: false, invalid: 'report' } as const;
  expect(loadConfigSync(list, options).issues.map((issue) => issue.suggestion)).toEqual([suggestion]);
});
