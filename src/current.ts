import { ConfigError, type Issue } from './errors.ts';
import type { Change } from './events.ts';
import { REDACTED } from './explain.ts';
import { FileLayer } from './file-layer.ts';
import { isEqual, type JsonObject, RESERVED_NAME, valueAt } from './json/value.ts';
import { didYouMean, type Key, segments } from './key.ts';
import { type Layer, type Origin, plainOrigin } from './layer.ts';
import { type Candidate, candidates, extraKeys, resolve, resolveLeaf, withValue } from './resolve.ts';
import type { Leaf, Schema } from './schema/leaf.ts';
import type { OverrideLayer } from './sources/override.ts';

/** The layers of a configuration as they are now, and what they come to. */
export class Current {
  readonly schema: Schema;
  /** Whether keys that the schema does not have are settings too. */
  readonly allowsExtras: boolean;
  readonly file: FileLayer | undefined;
  readonly override: OverrideLayer | undefined;
  #layers: readonly Layer[];
  #values: JsonObject;
  /** The value of every setting by its key, made at the first `get`. */
  #byKey: Map<Key, unknown> | undefined;

  constructor(schema: Schema, read: readonly Layer[], allowsExtras: boolean) {
    this.schema = schema;
    this.allowsExtras = allowsExtras;
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

  get(key: Key): unknown {
    const value = this.#byKey?.get(key);
    return value === undefined ? this.#rest(key) : value;
  }

  /** The setting of a key. `undefined` is one that the schema does not have; throws `UNKNOWN_KEY` where that is none. */
  setting(key: Key): Leaf | undefined {
    const leaf = this.schema.leaves.get(key);
    if (leaf) return leaf;
    if (key.includes(RESERVED_NAME)) throw unknownKey(key, `has ${RESERVED_NAME} in it, which no setting may have`);
    const group = this.schema.groups.get(key);
    if (group) {
      const keys = group.children.map(({ key: child }) => child).join(', ');
      throw unknownKey(key, `is a group of settings, not a setting`, `It has ${keys}.`);
    }
    if (this.allowsExtras && this.#isExtra(key)) return undefined;
    throw unknownKey(key, `is not a setting`, didYouMean(key, [...this.schema.leaves.keys(), ...this.extras()]));
  }

  /** The settings that some layer has, but not the schema. */
  extras(): ReadonlySet<Key> {
    return this.allowsExtras ? extraKeys(this.schema, this.#layers) : new Set();
  }

  /** The layers as they would be with those that were read anew. */
  preview(read: readonly Layer[]): readonly Layer[] {
    return this.#withOwn(read).map((layer, i) => (layer === this.file ? this.file.over(read[i] as Layer) : layer));
  }

  /** Takes layers that were read anew; those of our own stay. */
  replace(read: readonly Layer[]): readonly Change[] {
    const before = this.#moment();
    const file = read.find(({ name }) => name === 'file');
    if (file) this.file?.replace(file);
    this.#layers = this.#withOwn(read);
    this.#values = resolve(this.schema, this.#layers);
    this.#byKey = undefined;
    return this.#changes(before);
  }

  /** Changes layers by `change`, and resolves again the settings of `keys`, at a cost that does not grow with the others. */
  update(keys: readonly Key[], change: () => void): readonly Change[] {
    const before = this.#moment(keys);
    change();
    for (const key of keys) {
      const value = this.#resolved(key);
      if (isEqual(value, valueAt(this.#values, segments(key)))) continue;
      this.#values = withValue(this.#values, segments(key), value);
      this.#byKey?.set(key, value);
    }
    return this.#changes(before, keys);
  }

  /** What has no value of its own in the map: groups, members of `Object`s, settings without a value. */
  #rest(key: Key): unknown {
    if (!this.#byKey) {
      this.#byKey = new Map();
      for (const known of this.#keys()) this.#byKey.set(known, valueAt(this.#values, segments(known)));
      return this.get(key);
    }
    if (this.schema.leaves.has(key)) return undefined;
    const value = valueAt(this.#values, segments(key));
    return value === undefined && !this.allowsExtras ? this.setting(key) : value;
  }

  #isExtra(key: Key): boolean {
    const parent = key.slice(0, Math.max(0, key.lastIndexOf('.')));
    return (parent === '' || this.schema.groups.has(parent)) && !segments(key).includes('');
  }

  #keys(): readonly Key[] {
    return [...this.schema.leaves.keys(), ...this.extras()];
  }

  #withOwn(read: readonly Layer[]): readonly Layer[] {
    return read.map((layer) => {
      if (layer.name === 'file') return this.file ?? layer;
      return layer.name === 'override' ? (this.override ?? layer) : layer;
    });
  }

  #resolved(key: Key): unknown {
    const leaf = this.schema.leaves.get(key);
    return leaf ? resolveLeaf(leaf, this.#layers) : this.#winner(key)?.entry.value;
  }

  #winner(key: Key): Candidate | undefined {
    return candidates(key, this.#layers).find(({ problem }) => problem === undefined);
  }

  /** Values and origins as they are, to be compared with what comes after. */
  #moment(keys: readonly Key[] = this.#keys()): ReadonlyMap<Key, Moment> {
    return new Map(
      keys.map((key) => [
        key,
        { value: valueAt(this.#values, segments(key)), origin: this.#winner(key)?.entry.origin },
      ]),
    );
  }

  #changes(before: ReadonlyMap<Key, Moment>, keys: readonly Key[] = this.#keys()): readonly Change[] {
    const changes: Change[] = [];
    for (const key of new Set([...before.keys(), ...keys])) {
      const after = valueAt(this.#values, segments(key));
      const old = before.get(key);
      if (!isEqual(old?.value, after)) changes.push(this.#change(key, old, after));
    }
    return changes;
  }

  #change(key: Key, old: Moment | undefined, after: unknown): Change {
    const redacted = this.schema.leaves.get(key)?.sensitive === true;
    const shown = (value: unknown): unknown => (redacted && value !== undefined ? REDACTED : value);
    const to = this.#winner(key)?.entry.origin;
    return {
      key,
      before: shown(old?.value),
      after: shown(after),
      ...(old?.origin && { from: plainOrigin(old.origin) }),
      ...(to && { to: plainOrigin(to) }),
      redacted,
    };
  }
}

interface Moment {
  readonly value: unknown;
  readonly origin: Origin | undefined;
}

/** The error of a key that the schema does not have. */
function unknownKey(key: Key, message: string, suggestion?: string): ConfigError {
  const issue: Issue = { code: 'UNKNOWN_KEY', key, message, ...(suggestion !== undefined && { suggestion }) };
  return new ConfigError([issue]);
}
