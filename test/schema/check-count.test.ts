// In a process of its own: it replaces convict by one that counts.
import { beforeEach, expect, test, vi } from 'vitest';
import { defineConfig, loadConfigSync } from '../../src/index.ts';
import { folder } from '../folder.ts';

/** How often convict was made, how many settings those had, and how often it was asked. */
const convict = vi.hoisted(() => ({ made: 0, declared: 0, validated: 0 }));

vi.mock('convict', async (importOriginal) => {
  const { default: original } = await importOriginal<{ default: typeof import('convict') }>();
  const counted = ((schema: Record<string, Record<string, unknown>>, options: never) => {
    const config = original(schema as never, options);
    convict.made++;
    for (const group of Object.values(schema)) convict.declared += Object.keys(group).length;
    const { validate } = config;
    config.validate = (asked: unknown) => {
      convict.validated++;
      return validate.call(config, asked as never);
    };
    return config;
  }) as unknown as typeof original;
  return { default: counted };
});

let calls = 0;

const even = (value: unknown): void => {
  calls++;
  if (Number(value) % 2 !== 0) throw new Error('must be even');
};

/** A setting of every kind in turn; the values of integers all differ. */
function node(i: number): unknown {
  const kinds = [
    { format: 'nat', default: i },
    { format: Number, default: i / 7 },
    { format: String, default: `text ${i}` },
    { format: Boolean, default: true },
    { format: ['a', 'b'], default: 'a' },
    { format: Array, items: Number, default: [i] },
    { format: Object, default: { a: i } },
    { format: 'int', nullable: true, default: null },
    { format: even, default: 2 * i },
    [i, 'x'],
  ];
  return kinds[i % kinds.length];
}

function settings(size: number): Readonly<Record<string, unknown>> {
  const groups: Record<string, Record<string, unknown>> = {};
  for (let i = 0; i < size; i++) {
    const group = `g${Math.floor(i / 1000)}`;
    groups[group] ??= {};
    groups[group][`s${i}`] = node(i);
  }
  return groups;
}

/** What a file with a value for every setting says. */
function document(size: number): string {
  const values: Record<string, unknown> = {};
  for (const [name, group] of Object.entries(settings(size))) {
    values[name] = Object.fromEntries(
      Object.entries(group as object).map(([key, declared]: [string, { default?: unknown }]) => [
        key,
        Array.isArray(declared) ? declared : (declared.default ?? 5),
      ]),
    );
  }
  return JSON.stringify(values);
}

beforeEach(() => {
  Object.assign(convict, { made: 0, declared: 0, validated: 0 });
  calls = 0;
});

test.each([10, 100, 1000, 10_000, 100_000])(
  'the check of %d settings asks convict a number of times that grows with them at most',
  { timeout: 60_000 },
  (size) => {
    const { path } = folder({ 'app.json': document(size) });
    const definition = defineConfig({ name: 'app', file: 'app.json', settings: settings(size) } as never);
    const config = loadConfigSync(definition, { cwd: path, env: {}, argv: [] });
    expect(config.issues).toEqual([]);
    // One or two convicts for each format, however many settings have it.
    expect(convict.made).toBeLessThan(30);
    expect(convict.declared).toBeLessThan(500);
    expect(convict.validated).toBeLessThan(60 + size / 20);
    expect(calls).toBe((2 * size) / 10);
  },
);

test('values that are refused cost one question each', () => {
  const size = 1000;
  const wrong = Object.fromEntries(Array.from({ length: size }, (_, i) => [`s${i}`, -1 - i]));
  const { path } = folder({ 'app.json': JSON.stringify(wrong) });
  const nats = Object.fromEntries(Array.from({ length: size }, (_, i) => [`s${i}`, { format: 'nat', default: 0 }]));
  const definition = defineConfig({ name: 'app', file: 'app.json', settings: nats } as never);
  const config = loadConfigSync(definition, { cwd: path, env: {}, argv: [], invalid: 'report' });
  expect(config.issues).toHaveLength(size);
  expect(convict.validated).toBeLessThan(size * 1.1);
});

test('a change asks about that setting alone', () => {
  const config = loadConfigSync(defineConfig({ name: 'app', settings: settings(10_000) } as never), {
    env: {},
    argv: [],
  });
  convict.validated = 0;
  calls = 0;
  config.set('g0.s8' as never, 4 as never);
  config.set('g0.s0' as never, 4 as never);
  expect([convict.validated, calls]).toEqual([2, 1]);
});
