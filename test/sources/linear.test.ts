import { describe, expect, test } from 'vitest';
import { defineConfig, loadConfigSync } from '../../src/index.ts';
import { growth } from '../executed-blocks.ts';
import { folder } from '../folder.ts';

const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);

const settingsOf = (count: number) =>
  Object.fromEntries(numbers(count).map((i) => [`setting_${i}`, { format: 'nat', default: i }]));

const opts = { opts: { format: Object, default: {} } };

/** Loads with so many of one input; unknown names are reported, not thrown. */
const INPUTS: Readonly<Record<string, (count: number) => object>> = {
  'member variables': (count) => ({
    settings: opts,
    env: Object.fromEntries(numbers(count).map((i) => [`RL_OPTS__M${i}`, 'x'])),
  }),
  'members by flag': (count) => ({ settings: opts, argv: numbers(count).map((i) => `--opts.m${i}=x`) }),
  'members by --set': (count) => ({ settings: opts, argv: numbers(count).flatMap((i) => ['--set', `opts.m${i}=x`]) }),
  'unknown variables against as many settings': (count) => ({
    settings: settingsOf(count),
    env: Object.fromEntries(numbers(count).map((i) => [`RL_UNKNOWN_${i}`, 'x'])),
  }),
  'unknown flags against as many settings': (count) => ({
    settings: settingsOf(count),
    argv: numbers(count).map((i) => `--unknown-${i}`),
    strictFlags: true,
  }),
  'unknown --set keys against as many settings': (count) => ({
    settings: settingsOf(count),
    argv: numbers(count).flatMap((i) => ['--set', `unknown_${i}=1`]),
  }),
  'repeated flags': (count) => ({
    settings: { list: { format: Array, default: [] } },
    argv: numbers(count).map((i) => `--list=${i}`),
  }),
  'levels of one member variable': (count) => ({ settings: opts, env: { [`RL_OPTS${'__A'.repeat(count)}`]: 'x' } }),
  'levels of one member flag': (count) => ({ settings: opts, argv: [`--opts${'.a'.repeat(count)}=x`] }),
};

/** Files with so many of one thing. */
const FILES: Readonly<Record<string, (count: number) => Readonly<Record<string, string>>>> = {
  'settings in a file': (count) => ({ 'app.json': JSON.stringify(settingsOf(count)) }),
  'unknown members of a file': (count) => ({
    'app.json': JSON.stringify(Object.fromEntries(numbers(count).map((i) => [`unknown_${i}`, i]))),
  }),
  'repeated members of a file': (count) => ({
    'app.json': `{${numbers(count)
      .map(() => '"opts":{}')
      .join(',')}}`,
  }),
  'elements of a list in a file': (count) => ({ 'app.json': JSON.stringify({ list: numbers(count) }) }),
  'empty lines of a file': (count) => ({ 'app.json': `{${'\n'.repeat(count)}"unknown": 1}` }),
  'variables of a .env file': (count) => ({
    '.env': numbers(count)
      .map((i) => `RL_OPTS__M${i}=x\n`)
      .join(''),
  }),
  'lines of a .env file that are no assignments': (count) => ({ '.env': 'what\n'.repeat(count) }),
};

function load({ argv = [], env = {}, ...definition }: Record<string, unknown>): void {
  const inputs = { argv, env, invalid: 'report', onWarning: false } as const;
  loadConfigSync(defineConfig({ name: 'app', envPrefix: 'RL', settings: {}, ...definition } as never), inputs as never);
}

// Sorting, which takes a logarithm more, is in some of the work.
const MOST = 15;

describe('ten times the input is ten times the work', () => {
  test.each(Object.entries(INPUTS))('%s', async (_, input) => {
    expect(await growth((count) => load(input(count) as never), 1_000)).toBeLessThan(MOST);
  });

  test.each(Object.entries(FILES))('%s', async (_, files) => {
    const settings = { ...opts, list: { format: Array, default: [] } };
    const at = new Map([10, 1_000, 10_000].map((count) => [count, folder(files(count)).path]));
    const work = (count: number): void => load({ settings, root: at.get(count), file: 'app.json', dotenv: true });
    expect(await growth(work, 1_000)).toBeLessThan(MOST);
  });
});
