import { type } from 'arktype';
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { defineConfig, loadConfig } from '../../src/index.ts';
import { folder } from '../folder.ts';
import { type Answer, DOORS, filed, given } from './doors.ts';

/** The same schemas, by each library. */
const LIBRARIES = {
  zod: {
    rate: z.number().gt(0).max(1),
    numberOrAuto: z.union([z.number(), z.literal('auto')]),
    level: z.enum(['debug', 'info']),
    host: z.string().min(2),
    layer: z.object({ type: z.string(), size: z.number().int().optional() }),
    sizes: z.array(z.number()),
    seconds: z
      .string()
      .regex(/^\d+s$/)
      .transform((text) => Number.parseInt(text, 10)),
    polymorphic: z.discriminatedUnion('type', [
      z.object({ type: z.literal('adam'), args: z.object({ lr: z.number() }) }),
      z.object({ type: z.literal('sgd'), args: z.object({ momentum: z.number() }) }),
    ]),
  },
  valibot: {
    rate: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
    numberOrAuto: v.union([v.number(), v.literal('auto')]),
    level: v.picklist(['debug', 'info']),
    host: v.pipe(v.string(), v.minLength(2)),
    layer: v.object({ type: v.string(), size: v.optional(v.pipe(v.number(), v.integer())) }),
    sizes: v.array(v.number()),
    seconds: v.pipe(
      v.string(),
      v.regex(/^\d+s$/),
      v.transform((text) => Number.parseInt(text, 10)),
    ),
    polymorphic: v.variant('type', [
      v.object({ type: v.literal('adam'), args: v.object({ lr: v.number() }) }),
      v.object({ type: v.literal('sgd'), args: v.object({ momentum: v.number() }) }),
    ]),
  },
  arktype: {
    rate: type('0 < number <= 1'),
    numberOrAuto: type("number | 'auto'"),
    level: type("'debug' | 'info'"),
    host: type('string >= 2'),
    layer: type({ type: 'string', 'size?': 'number.integer' }),
    sizes: type('number[]'),
    seconds: type(/^\d+s$/).pipe((text) => Number.parseInt(text, 10)),
    polymorphic: type({ type: "'adam'", args: { lr: 'number' } }).or({ type: "'sgd'", args: { momentum: 'number' } }),
  },
};

describe.each(Object.entries(LIBRARIES))('%s', (_, schemas) => {
  test.each<[keyof typeof schemas, unknown, string, unknown]>([
    ['rate', 0.5, '1e-3', 0.001],
    ['numberOrAuto', 'auto', '0.5', 0.5],
    ['numberOrAuto', 0.5, 'auto', 'auto'],
    ['numberOrAuto', null, '3', 3],
    ['level', 'info', 'debug', 'debug'],
    ['host', 'localhost', '10', '10'],
    ['host', null, 'true', 'true'],
    ['layer', { type: 'a' }, '{"type":"b","size":3}', { type: 'b', size: 3 }],
    ['layer', null, '{"type":"b"}', { type: 'b' }],
    ['sizes', [1], '2,3', [2, 3]],
    ['sizes', [], '[2, 3]', [2, 3]],
    ['seconds', '5s', '7s', 7],
    [
      'polymorphic',
      { type: 'adam', args: { lr: 5e-7 } },
      '{"type":"sgd","args":{"momentum":0.9}}',
      { type: 'sgd', args: { momentum: 0.9 } },
    ],
  ])('%s, whose default is %j, takes the text %s', (name, value, text, expected) => {
    for (const door of DOORS)
      expect(given(door, { format: schemas[name], default: value, nullable: value === null }, text)).toEqual({
        value: expected,
      });
  });

  test.each<[keyof typeof schemas, unknown, string]>([
    ['rate', 0.5, '2'],
    ['rate', 0.5, 'abc'],
    ['numberOrAuto', 'auto', 'automatic'],
    ['numberOrAuto', 0.5, '9007199254740993'],
    ['level', 'info', 'warn'],
    ['host', 'localhost', 'x'],
    ['layer', { type: 'a' }, '{"type":1}'],
    ['layer', { type: 'a' }, '{"type":"a"'],
    ['sizes', [1], '2,x'],
    ['seconds', '5s', '7'],
    ['polymorphic', null, '{"type":"sgd","args":{"lr":1}}'],
  ])('%s, whose default is %j, refuses the text %s', (name, value, text) => {
    const options = { nullable: value === null };
    for (const door of DOORS)
      expect(given(door, { format: schemas[name], default: value, ...options }, text)).toHaveProperty('refused');
  });

  test('what a text is refused for is said in the library’s words', () => {
    const messages = (answer: Answer): unknown => ('refused' in answer ? answer.refused[0]?.message : answer.value);
    const node = { format: schemas.layer, default: { type: 'a' } };
    expect(messages(filed(node, '{"type": 1, "size": 1.5}'))).toMatch(/type\b.*string.*; size\b.*int.*, got /i);
  });

  test('the elements of a list', () => {
    const node = { format: Array, items: schemas.seconds, default: ['1s'] };
    expect(given('env', node, '2s,3s')).toEqual({ value: [2, 3] });
    expect(filed(node, '["2s"]')).toEqual({ value: [2] });
    expect(filed(node, '["2"]')).toHaveProperty('refused');
  });

  test('outputs are the values, inputs are what is saved', async () => {
    const { path, read } = folder({ 'app.json': '{}' });
    const settings = { wait: { format: schemas.seconds, default: '1s' } };
    const definition = defineConfig({ name: 'app', file: 'app.json', settings } as never);
    const config = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
    expect(config.values).toEqual({ wait: 1 });
    config.set('wait', '5s' as never);
    expect(config.values).toEqual({ wait: 5 });
    await config.save();
    expect(JSON.parse(read('app.json'))).toEqual({ wait: '5s' });
    expect((await loadConfig(definition, { cwd: path, env: {}, argv: [] })).values).toEqual({ wait: 5 });
  });

  test('null is for the schema to judge', () => {
    expect(given('set', { format: schemas.rate, default: null, nullable: true }, 'null')).toEqual({ value: null });
    expect(filed({ format: schemas.rate, default: 0.5 }, 'null')).toHaveProperty('refused');
  });
});

