import type { Key } from './key.ts';

/** The layers of a configuration, lowest first. This list is the precedence; nothing else knows it. */
export const LAYERS = ['default', 'file', 'env', 'flag', 'override'] as const;

/** The name of a layer: one of {@link LAYERS}, or that of a program's own source. */
export type LayerName = (typeof LAYERS)[number] | (string & {});

/** Where a value was written. */
export interface Origin {
  readonly layer: LayerName;
  /** What it is called there: a key of a file, a variable, a flag. */
  readonly name: string;
  /** The place: `config/app.json:7:22`, `process.env`, `.env:3`, `command line`, `schema`, `override`. */
  readonly location: string;
}

/** What one layer says of one setting. */
export interface Entry {
  readonly origin: Origin;
  /** The value; absent where only text is known. `null` is a value. */
  readonly value?: unknown;
  /** What stands in the document, where the value is something else. */
  readonly written?: unknown;
  /** The text as it was written. It becomes the value by the setting's format, where no value is given. */
  readonly raw?: string;
  /** The texts of a flag that was repeated; a list takes them all. */
  readonly parts?: readonly string[];
  /** The members of an `Object` that were given one by one, by their dotted path. */
  readonly members?: ReadonlyMap<string, string>;
  /** Why the source itself refuses what was written: a clause that begins with "must". */
  readonly problem?: string;
  /** The lines of the file around it. */
  readonly frame?: string | undefined;
}

/** A flat map from key to entry. */
export interface Entries extends Pick<ReadonlyMap<Key, Entry>, 'get' | 'has' | 'keys' | 'size'> {
  /** The entry of a setting that the schema has: that of its key, found without it. */
  of?(setting: SettingRef): Entry | undefined;
  /** Keys among which are all those that the schema does not have. */
  unknownKeys?(): Iterable<Key>;
}

/** Which setting of a schema. */
export interface SettingRef {
  readonly key: Key;
  /** Its place in the schema's order, from 0. */
  readonly index: number;
}

/** The entry of a setting that the schema has. */
export function entryOf(entries: Entries, setting: SettingRef): Entry | undefined {
  return entries.of ? entries.of(setting) : entries.get(setting.key);
}

/** Entries with others in their place, by key; one that is absent there is removed. */
export class OverlaidEntries implements Entries {
  readonly #below: () => Entries;
  readonly #above: ReadonlyMap<Key, { readonly entry?: Entry }>;

  constructor(below: () => Entries, above: ReadonlyMap<Key, { readonly entry?: Entry }>) {
    this.#below = below;
    this.#above = above;
  }

  get size(): number {
    return this.#below().size + this.#above.size;
  }

  get(key: Key): Entry | undefined {
    const above = this.#above.get(key);
    return above ? above.entry : this.#below().get(key);
  }

  of(setting: SettingRef): Entry | undefined {
    const above = this.#above.size === 0 ? undefined : this.#above.get(setting.key);
    return above ? above.entry : entryOf(this.#below(), setting);
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }

  *keys(): MapIterator<Key> {
    for (const key of this.#below().keys()) if (!this.#above.has(key)) yield key;
    for (const [key, { entry }] of this.#above) if (entry) yield key;
  }

  *unknownKeys(): Generator<Key> {
    for (const key of unknownKeysOf(this.#below())) if (!this.#above.has(key)) yield key;
    for (const [key, { entry }] of this.#above) if (entry) yield key;
  }
}

/** Keys among which are all those that the schema does not have. */
export function unknownKeysOf(entries: Entries): Iterable<Key> {
  return entries.unknownKeys?.() ?? entries.keys();
}

/** What one source says, checked. */
export interface Layer {
  readonly name: LayerName;
  readonly entries: Entries;
  /** Why the entries that are refused are: clauses that begin with "must". */
  readonly problems: ReadonlyMap<Key, string>;
}

/** An origin as a person would name it: `env RL_LR`, `.env:3 RL_LR`, `flag --lr`, `config/app.json:7:22`. */
export function describeOrigin({ layer, name, location }: Origin): string {
  if (layer === 'env') return location === 'process.env' ? `env ${name}` : `${location} ${name}`;
  return layer === 'flag' ? `flag ${name}` : location;
}

/** An origin as plain data; those of files count their line and column when they are asked for. */
export function plainOrigin({ layer, name, location }: Origin): Origin {
  return { layer, name, location };
}
