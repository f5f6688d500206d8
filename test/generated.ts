import fc from 'fast-check';
import type { Definition } from '../src/index.ts';
import { defineConfig } from '../src/index.ts';

/** One generated setting: how it is declared, and values that it takes, each with its text. */
export interface GeneratedSetting {
  readonly key: string;
  readonly node: Record<string, unknown>;
  readonly values: readonly Spoken[];
}

/** A value and a text that means it. */
export interface Spoken {
  readonly value: unknown;
  readonly text: string;
}

const spoken = (value: unknown, text: string = String(value)): Spoken => ({ value, text });

/** Kinds of settings with their values; `Object` merges, so its values overlap in part. */
const KINDS: readonly Omit<GeneratedSetting, 'key'>[] = [
  {
    node: { format: String, default: 'd' },
    values: ['a', '1.10', 'true', 'null', 'ü "q" \\'].map((text) => spoken(text)),
  },
  { node: { format: Number, default: 0.5 }, values: [1, -1e-3, 5e-7, 1e21].map((value) => spoken(value)) },
  { node: { format: 'nat', default: 3 }, values: [0, 7, 9007199254740991].map((value) => spoken(value)) },
  { node: { format: Boolean, default: false }, values: [spoken(true, 'yes'), spoken(false, 'OFF')] },
  { node: { format: ['x', 'y', 3], default: 'x' }, values: [spoken('y'), spoken(3)] },
  { node: { format: Array, default: [1] }, values: [spoken([2, 3], '2,3'), spoken([4], '[4]')] },
  { node: { format: 'int', nullable: true, default: null }, values: [spoken(null), spoken(-4)] },
  {
    node: { format: Object, default: { a: 1, toString: 'own' } },
    values: [{ a: 2 }, { b: { c: [1] } }, { b: { d: 2 }, constructor: 3 }].map((value) =>
      spoken(value, JSON.stringify(value)),
    ),
  },
];

const NAMES = ['alpha', 'beta', 'gammaDelta', 'constructor', 'toString', 'e_f', 'g-h'];

/** Generated settings, some of them in groups. */
export const settings: fc.Arbitrary<readonly GeneratedSetting[]> = fc
  .array(
    fc.tuple(fc.constantFrom(...NAMES), fc.option(fc.constantFrom('one', 'two.three')), fc.constantFrom(...KINDS)),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((drawn) => {
    const byKey = new Map(drawn.map(([name, group, kind]) => [group === null ? name : `${group}.${name}`, kind]));
    return [...byKey].map(([key, kind]) => ({ key, ...kind }));
  });

/** A subset of the settings, each with one of its values: what one layer says. */
export function layerOf(all: readonly GeneratedSetting[]): fc.Arbitrary<ReadonlyMap<string, Spoken>> {
  return fc
    .tuple(...all.map(({ values }) => fc.option(fc.constantFrom(...values))))
    .map((drawn) => new Map(drawn.flatMap((value, i) => (value === null ? [] : [[all[i]!.key, value] as const]))));
}

/** The definition of generated settings. */
export function definitionOf(all: readonly GeneratedSetting[]): Definition {
  return defineConfig({
    name: 'generated',
    file: 'app.json',
    envPrefix: 'P',
    settings: nested(all.map(({ key, node }) => [key, node])),
  } as never);
}

/** The tree of values given by dotted keys. */
export function nested(entries: Iterable<readonly [string, unknown]>): Record<string, unknown> {
  const tree: Record<string, unknown> = {};
  for (const [key, value] of entries) {
    const path = key.split('.');
    let group = tree;
    for (const name of path.slice(0, -1)) {
      if (!Object.hasOwn(group, name)) group[name] = {};
      group = group[name] as Record<string, unknown>;
    }
    group[path.at(-1)!] = value;
  }
  return tree;
}
