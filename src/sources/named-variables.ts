import type { Key } from '../key.ts';
import type { Entry } from '../layer.ts';
import { NamedGroupsTemplate, VariantsTemplate } from '../schema/open-groups.ts';
import { keyOfWhole, namedSetting, type OpenWhole, openWhole, wholeValue } from '../schema/open-paths.ts';
import type { Schema } from '../schema/schema.ts';
import { type Group, readsFile, Setting, variableOf } from '../schema/setting.ts';

/** A list, or a member of a group by name, that variables give whole. */
interface VariableWhole {
  readonly key: Key;
  readonly entry: Entry;
}

/** How variables are read. */
interface VariableReaders {
  /** The text of a variable. */
  text(name: string): Entry | undefined;
  /** The text of the file that a variable names. */
  file(name: string): Entry | undefined;
  /** Why a value with two variables is refused. */
  twice(first: string, second: string): string;
}

/**
 * The lists and members of groups by name that variables with the prefix give whole: `APP_DATABASES__EU=null`,
 * `APP_SERVERS=[…]`, `APP_SERVERS_FILE=/run/secrets/servers`. Their names are taken out of `unclaimed`.
 */
export function variableWholes(
  schema: Schema,
  unclaimed: Set<string>,
  { text, file, twice }: VariableReaders,
): readonly VariableWhole[] {
  const wholes = new Map<Key, Entry>();
  for (const name of [...unclaimed].sort()) {
    const given = text(name);
    const path = variablePath(schema, name);
    const direct = openWhole(schema.root, path);
    const value = direct && given && wholeValue(direct, given.raw ?? '');
    const whole = value ? direct : wholeOfFile(schema, name);
    if (!whole || !given || !(value || hasFile(whole.group.template.member))) continue;
    unclaimed.delete(name);
    if (!value && given.raw === '') continue;
    const key = keyOfWhole(whole);
    const { origin } = given;
    const first = wholes.get(key)?.origin.name;
    if (first !== undefined) wholes.set(key, { origin, problem: twice(first, origin.name) });
    else wholes.set(key, value ? { origin, ...value } : wholeEntry(whole, file(name) ?? given));
  }
  return Array.from(wholes, ([key, entry]) => ({ key, entry }));
}

/** The entry of a whole, from the text of its file. */
function wholeEntry(whole: OpenWhole, { origin, raw = '', problem }: Entry): Entry {
  if (problem !== undefined) return { origin, problem };
  return { origin, ...(wholeValue(whole, raw) ?? { problem: 'must be a JSON object' }) };
}

/** The list or member that `NAME_FILE` may name the file of. */
export function wholeOfFile(schema: Schema, name: string): OpenWhole | undefined {
  const path = variablePath(schema, name);
  const last = path.at(-1) ?? '';
  if (!FILE.test(last)) return undefined;
  const whole = openWhole(schema.root, [...path.slice(0, -1), last.replace(FILE, '')]);
  const isOther = whole?.name !== undefined && whole.group.like(last) !== undefined;
  return isOther ? undefined : whole;
}

const FILE = /_file$/;

/** Whether a setting of a declaration may be given by a file: then the whole may be, which contains its value. */
function hasFile(template: Setting | Group): boolean {
  if (template instanceof Setting) return readsFile(template);
  if (template instanceof NamedGroupsTemplate) return hasFile(template.member);
  if (template instanceof VariantsTemplate) return [...template.parts.variants.values()].some(hasFile);
  return template.children.some(hasFile);
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
  const [last = '', ...rest] = path.toReversed();
  const named = FILE.test(last) ? namedSetting(schema.root, [...rest.reverse(), last.replace(FILE, '')]) : undefined;
  return named?.rest.length === 0 ? `${variableOf(named.setting, schema.prefix)}_FILE` : undefined;
}
