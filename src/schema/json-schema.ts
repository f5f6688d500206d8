import type { JsonObject } from '../json/value.ts';
import { type Key, segments } from '../key.ts';
import type { FileVersion } from '../migrations.ts';
import { rulesOf } from '../rule-texts.ts';
import type { AnyRule } from '../rules.ts';
import { isFlagAlias } from './aliases.ts';
import { settingSchema } from './json-schema-setting.ts';
import { NamedGroups, NamedGroupsTemplate, VariantGroup, VariantsTemplate } from './open-groups.ts';
import type { Schema } from './schema.ts';
import { Group, type Setting } from './setting.ts';
import { isStandardSchema } from './standard.ts';

/** What a JSON Schema says of the file as a whole. */
export interface JsonSchemaOptions {
  /** What the configuration is called. */
  readonly title?: string;
  /** Whether the file may have keys that the settings do not have; `allow` lets them be. */
  readonly unknown?: 'warn' | 'error' | 'allow' | undefined;
}

/** Draft 7: the newest that editors and validators take without options. */
const DRAFT = 'http://json-schema.org/draft-07/schema#';

/**
 * The JSON Schema (draft 7) of a definition's file, for editors and validators. varve accepts what it accepts, as far as a
 * schema can express that; it is stricter where varve reads text (`"8080"` for a number), and where unknown keys are a warning.
 * Defaults and options of sensitive settings are left out of it.
 */
export function jsonSchema(schema: Schema, { title, unknown = 'warn' }: JsonSchemaOptions = {}): JsonObject {
  const { root, settings, mayExtend, fileVersion } = schema;
  const additional = unknown === 'allow';
  const expressions = schema.syntaxOf?.('file')?.pattern;
  const tree = groupSchema(root, { additional, expressions, rules: (key) => rulesOf(key, schema) });
  for (const setting of settings.values()) {
    for (const alias of setting.node.aliases ?? []) {
      if (!isFlagAlias(alias)) place(tree, segments(alias), aliasSchema(setting, expressions), additional);
    }
  }
  const properties = {
    $schema: { type: 'string', description: 'Where this schema is.' },
    ...(fileVersion && { [fileVersion.member]: versionSchema(fileVersion) }),
    ...(mayExtend && { extends: EXTENDS_SCHEMA }),
    ...tree.properties,
  };
  const allOf = schema.rules.flatMap(ruleSchemas);
  return {
    $schema: DRAFT,
    ...(title !== undefined && { title }),
    ...tree,
    properties,
    ...(allOf.length > 0 && { allOf }),
  };
}

const EXTENDS_SCHEMA: JsonObject = {
  anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }],
  description: 'The files whose values this file overrides, relative to it, lowest first.',
};

/** A file of an older version is read; an editor completes the present one. */
function versionSchema({ current }: FileVersion): JsonObject {
  return { type: 'integer', minimum: 1, maximum: current, default: current, description: 'The version of this file.' };
}

/** What a file alone can break of a declared rule. A required setting may be in another layer: its description has the rule. */
function ruleSchemas(one: AnyRule): readonly JsonObject[] {
  if (isStandardSchema(one) || one.kind !== 'exclusive') return [];
  const pairs = one.keys.flatMap((key, i) => one.keys.slice(i + 1).map((other) => [key, other]));
  return pairs.map((pair) => ({ not: { allOf: pair.map((key) => memberSchema(key, SET)) } }));
}

/** A value that counts as set. */
const SET: JsonObject = { not: { enum: [null, ''] } };

/** A file that has a value of this schema at a key. */
function memberSchema(key: Key, value: JsonObject): JsonObject {
  return segments(key).reduceRight<JsonObject>(
    (schema, name) => ({ properties: { [name]: schema }, required: [name] }),
    value,
  );
}

interface ObjectSchema extends JsonObject {
  readonly properties: Record<string, unknown>;
}

function objectSchema(additionalProperties: boolean): ObjectSchema {
  return { type: 'object', properties: {}, additionalProperties };
}

interface GroupOptions {
  readonly additional: boolean;
  /** The regular expression of texts that compute values. */
  readonly expressions: string | undefined;
  /** What the rules require of a setting, each in a phrase. */
  readonly rules: (key: Key) => readonly string[];
}

function groupSchema(group: Group, options: GroupOptions): ObjectSchema {
  const { children } = group;
  if (group instanceof NamedGroups || group instanceof NamedGroupsTemplate) return namedSchema(group, options);
  if (group instanceof VariantGroup || group instanceof VariantsTemplate) return variantsSchema(group, options);
  const schema = objectSchema(options.additional);
  for (const child of children) {
    schema.properties[child.name] = child instanceof Group ? groupSchema(child, options) : ruledSchema(child, options);
  }
  return schema;
}

/** A setting whose description has its rules too. */
function ruledSchema(setting: Setting, { expressions, rules }: GroupOptions): JsonObject {
  const { description: doc, ...schema } = settingSchema(setting, expressions);
  const description = [doc, ...rules(setting.key)].filter((text) => text !== undefined).join('\n\n');
  return { ...(description !== '' && { description }), ...schema };
}

/** Any names; `null` removes what the layers below give. A list, or single members of the one below by their indexes. */
function namedSchema(group: NamedGroups | NamedGroupsTemplate, options: GroupOptions): ObjectSchema {
  const { member, isList } = group instanceof NamedGroups ? group.template : group;
  if (isList) {
    const items = groupSchema(member, options);
    const byIndex = { patternProperties: { '^(0|[1-9][0-9]*)$': items }, additionalProperties: false };
    return { type: ['array', 'object'], items, properties: {}, ...byIndex };
  }
  const additionalProperties = { ...groupSchema(member, options), type: ['object', 'null'] };
  return { type: 'object', properties: {}, additionalProperties };
}

/** One of the variants. Another layer may have the choice, so the file need not. */
function variantsSchema({ parts }: VariantGroup | VariantsTemplate, options: GroupOptions): ObjectSchema {
  const { chooser, variants } = parts;
  const anyOf = Array.from(variants, ([choice, group]) => {
    const schema = groupSchema(new Group(group.key, group.name, group.children), options);
    return { ...schema, properties: { [chooser.name]: { const: choice }, ...schema.properties } };
  });
  return { type: 'object', properties: { [chooser.name]: ruledSchema(chooser, options) }, anyOf };
}

/** A deprecated key is still read; an editor strikes it out and shows the current key. */
function aliasSchema(setting: Setting, expressions: string | undefined): JsonObject {
  const { default: _, ...schema } = settingSchema(setting, expressions);
  return { ...schema, deprecated: true, description: `Deprecated: write "${setting.key}" instead.` };
}

/** Adds a schema at a path where nothing else stands. */
function place(
  tree: ObjectSchema,
  [name = '', ...rest]: readonly string[],
  schema: JsonObject,
  additional: boolean,
): void {
  const { properties } = tree;
  const found = Object.hasOwn(properties, name) ? (properties[name] as JsonObject) : undefined;
  if (rest.length === 0) {
    if (!found) properties[name] = schema;
    return;
  }
  const inner = found ?? objectSchema(additional);
  properties[name] = inner;
  if (inner['properties'] !== undefined) place(inner as ObjectSchema, rest, schema, additional);
}
