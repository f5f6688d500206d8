import { isDeepText } from './deep-text.ts';
import { DEFAULT_MAX_DEPTH, DEFAULT_MAX_VALUES, type DuplicateMember, parseJson, type UnsafeNumber } from './parse.ts';
import { toValue } from './tree.ts';

/** What a JSON text says as plain values, and what is doubtful about it. */
export interface JsonContent {
  /** `undefined` for a text that holds nothing but white space and comments. */
  readonly value: unknown;
  /** Every member that another of its name replaces. */
  readonly duplicates: readonly DuplicateMember[];
  /** In the order of the text. */
  readonly unsafe: readonly UnsafeNumber[];
}

const NO_FINDINGS = { duplicates: [], unsafe: [] };

/**
 * What a JSON text says (JSONC with `comments`). The engine's own parser, which is many times as quick, reads a text in
 * which nothing can be doubtful; `parseJson` reads all others. Throws `JsonSyntaxError`.
 */
export function readJson(text: string, options: { readonly comments: boolean }): JsonContent {
  const value = unambiguousValue(text);
  if (value !== undefined) return { value, ...NO_FINDINGS };
  const { root, duplicates, unsafe } = parseJson(text, options);
  return { value: root && toValue(root), duplicates, unsafe };
}

/** A number that may be one that can't be held as it is written, or white space between a name and its colon. */
const AMBIGUOUS = /\d{16}|\d[eE][-+\d]|"\s+:/;

/** A shorter text needs at most 80 MB to be parsed, however deep it is. */
const LARGE = 2 ** 20;

/** The value of a text that is valid, has no member twice, and no number that can't be held; else `undefined`. */
function unambiguousValue(text: string): unknown {
  if (AMBIGUOUS.test(text) || (text.length > LARGE && isDeepText(text, DEFAULT_MAX_DEPTH))) return undefined;
  // The parser with locations reports an error.
  const value = jsonValue(text);
  const count = { members: 0, values: 1 };
  const isShallow = countValues(value, count, 1);
  // A duplicate member is in the text, but not in the value.
  return isShallow && count.values <= DEFAULT_MAX_VALUES && count.members === countMemberMarks(text)
    ? value
    : undefined;
}

/** The value of a JSON text of at most so many levels; `undefined` for any other text. */
export function parsedJson(text: string, levels: number): unknown {
  return isDeepText(text, levels) ? undefined : jsonValue(text);
}

/** The value of a JSON text; `undefined` for any other text. */
function jsonValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Adds what is in `value`; `false` where it is nested too deep. */
function countValues(value: unknown, count: { members: number; values: number }, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  if (depth > DEFAULT_MAX_DEPTH) return false;
  const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
  count.values += parts.length;
  if (parts !== value) count.members += parts.length;
  for (const part of parts) if (typeof part === 'object' && !countValues(part, count, depth + 1)) return false;
  return true;
}

/** How many members a text has at most: each has a quote and a colon, which may stand in a string too. */
function countMemberMarks(text: string): number {
  let count = 0;
  for (let at = text.indexOf('":'); at !== -1; at = text.indexOf('":', at + 2)) count++;
  return count;
}
