import { Config, partsOf } from './config/config.ts';
import { renameSnapshotKeys } from './config/resume.ts';
import type { SnapshotJson } from './config/snapshot.ts';
import { type Definition, schemaOf } from './definition.ts';
import { isEqual } from './json/value.ts';
import { type Key, segments } from './key.ts';
import { REDACTED } from './layer.ts';
import { rulesOf } from './rule-texts.ts';
import { check } from './schema/check.ts';
import { decode, takesEmptyText } from './schema/decode.ts';
import { jsonSchema as schemaOfFile } from './schema/json-schema.ts';
import { describedSchema, NamedGroups, VariantGroup, withPlaceholders } from './schema/open-groups.ts';
import { addNamed, choicesWith, membersAround, variantsAround } from './schema/open-paths.ts';
import type { OpenGroups, Schema } from './schema/schema.ts';
import { dashed, flagOf, type Group, Setting, variableOf } from './schema/setting.ts';
import { FlagNames } from './sources/flag-names.ts';
import { allowsUnknownKeys } from './unknown-keys.ts';

/** The constraints that a setting may have besides its format. */
export interface Constraints {
  /** The least number. */
  readonly min?: number;
  /** The greatest number. */
  readonly max?: number;
  /** The least number of characters or elements. */
  readonly minLength?: number;
  /** The greatest number of characters or elements. */
  readonly maxLength?: number;
  /** The source of the regular expression. */
  readonly pattern?: string;
}

/** What each element or member of a setting must be. */
type PartDescription = Pick<SettingDescription, 'format' | 'options' | 'constraints' | 'nullable'>;

/** The choices of a group of variants that a setting exists with. */
export interface VariantCondition {
  /** The setting that chooses. */
  readonly chooser: Key;
  /** The names of the variants that have the setting. */
  readonly choices: readonly string[];
}

/** The description of one setting of a definition. It does not depend on any layer. */
export interface SettingDescription {
  /** The setting. */
  readonly key: Key;
  /** What it is for. */
  readonly doc?: string;
  /** `nat`, `number`, `"debug" | "info"`. */
  readonly format: string;
  /** The values of an enumeration or of a boolean. */
  readonly options?: readonly unknown[];
  /** Its limits besides the format. */
  readonly constraints: Constraints;
  /** Whether `null` is a value. */
  readonly nullable: boolean;
  /** Whether a layer above the default must provide a value. */
  readonly required: boolean;
  /** Whether its value is redacted. */
  readonly sensitive: boolean;
  /** Whether layers are merged member by member. */
  readonly merges: boolean;
  /** How layers combine: of an `Object` or an `Array`. */
  readonly merge?: 'deep' | 'replace' | 'append';
  /** What each element of an `Array` must be, where the definition says so. */
  readonly items?: PartDescription;
  /** What each member of an `Object` must be, where the definition says so. */
  readonly members?: PartDescription;
  /** Absent where there is none; `********` for a sensitive setting. */
  readonly default?: unknown;
  /** What the default is computed from in every load: keys, `env:HOME`, `file:/run/secrets/token`. */
  readonly defaultFrom?: readonly string[];
  /** The default as a variable or a flag would give it; absent where no text does, and for a sensitive setting. */
  readonly defaultText?: string;
  /** The variable that gives it. */
  readonly variable?: string;
  /** The flag that gives it, with its dashes. */
  readonly flag?: string;
  /** The group by name that it belongs to. In a definition, `*` stands for the name in its key, variable and flag. */
  readonly byName?: Key;
  /** The choices that it exists with, the outermost first; absent for a setting of no variant. */
  readonly onlyWith?: readonly VariantCondition[];
  /** `false`: a running program keeps its value until the next start. */
  readonly reload?: false;
  /** `common` settings are the first tier of a program's help. */
  readonly help?: 'common';
  /** The rules across settings that it has a part in, each in a phrase: `required when tls.enabled is true`. */
  readonly rules?: readonly string[];
  /** Whether it is deprecated; a text says what to write instead. */
  readonly deprecated?: boolean | string;
  /** Its earlier names. */
  readonly aliases?: readonly string[];
  /** How a search spreads values between the constraints `min` and `max`. */
  readonly search?: 'linear' | 'log';
}

