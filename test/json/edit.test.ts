import { describe, expect, test } from 'vitest';
import { editJson, type JsonEdit } from '../../src/json/edit.ts';
import { JsonSyntaxError, parseJson } from '../../src/json/parse.ts';
import { editJsonText } from './edited.ts';

/** The text after edits by dotted path. */
function edited(text: string, ...edits: readonly (readonly [path: string, value: unknown])[]): string {
  const wanted = edits.map(([path, value]): JsonEdit => ({ path: path.split('.'), value }));
  return editJsonText(text, wanted, { comments: true });
}

/** Both texts, and both with the other kinds of line breaks, unless they have those already. */
function withLineBreaks(text: string, after: string): readonly (readonly [text: string, after: string])[] {
  if (text.includes('\r') || !text.includes('\n')) return [[text, after]];
  return ['\n', '\r\n', '\r'].map((lineBreak) => [text.replaceAll('\n', lineBreak), after.replaceAll('\n', lineBreak)]);
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
  ['a list by an object', '{"a": [1]}', ['a', { 0: 1 }], '{"a": {"0": 1}}'],
  ['an object by a list', '{"a": {"0": 1}}', ['a', [1]], '{"a": [1]}'],
  ['an object by null', '{"a": {"x": 1}}', ['a', null], '{"a": null}'],
  ['an object by a text', '{"a": {"0": "x"}}', ['a', 'x'], '{"a": "x"}'],
  ['a filled list', '{"a": []}', ['a', [1, 2]], '{"a": [1, 2]}'],
  ['a filled object', '{"a": {}}', ['a', { x: 1 }], '{"a": {"x": 1}}'],
  ['an emptied object without blanks', '{"a": {"x": 1}}', ['a', {}], '{"a": {}}'],
  [
    'a list without two items',
    '{"a": [\n 1, // x\n 2, // y\n 3, // z\n 4\n]}',
    ['a', [1, 4]],
    '{"a": [\n 1, // x\n 4\n]}',
  ],
  ['a list without one item, and another', '{"a": [1.0, 2, 3, 4.0]}', ['a', [1, 5, 4]], '{"a": [1.0, 5, 4.0]}'],
  [
    'a list with an object in place of an item',
    '{"a": [\n  1,\n  2\n]}',
    ['a', [1, { x: 1 }]],
    '{"a": [\n  1,\n  {\n    "x": 1\n  }\n]}',
  ],
  ['a list with an object more', '{"a": [\n  1\n]}', ['a', [1, { x: [] }]], '{"a": [\n  1,\n  {\n    "x": []\n  }\n]}'],
  [
    'a list without one of its objects',
    '{"a": [\n {"x": 1, "y": [1]}, // 1\n {"x": 1, "y": [1, 2]}, // 2\n {"x": 1} // 3\n]}',
    ['a', [{ x: 1, y: [1] }, { x: 1 }]],
    '{"a": [\n {"x": 1, "y": [1]}, // 1\n {"x": 1} // 3\n]}',
  ],
  [
    'an object with another member',
    '{"a": {\n "x": 1, // x\n "y": 2\n}}',
    ['a', { x: 1, y: 3 }],
    '{"a": {\n "x": 1, // x\n "y": 3\n}}',
  ],
  [
    'an object with a member more',
    '{"a": {\n "x": 1, // x\n "y": 2\n}}',
    ['a', { x: 1, y: 2, z: 3 }],
    '{"a": {\n "x": 1, // x\n "y": 2,\n "z": 3\n}}',
  ],
  [
    'an object without its last',
    '{"a": {\n "x": 1, // x\n "y": 2, // y\n "z": 3\n}}',
    ['a', { x: 1, y: 2 }],
    '{"a": {\n "x": 1, // x\n "y": 2 // y\n}}',
  ],
  ['the same names in another order', '{"a": {"x": 1, "y": 2}}', ['a', { y: 2, x: 3 }], '{"a": {"x": 3, "y": 2}}'],
  ['a name between others', '{"a": {"x": 1, "y": 2}}', ['a', { x: 1, z: 3, y: 2 }], '{"a": {"x": 1, "z": 3, "y": 2}}'],
  ['an object with one name twice', '{"a": {"x": 1, "x": 2}}', ['a', { x: 3, y: 4 }], '{"a": {"x": 3, "y": 4}}'],
  ['a member in front of one', '{"a": {"y": 2}}', ['a', { x: 1, y: 2 }], '{"a": {"x": 1, "y": 2}}'],
  ['a member in front of a padded one', '{"a": { "y": 2 }}', ['a', { x: 1, y: 2 }], '{"a": { "x": 1, "y": 2 }}'],
  [
    'a member in front of one below an empty line',
    '{"a": {\n\n  "y": 2\n}}',
    ['a', { x: 1, y: 2 }],
    '{"a": {\n  "x": 1,\n  "y": 2\n}}',
  ],
  [
    'a member in front of two',
    '{"a": { "x": 1,"y": 2 }}',
    ['a', { z: 0, x: 1, y: 2 }],
    '{"a": { "z": 0,"x": 1,"y": 2 }}',
  ],
  ['a member in front of a comment', '{"a": { /* y */ "y": 2 }}', ['a', { x: 1, y: 2 }], '{"a": {"x": 1, "y": 2 }}'],
  [
    'a member in front of a list and an object',
    '{"a": {"y": [1.0, {"z": 1e1, "u": []}]}}',
    ['a', { x: 0, y: [1, { u: [], z: 10 }] }],
    '{"a": {"x": 0, "y": [1.0, {"z": 1e1, "u": []}]}}',
  ],
  [
    'a member in front of a list that changes',
    '{"a": {"y": [1.0, {"z": 1e1}]}}',
    ['a', { x: 0, y: [1, { z: 11 }] }],
    '{"a": {"x": 0, "y": [1.0, {"z": 11}]}}',
  ],
  [
    'a member in front of a list that becomes longer and one that becomes shorter',
    '{"a": {"y": [ 1.0 ], "z": [ 2.0,3 ]}}',
    ['a', { x: 0, y: [1, 2], z: [2] }],
    '{"a": {"x": 0, "y": [ 1.0, 2 ], "z": [ 2.0 ]}}',
  ],
  [
    'a member in front of values of another kind',
    '{"a": {"u": [], "v": {}, "w": [ 1 ], "y": { "z": 1 }}}',
    ['a', { x: 0, u: [1], v: { z: 1 }, w: { 0: 1 }, y: [1] }],
    '{"a": {"x": 0, "u": [1], "v": {"z": 1}, "w": {"0": 1}, "y": [1]}}',
  ],
] as const)('replaces by %s', (_, text, edit, after) => {
  for (const [before, then] of withLineBreaks(text, after)) expect(edited(before, edit)).toBe(then);
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
  ['to a comment in a line', '{ /* none */ }', '{ /* none */ "new": 2 }'],
  ['to a comment behind a line break', '{\n    /* none */ }', '{\n    /* none */\n  "new": 2 }'],
  ['to a comment to the end of a line', '{ // none\n  }', '{ // none\n    "new": 2\n  }'],
  ['where the separators are others', '{"a": 1,"b": 2}', '{"a": 1,"b": 2,"new": 2}'],
  ['behind a comment on the next line', '{ "a": 1\n /* x */ }', '{ "a": 1,\n /* x */\n  "new": 2 }'],
  ['behind a line of another kind', '\r\n{ "a": 1 // x\n}', '\r\n{ "a": 1, // x\n  "new": 2\n}'],
  ['after a comment before a colon', '{ "a" /* x */: 1 }', '{ "a" /* x */: 1, "new": 2 }'],
  ['after a comment behind a colon', '{ "a" :/* x */1 }', '{ "a" :/* x */1, "new": 2 }'],
  ['to nothing behind CR', '\r{}', '\r{\r  "new": 2\r}'],
  ['to nothing before CR', '{}\r', '{\r  "new": 2\r}\r'],
  ['to nothing before LF and CR', ' \n{}\r', ' \n{\n  "new": 2\n}\r'],
  ['to a line break behind CRLF', '\r\n{\n}', '\r\n{\r\n  "new": 2\r\n\n}'],
] as const)('adds %s', (_, text, after) => {
  for (const [before, then] of withLineBreaks(text, after)) {
    expect(edited(before, ['new', 2])).toBe(then);
    expect(edited(then, ['new', undefined])).toBe(before);
  }
});

