import type { Each } from './each.ts';
import type { Bare, NewMember, NodeValue } from './types-values.ts';
import type { Variants } from './variants.ts';

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

/**
 * The unknown keys that the policy `U` allows: any string if it may be `allow`, those that a pattern of its `allow`
 * matches, or none.
 */
export type OpenKey<U> = 'allow' extends U
  ? string & {}
  : U extends { readonly allow: readonly (infer P extends string)[] }
    ? PatternKey<P>
    : U extends { readonly [layer: string]: unknown }
      ? 'allow' extends U[keyof U]
        ? string & {}
        : never
      : never;

/** The keys that a pattern matches; a `*` stands for any text here. */
type PatternKey<P extends string> = P extends `${infer Start}.**`
  ? PatternKey<Start> | `${PatternKey<Start>}.${string}`
  : P extends `${infer Start}*${infer Rest}`
    ? `${Start}${string}${Rest extends `*${infer End}` ? PatternKey<End> : PatternKey<Rest>}`
    : P;

/** The value at the key `K` of the settings `S`; `unknown` where they have no such key. */
export type ValueAt<S, K> = K extends `${infer Name}.${infer Rest}`
  ? Name extends keyof S
    ? ValueAt<S[Name], Rest>
    : OpenValueAt<S, K>
  : K extends keyof S
    ? NodeValue<S[K]>
    : OpenValueAt<S, K>;

/** The value at a key inside a group by name or variants; `unknown` for any other key. */
type OpenValueAt<S, K> =
  S extends Each<infer M>
    ? K extends `${string}.${infer Rest}`
      ? ValueAt<M, Rest>
      : NodeValue<M>
    : S extends Variants<infer Chooser, infer V>
      ? K extends Chooser
        ? keyof V
        : { [Choice in keyof V]: K extends AnyKey<V[Choice]> ? ValueAt<V[Choice], K> : never }[keyof V]
      : unknown;

/**
 * The type of a value that `set` accepts for the key `K`. (`Only` keeps the compiler from building the union of all
 * values while it looks at the argument.)
 */
export type NewValue<S, K> = [K] extends [infer Only] ? NewValueAt<S, Only> : never;

type NewValueAt<S, K> = K extends `${infer Name}.${infer Rest}`
  ? Name extends keyof S
    ? NewValueAt<S[Name], Rest>
    : OpenNewValueAt<S, K>
  : K extends keyof S
    ? NodeValue<S[K], true>
    : OpenNewValueAt<S, K>;

/**
 * The same inside a group by name or variants. A member of a group by name takes some of its values, or `null`, which
 * removes it. Of all members together (`string`) nothing is known.
 */
type OpenNewValueAt<S, K> =
  S extends Each<infer M>
    ? K extends `${string}.${infer Rest}`
      ? Rest extends AnyKey<M>
        ? NewValueAt<M, Rest>
        : never
      : string extends K
        ? unknown
        : NewMember<M> | null
    : OpenValueAt<S, K>;

/** A group without groups. Most settings are in such groups, and the compiler finds their keys in one step. */
type FlatGroup = { readonly [name: string]: SettingOrDefault };

type SettingOrDefault = { readonly default: unknown } | Bare;

type SettingKeyOf<Name extends string, N> = N extends SettingOrDefault
  ? Name
  : N extends Each | Variants
    ? (N extends Each<unknown, true> ? Name : never) | `${Name}.${OpenKeyOf<N>}`
    : `${Name}.${SettingKey<N>}`;

type AnyKeyOf<Name extends string, N> = N extends SettingOrDefault
  ? Name
  : N extends Each | Variants
    ? Name | `${Name}.${OpenKeyOf<N>}`
    : Name | `${Name}.${AnyKey<N>}`;

/** The keys inside a group by name, whose members have keys too; or inside variants, of all of them. */
type OpenKeyOf<N> =
  N extends Each<infer S>
    ? string | `${string}.${SettingKey<S>}`
    : N extends Variants<infer Chooser, infer V>
      ? Chooser | { [Choice in keyof V]: SettingKey<V[Choice]> }[keyof V]
      : never;