/**
 * Describes the settings of a definition, or of the definition of a configuration, in their order.
 * @example
 * import { defineConfig } from 'varve';
 * import { describeSettings } from 'varve/tools';
 *
 * const definition = defineConfig({ name: 'shop', envPrefix: 'SHOP', settings: { db: { pool: { format: 'nat', default: 10 } } } });
 * const [{ key, format, variable, flag }] = describeSettings(definition);
 * console.log(key, format, variable, flag); // db.pool nat SHOP_DB__POOL --db.pool
 */
export function describeSettings(of: Definition | Config): readonly SettingDescription[] {
  const { schema, reading = schema } = of instanceof Config ? partsOf(of).current : declared(schemaOf(of));
  const isOpen = schema.open !== undefined;
  return schema.settings.values().map((setting) => {
    const description = describe(setting, schema);
    return isOpen ? { ...description, ...openPart(setting.key, reading.root, description) } : description;
  });
}

/**
 * Describes one setting. Of a definition, also that of a member of a group by name, whatever its name, and of any variant.
 * `undefined` for another key.
 * @example
 * import { defineConfig, each } from 'varve';
 * import { describeSetting } from 'varve/tools';
 *
 * const definition = defineConfig({ name: 'shop', envPrefix: 'SHOP', settings: { databases: each({ pool: 10 }) } });
 * console.log(describeSetting(definition, 'databases.eu.pool')?.variable); // SHOP_DATABASES__EU__POOL
 */
export function describeSetting(of: Definition | Config, key: Key): SettingDescription | undefined {
  const parts = of instanceof Config ? partsOf(of).current : undefined;
  const declared = parts?.schema ?? schemaOf(of as Definition);
  const { open } = declared;
  const schema = parts || !open || declared.settings.has(key) ? declared : namesSchema(declared, open, key);
  const setting = schema.settings.get(key);
  if (!setting) return undefined;
  const description = describe(setting, schema);
  return open ? { ...description, ...openPart(key, (parts?.reading ?? schema).root, description) } : description;
}

/** What a flag gives. */
export interface FlagDescription {
  /** The setting. */
  readonly setting: SettingDescription;
  /** The path into its value, where the flag gives a part of it. */
  readonly member?: string;
}

/**
 * Describes what a flag gives, by its name without dashes: its own name, a key or an earlier name, of any member of a group
 * by name and of any variant. `undefined` for an unknown flag, and for `--no-x`.
 */
export function describeFlag(definition: Definition, name: string): FlagDescription | undefined {
  const declared = schemaOf(definition);
  const { open } = declared;
  const schema = open ? describedSchema(declared, open) : declared;
  const meaning = new FlagNames(schema).meaning(name);
  if (!meaning || meaning.negated) return undefined;
  const { setting, member } = meaning;
  const description = describe(setting, schema);
  const part = open && openPart(setting.key, schema.root, description);
  return { setting: { ...description, ...part }, ...(member !== undefined && { member }) };
}

/** Describes the settings that a member of a group by name has; none for a key that is not that of a member. */
export function describeMember(definition: Definition, key: Key): readonly SettingDescription[] {
  const pattern = key.split('.');
  const isWithin = ({ key: one }: SettingDescription): boolean => {
    const names = one.split('.');
    const isMember = names.length > pattern.length && names[pattern.length - 1] === '*';
    return isMember && pattern.every((name, i) => names[i] === '*' || names[i] === name);
  };
  return describeSettings(definition).filter(isWithin);
}

/** A group of a definition, as {@link describeGroups} describes it. */
export type GroupDescription = PlainGroupDescription | NamedGroupsDescription | VariantsDescription;

/** A group with the same members in every load. */
export interface PlainGroupDescription {
  /** The key of the group; empty for the settings of the whole definition. */
  readonly key: Key;
  /** Its settings and groups. A setting has a `format`. */
  readonly members: ReadonlyMap<string, SettingDescription | GroupDescription>;
}

/** A group whose members have the names that layers give. */
export interface NamedGroupsDescription {
  /** The key of the group. */
  readonly key: Key;
  /** What every member has; `*` stands for its name. */
  readonly member: GroupDescription;
}

