import type { ExplainedCandidate, Explanation, FileChange, Issue } from '../index.ts';
import { jsonMember, locationText } from '../words/values.ts';

/** More characters of a text than this are not shown: an assistant's memory is not for them. */
const LONGEST = 2_000;
/** More of a list or an object than this, as JSON, is not shown. */
const LARGEST = 10_000;

/** More than this, as JSON, is not shown of a list in one answer. */
const LARGEST_LIST = 200_000;

/** As many of the first as one answer has room for. */
export function fitting<T>(all: readonly T[], most: number, shown: (one: T) => object): readonly T[] {
  let room = LARGEST_LIST;
  const end = all.slice(0, most).findIndex((one) => {
    room -= JSON.stringify(shown(one), jsonMember).length;
    return room < 0;
  });
  // One is always shown: else there would be no way on.
  return all.slice(0, end < 0 ? most : Math.max(1, end));
}

/** A value that is not too large for an answer; of one that is, its size is told. */
export function cut(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.length <= LONGEST ? value : `${value.slice(0, LONGEST)}… (${value.length} characters)`;
  }
  if (typeof value === 'bigint') return cut(String(value));
  if (value instanceof RegExp) return cut(value.source);
  if (typeof value !== 'object' || value === null) return value;
  const size = JSON.stringify(value, jsonMember)?.length ?? 0;
  return size <= LARGEST ? value : `(${size} characters of JSON, too large to be shown)`;
}

/** A setting in one row. */
export function rowOf({ key, value, winner, redacted }: Explanation): object {
  return {
    key,
    ...(value !== undefined && { value: cut(value) }),
    ...(winner && { layer: winner.layer, origin: locationText(winner) }),
    redacted,
  };
}

/** An explanation with its values cut. */
export function explanationOf(explanation: Explanation): object {
  const { value, candidates, without, atNextStart } = explanation;
  return {
    ...explanation,
    value: cut(value),
    candidates: candidates.map(candidateOf),
    ...(without && { without: { ...without, value: cut(without.value) } }),
    ...(atNextStart && { atNextStart: { ...atNextStart, value: cut(atNextStart.value) } }),
  };
}

function candidateOf(candidate: ExplainedCandidate): object {
  const { value, raw, ...others } = candidate;
  return { ...others, ...(raw !== undefined && { raw: cut(raw) }), ...(value !== undefined && { value: cut(value) }) };
}

export function changeOf({ key, before, after, redacted }: FileChange): object {
  return {
    key,
    ...(before !== undefined && { before: cut(before) }),
    ...(after !== undefined && { after: cut(after) }),
    redacted,
  };
}

export function issueOf({ code, key, message, origin, suggestion }: Issue): object {
  return {
    code,
    ...(key !== undefined && { key: cut(key) }),
    message: cut(message),
    ...(origin && { origin: origin.location }),
    ...(suggestion !== undefined && { suggestion: cut(suggestion) }),
  };
}
