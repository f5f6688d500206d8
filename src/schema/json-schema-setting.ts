import { isPlainObject, type JsonObject, jsonProblem } from '../json/value.ts';
import { isRegExpText } from './declaration.ts';
import type { Setting } from './setting.ts';
import { isStandardSchema, type StandardSchema } from './standard.ts';

/**
 * The JSON Schema of one setting: the values that a file may have for it, and what an editor shows about it. `expressions`
 * is the regular expression of texts that compute a value.
 */
export function settingSchema(setting: Setting, expressions?: string): JsonObject {
  const { doc, deprecated } = setting.node;
  const remedy = typeof deprecated === 'string' ? `Deprecated: ${deprecated}` : undefined;
  const description = [doc, remedy].filter((text) => typeof text === 'string').join('\n\n');
  return {
    ...(description !== '' && { description }),
    ...takenSchema(setting, expressions),
    ...(!setting.sensitive && defaultOf(setting)),
    ...(deprecated && { deprecated: true }),
    ...(setting.sensitive && { writeOnly: true }),
  };
}

/** What may stand in the file: the value, `null`, or a text that computes it. */
function takenSchema(setting: Setting, expressions: string | undefined): JsonObject {
  const value = valueSchema(setting, expressions);
  const taken = setting.nullable ? orNull(value) : value;
  const takesText = Object.keys(taken).length === 0 || (taken['type'] === 'string' && Object.keys(taken).length === 1);
  return expressions !== undefined && !takesText ? { anyOf: [taken, { type: 'string', pattern: expressions }] } : taken;
}

/** What the value itself may be, `null` apart. */
function valueSchema(setting: Setting, expressions: string | undefined): JsonObject {
  const { format, node, items } = setting;
  switch (format.text) {
    case 'number':
      return { type: 'number', ...range(setting) };
    case 'integer':
      return integerSchema(setting);
    case 'boolean':
      return { type: 'boolean' };
    case 'array':
      return {
        type: 'array',
        ...(items && { items: settingSchema(items, expressions) }),
        ...lengths(setting, 'Items'),
      };
    case 'object':
      return {
        type: 'object',
        ...(!setting.sensitive && memberHints(setting.default)),
        ...(setting.members && { additionalProperties: settingSchema(setting.members, expressions) }),
      };
    case 'regexp':
      return { type: 'string' };
    case 'option':
      return setting.sensitive ? {} : { enum: format.options };
    case 'quantity':
    case 'port or pipe':
      return { anyOf: [{ type: 'string', pattern: format.pattern }, integerSchema(setting)] };
    case 'string':
      return format.name === '*' ? {} : stringSchema(setting);
    default:
      return isStandardSchema(node.format) ? standardJsonSchema(node.format) : {};
  }
}

function integerSchema(setting: Setting): JsonObject {
  const { limits: [least, most] = [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER] } = setting.format;
  const { min = least, max = most } = setting.node;
  return { type: 'integer', minimum: Math.max(min, least), maximum: Math.min(max, most) };
}

function range({ node: { min, max } }: Setting): JsonObject {
  return { ...finite('minimum', min), ...finite('maximum', max) };
}

/** `Infinity` bounds nothing, and JSON cannot hold it. */
function finite(name: string, bound: number | undefined): JsonObject {
  return bound === undefined || !Number.isFinite(bound) ? {} : { [name]: bound };
}

function lengths({ node: { minLength, maxLength } }: Setting, what: 'Items' | 'Length'): JsonObject {
  return {
    ...(minLength !== undefined && { [`min${what}`]: minLength }),
    ...(maxLength !== undefined && { [`max${what}`]: maxLength }),
  };
}

function stringSchema(setting: Setting): JsonObject {
  const own = setting.node.pattern === undefined ? undefined : portable(setting.node.pattern);
  const formats = setting.format.pattern;
  const schema = { type: 'string', ...lengths(setting, 'Length') };
  if (own !== undefined && formats !== undefined) return { ...schema, allOf: [{ pattern: formats }, { pattern: own }] };
  const pattern = own ?? formats;
  return pattern === undefined ? schema : { ...schema, pattern };
}

/** A pattern as JSON Schema has it: without flags, by the rules of the flag `u`; `undefined` if it cannot have any. */
function portable(pattern: string | RegExp): string | undefined {
  if (typeof pattern === 'string') return pattern;
  return !/[imsv]/.test(pattern.flags) && isRegExpText(pattern.source) ? pattern.source : undefined;
}

/** The name of a member of an open object in editors, and its default. */
function memberHints(value: unknown): JsonObject {
  if (!isPlainObject(value) || Object.keys(value).length === 0) return {};
  return { properties: Object.fromEntries(Object.entries(value).map(([name, member]) => [name, { default: member }])) };
}

function orNull(schema: JsonObject): JsonObject {
  const { type, enum: options, anyOf, allOf, ...rest } = schema;
  if (Array.isArray(options)) return options.includes(null) ? schema : { ...rest, enum: [...options, null] };
  if (Array.isArray(anyOf) && type === undefined) return { ...schema, anyOf: [...anyOf, { type: 'null' }] };
  if (typeof type === 'string' && allOf === undefined) return { ...schema, type: [type, 'null'] };
  return Object.keys(schema).length === 0 ? schema : { anyOf: [schema, { type: 'null' }] };
}

/** The default as the file would hold it; none where JSON can't hold it, or where it stands for "required". */
function defaultOf(setting: Setting): JsonObject {
  if (setting.default === undefined) return {};
  const written = setting.format.validate ? setting.node.default : setting.default;
  const value = written instanceof RegExp ? written.source : written;
  return jsonProblem(value) === undefined ? { default: value } : {};
}

/** The JSON Schema that the schema's own library gives for its input (standardschema.dev/json-schema), if it does. */
function standardJsonSchema(schema: StandardSchema): JsonObject {
  const { jsonSchema } = schema['~standard'] as {
    jsonSchema?: { input?: (options: { target: string }) => JsonObject };
  };
  try {
    const { $schema: _, ...given } = jsonSchema?.input?.({ target: 'draft-07' }) ?? {};
    return /"\$(?:ref|defs|id)"|"definitions"/.test(JSON.stringify(given)) ? {} : given;
  } catch {
    return {};
  }
}
