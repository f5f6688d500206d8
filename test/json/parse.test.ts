import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isInexactNumber } from '../../src/json/inexact-number.ts';
import type { JsonNode } from '../../src/json/node.ts';
import { JsonSyntaxError, parseJson } from '../../src/json/parse.ts';
import { nodeAt, toValue } from '../../src/json/tree.ts';
import { randomInputs } from '../random-inputs.ts';
import { documents } from './documents.ts';

const strict = { comments: false };
const lenient = { comments: true };

function valueIn(text: string, options = strict): unknown {
  const { root } = parseJson(text, options);
  return root && toValue(root);
}

/** The value of a JSON text, or the fact that it is none, as the platform sees it. */
function byPlatform(text: string): unknown {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return 'refused';
  }
}

function byUs(text: string): unknown {
  try {
    return { value: valueIn(text) };
  } catch (error) {
    if (error instanceof JsonSyntaxError) return 'refused';
    throw error;
  }
}

/** Both refuse the text, or read the same, down to the order of names, -0 and own members called `constructor`. */
function expectAgreement(text: string): void {
  const [ours, theirs] = [byUs(text), byPlatform(text)];
  expect(JSON.stringify(ours)).toBe(JSON.stringify(theirs));
  expect(isDeepStrictEqual(ours, theirs)).toBe(true);
}

describe('agrees with JSON.parse', () => {
  test('on valid texts', () => {
    fc.assert(
      fc.property(
        documents.filter(({ comments, text }) => !comments && !text.startsWith('\ufeff')),
        ({ text }) => {
          expectAgreement(text);
        },
      ),
    );
  });

  test('on any JSON value, however it is indented', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.constantFrom('', ' ', '\t', '    '), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expectAgreement(text);
      }),
    );
  });

  test('on texts made of the characters that matter', () => {
    const token = fc.constantFrom(
      ...'{}[],:"\\ -+.eE0123tfnu/*\n\t\0',
      '""',
      '"a":',
      'true',
      'null',
      '\\u00e9',
      '\u00a0',
    );
    const text = fc.array(token, { maxLength: 12 }).map((tokens) => tokens.join(''));
    fc.assert(
      fc.property(
        text.filter((it) => it.trim() !== ''),
        (it) => {
          expectAgreement(it);
        },
      ),
      { numRuns: randomInputs(1_500) },
    );
  });

  test('on valid texts after one character was changed', () => {
    const change = fc.record({ at: fc.nat(), put: fc.constantFrom('', ...'{}[],:"\\ -.e01x\n') });
    fc.assert(
      fc.property(
        documents.filter(({ comments }) => !comments),
        change,
        (document, { at, put }) => {
          const text = document.text.replace(/^\ufeff/, '');
          const offset = at % text.length;
          const changed = text.slice(0, offset) + put + text.slice(offset + 1);
          if (changed.trim() !== '') expectAgreement(changed);
        },
      ),
      { numRuns: randomInputs(500) },
    );
  });

  test.each(['true0', 'true5', 'true9', 'trueA', 'truez', 'null_', 'null.', '1a', '1Z', '0.5z', '"\\u09aA\\ufFfF"'])(
    'on the text %s',
    (text) => expectAgreement(text),
  );

  test.each([
    '0.1',
    '123456789012345',
    '1234567890.12345',
    '0.000000000000001',
    '999999999999999e0',
    '5e-324',
    '1.7976931348623157e308',
    '0.30000000000000004',
    '123456789.1234567890',
    '-0.0',
    '-0',
  ])('on the number %s', (text) => {
    expect(valueIn(text)).toBe(JSON.parse(text));
  });
});

