import { fromJsonSchema, type StandardSchemaWithJSON } from '@modelcontextprotocol/server';

type JsonSchema = Readonly<Record<string, unknown>>;

/** The longest key that a tool takes, in characters. */
export const LONGEST_KEY = 1_000;
/** How many settings one call changes at most. */
export const MOST_CHANGES = 20;

const TEXT: JsonSchema = { type: 'string' };
const FLAG: JsonSchema = { type: 'boolean' };
const NUMBER: JsonSchema = { type: 'integer' };
const KEY: JsonSchema = { ...TEXT, description: 'The dotted key of a setting' };
const PAGE: JsonSchema = { ...NUMBER, description: 'Which page, from 1' };
/** How deep lists may be nested in an answer; deeper ones are not shown. */
export const DEEPEST_LIST = 5;
/** Any JSON, spelled out by type: clients drop, or warn about, a schema without a keyword, and each list needs `items`. */
const ANY_OUTPUT: JsonSchema = anyOutput(DEEPEST_LIST);

function anyOutput(depth: number): JsonSchema {
  const types = ['string', 'number', 'boolean', 'null', 'object'].map((type): JsonSchema => ({ type }));
  return { anyOf: depth === 0 ? types : [...types, { type: 'array', items: anyOutput(depth - 1) }] };
}

const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });

function object(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[]): JsonSchema {
  return { type: 'object', properties, required };
}

/**
 * An input schema as clients see it, and what the server checks. Clients see only keywords that OpenAI, Gemini and VS Code
 * all take: no `additionalProperties`, no lengths, `items` for every array. The server also refuses misspelt members.
 */
function input<T>(seen: JsonSchema, checked: JsonSchema): StandardSchemaWithJSON<T, T> {
  const { '~standard': standard } = fromJsonSchema<T>(checked);
  const jsonSchema = { input: () => seen, output: () => seen };
  return { '~standard': { ...standard, jsonSchema } };
}

/** An input whose members clients and server see alike. */
function plainInput<T>(properties: Readonly<Record<string, JsonSchema>>, required: readonly string[] = []) {
  const seen = object(properties, required);
  const checked = Object.entries(properties).map(([name, schema]): [string, JsonSchema] => [name, bounded(schema)]);
  return input<T>(seen, { ...object(Object.fromEntries(checked), required), additionalProperties: false });
}

/** The same schema with the bounds that the server keeps. */
function bounded(schema: JsonSchema): JsonSchema {
  if (schema['type'] === 'array') return { ...schema, items: bounded(schema['items'] as JsonSchema), maxItems: 1_000 };
  if (schema['type'] === 'string') return { ...schema, maxLength: LONGEST_KEY };
  return schema['type'] === 'integer' ? { ...schema, minimum: 1 } : schema;
}

const SCALARS: readonly JsonSchema[] = [TEXT, { type: 'number' }, FLAG];
const VALUE: JsonSchema = {
  description: 'The new value. Text is read as in a variable: write an object, null or a nested list as JSON text',
  anyOf: [...SCALARS, list({ anyOf: SCALARS })],
};
const CHANGE_INPUT = object({ key: KEY, value: VALUE, remove: FLAG }, ['key']);
const CHANGES = {
  seen: object(
    {
      changes: {
        anyOf: [list(CHANGE_INPUT), TEXT],
        description: `1 to ${MOST_CHANGES} changes, or the same list as JSON text, in which a value may be any JSON`,
      },
    },
    ['changes'],
  ),
  checked: {
    ...object({ changes: { anyOf: [TEXT, { ...list(checkedChange()), minItems: 1, maxItems: MOST_CHANGES }] } }, [
      'changes',
    ]),
    additionalProperties: false,
  },
};

function checkedChange(): JsonSchema {
  const key = { ...TEXT, maxLength: LONGEST_KEY };
  return { ...object({ key, value: {}, remove: FLAG }, ['key']), additionalProperties: false };
}

