import type { Bare, NodeValue } from './types-values.ts';

/** The dotted keys of all settings: of a tree that is not known, any text. */
export type SettingKey<S> = string extends keyof S
  ? string
  : S extends FlatGroup
    ? keyof S & string
    : { [Name in keyof S & string]: SettingKeyOf<Name, S[Name]> }[keyof S & string];

/** The dotted keys of all settings and groups. */
export type AnyKey<S> = string extends keyof S
  ? string
  : S extends FlatGroup
    ? keyof S & string
    : { [Name in keyof S & string]: AnyKeyOf<Name, S[Name]> }[keyof S & string];

/** What keys may be besides those of the settings: any text where the policy `U` for unknown keys may be `allow`. */
export type OpenKey<U> = 'allow' extends U ? string & {} : never;

/** The value at the key `K` of the settings `S`; `unknown` where they have no such key. */
export type ValueAt<S, K> = K extends `${infer Name}.${infer Rest}`
  ? Name extends keyof S
    ? ValueAt<S[Name], Rest>
    : unknown
  : K extends keyof S
    ? NodeValue<S[K]>
    : unknown;

/**
 * The same for a value that is given: the detour by `Each` keeps the compiler from making the union of all values,
 * which is what it otherwise takes `ValueAt<S, K>` for while it looks at the argument.
 */
export type NewValue<S, K> = [K] extends [infer Each] ? ValueAt<S, Each> : never;

/** A group without groups, whose keys are known at one glance: most of the settings stand in such groups. */
type FlatGroup = { readonly [name: string]: SettingOrDefault };

type SettingOrDefault = { readonly default: unknown } | Bare;

type SettingKeyOf<Name extends string, N> = N extends SettingOrDefault ? Name : `${Name}.${SettingKey<N>}`;

type AnyKeyOf<Name extends string, N> = N extends SettingOrDefault ? Name : Name | `${Name}.${AnyKey<N>}`;
