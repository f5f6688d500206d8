import type { Key } from '../key.ts';
import type { Entry, Expression, LayerEntries, Origin } from '../layer.ts';
import { TextExpression } from './expression.ts';
import type { Setting, Settings } from './setting.ts';

/** The defaults of all settings, which were checked when they were compiled. Entries are made when they are read. */
export class DefaultEntries implements LayerEntries {
  readonly size: number;
  readonly unknownKeys: Iterable<Key> = [];
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.size = settings.values().length;
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

  /** The text that computes the default. */
  get written(): unknown {
    const { expression, node } = this.#setting;
    return expression instanceof TextExpression ? node.default : undefined;
  }

  get origin(): Origin {
    return { layer: 'default', name: this.#setting.key, location: 'schema' };
  }
}
