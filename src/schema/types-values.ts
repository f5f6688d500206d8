import type { DerivedDefault } from './derived-default.ts';
import type { Each } from './each.ts';
import type { StandardSchema } from './standard.ts';
import type { FormatTypes } from './types-formats.ts';
import type { Variants } from './variants.ts';

/** The values of a definition, or of a settings tree: deeply readonly, each of the type that its format gives. */
export type Values<D> = D extends { readonly name: string; readonly settings: infer S; readonly unknown?: infer U }
  ? ConfigValues<S, U>
  : ConfigValues<D, never>;

/** The values of the settings `S`, with untyped other members if the policy `U` for unknown keys may be `allow`. */
export type ConfigValues<S, U> = 'allow' extends U
  ? ConfigValues<S, never> & UnknownMembers
  : { readonly [Name in keyof S]: NodeValue<S[Name]> };

/** The value of one node of a settings tree: of a setting, of a group, or of a bare default; `New`: that `set` takes. */
export type NodeValue<N, New = false> = N extends { readonly default: infer D }
  ? SettingValue<N, D>
  : N extends Bare
    ? N extends EmptyObject
      ? UnknownMembers
      : DefaultType<N>
    : N extends Each | Variants
      ? OpenValue<N, New>
      : { readonly [Name in keyof N]: NodeValue<N[Name]> };

/** The members of a group by name or of a list, or one of the variants of a group with its choice. */
type OpenValue<N, New> =
  N extends Each<infer S, infer L>
    ? L extends true
      ? readonly (New extends true ? NewMember<S> : NodeValue<S>)[]
      : { readonly [name: string]: NodeValue<S> }
    : N extends Variants<infer Chooser, infer V>
      ? { [Choice in keyof V]: Variant<Chooser, Choice, V[Choice]> }[keyof V]
      : never;

/** A member of a group by name or of a list, with some of its values. */
export type NewMember<S> = { readonly [Name in keyof S]?: NodeValue<S[Name], true> };

type Variant<Chooser extends string, Choice, S> = { readonly [Name in Chooser]: Choice } & {
  readonly [Name in keyof S]: NodeValue<S[Name]>;
};

/** What is a setting without being a declaration: a bare default. */
export type Bare = string | number | boolean | null | undefined | readonly unknown[] | EmptyObject | Opaque;

interface EmptyObject {
  readonly [member: string]: never;
}

/** An object whose members are not known. */
export interface UnknownMembers {
  /** A value of any type. */
  readonly [member: string]: unknown;
}

/** The same values for a function that changes them. */
export type Mutable<T> = T extends Opaque
  ? T
  : T extends object
    ? { -readonly [Name in keyof T]: Mutable<T[Name]> }
    : T;

type SettingValue<L, D> = L extends { readonly nullable: infer N }
  ? DefinedValue<L, D> | (true extends N ? null : never)
  : DefinedValue<L, D>;

type DefinedValue<L, D> = undefined extends D ? FormattedValue<L, D> | undefined : FormattedValue<L, D>;

type FormattedValue<L, D> = L extends { readonly format: infer F } ? FormatValue<F, L, D> : DefaultType<D>;

/** The value that format `F` gives a setting declared as `L` whose default is of type `D`; the commonest formats first. */
type FormatValue<F, L, D> = F extends keyof FormatTypes
  ? FormatTypes[F]
  : F extends StringConstructor
    ? string
    : F extends NumberConstructor
      ? number
      : F extends BooleanConstructor
        ? boolean
        : F extends readonly (infer Option)[]
          ? Option
          : F extends ArrayConstructor | 'Array'
            ? readonly ElementValue<L, D>[]
            : F extends ObjectConstructor | 'Object'
              ? ObjectValue<L, D>
              : RareFormatValue<F, D>;

type RareFormatValue<F, D> = F extends RegExpConstructor
  ? RegExp
  : F extends StandardSchema<unknown, infer Output>
    ? DeepReadonly<Output>
    : F extends string
      ? NamedValue<F, D>
      : F extends Assertion<infer T>
        ? unknown extends T
          ? DefaultType<D>
          : T
        : DefaultType<D>;

/** A name whose type is `string` gives no type; one of the definition's own may turn text into anything. */
type NamedValue<F extends string, D> = string extends F ? DefaultType<D> : D extends string ? unknown : DefaultType<D>;

/** A function that says what it leaves: `(value: unknown): asserts value is Level => …`. */
type Assertion<T> = { check(value: unknown, setting: never): asserts value is T }['check'];

type ElementValue<L, D> = L extends { readonly items: infer I }
  ? ItemValue<I, D extends readonly (infer E)[] ? E : undefined>
  : D extends readonly (infer E)[]
    ? DefaultType<E>
    : unknown;

type ItemValue<I, E> = I extends { readonly format: unknown } ? DefinedItem<I, E> : FormatValue<I, unknown, E>;

type DefinedItem<I, E> =
  | FormattedValue<I, E>
  | (I extends { readonly nullable: infer N } ? (true extends N ? null : never) : never);

/** A record of `members`; or the members of the default and any others, which only a schema would check. */
type ObjectValue<L, D> = L extends { readonly members: infer M }
  ? { readonly [member: string]: ItemValue<M, D extends object ? D[keyof D] : undefined> }
  : D extends object
    ? DefaultType<D> & UnknownMembers
    : UnknownMembers;

/** The type that a default stands for: of `8080` a number, of nothing anything. */
type DefaultType<D> = [D] extends [null | undefined]
  ? unknown
  : unknown extends D
    ? unknown
    : WidenedType<Exclude<D, null | undefined>>;

type WidenedType<T> = T extends string
  ? string
  : T extends number
    ? number
    : T extends boolean
      ? boolean
      : T extends Opaque
        ? T
        : T extends readonly (infer E)[]
          ? readonly MemberType<E>[]
          : T extends DerivedDefault<infer V>
            ? WidenedType<V>
            : T extends object
              ? { readonly [Name in keyof T]: MemberType<T[Name]> }
              : T;

type MemberType<T> = [T] extends [null | undefined] ? unknown : WidenedType<T>;

type DeepReadonly<T> = T extends Opaque
  ? T
  : T extends object
    ? { readonly [Name in keyof T]: DeepReadonly<T[Name]> }
    : T;

/** Objects that are values, not made of members. */
type Opaque = RegExp | Date | ((...parameters: never) => unknown);
