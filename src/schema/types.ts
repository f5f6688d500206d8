import type { StandardSchema } from './standard.ts';
import type { FormatTypes } from './types-formats.ts';

/** What a definition may have as `settings`: a convict schema, whose nodes are settings, groups of them, or bare defaults. */
export interface SettingsDefinition {
  /** A node with a `default` is a setting, never a group. */
  readonly default?: never;
  /** A setting, a group of settings, a group by name, variants, or the default of a setting. */
  readonly [name: string]: SettingDefinition | SettingGroup | Shorthand | OpenGroup;
}

/**
 * A group of settings. The same as {@link SettingsDefinition}, but made after {@link SettingDefinition}: of two kinds
 * that a wrong node may be, compilers explain the later one, and so find the wrong member deep in a group.
 */
export interface SettingGroup {
  readonly default?: never;
  readonly [name: string]: SettingDefinition | SettingGroup | Shorthand | OpenGroup;
}

/** The default of a setting in place of its declaration: `port: 8080`. */
export type Shorthand = string | number | boolean | List | Pattern | null | undefined;

/** An array, by what the editor does not offer as a member of a setting and no error takes for the node meant. */
interface List {
  readonly [Symbol.iterator]: unknown;
}

/** What `each` and `variants` make, likewise. */
interface OpenGroup {
  readonly [Symbol.toStringTag]: 'Each' | 'Variants';
}

/** A regular expression, likewise. */
interface Pattern {
  readonly [Symbol.match]: unknown;
}

/** The declaration of one setting: convict's members, varve's, and any others, which are kept. */
export interface SettingDefinition extends Declaration {
  /**
   * The value if no layer gives another. `null` without `nullable` makes the setting required; `undefined` makes it
   * optional.
   * @example
   * port: { default: 8080 }
   * // → port = 8080
   * host: { format: String, default: null }
   * // → host: is required, and no layer gives it. Set APP_HOST or --host or "host" in the file.
   */
  readonly default: unknown;
}

