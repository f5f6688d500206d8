/** What is skipped in a JSON text that is known to be valid: white space, comments, and values that are not needed. */

const TAB = 9;
const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;
const SPACE = 32;
const SLASH = 47;
const BACKSLASH = 92;
export const QUOTE = 34;
export const COMMA = 44;
export const OPEN_ARRAY = 91;
export const CLOSE_ARRAY = 93;
export const OPEN_OBJECT = 123;
export const CLOSE_OBJECT = 125;

/** Whether the character is white space of JSON. */
export function isSpace(code: number): boolean {
  return code === SPACE || code === LINE_FEED || code === CARRIAGE_RETURN || code === TAB;
}

/** A line break. */
export type LineBreak = '\n' | '\r\n' | '\r';

/** The line break that begins at `offset`. */
export function lineBreakAt(text: string, offset: number): LineBreak | undefined {
  const code = text.charCodeAt(offset);
  if (code === LINE_FEED) return '\n';
  if (code !== CARRIAGE_RETURN) return undefined;
  return text.charCodeAt(offset + 1) === LINE_FEED ? '\r\n' : '\r';
}

/** The end of the line that `offset` is in, before its line break; `limit` if it does not end before that. */
export function lineEnd(text: string, offset: number, limit: number = text.length): number {
  let end = offset;
  while (end < limit) {
    const code = text.charCodeAt(end);
    if (code === LINE_FEED || code === CARRIAGE_RETURN) break;
    end++;
  }
  return end;
}

/** The first place from `offset` on that is neither space nor tab. */
export function afterBlanks(text: string, offset: number): number {
  let pos = offset;
  for (let code = text.charCodeAt(pos); code === SPACE || code === TAB; code = text.charCodeAt(pos)) pos++;
  return pos;
}

/** The first place from `offset` on that is not white space of JSON. */
export function afterSpace(text: string, offset: number): number {
  let pos = offset;
  while (isSpace(text.charCodeAt(pos))) pos++;
  return pos;
}

/** The white space and the comments between two tokens. */
export interface Gap {
  readonly start: number;
  /** The start of the next token. */
  readonly end: number;
  /** The end of the last comment; `start` if there is none. */
  readonly tail: number;
  /** Whether the last comment is one that reaches to the end of its line. */
  readonly lineComment: boolean;
  /** The last line break outside comments; -1 if there is none. */
  readonly breakAt: number;
}

/** The gap between `start` and the next token of a valid text. */
export function gapAfter(text: string, start: number): Gap {
  let tail = start;
  let lineComment = false;
  let breakAt = -1;
  for (let pos = start; ; ) {
    const space = pos;
    pos = afterSpace(text, space);
    breakAt = lastBreak(text, space, pos) ?? breakAt;
    if (text.startsWith('//', pos)) {
      tail = lineEnd(text, pos);
      lineComment = true;
    } else if (text.startsWith('/*', pos)) {
      tail = text.indexOf('*/', pos + 2) + 2;
      lineComment = false;
    } else return { start, end: pos, tail, lineComment, breakAt };
    pos = tail;
  }
}

/** The last line break that begins between `start` and `end`. */
export function lastBreak(text: string, start: number, end: number): number | undefined {
  for (let pos = end - 1; pos >= start; pos--) {
    const code = text.charCodeAt(pos);
    if (code === CARRIAGE_RETURN) return pos;
    if (code === LINE_FEED) return pos > start && text.charCodeAt(pos - 1) === CARRIAGE_RETURN ? pos - 1 : pos;
  }
  return undefined;
}

/** The white space at the beginning of the line that the line break at `offset` begins. */
export function indentAfter(text: string, offset: number): string {
  const start = offset + (lineBreakAt(text, offset)?.length ?? 0);
  return text.slice(start, afterBlanks(text, start));
}

/** Behind the comments that end the line of `offset`; `offset` itself where something else follows them in it. */
export function afterOwnComments(text: string, offset: number): number {
  let end = offset;
  for (;;) {
    const pos = afterBlanks(text, end);
    if (text.startsWith('//', pos)) return lineEnd(text, pos);
    if (!text.startsWith('/*', pos)) return endsLine(text, pos) ? end : offset;
    end = text.indexOf('*/', pos + 2) + 2;
  }
}

/** Whether only closing brackets follow `offset` on its line. */
export function endsLine(text: string, offset: number): boolean {
  const pos = afterBlanks(text, offset);
  return pos >= text.length || lineBreakAt(text, pos) !== undefined || text[pos] === '}' || text[pos] === ']';
}

/** Whether a comment begins at `offset`. */
export function isCommentAt(text: string, offset: number): boolean {
  return text.startsWith('//', offset) || text.startsWith('/*', offset);
}

/** The next token from `offset` on. */
export function nextToken(text: string, offset: number): number {
  const pos = afterSpace(text, offset);
  return text.charCodeAt(pos) === SLASH ? gapAfter(text, pos).end : pos;
}

/** The end of the value that begins at `start`. */
export function endOfValue(text: string, start: number): number {
  const first = text.charCodeAt(start);
  if (first === QUOTE) return endOfString(text, start);
  return first === OPEN_OBJECT || first === OPEN_ARRAY ? endOfContainer(text, start) : endOfWord(text, start);
}

function endOfContainer(text: string, start: number): number {
  const { length } = text;
  let depth = 0;
  for (let pos = start; pos < length; pos++) {
    const code = text.charCodeAt(pos);
    // Most of a document is neither quote nor bracket nor comment.
    if (code < OPEN_ARRAY) {
      if (code === QUOTE) pos = endOfString(text, pos) - 1;
      else if (code === SLASH) pos = gapAfter(text, pos).end - 1;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) depth++;
    else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      depth--;
      if (depth === 0) return pos + 1;
    }
  }
  return length;
}

export function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote !== -1; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (text.charCodeAt(before) === BACKSLASH) before--;
    // Behind an even number of backslashes it is not part of an escape.
    if ((quote - before) % 2 === 1) return quote + 1;
  }
  return text.length;
}

/** The end of a number, `true`, `false` or `null`. */
function endOfWord(text: string, start: number): number {
  let pos = start;
  while (pos < text.length && !isSpace(text.charCodeAt(pos)) && !',]}/'.includes(text[pos] ?? '')) pos++;
  return pos;
}
