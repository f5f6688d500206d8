import type { Issue } from '../errors.ts';
import { unicodePattern } from '../json/unicode-pattern.ts';
import { RESERVED_NAME } from '../json/value.ts';
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
function groupsAround(key: Key): readonly Key[] {
  const path = segments(key);
  return path.slice(1).map((_, i) => path.slice(0, i + 1).join('.'));
}

/** Whether an alias is written as a flag, `--old-rate` or `-r`, and so is no key or variable. */
export function isFlagAlias(alias: string): boolean {
  return alias.startsWith('-');
}

/** An alias in capitals may be a variable by itself; in small letters it could be any program's (`path`). */
const VARIABLE = /^[A-Z][A-Z0-9_]*$/;

function aliasVariables(setting: Setting, alias: string, prefix: string | undefined): readonly string[] {
  if (setting.node.env === false || isFlagAlias(alias)) return [];
  const names = [derivedVariable(alias, prefix), VARIABLE.test(alias) ? alias : undefined];
  return names.filter((name) => name !== undefined && name !== variableOf(setting, prefix)) as readonly string[];
}

function aliasFlags(setting: Setting, alias: string): readonly string[] {
  if (setting.node.arg === false) return [];
  if (isFlagAlias(alias)) return [alias.replace(/^--?/, '')];
  return [...new Set([alias, derivedFlag(alias)])].filter((name) => name !== flagOf(setting) && name !== setting.key);
}

/** What is wrong with names: two settings share one, a flag can't be typed, an alias is another setting's name. */
export function nameMistakes(schema: Schema): readonly Issue[] {
  const names = new NameCheck(schema);
  for (const setting of schema.settings.values()) names.claim(setting);
  for (const setting of schema.settings.values()) {
    if (setting.node.aliases !== undefined || setting.node.deprecated !== undefined) names.claimFormer(setting);
  }
  return names.mistakes;
}

class NameCheck {
  readonly mistakes: Issue[] = [];
  readonly #schema: Schema;
  readonly #flags = new Map<string, Setting>();
  readonly #variables = new Map<string, Setting>();
  readonly #aliases = new Map<Key, Setting>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** No flag gives two settings, and no variable whose name is derived. */
  claim(setting: Setting): void {
    const flag = flagOf(setting);
    const twin = flag === undefined ? undefined : this.#flags.get(flag);
    if (flag !== undefined && setting.node.arg === flag && !isTypable(flag)) {
      this.#mistake(setting, `has the "arg" ${JSON.stringify(flag)}`, 'Write it without dashes, spaces and "=".');
    }
    if (flag !== undefined && twin)
      this.#clash(setting, twin, `the flag ${dashed(flag)}`, 'Give one of them another "arg".');
    else if (flag !== undefined) this.#flags.set(flag, setting);
    const variable = variableOf(setting, this.#schema.prefix);
    const sharer = variable === undefined ? undefined : this.#variables.get(variable);
    if (variable !== undefined && sharer && !(setting.node.env && sharer.node.env)) {
      this.#clash(setting, sharer, `the variable ${variable}`, 'Give one of them another "env".');
    } else if (variable !== undefined) this.#variables.set(variable, setting);
  }

  /** A former name leads to one setting, and is no name that some setting has now. */
  claimFormer(setting: Setting): void {
    const { aliases, deprecated } = setting.node;
    if (deprecated !== undefined && typeof deprecated !== 'boolean' && typeof deprecated !== 'string') {
      this.#mistake(setting, 'has a "deprecated" that is neither true nor a text');
    }
    if (aliases === undefined) return;
    if (!Array.isArray(aliases)) {
      this.#mistake(setting, 'has "aliases" that are no list of names');
      return;
    }
    for (const alias of aliases) {
      if (typeof alias !== 'string' || !(isKey(alias) || isTypableFlag(alias)))
        this.#mistake(setting, `has the alias ${JSON.stringify(alias)}, which is neither a key nor a flag`);
      else this.#claimAlias(setting, alias);
    }
  }

  #claimAlias(setting: Setting, alias: string): void {
    const problem = isFlagAlias(alias) ? this.#flagAliasProblem(setting, alias) : this.#aliasProblem(setting, alias);
    if (problem !== undefined) this.#mistake(setting, `has the alias "${alias}", which ${problem}`);
    else this.#claimDerived(setting, alias);
    this.#aliases.set(alias, setting);
  }

  #aliasProblem(setting: Setting, alias: string): string | undefined {
    const { settings, groups } = this.#schema;
    if (settings.has(alias) || groups.has(alias)) return 'is a key';
    const other = this.#aliases.get(alias);
    if (other) return other === setting ? 'it has twice' : `${other.key} has too`;
    const around = groupsAround(alias).find((key) => settings.has(key) || this.#aliases.has(key));
    if (around !== undefined) return `lies inside the setting "${around}"`;
    const within = [...this.#aliases.keys()].find((key) => key.startsWith(`${alias}.`));
    return within === undefined ? undefined : `is a group, for "${within}" is an alias too`;
  }

  #flagAliasProblem(setting: Setting, alias: string): string | undefined {
    if (setting.node.arg === false) return 'is a flag, but "arg" is false';
    const other = this.#aliases.get(alias);
    return other && (other === setting ? 'it has twice' : `${other.key} has too`);
  }

  #claimDerived(setting: Setting, alias: string): void {
    for (const variable of aliasVariables(setting, alias, this.#schema.prefix)) {
      const owner = this.#variables.get(variable);
      if (owner && owner !== setting)
        this.#clash(setting, owner, `the alias "${alias}" and so the variable ${variable}`);
      else this.#variables.set(variable, setting);
    }
    for (const flag of aliasFlags(setting, alias)) {
      const owner = this.#flags.get(flag);
      if (owner && owner !== setting)
        this.#clash(setting, owner, `the alias "${alias}" and so the flag ${dashed(flag)}`);
      else this.#flags.set(flag, setting);
    }
  }

  #clash(setting: Setting, other: Setting, name: string, remedy?: string): void {
    this.#mistake(setting, `has ${name}, which ${other.key} has too`, remedy);
  }

  #mistake({ key }: Setting, message: string, suggestion?: string): void {
    this.mistakes.push({ code: 'INVALID_DEFINITION', key, message, ...(suggestion !== undefined && { suggestion }) });
  }
}

/** Whether a flag can be given: it begins with no dash and has no space or `=` in it. */
function isTypable(flag: string): boolean {
  return !/^-|[\s=]/.test(flag);
}

/** Whether an alias is a flag as it is typed: `-r`, `--old-rate`. */
function isTypableFlag(alias: string): boolean {
  const [, name] = /^(?:--([^-].+)|-([^-]))$/u.exec(alias)?.filter((part) => part !== undefined) ?? [];
  return name !== undefined && isTypable(name);
}

function isKey(alias: string): boolean {
  return isTypable(alias) && segments(alias).every((segment) => segment !== '' && segment !== RESERVED_NAME);
}
