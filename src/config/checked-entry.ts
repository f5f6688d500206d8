import { ConfigError } from '../errors.ts';
import { frozenCopy, jsonCopy } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Entry } from '../layer.ts';
import { memberOrigin, resolveLeaf } from '../resolve.ts';
import { check, jsonForm } from '../schema/check.ts';
import { type DecodeResult, typed } from '../schema/decode.ts';
import { memberKey } from '../schema/member-path.ts';
import { withMember } from '../schema/members.ts';
import { refusal } from '../schema/refusal.ts';
import type { Current } from './current.ts';

/** A value that a program sets, and where it will be written. */
export interface ProgramValue {
  readonly key: Key;
  readonly value: unknown;
  readonly layer: 'file' | 'override';
  readonly location: string;
}

/** Checks a value that a program sets; `undefined` has no entry. Throws `UNKNOWN_KEY` and `INVALID_VALUE`. */
export function checkedEntry(
  current: Current,
  { key, value: given, layer, location }: ProgramValue,
): Entry | undefined {
  const leaf = current.setting(key);
  if (given === undefined) return undefined;
  const copied = given instanceof RegExp ? regExpValue(given) : jsonCopy(given);
  const value = 'value' in copied ? copied.value : given;
  const decoded = 'problem' in copied || !leaf ? copied : typed(leaf, value);
  const checked = 'problem' in decoded || !leaf ? decoded : check(leaf, decoded.value);
  if ('problem' in decoded || 'problem' in checked) {
    const reason = 'problem' in checked ? checked.problem : 'must be another value';
    throw new ConfigError([refusal(key, reason, { entry: { value }, setting: leaf })]);
  }
  const json = leaf && jsonForm(leaf, checked.value, [decoded.value, value]);
  const written = json ?? decoded.value;
  const origin = { layer, name: key, location };
  const entry = { origin, value: frozenCopy(checked.value), written: frozenCopy(written) };
  return json === undefined ? entry : { ...entry, json };
}

/** A file has only the text of a regular expression. */
function regExpValue(value: RegExp): DecodeResult {
  const { flags } = value;
  if (flags === '') return { value };
  return { problem: `must be a regular expression without flags, for a file could not hold "${flags}"` };
}

/** A key and its new value; `undefined` removes the key. */
export interface KeyValue {
  readonly key: Key;
  readonly value: unknown;
}

/**
 * Converts a change of one member, `labels.team`, into a change of the whole setting, `labels`. Returns any other
 * change unchanged. Throws `INVALID_VALUE` for a path that the setting cannot have.
 */
export function wholeChange(current: Current, { key, value }: KeyValue, layer: 'file' | 'override'): KeyValue {
  const { schema, layers } = current;
  const member = schema.settings.has(key) ? undefined : memberKey(schema.settings, key);
  if (!member) return { key, value };
  const { setting } = member;
  const index = layers.findIndex(({ name }) => name === layer);
  const below = layers.slice(0, index);
  const entry = layers[index]?.entries.get(setting.key);
  const changed = withMember(member, value, {
    whole: entry && (entry.written ?? entry.value),
    below: {
      value: resolveLeaf(setting, below),
      originOf: (path) => memberOrigin(setting.key, path, layers.slice(0, index + 1)),
    },
  });
  if ('problem' in changed) throw new ConfigError([refusal(key, changed.problem, { entry: { value }, setting })]);
  const isEmptied = value === undefined && setting.merges && Object.keys(changed.value as object).length === 0;
  return { key: setting.key, value: isEmptied ? undefined : changed.value };
}
