import type { Issue } from '../errors.ts';
import { segments } from '../key.ts';
import type { Leaf, Schema } from './leaf.ts';

/** The variable that gives a setting: its own `env`, else the prefix and the key (`RL_OPTIMIZER__MAX_NORM`); or none. */
export function variableOf(leaf: Leaf, prefix: string | undefined): string | undefined {
  const { env } = leaf.node;
  if (env === false) return undefined;
  if (typeof env === 'string' && env !== '') return env;
  return prefix === undefined ? undefined : `${prefix}_${segments(leaf.key).map(upperSnake).join('__')}`;
}

/** The flag that gives a setting, without its dashes: its own `arg`, else the key in kebab case; or none. */
export function flagOf(leaf: Leaf): string | undefined {
  const { arg } = leaf.node;
  if (arg === false) return undefined;
  return typeof arg === 'string' && arg !== '' ? arg : segments(leaf.key).map(kebab).join('.');
}

/** A flag as it is typed: one letter after one dash, words after two. */
export function dashed(flag: string): string {
  return flag.length === 1 ? `-${flag}` : `--${flag}`;
}

/** `maxNorm` and `max-norm` give `MAX_NORM`. */
export function upperSnake(name: string): string {
  return words(name)
    .replace(/[^\p{L}\p{N}]+/gu, '_')
    .toUpperCase();
}

function kebab(name: string): string {
  return words(name)
    .replace(/[_\s]+/g, '-')
    .toLowerCase();
}

/** A space at each change from small to large letters, and before the last large letter of an acronym: `HTTPPort`. */
function words(name: string): string {
  return name.replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2').replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1_$2');
}

/** The names that two settings share: no flag gives two, and no variable whose name is derived. */
export function nameMistakes(schema: Schema): readonly Issue[] {
  const flags = new Map<string, Leaf>();
  const variables = new Map<string, Leaf>();
  const mistakes: Issue[] = [];
  const clash = (leaf: Leaf, other: Leaf, name: string, remedy: string): void => {
    const message = `has ${name}, which ${other.key} has too`;
    mistakes.push({ code: 'INVALID_DEFINITION', key: leaf.key, message, suggestion: remedy });
  };
  for (const leaf of schema.leaves.values()) {
    const flag = flagOf(leaf);
    const twin = flag === undefined ? undefined : flags.get(flag);
    if (flag !== undefined && twin) clash(leaf, twin, `the flag ${dashed(flag)}`, 'Give one of them another "arg".');
    else if (flag !== undefined) flags.set(flag, leaf);
    const variable = variableOf(leaf, schema.prefix);
    const sharer = variable === undefined ? undefined : variables.get(variable);
    if (variable !== undefined && sharer && !(leaf.node.env && sharer.node.env)) {
      clash(leaf, sharer, `the variable ${variable}`, 'Give one of them another "env".');
    } else if (variable !== undefined) variables.set(variable, leaf);
  }
  return mistakes;
}
