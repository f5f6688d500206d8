import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defineConfig, loadConfigSync } from '../../src/index.ts';
import { loaded } from './loaded.ts';

const definition = defineConfig({
  name: 'app',
  envPrefix: 'RL',
  settings: {
    text: { format: String, default: 'none' },
    list: { format: Array, items: String, default: ['none'] },
    opts: { format: Object, default: { text: 'none' } },
    v: { format: Boolean, default: false },
    l: { format: String, default: 'none' },
  },
});

const values = (argv: readonly string[], env = {}) => loadConfigSync(definition, { argv, env, cwd: '/' }).values;

/** Any text, and often one that a parser of flags would take for something else. */
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom(
      '-',
      '=',
      '"',
      "'",
      ' ',
      '\n',
      '\\',
      ',',
      '.',
      '1',
      'e',
      'v',
      '[',
      '{',
      '@',
      '\0',
      'ü',
      '\ud800',
    ),
    maxLength: 8,
  }),
  fc.constantFrom(
    'true',
    'false',
    'null',
    'undefined',
    '-',
    '--',
    '--v',
    '--no-v',
    '-v',
    '-1',
    '1e5',
    '007',
    '@0',
    '__proto__',
    '--text=x',
    '[]',
    '{}',
  ),
);

describe('any text', () => {
  test('behind = is the value of a string setting, byte for byte', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(values([`--text=${given}`, `-l=${given}`, '--v'])).toMatchObject({ text: given, l: given, v: true });
        expect(values(['--set', `text=${given}`]).text).toBe(given);
        expect(values([`--opts.text=${given}`]).opts).toEqual({ text: given });
      }),
    );
  });

  test('as a word of its own is the value, unless it begins with two dashes or is a flag of one letter', () => {
    fc.assert(
      fc.property(
        text.filter((given) => !given.startsWith('--') && !/^-[vl]/.test(given)),
        (given) => {
          expect(values(['--text', given, '--v'])).toMatchObject({ text: given, v: true });
          expect(values(['-vl', given])).toMatchObject({ l: given, v: true });
        },
      ),
    );
  });

  test('directly behind a letter is its value', () => {
    fc.assert(
      fc.property(
        text.filter((given) => given !== '' && !given.startsWith('=')),
        (given) => {
          expect(values([`-l${given}`]).l).toBe(given);
        },
      ),
    );
  });

  test('in a variable is the value of a string setting', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(values([], { RL_TEXT: given }).text).toBe(given);
      }),
    );
  });

  test('in a repeated list is an element each, if it is given as JSON', () => {
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), (given) => {
        expect(values(given.map((one) => `--list=${JSON.stringify([one])}`)).list).toEqual(given);
      }),
    );
  });
});

test('any arguments are read or refused with issues, never worse', () => {
  const word = fc.oneof(
    text,
    text.map((one) => `--${one}`),
    text.map((one) => `-${one}`),
    fc.constantFrom('--text', '-vl', '--opts.text', '--set', '--no-text', '--list'),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 8 }), fc.boolean(), (argv, strictFlags) => {
      const config = loaded({ settings: definition.settings, argv, strictFlags, invalid: 'report' });
      for (const issue of config.issues)
        expect(issue).toMatchObject({ code: 'INVALID_VALUE', origin: { layer: 'flag' } });
      const end = argv.includes('--') ? argv.indexOf('--') : argv.length;
      const again = loaded({ settings: definition.settings, argv: argv.slice(0, end), strictFlags, invalid: 'report' });
      expect(again.values).toEqual(config.values);
    }),
  );
});

describe('among 10,000 settings', () => {
  let asked = 0;
  /** A setting that counts how often its flag is asked for. */
  const node = (i: number): object => ({
    default: i,
    get arg(): undefined {
      asked++;
      return undefined;
    },
  });
  const many = defineConfig({
    name: 'many',
    settings: Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`some_setting_${i}`, node(i)])),
  } as never);
  const read = (argv: readonly string[]): number => {
    asked = 0;
    loadConfigSync(many, { argv, env: {}, cwd: '/' });
    return asked;
  };

  test('a flag by its key is found without a look at the others', () => {
    expect(read(['--some_setting_1=1', '--some_setting_5000=1', '--some_setting_9999=1'])).toBeLessThan(20);
  });

  test('flags by their derived names cost one look at each setting, however many are given', () => {
    const given = (count: number) => Array.from({ length: count }, (_, i) => `--some-setting-${i}=1`);
    expect(read(given(3))).toBeLessThan(10_100);
    expect(read(given(1000))).toBeLessThan(15_000);
  });
});

test('very many arguments are no problem, nor is a very long one', () => {
  const config = (argv: readonly string[]) => loaded({ settings: definition.settings, argv }).values;
  expect((config(Array.from({ length: 20_000 }, (_, i) => `--list=${i}`)) as { list: string[] }).list).toHaveLength(
    20_000,
  );
  expect(config([`-${'v'.repeat(100_000)}`])).toMatchObject({ v: true });
  expect(config([`--text=${'x'.repeat(1_000_000)}`])).toMatchObject({ text: 'x'.repeat(1_000_000) });
  expect(config([`--${'a.'.repeat(50_000)}`])).toMatchObject({ text: 'none' });
});
