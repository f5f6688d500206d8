import { Config, partsOf } from './config/config.ts';
import { renameSnapshotKeys } from './config/rename-snapshot.ts';
import type { SnapshotJson } from './config/snapshot.ts';
import { requireSnapshot } from './config/snapshot-shape.ts';
import { type Definition, schemaOf } from './definition.ts';
import { type Key, segments } from './key.ts';
import { jsonSchema as schemaOfFile } from './schema/json-schema.ts';
import { describedSchema, NamedGroups, withPlaceholders } from './schema/open-groups.ts';
import { addNamed, choicesWith, memberNameProblem, membersAround, variantsAround } from './schema/open-paths.ts';
import type { OpenGroups, Schema } from './schema/schema.ts';
import type { Group, Setting } from './schema/setting.ts';
import { describe, type SettingDescription, textOf, type VariantCondition } from './setting-description.ts';
import { FlagNames } from './sources/flag-names.ts';
import { allowsUnknownKeys } from './unknown-keys.ts';
import { requireText } from './wrong-arguments.ts';

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
  const { schema, fullSchema = schema } = of instanceof Config ? partsOf(of).current : declared(schemaOf(of));
  return schema.settings.values().map((setting) => describeWhole(setting, schema, fullSchema.root));
}

/**
 * Describes one setting. In a definition, this may be a setting of any member of a group by name, or of any variant.
 * `undefined` for an unknown key.
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
  requireText('describeSetting: the key', key);
  const { open } = declared;
  const schema = parts || !open || declared.settings.has(key) ? declared : namesSchema(declared, open, key);
  const setting = schema.settings.get(key);
  return setting && describeWhole(setting, schema, (parts?.fullSchema ?? schema).root);
}

/** What a flag gives. */
export interface FlagDescription {
  /** The setting. */
  readonly setting: SettingDescription;
  /** The path into its value, where the flag gives a part of it. */
  readonly member?: string;
}

/**
 * Describes the setting of a flag, by its name without dashes: the flag, the key or an earlier name of a setting, which may
 * be in a group by name or in a variant. `undefined` for an unknown flag, and for `--no-x`.
 */
export function describeFlag(definition: Definition, name: string): FlagDescription | undefined {
  const declared = schemaOf(definition);
  requireText('describeFlag: the name', name);
  const { open } = declared;
  const schema = open ? describedSchema(declared, open) : declared;
  const meaning = new FlagNames(schema).meaning(name);
  if (!meaning || meaning.negated) return undefined;
  const { setting, member } = meaning;
  return { setting: describeWhole(setting, schema, schema.root), ...(member !== undefined && { member }) };
}

/**
 * Describes the settings of one member of a group by name, or of one element of a list of groups; none for another key. In
 * their keys, `*` stands for names and indexes.
 */
export function describeMember(definition: Definition, key: Key): readonly SettingDescription[] {
  const { schema } = declared(schemaOf(definition));
  requireText('describeMember: the key', key);
  let group: Group | undefined = schema.open && schema.root;
  let isWhole = false;
  for (const name of segments(key)) {
    const isMember: boolean = group instanceof NamedGroups && memberNameProblem(group, name) === undefined;
    const child: Setting | Group | undefined = group?.child(isMember ? '*' : name);
    group = child && 'children' in child ? child : undefined;
    isWhole = isMember || (group instanceof NamedGroups && group.isList);
  }
  if (!group || !isWhole) return [];
  const { key: pattern } = group;
  return describeSettings(definition).filter((setting) => setting.key.startsWith(`${pattern}.`));
}

function declared(schema: Schema): { readonly schema: Schema; readonly fullSchema?: Schema } {
  return { schema: schema.open ? withPlaceholders(schema, schema.open) : schema };
}

/** Describes a setting, also the group by name and the variants around it in the tree of `root`. */
function describeWhole(setting: Setting, schema: Schema, root: Group): SettingDescription {
  const description = describe(setting, schema);
  return schema.open ? { ...description, ...openPart(setting.key, root, description) } : description;
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
  requireText('settingText: the key', key);
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
  requireSnapshot('renameSnapshot', snapshot);
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
  const schema = schemaOf(definition);
  const unknown = allowsUnknownKeys(definition) ? 'allow' : 'warn';
  return schemaOfFile(schema, { title: definition.name, unknown });
}