test.each([
  [
    'the indentation of the last member',
    '{ "a": 1,\n    "b": 2\n}',
    '{ "a": 1,\n    "b": 2,\n    "new": {\n        "x": 1\n    }\n}',
  ],
  ['line breaks of the last member', '\r\n{\n "a": 1\n}', '\r\n{\n "a": 1,\n "new": {\n  "x": 1\n }\n}'],
  ['the usual indentation where members have none', '{\n"a": 1\n}', '{\n"a": 1,\n"new": {\n  "x": 1\n}\n}'],
  [
    'the usual indentation where tabs come first',
    '{\n\t "a": 1\n }',
    '{\n\t "a": 1,\n\t "new": {\n\t   "x": 1\n\t }\n }',
  ],
])('adds an object with %s', (_, text, after) => {
  expect(edited(text, ['new', { x: 1 }])).toBe(after);
});

test('adds an object to a group with the indentation of the group', () => {
  const text = '{\n    "g": {\n      "x": 1\n    }\n}';
  const after = '{\n    "g": {\n      "x": 1,\n      "y": {\n        "z": 1\n      }\n    }\n}';
  expect(edited(text, ['g.y', { z: 1 }])).toBe(after);
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
  ['nothing of an empty object', '{}', '{}'],
  ['the last, but not the comment above it', '{\n  "a": 1,\n  // above\n  "b": 2\n\n}', '{\n  "a": 1\n  // above\n\n}'],
  [
    'no block comment above an empty line',
    '{\n  /* all */\n\n  // b\n  "b": 1,\n\n  "c": 2\n}',
    '{\n  /* all */\n\n  "c": 2\n}',
  ],
  [
    'no comment above one that shares its line',
    '{\n  "a": 1,\n  // x\n  /* y */ "b": 2,\n\n  "c": 3\n}',
    '{\n  "a": 1,\n  // x\n  /* y */\n\n  "c": 3\n}',
  ],
  ['two comments of a line', '{\n  "a": 1,\n  "b": 2, /* b */ // b too\n  "c": 3\n}', '{\n  "a": 1,\n  "c": 3\n}'],
  ['no comment of the next in its line', '{\n  "b": 2, /* c */ "c": 3\n}', '{\n  /* c */ "c": 3\n}'],
  ['the comment before a closing bracket', '{ "a": 1,\n  "b": 2 /* b */ }', '{ "a": 1 }'],
])('removes %s', (_, text, after) => {
  for (const [before, then] of withLineBreaks(text, after)) expect(edited(before, ['b', undefined])).toBe(then);
});

