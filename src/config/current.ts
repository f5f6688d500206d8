import { ConfigError, type Issue } from '../errors.ts';
import { isEqual, type JsonObject, RESERVED_NAME, valueAt, withValue } from '../json/value.ts';
import { didYouMean, type Key, segments } from '../key.ts';
import { type Entry, jsonOf, type Layer, type Origin, plainOrigin, redact } from '../layer.ts';
import { extraKeys, type Problems, problemsOf, resolve, resolveLeaf } from '../resolve.ts';
import { findMember, type MemberValue, memberKey } from '../schema/member-path.ts';
import type { Schema, Setting } from '../schema/setting.ts';
import { FileLayer } from './edits.ts';
import type { SettingChange } from './events.ts';

/** The layer that a program writes at run time; it is never persisted. */
interface OverrideLayer extends Layer {
  readonly entries: Map<Key, Entry>;
}

/** The current layers of a configuration, and the values that result from them. */
export class Current {
  readonly schema: Schema;
  /** Whether unknown keys are settings too. */
  readonly allowsExtras: boolean;
  readonly file: FileLayer | undefined;
  readonly override: OverrideLayer | undefined;
  #layers: readonly Layer[];
  #values: JsonObject;
  /**
   * A cache of values by the key strings that `get` received: looking up the same string object takes half the time of
   * an equal one.
   */
  readonly known: Map<Key, unknown> = new Map();
  /** The present state of each setting that changes at the next start. */
  readonly #held = new Map<Key, Moment>();
  /** The settings whose values JSON may not be able to hold. */
  readonly #transformed: readonly Setting[];
  #version = 0;
  #problems: { readonly version: number; readonly problems: Problems } | undefined;

  constructor(schema: Schema, read: readonly Layer[], allowsExtras: boolean) {
    this.schema = schema;
    this.allowsExtras = allowsExtras;
    this.#transformed = schema.settings.values().filter((setting) => setting.canTransform);
    const file = read.find(({ name }) => name === 'file');
    this.file = file && new FileLayer(file);
    this.override = read.find(({ name }) => name === 'override') as OverrideLayer | undefined;
    this.#layers = this.#withOwn(read);
    this.#values = resolve(schema, this.#layers);
  }

  get layers(): readonly Layer[] {
    return this.#layers;
  }

  get values(): JsonObject {
    return this.#values;
  }