/** A change as a tool takes it. */
export interface ChangeInput {
  readonly key: string;
  readonly value?: unknown;
  readonly remove?: boolean;
}

/** Checks a list of changes that came as JSON text. */
export const CHANGE_LIST: StandardSchemaWithJSON<ChangeInput[], ChangeInput[]> = fromJsonSchema<ChangeInput[]>({
  ...list(checkedChange()),
  minItems: 1,
  maxItems: MOST_CHANGES,
});

type Schema<T> = StandardSchemaWithJSON<T, T>;

/** What the tools take. */
interface Inputs {
  readonly config: Schema<{ prefix?: string; modified_only?: boolean; page?: number }>;
  readonly key: Schema<{ key: string }>;
  readonly describe: Schema<{ key?: string; prefix?: string; page?: number }>;
  readonly nothing: Schema<Record<string, never>>;
  readonly changes: Schema<{ changes: ChangeInput[] | string }>;
  readonly revision: Schema<{ revision: string }>;
  readonly reset: Schema<{ keys?: string[]; all?: boolean }>;
}

const PREFIX: JsonSchema = { ...TEXT, description: 'Only this setting or this group' };

export const INPUT: Inputs = {
  config: plainInput({
    prefix: PREFIX,
    modified_only: { ...FLAG, description: 'Only settings that are not at their default' },
    page: PAGE,
  }),
  key: plainInput({ key: KEY }, ['key']),
  describe: plainInput({ key: KEY, prefix: PREFIX, page: PAGE }),
  nothing: plainInput({}),
  changes: input(CHANGES.seen, CHANGES.checked),
  revision: plainInput({ revision: { ...TEXT, description: 'The revision of the last diff' } }, ['revision']),
  reset: plainInput({ keys: list(KEY), all: { ...FLAG, description: 'Every setting that may be changed here' } }),
};

/** The schema of a tool's answer. */
function output(
  properties: Readonly<Record<string, JsonSchema>>,
  optional: readonly string[] = [],
): StandardSchemaWithJSON {
  const all = {
    ...properties,
    problems: { ...NUMBER, description: 'How many issues stop a program from starting: validate_config lists them' },
    envSeen: { ...NUMBER, description: 'How many variables of the configuration are set' },
  };
  const required = Object.keys(all).filter((name) => !optional.includes(name));
  return fromJsonSchema(object(all, required));
}

const ROW = object({ key: TEXT, value: ANY_OUTPUT, layer: TEXT, origin: TEXT, redacted: FLAG }, ['key', 'redacted']);
const ISSUE = object({ code: TEXT, key: TEXT, message: TEXT, origin: TEXT, suggestion: TEXT }, ['code', 'message']);
const CHANGE = object({ key: TEXT, before: ANY_OUTPUT, after: ANY_OUTPUT, redacted: FLAG }, ['key', 'redacted']);
const UNDO = object({ key: TEXT, value: ANY_OUTPUT, remove: FLAG }, ['key']);
const PAGED = { page: NUMBER, pages: NUMBER, total: NUMBER } as const;

type Output = 'config' | 'value' | 'explanation' | 'description' | 'validation' | 'draft' | 'saved';

/** What the tools return. */
export const OUTPUT: Readonly<Record<Output, StandardSchemaWithJSON>> = {
  config: output({ settings: list(ROW), warnings: list(ISSUE), ...PAGED }),
  value: output({ key: TEXT, value: ANY_OUTPUT, layer: TEXT, origin: TEXT, redacted: FLAG }, [
    'value',
    'layer',
    'origin',
  ]),
  explanation: output({ explanation: { type: 'object' } }),
  description: output({ settings: list({ type: 'object' }), ...PAGED }),
  validation: output({ ok: FLAG, issues: list(ISSUE), warnings: list(ISSUE) }),
  draft: output({ changes: list(CHANGE), revision: TEXT, overridden: list(TEXT) }),
  saved: output({ written: list(CHANGE), undo: list(UNDO), warning: TEXT }, ['warning']),
};
