import { unicodePattern } from '../json/unicode-pattern.ts';
import type { Key } from '../key.ts';
import type { DeprecatedNames, Setting } from './setting.ts';

/** The variable that gives a setting: its own `env`, else the prefix and the key (`RL_OPTIMIZER__MAX_NORM`); or none. */
export function variableOf(setting: Setting, prefix: string | undefined): string | undefined {
  const { env } = setting.node;
  if (env === false) return undefined;
  if (typeof env === 'string' && env !== '') return env;
  return prefix === undefined ? undefined : derivedVariable(setting.key, prefix);
}

/** The variable that a key would have without an `env` of its own; none without a prefix. */
export function derivedVariable(key: Key, prefix: string | undefined): string | undefined {
  return prefix === undefined ? undefined : `${prefix}_${key.split('.').map(upperSnake).join('__')}`;
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
  return key.split('.').map(kebab).join('.');
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

/** Collects the deprecated names of settings. */
export function deprecatedNames(settings: readonly Setting[], prefix: string | undefined): DeprecatedNames {
  const keys = new Map<Key, Setting>();
  const groups = new Set<Key>();
  const variables = new Map<string, Setting>();
  const flags = new Map<string, Setting>();
  const deprecated: Setting[] = [];
  for (const setting of settings) {
    const { node } = setting;
    if (node.deprecated !== undefined && node.deprecated !== false) deprecated.push(setting);
    if (!Array.isArray(node.aliases)) continue;
    for (const alias of node.aliases.filter((name) => typeof name === 'string')) {
      if (!isFlagAlias(alias)) {
        keys.set(alias, setting);
        for (const group of groupsAround(alias)) groups.add(group);
      }
      for (const variable of aliasVariables(setting, alias, prefix)) variables.set(variable, setting);
      for (const flag of aliasFlags(setting, alias)) flags.set(flag, setting);
    }
  }
  return { keys, groups, variables, flags, deprecated };
}

/** The keys of the groups around a key, the outermost first. */
export function groupsAround(key: Key): readonly Key[] {
  const path = key.split('.');
  return path.slice(1).map((_, i) => path.slice(0, i + 1).join('.'));
}

/** Whether an alias is written as a flag, `--old-rate` or `-r`, and so is neither a key nor a variable. */
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
