import { ConfigError, type Issue } from '../errors.ts';
import { isPlainObject, RESERVED_NAME } from '../json/value.ts';
import { didYouMean, type Key, segments } from '../key.ts';
import type { Layer } from '../layer.ts';
import { findMember, type MemberKey, memberKey, memberPathText } from '../schema/member-path.ts';
import type { Schema } from '../schema/schema.ts';

/** Where a key is looked up. */
interface KnownKeys {
  readonly schema: Schema;
  readonly layers: readonly Layer[];
  /** Whether unknown keys are settings too. */
  readonly allowsExtras: boolean;
  /** The unknown keys that count as settings. */
  extras(): ReadonlySet<Key>;
  get(key: Key): unknown;
}

/** Throws `UNKNOWN_KEY` for a key that the schema does not have, unless it counts as a setting. */
export function requireExtra(known: KnownKeys, key: Key): undefined {
  const { schema, allowsExtras } = known;
  if (key.includes(RESERVED_NAME)) throw unknownKey(key, `has ${RESERVED_NAME} in it, which no setting may have`);
  const group = schema.groups.get(key);
  if (group) {
    const keys = group.children.map(({ key: child }) => child).join(', ');
    throw unknownKey(key, 'is a group of settings, not a setting', `It has ${keys}.`);
  }
  const renamed = schema.deprecated.keys.get(key);
  if (renamed) throw unknownKey(key, 'is a deprecated key', `Use ${renamed.key}.`);
  if (allowsExtras && isExtra(schema, key)) return undefined;
  throw unknownKey(key, 'is not a setting', didYouMean(key, [...keysAndGroups(schema), ...known.extras()]));
}

/** The keys of all settings, then those of the groups around them. */
function keysAndGroups({ settings }: Schema): readonly Key[] {
  const keys = [...settings.keys()];
  const groups = keys.flatMap((key) => Array.from(key.matchAll(/\./g), ({ index }) => key.slice(0, index)));
  return [...keys, ...new Set(groups)];
}

function isExtra({ groups }: Schema, key: Key): boolean {
  const parent = key.slice(0, Math.max(0, key.lastIndexOf('.')));
  return (parent === '' || groups.has(parent)) && !segments(key).includes('');
}

/** Throws `UNKNOWN_KEY` unless `key` is a setting, or a member that a layer has. */
export function requireExplainable(known: KnownKeys, key: Key): void {
  const { settings } = known.schema;
  if (settings.has(key)) return;
  const member = memberKey(settings, key);
  if (!member) requireExtra(known, key);
  else if (!hasMember(known, member)) throw unknownMember(known, key, member);
}

function hasMember({ layers }: KnownKeys, { setting, path }: MemberKey): boolean {
  return layers.some(({ entries }) => findMember(entries.get(setting.key)?.value, path)?.value !== undefined);
}

/** Throws `UNKNOWN_KEY` for a key that has no value, unless it counts as a setting. */
export function requireReadable(known: KnownKeys, key: Key): undefined {
  const member = memberKey(known.schema.settings, key);
  if (member) throw unknownMember(known, key, member);
  return requireExtra(known, key);
}

/** The error of a member that no layer has, with the nearest one beside it. */
function unknownMember(known: KnownKeys, key: Key, { setting, path }: MemberKey): ConfigError {
  const parent = path.slice(0, Math.max(0, path.lastIndexOf('.')));
  const value = known.get(setting.key);
  const around = parent === '' ? value : findMember(value, parent)?.value;
  const names = isPlainObject(around) && !setting.sensitive ? Object.keys(around) : [];
  const outer = key.slice(0, key.length - path.length + (parent === '' ? 0 : parent.length + 1));
  const members = names.map((name) => `${outer}${memberPathText([name])}`);
  return unknownKey(key, `is not a member of ${setting.key}, which no layer gives`, didYouMean(key, members));
}

/** The error of an unknown key. */
export function unknownKey(key: Key, message: string, suggestion?: string): ConfigError {
  const issue: Issue = { code: 'UNKNOWN_KEY', key, message, ...(suggestion !== undefined && { suggestion }) };
  return new ConfigError([issue]);
}
