import type { Key } from '../key.ts';
import type { Entries, Entry, Expression, LayerName, Origin } from '../layer.ts';
import { ReferenceExpression } from '../schema/expression.ts';
import type { Schema } from '../schema/schema.ts';
import type { Setting, Settings } from '../schema/setting.ts';
import type { Source } from './source.ts';

/** The schema's own defaults, which were checked when it was compiled. Entries are made when they are read. */
export function defaultSource({ settings, computed }: Schema): Source {
  const result = { entries: new DefaultEntries(settings), isChecked: true } as const;
  return { name: 'default', read: () => (computed ? { ...result, computed } : result) };
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
    return value === undefined && !setting.expression ? undefined : new DefaultEntry(setting, value);
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
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
  declare readonly expression?: Expression;
  readonly #setting: Setting;

  constructor(setting: Setting, value: unknown) {
    this.value = value;
    if (setting.defaultJson !== undefined) this.json = setting.defaultJson;
    if (setting.expression) this.expression = setting.expression;
    this.#setting = setting;
  }

  /** The text with references that computes the default. */
  get written(): unknown {
    const { expression, node } = this.#setting;
    return expression instanceof ReferenceExpression ? node.default : undefined;
  }

  get origin(): Origin {
    return { layer: 'default', name: this.#setting.key, location: 'schema' };
  }
}
