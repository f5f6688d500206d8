import type { Key } from '../key.ts';
import { keyOfWhole, namedSetting, openWhole, wholeValue } from '../schema/open-paths.ts';
import type { Schema } from '../schema/schema.ts';
import { variableOf } from '../schema/setting.ts';

/** A list, or a member of a group by name, that a variable gives whole. */
interface VariableWhole<V> {
  readonly key: Key;
  readonly variable: V;
  readonly value?: unknown;
  readonly problem?: string;
}

/**
 * The lists and members of groups by name that variables with the prefix give whole: `APP_DATABASES__EU=null`,
 * `APP_SERVERS=[…]`. Their names are taken out of `unclaimed`.
 */
export function variableWholes<V extends { readonly text: string }>(
  schema: Schema,
  unclaimed: Set<string>,
  variableOf: (name: string) => V | undefined,
): readonly VariableWhole<V>[] {
  return [...unclaimed].flatMap((name): readonly VariableWhole<V>[] => {
    const variable = variableOf(name);
    const whole = variable && openWhole(schema.root, variablePath(schema, name));
    const read = whole && wholeValue(whole, variable.text);
    if (!read) return [];
    unclaimed.delete(name);
    return [{ key: keyOfWhole(whole), variable, ...read }];
  });
}

/** The names that a variable with the prefix leads along: `databases`, `eu`, `url`. */
function variablePath({ prefix = '' }: Schema, name: string): readonly string[] {
  return name
    .slice(prefix.length + 1)
    .toLowerCase()
    .split('__');
}

/** The variable of the setting of a group by name that a variable leads to, with what follows it. */
export function namedVariable(schema: Schema, name: string): string | undefined {
  const path = variablePath(schema, name);
  const found = namedSetting(schema.root, path);
  if (found) {
    const behind = name.split('__').slice(path.length - found.rest.length);
    return [variableOf(found.setting, schema.prefix), ...behind].join('__');
  }
  const file = /_file$/;
  const [last = '', ...rest] = path.toReversed();
  const named = file.test(last) ? namedSetting(schema.root, [...rest.reverse(), last.replace(file, '')]) : undefined;
  return named?.rest.length === 0 ? `${variableOf(named.setting, schema.prefix)}_FILE` : undefined;
}
