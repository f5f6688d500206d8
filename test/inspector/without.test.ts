import { describe, expect, test } from 'vitest';
import { type Config, defineConfig, loadConfigSync } from '../../src/index.ts';
import { detailOf } from '../../src/inspector/detail.ts';
import { overrideWarnings } from '../../src/words/override-warning.ts';
import { folder } from '../folder.ts';

interface Input {
  readonly base?: string;
  readonly file?: string;
  readonly dotenv?: string;
  readonly env?: string;
  readonly flag?: string;
}

/** One setting `it` with a text in each of the given layers. */
function load(node: object, { base = '{}', file = '{}', dotenv, env, flag }: Input): Config {
  const { path } = folder({ 'base.json': base, 'app.json': file, '.env': dotenv === undefined ? '' : `IT=${dotenv}` });
  const definition = defineConfig({
    name: 'app',
    file: 'app.json',
    files: ['base.json'],
    dotenv: true,
    settings: { it: { env: 'IT', ...node } },
  } as never);
  const argv = flag === undefined ? [] : [`--it=${flag}`];
  return loadConfigSync(definition, { cwd: path, env: env === undefined ? {} : { IT: env }, argv, invalid: 'report' });
}

const without = (config: Config): object =>
  Object.fromEntries(detailOf(config, 'it', undefined).candidates.map((one) => [one.layer, one.without]));

test('the advice and the warning name what overrides the file', () => {
  const merged = load({ format: Object, default: {} }, { file: '{ "it": { "a": 1 } }', env: '{"b":2}' });
  expect(detailOf(merged, 'it', undefined).change).toContain('Layers are merged');
  const whole = load({ format: 'nat', default: 1 }, { file: '{ "it": 3 }', dotenv: '4', env: '5' });
  expect(detailOf(whole, 'it', undefined).change).toContain('has no effect');
  whole.set('it', 6);
  expect(overrideWarnings(whole, whole.pending)).toEqual([
    'no effect now, overridden by env IT=5. Try: unset IT; then .env:1 IT overrides it. Remove it at .env:1.',
  ]);
});

test('an edit of a merged value is overridden in the members that a higher layer gives', () => {
  const warnings = (node: object, env: string, value: unknown): readonly string[] => {
    const config = load(node, { file: '{ "it": { "a": 1, "b": { "c": 1, "d": 1 } } }', env });
    config.set('it', value);
    return overrideWarnings(config, config.pending);
  };
  const node = { format: Object, default: { a: 0 } };
  expect(warnings(node, '{"b":{"c":9}}', { a: 2, b: { c: 1, d: 2 } })).toEqual([]);
  expect(warnings(node, '{"b":{"c":9}}', { a: 2, b: { c: 2, d: 2 } })).toEqual([
    'it.b.c: no effect now, overridden by env IT=9. Try: unset IT',
  ]);
  expect(warnings(node, '{"x.y":1}', { a: 1, b: { c: 1 }, 'x.y': 2 })).toEqual([
    'it["x.y"]: no effect now, overridden by env IT=1. Try: unset IT',
  ]);
  expect(warnings(node, '{"b":{"c":9}}', undefined)).toEqual([]);
  expect(warnings({ ...node, merge: 'replace' }, '{"b":{"c":9}}', { a: 2 })).toEqual([
    'no effect now, overridden by env IT={"b":{"c":9}}. Try: unset IT',
  ]);
  expect(warnings({ ...node, sensitive: true }, '{"b":{"c":9}}', { a: 2 })).toEqual([
    'it: members that env IT gives have no effect now.',
  ]);
  const list = { format: Array, merge: 'append', default: [] };
  const config = load(list, { file: '{ "it": ["a"] }', env: 'z' });
  config.set('it', ['b']);
  expect(overrideWarnings(config, config.pending)).toEqual([]);
});

describe('what a setting would be without each layer', () => {
  test('only the winner decides a value that is taken whole', () => {
    const config = load({ format: 'nat', default: 1 }, { file: '{ "it": 3 }', dotenv: '4', env: '5' });
    const next = '4, from .env:1 IT';
    expect(without(config)).toEqual({ env: next, '.env': 'no change', file: 'no change', default: 'no change' });
  });

  test('every layer decides its own members of an Object', () => {
    const node = { format: Object, default: { a: 1, b: 1 } };
    const config = load(node, { base: '{ "it": { "c": 2, "a": 2 } }', file: '{ "it": { "a": 3 } }', env: '{"d":4}' });
    expect(without(config)).toEqual({
      env: '{"a":3,"b":1,"c":2}, from file app.json:1:9',
      file: '{"a":2,"b":1,"c":2,"d":4}',
      'base.json': '{"a":3,"b":1,"d":4}',
      default: '{"c":2,"a":3,"d":4}',
    });
  });

  test('a layer below decides nothing if the members are all overridden', () => {
    const config = load({ format: Object, default: {} }, { file: '{ "it": { "a": 1 } }', env: '{"a":2}' });
    expect(without(config)).toMatchObject({ file: 'no change', default: 'no change' });
  });

  test('every layer decides its own elements of a list that is appended', () => {
    const node = { format: Array, items: 'nat', default: [1], merge: 'append' };
    expect(without(load(node, { base: '{ "it": [2] }', env: '3' }))).toEqual({
      env: '[1,2], from base.json:1:9',
      'base.json': '[1,3]',
      default: '[2,3]',
    });
  });

  test('an empty or invalid entry decides no value, and a setting may have none', () => {
    const node = { format: 'nat', default: null };
    expect(without(load(node, { file: '{ "it": 3 }', dotenv: '', env: 'many' }))).toEqual({
      env: 'no change',
      '.env': 'no change',
      file: 'no value',
    });
  });

  test('a secret stays redacted, and its members may differ', () => {
    const node = { format: Object, default: {}, sensitive: true };
    const config = load(node, { file: '{ "it": { "a": "hunter2" } }', env: '{"b":"hunter3"}' });
    expect(without(config)).toEqual({
      env: '********, from file app.json:1:9',
      file: '********',
      default: '********',
    });
  });

  test('is what a program gets that starts without that layer', () => {
    const inputs: Input = {
      base: '{ "it": { "c": 2 } }',
      file: '{ "it": { "a": 3 } }',
      dotenv: '{"e":1}',
      env: '{"a":4}',
    };
    const node = { format: Object, default: { a: 1 } };
    const layers = { env: 'env', '.env': 'dotenv', file: 'file', 'base.json': 'base' } as const;
    for (const [layer, input] of Object.entries(layers)) {
      const { [input]: _, ...others } = inputs;
      const explained = load(node, inputs).explain('it', { without: layer });
      expect(explained, layer).toEqual(load(node, others).explain('it'));
    }
  });
});
