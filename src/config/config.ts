import type { Definition } from '../definition.ts';
import type { Issue, WarningReport } from '../errors.ts';
import { type ExplainInput, explain } from '../explain.ts';
import type { ExplainOptions, Explanation } from '../explanation.ts';
import { plainJson } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { LayerName } from '../layer.ts';
import type {
  AnyKey,
  ConfigValues,
  Mutable,
  NewValue,
  OpenKey,
  SettingKey,
  SettingsDefinition,
  ValueAt,
} from '../schema/types.ts';
import { type Stack, sourceIssues, sourceWarnings } from '../stack.ts';
import type { Authorship } from '../stores/store.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { notAConfig, requireOptions } from '../wrong-arguments.ts';
import type { ConfigState } from './config-state.ts';
import { updateFile } from './draft.ts';
import type { FileChange } from './edits.ts';
import type { ChangeEvent, ConfigListener, SubscribeOptions } from './events.ts';
import { checkedEntries, FileChanges, readOnly, type SaveOptions, type SaveResult } from './file-changes.ts';
import { Reloads } from './reload.ts';
import { resetAll, resetKey } from './reset.ts';
import type { ResumeReport } from './resume.ts';
import { waitingIssues } from './setting-changes.ts';
import { redactedValues, type Snapshot, snapshotOf } from './snapshot.ts';
import { subscribe } from './subscribe.ts';
import { requireExplainable } from './unknown-key.ts';
import { LiveReload, type Watcher, type WatchOptions } from './watch.ts';
import type { WritableFileOptions } from './writable-file.ts';

/** The parts that a configuration is created from. */
export interface ConfigParts {
  readonly definition: Definition;
  readonly current: ConfigState;
  readonly stack: Stack;
  readonly file: WritableFileOptions | undefined;
  readonly fingerprintKey: string | undefined;
  readonly resumed: ResumeReport | undefined;
  /** Reports the warnings of reloads; `undefined` if the program wants none. */
  readonly report: WarningReport | undefined;
}

/** The parts that functions outside {@link Config} use. */
interface InnerParts extends ConfigParts {
  readonly changes: FileChanges;
  readonly reloads: Reloads;
  /** The explanation of a changed key, also of one that its change takes away. */
  explained(key: Key, request?: ExplainRequest): Explanation;
}

/** The parts of a configuration, for functions outside the class. @internal */
export let partsOf: <S extends SettingsDefinition, U extends UnknownKeys>(config: Config<S, U>) => InnerParts;

/**
 * A resolved configuration. Reading a value is a property access. A change replaces `values` as a whole, so a `values`
 * that you keep never changes.
 * @example
 * import { defineConfig, loadConfig } from 'varve';
 *
 * const definition = defineConfig({ name: 'shop', file: 'shop.json', settings: { port: 8080, pool: 10 } });
 * const config = await loadConfig(definition, { env: {}, argv: ['--port', '443'] });
 * config.set('port', 80); // the flag still overrides it
 * config.set('pool', 20);
 * await config.save(); // writes both into shop.json
 * console.log(config.values.port, config.values.pool, config.explain('port').winner.name); // 443 20 --port
 */
export class Config<S extends SettingsDefinition = SettingsDefinition, U extends UnknownKeys = 'warn'> {
  readonly #current: ConfigState;
  readonly #cache: ReadonlyMap<Key, unknown>;
  readonly #parts: ConfigParts;
  #madeReloads: Reloads | undefined;
  #madeChanges: FileChanges | undefined;
  #snapshot: { readonly version: number; readonly snapshot: Snapshot } | undefined;

