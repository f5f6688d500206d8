import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Config, defineConfig, loadConfig, renameDeprecatedKeys } from '../src/index.ts';
import { folder } from './folder.ts';

// After a save, a configuration must say the same as one that is loaded anew: values, places, warnings.

const settings = {
  a: { format: 'nat', default: 1 },
  b: { format: String, default: 'b', aliases: ['old_b', 'was.b'] },
  c: { format: Boolean, default: false, deprecated: 'use a' },
  size: { format: 'bytes', default: '1KiB' },
  list: { format: Array, items: 'int', default: [1] },
  free: { format: Object, default: { x: 1 } },
  maybe: { format: 'int', nullable: true, default: null },
  group: { d: { format: Number, default: 0.5 }, deep: { e: { format: ['x', 'y'], default: 'x' } } },
};

const VALUES: { readonly [key: string]: readonly unknown[] } = {
  a: [0, 7],
  b: ['', 'ü "q"\n'],
  c: [true],
  size: ['512MiB', 2048],
  list: [[], [2, 3], [2]],
  free: [{ y: 2 }, {}, { z: { w: [1] } }],
  maybe: [null, -4],
  'group.d': [-0, 1e21, 0.25],
  'group.deep.e': ['y', 'x'],
};
const KEYS = Object.keys(VALUES);

const TEXTS = [
  '{}\n',
  '{ "a": 3, "b": "one line", "group": { "d": 2 } }',
  '{\n  "a": 3,\n  "list": [\n    1\n  ],\n  "group": {\n    "d": 2,\n    "deep": { "e": "y" }\n  }\n}\n',
  '{\r\n\t"group": { "deep": {\r\n\t\t"e": "y" } },\r\n\t"a": 5, "free": {"q":1}\r\n}',
  '{ "a": 1, "a": 2, "group": {}, "group": { "d": 4 } }',
  '{\n  "old_b": "former",\n  "a": 3\n}\n',
  '{\n  "was": { "b": "former" },\n  "unknown": { "z": 1 },\n  "c": true\n}\n',
  '\ufeff{"maybe":4,"size":"1MiB"}\n',
];

type Step =
  | { readonly kind: 'set' | 'update'; readonly given: readonly (readonly [string, unknown])[] }
  | { readonly kind: 'unset' | 'reset'; readonly key: string }
  | { readonly kind: 'other writer'; readonly text: string }
  | { readonly kind: 'rename' | 'reset all' };

const key = fc.constantFrom(...KEYS);
const given = key.chain((name) => fc.constantFrom(...(VALUES[name] ?? [])).map((value) => [name, value] as const));
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('set', 'update'),
      given: fc.array(given, { minLength: 1, maxLength: 3 }),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('unset', 'reset'), key }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('other writer'), text: fc.constantFrom(...TEXTS) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('rename', 'reset all') }) },
) as fc.Arbitrary<Step>;

async function take(config: Config, file: string, one: Step): Promise<void> {
  switch (one.kind) {
    case 'set':
      for (const [name, value] of one.given) config.set(name as never, value as never);
      await config.save({ conflict: 'mine' });
      break;
    case 'update':
      await config.update((draft) => {
        for (const [name, value] of one.given) put(draft, name.split('.'), value);
      });
      break;
    case 'unset':
      config.unset(one.key as never);
      await config.save({ conflict: 'mine' });
      break;
    case 'reset':
      await config.reset(one.key as never);
      break;
    case 'other writer':
      writeFileSync(file, one.text);
      break;
    case 'rename':
      await renameDeprecatedKeys(config);
      break;
    default:
      await config.reset();
  }
}

function put(draft: unknown, [name = '', ...rest]: readonly string[], value: unknown): void {
  const group = draft as Record<string, unknown>;
  if (rest.length > 0) put(group[name], rest, value);
  // A draft cannot drop the members of the layers below: they would be merged in again.
  else if (name === 'free') Object.assign(group[name] as object, value);
  else group[name] = value;
}

/** All that a configuration says, as plain data. */
function said(config: Config): unknown {
  const { values, warnings, issues, pending } = config;
  return structuredClone({ values, explained: config.explainAll(), warnings, issues, pending });
}

test.each([
  ['sparse', 'warn', 'app.json'],
  ['sparse', 'allow', 'app.jsonc'],
  ['full', 'warn', 'app.json'],
] as const)(
  'after every save, a %s configuration (unknown: %s, %s) says what a new one says',
  async (layout, unknown, name) => {
    const { path } = folder();
    const file = join(path, name);
    const definition = defineConfig({ name: 'saved', file: name, layout, unknown, settings });
    const load = (): Promise<Config> => loadConfig(definition as never, { cwd: path, env: {}, argv: [] });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...TEXTS),
        fc.array(step, { minLength: 1, maxLength: 6 }),
        async (text, steps) => {
          writeFileSync(file, text);
          const config = await load();
          for (const one of steps) {
            await take(config, file, one);
            if (one.kind === 'other writer') continue;
            expect({ text: readFileSync(file, 'utf8'), ...(said(config) as object) }).toEqual({
              text: readFileSync(file, 'utf8'),
              ...(said(await load()) as object),
            });
          }
        },
      ),
      { numRuns: Number(process.env['VARVE_ORIGINS'] ?? 50) },
    );
  },
  // It saves durably several thousand times: on a busy disk that takes as long as it takes.
  120_000,
);

test('a subscriber gets the place of a value before it was removed, and its new place after it was moved', async () => {
  const { path } = folder();
  writeFileSync(join(path, 'app.json'), '{\n  "a": 3,\n  "b": "x"\n}\n');
  const definition = defineConfig({ name: 'saved', file: 'app.json', settings });
  const config = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
  const heard: unknown[] = [];
  config.subscribe((event) => {
    if ('changes' in event) heard.push(...event.changes.map(({ from, to }) => [from?.location, to?.location]));
  });
  await config.reset('a');
  await config.update((draft) => {
    draft.b = 'y';
  });
  await config.reset('b');
  expect(heard).toEqual([
    ['app.json:2:8', 'schema'],
    ['app.json:2:8', 'app.json:2:8'],
    ['app.json:2:8', 'schema'],
  ]);
});

test('many settings changed at once leave the others as they were', async () => {
  const many = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`s${i}`, 0]));
  const { path } = folder({ 'app.json': '{\n  "s79": 5\n}\n' });
  const definition = defineConfig({ name: 'app', file: 'app.json', settings: many });
  const config = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
  await config.update((draft) => {
    for (let i = 0; i < 70; i++) Object.assign(draft, { [`s${i}`]: i + 1 });
  });
  await config.update((draft) => void Object.assign(draft, { s0: 9 }));
  const anew = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
  expect(anew.values).toMatchObject({ s0: 9, s69: 70, s70: 0, s79: 5 });
  expect(config.explainAll()).toEqual(anew.explainAll());
});
