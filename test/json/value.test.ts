import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { isDeeper } from '../../src/json/depth.ts';
import {
  frozenCopy,
  hasReservedName,
  isEqual,
  isPlainObject,
  type JsonObject,
  jsonCopy,
  jsonProblem,
  MAX_DEPTH,
  objectOf,
  plainJson,
  valueAt,
  withValue,
} from '../../src/json/value.ts';
import { type PathValue, withValues } from '../../src/json/with-values.ts';

class Point {
  readonly x = 1;
}

const reserved: unknown = JSON.parse('{"__proto__": 1}');

function nested(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}

/** An object with so many members that it is copied in another way than a small one. */
function largeObject(): Record<string, unknown> {
  return Object.fromEntries(Array.from({ length: 600 }, (_, i) => [`k${i}`, { i }]));
}

test.each([
  ['an object', {}, true],
  ['an object without a prototype', Object.create(null), true],
  ['an object of another realm', runInNewContext('({})'), true],
  ['an instance', new Point(), false],
  ['a list', [], false],
  ['a regular expression', /a/, false],
  ['null', null, false],
  ['undefined', undefined, false],
  ['a text', 'a', false],
  ['a function', () => 1, false],
])('%s is made of members: %s is %s', (_, value, expected) => {
  expect(isPlainObject(value)).toBe(expected);
});

test.each<readonly [string[], unknown]>([
  [[], { a: { b: [5, null] }, n: null, t: 'text' }],
  [['a', 'b', '0'], 5],
  [['a', 'b', '1'], null],
  [['a', 'b', '2'], undefined],
  [['n', 'x'], undefined],
  [['t', 'length'], undefined],
  [['x', 'y'], undefined],
  [['toString'], undefined],
])('the value at %j', (path, value) => {
  expect(valueAt({ a: { b: [5, null] }, n: null, t: 'text' }, path)).toEqual(value);
});

describe('a tree with another value', () => {
  const tree = { a: { x: 1, y: { z: 2 } }, b: 'text', c: [1, { d: 2 }], n: null };

  test.each<readonly [string[], unknown, unknown]>([
    [['a', 'x'], 5, { ...tree, a: { x: 5, y: { z: 2 } } }],
    [['new'], 5, { ...tree, new: 5 }],
    [['new', 'er'], 5, { ...tree, new: { er: 5 } }],
    [['b', 'x'], 5, { ...tree, b: { x: 5 } }],
    [['n', 'x'], 5, { ...tree, n: { x: 5 } }],
    [['c', '0'], 5, { ...tree, c: [5, { d: 2 }] }],
    [['c', '1', 'd'], 5, { ...tree, c: [1, { d: 5 }] }],
    [['a', 'x'], undefined, { ...tree, a: { y: { z: 2 } } }],
    [['b'], undefined, { a: tree.a, c: tree.c, n: null }],
    [['new'], undefined, tree],
    [['toString', 'x'], 5, { ...tree, toString: { x: 5 } }],
  ])('at %j: %j', (path, value, expected) => {
    const changed = withValue(tree, path, value);
    expect(JSON.stringify(changed)).toBe(JSON.stringify(expected));
    expect(Object.isFrozen(changed)).toBe(true);
    expect(Object.isFrozen(valueAt(changed, path.slice(0, -1)))).toBe(true);
    expect(tree).toEqual({ a: { x: 1, y: { z: 2 } }, b: 'text', c: [1, { d: 2 }], n: null });
  });

  test('shares the groups that are not on the way', () => {
    expect(withValue(tree, ['a', 'x'], 5)['c']).toBe(tree.c);
    expect(withValue(tree, ['c', '0'], 5)['a']).toBe(tree.a);
  });

  test('keeps the order of an object with many members, whatever they are called', () => {
    const large = largeObject();
    const changed = withValue(withValue(withValue(large, ['k5', 'i'], 'new'), ['k6'], null), ['more'], 1);
    expect(Object.keys(changed)).toEqual([...Object.keys(large), 'more']);
    expect([changed['k5'], changed['k6'], changed['more']]).toEqual([{ i: 'new' }, null, 1]);
    expect(changed['k7']).toBe(large['k7']);
    expect(Object.isFrozen(changed)).toBe(true);
    expect(Object.getPrototypeOf(changed)).toBe(Object.prototype);
    const again = withValue(withValue(changed, ['k7'], undefined), ['__proto__'], 2);
    expect(Object.keys(again)).toEqual([...Object.keys(changed).filter((name) => name !== 'k7'), '__proto__']);
    expect(Object.getPrototypeOf(again)).toBe(Object.prototype);
  });

  // Up to 8 values are put in one by one.
  test.each([3, 30])('%i values at once come to what they come to one after the other', (count) => {
    const rounds: readonly PathValue[] = [
      [['a', 'x'], undefined],
      [['a', 'new', 'deep'], 1],
      [['b', 'x'], 2],
      [['a'], { only: 1 }],
      [['a', 'y'], 3],
      [['new'], 4],
      [['new'], undefined],
      [['later', 'x'], 5],
      [['later'], 6],
      [['b'], undefined],
      [['b', 'again'], 7],
      [['list'], [{ x: 1 }, { x: 2 }]],
      [['list', '1', 'x'], 3],
    ];
    for (let from = 0; from < rounds.length; from++) {
      const values = Array.from({ length: count }, (_, i) => rounds[(from + i) % rounds.length] as PathValue);
      const oneByOne = values.reduce<JsonObject>((made, [path, value]) => withValue(made, path, value), tree);
      const together = withValues(tree, values);
      expect(together).toEqual(oneByOne);
      expect(Object.isFrozen(together)).toBe(true);
    }
  });

  test('of many values, a group is at the place where its first value was put', () => {
    const values = Array.from({ length: 9 }, (_, i): PathValue => [[`g${i % 3}`, `x${i}`], i]);
    const expected = { c: 0, g0: { x0: 0, x3: 3, x6: 6 }, g1: { x1: 1, x4: 4, x7: 7 }, g2: { x2: 2, x5: 5, x8: 8 } };
    expect(JSON.stringify(withValues({ c: 0 }, values))).toBe(JSON.stringify(expected));
  });
});

