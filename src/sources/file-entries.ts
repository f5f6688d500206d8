import type { Key } from '../key.ts';
import type { Entries, Entry, Origin, SettingRef } from '../layer.ts';
import type { Settings } from '../schema/setting.ts';
import type { FilePlace } from './file-place.ts';

/** The entry of a file for one setting. */
export class FileEntry implements Entry {
  readonly value: unknown;
  readonly #setting: { readonly key: Key };
  readonly #place: FilePlace;

  constructor(setting: { readonly key: Key }, value: unknown, place: FilePlace) {
    this.value = value;
    this.#setting = setting;
    this.#place = place;
  }

  get origin(): Origin {
    return this.#place.origin(this.#setting.key);
  }

  get frame(): string | undefined {
    return this.#place.frameOf(this.#setting.key);
  }
}

/** The entries of a file for the settings of a schema, each made when it is asked for. */
export class FileEntries implements Entries {
  readonly #settings: Settings;
  readonly #values: readonly unknown[];
  readonly #place: FilePlace;
  #size: number | undefined;

  /** The values are in the order of the settings: `undefined` where the file has no entry. */
  constructor(settings: Settings, values: readonly unknown[], place: FilePlace) {
    this.#settings = settings;
    this.#values = values;
    this.#place = place;
  }

  get size(): number {
    if (this.#size === undefined) {
      this.#size = 0;
      for (const value of this.#values) if (value !== undefined) this.#size += 1;
    }
    return this.#size;
  }

  get(key: Key): Entry | undefined {
    const setting = this.#settings.get(key);
    return setting && this.of(setting);
  }

  of(setting: SettingRef): Entry | undefined {
    const value = this.#values[setting.index];
    if (value === undefined) return undefined;
    return value instanceof DoubtfulEntry ? value : new FileEntry(setting, value, this.#place);
  }

  has(key: Key): boolean {
    const setting = this.#settings.get(key);
    return setting !== undefined && this.#values[setting.index] !== undefined;
  }

  *keys(): MapIterator<Key> {
    for (const { key, index } of this.#settings.values()) if (this.#values[index] !== undefined) yield key;
  }

  unknownKeys(): Iterable<Key> {
    return [];
  }

  /** The entries of the file at `place`, which has these values for some settings, and the values of this one for all others. */
  with(changes: ReadonlyMap<Key, unknown>, place: FilePlace): FileEntries {
    const values = [...this.#values];
    for (const [key, value] of changes) {
      const setting = this.#settings.get(key);
      if (setting) values[setting.index] = value;
    }
    return new FileEntries(this.#settings, values, place);
  }
}

/** An entry with a problem that does not depend on the format of its setting. */
export class DoubtfulEntry implements Entry {
  readonly value: unknown;
  readonly problem: string;
  readonly #entry: Entry;

  constructor(entry: Entry, problem: string) {
    this.value = entry.value;
    this.problem = problem;
    this.#entry = entry;
  }

  get origin(): Origin {
    return this.#entry.origin;
  }

  get frame(): string | undefined {
    return this.#entry.frame;
  }
}
