import { describe, expect, test } from 'vitest';
import type { JsonEdit } from '../../src/json/edit.ts';
import { JsonSyntaxError } from '../../src/json/parse.ts';
import { editJsonText } from './edited.ts';

/** The text after edits by dotted path. */
function edited(text: string, ...edits: readonly (readonly [path: string, value: unknown])[]): string {
  const wanted = edits.map(([path, value]): JsonEdit => ({ path: path.split('.'), value }));
  return editJsonText(text, wanted, { comments: true });
}

test.each([
  ['an equal value', '{"a": 1.0, "b": -0}', ['a', 1], '{"a": 1.0, "b": -0}'],
  ['an equal number too large', '{"a": 9223372036854775807}', ['a', 2 ** 63], '{"a": 9223372036854775807}'],
  ['an equal string', '{"a": "\\u0041\\/"}', ['a', 'A/'], '{"a": "\\u0041\\/"}'],
  ['a number', '{"a" : 1.0 , "b":2}', ['a', 1.5], '{"a" : 1.5 , "b":2}'],
  ['a text', '{"a": 1}', ['a', 'é"\n\ud800'], '{"a": "é\\"\\n\\ud800"}'],
  ['null', '{"a": 1}', ['a', null], '{"a": null}'],
  ['the last of one name', '{"a": 1, "a": 2}', ['a', 3], '{"a": 1, "a": 3}'],
  ['an item', '{"a": [1.0, 2.0, 3.0]}', ['a', [1, 5, 3]], '{"a": [1.0, 5, 3.0]}'],
  ['an item of a list with comments', '{"a": [\n 1, // x\n 2\n]}', ['a', [0, 2]], '{"a": [\n 0, // x\n 2\n]}'],
  ['a longer list in a line', '{"a": [1.0, 2]}', ['a', [1, 2, 3]], '{"a": [1.0, 2, 3]}'],
  ['a longer compact list', '{"a":[1,2]}', ['a', [1, 2, 3]], '{"a":[1,2,3]}'],
  ['a longer list in lines', '{"a": [\n\t1 // x\n]}', ['a', [1, 2]], '{"a": [\n\t1, // x\n\t2\n]}'],
  [
    'a list without one item',
    '{"a": [\n 1, // x\n 2, // y\n 3 // z\n]}',
    ['a', [1, 3]],
    '{"a": [\n 1, // x\n 3 // z\n]}',
  ],
  ['a list without its last', '{"a": [1, 2, 3]}', ['a', [1, 2]], '{"a": [1, 2]}'],
  ['an emptied list', '{"a": [1, 2, 3]}', ['a', []], '{"a": []}'],
  ['a list by a text', '{"a": [1, 2, 3]}', ['a', 'x'], '{"a": "x"}'],
  ['an object', '{"a": {"x": 1.0, "y": 2}}', ['a', { x: 1, y: 3 }], '{"a": {"x": 1.0, "y": 3}}'],
  [
    'an object by others',
    '{"a": {\n "x": 1, // x\n "y": 2\n}}',
    ['a', { y: 2, z: 3 }],
    '{"a": {\n "y": 2,\n "z": 3\n}}',
  ],
  [
    'an object in another order',
    '{"a": {\n  "y": 2.0\n}}',
    ['a', { x: 1, y: 2 }],
    '{"a": {\n  "x": 1,\n  "y": 2.0\n}}',
  ],
  ['an emptied object', '{"a": { "x": 1 }}', ['a', {}], '{"a": {}}'],
  ['a scalar by an object', '{\n\t"a": 1\n}', ['a', { x: [] }], '{\n\t"a": {\n\t\t"x": []\n\t}\n}'],
  ['a scalar by an object in a line', '{"a":1}', ['a', { x: [1, 2] }], '{"a":{"x":[1,2]}}'],
  ['a date', '{"a": 1}', ['a', new Date(0)], '{"a": "1970-01-01T00:00:00.000Z"}'],
] as const)('replaces by %s', (_, text, edit, after) => {
  expect(edited(text, edit)).toBe(after);
});

