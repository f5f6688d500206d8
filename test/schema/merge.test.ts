import { describe, expect, test } from 'vitest';
import { type Config, defineConfig, loadConfigSync } from '../../src/index.ts';
import { describeSettings } from '../../src/tools.ts';
import { folder } from '../folder.ts';
import type { Node } from './doors.ts';

/** The setting `it` with a JSON value in a base file and one in the file, a variable and a flag. */
function load(node: Node, base: unknown, file: unknown, variable?: string, flag?: string): Config {
  const { path } = folder({ 'base.json': JSON.stringify({ it: base }), 'app.json': JSON.stringify({ it: file }) });
  const settings = { it: { env: 'IT', ...node } };
  const definition = defineConfig({ name: 'app', file: 'app.json', files: ['base.json'], settings } as never);
  const env = variable === undefined ? {} : { IT: variable };
  return loadConfigSync(definition, { cwd: path, env, argv: flag === undefined ? [] : [`--it=${flag}`] });
}

const effective = (config: Config): unknown => config.values['it'];

describe('an Object', () => {
  const node = { format: Object, default: { a: 1, b: { c: 1 } } };

  test('merges its layers member by member', () => {
    const config = load(node, { b: { d: 2 } }, { e: 3 }, '{"a": 4}');
    expect(effective(config)).toEqual({ a: 4, b: { c: 1, d: 2 }, e: 3 });
  });

  test('with merge: replace is that of the highest layer', () => {
    const config = load({ ...node, merge: 'replace' }, { b: { d: 2 } }, { e: 3 });
    expect(effective(config)).toEqual({ e: 3 });
    config.set('it', {} as never);
    expect(effective(config)).toEqual({});
    expect(config.explain('it').candidates.map(({ state }) => state)).toEqual(['wins', 'shadowed', 'shadowed']);
  });
});

describe('an Array', () => {
  const node = { format: Array, items: 'nat', default: [1] };

  test('is that of the highest layer', () => {
    expect(effective(load(node, [2], [3], '4', '5'))).toEqual([5]);
  });

  test('with merge: append adds the elements of each layer to those below', () => {
    const config = load({ ...node, merge: 'append' }, [2], [3], '4', '5');
    expect(effective(config)).toEqual([1, 2, 3, 4, 5]);
    expect(config.explain('it')).toMatchObject({ value: [1, 2, 3, 4, 5], without: { value: [1, 2, 3, 4] } });
    expect(config.explain('it').candidates.map(({ state }) => state)).toEqual(['wins', ...new Array(4).fill('merged')]);
  });

  test('with merge: append starts anew above null, and is not combined with a value that is refused', () => {
    expect(effective(load({ ...node, nullable: true, merge: 'append' }, null, [3]))).toEqual([3]);
    expect(() => load({ ...node, merge: 'append' }, [-1], [3])).not.toThrow();
    expect(effective(load({ ...node, merge: 'append' }, [-1], [3]))).toEqual([1, 3]);
  });
});

test('describeSettings lists what elements and members must be, and how layers combine', () => {
  const definition = defineConfig({
    name: 'app',
    settings: {
      betas: { format: Array, items: { format: Number, min: 0, max: 1 }, merge: 'append', default: [0.9] },
      labels: { format: Object, members: ['a', 'b'], default: {} },
      lr: 0.1,
    },
  });
  const [betas, labels, lr] = describeSettings(definition);
  const items = { format: 'number', constraints: { min: 0, max: 1 }, nullable: false };
  expect(betas).toMatchObject({ merge: 'append', items });
  const members = { format: '"a" | "b"', options: ['a', 'b'], constraints: {}, nullable: false };
  expect(labels).toMatchObject({ merge: 'deep', members });
  for (const absent of ['merge', 'items', 'members']) expect(lr).not.toHaveProperty(absent);
});
