import { describe, expect, test } from 'vitest';
import { filed, given, type Node } from './doors.ts';

/** The message of the one thing that is wrong, or the value. */
function result(node: Node, value: unknown): unknown {
  const answer = filed(node, JSON.stringify(value));
  return 'value' in answer ? answer.value : answer.refused.map(({ message }) => message).join();
}

describe('min and max', () => {
  const node = { format: Number, min: -1, max: 1.5, default: 0 };
  test.each([[-1], [1.5], [0]])('%d is within', (value) => expect(result(node, value)).toBe(value));
  test.each([
    [-1.01, 'must be at least -1, got -1.01'],
    [1.51, 'must be at most 1.5, got 1.51'],
  ])('%d is not', (value, message) => expect(result(node, value)).toBe(message));
  test('are not about null', () => expect(result({ ...node, nullable: true }, null)).toBe(null));
  test('come after convict’s format', () =>
    expect(result({ format: 'nat', min: 1, default: 1 }, -1)).toBe('must be an integer of at least 0, got -1'));
});

describe('minLength and maxLength', () => {
  test.each([
    [String, 'ab', 'ab'],
    [String, 'a', 'must have at least 2 characters, got "a"'],
    [String, 'abcd', 'must have at most 3 characters, got "abcd"'],
    [Array, [1, 2], [1, 2]],
    [Array, [], 'must have at least 2 elements, got []'],
    [Array, [1, 2, 3, 4], 'must have at most 3 elements, got [1,2,3,4]'],
  ])('%o %j', (format, value, expected) => {
    expect(result({ format, minLength: 2, maxLength: 3, default: undefined }, value)).toEqual(expected);
  });

  test('a flag that is repeated is one list', () => {
    expect(given('flag', { format: Array, maxLength: 1, default: [] }, 'a,b')).toHaveProperty('refused');
  });
});

describe('pattern', () => {
  test.each<[string | RegExp, string, boolean]>([
    ['^[a-z]+$', 'abc', true],
    ['^[a-z]+$', 'ABC', false],
    ['b', 'abc', true],
    ['^\\p{Lu}', 'Éa', true],
    [/^[a-z]+$/i, 'ABC', true],
    [/b/g, 'abc', true],
    [/b/y, 'abc', true],
  ])('%o of %j', (pattern, text, matches) => {
    const node = { format: String, pattern, default: undefined };
    for (const _ of [1, 2]) expect('value' in given('env', node, text)).toBe(matches);
  });
});

describe('items', () => {
  test('many are checked to the last', () => {
    const list = (last: unknown): readonly unknown[] => [...Array.from({ length: 40 }, (_, i) => i), last];
    const node = { format: Array, items: 'nat', default: [] };
    expect(result(node, list(40))).toEqual(list(40));
    expect(result(node, list(-1))).toContain('element 41 must be an integer of at least 0, got ');
    expect(result(node, [-1, ...list(40)])).toContain('element 1 must be an integer of at least 0, got ');
  });

  test.each([
    ['a format', Number, [1, 2.5], [1, 2.5]],
    ['a name', 'nat', [1, -1], 'element 2 must be an integer of at least 0, got [1,-1]'],
    ['an enumeration', ['a', 'b'], ['a', 'c'], 'element 2 must be "a" or "b", got ["a","c"]'],
    ['a declaration', { format: Number, max: 1 }, [0, 2], 'element 2 must be at most 1, got [0,2]'],
    ['a nullable one', { format: Number, nullable: true }, [0, null], [0, null]],
    ['null where it is not nullable', Number, [null], 'element 1 must be a number, got [null]'],
    ['lists', { format: Array, items: 'int' }, [[1], [2, 3]], [[1], [2, 3]]],
    [
      'lists, and one is wrong',
      { format: Array, items: 'int' },
      [[1], ['x']],
      'element 2 element 1 must be an integer, got [[1],["x"]]',
    ],
    ['objects', Object, [{ a: 1 }, {}], [{ a: 1 }, {}]],
    ['objects, and one is none', Object, [{ a: 1 }, 2], 'element 2 must be an object, got [{"a":1},2]'],
    ['durations', 'duration', ['5s', 7], [5000, 7]],
    ['text for numbers', Number, ['1', '2e1'], [1, 20]],
    [
      'a function',
      (value: unknown) => {
        if (value !== 'x') throw new Error('must be x');
      },
      ['x', 'y'],
      'element 2 must be x, got ["x","y"]',
    ],
  ])('%s', (_, items, value, expected) => {
    expect(result({ format: Array, items, default: [] }, value)).toEqual(expected);
  });
});