/** What a setting and the elements of an `Array` have in common. */
interface Declaration {
  /**
   * What the setting is for. `--help`, `varve explain` and the generated pages show it.
   * @example
   * port: { doc: 'Port of the server', default: 8080 }
   * // config.explain('port').doc → "Port of the server"
   */
  readonly doc?: string | undefined;
  /**
   * What a value must be. Default: the type of `default`.
   * @example
   * level: { format: ['debug', 'info'], default: 'info' }
   * // APP_LEVEL=debug → level = "debug"
   * // APP_LEVEL=inf → level: must be "debug" or "info", got "inf" (env APP_LEVEL). Did you mean info?
   */
  readonly format?: FormatDefinition | undefined;
  /**
   * The environment variable, instead of the one made of `envPrefix` and the key; `false`: no variable sets it.
   * @example
   * port: { env: 'PORT', default: 8080 }
   * // PORT=80 → port = 80
   */
  readonly env?: string | false | undefined;
  /**
   * The flag without its dashes, instead of the one made of the key; `false`: no flag sets it.
   * @example
   * port: { arg: 'p', default: 8080 }
   * // -p 80 → port = 80
   */
  readonly arg?: string | false | undefined;
  /**
   * Whether `null` is a value.
   * @example
   * workers: { format: 'nat', nullable: true, default: null }
   * // → workers = null
   * // APP_WORKERS=2 → workers = 2
   */
  readonly nullable?: boolean | undefined;
  /**
   * Whether the value is a secret. Then only `config.values`, `config.get` and `snapshot.values` contain it, and everything else
   * shows `********`.
   * @example
   * token: { format: String, sensitive: true, default: 'none' }
   * // APP_TOKEN=abcd → token = "abcd"
   * // APP_TOKEN=abcd config.explain('token').value → "********"
   */
  readonly sensitive?: boolean | undefined;
  /**
   * The smallest number that is accepted.
   * @example
   * lr: { min: 0, default: 0.1 }
   * // APP_LR=-1 → lr: must be at least 0, got "-1" (env APP_LR).
   */
  readonly min?: number | undefined;
  /**
   * The largest number that is accepted.
   * @example
   * pool: { max: 100, default: 10 }
   * // --pool 500 → pool: must be at most 100, got "500" (flag --pool).
   */
  readonly max?: number | undefined;
  /**
   * What a text must match: a regular expression or its source.
   * @example
   * region: { pattern: /^[a-z]+-\d$/, default: 'eu-1' }
   * // APP_REGION=eu → region: must match /^[a-z]+-\d$/, got "eu" (env APP_REGION).
   */
  readonly pattern?: RegExp | string | undefined;
  /**
   * The smallest number of characters or elements.
   * @example
   * hosts: { format: Array, minLength: 1, default: ['a'] }
   * // {"hosts": []} → hosts: must have at least 1 element, got [] (app.json:1:11).
   */
  readonly minLength?: number | undefined;
  /**
   * The largest number of characters or elements.
   * @example
   * id: { maxLength: 4, default: 'app' }
   * // APP_ID=server → id: must have at most 4 characters, got "server" (env APP_ID).
   */
  readonly maxLength?: number | undefined;
  /**
   * The format of each element of an `Array`; or a declaration with a format and limits.
   * @example
   * ports: { format: Array, items: 'port', default: [] }
   * // APP_PORTS=80,443 → ports = [80,443]
   * // APP_PORTS=80,x → ports: element 2 must be an integer, got "80,x" (env APP_PORTS).
   */
  readonly items?: FormatDefinition | Declaration | undefined;
  /**
   * The format of each member of an `Object` that is used as a record; or a declaration with a format and limits.
   * @example
   * limits: { format: Object, members: 'nat', default: {} }
   * // APP_LIMITS__READ=5 → limits = {"read":5}
   */
  readonly members?: FormatDefinition | Declaration | undefined;
  /**
   * How layers combine. An `Object`: `deep` (the default) merges it member by member; with `replace` the highest layer counts.
   * An `Array`: with `replace` (the default) the highest layer counts; `append` adds its elements to those of the layers below.
   * @example
   * hosts: { format: Array, merge: 'append', default: ['a'] }
   * // {"hosts": ["b"]} --hosts c → hosts = ["a","b","c"]
   */
  readonly merge?: 'deep' | 'replace' | 'append' | undefined;
  /**
   * Whether the variable `NAME_FILE` names a file that contains the value of the variable `NAME`. Default: `true` for sensitive
   * settings, else `false`.
   * @example
   * motto: { envFile: true, default: '' }
   * // APP_MOTTO_FILE=secret.txt → motto = "correct horse"
   */
  readonly envFile?: boolean | undefined;
  /**
   * Warns when a layer sets it; a text says what to write instead.
   * @example
   * threads: { deprecated: 'Set workers instead.', default: 1 }
   * // APP_THREADS=2 → threads: is deprecated: Set workers instead. (env APP_THREADS)
   */
  readonly deprecated?: boolean | string | undefined;
  /**
   * Earlier keys, flags or variables. They are read, with a warning.
   * @example
   * pool: { aliases: ['poolSize', 'OLD_POOL'], default: 10 }
   * // {"poolSize": 20} → pool: is set by its deprecated name poolSize (app.json:1:14). Write pool instead.
   */
  readonly aliases?: readonly string[] | undefined;
  /**
   * If a setting has `common`, `--help` of the program lists only such settings, and `--help=all` lists all.
   * @example
   * port: { help: 'common', default: 8080 }, seed: 1
   * // --help → --port
   * // --help=all → --seed
   */
  readonly help?: 'common' | undefined;
  /**
   * `false`: a changed value takes effect at the next start only.
   * @example
   * workers: { reload: false, default: 2 }
   * // {"workers": 4} {"workers": 8} → workers: changed to 8; restart to apply (app.json:1:13).
   */
  readonly reload?: boolean | undefined;
  /**
   * `false`: the fingerprint of a snapshot leaves the setting out.
   * @example
   * lr: 0.1, workers: { identity: false, default: 2 }
   * // config.snapshot().identity → ["lr"]
   */
  readonly identity?: boolean | undefined;
  /**
   * How `varve sweep --lr search:3` spreads its values between `min` and `max`.
   * @example
   * lr: { search: 'log', min: 0.001, max: 0.1, default: 0.01 }
   * // describeSettings(config)[0].search → "log"
   */
  readonly search?: 'linear' | 'log' | undefined;
  // biome-ignore lint/complexity/noBannedTypes: beside `unknown` the editor would know no member of a setting in a group.
  readonly [member: string]: {} | null | undefined;
}

/**
 * A format: its name (of a format of varve, or of the definition's `formats`), a constructor such as `Number`, a list of
 * options, a function that throws for what it refuses, or a Standard Schema.
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
