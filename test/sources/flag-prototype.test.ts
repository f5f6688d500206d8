import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { issues, loaded, told } from './loaded.ts';

const settings = {
  opts: { format: Object, default: { a: 1 } },
  list: { format: Array, default: [] },
  name: { format: String, default: 'none' },
  on: { format: Boolean, default: false },
  group: { inner: { format: Object, default: {} } },
};

const INTRINSICS: readonly object[] = [
  ...[Object, Function, Array, String, Number, Boolean, RegExp, Map, Set, Promise, Error, Symbol, Date].flatMap(
    (intrinsic) => [intrinsic, intrinsic.prototype as object],
  ),
  Reflect,
  JSON,
];

/** Every own property of what all code shares. */
function intrinsics(): unknown {
  return INTRINSICS.map((one) => [
    Object.getPrototypeOf(one),
    Reflect.ownKeys(one).map((key) => [key, Object.getOwnPropertyDescriptor(one, key)]),
  ]);
}

const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'constructor.prototype',
  '__proto__.constructor',
  '__proto__.__proto__',
];

const POSITIONS: readonly ((name: string) => readonly string[])[] = [
  (name) => [`--${name}`],
  (name) => [`--${name}=x`],
  (name) => [`--${name}`, 'x'],
  (name) => [`--${name}.polluted=x`],
  (name) => [`--no-${name}`],
  (name) => [`-${name}=x`],
  (name) => [`--set`, `${name}=x`],
  (name) => [`--set`, `${name}.polluted=x`],
  (name) => [`--set=${name}.polluted=x`, '--set', `opts.${name}.polluted=x`],
  (name) => [`--opts.${name}=x`],
  (name) => [`--opts.${name}.polluted=x`],
  (name) => [`--opts.a.${name}.polluted=x`],
  (name) => [`--opts.${name}.${name}.polluted=x`],
  (name) => [`--group.${name}.polluted=x`],
  (name) => [`--group.inner.${name}.polluted=x`],
  (name) => [`--${name}.opts.polluted=x`],
  (name) => [`--opts={"${name}":{"polluted":"x"}}`],
  (name) => [`--list=[{"${name}":{"polluted":"x"}}]`],
  (name) => [`--opts`, `{"constructor":{"prototype":{"${name}":"x"}}}`],
  (name) => [`--name=${name}`, name, '--', `--${name}.polluted=x`],
];

const cases = NAMES.flatMap((name) => POSITIONS.map((position) => position(name)));

describe('names of prototypes among the arguments', () => {
  test.each(cases.map((argv) => [argv]))('%j change nothing that is shared', (argv) => {
    const before = intrinsics();
    for (const strictFlags of [false, true]) {
      const { values } = loaded({ settings, argv, strictFlags, invalid: 'report' });
      expect(JSON.stringify(values)).not.toContain('"__proto__":');
    }
    expect(isDeepStrictEqual(intrinsics(), before)).toBe(true);
    expect('polluted' in {}).toBe(false);
  });

  test.each([
    [['--opts.__proto__=x'], ['opts: must not have a member called __proto__, got "x"']],
    [['--opts.a.__proto__.b=x'], ['opts: must not have a member called __proto__, got "x"']],
    [['--set', 'opts.__proto__.b=x'], ['opts: must not have a member called __proto__, got "x"']],
    [['--set', '__proto__.b=x'], ['--set __proto__.b: there is no such setting that flags may give']],
    [
      ['--opts', '{"__proto__":{"b":1}}'],
      ['opts: must not have a member called __proto__, got "{\\"__proto__\\":{\\"b\\":1}}"'],
    ],
  ])('%j is refused', (argv, expected) => {
    expect(told(issues({ settings, argv }))).toEqual(expected);
  });

  test('of settings that are not there are refused under strictFlags, and else left to the program', () => {
    const argv = ['--__proto__.b=x', '--__proto__', '--constructor.prototype.b=x'];
    expect(issues({ settings, argv })).toEqual([]);
    expect(told(issues({ settings, argv, strictFlags: true }))).toEqual([
      '--__proto__.b is not a setting',
      '--__proto__ is not a setting',
      '--constructor.prototype.b is not a setting',
    ]);
  });

  test('constructor and prototype are ordinary names of members', () => {
    const config = loaded({ settings, argv: ['--opts.constructor.prototype.b=x', '--opts.toString=y'] });
    expect(config.get('opts')).toEqual({ a: 1, constructor: { prototype: { b: 'x' } }, toString: 'y' });
  });
});
