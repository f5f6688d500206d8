import type { ExplainedCandidate, ExplainedPart, Explanation, Issue } from '../index.ts';
import { jsonMember, locationText } from '../words/values.ts';
import { DEEPEST_LIST } from './schemas.ts';

/** The longest text that an answer shows, in characters. */
const LONGEST = 2_000;
/** The largest list or object that an answer shows, in characters of JSON. */
const LARGEST = 10_000;

/** A page of an answer, in characters of its text and JSON together: below 8,000 tokens at three characters a token. */
const PAGE = 22_000;

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  readonly page: number;
  readonly pages: number;
  readonly total: number;
}

/** Page `page` (from 1) of `all`; `weigh` gives the characters that an item takes, at least one. A page has at least one item. */
export function pageOf<T>(all: readonly T[], page: number, weigh: (item: T) => number): Page<T> {
  const pages: T[][] = [];
  let room = 0;
  for (const item of all) {
    const weight = weigh(item);
    if (weight > room) {
      pages.push([]);
      room = PAGE;
    }
    pages.at(-1)?.push(item);
    room -= weight;
  }
  const number = Math.min(page, Math.max(1, pages.length));
  return { items: pages[number - 1] ?? [], page: number, pages: Math.max(1, pages.length), total: all.length };
}

/** The characters that a row takes in an answer. */
export function weightOf(row: object, text: string): number {
  return JSON.stringify(row, jsonMember).length + text.length + 2;
}

/** A value that is not too large for an answer; of a larger one, its size. */
export function cut(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.length <= LONGEST ? value : `${value.slice(0, LONGEST)}… (${value.length} characters)`;
  }
  if (value instanceof RegExp) return cut(value.source);
  const size = JSON.stringify(value, jsonMember)?.length ?? 0;
  if (size > LARGEST) return `(${size} characters of JSON, too large to show)`;
  return nestedValue(value);
}

/** The value, unless its lists are nested deeper than the output schemas allow. */
export function nestedValue(value: unknown): unknown {
  return listDepth(value) <= DEEPEST_LIST ? value : '(nested too deeply to show)';
}

/** How many lists are directly inside one another. */
function listDepth(value: unknown): number {
  return Array.isArray(value) ? 1 + Math.max(0, ...value.map(listDepth)) : 0;
}

/** A setting in one row. As in all that an answer shows, JSON leaves out what is undefined. */
export function rowOf({ key, value, winner, redacted }: Explanation): object {
  return {
    key,
    value: cut(value),
    ...(winner && { layer: winner.layer, origin: locationText(winner) }),
    redacted,
  };
}

/** An explanation with its values cut. One of a fresh load has no value that waits for the next start. */
export function explanationOf(explanation: Explanation): object {
  const { value, candidates, without } = explanation;
  return {
    ...explanation,
    value: cut(value),
    candidates: candidates.map(partOf),
    ...(without && { without: { ...without, value: cut(without.value) } }),
  };
}

/** A candidate, or a value that it was computed from, with its values cut. */
function partOf(part: ExplainedCandidate | ExplainedPart): object {
  const { value, computedFrom } = part;
  const raw = 'raw' in part ? part.raw : undefined;
  return { ...part, raw: cut(raw), value: cut(value), computedFrom: computedFrom?.map(partOf) };
}

export function issueOf({ code, key, message, origin, suggestion }: Issue): object {
  return {
    code,
    key: cut(key),
    message: cut(message),
    origin: origin?.location,
    suggestion: cut(suggestion),
  };
}
