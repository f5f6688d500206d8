import { isInexact } from './inexact-number.ts';
import * as mistakes from './syntax-error.ts';
import { JsonSyntaxError } from './syntax-error.ts';
import { afterSpace, COMMA, isSpace, lineEnd, QUOTE } from './tree.ts';

/** The codes of the characters that the grammar knows. */
export const END = -1;
export const MINUS = 45;
export const ZERO = 48;
export const NINE = 57;
export const COLON = 58;

const LINE_FEED = 10;
const SPACE = 32;
const STAR = 42;
const PLUS = 43;
const POINT = 46;
const SLASH = 47;
const BACKSLASH = 92;
const UNDERSCORE = 95;
const LOWER_A = 97;
const LOWER_B = 98;
const LOWER_E = 101;
const LOWER_F = 102;
const LOWER_N = 110;
const LOWER_R = 114;
const LOWER_T = 116;
const LOWER_U = 117;
const LOWER_Z = 122;
const BYTE_ORDER_MARK = 0xfeff;

/** A double holds every integer of so many digits, and these powers of ten: their quotient is rounded only once. */
const EXACT_DIGITS = 15;
const POWERS_OF_TEN: readonly number[] = Array.from({ length: EXACT_DIGITS + 1 }, (_, power) => Number(`1e${power}`));

/** Reads the tokens of a JSON text from `pos` on, each in one pass; throws `JsonSyntaxError`. */
export class Scanner {
  protected readonly text: string;
  protected readonly comments: boolean;
  protected pos: number;
  /** Whether the number that was read last is one that JavaScript cannot hold as it is written. */
  protected unsafeNumber = false;

  constructor(text: string, comments: boolean) {
    this.text = text;
    this.comments = comments;
    this.pos = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0;
  }

  /** The code of the next character that is neither white space nor comment, `END` behind the last; `pos` is its place. */
  protected next(): number {
    const { text } = this;
    const { length } = text;
    let { pos } = this;
    while (pos < length) {
      const code = text.charCodeAt(pos);
      if (!isSpace(code)) {
        this.pos = pos;
        return code === SLASH && this.comments ? this.afterComments() : code;
      }
      pos++;
    }
    this.pos = pos;
    return END;
  }

  private afterComments(): number {
    const { text } = this;
    for (;;) {
      const second = text.charCodeAt(this.pos + 1);
      if (second === SLASH) this.pos = lineEnd(text, this.pos);
      else if (second === STAR) {
        const close = text.indexOf('*/', this.pos + 2);
        if (close === -1) throw this.error(mistakes.UNCLOSED_COMMENT);
        this.pos = close + 2;
      } else return SLASH;
      this.pos = afterSpace(text, this.pos);
      if (this.pos >= text.length) return END;
      const code = text.charCodeAt(this.pos);
      if (code !== SLASH) return code;
    }
  }

  /** The string whose opening quote is at `pos`. */
  protected string(): string {
    const { text } = this;
    const { length } = text;
    const start = this.pos + 1;
    let escaped = false;
    for (let pos = start; pos < length; pos++) {
      const code = text.charCodeAt(pos);
      if (code === QUOTE) {
        this.pos = pos + 1;
        return escaped ? (JSON.parse(text.slice(start - 1, pos + 1)) as string) : text.slice(start, pos);
      }
      if (code === BACKSLASH) {
        escaped = true;
        pos = this.afterEscape(pos + 1);
      } else if (code < SPACE) {
        const message = mistakes.controlMistake(code);
        throw new JsonSyntaxError(message, message === mistakes.UNCLOSED_STRING ? start - 1 : pos);
      }
    }
    throw this.error(mistakes.UNCLOSED_STRING);
  }

