import { describe, expect, test } from 'vitest';
import { loaded } from './loaded.ts';

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

function milliseconds(input: object): number {
  const start = performance.now();
  loaded({ settings: {}, invalid: 'report', ...input } as never);
  return performance.now() - start;
}

describe('work grows with the input, not with its square', () => {
  test.each(Object.entries(INPUTS))('%s', (_, input) => {
    milliseconds(input(100));
    const best = (count: number): number => Math.min(milliseconds(input(count)), milliseconds(input(count)));
    const [small, large] = [best(1_000), best(10_000)];
    // Ten times the input; quadratic work would take a hundred times as long. What is fast anyway need not be compared.
    expect(large).toBeLessThan(Math.max(40 * small, 500));
  });
});