test('removes two members and what is above the first, but not the line break after a comment', () => {
  const text = '{ "a": 1, // a\n  // b\n  "b": 2,\n\n  "c": 3 }';
  expect(edited(text, ['b', undefined], ['c', undefined])).toBe('{ "a": 1 // a\n   }');
});

test('removes the last with its comment where another takes its place', () => {
  expect(edited('{ "a": 1,\n  "b": 2 /* b */ }', ['b', undefined], ['new', 3])).toBe('{ "a": 1,\n  "new": 3 }');
});

const DIGITS = (count: number): string => Array(count).fill('1').join(', ');

test.each<readonly [string, unknown, string]>([
  ['of 60 characters', ['x'.repeat(55)], `["${'x'.repeat(55)}"]`],
  ['of 61 characters', ['x'.repeat(56)], `[\n    "${'x'.repeat(56)}"\n  ]`],
  ['of 19 numbers', Array(19).fill(1), `[${DIGITS(19)}]`],
  ['of 20 numbers', Array(20).fill(1), `[\n    ${DIGITS(20).replaceAll(' ', '\n    ')}\n  ]`],
  ['of scalars', [null, 1, 'a', true], '[null, 1, "a", true]'],
  ['with a list', [[1], 2], '[\n    [1],\n    2\n  ]'],
  ['with an object', [2, {}], '[\n    2,\n    {}\n  ]'],
])('adds a list %s', (_, value, printed) => {
  expect(edited('{\n  "b": 1\n}', ['a', value])).toBe(`{\n  "b": 1,\n  "a": ${printed}\n}`);
});