test.each([
  ['in lines', '{\n  "a": 1\n}\n', '{\n  "a": 1,\n  "new": 2\n}\n'],
  ['in lines with tabs and CRLF', '{\r\n\t"a": 1\r\n}', '{\r\n\t"a": 1,\r\n\t"new": 2\r\n}'],
  ['in a line', '{ "a": 1 }', '{ "a": 1, "new": 2 }'],
  ['compactly', '{"a":1}', '{"a":1,"new":2}'],
  ['with spaces before colons', '{"a" : 1}', '{"a" : 1, "new" : 2}'],
  ['behind a comment', '{\n  "a": 1 // x\n  // y\n}', '{\n  "a": 1, // x\n  // y\n  "new": 2\n}'],
  ['behind a comment in a line', '{ "a": 1 /* x */ }', '{ "a": 1, /* x */ "new": 2 }'],
  ['behind a comment to the end of a line', '{ "a": 1 // x\n}', '{ "a": 1, // x\n  "new": 2\n}'],
  ['with a trailing comma', '{\n  "a": 1, // x\n}', '{\n  "a": 1, // x\n  "new": 2,\n}'],
  ['with a trailing comma in a line', '{ "a": 1, }', '{ "a": 1, "new": 2, }'],
  ['without blank lines', '{\n\n  "a": 1\n\n}', '{\n\n  "a": 1,\n  "new": 2\n\n}'],
  ['where siblings share lines', '{\n  "a": 1, "b": 2\n}', '{\n  "a": 1, "b": 2, "new": 2\n}'],
  ['to nothing', '{}', '{\n  "new": 2\n}'],
  ['to a blank line', '{\r\n}\r\n', '{\r\n  "new": 2\r\n\r\n}\r\n'],
  ['to a line break of another kind', '\r{\n}', '\r{\n  "new": 2\n\n}'],
  ['to a comment', '{\n  // none\n}', '{\n  // none\n  "new": 2\n}'],
] as const)('adds %s', (_, text, after) => {
  expect(edited(text, ['new', 2])).toBe(after);
  expect(edited(after, ['new', undefined])).toBe(text);
});

test.each([
  ['in lines', '{\n\t"a": 1\n}', '{\n\t"a": 1,\n\t"b": {\n\t\t"c": {\n\t\t\t"d": [1, 2]\n\t\t}\n\t}\n}'],
  ['in a line', '{ "a": 1 }', '{ "a": 1, "b": {"c": {"d": [1, 2]}} }'],
  ['compactly', '{"a":1}', '{"a":1,"b":{"c":{"d":[1,2]}}}'],
  ['in an empty group', '{"b": {}}', '{"b": { "c": {"d": [1, 2]} }}'],
  ['in an empty group with a line break', '{\n "b": {\n }\n}', '{\n "b": {\n  "c": {\n   "d": [1, 2]\n  }\n\n }\n}'],
  ['in a group', '{\n  "b": { "x": 1 }\n}', '{\n  "b": { "x": 1, "c": {"d": [1, 2]} }\n}'],
] as const)('adds missing groups %s, and removes them when they become empty', (_, text, after) => {
  expect(edited(text, ['b.c.d', [1, 2]])).toBe(after);
  expect(edited(after, ['b.c.d', undefined])).toBe(text);
});

