import { describe, expect, test } from 'vitest';
import { type Config, defineConfig, loadConfigSync } from '../../src/index.ts';
import { answered, filed, given, type Node } from './doors.ts';

const INTEGERS = ['int', 'integer', 'nat'].map((format): Node => ({ format, default: 1 }));
const NUMBER: Node = { format: Number, default: 1 };
const LIST: Node = { format: Array, default: [] };
const NUMBERS: Node = { format: Array, items: Number, default: [] };
const OBJECT: Node = { format: Object, default: {} };
const ANYTHING: Node = { format: '*', default: null };
const FUNCTION: Node = { format: () => undefined, default: null };

/** Integers that a number turns into others. */
const INEXACT = [
  '9007199254740993',
  '-9007199254740993',
  '12345678901234567890',
  '100000000000000000001',
  '9.007199254740993e15',
  '-9007199254740993e0',
  '900719925474099300e-2',
  '1.00000000000000000001E+20',
];

describe('a number that cannot be held as it is written is refused', () => {
  test.each([...INEXACT, '1e999', '-1e999'])('%s, in the file, wherever it stands', (number) => {
    for (const node of [...INTEGERS, NUMBER, ANYTHING, FUNCTION]) expect(filed(node, number)).toHaveProperty('refused');
    for (const node of [LIST, NUMBERS]) expect(filed(node, `[0, ${number}]`)).toHaveProperty('refused');
    for (const node of [LIST, ANYTHING]) expect(filed(node, `[{ "a": [${number}] }]`)).toHaveProperty('refused');
    for (const node of [OBJECT, FUNCTION]) expect(filed(node, `{ "a": { "b": ${number} } }`)).toHaveProperty('refused');
  });

  test.each([...INEXACT, '1e999', '-1e999', 'NaN', 'Infinity', '-Infinity'])('%s, as text', (number) => {
    for (const door of ['env', 'flag', 'set'] as const) {
      for (const node of [...INTEGERS, NUMBER]) expect(given(door, node, number)).toHaveProperty('refused');
      expect(given(door, NUMBERS, `0,${number}`)).toHaveProperty('refused');
      expect(given(door, LIST, `[0, ${number}]`)).toHaveProperty('refused');
      expect(given(door, OBJECT, `{"a": [${number}]}`)).toHaveProperty('refused');
    }
  });

  test.each(INEXACT)('%s, as text in the file', (number) => {
    for (const node of [...INTEGERS, NUMBER]) expect(filed(node, `"${number}"`)).toHaveProperty('refused');
    expect(filed(NUMBERS, `["${number}"]`)).toHaveProperty('refused');
  });

  test('one member of an Object, by its own variable or flag', () => {
    const load = (env: Record<string, string>, argv: string[]): unknown =>
      answered(() => {
        const settings = { it: { format: Object, default: { a: 1 } } };
        return loadConfigSync(defineConfig({ name: 'app', envPrefix: 'X', settings }), { env, argv }).values;
      });
    expect(load({ X_IT__A: '2' }, [])).toEqual({ value: { a: 2 } });
    for (const text of [...INEXACT, '1e999', 'NaN']) {
      expect(load({ X_IT__A: text }, [])).toHaveProperty('refused');
      expect(load({}, [`--it.a=${text}`])).toHaveProperty('refused');
    }
  });

  test.each([
    ['NaN', Number.NaN],
    ['infinite', Number.POSITIVE_INFINITY],
    ['nested', [1, Number.NaN]],
    ['deep', { a: [{ b: Number.NEGATIVE_INFINITY }] }],
  ])('%s, set or overridden by a program', (_, value) => {
    for (const node of [NUMBER, LIST, OBJECT, ANYTHING, FUNCTION]) {
      const change = (act: (config: Config) => unknown): unknown =>
        answered(() =>
          act(loadConfigSync(defineConfig({ name: 'app', settings: { it: node } } as never), { env: {}, argv: [] })),
        );
      expect(change((config) => config.set('it', value))).toHaveProperty('refused');
      expect(change((config) => config.override('it', value))).toHaveProperty('refused');
    }
  });

  test.each([[Number.NaN], [[Number.NaN]], [{ a: Number.POSITIVE_INFINITY }]])(
    '%j, from a source of the program',
    (value) => {
      const origin = { layer: 'mine', name: 'it', location: 'here' };
      const source = { name: 'mine', read: () => ({ entries: new Map([['it', { value, origin }]]) }) };
      for (const node of [NUMBER, LIST, OBJECT, ANYTHING, FUNCTION]) {
        const load = (): unknown =>
          loadConfigSync(
            defineConfig({ name: 'app', layers: ['default', source], settings: { it: node } } as never),
            {},
          ).values;
        expect(answered(load)).toHaveProperty('refused');
      }
    },
  );
});

describe('an integer setting', () => {
  const rounded = ['1.0000000000000000001', '-0.99999999999999999999', '10000000000000000000001e-22'];
  test.each(['9007199254740992', '-9007199254740992', '1e16', '1.5', '0.1', '1e-3', ...rounded])(
    'refuses %s in the file',
    (number) => {
      for (const node of INTEGERS) expect(filed(node, number)).toHaveProperty('refused');
    },
  );

  test.each([
    ['9007199254740991', 9007199254740991],
    ['1e3', 1000],
    ['1.0', 1],
    ['1.000000000000000000000', 1],
    ['100000000000000000000e-20', 1],
    ['0.0000000000000000000001e22', 1],
    ['0', 0],
  ])('takes %s in the file', (number, value) => {
    for (const node of INTEGERS) expect(filed(node, number)).toEqual({ value });
  });
});

test.each([
  ['5e-7', 5e-7],
  ['0', 0],
  ['-0.0001', -0.0001],
  ['1E+2', 100],
  ['0.30000000000000004', 0.30000000000000004],
  ['1.7976931348623157e308', Number.MAX_VALUE],
  ['5e-324', Number.MIN_VALUE],
])('a Number is %s, in the file and as text', (text, value) => {
  expect(filed(NUMBER, text)).toEqual({ value });
  for (const door of ['env', 'flag', 'set'] as const) expect(given(door, NUMBER, text)).toEqual({ value });
});