test('removes the comment of an item before a closing bracket', () => {
  expect(edited('{"a": [1,\n  2 /* two */ ]}', ['a', [1]])).toBe('{"a": [1 ]}');
});

test.each([
  ['with it', '{"a": {"b": {"c": 1}}, "d": 2}', '{"d": 2}'],
  ['with it and all of its name', '{"a": 1, "a": {"b": {"c": 1}}, "d": 2}', '{"d": 2}'],
  ['in lines', '{\n  "a": {\n    "b": {\n      "c": 1\n    }\n  }\n}', '{}'],
  ['but not a comment', '{"a": {"b": {"c": 1 /* x */}}}', '{"a": {"b": { /* x */}}}'],
  ['but not padded in a line', '{"a": {"b": { "c": 1 }}}', '{"a": {"b": {}}}'],
  ['that begin a line, but do not end one', '{"a": {"b": {\n "c": 1 }}, "d": 2}', '{"d": 2}'],
  ['that end a line, but do not begin one', '{"a": {"b": { "c": 1\n }}, "d": 2}', '{"d": 2}'],
  ['below an empty line', '{"a": {"b": {\n\n  "c": 1\n\n }}, "d": 2}', '{"d": 2}'],
  ['padded on the left', '{"a": {"b": { "c": 1}}, "d": 2}', '{"d": 2}'],
  ['padded on the right', '{"a": {"b": {"c": 1 }}, "d": 2}', '{"d": 2}'],
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
    expect(edited('{"a": 1}', ['a', { x: 1 }], ['a.y', 2])).toBe('{"a": {"x": 1, "y": 2}}');
    expect(edited('{"a": {"x": 1}}', ['a', 3], ['a.y', undefined])).toBe('{"a": 3}');
    expect(edited('{"a": 1, "b": 2}', ['b', 4], ['a', 3])).toBe('{"a": 3, "b": 4}');
    expect(edited('{"a": 1}', ['a', 2], ['a', 3])).toBe('{"a": 3}');
    expect(() => edited('{"a": 1}', ['a', 3], ['a.y', 2])).toThrow('where an object is needed');
    expect(() => edited('{"a": 1}', ['a', [3]], ['a.0', 2])).toThrow('where an object is needed');
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
    ['a symbol in an object', { s: Symbol('x') }],
    ['what JSON leaves out', { toJSON: () => undefined }],
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
    expect(() => edited('{}', ['a', [1, null, nested(511), null]])).toThrow(TypeError);
    expect(edited('{"a": 1}', ['b.'.repeat(511), undefined])).toBe('{"a": 1}');
    expect(() => edited('{"a": 1}', ['b.'.repeat(512), undefined])).toThrow(TypeError);
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

test('an edit tells where it changed the text', () => {
  const splices = (text: string, ...edits: readonly JsonEdit[]) =>
    editJson(text, edits, parseJson(text, { comments: true }).root).splices;
  expect(splices('{"a": 1, "b": 2}', { path: ['b'], value: 3 }, { path: ['a'], value: 10 })).toEqual([
    { start: 6, end: 7, text: '10' },
    { start: 14, end: 15, text: '3' },
  ]);
  expect(splices('{"a": 1}', { path: ['a'], value: 1 })).toEqual([]);
  expect(splices('[]', { path: ['a'], value: undefined })).toEqual([]);
  expect(splices('', { path: ['a'], value: 1 })).toBeUndefined();
});

test('leaves members of a value that are undefined out, and writes reserved names as text', () => {
  expect(edited('{}', ['a', { x: undefined, y: 1 }])).toBe('{\n  "a": {\n    "y": 1\n  }\n}');
  expect(edited('{"a":1}', ['__proto__.x', 1])).toBe('{"a":1,"__proto__":{"x":1}}');
  expect(edited('{"a":1}', ['a', JSON.parse('{"__proto__": 1}')])).toBe('{"a":{"__proto__":1}}');
});

test.each(['1', '{ "a": 1 }', ''])('an edit of %j without a path is refused', (text) => {
  expect(() => editJsonText(text, [{ path: [], value: 2 }], { comments: false })).toThrow(TypeError);
});