test('a value that only the library has is kept as it is', () => {
  const node = { format: z.iso.date().transform((text) => new Date(text)), default: '2026-01-31' };
  expect(given('env', node, '2026-02-01')).toEqual({ value: new Date('2026-02-01') });
});

class Limits {
  readonly most = Number.POSITIVE_INFINITY;
}

test.each<[string, unknown, boolean]>([
  ['a number', Number.POSITIVE_INFINITY, false],
  ['a list', [Number.POSITIVE_INFINITY], false],
  ['an object', { most: Number.POSITIVE_INFINITY }, false],
  ['an object of a class of the program', new Limits(), true],
])('an output with an infinite number: %s', (_, output, isTaken) => {
  const format = z.string().transform((text) => (text === 'x' ? output : 1));
  expect(given('env', { format, default: '1' }, 'x')).toEqual(
    isTaken ? { value: output } : { refused: [expect.objectContaining({ code: 'INVALID_VALUE' })] },
  );
});

describe('a validator that changes its input in place', () => {
  const sorted = (value: unknown): void => {
    (value as { tags: string[] }).tags.sort();
  };
  const inPlace = {
    '~standard': {
      version: 1 as const,
      vendor: 'own',
      validate: (value: unknown) => {
        sorted(value);
        return { value };
      },
    },
  };
  const written = { tags: ['b', 'a'] };

  test.each([
    ['a function', sorted, {}, ['b', 'a']],
    ['a format by name', 'sorted', { formats: { sorted: { validate: sorted } } }, ['b', 'a']],
    ['a schema, whose output it is', inPlace, {}, ['a', 'b']],
  ])('does not change what is saved: %s', async (_, format, more, tags) => {
    const { path, read } = folder({ 'app.json': '{}' });
    const declared = { tags: ['d', 'c'] };
    const settings = { one: { format, default: declared }, two: { format: Number, default: 1 } };
    const definition = defineConfig({ name: 'app', file: 'app.json', settings, ...more } as never);
    expect(declared).toEqual({ tags: ['d', 'c'] });
    const config = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
    const given = structuredClone(written);
    config.set('one' as never, given as never);
    expect(given).toEqual(written);
    await config.save();
    expect(JSON.parse(read('app.json'))).toEqual({ one: written });
    expect(config.values).toEqual({ one: { tags }, two: 1 });
    await config.update((draft) => void Object.assign(draft, { two: 2 }));
    expect(JSON.parse(read('app.json'))).toEqual({ one: written, two: 2 });
    const again = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
    expect(again.values).toEqual({ one: { tags }, two: 2 });
    expect(again.snapshot().fingerprint).toBe(config.snapshot().fingerprint);
  });
});