/** A group whose members depend on a setting of its own. */
export interface VariantsDescription {
  /** The key of the group. */
  readonly key: Key;
  /** The setting that chooses. */
  readonly chooser: SettingDescription;
  /** The members that each choice has besides the chooser. */
  readonly variants: ReadonlyMap<string, PlainGroupDescription>;
}

/**
 * Describes the groups of a definition as a tree: each variant with settings of its own, and one member for all names of a
 * group by name.
 * @example
 * import { defineConfig, variants } from 'varve';
 * import { describeGroups } from 'varve/tools';
 *
 * const optimizer = variants('type', { adam: { beta: 0.9 }, sgd: { momentum: 0.9 } });
 * const { members } = describeGroups(defineConfig({ name: 'trainer', settings: { optimizer } }));
 * console.log([...members.get('optimizer').variants.keys()]); // [ 'adam', 'sgd' ]
 */
export function describeGroups(definition: Definition): GroupDescription {
  const schema = schemaOf(definition);
  return describeGroup((schema.open ? describedSchema(schema, schema.open) : schema).root, schema);
}

function describeGroup(group: Group, schema: Schema): GroupDescription {
  const { key } = group;
  if (group instanceof NamedGroups) return { key, member: describeGroup(group.member('*'), schema) };
  if (!(group instanceof VariantGroup)) return { key, members: describeMembers(group, schema) };
  const { chooser, variants } = group.parts;
  const members = Array.from(
    variants,
    ([choice, one]) => [choice, { key, members: describeMembers(one, schema) }] as const,
  );
  return { key, chooser: describe(chooser, schema), variants: new Map(members) };
}

function describeMembers({ children }: Group, schema: Schema): PlainGroupDescription['members'] {
  const describeChild = (child: Setting | Group) =>
    child instanceof Setting ? describe(child, schema) : describeGroup(child, schema);
  return new Map(children.map((child) => [child.name, describeChild(child)]));
}

function declared(schema: Schema): { readonly schema: Schema; readonly reading?: Schema } {
  return { schema: schema.open ? withPlaceholders(schema, schema.open) : schema };
}

/** The group by name that a setting belongs to, and the choices that it exists with. */
function openPart(key: Key, root: Group, { rules = [] }: SettingDescription): Partial<SettingDescription> {
  const member = membersAround(root, key).at(-1);
  const onlyWith = variantsAround(root, key).flatMap((group): readonly VariantCondition[] => {
    const chooser = group.parts.chooser.key;
    return chooser === key ? [] : [{ chooser, choices: choicesWith(group, key) }];
  });
  const phrases = onlyWith.map(({ chooser, choices }) => `only with ${chooser} ${quotedList(choices)}`);
  return {
    ...(member !== undefined && { byName: member.slice(0, member.lastIndexOf('.')) }),
    ...(onlyWith.length > 0 && { onlyWith, rules: [...rules, ...phrases] }),
  };
}

function quotedList(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(' or ');
}

/**
 * The text that gives a setting this value, in a variable or a flag; `undefined` if no text does, such as for `null`
 * in a string setting.
 * @example
 * import { defineConfig } from 'varve';
 * import { settingText } from 'varve/tools';
 *
 * const definition = defineConfig({ name: 'shop', settings: { hosts: { format: Array, default: [] } } });
 * console.log(settingText(definition, 'hosts', ['a', 'b'])); // ["a","b"]
 */
export function settingText(definition: Definition, key: Key, value: unknown): string | undefined {
  const schema = schemaOf(definition);
  const { open } = schema;
  const setting = schema.settings.get(key) ?? (open && namesSchema(schema, open, key).settings.get(key));
  return setting && textOf(setting, value);
}

/** The settings of groups by name that were asked for, of every name. */
const named = new WeakMap<Schema, Schema>();

/** The settings to describe, with those of the member that a key leads to. */
function namesSchema(schema: Schema, open: OpenGroups, key: Key): Schema {
  const known = named.get(schema) ?? describedSchema(schema, open);
  named.set(schema, known);
  addNamed(known.root, segments(key));
  return known;
}

/** A snapshot in which aliases are replaced by the present keys of the settings. */
export function renameSnapshot(snapshot: SnapshotJson, definition: Definition): SnapshotJson {
  return renameSnapshotKeys(snapshot, schemaOf(definition));
}

