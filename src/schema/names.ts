import { unicodePattern } from '../json/unicode-pattern.ts';
import { type Key, segments } from '../key.ts';
import type { Schema, Setting } from './setting.ts';

/** The variable that gives a setting: its own `env`, else the prefix and the key (`RL_OPTIMIZER__MAX_NORM`); or none. */
export function variableOf(setting: Setting, prefix: string | undefined): string | undefined {
  const { env } = setting.node;
  if (env === false) return undefined;
  if (typeof env === 'string' && env !== '') return env;
  return prefix === undefined ? undefined : derivedVariable(setting.key, prefix);
}

/** The variable that a key would have without an `env` of its own; none without a prefix. */
export function derivedVariable(key: Key, prefix: string | undefined): string | undefined {
  return prefix === undefined ? undefined : `${prefix}_${segments(key).map(upperSnake).join('__')}`;
}

/** The flag that gives a setting, without its dashes: its own `arg`, else the key in kebab case; or none. */
export function flagOf(setting: Setting): string | undefined {
  const { arg } = setting.node;
  if (arg === false) return undefined;
  return typeof arg === 'string' && arg !== '' ? arg : derivedFlag(setting.key);
}

/** Keys that are the flags that they give. */
const KEBAB = /^[a-z0-9.-]*$/;

function derivedFlag(key: Key): string {
  if (KEBAB.test(key)) return key;
  return segments(key).map(kebab).join('.');
}

/** A flag as it is typed: one letter after one dash, words after two. */
export function dashed(flag: string): string {
  return flag.length === 1 ? `-${flag}` : `--${flag}`;
}

/** Names that need no tables of Unicode, which cost more than all else of a small configuration's names. */
const ASCII = /^[\w.-]*$/;

const separators = unicodePattern('[^\\p{L}\\p{N}]+', 'gu');
const wordStarts = unicodePattern('([\\p{Ll}\\p{N}])(\\p{Lu})', 'gu');
const acronymEnds = unicodePattern('(\\p{Lu})(\\p{Lu}\\p{Ll})', 'gu');

/** `maxNorm` and `max-norm` give `MAX_NORM`. */
export function upperSnake(name: string): string {
  const between = ASCII.test(name) ? /[^A-Za-z0-9]+/g : separators();
  return words(name).replace(between, '_').toUpperCase();
}

function kebab(name: string): string {
  return words(name)
    .replace(/[_\s]+/g, '-')
    .toLowerCase();
}

/** A space at each change from small to large letters, and before the last large letter of an acronym: `HTTPPort`. */
function words(name: string): string {
  if (ASCII.test(name)) {
    return name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').replace(/([A-Z])([A-Z][a-z])/g, '$1_$2');
  }
  return name.replace(wordStarts(), '$1_$2').replace(acronymEnds(), '$1_$2');
}

/** The names that settings had before: each leads to the setting that has the name as one of its `aliases`. */
export interface DeprecatedNames {
  readonly keys: ReadonlyMap<Key, Setting>;
  /** The keys of groups that former keys stand in. */
  readonly groups: ReadonlySet<Key>;
  readonly variables: ReadonlyMap<string, Setting>;
  readonly flags: ReadonlyMap<string, Setting>;
  /** The settings that are deprecated themselves. */
  readonly deprecated: readonly Setting[];
}

const deprecatedNamesOf = new WeakMap<Schema, DeprecatedNames>();

/** The former names of a schema's settings. */
export function deprecatedNames(schema: Schema): DeprecatedNames {
  let names = deprecatedNamesOf.get(schema);
  if (!names) {
    names = collected(schema);
    deprecatedNamesOf.set(schema, names);
  }
  return names;
}

function collected(schema: Schema): DeprecatedNames {
  const keys = new Map<Key, Setting>();
  const groups = new Set<Key>();
  const variables = new Map<string, Setting>();
  const flags = new Map<string, Setting>();
  const deprecated: Setting[] = [];
  for (const setting of schema.settings.values()) {
    const { node } = setting;
    if (node.deprecated !== undefined && node.deprecated !== false) deprecated.push(setting);
    if (node.aliases === undefined) continue;
    for (const alias of node.aliases) {
      if (!isFlagAlias(alias)) {
        keys.set(alias, setting);
        for (const group of groupsAround(alias)) groups.add(group);
      }
      for (const variable of aliasVariables(setting, alias, schema.prefix)) variables.set(variable, setting);
      for (const flag of aliasFlags(setting, alias)) flags.set(flag, setting);
    }
  }
  return { keys, groups, variables, flags, deprecated };
}

/** The keys of the groups around a key, the outermost first. */
export function groupsAround(key: Key): readonly Key[] {
  const path = segments(key);
  return path.slice(1).map((_, i) => path.slice(0, i + 1).join('.'));
}

/** Whether an alias is written as a flag, `--old-rate` or `-r`, and so is no key or variable. */
export function isFlagAlias(alias: string): boolean {
  return alias.startsWith('-');
}

/** An alias in capitals may be a variable by itself; in small letters it could be any program's (`path`). */
const VARIABLE = /^[A-Z][A-Z0-9_]*$/;

export function aliasVariables(setting: Setting, alias: string, prefix: string | undefined): readonly string[] {
  if (setting.node.env === false || isFlagAlias(alias)) return [];
  const names = [derivedVariable(alias, prefix), VARIABLE.test(alias) ? alias : undefined];
  return names.filter((name) => name !== undefined && name !== variableOf(setting, prefix)) as readonly string[];
}

export function aliasFlags(setting: Setting, alias: string): readonly string[] {
  if (setting.node.arg === false) return [];
  if (isFlagAlias(alias)) return [alias.replace(/^--?/, '')];
  return [...new Set([alias, derivedFlag(alias)])].filter((name) => name !== flagOf(setting) && name !== setting.key);
}
