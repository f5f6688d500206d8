import type { Key } from './key.ts';
import { wrongArgument } from './wrong-arguments.ts';

/**
 * The layers of a configuration, lowest first. This list is the precedence. `file` stands for the base files and the
 * file above them, `.env` for the `.env` files in their order.
 * @example
 * import { LAYERS } from 'varve';
 *
 * console.log(LAYERS.join(' < ')); // default < file < .env < env < flag < override
 */
export const LAYERS = ['default', 'file', '.env', 'env', 'flag', 'override'] as const;

/** The name of a layer: one of {@link LAYERS}, or that of a program's own source. */
export type LayerName = (typeof LAYERS)[number] | (string & {});

/** Where a value was written. */
export interface Origin {
  /** The layer. */
  readonly layer: LayerName;
  /** The name that was written there: a key of a file, a variable, a flag. */
  readonly name: string;
  /** `config/app.json:7:22`, `process.env`, `.env:3`, `command line`, `schema`, `override`. */
  readonly location: string;
}

/** What computes the value of an entry from other values. */
export interface Expression {
  /** What it refers to: `data_dir`, `env:HOME`. */
  readonly names: readonly string[];
  /** Whether a resolver is asked for a part of the value. */
  readonly isResolved?: boolean;
  evaluate(scope: ExpressionScope): unknown;
}

/** What an expression can read. Every read is recorded as a part of the result. */
export interface ExpressionScope {
  /** The value of a setting, or of a member of it; `undefined` if it has none. Throws `NoResult` for an unknown key. */
  setting(key: Key): unknown;
  variable(name: string): string | undefined;
  /** The text of a file; `undefined` if there is no such file. */
  file(path: string): string | undefined;
  /** Why a setting without a value cannot be referred to. */
  missing(key: Key): string;
  /** What the resolver of a scheme has for a name. Throws `NoResult` if it has nothing. */
  resolved(scheme: string, name: string): unknown;
}

/** A value that another one was computed from, and where it was written. */
export interface ExpressionPart {
  /** As the expression names it: `data_dir`, `env:HOME`, `file:/run/secrets/token`, `vault:kv/db#password`. */
  readonly name: string;
  /** Absent if nothing has a value for it. */
  readonly value?: unknown;
  /** Whether the value is sensitive: then an explanation has `********` in its place. */
  readonly redacted: boolean;
  readonly origin?: Origin;
  /** What this value was computed from itself. */
  readonly computedFrom?: readonly ExpressionPart[];
}

/** What one layer provides for one setting. */
export interface Entry {
  /** Where it was written. */
  readonly origin: Origin;
  /** The value; absent where only text is known. `null` is a value. */
  readonly value?: unknown;
  /** The JSON value in the document, if decoding or a reference made another `value` of it: `10s` if the value is 10000. */
  readonly written?: unknown;
  /** `value` as JSON, if JSON cannot represent it itself: a `Map`, a `Date`. */
  readonly json?: unknown;
  /** The text as it was written. Without a `value`, the setting's format decodes it. */
  readonly raw?: string;
  /** The texts of a repeated flag; a list takes them all. */
  readonly parts?: readonly TextPart[];
  /** The members of an `Object` or `Array` that were given one by one, in their order. */
  readonly members?: readonly MemberEntry[];
  /** The origin of a member of the value, where the source knows it. */
  memberOrigin?(path: readonly (string | number)[]): Origin | undefined;
  /** Why the source refuses the input: a clause that begins with "must". */
  readonly problem?: string;
  /** The lines of the file around the value. */
  readonly frame?: string | undefined;
  /** Whether the value is the whole one: lower layers add no members or elements to it. @internal */
  readonly isWhole?: boolean | undefined;
  /** Computes the value from other values; until then the entry has none. @internal */
  readonly expression?: Expression;
  /** The values that the value was computed from. @internal */
  readonly computedFrom?: readonly ExpressionPart[];
}

/** A text that is a value by itself, or a part of one. */
export interface TextPart {
  readonly raw: string;
  /** Whether it is JSON, whose types count as they are written. */
  readonly isJson?: true | undefined;
}

/** One member of a value that was given by itself. */
export interface MemberEntry extends TextPart {
  /** The path into the value as it was written: `team`, `a["b.c"]`, `tags.0`. */
  readonly path: string;
  readonly origin: Origin;
}

/** The texts that a value is made of, as messages show them; the path of a member where it is not the only text. */
export function writtenText(parts: readonly TextPart[], members: readonly MemberEntry[]): string {
  const [only] = members;
  if (only && parts.length + members.length === 1) return only.raw;
  return [...parts.map(({ raw }) => raw), ...members.map(({ path, raw }) => `${path}=${raw}`)].join(' ');
}

/** A flat map from key to entry. */
export type Entries = Pick<ReadonlyMap<Key, Entry>, 'get' | 'has' | 'keys' | 'size'>;

/** The entries of a layer, which are found by their setting too. */
export interface LayerEntries extends Entries {
  /** The entry of a known setting, found by its index: faster than `get(key)`. */
  of(setting: SettingRef): Entry | undefined;
  /**
   * The `value` of that entry; `undefined` where the entry has a `problem`. Only where `of` makes the entry: this makes
   * none.
   */
  valueFor?(setting: SettingRef): unknown;
  /** All unknown keys, and perhaps some known ones. */
  readonly unknownKeys: Iterable<Key>;
  /** The settings that have an entry, where that is known without asking for each. */
  readonly settings?: Iterable<SettingRef>;
}

