import type { Key } from '../key.ts';
import { derivedFlag, flagOf } from './flag-name.ts';
import type { DeprecatedNames } from './schema.ts';
import { derivedVariable, type Setting, variableOf } from './setting.ts';

export function deprecatedNames(settings: readonly Setting[], prefix: string | undefined): DeprecatedNames {
  const keys = new Map<Key, Setting>();
  const groups = new Set<Key>();
  const variables = new Map<string, Setting>();
  const flags = new Map<string, Setting>();
  const deprecated: Setting[] = [];
  for (const setting of settings) {
    const { deprecated: isDeprecated, aliases } = setting.node;
    if (isDeprecated !== undefined && isDeprecated !== false) deprecated.push(setting);
    if (!Array.isArray(aliases)) continue;
    for (const alias of aliases.filter((name) => typeof name === 'string')) {
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
