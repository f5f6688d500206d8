import { ConfigError, type Issue } from '../errors.ts';
import { isPlainObject, RESERVED_NAME } from '../json/value.ts';
import { type Key, segments } from '../key.ts';
import type { Layer } from '../layer.ts';
import { didYouMean } from '../near-names.ts';
import { ANY } from '../schema/format-of.ts';
import { findMember, LONGEST_PATH, type MemberKey, memberPathText } from '../schema/member-path.ts';
import { isGroupPath } from '../schema/open-paths.ts';
import { shownValue } from '../schema/refusal.ts';
import type { Schema } from '../schema/schema.ts';
import { Setting } from '../schema/setting.ts';
import { EXTENDS } from '../sources/extends-member.ts';

/** Where a key is looked up. */
interface KnownKeys {
  readonly schema: Schema;
  /** The settings of every name that the layers give, and of every variant. */
  readonly fullSchema: Schema;
  readonly layers: readonly Layer[];
  /** Whether an unknown key counts as a setting of the file, or keys inside it. */
  allows(key: Key): 'key' | 'inside' | undefined;
  /** The unknown keys of the layers that count as settings. */
  extras(): ReadonlySet<Key>;
  /** The setting that a key leads into. */
  member(key: Key): MemberKey | undefined;
  get(key: Key): unknown;
  /** Throws `UNKNOWN_KEY` for a setting of a variant that is not chosen. */
  requireChosen(key: Key): void;
}

/** What decides whether an unknown key counts as a setting. */
type ExtraKeys = Pick<KnownKeys, 'schema' | 'fullSchema' | 'allows' | 'extras'>;

/** The error of what a program without types may give as a key. */
export function notAKey(key: unknown): ConfigError {
  return unknownKey(shownValue(key), 'is not a key, which is a text');
}

/** Throws `UNKNOWN_KEY` for a key that the schema does not have, unless it counts as a setting. */
export function requireExtra(known: KnownKeys, key: Key): undefined {
  const { schema } = known;
  if (key.includes(RESERVED_NAME)) throw unknownKey(key, `has ${RESERVED_NAME} in it, which no setting may have`);
  const group = schema.groups.get(key);
  if (group) {
    const keys = group.children.map(({ key: child }) => child).join(', ');
    throw unknownKey(key, 'is a group of settings, not a setting', `It has ${keys}.`);
  }
  const renamed = schema.deprecated.keys.get(key);
  if (renamed) throw unknownKey(key, 'is a deprecated key', `Use ${renamed.key}.`);
  if (extraOwner(known, key) === key) return undefined;
  const [name = ''] = segments(key);
  if (isOwnMember(schema, name)) throw unknownKey(key, 'is read by varve itself and is not a setting');
  known.requireChosen(key);
  throw unknownKey(key, 'is not a setting', didYouMean(key, [...keysAndGroups(schema), ...known.extras()]));
}

/** The keys of all settings, then those of the groups around them. */
function keysAndGroups({ settings }: Schema): readonly Key[] {
  const keys = [...settings.keys()];
  const groups = keys.flatMap((key) => Array.from(key.matchAll(/\./g), ({ index }) => key.slice(0, index)));
  return [...keys, ...new Set(groups)];
}

/** The outermost unknown key that counts as a setting and that is `key`, or that `key` leads into. */
function extraOwner(known: ExtraKeys, key: Key): Key | undefined {
  const { schema, fullSchema } = known;
  const { settings, groups, open } = schema;
  if (key.length > LONGEST_PATH || segments(key).includes('')) return undefined;
  const extras = known.extras();
  for (const { index } of key.matchAll(/\.|\["|$/g)) {
    const outer = key.slice(0, index);
    if (settings.has(outer) || isOwnMember(schema, outer)) return undefined;
    const isGroup =
      outer === '' || groups.has(outer) || (open !== undefined && isGroupPath(fullSchema.root, segments(outer)));
    if (!isGroup && (extras.has(outer) || known.allows(outer) === 'key')) return outer;
  }
  return undefined;
}

/** Whether varve itself reads a member at the top of a file: a save that changes it would change what all others mean. */
function isOwnMember({ fileVersion, mayExtend }: Schema, name: string): boolean {
  return name === '$schema' || name === fileVersion?.member || (name === EXTENDS && mayExtend === true);
}

/** A setting of any format, for a key that the schema does not have. */
function extraSetting(key: Key): Setting {
  const [name = '', ...groups] = segments(key).toReversed();
  const node = { default: undefined, format: '*' };
  const group = groups.toReversed().join('.');
  return new Setting({ group, name, format: ANY, node, index: -1, items: undefined, members: undefined });
}

/** The unknown key that counts as a setting and that `key` leads into. */
export function extraMember(known: ExtraKeys, key: Key): MemberKey | undefined {
  const owner = extraOwner(known, key);
  if (owner === undefined || owner === key) return undefined;
  return { setting: extraSetting(owner), path: key.slice(owner.length).replace(/^\./, '') };
}

/** Throws `UNKNOWN_KEY` unless `key` is a setting, or a member that a layer has. */
export function requireExplainable(known: KnownKeys, key: Key): void {
  if (typeof key !== 'string') throw notAKey(key);
  if (known.schema.settings.has(key)) return;
  const member = known.member(key);
  if (!member) requireExtra(known, key);
  else if (!hasMember(known, member) && !isOpen(known, member)) throw unknownMember(known, key, member);
}

function hasMember({ layers }: KnownKeys, { setting, path }: MemberKey): boolean {
  return layers.some(({ entries }) => findMember(entries.get(setting.key)?.value, path)?.value !== undefined);
}

/** Whether a member without a value may be given one, because it is below an unknown key that counts as a setting. */
function isOpen(known: KnownKeys, { setting, path }: MemberKey): boolean {
  return !known.schema.settings.has(setting.key) && findMember(known.get(setting.key), path) !== undefined;
}

/** Throws `UNKNOWN_KEY` for a key that has no value, unless it counts as a setting. */
export function requireReadable(known: KnownKeys, key: Key): undefined {
  const member = known.member(key);
  if (!member) return requireExtra(known, key);
  if (isOpen(known, member)) return undefined;
  throw unknownMember(known, key, member);
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

export function unknownKey(key: Key, message: string, suggestion?: string): ConfigError {
  const issue: Issue = { code: 'UNKNOWN_KEY', key, message, ...(suggestion !== undefined && { suggestion }) };
  return new ConfigError([issue]);
}