test.each([
  ['a line', '{\n  "a": 1,\n  "b": 2,\n  "c": 3\n}', '{\n  "a": 1,\n  "c": 3\n}'],
  ['a line with its comment', '{\n  "a": 1, // a\n  "b": 2, // b\n  "c": 3\n}', '{\n  "a": 1, // a\n  "c": 3\n}'],
  [
    'a comment that is above it alone',
    '{\n  "a": 1,\n  // above\n  "b": 2, // b\n\n  "c": 3\n}',
    '{\n  "a": 1,\n\n  "c": 3\n}',
  ],
  [
    'the first with its comments',
    '{\n  // one\n  /* two\n   * lines */\n  "b": 1,\n  // c\n  "c": 2\n}',
    '{\n  // c\n  "c": 2\n}',
  ],
  ['no comment above an empty line', '{\n  // all\n\n  // b\n  "b": 1,\n\n  "c": 2\n}', '{\n  // all\n\n  "c": 2\n}'],
  [
    'no comment of the line above',
    '{\n  "a": 1, // a\n  // b\n  "b": 2,\n  // c\n  "c": 3\n}',
    '{\n  "a": 1, // a\n  // c\n  "c": 3\n}',
  ],
  [
    'no comment above several',
    '{\n  "a": 1,\n  // above\n  "b": 2,\n  "c": 3\n}',
    '{\n  "a": 1,\n  // above\n  "c": 3\n}',
  ],
  ['the last', '{\n  "a": 1, // a\n  "b": 2 // b\n}', '{\n  "a": 1 // a\n}'],
  ['the last before a trailing comma', '{\n  "a": 1,\n  "b": 2, // b\n}', '{\n  "a": 1,\n}'],
  ['the last behind a comment in the line', '{ "a": 1, // a\n  "b": 2 }', '{ "a": 1 // a\n   }'],
  ['the first', '{\n  "b": 2, // b\n  // about c\n  "c": 3\n}', '{\n  // about c\n  "c": 3\n}'],
  ['the first in a line', '{"b": 2, "c": 3}', '{"c": 3}'],
  ['one in a line', '{ "a": 1, "b": 2, "c": 3 }', '{ "a": 1, "c": 3 }'],
  [
    'one in a line but not the comment on two',
    '{ "a": 1, "b": 2, // a, b\n  "c": 3 }',
    '{ "a": 1, // a, b\n  "c": 3 }',
  ],
  ['one that shares its line', '{\n  "a": 1, // a\n  "b": 2, "c": 3\n}', '{\n  "a": 1, // a\n  "c": 3\n}'],
  ['one with commas in front', '{ "a": 1 // a\n, "b": 2 // b\n, "c": 3\n}', '{ "a": 1 // a\n, "c": 3\n}'],
  ['all of one name', '{"b": 1, "a": 1, "b": 2, "b": 3}', '{"a": 1}'],
  ['the only one of the root', '{"b": 1}', '{}'],
  ['all but a comment', '{\n  // about b\n  "b": 1\n}', '{\n  // about b\n}'],
  ['nothing that is not there', '{"a": {"c": 1}}', '{"a": {"c": 1}}'],
])('removes %s', (_, text, after) => {
  expect(edited(text, ['b', undefined])).toBe(after);
});

test.each([
  ['with it', '{"a": {"b": {"c": 1}}, "d": 2}', '{"d": 2}'],
  ['with it and all of its name', '{"a": 1, "a": {"b": {"c": 1}}, "d": 2}', '{"d": 2}'],
  ['in lines', '{\n  "a": {\n    "b": {\n      "c": 1\n    }\n  }\n}', '{}'],
  ['but not a comment', '{"a": {"b": {"c": 1 /* x */}}}', '{"a": {"b": { /* x */}}}'],
  ['but not padded in a line', '{"a": {"b": { "c": 1 }}}', '{"a": {"b": {}}}'],
  ['but not others', '{"a": {"b": {"c": 1}, "e": {}}}', '{"a": {"e": {}}}'],
])('removes the groups that become empty %s', (_, text, after) => {
  expect(edited(text, ['a.b.c', undefined])).toBe(after);
});

describe('an empty text becomes a document', () => {
  const made = '{\n  "a": {\n    "b": 1\n  }\n}\n';
  test.each([
    ['', made],
    ['\ufeff', `\ufeff${made}`],
    [' \n', made],
    ['\r\n', made.replaceAll('\n', '\r\n')],
    ['// x', `// x\n${made}`],
    ['// x\n\n', `// x\n\n${made}`],
    ['\ufeff/* x */ // y\r\n', `\ufeff/* x */ // y\r\n${made.replaceAll('\n', '\r\n')}`],
  ])('%j', (text, after) => {
    expect(edited(text, ['a.b', 1])).toBe(after);
    expect(edited(text, ['a.b', undefined])).toBe(text);
  });
});