  /** The place of the last character of the escape whose letter is at `pos`. */
  private afterEscape(pos: number): number {
    const { text } = this;
    if (pos >= text.length) throw this.error(mistakes.UNCLOSED_STRING);
    const code = text.charCodeAt(pos);
    if (!isEscapeLetter(code)) throw new JsonSyntaxError(mistakes.BAD_ESCAPE, pos - 1);
    if (code !== LOWER_U) return pos;
    for (let digit = pos + 1; digit <= pos + 4; digit++) {
      if (!isHexadecimal(text.charCodeAt(digit))) throw new JsonSyntaxError(mistakes.BAD_UNICODE_ESCAPE, pos - 1);
    }
    return pos + 4;
  }

  /** The number that begins at `pos` with the character `first`. */
  protected number(first: number): number {
    const { text, pos: start } = this;
    const digits = first === MINUS ? start + 1 : start;
    let pos = digits;
    let code = text.charCodeAt(pos);
    let mantissa = 0;
    while (code >= ZERO && code <= NINE) {
      mantissa = mantissa * 10 + (code - ZERO);
      code = text.charCodeAt(++pos);
    }
    if (pos === digits) throw this.numberMistake(pos);
    if (pos > digits + 1 && text.charCodeAt(digits) === ZERO) throw this.numberMistake(digits + 1);
    let places = 0;
    if (code === POINT) {
      const fraction = ++pos;
      for (code = text.charCodeAt(pos); code >= ZERO && code <= NINE; code = text.charCodeAt(++pos)) {
        mantissa = mantissa * 10 + (code - ZERO);
      }
      places = pos - fraction;
      if (places === 0) throw this.numberMistake(pos);
    }
    const exponent = pos;
    if ((code | 32) === LOWER_E) pos = this.afterExponent(pos + 1);
    if (isWordCharacter(text, pos)) throw this.numberMistake(pos);
    this.pos = pos;
    const exact = pos === exponent && pos - digits <= EXACT_DIGITS;
    const size = exact ? mantissa / (POWERS_OF_TEN[places] ?? 1) : Number(text.slice(digits, pos));
    this.unsafeNumber = !exact && isInexact(text.slice(digits, exponent), size, text.slice(exponent + 1, pos));
    return first === MINUS ? -size : size;
  }

  private afterExponent(start: number): number {
    const { text } = this;
    const sign = text.charCodeAt(start);
    const digits = sign === PLUS || sign === MINUS ? start + 1 : start;
    let pos = digits;
    let code = text.charCodeAt(pos);
    while (code >= ZERO && code <= NINE) code = text.charCodeAt(++pos);
    if (pos === digits) throw this.numberMistake(pos);
    return pos;
  }

  /** Whether the text at `pos` is this word: `true`, `false` or `null`. If so, moves `pos` to its end. */
  protected takes(word: string): boolean {
    const end = this.pos + word.length;
    if (!this.text.startsWith(word, this.pos) || isWordCharacter(this.text, end)) return false;
    this.pos = end;
    return true;
  }

  private numberMistake(offset: number): JsonSyntaxError {
    return new JsonSyntaxError(mistakes.numberMistake(this.text, offset), offset);
  }

  /** A mistake at `pos`. */
  protected error(message: string): JsonSyntaxError {
    return new JsonSyntaxError(message, this.pos);
  }
}

function isEscapeLetter(code: number): boolean {
  switch (code) {
    case QUOTE:
    case BACKSLASH:
    case SLASH:
    case LOWER_B:
    case LOWER_F:
    case LOWER_N:
    case LOWER_R:
    case LOWER_T:
    case LOWER_U:
      return true;
    default:
      return false;
  }
}

function isHexadecimal(code: number): boolean {
  const lower = code | 32;
  return (code >= ZERO && code <= NINE) || (lower >= LOWER_A && lower <= LOWER_F);
}

/** Whether a number or a word that ends at `offset` runs on, so that it is none. */
function isWordCharacter(text: string, offset: number): boolean {
  const code = text.charCodeAt(offset);
  if (code === COMMA || code === LINE_FEED) return false;
  const lower = code | 32;
  return (
    (code >= ZERO && code <= NINE) || (lower >= LOWER_A && lower <= LOWER_Z) || code === POINT || code === UNDERSCORE
  );
}
