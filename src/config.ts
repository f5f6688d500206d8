import type { Current } from './current.ts';
import type { Definition } from './definition.ts';
import { draftOf, strangeKeys } from './draft.ts';
import { ConfigError, type Issue, throwIssues } from './errors.ts';
import { type Change, type Listener, Listeners, type SubscribeOptions } from './events.ts';
import { type Explanation, explain, REDACTED } from './explain.ts';
import type { FileDocument } from './file-document.ts';
import type { Edit, FileLayer } from './file-layer.ts';
import { frozenCopy, isEqual, type JsonObject, jsonProblem, valueAt } from './json/value.ts';
import { type Key, segments } from './key.ts';
import type { Entry } from './layer.ts';
import type { ConflictChoice, Rewritten } from './persist.ts';
import { problemsOf, resolve, withValue } from './resolve.ts';
import { check } from './schema/check.ts';
import { typed } from './schema/decode.ts';
import { refusal } from './schema/refusal.ts';
import type {
  AnyKey,
  ConfigValues,
  LeafKey,
  Mutable,
  NewValue,
  OpenKey,
  SettingsDefinition,
  ValueAt,
} from './schema/types.ts';
import type { UnknownKeys } from './sources/file.ts';
import type { Stack, StackReading } from './stack.ts';

/** A change of the file layer. Values of sensitive settings are redacted. */
export interface FileChange {
  readonly key: Key;
  /** What the file said; `undefined` where it said nothing. */
  readonly before: unknown;
  /** What it is to say; `undefined` where the key is removed. */
  readonly after: unknown;
  readonly redacted: boolean;
}

/** What a save did. */
export interface Saved {
  /** What is another in the file now; empty where nothing had to be written. */
  readonly written: readonly FileChange[];
  /** Where a document that could not be read was kept, before a full reset replaced it. */
  readonly keptAside?: string;
  /** What could not be assured, in a sentence: it is saved all the same. */
  readonly warning?: string;
}

/** How a save settles what another writer changed as well: nothing is written then, unless told. */
export interface SaveOptions {
  readonly conflict?: ConflictChoice;
}

/** What a configuration is made of. */
export interface ConfigParts {
  readonly definition: Definition;
  readonly current: Current;
  readonly stack: Stack;
  readonly reading: StackReading;
  readonly document: FileDocument | undefined;
}

/**
 * A resolved configuration. Reading is a property read; changing swaps in a new immutable snapshot, so that whoever
 * holds `values` keeps a consistent whole.
 */
export class Config<S extends SettingsDefinition = SettingsDefinition, U extends UnknownKeys = 'warn'> {
  readonly #definition: Definition;
  readonly #current: Current;
  readonly #stack: Stack;
  readonly #document: FileDocument | undefined;
  readonly #listeners = new Listeners();
  #reading: StackReading;

  static {
    const value = function (this: Config): unknown {
      return { name: this.name, location: this.location, values: this.toJSON() };
    };
    // What `console.log` of Node.js asks an object for.
    Object.defineProperty(Config.prototype, Symbol.for('nodejs.util.inspect.custom'), { value });
  }

  /** @internal */
  constructor({ definition, current, stack, reading, document }: ConfigParts) {
    this.#definition = definition;
    this.#current = current;
    this.#stack = stack;
    this.#reading = reading;
    this.#document = document;
  }

  /** What the definition calls the configuration. */
  get name(): string {
    return this.#definition.name;
  }

  /** Where the file layer lives: `config/app.json`; `undefined` where the definition has none. */
  get location(): string | undefined {
    return this.#document?.store.name;
  }

  /** All values, deeply frozen. */
  get values(): ConfigValues<S, U> {
    return this.#current.values as ConfigValues<S, U>;
  }