test('an object of names has each as an own member', () => {
  const made = objectOf(['b', '__proto__', 'a'], (name) => `of ${name}`);
  expect(Object.entries(made)).toEqual([
    ['b', 'of b'],
    ['__proto__', 'of __proto__'],
    ['a', 'of a'],
  ]);
  expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
});

test.each([
  [reserved, true],
  [{ a: [1, { b: reserved }] }, true],
  [[reserved], true],
  [{ a: [1, { b: 1 }], c: null }, false],
  [Object.assign(new Point(), { y: reserved }), false],
  ['__proto__', false],
])('%j has the reserved name: %s', (value, expected) => {
  expect(hasReservedName(value)).toBe(expected);
});

describe('a frozen copy', () => {
  test.each([
    ['a small object', { a: { b: [1, { c: 2 }] } }],
    ['a large object', { a: largeObject() }],
  ])('of %s has its values, and does not change', (_, value) => {
    const copy = frozenCopy(value) as { a: Record<string, unknown> };
    expect(copy).toEqual(value);
    expect(copy.a).not.toBe(value.a);
    for (const part of [copy, copy.a, ...Object.values(copy.a)]) expect(Object.isFrozen(part)).toBe(true);
    expect(Object.isFrozen(value)).toBe(false);
  });

  test('has no member of the reserved name, and instances as they are', () => {
    const point = new Point();
    const large = Object.defineProperty(largeObject(), '__proto__', { value: 1, enumerable: true });
    expect(Object.hasOwn(frozenCopy({ a: 1, ...(reserved as object) }) as object, '__proto__')).toBe(false);
    expect(Object.keys(frozenCopy(JSON.parse('{"__proto__": 1, "a": 2}')) as object)).toEqual(['a']);
    expect(Object.keys(frozenCopy(large) as object)).toEqual(Object.keys(largeObject()));
    expect(frozenCopy([point])).toEqual([point]);
    expect((frozenCopy({ point }) as { point: Point }).point).toBe(point);
    expect(Object.isFrozen(point)).toBe(false);
    expect([frozenCopy(null), frozenCopy('a')]).toEqual([null, 'a']);
  });

  test('of a large object is not copied again', () => {
    const copy = frozenCopy(largeObject());
    expect(frozenCopy(copy)).toBe(copy);
    const small = frozenCopy({ a: 1 });
    expect(frozenCopy(small)).not.toBe(small);
  });
});

// Members of many objects are compared in both directions.
test.each<readonly [unknown, unknown, boolean]>([
  [1, 1, true],
  [0, -0, true],
  [Number.NaN, Number.NaN, true],
  [1, '1', false],
  [null, undefined, false],
  [null, {}, false],
  [{ a: 1, b: [1, { c: 2 }] }, { b: [1, { c: 2 }], a: 1 }, true],
  [{ a: 1 }, { a: 2 }, false],
  [{ a: 1 }, { b: 1 }, false],
  [{ a: undefined }, { b: undefined }, false],
  [{ toString: undefined }, { a: undefined }, false],
  [{ a: 1 }, { a: 1, b: 1 }, false],
  [[1, 2], [1, 2], true],
  [[1, 2], [2, 1], false],
  [[1], [1, 2], false],
  [[], {}, false],
  [[1], { 0: 1, length: 1 }, false],
  [new Array(1), [1], false],
  [/a/i, /a/i, true],
  [/a/i, /a/g, false],
  [/a/, '/a/', false],
  [/a/, {}, false],
  [new Point(), new Point(), false],
  [new Point(), { x: 1 }, false],
])('%o and %o mean the same: %s', (a, b, expected) => {
  expect([isEqual(a, b), isEqual(b, a)]).toEqual([expected, expected]);
});

const NO_JSON = 'must be a value that JSON can hold';

