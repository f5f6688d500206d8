import { type ComputedLayers, computeLayers } from '../computed.ts';
import { resolveKey, valueBelow, winner } from '../explain.ts';
import type { ExpressionInputs, ReloadableInputs } from '../expression-inputs.ts';
import { isEqual, type JsonObject, valueAt } from '../json/value.ts';
import { withValues } from '../json/with-values.ts';
import { type Key, segments } from '../key.ts';
import type { Entry, Layer, LayerName } from '../layer.ts';
import { liveSettings } from '../live-settings.ts';
import type { Problems } from '../problems.ts';
import { extraKeys, problemsOf, resolve } from '../resolve.ts';
import { findMember, type MemberKey, type MemberValue, memberKey } from '../schema/member-path.ts';
import type { ValueBelow } from '../schema/members.ts';
import type { Schema } from '../schema/schema.ts';
import type { Setting } from '../schema/setting.ts';
import type { SourceResult } from '../sources/source.ts';
import type { Readings, StackResult } from '../stack.ts';
import { allowedBy, type UnknownNames } from '../unknown-keys.ts';
import { FileLayer } from './edits.ts';
import { type ChangeEvent, Listeners, type SettingChange } from './events.ts';
import { openSetting } from './open-keys.ts';
import { OverrideLayer } from './override-layer.ts';
import { type SettingState, settingChange, settingChanges, stateIn, without, withPinned } from './setting-changes.ts';
import { type ComputingOptions, StateChecks } from './state-checks.ts';
import { extraMember, notAKey, requireExtra, requireReadable } from './unknown-key.ts';

/** The current layers of a configuration, the values that result from them, and who is notified of changes. */
export class ConfigState {
  /** The settings that exist now. One whose value contains a secret is sensitive. Only this class replaces the schema. */
  schema: Schema;
  #fullSchema: Schema;
  /** What the expressions of the layers read; absent if the definition has no expressions. */
  readonly inputs: ReloadableInputs | undefined;
  /** Which unknown keys of the file are settings too; absent if there are none in any layer. */
  readonly #extraNames: UnknownNames | undefined;
  #file: FileLayer | undefined;
  #override: OverrideLayer | undefined;
  #listeners: Listeners | undefined;
  #readings: Readings;
  /** The layers as they were read, with the unsaved edits and the overrides. */
  #given: readonly Layer[];
  #computed: ComputedLayers;
  #values: JsonObject;
  /** The values of settings that are not in `#values` yet, if there are any. */
  #changed: Map<Key, unknown> | undefined;
  /**
   * A cache of values by the key strings that `get` received: looking up the same string object takes half the time of
   * an equal one.
   */
  readonly cache: Map<Key, unknown> = new Map();
  #pinned: ReadonlyMap<Key, SettingState> = NOTHING_PINNED;
  /** The settings whose values JSON may not be able to hold; found when they are needed. */
  #transformed: readonly Setting[] | undefined;
  /** Checks the next state before it is used; absent if checks of single values suffice. */
  readonly checks: StateChecks | undefined;
  #version = 0;
  #replacements = 0;
  /** The unknown keys of the present layers; a change asks for them for each of its keys. */
  #extras: ReadonlySet<Key> | undefined;
  #problems: { readonly version: number; readonly problems: Problems } | undefined;

  constructor({ layers, readings, schema }: StackResult, { extras, inputs }: ConfigStateOptions) {
    this.#fullSchema = schema;
    this.inputs = inputs;
    this.#extraNames = extras;
    this.checks = schema.rules.length > 0 || inputs || schema.open ? new StateChecks(this, schema) : undefined;
    this.#readings = readings;
    this.#given = layers;
    this.#computed = this.compute(this.#given);
    this.schema = this.#computed.schema;
    this.#values = resolve(this.schema, this.layers);
  }

  /** The file layer with the unsaved edits; `undefined` if the definition leaves it out. Made when it is first needed. */
  get fileLayer(): FileLayer | undefined {
    const read = this.#file ? undefined : this.#given.find(({ name }) => name === 'file');
    if (read) {
      this.#file = new FileLayer(read);
      this.#useOwn();
    }
    return this.#file;
  }

  /** The layer that the program writes at run time; `undefined` if the definition leaves it out. Made when it is first needed. */
  get overrideLayer(): OverrideLayer | undefined {
    const read = this.#override ? undefined : this.#given.find(({ name }) => name === 'override');
    if (read) {
      this.#override = new OverrideLayer(read);
      this.#useOwn();
    }
    return this.#override;
  }

  /** Made when it is first needed, as most programs subscribe to nothing. */
  get listeners(): Listeners {
    this.#listeners ??= new Listeners();
    return this.#listeners;
  }

