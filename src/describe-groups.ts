import { Config, partsOf } from './config/config.ts';
import { type Definition, schemaOf } from './definition.ts';
import type { Key } from './key.ts';
import { describedSchema, NamedGroups, VariantGroup } from './schema/open-groups.ts';
import type { Schema } from './schema/schema.ts';
import { type Group, Setting } from './schema/setting.ts';
import type { VariantFile } from './schema/variants.ts';
import { describe, type SettingDescription } from './setting-description.ts';

/** A group of a definition, as {@link describeGroups} describes it. */
export type GroupDescription = PlainGroupDescription | NamedGroupsDescription | VariantsDescription;

/** A group with the same members in every load. */
export interface PlainGroupDescription {
  /** The key of the group; empty for the settings of the whole definition. */
  readonly key: Key;
  /** Its settings and groups, by name. Only the description of a setting has a `format`. */
  readonly members: ReadonlyMap<string, SettingDescription | GroupDescription>;
}

/** A group whose members have the names that layers give. */
export interface NamedGroupsDescription {
  /** The key of the group. */
  readonly key: Key;
  /** What every member has; `*` stands for its name. */
  readonly member: GroupDescription;
  /** Whether the members are the elements of a list. */
  readonly isList: boolean;
}

/** A group whose members depend on a setting of its own. */
export interface VariantsDescription {
  /** The key of the group. */
  readonly key: Key;
  /** The setting that chooses. */
  readonly chooser: SettingDescription;
  /** The members that each choice has besides the chooser. */
  readonly variants: ReadonlyMap<string, PlainGroupDescription>;
  /** The file for each choice; absent if the group has none. */
  readonly files?: VariantFile;
}

/**
 * Describes the groups of a definition, or of a configuration's definition, as a tree. It has a node for each variant, and
 * one node, `*`, for all members of a group by name.
 * @example
 * import { defineConfig, variants } from 'varve';
 * import { describeGroups } from 'varve/tools';
 *
 * const optimizer = variants('type', { adam: { beta: 0.9 }, sgd: { momentum: 0.9 } });
 * const { members } = describeGroups(defineConfig({ name: 'trainer', settings: { optimizer } }));
 * console.log([...members.get('optimizer').variants.keys()]); // [ 'adam', 'sgd' ]
 */
export function describeGroups(of: Definition | Config): GroupDescription {
  const schema = schemaOf(of instanceof Config ? partsOf(of).definition : of);
  return describeGroup((schema.open ? describedSchema(schema, schema.open) : schema).root, schema);
}

function describeGroup(group: Group, schema: Schema): GroupDescription {
  const { key } = group;
  if (group instanceof NamedGroups) {
    return { key, member: describeGroup(group.member('*'), schema), isList: group.isList };
  }
  if (!(group instanceof VariantGroup)) return { key, members: describeMembers(group, schema) };
  const { chooser, variants, files } = group.parts;
  const members = Array.from(
    variants,
    ([choice, one]) => [choice, { key, members: describeMembers(one, schema) }] as const,
  );
  return { key, chooser: describe(chooser, schema), variants: new Map(members), ...(files && { files }) };
}

function describeMembers({ children }: Group, schema: Schema): PlainGroupDescription['members'] {
  const describeChild = (child: Setting | Group) =>
    child instanceof Setting ? describe(child, schema) : describeGroup(child, schema);
  return new Map(children.map((child) => [child.name, describeChild(child)]));
}
