import { fromJsonSchema, type StandardSchemaWithJSON } from '@modelcontextprotocol/server';

type JsonSchema = Readonly<Record<string, unknown>>;

/** A longer key is that of no setting. */
export const LONGEST_KEY = 1_000;
/** How many settings are changed at once. */
export const MOST_CHANGES = 20;

const KEY: JsonSchema = { type: 'string', maxLength: LONGEST_KEY, description: 'The dotted key of a setting' };
const ITEMS: readonly JsonSchema[] = [
  { type: 'string' },
  { type: 'number' },
  { type: 'boolean' },
  { type: 'null' },
  { type: 'object', additionalProperties: true },
];
/** Any JSON, spelled out: some clients drop a schema that says nothing. */
const ANY: JsonSchema = {
  anyOf: [...ITEMS, { type: 'array', items: { anyOf: [...ITEMS, { type: 'array', minItems: 0 }] } }],
};
const TEXT: JsonSchema = { type: 'string' };
const FLAG: JsonSchema = { type: 'boolean' };
const NUMBER: JsonSchema = { type: 'integer' };

function object(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): JsonSchema {
  return { type: 'object', properties, required };
}

const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

/** The schema of what a tool takes: nothing else, so that a misspelt member is told. */
function input<T>(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): StandardSchemaWithJSON<T, T> {
  return fromJsonSchema<T>({ ...object(properties, required), additionalProperties: false });
}

/** The schema of what a tool gives. */
function output(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): StandardSchemaWithJSON {
  const all = {
    ...properties,
    problems: { ...NUMBER, description: 'How many things must be mended: validate_config tells them' },
    envSeen: { ...NUMBER, description: 'How many variables of the configuration are set' },
  };
  return fromJsonSchema(
    object(
      all,
      Object.keys(all).filter((name) => !optional.includes(name)),
    ),
  );
}

const ROW = object({ key: TEXT, value: ANY, layer: TEXT, origin: TEXT, redacted: FLAG }, ['key', 'redacted']);
const ISSUE = object({ code: TEXT, key: TEXT, message: TEXT, origin: TEXT, suggestion: TEXT }, ['code', 'message']);
const CHANGE = object({ key: TEXT, before: ANY, after: ANY, redacted: FLAG }, ['key', 'redacted']);
const WANTED = {
  ...object(
    { key: KEY, value: { ...ANY, description: 'The new value as JSON; text is read as in a variable' }, remove: FLAG },
    ['key'],
  ),
  additionalProperties: false,
};

type Schema<T> = StandardSchemaWithJSON<T, T>;

/** What the tools take. */
interface Inputs {
  readonly config: Schema<{ prefix?: string; modified_only?: boolean }>;
  readonly key: Schema<{ key: string }>;
  readonly optionalKey: Schema<{ key?: string }>;
  readonly nothing: Schema<Record<string, never>>;
  readonly changes: Schema<{ changes: { key: string; value?: unknown; remove?: boolean }[] }>;
  readonly revision: Schema<{ revision: string }>;
  readonly reset: Schema<{ keys?: string[]; all?: boolean }>;
}

export const INPUT: Inputs = {
  config: input({
    prefix: { ...KEY, description: 'Only this setting or this group' },
    modified_only: { ...FLAG, description: 'Only settings that are not at their default' },
  }),
  key: input({ key: KEY }, ['key']),
  optionalKey: input({ key: KEY }),
  nothing: input({}),
  changes: input({ changes: { ...list(WANTED), minItems: 1, maxItems: MOST_CHANGES } }, ['changes']),
  revision: input(
    { revision: { ...TEXT, maxLength: 64, description: 'That of the difference which was shown last' } },
    ['revision'],
  ),
  reset: input({
    keys: { ...list(KEY), minItems: 1, maxItems: 1_000 },
    all: { ...FLAG, description: 'Everything that may be changed here' },
  }),
};

type Output = 'config' | 'value' | 'explanation' | 'description' | 'validation' | 'draft' | 'saved';

/** What the tools give. */
export const OUTPUT: Readonly<Record<Output, StandardSchemaWithJSON>> = {
  config: output({ settings: list(ROW), total: NUMBER, truncated: FLAG }),
  value: output({ key: TEXT, value: ANY, layer: TEXT, origin: TEXT, redacted: FLAG }, ['value', 'layer', 'origin']),
  explanation: output({ explanation: { type: 'object' } }),
  description: output({ settings: list({ type: 'object' }), truncated: FLAG }),
  validation: output({ ok: FLAG, issues: list(ISSUE), warnings: list(ISSUE) }),
  draft: output({ changes: list(CHANGE), revision: TEXT, masked: list(TEXT) }),
  saved: output({ written: list(CHANGE), undo: list(WANTED), warning: TEXT }, ['warning']),
};
