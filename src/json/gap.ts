import { afterSpace, CARRIAGE_RETURN, endOfComment, LINE_FEED, SPACE, TAB } from './tree.ts';

export type LineBreak = '\n' | '\r\n' | '\r';

/** The line break that begins at `offset`. */
export function lineBreakAt(text: string, offset: number): LineBreak | undefined {
  const code = text.charCodeAt(offset);
  if (code === LINE_FEED) return '\n';
  if (code !== CARRIAGE_RETURN) return undefined;
  return text.charCodeAt(offset + 1) === LINE_FEED ? '\r\n' : '\r';
}

/** The first place from `offset` on that is neither space nor tab. */
export function afterBlanks(text: string, offset: number): number {
  let pos = offset;
  for (let code = text.charCodeAt(pos); code === SPACE || code === TAB; code = text.charCodeAt(pos)) pos++;
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
    if (!isCommentAt(text, pos)) return { start, end: pos, tail, lineComment, breakAt };
    lineComment = text.startsWith('//', pos);
    tail = endOfComment(text, pos);
    pos = tail;
  }
}

/** The last line break that begins between `start` and `end`. */
export function lastBreak(text: string, start: number, end: number): number | undefined {
  for (let pos = end - 1; pos >= start; pos--) {
    const code = text.charCodeAt(pos);
    if (code === CARRIAGE_RETURN) return pos;
    if (code === LINE_FEED) return text.charCodeAt(pos - 1) === CARRIAGE_RETURN ? pos - 1 : pos;
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
    if (!isCommentAt(text, pos)) return endsLine(text, pos) ? end : offset;
    end = endOfComment(text, pos);
  }
}

/** Whether only closing brackets follow `offset` on its line. */
export function endsLine(text: string, offset: number): boolean {
  const pos = afterBlanks(text, offset);
  return lineBreakAt(text, pos) !== undefined || text[pos] === '}' || text[pos] === ']';
}

export function isCommentAt(text: string, offset: number): boolean {
  return text.startsWith('//', offset) || text.startsWith('/*', offset);
}
