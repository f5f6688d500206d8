import { describe, expect, test } from 'vitest';
import { type Answer, DOORS, given, type Node } from './doors.ts';

interface Row {
  readonly title: string;
  readonly node: Node;
  readonly takes: readonly (readonly [text: string, value: unknown])[];
  readonly refuses?: readonly string[];
}

const same = (...texts: string[]): [string, string][] => texts.map((text) => [text, text]);
const numbers = (...texts: string[]): [string, number][] => texts.map((text) => [text, Number(text)]);

const EXACT = '9007199254740991';
const INEXACT = ['9007199254740993', '-9007199254740993', '12345678901234567890', '123456789012345678901234567890'];
const TOO_LARGE = [...INEXACT, '9007199254740992', '-9007199254740992'];
const NO_NUMBER = [
  'abc',
  '12abc',
  '0x1F',
  '0b1',
  'NaN',
  'Infinity',
  '-Infinity',
  '1,5',
  '1_000',
  ' 1',
  '1 ',
  '1 2',
  '.',
  'e5',
  '--1',
  'true',
];

/** The table of DESIGN.md, "Text to value". */
const TABLE: readonly Row[] = [
  {
    title: 'String',
    node: { format: String, default: 'd' },
    takes: same(
      '1.10',
      '1e3',
      '007',
      'true',
      'null',
      '12345678901234567890',
      'a=b',
      'größe 🎈',
      ' padded ',
      '[1]',
      '{"a":1}',
      '-x',
    ),
  },
  { title: 'a nullable String', node: { format: String, nullable: true, default: null }, takes: same('null', '1') },
  { title: '*', node: { format: '*', default: null, nullable: true }, takes: same('1', 'null', '[1]') },
  { title: 'a string by its default', node: { default: 'd' }, takes: same('1.10', 'null') },
  {
    title: 'windows_named_pipe',
    node: { format: 'windows_named_pipe', default: '\\\\.\\pipe\\a' },
    takes: same('\\\\.\\pipe\\b'),
    refuses: ['b'],
  },
  {
    title: 'Number',
    node: { format: Number, default: 7 },
    takes: numbers(
      '0',
      '5',
      '+5',
      '-1e-3',
      '5e-7',
      '1E5',
      '0.1',
      '.5',
      '5.',
      '007',
      EXACT,
      '-9007199254740991',
      '9007199254740992',
      '10000000000000000',
      '1e16',
      '1e21',
      '1e23',
    ),
    refuses: [...NO_NUMBER, ...INEXACT, '1e999', '-1e999', '1e-999', '9007199254740993.0', 'null'],
  },
  {
    title: 'a nullable Number',
    node: { format: Number, nullable: true, default: 7 },
    takes: [
      ['null', null],
      ['1', 1],
    ],
    refuses: ['NULL', 'Null'],
  },
  ...['int', 'integer'].map((format) => ({
    title: format,
    node: { format, default: 7 },
    takes: numbers('0', '5', '+5', '-5', '007', EXACT),
    refuses: [...NO_NUMBER, ...TOO_LARGE, '1e3', '1.0', '1.5', '.5'],
  })),
  {
    title: 'nat',
    node: { format: 'nat', default: 7 },
    takes: numbers('0', '5', EXACT),
    refuses: [...NO_NUMBER, ...TOO_LARGE, '-1', '1e3', '3.7'],
  },
  {
    title: 'port',
    node: { format: 'port', default: 7 },
    takes: numbers('0', '8080', '65535'),
    refuses: ['65536', '-1', '80abc', '1e3', '0x1F90'],
  },
  {
    title: 'port_or_windows_named_pipe',
    node: { format: 'port_or_windows_named_pipe', default: 7 },
    takes: [
      ['8080', 8080],
      ['\\\\.\\pipe\\b', '\\\\.\\pipe\\b'],
    ],
    refuses: ['65536', 'b', '80abc'],
  },
  {
    title: 'Boolean',
    node: { format: Boolean, default: null, nullable: true },
    takes: [
      ...['true', '1', 'yes', 'on', 'TRUE', 'Yes', 'oN'].map((text): [string, boolean] => [text, true]),
      ...['false', '0', 'no', 'off', 'False', 'NO', 'ofF'].map((text): [string, boolean] => [text, false]),
      ['null', null],
    ],
    refuses: ['2', 'y', 'n', 't', 'f', 'truee', ' true', 'enabled', '-1'],
  },
  {
    title: 'an enumeration',
    node: { format: ['debug', 'info', 3, 0.5, true, '7', 7], default: 'info' },
    takes: [
      ['debug', 'debug'],
      ['3', 3],
      ['0.5', 0.5],
      ['true', true],
      ['7', '7'],
    ],
    refuses: ['Debug', 'debu', '03', '3.0', '.5', 'false', 'null', ' info'],
  },
  {
    title: 'a nullable enumeration',
    node: { format: ['a', 'b'], nullable: true, default: null },
    takes: [
      ['null', null],
      ['a', 'a'],
    ],
    refuses: ['c'],
  },
  {
    title: 'an enumeration with null',
    node: { format: ['a', null], default: 'a' },
    takes: [
      ['null', null],
      ['a', 'a'],
    ],
    refuses: ['nil', 'NULL'],
  },
  {
    title: 'an enumeration with a list',
    node: { format: ['a', ['b']], default: 'a' },
    takes: [['a', 'a']],
    refuses: ['b', '["b"]'],
  },
  { title: 'an enumeration with "null"', node: { format: ['null', 'b'], default: 'b' }, takes: [['null', 'null']] },
  {
    title: 'Array',
    node: { format: Array, default: [] },
    takes: [
      ['a,b', ['a', 'b']],
      [' a , b ', ['a', 'b']],
      ['1,2', ['1', '2']],
      ['one', ['one']],
      ['[1, "2", null, {"a": [true]}]', [1, '2', null, { a: [true] }]],
      [' [1] ', [1]],
      ['[]', []],
      ['null', ['null']],
    ],
    refuses: ['[1', '[1]]', '[1,]', '[9007199254740993]', '[{"a": [1e999]}]', '[NaN]', '[1] x'],
  },
  {
    title: 'an Array of Number',
    node: { format: Array, items: Number, default: [] },
    takes: [
      ['1,2.5', [1, 2.5]],
      ['[1, "2"]', [1, 2]],
    ],
    refuses: ['a', '1,a', '1,,2', '["a"]', '[null]'],
  },
  {
    title: 'an Array of int',
    node: { format: Array, items: 'int', default: [] },
    takes: [['1,2', [1, 2]]],
    refuses: ['1,2.5', '[2.5]'],
  },
  {
    title: 'an Array of Boolean',
    node: { format: Array, items: Boolean, default: [] },
    takes: [['yes,0', [true, false]]],
    refuses: ['maybe'],
  },
  {
    title: 'an Array of an enumeration',
    node: { format: Array, items: ['a', 1], default: [] },
    takes: [['a,1', ['a', 1]]],
    refuses: ['a,b'],
  },
  {
    title: 'an Array by its default: numbers',
    node: { default: [1, 2] },
    takes: [
      ['3,4', [3, 4]],
      ['[3]', [3]],
    ],
    refuses: ['a'],
  },
  { title: 'an Array by its default: texts', node: { default: ['a'] }, takes: [['3,4', ['3', '4']]] },
  {
    title: 'an Array by its default: lists',
    node: { default: [[1, 2], [3]] },
    takes: [['[[4], [5, 6]]', [[4], [5, 6]]]],
    refuses: ['4,5'],
  },
  {
    title: 'an Array by its default: mixed',
    node: { default: [1, 'a'] },
    takes: [
      ['3,b', ['3', 'b']],
      ['[3, "b"]', [3, 'b']],
    ],
  },
  {
    title: 'a nullable Array',
    node: { format: Array, nullable: true, default: null },
    takes: [
      ['null', null],
      ['a', ['a']],
    ],
  },
  {
    title: 'Object',
    node: { format: Object, default: {} },
    takes: [
      ['{"a": {"b": [1, "x"]}}', { a: { b: [1, 'x'] } }],
      ['{}', {}],
      [' {"a.b": 1} ', { 'a.b': 1 }],
    ],
    refuses: [
      'a=1',
      '[1]',
      '1',
      'null',
      '"a"',
      '{a: 1}',
      '{"a": 9007199254740993}',
      '{"a": [1e999]}',
      '{"__proto__": {"x": 1}}',
      '{"a": {"__proto__": 1}}',
    ],
  },
  {
    title: 'a nullable Object',
    node: { format: Object, nullable: true, default: null },
    takes: [
      ['null', null],
      ['{"a":1}', { a: 1 }],
    ],
  },
  { title: 'RegExp', node: { format: RegExp, default: /a/ }, takes: [['^b+$', /^b+$/]], refuses: ['(', '[a'] },
];

describe.each(DOORS)('by %s', (door) => {
  test.each(TABLE)('$title', ({ node, takes, refuses = [] }) => {
    const answers = (texts: readonly string[]): Answer[] => texts.map((text) => given(door, node, text));
    expect(answers(takes.map(([text]) => text))).toEqual(takes.map(([, value]) => ({ value })));
    const accepted = refuses.filter((text) => !('refused' in given(door, node, text)));
    expect(accepted).toEqual([]);
  });
});
