import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { JsonSyntaxError, parseJson } from '../../src/json/parse.ts';
import { readJson } from '../../src/json/read.ts';
import { toValue } from '../../src/json/tree.ts';
import { documents } from './documents.ts';

/** What a reading comes to, with its findings as plain data; or the mistake and its place. */
function outcome(read: () => { value: unknown; duplicates: readonly object[]; unsafe: readonly object[] }): unknown {
  try {
    const { value, duplicates, unsafe } = read();
    return { value, duplicates: duplicates.map((one) => ({ ...one })), unsafe: unsafe.map((one) => ({ ...one })) };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return { message: error.message, offset: error.offset };
  }
}

/** What the parser says, which looks at every character. */
function parsed(text: string, comments: boolean): ReturnType<typeof readJson> {
  const { root, ...findings } = parseJson(text, { comments });
  return { value: root && toValue(root), ...findings };
}

function expectSame(text: string, comments = false): void {
  expect(outcome(() => readJson(text, { comments }))).toEqual(outcome(() => parsed(text, comments)));
}

describe('a text is read as the parser reads it', () => {
  test('any document', () => {
    fc.assert(
      fc.property(documents, ({ text, comments }) => expectSame(text, comments)),
      { numRuns: 1_000 },
    );
  });

  test('any JSON, with any strings and names', () => {
    const piece = fc.constantFrom('":', '" :', '\\', '"', ':', ' ', 'a', '1e5', '12345678901234567890');
    const text = fc.array(piece, { maxLength: 5 }).map((pieces) => pieces.join(''));
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        text,
        fc.double({ noNaN: true }),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(text, tie('value'), { maxKeys: 3 }),
      ),
    }));
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1), (json, indent) => {
        expectSame(JSON.stringify(json, null, indent));
      }),
      { numRuns: 1_000 },
    );
  });

  test.each([
    ['members twice', '{"a":1,"a":2}'],
    ['members twice, with a space before a colon', '{"a" :1,"a":2}'],
    ['members twice, and a colon in a string to make up for one', '{"a" :"\\":","a":2}'],
    ['a member twice in a list', '[{"b":[{"c":1,"c":1}]}]'],
    ['a name twice, spelled in two ways', '{"a":1,"\\u0061":2}'],
    ['an integer that can not be held', '{"a":9007199254740993}'],
    ['a number that overflows', '{"a":1e999}'],
    ['a number that vanishes', '{"a":1e-999,"b":0.00000000000000000000}'],
    ['a reserved name', '{"__proto__":{"x":1},"a":{"__proto__":1}}'],
    ['names of Object.prototype', '{"toString":1,"constructor":{"prototype":2}}'],
    ['nothing', ' \n'],
    ['null', 'null'],
    ['a byte order mark', '\ufeff{"a":1}'],
    ['white space that JSON does not have', '{"a":\u00a01}'],
    ['a syntax error', '{"a":1,}'],
    ['512 levels', `${'['.repeat(512)}${']'.repeat(512)}`],
    ['513 levels', `${'['.repeat(513)}${']'.repeat(513)}`],
    ['a million values and one', `[${'0,'.repeat(999_999)}0]`],
  ])('%s', (_, text) => expectSame(text));
});
