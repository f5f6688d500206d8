import type { Key } from '../key.ts';
import type { Entries, Entry, LayerName, Origin } from '../layer.ts';
import type { Schema, Setting, Settings } from '../schema/setting.ts';
import type { Source } from './source.ts';

/** The schema's own defaults, which were checked when it was compiled. Entries are made when they are read. */
export function defaultSource({ settings }: Schema): Source {
  return { name: 'default', read: () => ({ entries: new DefaultEntries(settings), isChecked: true }) };
}

/** A layer that only the program writes: overrides, and the file layer of a definition without a file. */
export function memorySource(name: LayerName): Source {
  return { name, read: () => ({ entries: new Map<Key, Entry>(), isChecked: true }) };
}

class DefaultEntries implements Entries {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  get size(): number {
    return this.#settings.size;
  }

  get(key: Key): Entry | undefined {
    const setting = this.#settings.get(key);
    return setting && this.of(setting);
  }

  of(setting: Setting): Entry | undefined {
    const { default: value } = setting;
    return value === undefined ? undefined : new DefaultEntry(setting, value);
  }

  has(key: Key): boolean {
    return this.#settings.get(key)?.default !== undefined;
  }

  keys(): MapIterator<Key> {
    return this.#settings.keys();
  }

  unknownKeys(): Iterable<Key> {
    return [];
  }
}

class DefaultEntry implements Entry {
  readonly value: unknown;
  declare readonly json?: unknown;
  readonly #setting: Setting;

  constructor(setting: Setting, value: unknown) {
    this.value = value;
    if (setting.defaultJson !== undefined) this.json = setting.defaultJson;
    this.#setting = setting;
  }

  get origin(): Origin {
    return { layer: 'default', name: this.#setting.key, location: 'schema' };
  }
}