describe('edits together', () => {
  test('come to what they come to one after the other', () => {
    expect(edited('{"a": 1, "b": 2}', ['a', undefined], ['c', 3], ['b', 4], ['c', 5])).toBe('{"b": 4, "c": 5}');
    expect(edited('{"a": 1}', ['a', undefined], ['a', 2])).toBe('{"a": 2}');
    expect(edited('{"a": {"x": 1}}', ['a', undefined], ['a.y', 2])).toBe('{"a": {"y": 2}}');
    expect(edited('{"a": 1}', ['a', { x: 1 }], ['a.y', 2], ['a.x', undefined])).toBe('{"a": {"y": 2}}');
    expect(edited('{"a": 1}', ['a', {}], ['a.y', undefined])).toBe('{"a": {}}');
    expect(edited('{"a": 1, "b": 2}', ['a', { x: 1 }], ['a.x', undefined])).toBe('{"b": 2}');
    expect(edited('{"a": {"x": 1}}', ['a.y', 2], ['a', 3])).toBe('{"a": 3}');
  });

  test('may replace all members', () => {
    expect(edited('{\n  "a": 1, // a\n  "b": 2, // b\n}', ['a', undefined], ['b', undefined], ['c', 3], ['d', 4])).toBe(
      '{\n  "c": 3,\n  "d": 4,\n}',
    );
  });

  test('may be many', () => {
    const names = [...Array(3_000).keys()].map((index) => `name${index}`);
    const text = edited('{}', ...names.map((name) => [`${name}.${name}`, { on: true }] as const));
    const off = edited(text, ...names.map((name) => [`${name}.${name}`, { on: false }] as const));
    expect(off).toBe(text.replaceAll('true', 'false'));
    expect(edited(off, ...names.map((name) => [`${name}.${name}`, undefined] as const))).toBe('{}');
  });
});

describe('refuses', () => {
  test.each([
    ['NaN', Number.NaN],
    ['an infinite number in a list', [Number.POSITIVE_INFINITY]],
    ['a function', () => 1],
    ['a function in an object', { f: () => 1 }],
    ['undefined in a list', [undefined]],
    ['a bigint', 1n],
    ['a symbol', Symbol('x')],
  ])('%s as a value', (_, value) => {
    expect(() => edited('{}', ['a', value])).toThrow(TypeError);
  });

  test('a value that contains itself, or is too deep to be read again', () => {
    const ring: { self?: unknown } = {};
    ring.self = ring;
    expect(() => edited('{}', ['a', ring])).toThrow(TypeError);
    const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
    expect(() => edited('{}', ['a', nested(512)])).toThrow(TypeError);
    const deepest = edited('{}', ['a', nested(511)]);
    expect(edited(deepest, ['a', undefined])).toBe('{}');
    expect(() => edited('{}', ['a.'.repeat(600), 1])).toThrow(TypeError);
  });

  test('an empty path, an invalid text, and a path through a value', () => {
    expect(() => editJsonText('{}', [{ path: [], value: 1 }], { comments: false })).toThrow(TypeError);
    expect(() => editJsonText('{', [], { comments: false })).toThrow(JsonSyntaxError);
    expect(() => editJsonText('{"a": 1,}', [], { comments: false })).toThrow(JsonSyntaxError);
    expect(() => edited('{"a": 1}', ['a.b', 1])).toThrow('where an object is needed');
    expect(() => edited('[]', ['a', 1])).toThrow('where an object is needed');
    expect(edited('{"a": 1}', ['a.b', undefined])).toBe('{"a": 1}');
    expect(edited('[]', ['a', undefined])).toBe('[]');
  });
});

test('leaves members of a value that are undefined out, and writes reserved names as text', () => {
  expect(edited('{}', ['a', { x: undefined, y: 1 }])).toBe('{\n  "a": {\n    "y": 1\n  }\n}');
  expect(edited('{"a":1}', ['__proto__.x', 1])).toBe('{"a":1,"__proto__":{"x":1}}');
  expect(edited('{"a":1}', ['a', JSON.parse('{"__proto__": 1}')])).toBe('{"a":{"__proto__":1}}');
});

test.each(['1', '{ "a": 1 }', ''])('an edit of %j without a path is refused', (text) => {
  expect(() => editJsonText(text, [{ path: [], value: 2 }], { comments: false })).toThrow(TypeError);
});