export const NO_ENTRIES: LayerEntries = {
  size: 0,
  unknownKeys: [],
  get: () => undefined,
  of: () => undefined,
  has: () => false,
  keys: () => new Map<Key, Entry>().keys(),
};

/** Which setting of a schema. */
export interface SettingRef {
  readonly key: Key;
  /** Its position in the schema's order, from 0. */
  readonly index: number;
}

/** The value of an entry; or the JSON that it was made of, where JSON can't hold it. */
export function jsonOf({ json, value }: Pick<Entry, 'json' | 'value'>): unknown {
  return json === undefined ? value : json;
}

/** The JSON value that the document has for an entry; `undefined` without an entry. */
export function writtenJson(entry: Pick<Entry, 'value' | 'written'> | undefined): unknown {
  return entry?.written === undefined ? entry?.value : entry.written;
}

/** `below` with per-key overrides; an empty override hides the key. */
export class OverlaidEntries implements LayerEntries {
  readonly above: ReadonlyMap<Key, { readonly entry?: Entry }>;
  readonly #below: () => LayerEntries;

  constructor(below: () => LayerEntries, above: ReadonlyMap<Key, { readonly entry?: Entry }>) {
    this.#below = below;
    this.above = above;
  }

  get size(): number {
    return this.#below().size + this.above.size;
  }

  get(key: Key): Entry | undefined {
    const above = this.above.get(key);
    return above ? above.entry : this.#below().get(key);
  }

  of(setting: SettingRef): Entry | undefined {
    const above = this.above.size === 0 ? undefined : this.above.get(setting.key);
    return above ? above.entry : this.#below().of(setting);
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }

  *keys(): MapIterator<Key> {
    for (const key of this.#below().keys()) if (!this.above.has(key)) yield key;
    for (const [key, { entry }] of this.above) if (entry) yield key;
  }

  get unknownKeys(): Iterable<Key> {
    const above = [...this.above].flatMap(([key, { entry }]) => (entry ? key : []));
    return [...[...this.#below().unknownKeys].filter((key) => !this.above.has(key)), ...above];
  }
}

/** The entries of one source, checked. */
export interface Layer {
  readonly name: LayerName;
  readonly entries: LayerEntries;
  /** Why entries are refused: clauses that begin with "must". */
  readonly problems: ReadonlyMap<Key, string>;
  /** The entries that have no value, such as an empty variable of a number; they are not among `entries`. */
  readonly empty?: ReadonlyMap<Key, Entry>;
  /** The keys whose entries have an expression; absent if there are none. */
  readonly computed?: ReadonlySet<Key> | undefined;
  /** The choice that the layer belongs to; it counts only if that is made. */
  readonly choice?: VariantChoice;
}

/** One of the choices of a group of variants. */
export interface VariantChoice {
  readonly group: Key;
  readonly name: string;
}

/** The name of a `.env` file's layer. */
export function dotenvLayer(path: string): LayerName {
  return isDotenvName(path) ? path : `.env ${path}`;
}

function isDotenvName(layer: LayerName): boolean {
  return /(?:^|[\\/])[^\\/]*\.env(?:\.[^\\/]*)?$/.test(layer) && !/\.(?:jsonc?|json5|ya?ml|toml)$/i.test(layer);
}

/** Whether the value was given by a variable: of the environment, or of a `.env` file. */
export function isVariable(origin: Pick<Origin, 'layer'>): boolean {
  if (typeof Object(origin).layer !== 'string') throw wrongArgument('needs an origin', origin);
  const { layer } = origin;
  return layer === 'env' || layer.startsWith('.env ') || isDotenvName(layer);
}

/**
 * An origin in one line: `env RL_LR`, `.env:3 RL_LR`, `flag --lr`, `config/app.json:7:22`.
 * @example
 * import { describeOrigin } from 'varve';
 *
 * console.log(describeOrigin({ layer: 'env', name: 'SHOP_PORT', location: 'process.env' })); // env SHOP_PORT
 */
export function describeOrigin(origin: Origin): string {
  const isOfVariable = isVariable(origin);
  const { layer, name, location } = origin;
  if (isOfVariable) return location === 'process.env' ? `env ${name}` : `${location} ${name}`;
  return layer === 'flag' ? `flag ${name}` : location;
}

/** An origin as plain data; an origin in a file counts its line and column when `location` is read. */
export function plainOrigin({ layer, name, location }: Origin): Origin {
  return { layer, name, location };
}

/** Replaces the value of a sensitive setting wherever it could be read. */
export const REDACTED = '********';

/** `value`, or `********` for that of a sensitive setting. A value that is absent stays absent. */
export function redact(value: unknown, isSensitive: boolean | undefined): unknown {
  return isSensitive && value !== undefined ? REDACTED : value;
}

/** The entry of a part of a value: it was written where the whole was. */
export function entryOfPart(whole: Entry, value: unknown): Entry {
  // The origin may be a getter of a class, which a spread leaves out.
  return { ...whole, origin: whole.origin, value };
}
