import type { ComputedLayers, PinnedValue } from '../computed.ts';
import { type Issue, throwIssues } from '../errors.ts';
import { winner } from '../explain.ts';
import type { ExpressionInputs } from '../expression-inputs.ts';
import { isEqual, type JsonObject, valueAt } from '../json/value.ts';
import { withValues } from '../json/with-values.ts';
import { type Key, segments } from '../key.ts';
import type { Entry, Layer, LayerName } from '../layer.ts';
import { layersWith } from '../overlaid-layer.ts';
import type { Problems } from '../problems.ts';
import { problemsOf, resolve } from '../resolve.ts';
import { RuleChecks, type RuleState } from '../rule-checks.ts';
import type { ValueBelow } from '../schema/members.ts';
import type { Schema } from '../schema/schema.ts';
import type { Setting } from '../schema/setting.ts';
import type { FileDocument } from '../sources/file-document.ts';
import type { DocumentEdit, Edit, FileLayer } from './edits.ts';
import { type LayersWithSchema, type SettingState, stateIn, without, withPinned } from './setting-changes.ts';
import type { WritableFile } from './writable-file.ts';

/** The present state of a configuration, and how it would compute another one. */
interface PresentState extends LayersWithSchema {
  /** The layers before their expressions are computed. */
  readonly given: readonly Layer[];
  readonly values: JsonObject;
  readonly problems: Problems;
  /** The settings that keep their present state until the next start. */
  readonly pinned: ReadonlyMap<Key, SettingState>;
  /** Whether texts have values that a resolver is asked for. */
  readonly resolvesTexts: boolean;
  compute(layers: readonly Layer[], options: ComputingOptions): ComputedLayers;
  prepare(states: readonly (readonly Layer[])[]): Promise<void> | undefined;
  below(name: LayerName): (setting: Setting) => ValueBelow;
  /** The settings that would keep their present state until the next start if these were the layers. */
  pinnedIn(next: ComputedLayers): ReadonlyMap<Key, SettingState>;
}

/** How the expressions of layers are computed; as for the present layers, unless given. */
export interface ComputingOptions {
  readonly pinned?: ReadonlyMap<Key, PinnedValue>;
  readonly inputs?: ExpressionInputs | undefined;
  /** The settings that the layers were read with. */
  readonly fullSchema?: Schema | undefined;
}

/**
 * Checks the state after a change before it is used or written. If settings keep their value until the next start, there are
 * two such states: the next one, and that of the next start.
 */
export class StateChecks {
  readonly #current: PresentState;
  readonly #rules: RuleChecks | undefined;

  constructor(current: PresentState, schema: Schema) {
    this.#current = current;
    this.#rules = schema.rules.length > 0 ? new RuleChecks(schema) : undefined;
  }

  /** The rules that the present state breaks. */
  brokenRules(): readonly Issue[] {
    return this.#rules?.issues(this.#present()) ?? [];
  }

