import { ConfigError } from '../errors.ts';
import { frozenCopy, jsonProblem } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Entry } from '../layer.ts';
import { check } from '../schema/check.ts';
import { typed } from '../schema/decode.ts';
import { refusal } from '../schema/refusal.ts';
import type { Current } from './current.ts';

/** A value that a program gives, and where it is to stand. */
export interface Given {
  readonly key: Key;
  readonly value: unknown;
  readonly layer: 'file' | 'override';
  readonly location: string;
}

/** The checked entry of a value that a program gives; none for `undefined`. Throws `UNKNOWN_KEY` and `INVALID_VALUE`. */
export function checkedEntry(current: Current, { key, value: given, layer, location }: Given): Entry | undefined {
  const leaf = current.setting(key);
  // -0 would come back from a file as 0.
  const value = given === 0 ? 0 : given;
  if (value === undefined) return undefined;
  const problem = value instanceof RegExp ? regExpProblem(value) : jsonProblem(value);
  const decoded = problem !== undefined ? { problem } : leaf ? typed(leaf, value) : { value };
  const checked = 'problem' in decoded || !leaf ? decoded : check(leaf, decoded.value);
  if ('problem' in decoded || 'problem' in checked) {
    const reason = 'problem' in checked ? checked.problem : 'must be another value';
    throw new ConfigError([refusal(key, reason, { entry: { value }, setting: leaf })]);
  }
  const written = frozenCopy(decoded.value);
  return { origin: { layer, name: key, location }, value: frozenCopy(checked.value), written };
}

/** A file holds a regular expression by its text alone. */
function regExpProblem({ flags }: RegExp): string | undefined {
  return flags === '' ? undefined : `must be a regular expression without flags, for a file could not hold "${flags}"`;
}
