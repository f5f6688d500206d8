import { expect, test } from 'vitest';
import { FILES } from '../cli/golden.ts';
import { folder } from '../folder.ts';
import { Wire } from './wire.ts';

/**
 * What the function calling of OpenAI and Gemini and the validator of VS Code all take in an input schema. Gemini's
 * `Schema` has no `additionalProperties` and no `$ref`; VS Code refuses an array without `items`.
 */
const KEYWORDS = new Set(['type', 'properties', 'required', 'items', 'enum', 'anyOf', 'description', 'title']);
const TYPES = new Set(['object', 'array', 'string', 'number', 'integer', 'boolean']);

type JsonSchema = Readonly<Record<string, unknown>>;

/** Every violation of the common rules, by its path in the schema. */
function violations(schema: JsonSchema, path: string): readonly string[] {
  const found = Object.keys(schema)
    .filter((keyword) => !KEYWORDS.has(keyword))
    .map((keyword) => `${path}: ${keyword}`);
  const { type, items, properties, required, anyOf } = schema as {
    readonly type?: unknown;
    readonly items?: JsonSchema;
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
    readonly anyOf?: readonly JsonSchema[];
  };
  if (type === undefined ? anyOf === undefined : !TYPES.has(String(type))) found.push(`${path}: type ${String(type)}`);
  if (type === 'array' && !items) found.push(`${path}: an array without items`);
  for (const name of required ?? []) if (!properties?.[name]) found.push(`${path}: requires ${name}, which it lacks`);
  for (const [name, child] of Object.entries(properties ?? {})) found.push(...violations(child, `${path}.${name}`));
  if (items) found.push(...violations(items, `${path}[]`));
  for (const [i, child] of (anyOf ?? []).entries()) found.push(...violations(child, `${path}|${i}`));
  return found;
}

/** An array without `items`, or a reference, anywhere in a schema. */
function looseParts(schema: unknown, path: string): readonly string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { type, items, $ref } = schema as JsonSchema;
  const own = [
    ...(type === 'array' && !items ? [`${path}: an array without items`] : []),
    ...($ref === undefined ? [] : [`${path}: $ref`]),
  ];
  return [...own, ...Object.entries(schema).flatMap(([name, child]) => looseParts(child, `${path}.${name}`))];
}

test('the rules notice what strict clients refuse', () => {
  const wrong = {
    type: 'object',
    properties: { a: { type: 'array' }, b: { $ref: '#/x' }, c: { type: 'null' } },
    additionalProperties: false,
  };
  expect(violations(wrong, 'x')).toHaveLength(5);
  expect(looseParts(wrong, 'x')).toHaveLength(2);
});

test('every schema is one that strict clients take', async () => {
  const wire = await Wire.here(folder(FILES), { allowWrite: ['**'] });
  await wire.initialize();
  const { result } = await wire.ask('tools/list');
  const tools = (result as unknown as { tools: { name: string; inputSchema: JsonSchema; outputSchema: JsonSchema }[] })
    .tools;
  expect(tools).toHaveLength(8);
  for (const { name, inputSchema, outputSchema } of tools) {
    const { $schema: _, ...schema } = inputSchema;
    expect(violations(schema, name)).toEqual([]);
    expect(looseParts(outputSchema, name)).toEqual([]);
    expect(outputSchema['type']).toBe('object');
  }
});
