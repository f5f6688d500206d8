import type { Bare, NodeValue } from './types-values.ts';

/** The dotted keys of all settings; any string if the settings are not known. */
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

/** Any string if the policy `U` for unknown keys may be `allow`; otherwise no key besides those of the settings. */
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
 * The type of a value that `set` accepts for the key `K`. (`Each` keeps the compiler from building the union of all
 * values while it looks at the argument.)
 */
export type NewValue<S, K> = [K] extends [infer Each] ? ValueAt<S, Each> : never;

/** A group without groups, whose keys are known at one glance: most of the settings stand in such groups. */
type FlatGroup = { readonly [name: string]: SettingOrDefault };

type SettingOrDefault = { readonly default: unknown } | Bare;

type SettingKeyOf<Name extends string, N> = N extends SettingOrDefault ? Name : `${Name}.${SettingKey<N>}`;

type AnyKeyOf<Name extends string, N> = N extends SettingOrDefault ? Name : Name | `${Name}.${AnyKey<N>}`;