  get layers(): readonly Layer[] {
    return this.#computed.layers;
  }

  /** The layers before their expressions are computed. */
  get given(): readonly Layer[] {
    return this.#given;
  }

  /** Computes the values of the expressions in layers. */
  compute(
    layers: readonly Layer[],
    { pinned = this.#pinned, inputs = this.inputs, fullSchema = this.#fullSchema }: ComputingOptions = {},
  ): ComputedLayers {
    const live = fullSchema.open ? liveSettings(fullSchema, layers) : { layers, schema: fullSchema };
    return inputs ? computeLayers(live.layers, { schema: live.schema, inputs, pinned }) : { ...live, keys: NO_KEYS };
  }

  /** The settings that the layers were read with: those of every name that a layer gives, and of every variant. */
  get fullSchema(): Schema {
    return this.#fullSchema;
  }

  /**
   * Asks the resolvers for the values that each of these states refers to; `again` are the inputs of a reload. Returns a
   * promise if a resolver does.
   */
  prepare(states: readonly (readonly Layer[])[], again?: ExpressionInputs): Promise<void> | undefined {
    return this.inputs?.prepare?.((inputs) => {
      for (const layers of states) this.compute(layers, { inputs });
    }, again);
  }

  /** Whether texts have values that a resolver is asked for. */
  get resolvesTexts(): boolean {
    return this.#fullSchema.schemes !== undefined;
  }

  /** The settings that keep their present state until the next start. */
  get pinned(): ReadonlyMap<Key, SettingState> {
    return this.#pinned;
  }

  /** What each source provided last. */
  get readings(): Readings {
    return this.#readings;
  }

  /** Computed when they are read, so that many changes copy each group once. */
  get values(): JsonObject {
    if (this.#changed) {
      this.#values = withValues(
        this.#values,
        Array.from(this.#changed, ([key, value]) => [segments(key), value]),
      );
      this.#changed = undefined;
    }
    return this.#values;
  }

  /** The values; for one that JSON can't hold, the JSON that it was made of. */
  get json(): JsonObject {
    this.#transformed ??= this.schema.settings.values().filter(({ canTransform }) => canTransform);
    if (this.#transformed.length === 0) return this.values;
    return withValues(
      this.values,
      this.#transformed.map(({ key, path }) => [path, this.#state(key, this.get(key)).json]),
    );
  }

  /** Increases whenever values or origins may have changed. */
  get version(): number {
    return this.#version;
  }

  /** How often newly read layers replaced the old ones. A read that began before the last time is outdated. */
  get replacements(): number {
    return this.#replacements;
  }

  /** The problems of the layers, and the rules that they break, found once for each version. */
  get problems(): Problems {
    if (this.#problems?.version !== this.#version) {
      const { issues, warnings } = problemsOf(this.schema, this.layers);
      const broken = this.checks?.brokenRules() ?? [];
      this.#problems = { version: this.#version, problems: { issues: [...issues, ...broken], warnings } };
    }
    return this.#problems.problems;
  }

  /** The settings that have another value at the next start: `after`. */
  waiting(form?: 'value' | 'json'): readonly SettingChange[] {
    return [...this.#pinned.keys()].flatMap((key) => this.waitingFor(key, form) ?? []);
  }

  /** The change that a setting makes at the next start; `undefined` if it makes none. */
  waitingFor(key: Key, form?: 'value' | 'json'): SettingChange | undefined {
    const pinned = this.#pinned.get(key);
    return pinned && settingChange(key, pinned, stateIn(this.#computed, key), form);
  }

  /** The present states of the settings that change at the next start only, except those in `own`. */
  #statesUntilRestart(own: ReadonlySet<Key> = NO_KEYS): ReadonlyMap<Key, SettingState> {
    const settings = this.schema.settings.values().filter(({ node }) => node.reload === false);
    return this.states(settings.map(({ key }) => key).filter((key) => !own.has(key)));
  }

  /** Which of these settings have another value in other layers. */
  pinnedIn(
    next: ComputedLayers,
    states: ReadonlyMap<Key, SettingState> = this.#statesUntilRestart(),
  ): ReadonlyMap<Key, SettingState> {
    return new Map([...states].filter(([key, { json }]) => !isEqual(json, stateIn(next, key).json)));
  }

  /** The JSON of the settings that have another value at the next start. */
  #waitingJson(): ReadonlyMap<Key, unknown> {
    return new Map(Array.from(this.#pinned.keys(), (key) => [key, stateIn(this.#computed, key).json]));
  }

  /** The keys of all settings: the schema's, and unknown keys that count as settings. */
  keys(): readonly Key[] {
    return [...this.schema.settings.keys(), ...this.extras()];
  }

  /** The value of a setting, a group or a member of an `Object`. Throws `UNKNOWN_KEY`. */
  get(key: Key): unknown {
    if (typeof key !== 'string') throw notAKey(key);
    const setting = this.schema.settings.get(key);
    const exact = this.#exactValue(key, setting);
    const value = exact === undefined && !setting ? this.#memberValue(key)?.value : exact;
    if (value === undefined && !setting) return requireReadable(this, key);
    // A group is not cached: it is replaced whenever one of its settings changes.
    if (value !== undefined && setting) this.cache.set(key, value);
    return value;
  }

  /** The setting of a key; `undefined` for an unknown key that counts as a setting. Otherwise throws `UNKNOWN_KEY`. */
  setting(key: Key, schema: Schema = this.schema): Setting | undefined {
    const known =
      schema.settings.get(key) ?? (schema.open && openSetting(key, { schema, fullSchema: this.#fullSchema }));
    return known ?? requireExtra(this, key);
  }

  /** Throws `UNKNOWN_KEY` for a setting of a variant that is not chosen. */
  requireChosen(key: Key): void {
    if (this.schema.open) openSetting(key, { schema: this.schema, fullSchema: this.#fullSchema });
  }

  /** What the layers below a layer provide for a setting. */
  below(name: LayerName): (setting: Setting) => ValueBelow {
    return valueBelow(this.layers, name);
  }

  /** The setting that a key leads into, which may be an unknown key that counts as one; `undefined` if there is none. */
  member(key: Key): MemberKey | undefined {
    const { settings } = this.schema;
    return settings.get(key) ? undefined : (memberKey(settings, key) ?? extraMember(this, key));
  }

  #memberValue(key: Key): MemberValue | undefined {
    const member = this.member(key);
    return member && findMember(this.get(member.setting.key), member.path);
  }

  /** Whether an unknown key counts as a setting of the file, or keys inside it. */
  allows(key: Key): 'key' | 'inside' | undefined {
    return this.#extraNames && allowedBy(this.#extraNames, key);
  }

  /** The unknown keys of the layers that count as settings. */
  extras(): ReadonlySet<Key> {
    if (!this.#extraNames) return NO_KEYS;
    this.#extras ??= extraKeys(this.schema, this.layers);
    return this.#extras;
  }

  /** The layers that {@link replace} would use, before their expressions are computed. */
  givenAfter(read: readonly Layer[]): readonly Layer[] {
    return this.#withOwn(read).map((layer, i) => (layer === this.#file ? this.#file.over(read[i] as Layer) : layer));
  }

  /** The changes from the present state to another one. */
  changesTo(next: ComputedLayers): readonly SettingChange[] {
    const extras = this.#extraNames ? extraKeys(next.schema, next.layers) : [];
    const keys = [...this.keys(), ...next.schema.settings.keys(), ...extras];
    return settingChanges(this.states(), new Map(keys.map((key) => [key, stateIn(next, key)])));
  }

  /**
   * Replaces the layers by newly read ones; unsaved edits and overrides stay. Settings with `reload: false` keep their value until the
   * next start, except the keys in `own`, which this process wrote itself. Listeners are notified if something changed,
   * and with `announces` in any case.
   */
  replace({ layers, readings, schema }: StackResult, options: ReplaceOptions = {}): ChangeEvent {
    const { own, announces = false, isReload = false } = options;
    const before = this.states();
    const fixed = this.#statesUntilRestart(own);
    const waitedFor = this.#waitingJson();
    const file = layers.find(({ name }) => name === 'file');
    if (file) this.#file?.replace(file);
    if (isReload) this.inputs?.accept();
    this.#readings = readings;
    this.#fullSchema = schema;
    this.#given = this.#withOwn(layers);
    this.#computed = this.compute(this.#given, { pinned: fixed });
    this.#pinned = this.pinnedIn(this.#computed, fixed);
    this.#resolveAll();
    this.#version += 1;
    this.#replacements += 1;
    const changes = settingChanges(before, this.states());
    const waits = this.#waitingJson();
    const waiting = this.waiting().filter(
      ({ key }) => !waitedFor.has(key) || !isEqual(waitedFor.get(key), waits.get(key)),
    );
    const event: ChangeEvent = { changes, waiting };
    if (announces || changes.length > 0 || waiting.length > 0) this.#listeners?.emit(event);
    return event;
  }

  /** Replaces the file layer after this process wrote the document; `own` are the keys that it wrote. */
  replaceFile(file: Layer, result: SourceResult, own: ReadonlySet<Key>): void {
    const layers = this.#given.map((old) => (old.name === 'file' ? file : old));
    this.replace({ layers, readings: new Map(this.#readings).set('file', result), schema: this.#fullSchema }, { own });
  }

  /** Does what `replaceFile` does if only `keys` changed in the document; the cost does not grow with the number of settings. */
  replaceKeys(keys: readonly Key[], result: SourceResult, change: () => void): void {
    this.#readings = new Map(this.#readings).set('file', result);
    this.#replacements += 1;
    this.update(keys, change);
  }

  /**
   * Calls `change`, which changes the entries of `keys`, and notifies listeners. Resolves only their settings; all of them
   * where a change may bring settings and take others away.
   */
  update(keys: readonly Key[], change: () => void): void {
    const isOpen = this.#fullSchema.open !== undefined;
    const { keys: computed } = this.#computed;
    const involved = computed.size > 0 ? [...new Set([...keys, ...computed])] : keys;
    const compared = isOpen ? undefined : involved;
    // The lines of origins are counted for listeners only: that costs more than the rest.
    const before = this.#listeners ? this.states(compared) : undefined;
    change();
    this.#extras = undefined;
    this.#version += 1;
    if (this.#pinned.size > 0) this.#pinned = without(this.#pinned, keys);
    if (isOpen || this.inputs) this.#computed = this.compute(this.#given);
    if (isOpen) this.#resolveAll();
    else {
      if (this.inputs) this.schema = withPinned(this.#computed.schema, this.#pinned);
      for (const key of involved)
        if (!this.#pinned.has(key)) this.#changeValue(key, resolveKey(key, this.schema, this.layers));
    }
    const changes = before ? settingChanges(before, this.states(compared)) : [];
    if (changes.length > 0) this.#listeners?.emit({ changes, waiting: [] });
  }

  /** Resolves all settings of the computed layers; those that wait for the next start keep their values. */
  #resolveAll(): void {
    this.schema = withPinned(this.#computed.schema, this.#pinned);
    if (this.#fullSchema.open) this.#transformed = undefined;
    this.#values = resolve(this.schema, this.layers);
    this.#changed = new Map(Array.from(this.#pinned, ([key, { value }]) => [key, value]));
    this.#extras = undefined;
    this.cache.clear();
  }

  #changeValue(key: Key, value: unknown): void {
    const setting = this.schema.settings.get(key);
    if (setting && isEqual(value, this.#valueOf(setting))) return;
    this.#changed ??= new Map();
    // An unknown key may be inside another one: then their order counts.
    this.#changed.delete(key);
    this.#changed.set(key, value);
    this.cache.delete(key);
  }

  /** The value at a key; for a setting, without making all values anew. */
  #exactValue(key: Key, setting = this.schema.settings.get(key)): unknown {
    return setting ? this.#valueOf(setting) : valueAt(this.values, segments(key));
  }

  #valueOf(setting: Setting): unknown {
    const { key } = setting;
    return this.#changed?.has(key) ? this.#changed.get(key) : valueAt(this.#values, setting.path);
  }

  /** The layers that were read, with the file and override layers of this program in their place. */
  #withOwn(read: readonly Layer[]): readonly Layer[] {
    return read.map((layer) => {
      if (layer.name === 'file') return this.#file ?? layer;
      return layer.name === 'override' ? (this.#override ?? layer) : layer;
    });
  }

  /** Uses a file or override layer that was just made; it has the same entries as the layer that was read. */
  #useOwn(): void {
    this.#given = this.#withOwn(this.#given);
    this.#computed = this.compute(this.#given);
  }

  /** The entry that gives a setting's value. */
  entry(key: Key): Entry | undefined {
    const pinned = this.#pinned.get(key);
    return pinned ? pinned.entry : winner(key, this.layers);
  }

  /** The present values and entries, to compare with later ones. */
  states(keys: readonly Key[] = this.keys()): ReadonlyMap<Key, SettingState> {
    return new Map(keys.map((key) => [key, this.#state(key, this.#exactValue(key))]));
  }

  #state(key: Key, value: unknown): SettingState {
    return this.#pinned.get(key) ?? stateIn(this, key, value);
  }
}

/** How a configuration treats its layers. */
export interface ConfigStateOptions {
  /** Which unknown keys count as settings. */
  readonly extras?: UnknownNames | undefined;
  readonly inputs?: ReloadableInputs | undefined;
}

const NO_KEYS: ReadonlySet<Key> = new Set();
const NOTHING_PINNED: ReadonlyMap<Key, SettingState> = new Map();

/** How the layers are replaced. */
interface ReplaceOptions {
  /** Whether a reload read the layers: then the inputs that it read come into use too. */
  readonly isReload?: boolean;
  readonly own?: ReadonlySet<Key>;
  readonly announces?: boolean;
}