  /** What has to be mended; empty, unless it was loaded with `invalid: 'report'`. */
  get issues(): readonly Issue[] {
    return [...this.#reading.issues, ...problemsOf(this.#current.schema, this.#current.layers).issues];
  }

  /** What is not as it should be, but does no harm now: unknown keys and variables, wrong values that are shadowed. */
  get warnings(): readonly Issue[] {
    return [...this.#reading.warnings, ...problemsOf(this.#current.schema, this.#current.layers).warnings];
  }

  /** What `save` would write. */
  get pending(): readonly FileChange[] {
    return this.#changesOf(this.#current.file?.edits.values() ?? []);
  }

  /** The value of a setting or a group. Throws `UNKNOWN_KEY` with the nearest names. */
  get<K extends AnyKey<S> | OpenKey<U>>(key: K): ValueAt<S, K> {
    return this.#current.get(key) as ValueAt<S, K>;
  }

  /** Where the value of a setting comes from, and what else was said of it. Throws `UNKNOWN_KEY`. */
  explain(key: LeafKey<S> | OpenKey<U>): Explanation {
    this.#current.setting(key);
    return explain(key, this.#current.schema, this.#current.layers);
  }

  /** The explanation of every setting, in the schema's order. */
  explainAll(): readonly Explanation[] {
    const { schema, layers } = this.#current;
    return [...schema.leaves.keys(), ...this.#current.extras()].map((key) => explain(key, schema, layers));
  }

  /**
   * Changes the file layer in memory; `save` persists it. The explanation tells whether a higher layer masks it.
   * Throws `UNKNOWN_KEY`, and `INVALID_VALUE` for what the setting does not take; then nothing changes.
   */
  set<K extends LeafKey<S> | OpenKey<U>>(key: K, value: NewValue<S, K>): Explanation {
    return this.#change(key, value);
  }

  /** Removes a setting from the file layer in memory, so that the layers below show through. Throws `UNKNOWN_KEY`. */
  unset(key: LeafKey<S> | OpenKey<U>): Explanation {
    return this.#change(key, undefined);
  }

  /** Changes the top layer, for this process only; `undefined` removes the override. Throws as `set` does. */
  override<K extends LeafKey<S> | OpenKey<U>>(key: K, value: NewValue<S, K> | undefined): Explanation {
    const { override } = this.#current;
    if (!override) throw readOnly('has no override layer');
    const entry = this.#entry(key, value, 'override', 'override');
    this.#emit(
      this.#current.update([key], () => {
        if (entry) override.entries.set(key, entry);
        else override.entries.delete(key);
      }),
    );
    return explain(key, this.#current.schema, this.#current.layers);
  }

  /**
   * Persists the file layer: only what was set, never a default, an environment value, a flag or an override. Rejects
   * with `CONFLICT`, `READ_ONLY`, `LOCKED`, `DENIED` and the other codes of writing; then the file is as it was.
   */
  async save({ conflict = 'fail' }: SaveOptions = {}): Promise<Saved> {
    const edits = [...this.#fileLayer().edits.values()];
    return this.#written(edits, await this.#requireDocument().write(() => edits, conflict));
  }

  /**
   * Reads, changes and writes the file layer as one step to all other writers, so that no update is lost. The draft
   * holds the defaults and the file layer, never environment or flags; a function that throws writes nothing.
   */
  async update(change: (draft: Mutable<ConfigValues<S, U>>) => void | Promise<void>): Promise<Saved> {
    let edits: readonly Edit[] = [];
    const rewritten = await this.#requireDocument().write(async (text) => {
      edits = await this.#drafted(text, change as (draft: unknown) => void | Promise<void>);
      return edits;
    }, 'mine');
    return this.#written(edits, rewritten);
  }

  /** Removes a setting from the file, or without a key all of them, and persists that. Throws `UNKNOWN_KEY`. */
  async reset(key?: LeafKey<S> | OpenKey<U>): Promise<Saved> {
    const document = this.#requireDocument();
    if (key !== undefined) this.#current.setting(key);
    const keys = key === undefined ? this.#known() : [key];
    const edits = keys.map((known): Edit => ({ key: known, written: undefined, base: this.#fileLayer().base(known) }));
    const rewritten = key === undefined ? await document.empty(() => edits) : await document.write(() => edits, 'mine');
    const pending = keys.flatMap((known) => this.#fileLayer().edits.get(known) ?? []);
    this.#fileLayer().forget(pending);
    return this.#written(edits, rewritten);
  }

  /**
   * Reads all sources again as a transaction: if all is valid, one swap and one event; else the old values stay,
   * subscribers hear of the rejection, and this rejects with everything that is wrong. Unsaved changes survive.
   */
  async reload(): Promise<readonly Change[]> {
    const reading = await this.#stack.read();
    const { issues } = problemsOf(this.#current.schema, this.#current.preview(reading.layers));
    const [first, ...rest] = [...reading.issues, ...issues];
    if (first) {
      const rejected = new ConfigError([first, ...rest], { title: `the configuration of ${this.name}` });
      this.#listeners.emit({ rejected });
      throw rejected;
    }
    this.#reading = reading;
    const changes = this.#current.replace(reading.layers);
    this.#emit(changes);
    return changes;
  }

  /** Calls `listener` whenever values change or a reload is rejected, and returns what ends that. */
  subscribe(listener: Listener, options: SubscribeOptions<AnyKey<S> | OpenKey<U>> = {}): () => void {
    return this.#listeners.add(listener, options);
  }

  /** The values with sensitive ones redacted: what `JSON.stringify` and `console.log` show. */
  toJSON(): unknown {
    const { schema, values } = this.#current;
    let shown = values;
    for (const leaf of schema.leaves.values()) {
      if (leaf.sensitive && this.#current.get(leaf.key) !== undefined)
        shown = withValue(shown, segments(leaf.key), REDACTED);
    }
    return shown;
  }

  toString(): string {
    return JSON.stringify(this, null, 2);
  }

  #change(key: Key, value: unknown): Explanation {
    const file = this.#fileLayer();
    const entry = this.#entry(key, value, `${this.location ?? 'memory'} (not saved)`, 'file');
    const edit: Edit = { key, written: entry?.written, base: file.base(key), ...(entry && { entry }) };
    this.#emit(this.#current.update([key], () => file.edit(edit)));
    return explain(key, this.#current.schema, this.#current.layers);
  }

  #fileLayer(): FileLayer {
    const { file } = this.#current;
    if (!file) throw readOnly('has no file layer');
    return file;
  }

  #requireDocument(): FileDocument {
    if (!this.#document) throw readOnly('has no file to be saved in');
    return this.#document;
  }

  /** The checked entry of a value that the program gives; none for `undefined`. */
  #entry(key: Key, value: unknown, location: string, layer: 'file' | 'override'): Entry | undefined {
    const leaf = this.#current.setting(key);
    if (value === undefined) return undefined;
    const problem = value instanceof RegExp ? regExpProblem(value) : jsonProblem(value);
    const decoded = problem !== undefined ? { problem } : leaf ? typed(leaf, value) : { value };
    const checked = 'problem' in decoded || !leaf ? decoded : check(leaf, decoded.value);
    if ('problem' in decoded || 'problem' in checked) {
      const reason = 'problem' in checked ? checked.problem : 'must be another value';
      throw new ConfigError([refusal(key, reason, { entry: { value }, leaf })]);
    }
    const written = frozenCopy(decoded.value);
    return { origin: { layer, name: key, location }, value: frozenCopy(checked.value), written };
  }

  /** The changes that a program's function makes to the file layer as it stands in `text`. */
  async #drafted(text: string, change: (draft: unknown) => void | Promise<void>): Promise<readonly Edit[]> {
    const { schema, layers } = this.#current;
    const file = this.#requireDocument().layer(text);
    const below = layers.slice(
      0,
      layers.findIndex(({ name }) => name === 'file'),
    );
    const values = resolve(schema, [...below, file]);
    const draft = draftOf(values) as JsonObject;
    await change(draft);
    const edits: Edit[] = [];
    const issues: Issue[] = [];
    const extras = [...strangeKeys(draft, schema)];
    for (const key of new Set([...this.#known(), ...extras])) {
      const after = valueAt(draft, segments(key));
      if (isEqual(after, valueAt(values, segments(key)))) continue;
      try {
        const entry = this.#entry(key, after, '', 'file');
        const said = file.entries.get(key);
        edits.push({ key, written: entry?.written, base: said?.written ?? said?.value, ...(entry && { entry }) });
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        issues.push(...error.issues);
      }
    }
    throwIssues(issues, `the update of ${this.name}; nothing was written`);
    return edits;
  }

  /** Every key that the file layer may have. */
  #known(): readonly Key[] {
    return [...this.#current.schema.leaves.keys(), ...this.#current.extras()];
  }

  /** Takes over what was written, and what others had written before. */
  #written(edits: readonly Edit[], { stored, warning, keptAside }: Rewritten): Saved {
    const written = this.#changesOf(edits);
    const layer = this.#requireDocument().layer(stored.text ?? '');
    const file = this.#fileLayer();
    const taken = layer.problems.size === 0 ? layer : file.with(edits);
    file.forget(edits);
    this.#reading = { ...this.#reading, issues: this.#reading.issues.filter(({ code }) => code !== 'CORRUPT') };
    this.#emit(this.#current.replace(this.#current.layers.map((old) => (old.name === 'file' ? taken : old))));
    return { written, ...(keptAside !== undefined && { keptAside }), ...(warning !== undefined && { warning }) };
  }

  #changesOf(edits: Iterable<Edit>): readonly FileChange[] {
    return [...edits]
      .filter(({ base, written }) => !isEqual(base, written))
      .map(({ key, base, written }) => {
        const redacted = this.#current.schema.leaves.get(key)?.sensitive === true;
        const shown = (value: unknown): unknown => (redacted && value !== undefined ? REDACTED : value);
        return { key, before: shown(base), after: shown(written), redacted };
      });
  }

  #emit(changes: readonly Change[]): void {
    if (changes.length > 0) this.#listeners.emit({ changes });
  }
}

function readOnly(message: string): ConfigError {
  return new ConfigError([{ code: 'READ_ONLY', message: `the configuration ${message}` }]);
}

/** A file holds a regular expression by its text alone. */
function regExpProblem({ flags }: RegExp): string | undefined {
  return flags === '' ? undefined : `must be a regular expression without flags, for a file could not hold "${flags}"`;
}
