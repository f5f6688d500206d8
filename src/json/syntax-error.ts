import { unicodePattern } from './unicode-pattern.ts';

/** A mistake in a JSON text. The message says what was expected and never quotes the text, which may hold secrets. */
export class JsonSyntaxError extends Error {
  override readonly name = 'JsonSyntaxError';
  /** Where the mistake is, in UTF-16 code units from the start of the text. */
  readonly offset: number;
  /** Whether the text is deeper or has more values than is read; it may be valid then. */
  readonly isTooLarge: boolean;

  constructor(message: string, offset: number, isTooLarge = false) {
    super(message);
    this.offset = offset;
    this.isTooLarge = isTooLarge;
  }
}

const NO_NUMBER = 'NaN, Infinity and undefined are no JSON values: expected a number, a string, true, false or null';
const LOWER_CASE = 'expected true, false or null in lower case';
const NO_COMMENT = 'comments are not allowed in strict JSON';
const INVISIBLE = 'an invisible character that JSON does not allow outside of strings';
const CURLY = 'expected straight double quotes, not typographic ones';

export const TRAILING_COMMA = 'a trailing comma is not allowed in strict JSON';
export const BAD_ESCAPE =
  'expected ", \\, /, b, f, n, r, t or u after a backslash (a backslash itself is written as two)';
export const BAD_UNICODE_ESCAPE = 'expected four hexadecimal digits after \\u';
export const UNCLOSED_STRING = 'the string is not closed: expected a double quote before the end of the line';
export const UNCLOSED_COMMENT = 'the comment is not closed: expected */';

/** What a value or a name may begin with. */
const BEGINNING = /["'\w[{-]/;

const MORE_THAN_ONE = 'expected the end of the text: only one JSON value is allowed';
const MORE = 'expected the end of the text after the value';

/** The mistake at `offset`, where a value was expected. */
export function valueMistake(text: string, offset: number): string {
  const letters = lettersAt(text, offset);
  if (/^(nan|infinity|undefined)$/i.test(letters)) return NO_NUMBER;
  if (/^(true|false|null|none|nil)$/i.test(letters)) return LOWER_CASE;
  if (letters !== '') return 'expected a value: text must stand in double quotes';
  switch (text[offset]) {
    case "'":
      return 'expected a string in double quotes, not in single quotes';
    case '+':
      return 'a number must not begin with a plus sign';
    case '.':
      return 'a number must not begin with a point: expected a digit';
    case ',':
      return 'expected a value before the comma';
    case ']':
    case '}':
      return 'expected a value before the closing bracket';
    default:
      return strangeCharacter(text, offset) ?? 'expected a value';
  }
}

/** The mistake at `offset`, where a member's name was expected. */
export function nameMistake(text: string, offset: number): string {
  if (text[offset] === "'") return 'expected a name in double quotes, not in single quotes';
  if (text[offset] === ',') return 'expected a name in double quotes before the comma';
  return strangeCharacter(text, offset) ?? 'expected a name in double quotes';
}

/** The mistake at `offset`, where the colon behind a name was expected. */
export function colonMistake(text: string, offset: number): string {
  return strangeCharacter(text, offset) ?? 'expected ":" after a name';
}

/** The mistake at `offset`, behind a member of an object. */
export function memberEndMistake(text: string, offset: number): string {
  if (BEGINNING.test(text.charAt(offset))) return 'expected "," between two members';
  return strangeCharacter(text, offset) ?? 'expected "," or "}" after a member';
}

/** The mistake at `offset`, behind an item of an array. */
export function itemEndMistake(text: string, offset: number): string {
  if (BEGINNING.test(text.charAt(offset))) return 'expected "," between two items';
  return strangeCharacter(text, offset) ?? 'expected "," or "]" after an item';
}

/** The mistake at `offset`, behind the whole value. */
export function endMistake(text: string, offset: number): string {
  if (text[offset] === '}' || text[offset] === ']') return 'a closing bracket too many: expected the end of the text';
  if (BEGINNING.test(text.charAt(offset))) return MORE_THAN_ONE;
  return strangeCharacter(text, offset) ?? MORE;
}

/** The mistake at `offset` in a number, or behind one. */
export function numberMistake(text: string, offset: number): string {
  const before = text[offset - 1];
  const here = text[offset] ?? '';
  if (/^infinity$/i.test(lettersAt(text, offset))) return NO_NUMBER;
  if (before === '0' && /[xob]/i.test(here))
    return 'a number must be decimal: hexadecimal, octal and binary are not allowed';
  if (/\d/.test(here)) return 'a number must not begin with 0';
  if (before === '-') return 'expected a digit after the minus sign';
  if (before === '.') return 'expected a digit after the decimal point';
  if (/[eE+-]/.test(before ?? '')) return 'expected a digit in the exponent';
  return 'expected the end of the number';
}

/** The mistake of a character in a string that must be written as an escape. */
export function controlMistake(code: number): string {
  if (code === 10 || code === 13) return UNCLOSED_STRING;
  if (code === 9) return 'a tab in a string must be written as \\t';
  return 'a control character in a string must be written as an escape: \\u and four hexadecimal digits';
}

const invisible = unicodePattern('[\\s\\p{Cc}\\p{Cf}]');
const word = unicodePattern('^(?![0-9])[\\p{L}\\p{N}_$]*');

function strangeCharacter(text: string, offset: number): string | undefined {
  const here = text[offset] ?? '';
  if (here === '/' && /[/*]/.test(text[offset + 1] ?? '')) return NO_COMMENT;
  if (/[\u2018-\u201f]/.test(here)) return CURLY;
  if (invisible().test(here)) return INVISIBLE;
  return undefined;
}

/** The word at `offset`, up to the length of the longest one that has a message. */
function lettersAt(text: string, offset: number): string {
  return word().exec(text.slice(offset, offset + 12))?.[0] ?? '';
}