  static {
    partsOf = (config) => {
      if (!(#parts in Object(config))) throw notAConfig(config);
      return {
        ...config.#parts,
        get changes() {
          return config.#changes;
        },
        get reloads() {
          return config.#reloads;
        },
        explained: (key, request) => config.#explained(key, request),
      };
    };
    const value = function (this: Config): unknown {
      return { name: this.name, location: this.location, values: redactedValues(this.#current, this.#current.values) };
    };
    // `console.log` of Node.js prints the result of this method.
    Object.defineProperty(Config.prototype, Symbol.for('nodejs.util.inspect.custom'), { value });
  }

  /** @internal */
  constructor(parts: ConfigParts) {
    this.#parts = parts;
    this.#current = parts.current;
    this.#cache = parts.current.cache;
  }

  /** Made when it is first needed, as most programs only read values. */
  get #reloads(): Reloads {
    const { definition, stack, report } = this.#parts;
    const onAccepted = (): void => report?.(this.warnings);
    this.#madeReloads ??= new Reloads({ name: definition.name, current: this.#current, stack, onAccepted });
    return this.#madeReloads;
  }

  get #changes(): FileChanges {
    this.#madeChanges ??= new FileChanges(this.#current, this.#parts.file);
    return this.#madeChanges;
  }

  /** The name in the definition. */
  get name(): string {
    return this.#parts.definition.name;
  }

  /** The name of the file layer's store: `config/app.json`; `undefined` if the definition has no file. */
  get location(): string | undefined {
    return this.#parts.file?.store.name;
  }

  /** All values, deeply frozen. */
  get values(): ConfigValues<S, U> {
    return this.#current.values as ConfigValues<S, U>;
  }

  /** The problems of a configuration that was loaded with `invalid: 'report'`; otherwise empty. */
  get issues(): readonly Issue[] {
    return [...sourceIssues(this.#current.readings), ...this.#current.problems.issues];
  }

  /**
   * The problems that do not stop a load: unknown keys and variables, invalid values that are shadowed, settings with
   * `reload: false` whose value changes at the next start, misspelt members of settings.
   */
  get warnings(): readonly Issue[] {
    const problem = this.#parts.file?.copy?.problem;
    const { schema, inputs, readings, problems } = this.#current;
    const waiting = this.#current.waiting('json');
    const read = [
      ...schema.warnings,
      ...sourceWarnings(readings),
      ...(problem ? [problem] : []),
      ...(inputs?.warnings ?? []),
    ];
    const warnings = [...read, ...problems.warnings];
    return waiting.length === 0 ? warnings : [...warnings, ...waitingIssues(waiting)];
  }

  /** The changes that `save` would write. */
  get pending(): readonly FileChange[] {
    return this.#changes.pending;
  }

  /** The value of a setting or a group. Throws `UNKNOWN_KEY` with the nearest key. */
  get<K extends AnyKey<S> | OpenKey<U>>(key: K): ValueAt<S, K> {
    const value = this.#cache.get(key);
    return (value === undefined ? this.#current.get(key) : value) as ValueAt<S, K>;
  }

  /**
   * The origin of a setting's value, and the entries that it overrides; with `without`, as if that layer had no entry.
   * Throws `UNKNOWN_KEY`.
   */
  explain(key: SettingKey<S> | OpenKey<U>, options: ExplainOptions = {}): Explanation {
    requireExplainable(this.#current, key);
    requireOptions('explain', options);
    return this.#explained(key, options);
  }

  /** The explanation of every setting, in the schema's order. */
  explainAll(): readonly Explanation[] {
    return this.#current.keys().map((key) => this.#explained(key));
  }

  /**
   * Changes the file layer in memory; `save` persists it. The explanation shows whether a higher layer overrides it.
   * Throws `UNKNOWN_KEY`, or `INVALID_VALUE` for a value that the setting does not accept; then nothing changes.
   */
  set<K extends SettingKey<S> | OpenKey<U>>(key: K, value: NewValue<S, K>): Explanation {
    return this.#change(key, value);
  }

  /** Removes a setting from the file layer in memory, so that the layers below show through. Throws `UNKNOWN_KEY`. */
  unset(key: SettingKey<S> | OpenKey<U>): Explanation {
    return this.#change(key, undefined);
  }

  /** Changes the override layer of this process; `undefined` removes the override. Throws the errors of `set`. */
  override<K extends SettingKey<S> | OpenKey<U>>(key: K, value: NewValue<S, K> | undefined): Explanation {
    const { overrideLayer } = this.#current;
    if (!overrideLayer) throw readOnly('has no override layer', 'Put "override" among the `layers` of the definition.');
    const entries = checkedEntries(this.#current, [{ key, value }], { layer: 'override', location: 'override' });
    this.#current.update([...entries.keys()], () => {
      for (const [changed, entry] of entries) overrideLayer.set(changed, entry);
    });
    return this.#explained(key);
  }

  /**
   * Persists the changes of the file layer, never a default, an environment value, a flag or an override. Rejects with
   * `CONFLICT`, `READ_ONLY`, `LOCKED`, `DENIED` and the other codes of a write, and with `INVALID_VALUE` for an invalid
   * result of a conflict function; then the file does not change.
   */
  async save(options: SaveOptions = {}): Promise<SaveResult> {
    return this.#changes.save(options);
  }

  /**
   * Reads, changes and writes the file layer as one atomic step, so that no other writer's update is lost. The draft
   * has the defaults and the file layer, never environment or flags. If `change` throws, nothing is written. The draft
   * is frozen when `change` has ended.
   */
  async update(
    change: (draft: Mutable<ConfigValues<S, U>>) => void | Promise<void>,
    authorship: Authorship = {},
  ): Promise<SaveResult> {
    const { name } = this;
    return updateFile(this.#changes, change as (draft: unknown) => void | Promise<void>, { ...authorship, name });
  }

  /** Removes a setting from the file, or all settings if there is no key, and saves. Throws `UNKNOWN_KEY`. */
  async reset(key?: SettingKey<S> | OpenKey<U>, authorship: Authorship = {}): Promise<SaveResult> {
    return key === undefined ? resetAll(this.#changes, authorship) : resetKey(this.#changes, key, authorship);
  }

  /**
   * Reads all sources again, as a transaction. If everything is valid, the values change in one step with one event.
   * Otherwise the old values stay, subscribers get the rejection, and the promise rejects with every issue. Unsaved changes
   * stay. Settings with `reload: false` keep their value until the next start: the event lists them in `waiting`.
   */
  async reload(): Promise<ChangeEvent> {
    return this.#reloads.reload();
  }

  /**
   * Reloads when the file, a base file, a `.env` file, a secret's file or another source that can be watched changes.
   * It does not keep the process alive.
   */
  watch(options: WatchOptions = {}): Watcher {
    return new LiveReload(this.#parts.stack, this.#reloads, options);
  }

  /**
   * Calls `listener` whenever values change or a reload is rejected. Returns a function that ends the subscription.
   * Throws `UNKNOWN_KEY`. An error of a listener becomes an uncaught exception; the other listeners are still called.
   */
  subscribe(listener: ConfigListener, options: SubscribeOptions<AnyKey<S> | OpenKey<U>> = {}): () => void {
    return subscribe(this.#current, listener, options);
  }

  /**
   * The present values with their origins and their fingerprint. Its JSON, and what printing shows,
   * is redacted: keep the JSON beside a run. Secrets are in `snapshot.values` alone.
   */
  snapshot(): Snapshot<ConfigValues<S, U>> {
    const { version } = this.#current;
    if (this.#snapshot?.version !== version) {
      const { fingerprintKey } = this.#parts;
      const snapshot = snapshotOf(this.#current, { name: this.name, fingerprintKey });
      this.#snapshot = { version, snapshot };
    }
    return this.#snapshot.snapshot as Snapshot<ConfigValues<S, U>>;
  }

  /** The values as JSON, with sensitive ones redacted. A regular expression becomes its text. */
  toJSON(): unknown {
    return plainJson(redactedValues(this.#current, this.#current.json));
  }

  /** The JSON of `toJSON` as text, so that a configuration that is printed shows no secret. */
  toString(): string {
    return JSON.stringify(this, null, 2);
  }

  #change(key: Key, value: unknown): Explanation {
    this.#changes.set([{ key, value }]);
    return this.#explained(key);
  }

  #explained(key: Key, { without, resolve }: ExplainRequest = {}): Explanation {
    const { schema, layers } = this.#current;
    const member = this.#current.member(key);
    if (without === undefined)
      return explain(key, { schema, layers, member, resolve, waiting: this.#current.waitingFor(key, 'json') });
    const others = this.#current.given.filter(({ name }) => name !== without);
    return explain(key, { ...this.#current.compute(others), member });
  }
}

interface ExplainRequest extends Pick<ExplainInput, 'resolve'> {
  readonly without?: LayerName | undefined;
}