  /** The values, but for each that JSON can't hold the JSON that it was made of. */
  get json(): JsonObject {
    let json = this.#values;
    for (const setting of this.#transformed) {
      json = withValue(json, segments(setting.key), this.#moment(setting.key, this.get(setting.key)).json);
    }
    return json;
  }

  /** Increases whenever values or origins may have changed. */
  get version(): number {
    return this.#version;
  }

  /** The JSON of the settings that have another value at the next start. */
  get waitingJson(): ReadonlyMap<Key, unknown> {
    return new Map(Array.from(this.#held.keys(), (key) => [key, this.#momentOf(key, this.#layers).json]));
  }

  /** The problems of the layers, found once for each version. */
  get problems(): Problems {
    if (this.#problems?.version !== this.#version) {
      this.#problems = { version: this.#version, problems: problemsOf(this.schema, this.#layers) };
    }
    return this.#problems.problems;
  }

  /** The settings that have another value at the next start: `after`. */
  get waiting(): readonly SettingChange[] {
    return [...this.#held].map(([key, held]) => this.#change(key, held, this.#momentOf(key, this.#layers)));
  }

  /** The change that a setting makes at the next start; `undefined` if it makes none. */
  waitingFor(key: Key): SettingChange | undefined {
    const held = this.#held.get(key);
    return held && this.#change(key, held, this.#momentOf(key, this.#layers));
  }

  /** The origin of a setting's value. */
  origin(key: Key): Origin | undefined {
    return this.#entry(key)?.origin;
  }

  /** The keys of all settings: the schema's, and unknown keys that count as settings. */
  keys(): readonly Key[] {
    return [...this.schema.settings.keys(), ...this.extras()];
  }

  /** The value of a setting, a group or a member of an `Object`. Throws `UNKNOWN_KEY`. */
  get(key: Key): unknown {
    const isSetting = this.schema.settings.has(key);
    const exact = valueAt(this.#values, segments(key));
    const value = exact === undefined && !isSetting ? this.#member(key)?.value : exact;
    if (value === undefined && !isSetting && !this.allowsExtras) return this.setting(key);
    // A group is not cached: it is replaced whenever one of its settings changes.
    if (value !== undefined && isSetting) this.known.set(key, value);
    return value;
  }

  /** The setting of a key; `undefined` for an unknown key that counts as a setting. Otherwise throws `UNKNOWN_KEY`. */
  setting(key: Key): Setting | undefined {
    const leaf = this.schema.settings.get(key);
    if (leaf) return leaf;
    if (key.includes(RESERVED_NAME)) throw unknownKey(key, `has ${RESERVED_NAME} in it, which no setting may have`);
    const group = this.schema.groups.get(key);
    if (group) {
      const keys = group.children.map(({ key: child }) => child).join(', ');
      throw unknownKey(key, `is a group of settings, not a setting`, `It has ${keys}.`);
    }
    const renamed = this.schema.deprecated.keys.get(key);
    if (renamed) throw unknownKey(key, 'is a deprecated key', `Use ${renamed.key}.`);
    if (this.allowsExtras && this.#isExtra(key)) return undefined;
    throw unknownKey(key, `is not a setting`, didYouMean(key, [...this.schema.settings.keys(), ...this.extras()]));
  }

  /** Throws `UNKNOWN_KEY` unless `key` is a setting or the path of a member that a setting can have. */
  explainable(key: Key): void {
    if (!memberKey(this.schema.settings, key)) this.setting(key);
  }

  #member(key: Key): MemberValue | undefined {
    const member = this.schema.settings.has(key) ? undefined : memberKey(this.schema.settings, key);
    return member && findMember(this.get(member.setting.key), member.path);
  }

  /** The unknown keys that count as settings. */
  extras(): ReadonlySet<Key> {
    return this.allowsExtras ? extraKeys(this.schema, this.#layers) : new Set();
  }

  /** The layers that {@link replace} would produce. */
  preview(read: readonly Layer[]): readonly Layer[] {
    return this.#withOwn(read).map((layer, i) => (layer === this.file ? this.file.over(read[i] as Layer) : layer));
  }

  /** The changes that {@link replace} would make. */
  candidate(read: readonly Layer[]): readonly SettingChange[] {
    const layers = this.preview(read);
    const keys = [...this.keys(), ...(this.allowsExtras ? extraKeys(this.schema, layers) : [])];
    return this.#differences(this.#moments(), new Map(keys.map((key) => [key, this.#momentOf(key, layers)])));
  }

  /**
   * Replaces the layers by newly read ones; unsaved edits and overrides stay. Settings with `reload: false` keep their
   * value until the next start, except the keys in `own`, which this process wrote itself.
   */
  replace(read: readonly Layer[], own: ReadonlySet<Key> = new Set()): readonly SettingChange[] {
    const before = this.#moments();
    const file = read.find(({ name }) => name === 'file');
    if (file) this.file?.replace(file);
    this.#layers = this.#withOwn(read);
    this.#hold(before, own);
    this.#values = resolve(this.schema, this.#layers);
    for (const [key, { value }] of this.#held) this.#values = withValue(this.#values, segments(key), value);
    this.known.clear();
    this.#version += 1;
    return this.#differences(before, this.#moments());
  }

  /**
   * Calls `change` to change layers, then resolves only the settings of `keys`. Returns a function that computes the
   * changes: it has to count lines for the origins, which costs more than the rest and is often not needed.
   */
  update(keys: readonly Key[], change: () => void): () => readonly SettingChange[] {
    const before = this.#moments(keys);
    change();
    this.#version += 1;
    for (const key of keys) {
      this.#held.delete(key);
      const value = this.#resolved(key, this.#layers);
      if (isEqual(value, valueAt(this.#values, segments(key)))) continue;
      this.#values = withValue(this.#values, segments(key), value);
      this.known.delete(key);
    }
    const after = this.#moments(keys);
    return () => this.#differences(before, after);
  }

  #isExtra(key: Key): boolean {
    const parent = key.slice(0, Math.max(0, key.lastIndexOf('.')));
    return (parent === '' || this.schema.groups.has(parent)) && !segments(key).includes('');
  }

  #withOwn(read: readonly Layer[]): readonly Layer[] {
    return read.map((layer) => {
      if (layer.name === 'file') return this.file ?? layer;
      return layer.name === 'override' ? (this.override ?? layer) : layer;
    });
  }

  #hold(before: ReadonlyMap<Key, Moment>, own: ReadonlySet<Key>): void {
    for (const { key, node } of this.schema.settings.values()) {
      if (node.reload !== false) continue;
      const held = before.get(key);
      if (!held || own.has(key) || isEqual(held.json, this.#momentOf(key, this.#layers).json)) this.#held.delete(key);
      else this.#held.set(key, held);
    }
  }

  #resolved(key: Key, layers: readonly Layer[]): unknown {
    const leaf = this.schema.settings.get(key);
    return leaf ? resolveLeaf(leaf, layers) : winner(key, layers)?.value;
  }

  #entry(key: Key): Entry | undefined {
    const held = this.#held.get(key);
    return held ? held.entry : winner(key, this.#layers);
  }

  /** The present values and entries, to compare with later ones. */
  #moments(keys: readonly Key[] = this.keys()): ReadonlyMap<Key, Moment> {
    return new Map(keys.map((key) => [key, this.#moment(key, valueAt(this.#values, segments(key)))]));
  }

  #moment(key: Key, value: unknown): Moment {
    const held = this.#held.get(key);
    return held ?? { value, json: this.#jsonOf(key, value, this.#layers), entry: winner(key, this.#layers) };
  }

  #momentOf(key: Key, layers: readonly Layer[]): Moment {
    const value = this.#resolved(key, layers);
    return { value, json: this.#jsonOf(key, value, layers), entry: winner(key, layers) };
  }

  #jsonOf(key: Key, value: unknown, layers: readonly Layer[]): unknown {
    const setting = typeof value === 'object' ? this.schema.settings.get(key) : undefined;
    return setting?.canTransform ? resolveLeaf(setting, layers, jsonOf) : value;
  }

  #differences(before: ReadonlyMap<Key, Moment>, after: ReadonlyMap<Key, Moment>): readonly SettingChange[] {
    const changes: SettingChange[] = [];
    for (const key of new Set([...before.keys(), ...after.keys()])) {
      const old = before.get(key);
      const now = after.get(key);
      if (!isEqual(old?.json, now?.json)) changes.push(this.#change(key, old, now));
    }
    return changes;
  }

  #change(key: Key, old: Moment | undefined, now: Moment | undefined): SettingChange {
    const redacted = this.schema.settings.get(key)?.sensitive === true;
    return {
      key,
      before: redact(old?.value, redacted),
      after: redact(now?.value, redacted),
      ...(old?.entry && { from: plainOrigin(old.entry.origin) }),
      ...(now?.entry && { to: plainOrigin(now.entry.origin) }),
      redacted,
    };
  }
}

/** The state of a setting at one time. */
interface Moment {
  readonly value: unknown;
  /** The value, or the JSON that it was made of. */
  readonly json: unknown;
  /** The winning entry. It computes its line and column on access. */
  readonly entry: Entry | undefined;
}

/** The highest valid entry of a setting. */
function winner(key: Key, layers: readonly Layer[]): Entry | undefined {
  for (let i = layers.length - 1; i >= 0; i--) {
    const { entries, problems } = layers[i] as Layer;
    const entry = problems.has(key) ? undefined : entries.get(key);
    if (entry) return entry;
  }
  return undefined;
}

/** The error of an unknown key. */
export function unknownKey(key: Key, message: string, suggestion?: string): ConfigError {
  const issue: Issue = { code: 'UNKNOWN_KEY', key, message, ...(suggestion !== undefined && { suggestion }) };
  return new ConfigError([issue]);
}
