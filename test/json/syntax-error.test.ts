import { expect, test } from 'vitest';
import { JsonSyntaxError, parseJson } from '../../src/json/parse.ts';
import { codeFrame } from '../../src/json/position.ts';

function mistake(text: string, comments = false): { readonly offset: number; readonly message: string } {
  try {
    parseJson(text, { comments });
  } catch (error) {
    if (error instanceof JsonSyntaxError && !error.isTooLarge) return { offset: error.offset, message: error.message };
    throw error;
  }
  throw new Error('was accepted');
}

// The mark ^ stands before the place of the mistake.
test.each([
  ['{"a":1^,}', 'a trailing comma is not allowed in strict JSON'],
  ['[1^, ]', 'a trailing comma is not allowed in strict JSON'],
  ['{^,}', 'expected a name in double quotes before the comma'],
  ['[^,]', 'expected a value before the comma'],
  ['[1,^,2]', 'expected a value before the comma'],
  ['{"a":^}', 'expected a value before the closing bracket'],
  ["{^'a':1}", 'expected a name in double quotes, not in single quotes'],
  ["[^'a']", 'expected a string in double quotes, not in single quotes'],
  ['[^“a”]', 'expected straight double quotes, not typographic ones'],
  ['{^a:1}', 'expected a name in double quotes'],
  ['{^1:1}', 'expected a name in double quotes'],
  ['{"a":1 ^"b":2}', 'expected "," between two members'],
  ['[1 ^2]', 'expected "," between two items'],
  ['{"a":1^;"b":2}', 'expected "," or "}" after a member'],
  ['{"a":1^]', 'expected "," or "}" after a member'],
  ['[1^}', 'expected "," or "]" after an item'],
  ['{"a" ^1}', 'expected ":" after a name'],
  ['{"a"^=1}', 'expected ":" after a name'],
  ['{"a"^}', 'expected ":" after a name'],
  ['[1] ^// x', 'comments are not allowed in strict JSON'],
  ['{^/* x */}', 'comments are not allowed in strict JSON'],
  ['{"a":^//\n1}', 'comments are not allowed in strict JSON'],
  ['[^NaN]', 'NaN, Infinity and undefined are no JSON values: expected a number, a string, true, false or null'],
  ['[^Infinity]', 'NaN, Infinity and undefined are no JSON values: expected a number, a string, true, false or null'],
  ['[-^Infinity]', 'NaN, Infinity and undefined are no JSON values: expected a number, a string, true, false or null'],
  ['^undefined', 'NaN, Infinity and undefined are no JSON values: expected a number, a string, true, false or null'],
  ['^True', 'expected true, false or null in lower case'],
  ['^None', 'expected true, false or null in lower case'],
  ['^truest', 'expected a value: text must stand in double quotes'],
  ['{"a": ^hello}', 'expected a value: text must stand in double quotes'],
  ['^nano', 'expected a value: text must stand in double quotes'],
  ['^banan', 'expected a value: text must stand in double quotes'],
  ['^true0', 'expected a value: text must stand in double quotes'],
  ['^true9', 'expected a value: text must stand in double quotes'],
  ['^trueA', 'expected a value: text must stand in double quotes'],
  ['1^z', 'expected the end of the number'],
  ['^banana', 'expected a value: text must stand in double quotes'],
  ['^untrue', 'expected a value: text must stand in double quotes'],
  ['^@', 'expected a value'],
  ['[^*/ 1]', 'expected a value'],
  ['-^Infinitys', 'expected a digit after the minus sign'],
  ['-^xInfinity', 'expected a digit after the minus sign'],
  ['10^z', 'expected the end of the number'],
  ['0^x1F', 'a number must be decimal: hexadecimal, octal and binary are not allowed'],
  ['0^12', 'a number must not begin with 0'],
  ['-0^1', 'a number must not begin with 0'],
  ['^+1', 'a number must not begin with a plus sign'],
  ['^.5', 'a number must not begin with a point: expected a digit'],
  ['-^.5', 'expected a digit after the minus sign'],
  ['1.^ ', 'expected a digit after the decimal point'],
  ['1e^', 'expected a digit in the exponent'],
  ['1e+^x', 'expected a digit in the exponent'],
  ['1^_000', 'expected the end of the number'],
  ['1.2^.3', 'expected the end of the number'],
  ['1^px', 'expected the end of the number'],
  ['"a^\u0001"', 'a control character in a string must be written as an escape: \\u and four hexadecimal digits'],
  ['"a^\tb"', 'a tab in a string must be written as \\t'],
  ['["a^\\x41"]', 'expected ", \\, /, b, f, n, r, t or u after a backslash (a backslash itself is written as two)'],
  ['"^\\u12g4"', 'expected four hexadecimal digits after \\u'],
  ['"^\\u12"', 'expected four hexadecimal digits after \\u'],
  ['"^\\u123g"', 'expected four hexadecimal digits after \\u'],
  ['"^\\u12/4"', 'expected four hexadecimal digits after \\u'],
  ['"^\\u12:4"', 'expected four hexadecimal digits after \\u'],
  ['[1,^"a\n"]', 'the string is not closed: expected a double quote before the end of the line'],
  ['[^"a\r"]', 'the string is not closed: expected a double quote before the end of the line'],
  ['{"a":^"b', 'the string is not closed: expected a double quote before the end of the line'],
  ['{^"a\\', 'the string is not closed: expected a double quote before the end of the line'],
  ['{"a":1^', 'the object that begins in line 1 is not closed: expected "}"'],
  ['\n{"a":\n{^', 'the object that begins in line 3 is not closed: expected "}"'],
  ['{"a":1,^', 'the object that begins in line 1 is not closed: expected "}"'],
  ['{"a":^', 'the object that begins in line 1 is not closed: expected "}"'],
  ['{"a"^', 'the object that begins in line 1 is not closed: expected "}"'],
  ['[[],\r\n[1,\n^', 'the array that begins in line 2 is not closed: expected "]"'],
  ['[^', 'the array that begins in line 1 is not closed: expected "]"'],
  ['[] ^]', 'a closing bracket too many: expected the end of the text'],
  ['{} ^}', 'a closing bracket too many: expected the end of the text'],
  ['{}\n^{}', 'expected the end of the text: only one JSON value is allowed'],
  ['1 ^2', 'expected the end of the text: only one JSON value is allowed'],
  ['{}^,', 'expected the end of the text after the value'],
  ['{}^\0', 'an invisible character that JSON does not allow outside of strings'],
  ['{^\u00a0"a":1}', 'an invisible character that JSON does not allow outside of strings'],
  ['{"a":^\ufeff1}', 'an invisible character that JSON does not allow outside of strings'],
])('tells the mistake in %j', (marked, message) => {
  const offset = marked.indexOf('^');
  expect(mistake(marked.replace('^', ''))).toEqual({ offset, message });
});

