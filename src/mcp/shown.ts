import type { ExplainedCandidate, Explanation, FileChange, Issue } from '../index.ts';
import { placeText } from '../words/values.ts';

/** More characters of a text than this are not shown: an assistant's memory is not for them. */
const LONGEST = 2_000;
/** More of a list or an object than this, as JSON, is not shown. */
const LARGEST = 10_000;

/** A value that is not too large for an answer; of one that is, its size is told. */
export function cut(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.length <= LONGEST ? value : `${value.slice(0, LONGEST)}… (${value.length} characters)`;
  }
  if (value instanceof RegExp) return value.source;
  if (typeof value !== 'object' || value === null) return value;
  const size = JSON.stringify(value).length;
  return size <= LARGEST ? value : `(${size} characters of JSON, too large to be shown)`;
}

/** A setting in one row. */
export function rowOf({ key, value, winner, redacted }: Explanation): object {
  return {
    key,
    ...(value !== undefined && { value: cut(value) }),
    ...(winner && { layer: winner.layer, origin: placeText(winner) }),
    redacted,
  };
}

/** An explanation with its values cut. */
export function explanationOf(explanation: Explanation): object {
  const { value, candidates, without } = explanation;
  return {
    ...explanation,
    value: cut(value),
    candidates: candidates.map(candidateOf),
    ...(without && { without: { ...without, value: cut(without.value) } }),
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