describe('the tree', () => {
  test('knows where everything stands', () => {
    const text = ' { "a" : [ 1, "x" ] , "b":{"c":null} } ';
    const { root } = parseJson(text, strict);
    const slices: [string, string][] = [];
    const visit = (node: JsonNode): void => {
      slices.push([node.kind, text.slice(node.start, node.end)]);
      if (node.kind === 'array') node.items.forEach(visit);
      if (node.kind !== 'object') return;
      for (const { name, nameStart, nameEnd, value } of node.members) {
        expect(text.slice(nameStart, nameEnd)).toBe(JSON.stringify(name));
        visit(value);
      }
    };
    if (root) visit(root);
    expect(slices).toEqual([
      ['object', '{ "a" : [ 1, "x" ] , "b":{"c":null} }'],
      ['array', '[ 1, "x" ]'],
      ['number', '1'],
      ['string', '"x"'],
      ['object', '{"c":null}'],
      ['null', 'null'],
    ]);
  });

  test('is found by path', () => {
    const { root } = parseJson('{"a":{"b":[5,{"c":6}]},"a":{"b":[7,{"c":8}]}}', strict);
    expect(nodeAt(root, ['a', 'b', '1', 'c'])).toMatchObject({ kind: 'number', value: 8 });
    expect(nodeAt(root, [])).toBe(root);
    expect(
      [['a', 'x'], ['x', '0'], ['a', 'b', '2'], ['a', 'b', '01'], ['a', 'b', '0', '0'], ['toString']].map((path) =>
        nodeAt(root, path),
      ),
    ).toEqual(Array(6).fill(undefined));
    expect(nodeAt(undefined, ['a'])).toBeUndefined();
  });

  test.each(['', ' \r\n\t', '\ufeff', '\ufeff\n'])('is empty for %j', (text) => {
    expect(parseJson(text, strict).root).toBeUndefined();
  });

  test.each(['// x', '/* x */', '\ufeff // x\n/**/'])('is empty for the comment %j', (text) => {
    expect(parseJson(text, lenient).root).toBeUndefined();
  });
});

test.each([
  ['{"a":1,}', { a: 1 }],
  ['[1,2,]', [1, 2]],
  ['// x\n{"a"/**/:/*\n*/1//y\r,"b":"//no"}/**///', { a: 1, b: '//no' }],
  ['\ufeff[1 /***/ , /* / */ 2]', [1, 2]],
  ['// a\r[1]', [1]],
])('reads JSONC: %j', (text, value) => {
  expect(valueIn(text, lenient)).toEqual(value);
  expect(() => parseJson(text, strict)).toThrow(JsonSyntaxError);
});