  /** The problems of layers that a reload has read, with these inputs of their expressions. */
  issuesOfReload(given: readonly Layer[], read: ReadInputs): readonly Issue[] {
    const before = this.#present();
    return this.#firstIssues(this.#states(given, read), ({ computed, pinned }) => [
      ...problemsOf(computed.schema, computed.layers).issues,
      ...(this.#rules?.issues(this.#stateOf(computed, pinned), { before }) ?? []),
    ]);
  }

  /** The next state if these were the layers of a reload. */
  stateOfReload(given: readonly Layer[], read: ReadInputs): ComputedLayers {
    const [{ computed }] = this.#states(given, read);
    return computed;
  }

  /** The problems that changed layers bring; `keys` are the settings that changed, if only some did. */
  issuesOf(given: readonly Layer[], keys?: readonly Key[]): readonly Issue[] {
    const before = this.#present();
    return this.#firstIssues(this.#states(given, { keys }), ({ computed, pinned }) => {
      const changed = keys && [...keys, ...[...computed.keys].filter((key) => this.#isChanged(key, computed))];
      const options = { before, ...(changed && { keys: changed }) };
      return [...this.#newProblems(computed), ...(this.#rules?.issues(this.#stateOf(computed, pinned), options) ?? [])];
    });
  }

  /** Throws the problems that these entries in one layer bring. */
  require(name: LayerName, entries: ReadonlyMap<Key, Entry | undefined>): void {
    const given = layersWith(this.#current.given, name, entries);
    // What a resolver has at once is known then. No change waits for another one.
    this.#current.prepare([given])?.catch(() => undefined);
    const issues = this.issuesOf(given, [...entries.keys()]);
    throwIssues(issues, 'the requested changes; nothing was changed');
  }

  #firstIssues(states: readonly State[], issuesOf: (state: State) => readonly Issue[]): readonly Issue[] {
    for (const state of states) {
      const issues = issuesOf(state);
      if (issues.length > 0) return issues;
    }
    return [];
  }

  /** Throws the problems that a document brings, by itself and with the unsaved edits but `saved`. */
  requireDocument(state: FileState, made: DocumentEdit, saved: readonly Edit[] = []): void {
    const keys = made.from === state.document ? [...made.changes, ...made.added].map(({ key }) => key) : undefined;
    for (const given of this.#withDocument(state, made, saved)) {
      throwIssues(this.issuesOf(given, keys), `${state.file.store.name}; nothing was written`);
    }
  }

  /** Asks the resolvers for what a document needs; a promise while one has to be waited for. */
  prepareDocument(state: FileState, made: DocumentEdit, saved: readonly Edit[] = []): Promise<void> | undefined {
    if (!this.#current.resolvesTexts) return undefined;
    return this.#current.prepare(this.#withDocument(state, made, saved));
  }

  /** The layers with a document, without the unsaved edits and with those but `saved`. */
  #withDocument(
    { file, layer, document }: FileState,
    made: DocumentEdit,
    saved: readonly Edit[],
  ): readonly (readonly Layer[])[] {
    const below = this.#current.below('file');
    const isKnown = made.from === document;
    const read = (isKnown && file.layerAfter(layer.read, made, below)) || file.layerOf(made.to, below);
    const given = this.#current.given.map((one): Layer => (one.name === 'file' ? read : one));
    const isSaved = new Set(saved);
    const unsaved = [...layer.edits.values()].filter((edit) => !isSaved.has(edit));
    if (unsaved.length === 0) return [given];
    return [given, layersWith(given, 'file', new Map(unsaved.map(({ key, entry }) => [key, entry])))];
  }

  /** The next state, then that of the next start if it differs. */
  #states(given: readonly Layer[], { keys, inputs, fullSchema }: StateOptions): readonly [State, ...State[]] {
    const current = this.#current;
    const atStart = { computed: current.compute(given, { pinned: NOTHING, inputs, fullSchema }), pinned: NOTHING };
    const pinned = keys ? without(current.pinned, keys) : current.pinnedIn(atStart.computed);
    if (pinned.size === 0) return [atStart];
    return [{ computed: current.compute(given, { pinned, inputs, fullSchema }), pinned }, atStart];
  }

  #isChanged(key: Key, next: ComputedLayers): boolean {
    return !isEqual(stateIn(next, key).value, valueAt(this.#current.values, segments(key)));
  }

  /** The problems of computed values that the present state does not have. */
  #newProblems({ layers, schema, keys }: ComputedLayers): readonly Issue[] {
    const isOpen = schema.open !== undefined;
    if (keys.size === 0 && !isOpen) return [];
    const known = new Set(this.#current.problems.issues.map((issue) => issue.key));
    const { issues } = problemsOf(schema, layers);
    return issues.filter(({ key }) => key !== undefined && (isOpen || keys.has(key)) && !known.has(key));
  }

  #present(): RuleState {
    return this.#stateOf(this.#current, this.#current.pinned);
  }

  /** What rules see of layers, with the present state of some settings. */
  #stateOf(next: LayersWithSchema, pinned: ReadonlyMap<Key, SettingState>): RuleState {
    const current = this.#current;
    const { layers } = next;
    const schema = withPinned(next.schema, pinned);
    const present = layers === current.layers ? current.values : undefined;
    return {
      schema,
      get values() {
        return withValues(
          present ?? resolve(schema, layers),
          Array.from(pinned, ([key, { value }]) => [segments(key), value]),
        );
      },
      value: (key) => (pinned.get(key) ?? stateIn(next, key)).value,
      origin: (key) => (pinned.get(key)?.entry ?? winner(key, layers))?.origin,
      isValid: (key) => isValid(key, schema, layers),
    };
  }
}

/** What the layers of a reload were read with. */
interface ReadInputs {
  readonly inputs: ExpressionInputs | undefined;
  readonly fullSchema: Schema | undefined;
}

/** The file layer in memory, which a document is compared with. */
interface FileState {
  readonly file: WritableFile;
  readonly layer: FileLayer;
  /** The document in memory. */
  readonly document: FileDocument | undefined;
}

/** Computed layers, and the settings that keep their present state in them. */
interface State {
  readonly computed: ComputedLayers;
  readonly pinned: ReadonlyMap<Key, SettingState>;
}

interface StateOptions extends Partial<ReadInputs> {
  /** The settings that changed; all may have, unless given. */
  readonly keys?: readonly Key[] | undefined;
}

const NOTHING: ReadonlyMap<Key, SettingState> = new Map();

/** Whether the highest entry of a setting is valid; without any, whether it may have no value. */
function isValid(key: Key, { settings }: Schema, layers: readonly Layer[]): boolean {
  const highest = layers.findLast(({ entries }) => entries.has(key));
  return highest ? !highest.problems.has(key) : settings.get(key)?.required !== true;
}
