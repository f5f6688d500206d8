import type { Issue } from '../errors.ts';
import { RESERVED_NAME } from '../json/value.ts';
import { type Key, segments } from '../key.ts';
import { aliasFlags, aliasVariables, groupsAround, isFlagAlias } from './aliases.ts';
import { dashed, flagOf } from './flag-name.ts';
import type { Schema } from './schema.ts';
import type { Setting } from './setting.ts';
import { variableOf } from './setting.ts';

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
  /** The groups that aliases are in, each with one of them. */
  readonly #aliasGroups = new Map<Key, Key>();

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

  /** A deprecated name leads to one setting, and differs from every name that settings have now. */
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
    const groupsOfAlias = groupsAround(alias);
    const around = groupsOfAlias.find((key) => settings.has(key) || this.#aliases.has(key));
    if (around !== undefined) return `lies inside the setting "${around}"`;
    for (const group of groupsOfAlias) this.#aliasGroups.set(group, alias);
    const within = this.#aliasGroups.get(alias);
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
