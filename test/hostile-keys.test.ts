import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defineConfig, loadConfig, loadConfigSync } from '../src/index.ts';
import { thrown } from './failure.ts';
import { folder } from './folder.ts';

/** Every own property of what all programs share, by its path, as text that changes with it. */
function intrinsics(): ReadonlyMap<string, unknown> {
  const seen = new Map<string, unknown>();
  const names = [
    'Object',
    'Array',
    'Function',
    'String',
    'Number',
    'Boolean',
    'RegExp',
    'Map',
    'Set',
    'Promise',
    'Error',
    'Symbol',
    'JSON',
    'Reflect',
  ];
  for (const name of names) {
    const builtIn = Reflect.get(globalThis, name);
    for (const [label, object] of [
      [name, builtIn],
      [`${name}.prototype`, builtIn.prototype],
    ] as const) {
      if (object === undefined) continue;
      for (const key of Reflect.ownKeys(object)) {
        const descriptor = Object.getOwnPropertyDescriptor(object, key);
        seen.set(`${label}.${String(key)}`, descriptor && ('value' in descriptor ? descriptor.value : descriptor.get));
      }
    }
  }
  for (const key of Object.keys(globalThis)) seen.set(`globalThis.${key}`, true);
  return seen;
}

let before: ReadonlyMap<string, unknown>;
const environment = JSON.stringify(process.env);

beforeEach(() => {
  before = intrinsics();
});

afterEach(() => {
  const after = intrinsics();
  expect([...after.keys()]).toEqual([...before.keys()]);
  for (const [path, value] of after) expect(before.get(path) === value || Number.isNaN(value), path).toBe(true);
  expect(JSON.stringify(process.env)).toBe(environment);
});

const NASTY = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '__defineGetter__',
  'valueOf',
  '_cvtProperties',
  'length',
  '0',
  '',
  ' ',
  '$schema',
  'polluted',
];

const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...NASTY) }, fc.string({ maxLength: 6 }));
const path = fc.array(name, { minLength: 1, maxLength: 4 });
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(1, 'x', null, true),
    tie('object'),
    fc.array(tie('value'), { maxLength: 2 }),
  ),
  object: fc.array(fc.tuple(name, tie('value')), { maxLength: 3 }),
})).object as fc.Arbitrary<[string, unknown][]>;

/** JSON text whose members are written as they are drawn, `__proto__` and duplicates among them. */
function text(members: unknown): string {
  if (!Array.isArray(members)) return JSON.stringify(members);
  if (members.every((member) => Array.isArray(member) && member.length === 2 && typeof member[0] === 'string')) {
    return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${text(value)}`).join(',')}}`;
  }
  return `[${members.map(text).join(',')}]`;
}

/** Runs what may refuse; a refusal is a `ConfigError` and nothing else. */
async function attempt(work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    expect((error as Error).name).toBe('ConfigError');
  }
}

const settings = {
  open: { format: Object, default: { a: 1 } },
  any: { format: '*', default: null },
  group: { constructor: 'c', toString: 1, inner: { n: 0 } },
};

const RUNS = Number(process.env['VARVE_HOSTILE'] ?? 50);

test.each(['warn', 'error', 'allow'] as const)(
  'no key changes a prototype, whatever door it comes through (unknown: %s)',
  async (unknown) => {
    const here = folder();
    const definition = defineConfig({ name: 'x', file: 'app.json', envPrefix: 'P', unknown, settings } as never);
    await fc.assert(
      fc.asyncProperty(
        json,
        path,
        json,
        fc.constantFrom('1', '{"__proto__":{"polluted":1}}', 'x'),
        async (file, keys, value, word) => {
          const key = keys.join('.');
          here.write('app.json', text(file));
          const inputs = {
            cwd: here.path,
            env: { [`P_${keys.join('__')}`]: word, [`P_OPEN__${key}`]: word, P_ANY: text(value) },
            argv: [
              `--${key}=${word}`,
              `--${key}`,
              word,
              `--open.${key}=${word}`,
              '--set',
              `${key}=${word}`,
              `--no-${key}`,
            ],
          };
          await attempt(() => loadConfigSync(definition, inputs));
          const config = await loadConfig(definition, { ...inputs, argv: [], env: {}, invalid: 'report' });
          const given = JSON.parse(text(value));
          for (const use of [
            () => config.get(key as never),
            () => config.set(key as never, given as never),
            () => config.set('open' as never, given as never),
            () => config.override(key as never, given as never),
            () => config.explain(key as never),
            () => config.unset(key as never),
            () => config.update((draft) => Object.assign(draft, given)),
            () => config.update((draft) => Object.assign((draft as never)['open'], given)),
            () => config.save({ conflict: 'mine' }),
            () => config.reset(key as never),
          ]) {
            await attempt(use);
          }
          expect(Reflect.get({}, 'polluted')).toBeUndefined();
        },
      ),
      // The first example is an object inside the draft, returned unchanged, whose member is named like a key of the draft.
      { numRuns: RUNS, examples: [[[['a', []]], ['__proto__'], [], '1']] as never },
    );
  },
  600_000,
);

test('no schema changes a prototype', async () => {
  await fc.assert(
    fc.asyncProperty(json, async (members) => {
      await attempt(() =>
        loadConfigSync(defineConfig({ name: 'x', envPrefix: 'P', settings: JSON.parse(text(members)) }), {
          env: {},
          argv: [],
          cwd: '/',
        }),
      );
    }),
    { numRuns: RUNS },
  );
}, 600_000);

test.each(['\u001b[2K', '\r', '\n', '\u202e', '\u200b'])(
  'a message shows %j in the name of a source as an escape',
  (unseen) => {
    const definition = defineConfig({
      name: 'app',
      envPrefix: 'APP',
      strictFlags: true,
      settings: { port: 1, host: 'a' },
    });
    const flags = [`--po${unseen}rt=5`, `--ho${unseen}st=5`];
    for (const argv of [flags, flags.slice(1)]) {
      const { message } = thrown(() => loadConfigSync(definition, { env: {}, argv }));
      expect(message).toMatch(/flag --ho\\u/);
      expect(message.replaceAll('\n  ', '')).not.toContain(unseen);
    }
  },
);