test('names that objects inherit are members like others, and change no prototype', () => {
  const value = valueIn('{"__proto__":{"polluted":1},"constructor":2,"toString":3}') as object;
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(Object.getOwnPropertyNames(value)).toEqual(['__proto__', 'constructor', 'toString']);
  expect(Object.getOwnPropertyDescriptor(value, '__proto__')).toMatchObject({
    value: { polluted: 1 },
    writable: true,
    enumerable: true,
  });
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

describe('duplicates', () => {
  test('have their path and both locations, and the last counts', () => {
    const text = '{"a":[0,{"x":1,"y":2,"x":3,"x":4}],"a\\u0061":1,"aa":2}';
    const document = parseJson(text, strict);
    expect(
      document.duplicates.map(({ name, path, firstOffset, offset }) => ({ name, path, firstOffset, offset })),
    ).toEqual([
      { name: 'x', path: ['a', '1', 'x'], firstOffset: text.indexOf('"x":1'), offset: text.indexOf('"x":4') },
      { name: 'x', path: ['a', '1', 'x'], firstOffset: text.indexOf('"x":3'), offset: text.indexOf('"x":4') },
      { name: 'aa', path: ['aa'], firstOffset: text.indexOf('"a\\'), offset: text.indexOf('"aa"') },
    ]);
    expect(valueIn(text)).toEqual({ a: [0, { x: 4, y: 2 }], aa: 2 });
  });

  test.each([2, 8, 9, 10, 40])('are found among %i members', (count) => {
    const names = [...Array(count).keys()].map((index) => `"n${index}":0`);
    for (const again of [0, count >> 1, count - 1]) {
      const { duplicates } = parseJson(`{${[...names, `"n${again}":1`, '"end":2'].join()}}`, strict);
      expect(duplicates.map(({ name }) => name)).toEqual([`n${again}`]);
    }
    expect(parseJson(`{${names.join()}}`, strict).duplicates).toEqual([]);
  });
});

test('a name that comes three times among many is replaced by the last', () => {
  const text = `{${[...Array(12).keys()].map((index) => `"n${index}":0`).join()},"n1":1,"n1":2,"end":3}`;
  const { duplicates } = parseJson(text, strict);
  expect(duplicates.map(({ firstOffset, offset }) => [firstOffset, offset])).toEqual([
    [text.indexOf('"n1":0'), text.indexOf('"n1":2')],
    [text.indexOf('"n1":1'), text.indexOf('"n1":2')],
  ]);
});

test.each([
  ['0', false],
  ['0.000', false],
  ['0e-5', false],
  ['1e-400', true],
  ['1e999', true],
  ['1.5', false],
  ['10.00', false],
  ['1e3', false],
  ['1.5e1', false],
  ['1.50e1', false],
  ['20e-1', false],
  ['9007199254740992', false],
  ['9007199254740993', true],
  ['90071992547409930', true],
  ['9007199254740991.5', true],
  ['9007199254740993.0', true],
  ['100000000000000000000000', false],
  ['123456789012345678901234', true],
  ['0.00012E20', false],
  ['120e20', false],
  ['1.00000000000000000001', true],
  ['10000000000000000000001e-22', true],
  ['0.30000000000000000001', false],
])('%s cannot be held: %s', (text, expected) => {
  expect(isInexactNumber(text, Number(text))).toBe(expected);
});

test('unsafe numbers are those that would change when they are read', () => {
  const numbers = [
    '9007199254740991',
    '9007199254740992',
    '-9007199254740993',
    '1e999',
    '-1.5e400',
    '1e15',
    '9007199254740993.0',
    '10000000000000000',
    '1e-400',
    '0.1',
    '1'.repeat(400),
    '10000000000000000000001e-22',
    '1.500000000000000000e1',
  ];
  const text = `{"n":[${numbers.join()}]}`;
  const { unsafe } = parseJson(text, strict);
  expect(unsafe.map(({ start, end }) => text.slice(start, end))).toEqual([
    '-9007199254740993',
    '1e999',
    '-1.5e400',
    '9007199254740993.0',
    '1e-400',
    '1'.repeat(400),
    '10000000000000000000001e-22',
  ]);
  expect(unsafe[0]?.path).toEqual(['n', '2']);
});

describe('hostile texts', () => {
  test.each([
    ['brackets', '['.repeat(100_000)],
    ['groups', '{"a":'.repeat(100_000)],
    ['comments', '/*'.repeat(100_000)],
    ['quotes', '"\\'.repeat(100_000)],
    ['commas', ','.repeat(100_000)],
  ])('made of %s are refused', (_, text) => {
    expect(() => parseJson(text, lenient)).toThrow(JsonSyntaxError);
  });

  test('may be 512 levels deep, by default, and never more than 1,000', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(valueIn(nested(512))).toBeDefined();
    expect(() => parseJson(nested(513), strict)).toThrow('at most 512 levels');
    expect(() => parseJson(nested(3), { ...strict, maxDepth: 2 })).toThrow('at most 2 levels');
    expect(() => parseJson(nested(513), strict)).toThrow(expect.objectContaining({ isTooLarge: true }));
    expect(valueIn(`[${'[],{},'.repeat(600)}1]`)).toHaveLength(1_201);
    expect(() => parseJson(nested(1_001), { ...strict, maxDepth: 1e6 })).toThrow('at most 1000 levels');
  });

  test('have a limited number of values', () => {
    expect(() => parseJson('[1,2,3]', { ...strict, maxValues: 3 })).toThrow('at most 3 values');
    expect(parseJson('[1,2]', { ...strict, maxValues: 3 }).root).toBeDefined();
  });

  test('may be one long string of escapes', () => {
    const text = JSON.stringify('\n\u0001é"'.repeat(100_000));
    expect(valueIn(text)).toBe(JSON.parse(text));
  });
});
