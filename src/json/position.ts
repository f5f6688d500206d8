import { lineEnd } from './tree.ts';
import { unicodePattern } from './unicode-pattern.ts';

/** A place as editors count it: from 1, the column in UTF-16 code units; a byte order mark takes no column. */
interface Position {
  readonly line: number;
  readonly column: number;
}

export interface LineIndex {
  /** The position of an offset; one outside of the text is that of its nearest end. */
  at(offset: number): Position;
}

/** The lines of a text, ended by LF, CRLF or CR; they are looked for when the first position is asked for. */
export function lineIndex(text: string): LineIndex {
  let starts: Uint32Array | undefined;
  return {
    at(offset) {
      starts ??= lineStarts(text);
      const place = Math.max(starts[0] ?? 0, Math.min(offset, text.length));
      const line = lastNotAbove(starts, place);
      return { line: line + 1, column: place - (starts[line] ?? 0) + 1 };
    },
  };
}

function lineStarts(text: string): Uint32Array {
  let lines = 1;
  for (let start = nextLine(text, 0); start !== -1; start = nextLine(text, start)) lines++;
  const starts = new Uint32Array(lines);
  let line = 0;
  for (let start = text.startsWith('\ufeff') ? 1 : 0; start !== -1; start = nextLine(text, start))
    starts[line++] = start;
  return starts;
}

/** The start of the line after that of `offset`; -1 if there is none. */
function nextLine(text: string, offset: number): number {
  for (let pos = offset; pos < text.length; pos++) {
    const code = text.charCodeAt(pos);
    if (code === 10 || (code === 13 && text.charCodeAt(pos + 1) !== 10)) return pos + 1;
  }
  return -1;
}

/** The index of the last of the ascending `numbers` that is not above `limit`; 0 if there is none. */
function lastNotAbove(numbers: Uint32Array, limit: number): number {
  let low = 0;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((numbers[middle] ?? 0) <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** How much of a long line is shown, in UTF-16 code units. */
const MAX_WIDTH = 80;
/** How far from a place its line is looked at, so that a frame costs the same in a line of megabytes. */
const LOOKAROUND = 2 * MAX_WIDTH;
const GUTTER = 5;

const unprintable = unicodePattern('[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}\\p{DI}]');
const combining = unicodePattern('[\\p{Mn}\\p{Me}]');
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/**
 * The line of `start` with its number, the line before it, and `^` below the characters up to `end`. Long lines are
 * cut, and characters that could change a terminal are replaced. The frame quotes the text: do not use it where a secret
 * may be. Pass the line index for many frames of one text.
 */
export function codeFrame(
  text: string,
  start: number,
  end: number = start,
  lines: LineIndex = lineIndex(text),
): string {
  const { line, column } = lines.at(start);
  const place = Math.max(text.startsWith('\ufeff') ? 1 : 0, Math.min(start, text.length));
  const lineStart = place - column + 1;
  const from = Math.max(lineStart, place - LOOKAROUND);
  const cut = windowAround(
    text.slice(from, lineEnd(text, place, Math.min(text.length, place + LOOKAROUND))),
    place - from,
  );
  const frame = [
    numberedLine(line, printableText(cut)),
    `${' '.repeat(GUTTER)} | ${underline(cut, place - from, Math.max(end, place + 1) - from)}`,
  ];
  if (line > 1 && cut.from === 0) {
    const before = lineStart - lines.at(lineStart - 1).column;
    const previous = text.slice(before, lineEnd(text, before, Math.min(text.length, before + LOOKAROUND)));
    if (previous.trim() !== '') frame.unshift(numberedLine(line - 1, printableText(windowAround(previous, 0))));
  }
  return frame.join('\n');
}

/** The part of a line from `from` up to, and without, `to`. */
interface LineWindow {
  readonly line: string;
  readonly from: number;
  readonly to: number;
}

function windowAround(line: string, column: number): LineWindow {
  const from = Math.max(0, Math.min(column - MAX_WIDTH / 2, line.length - MAX_WIDTH));
  return { line, from: wholeCharacter(line, from), to: wholeCharacter(line, Math.min(line.length, from + MAX_WIDTH)) };
}

/** `index`, or the one before it where `index` would cut a surrogate pair. */
function wholeCharacter(line: string, index: number): number {
  return (line.codePointAt(index - 1) ?? 0) > 0xffff ? index - 1 : index;
}

function numberedLine(line: number, content: string): string {
  return `${String(line).padStart(GUTTER)} | ${content}`.trimEnd();
}

function printableText({ line, from, to }: LineWindow): string {
  const characters = Array.from(line.slice(from, to), (character) =>
    character !== '\t' && unprintable().test(character) ? '\ufffd' : character,
  );
  return `${from > 0 ? '…' : ''}${characters.join('')}${to < line.length ? '…' : ''}`;
}

function underline({ line, from, to }: LineWindow, start: number, end: number): string {
  const indent = Array.from(line.slice(from, start), (character) =>
    character === '\t' ? '\t' : ' '.repeat(cellWidth(character)),
  );
  const marked = Array.from(line.slice(start, Math.min(end, to)), cellWidth).reduce((sum, width) => sum + width, 0);
  return `${from > 0 ? ' ' : ''}${indent.join('')}${'^'.repeat(Math.max(1, marked))}`;
}

/** How many cells of a terminal a character takes. */
function cellWidth(character: string): number {
  if (combining().test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}
