import { Ajv } from 'ajv';
import { type } from 'arktype';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineConfig } from '../../src/index.ts';
import { jsonSchema } from '../../src/tools.ts';
import { filed, type Node } from './doors.ts';

function schemaFor(
  settings: unknown,
  options: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, never>> {
  return jsonSchema(defineConfig({ name: 'app', settings, ...options } as never)) as never;
}

/** ajv at its strictest; a member is what an object has itself (`toString`). */
function validator(settings: unknown, options?: Readonly<Record<string, unknown>>): (file: unknown) => boolean {
  return new Ajv({ strict: true, strictTypes: true, ownProperties: true }).compile(schemaFor(settings, options));
}

function isValid(settings: unknown, file: unknown, options?: Readonly<Record<string, unknown>>): boolean {
  return validator(settings, options)(file);
}

test('has docs, defaults, ranges, enumerations, what is deprecated and what is secret', async () => {
  const settings = {
    batch_size_days: { doc: 'Days of history', format: 'nat', min: 1, default: 30 },
    trust_threshold: { doc: 'Least trust', format: Number, min: 0, max: 1, default: 0.7 },
    max_workers: { format: 'nat', nullable: true, default: null },
    level: { format: ['debug', 'info', 3], nullable: true, default: 'info' },
    variables: { format: Array, items: { format: String, minLength: 1 }, maxLength: 9, default: ['spx_close'] },
    optimizer: {
      lr: { format: Number, default: 5e-7, deprecated: 'use rate' },
      rate: { format: Number, default: 0.1, aliases: ['speed', 'old.rate'] },
    },
    token: { doc: 'Of the tracker', format: ['hunter2', 'other'], default: 'hunter2', sensitive: true },
    password: { default: 'hunter2', minLength: 3, sensitive: true },
    wait: { format: 'duration', default: '5 minutes' },
    size: { format: 'bytes', default: 1024, max: 2048 },
    name: { format: String, default: null },
    match: { format: RegExp, default: /^a/ },
    options: { format: Object, default: { depth: 50 } },
    anything: { format: '*', default: undefined },
  };
  await expect(`${JSON.stringify(schemaFor(settings), null, 2)}\n`).toMatchFileSnapshot('golden/json-schema.json');
  expect(JSON.stringify(schemaFor(settings))).not.toContain('hunter2');
});

const URL_PATTERN = '^[A-Za-z][A-Za-z0-9+.-]*://\\S+$';
const REFERENCE = { type: 'string', pattern: '\\$\\{' };

test.each<[Node, object, object?]>([
  [{ default: true }, { type: 'boolean', default: true }],
  [
    { default: 'a', pattern: '^a', minLength: 1 },
    { type: 'string', minLength: 1, pattern: '^a', default: 'a' },
  ],
  [
    { default: 'a', pattern: /^a/ },
    { type: 'string', pattern: '^a', default: 'a' },
  ],
  // A JSON Schema has no flags, and its patterns are those of the flag u.
  [
    { default: 'a', pattern: /^a/i },
    { type: 'string', default: 'a' },
  ],
  [
    { default: '{', pattern: /^{/ },
    { type: 'string', default: '{' },
  ],
  [
    { format: 'url', default: null, pattern: '^https' },
    { type: 'string', allOf: [{ pattern: URL_PATTERN }, { pattern: '^https' }] },
  ],
  [
    { format: 'url', default: null },
    { type: 'string', pattern: URL_PATTERN },
  ],
  [
    { format: 'url', default: 'a://b', pattern: '^a', nullable: true },
    {
      anyOf: [{ type: 'string', allOf: [{ pattern: URL_PATTERN }, { pattern: '^a' }] }, { type: 'null' }],
      default: 'a://b',
    },
  ],
  [
    { default: 1, nullable: true },
    { type: ['number', 'null'], default: 1 },
  ],
  [
    { default: 1, min: Number.NEGATIVE_INFINITY, max: 2.5 },
    { type: 'number', maximum: 2.5, default: 1 },
  ],
  [
    { format: 'port', default: 1, nullable: true, max: 9 },
    { type: ['integer', 'null'], minimum: 0, maximum: 9, default: 1 },
  ],
  [
    { format: ['a'], default: 'a', nullable: true },
    { enum: ['a', null], default: 'a' },
  ],
  [
    { format: ['a', null], default: 'a', nullable: true },
    { enum: ['a', null], default: 'a' },
  ],
  [{ format: '*', default: 1, nullable: true }, { default: 1 }],
  [{ default: { a: 1 } }, { type: 'object', properties: { a: { default: 1 } }, default: { a: 1 } }],
  [
    { format: Object, default: {} },
    { type: 'object', default: {} },
  ],
  [{ default: 'a' }, { type: 'string', default: 'a' }, { references: true }],
  [{ format: '*', default: 1 }, { default: 1 }, { references: true }],
  [
    { default: 'a', maxLength: 3 },
    { anyOf: [{ type: 'string', maxLength: 3 }, REFERENCE], default: 'a' },
    { references: true },
  ],
  [{ default: false }, { anyOf: [{ type: 'boolean' }, REFERENCE], default: false }, { references: true }],
])('%o has exactly its schema', (node, schema, options = {}) => {
  expect(schemaFor({ it: node }, { ...options })['properties']!['it']).toStrictEqual(schema);
});

test('a duration may be null beside a number and a text', () => {
  const { properties } = schemaFor({ it: { format: 'duration', default: 0, nullable: true } });
  const [text, number, nothing] = properties!['it']['anyOf'] as readonly unknown[];
  expect(text).toMatchObject({ type: 'string' });
  expect([number, nothing]).toStrictEqual([
    { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    { type: 'null' },
  ]);
});

interface Row {
  readonly title: string;
  readonly node: Node;
  readonly valid: readonly unknown[];
  readonly invalid: readonly unknown[];
}

const TABLE: readonly Row[] = [
  {
    title: 'String',
    node: { format: String, default: 'd', minLength: 1, maxLength: 3 },
    valid: ['a', 'abc', '🎈🎈🎈'],
    invalid: ['', 'abcd', 1, null, []],
  },
  {
    title: 'a pattern',
    node: { format: String, default: 'a', pattern: '^\\p{Ll}+$' },
    valid: ['a', 'é'],
    invalid: ['A', ''],
  },
  {
    title: 'a RegExp as the pattern',
    node: { format: String, default: 'a', pattern: /^[a-c]+$/g },
    valid: ['abc'],
    invalid: ['d'],
  },
  {
    title: 'Number',
    node: { format: Number, default: 0, min: -1, max: 1.5 },
    valid: [-1, 0, 1.5, 5e-7],
    invalid: [-1.1, 1.6, null, true],
  },
  {
    title: 'int',
    node: { format: 'int', default: 0 },
    valid: [-5, 0, Number.MAX_SAFE_INTEGER],
    invalid: [1.5, 2 ** 53, 1e300, null],
  },
  { title: 'nat', node: { format: 'nat', default: 5, min: 1 }, valid: [1, 5], invalid: [0, -1, 1.5] },
  { title: 'port', node: { format: 'port', default: 1, max: 100_000 }, valid: [0, 65_535], invalid: [65_536, -1] },
  {
    title: 'port_or_windows_named_pipe',
    node: { format: 'port_or_windows_named_pipe', default: 1 },
    valid: [80, '\\\\.\\pipe\\a'],
    invalid: [65_536, 'pipe', null],
  },
  {
    title: 'windows_named_pipe',
    node: { format: 'windows_named_pipe', default: '\\\\.\\pipe\\a' },
    valid: ['\\\\.\\pipe\\b'],
    invalid: ['pipe', 1],
  },
  { title: 'Boolean', node: { format: Boolean, default: true }, valid: [true, false], invalid: [0, null, []] },
  {
    title: 'an enumeration',
    node: { format: ['a', 1, true], default: 'a' },
    valid: ['a', 1, true],
    invalid: ['b', 2, false, null, []],
  },
  {
    title: 'a nullable enumeration',
    node: { format: ['a'], default: null, nullable: true },
    valid: ['a', null],
    invalid: ['b'],
  },
  {
    title: 'Array',
    node: { format: Array, default: [1], minLength: 1, maxLength: 2 },
    valid: [[1], ['a', null]],
    invalid: [[], [1, 2, 3], {}, null],
  },
  {
    title: 'items',
    node: { format: Array, items: { format: Number, max: 1 }, default: [] },
    valid: [[], [1, 0.5]],
    invalid: [[2], ['a'], [null]],
  },
  {
    title: 'nested items',
    node: { format: Array, items: { format: Array, items: 'nat', minLength: 1 }, default: [] },
    valid: [[[1]], []],
    invalid: [[[]], [1], [[-1]]],
  },
  {
    title: 'Object',
    node: { format: Object, default: { a: 1 } },
    valid: [{}, { a: 'x', b: [1] }],
    invalid: [[], 1, null],
  },
  {
    title: 'nullable',
    node: { format: Number, nullable: true, default: null },
    valid: [null, 1],
    invalid: [[], false],
  },
  {
    title: 'nullable text of a format',
    node: { format: 'url', nullable: true, default: null },
    valid: [null, 'https://a.b'],
    invalid: ['nope', 1],
  },
  { title: 'null without a format', node: { default: null }, valid: [null, 1, 'a'], invalid: [] },
  { title: '*', node: { format: '*', default: 1 }, valid: [null, 1, [], {}], invalid: [] },
  {
    title: 'email',
    node: { format: 'email', default: 'a@b.cd', pattern: 'cd$' },
    valid: ['x@y.cd'],
    invalid: ['nope', 'a@b.ce', 1],
  },
  {
    title: 'ipaddress',
    node: { format: 'ipaddress', default: '::1' },
    valid: ['127.0.0.1', 'fe80::1%eth0'],
    invalid: ['nope', ''],
  },
  {
    title: 'duration',
    node: { format: 'duration', default: '5s', min: 1000 },
    valid: ['5 minutes', '1.5h', 1000],
    invalid: ['5 parsecs', '', 999, -1, 1.5, null],
  },
  {
    title: 'timestamp',
    node: { format: 'timestamp', default: 0 },
    valid: [0, '2026-01-31', '2026-01-31T10:00:00Z'],
    invalid: ['31.01.2026', -1, null],
  },
  {
    title: 'bytes',
    node: { format: 'bytes', default: 1, nullable: true },
    valid: [1, '512MiB', '1.5 GB', null],
    invalid: ['1g', '512 MiBs', -1],
  },
  {
    title: 'zod',
    node: { format: z.object({ type: z.string(), size: z.number().max(9).optional() }), default: { type: 'a' } },
    valid: [{ type: 'b', size: 9 }],
    invalid: [{}, { type: 'b', size: 10 }, 1],
  },
  {
    title: 'zod, recursive',
    node: { format: z.lazy((): z.ZodType => z.array(z.lazy(() => z.any()))), default: [] },
    valid: [[]],
    invalid: [],
  },
  { title: 'arktype', node: { format: type('0 < number <= 1'), default: 1 }, valid: [0.5, 1], invalid: [2, 'a'] },
  {
    title: 'zod with a transformation',
    node: { format: z.string().transform((text) => text.length), default: '1' },
    valid: ['2'],
    invalid: [2],
  },
];

describe('takes what varve takes', () => {
  test.each(TABLE)('$title', ({ node, valid, invalid }) => {
    const settings = { it: node };
    for (const value of valid) expect([value, isValid(settings, { it: value })]).toEqual([value, true]);
    for (const value of invalid) expect([value, isValid(settings, { it: value })]).toEqual([value, false]);
    for (const value of valid) expect([value, filed(node, JSON.stringify(value))]).not.toHaveProperty('1.refused');
    for (const value of invalid) expect([value, filed(node, JSON.stringify(value))]).toHaveProperty('1.refused');
  });

  /** Of these a pattern tells no more than how they look. */
  const LOOKS = ['url', 'email', 'ipaddress', 'duration', 'timestamp', 'bytes'];

  test('any value that the schema takes', () => {
    const rows = TABLE.filter(({ node }) => !LOOKS.includes(String(node['format']))).map(({ node }) => ({
      node,
      accepts: validator({ it: node }),
    }));
    const anyValue = fc.oneof(fc.jsonValue(), fc.integer(), fc.string());
    fc.assert(
      fc.property(fc.constantFrom(...rows), anyValue, ({ node, accepts }, value) => {
        fc.pre(accepts({ it: value }));
        expect(filed(node, JSON.stringify(value))).toHaveProperty('value');
      }),
      { numRuns: 300 },
    );
  });
});

describe('keys', () => {
  const settings = {
    a: 1,
    g: { b: { format: 'nat', default: 1, aliases: ['old', 'gone.b'] } },
    constructor: 1,
    toString: { valueOf: 'x' },
  };

  test.each([
    ['none', {}, true],
    ['all', { a: 2, g: { b: 3 }, constructor: 2, toString: { valueOf: 'y' } }, true],
    ['$schema', { $schema: './app.schema.json' }, true],
    ['former ones', { old: 1, gone: { b: 2 } }, true],
    ['a former one with another type', { old: 'x' }, false],
    ['a group that is none', { g: 1 }, false],
    ['another type', { toString: { valueOf: 1 } }, false],
  ])('%s', (_, file, valid) => expect(isValid(settings, file)).toBe(valid));

  test.each([
    ['warn', false],
    ['error', false],
    ['allow', true],
  ])('unknown ones, with the policy %s', (unknown, valid) => {
    expect(isValid(settings, { typo: 1 }, { unknown })).toBe(valid);
    expect(isValid(settings, { g: { typo: 1 } }, { unknown })).toBe(valid);
  });
});
