import type { StandardSchema } from './standard.ts';
import type { FormatTypes } from './types-formats.ts';

/** What a definition may have as `settings`: a convict schema, whose nodes are settings, groups of them, or bare defaults. */
export interface SettingsDefinition {
  /** A node with a `default` is a setting, never a group. */
  readonly default?: never;
  readonly [name: string]: SettingDefinition | SettingGroup | Shorthand;
}

/**
 * A group of settings. The same as {@link SettingsDefinition}, but made after {@link SettingDefinition}: of two kinds
 * that a wrong node may be, compilers explain the later one, and so find the wrong member deep in a group.
 */
export interface SettingGroup {
  readonly default?: never;
  readonly [name: string]: SettingDefinition | SettingGroup | Shorthand;
}

/** The default of a setting in place of its declaration: `port: 8080`. */
export type Shorthand = string | number | boolean | List | Pattern | null | undefined;

/** An array, by what the editor does not offer as a member of a setting and no error takes for the node meant. */
interface List {
  readonly [Symbol.iterator]: unknown;
}

/** A regular expression, likewise. */
interface Pattern {
  readonly [Symbol.match]: unknown;
}

/** The declaration of one setting: convict's members, varve's, and any others, which are kept. */
export interface SettingDefinition extends Declaration {
  /** `null` without `nullable` makes the setting required; `undefined` makes it one that may have no value. */
  readonly default: unknown;
}

/** What a setting and the elements of an `Array` have in common. */
interface Declaration {
  /** What the setting is for, in help, documentation and messages. */
  readonly doc?: string | undefined;
  /** What a value must be; the type of the default unless told. */
  readonly format?: FormatDefinition | undefined;
  /** The variable, where it is not the derived one; `false`: not settable by the environment. */
  readonly env?: string | false | undefined;
  /** The flag, without its dashes, where it is not the derived one; `false`: not settable by a flag. */
  readonly arg?: string | false | undefined;
  /** Whether `null` is a value. */
  readonly nullable?: boolean | undefined;
  /** Whether the value is shown nowhere but in `values` and by `get`. */
  readonly sensitive?: boolean | undefined;
  /** The least number. */
  readonly min?: number | undefined;
  /** The greatest number. */
  readonly max?: number | undefined;
  /** What a text must match: a regular expression or its source. */
  readonly pattern?: RegExp | string | undefined;
  /** The least number of characters or elements. */
  readonly minLength?: number | undefined;
  /** The greatest number of characters or elements. */
  readonly maxLength?: number | undefined;
  /** What each element of an `Array` must be: a format, or a declaration with a format and constraints. */
  readonly items?: FormatDefinition | Declaration | undefined;
  /** What each member of an `Object` that is used as a record must be: a format, or a declaration with a format. */
  readonly members?: FormatDefinition | Declaration | undefined;
  /**
   * How layers combine. An `Object`: `deep` (the default) merges it member by member, with `replace` the highest layer
   * counts. An `Array`: with `replace` (the default) the highest layer counts, `append` adds its elements to those below.
   */
  readonly merge?: 'deep' | 'replace' | 'append' | undefined;
  /** Whether the variable `NAME_FILE` names a file with the value; the default is `true` for sensitive settings only. */
  readonly envFile?: boolean | undefined;
  /** Read, but with a warning; a text says what to write instead. */
  readonly deprecated?: boolean | string | undefined;
  /** Former keys, flags or variables, still read with a warning. */
  readonly aliases?: readonly string[] | undefined;
  /** `common` lists the setting in the first tier of a program's help. */
  readonly help?: 'common' | undefined;
  /** `false`: a changed value takes effect at the next start only. */
  readonly reload?: boolean | undefined;
  /** `false`: left out of the fingerprint. */
  readonly identity?: boolean | undefined;
  /** How `varve sweep` spreads values between `min` and `max`. */
  readonly search?: 'linear' | 'log' | undefined;
  // biome-ignore lint/complexity/noBannedTypes: beside `unknown` the editor would know no member of a setting in a group.
  readonly [member: string]: {} | null | undefined;
}

/**
 * A format: its name (also that of a definition's own), a constructor such as `Number`, a list of options, a function
 * that throws for what it refuses, or a Standard Schema.
 */
export type FormatDefinition =
  | FormatName
  // Any other text may be a format of the definition's own; `& {}` keeps the editor naming the others.
  | (string & {})
  | readonly unknown[]
  | StandardSchema
  // Takes the constructors too: named one by one they would leave the parameters of an inline function untyped.
  | FormatCheck;

/** The names of the formats that every definition has. */
export type FormatName = keyof FormatTypes | 'Array' | 'Object';

/** Throws for a value that it refuses. A method, so that a function may declare its parameters more narrowly. */
export type FormatCheck = { check(value: unknown, setting: SettingDefinition): void }['check'];

export type { AnyKey, NewValue, OpenKey, SettingKey, ValueAt } from './types-keys.ts';
export type { ConfigValues, Mutable, UnknownMembers, Values } from './types-values.ts';
