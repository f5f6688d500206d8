import { namedSetting, type OpenWhole, openWhole } from '../schema/open-paths.ts';
import type { Schema } from '../schema/schema.ts';
import { variableOf } from '../schema/setting.ts';

/** The member of a group by name, or the list, that a variable with the prefix names: `APP_DATABASES__EU`. */
export function variableWhole(schema: Schema, name: string): OpenWhole | undefined {
  return openWhole(schema.root, variablePath(schema, name));
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