test.each([
  ['a text', 'a', undefined],
  ['a number', 1, undefined],
  ['a list and an object', { a: [1, true, null, { b: 'c' }] }, undefined],
  ['an infinite number', [Number.POSITIVE_INFINITY], 'must be a finite number'],
  ['undefined', { a: undefined }, NO_JSON],
  ['a hole of a list', new Array(1), NO_JSON],
  ['an instance', new Point(), NO_JSON],
  ['a bigint', { a: [1n] }, NO_JSON],
  ['the reserved name', { a: reserved }, 'must not have a member called __proto__'],
  ['a list that has that name', Object.defineProperty([], '__proto__', { value: 1 }), undefined],
  ['a value of 256 levels', nested(MAX_DEPTH), undefined],
  ['a value of 257 levels', nested(MAX_DEPTH + 1), undefined],
  [
    'a value in 257 levels',
    JSON.parse(`${'['.repeat(257)}1${']'.repeat(257)}`),
    'must not be nested deeper than 256 levels',
  ],
])('why %s is not JSON', (_, value, problem) => {
  expect(jsonProblem(value)).toBe(problem);
});

const ring: unknown[] = [];
ring.push({ ring });
const parent = Object.assign(new Point(), { toJSON: () => ({ parent }) });
const alike = { shared: 1 };

test.each<readonly [string, unknown, unknown]>([
  ['a text', 'a', { value: 'a' }],
  ['null', null, { value: null }],
  ['-0, which a file would give back as 0', -0, { value: 0 }],
  ['-0 in a list', [-0], { value: [-0] }],
  ['a tree', { a: [1, true, null, { b: 'c' }] }, { value: { a: [1, true, null, { b: 'c' }] } }],
  ['one object at two places', [alike, { alike }], { value: [alike, { alike }] }],
  ['a date', { at: new Date(0) }, { value: { at: '1970-01-01T00:00:00.000Z' } }],
  ['a URL', new URL('http://a/'), { value: 'http://a/' }],
  ['an object with a toJSON of its own', { toJSON: 1 }, { value: { toJSON: 1 } }],
  ['an invalid date', [new Date(Number.NaN)], { problem: 'must be a valid date at [0]' }],
  ['NaN', Number.NaN, { problem: 'must be a finite number' }],
  ['an infinite number', { a: [0, -1 / 0] }, { problem: 'must be a finite number at ["a"][1]' }],
  ['a function', { 'a b': () => 1 }, { problem: `${NO_JSON} at ["a b"]` }],
  ['undefined', undefined, { problem: NO_JSON }],
  ['a hole of a list', new Array(1), { problem: `${NO_JSON} at [0]` }],
  ['an instance', new Point(), { problem: NO_JSON }],
  ['the reserved name', { a: reserved }, { problem: 'must not have a member called __proto__ at ["a"]' }],
  ['a member named by a symbol', { [Symbol('s')]: 1 }, { problem: 'must not have a member that is named by a symbol' }],
  ['a list that contains itself', ring, { problem: 'must not contain itself at [0]["ring"]' }],
  ['an instance whose toJSON returns it', parent, { problem: 'must not contain itself at ["parent"]' }],
  ['a value of 257 levels', nested(MAX_DEPTH + 1), { value: nested(MAX_DEPTH + 1) }],
])('a copy of %s', (_, value, copy) => {
  expect(jsonCopy(value)).toEqual(copy);
});

test('the problem of a part that is deep in a value shows the beginning of its path', () => {
  const deep = (levels: number, part: unknown): unknown => (levels === 0 ? part : [deep(levels - 1, part)]);
  expect(jsonCopy(deep(8, 1n))).toEqual({ problem: `${NO_JSON} at ${'[0]'.repeat(8)}` });
  expect(jsonCopy(deep(9, 1n))).toEqual({ problem: `${NO_JSON} at ${'[0]'.repeat(8)}…` });
  expect(jsonCopy(deep(MAX_DEPTH + 1, 1))).toEqual({
    problem: `must not be nested deeper than 256 levels at ${'[0]'.repeat(8)}…`,
  });
});

test('a copy rethrows what a member or a toJSON throws, and reads every member once', () => {
  let reads = 0;
  const counted = Object.defineProperty({}, 'a', { enumerable: true, get: () => ++reads });
  expect(jsonCopy(counted)).toEqual({ value: { a: 1 } });
  expect(() => jsonCopy(Object.assign(new Point(), { toJSON: () => JSON.parse('{') }))).toThrow(SyntaxError);
});

test.each<readonly [unknown, unknown]>([
  [/a/, 'a'],
  [/a/i, '/a/i'],
  [12n, '12'],
  [() => 1, undefined],
  [undefined, undefined],
  [
    { a: undefined, b: [() => 1], c: null },
    { b: [undefined], c: null },
  ],
  [new Point(), { x: 1 }],
  [new Date(0), '1970-01-01T00:00:00.000Z'],
])('%o as JSON can hold it is %o', (value, plain) => {
  expect(plainJson(value)).toStrictEqual(plain);
});

test.each([
  ['a', 0, false],
  [null, 0, false],
  [{}, 0, true],
  [[], 1, false],
  [{ a: 1, b: [1] }, 1, true],
  [{ a: 1, b: [1] }, 2, false],
])('%j is deeper than %i levels: %s', (value, levels, expected) => {
  expect(isDeeper(value, levels)).toBe(expected);
});