test.each([
  ['[1]^/*', 'the comment is not closed: expected */'],
  ['[1^/ 2]', 'expected "," or "]" after an item'],
  ['{"a":1,^,}', 'expected a name in double quotes before the comma'],
  ['// x\n{"a":1 // }\n^', 'the object that begins in line 2 is not closed: expected "}"'],
])('tells the mistake in the JSONC text %j', (marked, message) => {
  const offset = marked.indexOf('^');
  expect(mistake(marked.replace('^', ''), true)).toEqual({ offset, message });
});

const SAMPLE =
  '\ufeff{\r\n  // the "key"\r\n  "api_key": "hunter2\\n\\u00e9日本", /* x */\r\n  "list": [1.5e-3, -0, true, null, {"a": {}}, [],],\r\n}\r\n';

test('no message quotes the text, wherever it is cut off or damaged', () => {
  const secret = '{"api_key": "hunter2", "n": [hunter2, 12.5hunter2], hunter2: "\\hunter2"} hunter2';
  for (let start = 0; start < secret.length; start++) {
    for (const end of [secret.length, start + 9, start + 20]) {
      const text = secret.slice(start, end);
      try {
        parseJson(text, { comments: true });
      } catch (error) {
        expect(error).toBeInstanceOf(JsonSyntaxError);
        expect(String((error as Error).stack)).not.toContain('hunter');
      }
    }
  }
});

test('a text that is cut off anywhere is read or refused, and its mistake can be shown', () => {
  for (const text of [SAMPLE, SAMPLE.replaceAll(/\/\/.*|\/\*.*\*\//g, '').replaceAll(/,(?=[\]\r])/g, '')]) {
    for (let end = 0; end <= text.length; end++) {
      const part = text.slice(0, end);
      for (const comments of [true, false]) {
        try {
          parseJson(part, { comments });
        } catch (error) {
          if (!(error instanceof JsonSyntaxError)) throw error;
          expect(error.offset).toBeGreaterThanOrEqual(0);
          expect(error.offset).toBeLessThanOrEqual(part.length);
          expect(codeFrame(part, error.offset)).toContain('^');
        }
      }
    }
  }
});