/**
 * The JSON Schema (draft 7) of a definition's file: with it, editors complete and check the file.
 * @example
 * import { defineConfig } from 'varve';
 * import { jsonSchema } from 'varve/tools';
 *
 * const definition = defineConfig({ name: 'shop', settings: { pool: { format: 'nat', default: 10 } } });
 * const { properties } = jsonSchema(definition);
 * console.log(properties.pool.type, properties.pool.minimum); // integer 0
 */
export function jsonSchema(definition: Definition): Readonly<Record<string, unknown>> {
  const unknown = allowsUnknownKeys(definition) ? 'allow' : 'warn';
  return schemaOfFile(schemaOf(definition), { title: definition.name, unknown });
}

function describe(setting: Setting, schema: Schema): SettingDescription {
  const { key, node, required, sensitive, merges, merge, hasMembers, items, members } = setting;
  const variable = variableOf(setting, schema.prefix);
  const flag = flagOf(setting);
  const rules = rulesOf(key, schema);
  return {
    key,
    ...(node.doc !== undefined && { doc: node.doc }),
    ...describePart(setting),
    required,
    sensitive,
    merges,
    ...(hasMembers && { merge }),
    ...(items && { items: describePart(items) }),
    ...(members && { members: describePart(members) }),
    ...defaultOf(setting),
    ...(variable !== undefined && { variable }),
    ...(flag !== undefined && { flag: dashed(flag) }),
    ...(node.reload === false && { reload: false as const }),
    ...(node.help === 'common' && { help: 'common' as const }),
    ...(rules.length > 0 && { rules }),
    ...(node.deprecated !== undefined && { deprecated: node.deprecated }),
    ...(node.aliases && { aliases: node.aliases }),
    ...(node.search !== undefined && { search: node.search }),
  };
}

function describePart(setting: Setting): PartDescription {
  const { format, nullable, sensitive } = setting;
  const listed = sensitive ? undefined : format.options;
  const options = listed ?? (format.text === 'boolean' ? [true, false] : undefined);
  return { format: format.name, ...(options && { options }), constraints: constraintsOf(setting), nullable };
}

function constraintsOf({ node: { min, max, minLength, maxLength, pattern } }: Setting): Constraints {
  return {
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(minLength !== undefined && { minLength }),
    ...(maxLength !== undefined && { maxLength }),
    ...(pattern !== undefined && { pattern: typeof pattern === 'string' ? pattern : pattern.source }),
  };
}

function defaultOf(setting: Setting): Pick<SettingDescription, 'default' | 'defaultFrom' | 'defaultText'> {
  if (setting.expression) return { defaultFrom: setting.expression.names };
  if (setting.default === undefined) return {};
  if (setting.sensitive) return { default: REDACTED };
  const written = setting.node.default;
  const text =
    typeof written === 'string' && means(setting, written, setting.default)
      ? written
      : textOf(setting, setting.default);
  return { default: setting.default, ...(text !== undefined && { defaultText: text }) };
}

function textOf(setting: Setting, value: unknown): string | undefined {
  return texts(value).find((text) => means(setting, text, value));
}

/** Whether `text` in a variable gives `value`. */
function means(setting: Setting, text: string, value: unknown): boolean {
  if (text === '' && !takesEmptyText(setting)) return false;
  const decoded = decode(setting, text);
  if ('problem' in decoded) return false;
  if (decoded.value === null) return value === null;
  const checked = check(setting, decoded.value);
  return 'value' in checked && isSame(checked.value, value);
}

/** What a schema of the user's makes of text may be a date. */
function isSame(a: unknown, b: unknown): boolean {
  return a instanceof Date && b instanceof Date ? a.getTime() === b.getTime() : isEqual(a, b);
}

/** The texts that may stand for a value, the plainest first. */
function texts(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (typeof value === 'string') return [value, JSON.stringify(value)];
  if (value instanceof RegExp) return [value.source];
  // An integer that a double holds but beyond 2^53 is only taken with an exponent.
  if (typeof value === 'number') return [String(value), value.toExponential()];
  const json: string | undefined = JSON.stringify(value, (_, member: unknown) =>
    member instanceof RegExp ? member.source : member,
  );
  return json === undefined ? [] : value instanceof Date ? [value.toISOString(), json] : [json];
}
