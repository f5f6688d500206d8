import { ComputedEntry, EntryScope, UNFINISHED } from './entry-scope.ts';
import { memberOrigin, rankedEntries, resolveSetting, validEntries } from './explain.ts';
import type { ExpressionInputs } from './expression-inputs.ts';
import { frozenCopy } from './json/value.ts';
import type { Key } from './key.ts';
import { type Entry, type Expression, type ExpressionPart, type Layer, OverlaidEntries, plainOrigin } from './layer.ts';
import { didYouMean } from './near-names.ts';
import { check, jsonForm, typed } from './schema/check.ts';
import { findMember, memberKey } from './schema/member-path.ts';
import { NoResult } from './schema/reference.ts';
import { type Schema, withSensitive } from './schema/schema.ts';

/** Layers whose expressions have values. */
export interface ComputedLayers {
  readonly layers: readonly Layer[];
  /** The schema, in which the settings that a secret is a part of are sensitive too. */
  readonly schema: Schema;
  /** The settings that some layer has an expression for. */
  readonly keys: ReadonlySet<Key>;
}

/** How expressions are computed. */
export interface ComputeOptions {
  readonly schema: Schema;
  readonly inputs: ExpressionInputs;
  /** The values of settings that keep them until the next start. */
  readonly pinned?: ReadonlyMap<Key, PinnedValue>;
}

/** The value of a setting that keeps it until the next start. */
export interface PinnedValue {
  readonly value: unknown;
  readonly sensitive: boolean;
}

/** Computes the expressions of all layers: references, and derived defaults. The layers given do not change. */
export function computeLayers(layers: readonly Layer[], options: ComputeOptions): ComputedLayers {
  const computed = new Map<Key, readonly number[]>();
  for (const [i, layer] of layers.entries()) {
    for (const key of layer.computed ?? []) computed.set(key, [...(computed.get(key) ?? []), i]);
  }
  if (computed.size === 0) return { layers, schema: options.schema, keys: new Set() };
  return new Computation(layers, computed, options).result();
}

/** A layer while its expressions are computed. */
interface LayerInProgress extends Layer {
  readonly above: Map<Key, { readonly entry?: Entry }>;
  readonly problems: Map<Key, string>;
}

/** How many references may follow each other. */
const MOST_STEPS = 100;

/** How many unknown keys get a suggestion, since each is compared with every setting. */
const MOST_COMPARED = 50;

class Computation {
  readonly #given: readonly Layer[];
  readonly #layers: readonly (Layer | LayerInProgress)[];
  readonly #computed: ReadonlyMap<Key, readonly number[]>;
  readonly #options: ComputeOptions;
  readonly #done = new Set<Key>();
  /** The settings that are being computed, each for the one before. */
  readonly #running: Key[] = [];
  /** The chain of each setting that refers to itself. */
  readonly #cycles = new Map<Key, string>();
  readonly #sensitive = new Set<Key>();
  /** The settings whose value needs a text that is not known yet. */
  readonly #unfinished = new Set<Key>();
  #compared = 0;

  constructor(given: readonly Layer[], computed: ReadonlyMap<Key, readonly number[]>, options: ComputeOptions) {
    this.#given = given;
    this.#computed = computed;
    this.#options = options;
    this.#layers = given.map((layer) => (layer.computed === undefined ? layer : inProgress(layer)));
  }

  result(): ComputedLayers {
    for (const key of this.#computed.keys()) this.#compute(key);
    // Entries below the winner are computed only for the explanation.
    for (const [key, indexes] of this.#computed) for (const i of indexes) this.#explainShadowed(key, i);
    const { schema } = this.#options;
    return {
      layers: this.#layers,
      schema: withSensitive(schema, this.#sensitive),
      keys: new Set(this.#computed.keys()),
    };
  }

  isSensitive(key: Key): boolean {
    return this.#sensitive.has(key) || this.#options.schema.settings.get(key)?.sensitive === true;
  }

  /** Computes the entries that contribute to the value of a setting. */
  #compute(key: Key): void {
    const indexes = this.#computed.get(key);
    if (indexes === undefined || this.#done.has(key)) return;
    const start = this.#running.indexOf(key);
    if (start >= 0) {
      const chain = [...this.#running.slice(start), key].join(' → ');
      for (const one of this.#running.slice(start)) this.#cycles.set(one, chain);
      throw new NoResult(`must not refer to itself: ${chain}`);
    }
    if (this.#running.length >= MOST_STEPS) throw new NoResult(`must not follow more than ${MOST_STEPS} references`);
    this.#running.push(key);
    const setting = this.#options.schema.settings.get(key);
    for (const i of indexes.toReversed()) {
      if (!setting?.combines && this.#isShadowed(key, i)) continue;
      this.#evaluate(key, i);
    }
    this.#running.pop();
    this.#done.add(key);
  }

  /** Computes an entry below the winner; no resolver is asked for it. */
  #explainShadowed(key: Key, index: number): void {
    const layer = this.#layers[index] as LayerInProgress;
    const entry = this.#given[index]?.entries.get(key);
    if (entry?.expression?.isResolved !== true) this.#evaluate(key, index);
    else if (!layer.above.has(key)) {
      const parts = entry.expression.names.map((name): ExpressionPart => ({ name, redacted: true }));
      layer.above.set(key, { entry: new ComputedEntry(entry, parts) });
      this.#sensitive.add(key);
    }
  }

  #isShadowed(key: Key, index: number): boolean {
    return this.#layers.some((layer, i) => i > index && layer.entries.has(key) && !layer.problems.has(key));
  }

  #evaluate(key: Key, index: number): void {
    const layer = this.#layers[index] as LayerInProgress;
    const entry = this.#given[index]?.entries.get(key);
    if (!entry?.expression || layer.above.has(key) || layer.problems.has(key)) return;
    const scope = new EntryScope(key, this, this.#options);
    const result = this.#result(key, entry, { expression: entry.expression, scope });
    const cycle = this.#cycles.get(key);
    if (result === UNFINISHED) this.#unfinished.add(key);
    else if (cycle !== undefined) layer.problems.set(key, `must not refer to itself: ${cycle}`);
    else if ('problem' in result) layer.problems.set(key, result.problem);
    const isEmpty = result === UNFINISHED || 'problem' in result;
    layer.above.set(key, isEmpty ? { entry: new ComputedEntry(entry, scope.parts) } : result);
    if (scope.isSensitive || entry.expression.isResolved) this.#sensitive.add(key);
  }

  /** The entry with its value, nothing if the expression has no value, why the value is refused, or `UNFINISHED`. */
  #result(
    key: Key,
    entry: Entry,
    { expression, scope }: { readonly expression: Expression; readonly scope: EntryScope },
  ): { readonly entry?: Entry } | { readonly problem: string } | typeof UNFINISHED {
    let value: unknown;
    try {
      value = expression.evaluate(scope);
    } catch (error) {
      if (error === UNFINISHED) return UNFINISHED;
      if (!(error instanceof NoResult)) throw error;
      return { problem: error.problem + (scope.isSensitive ? '' : error.detail) };
    }
    const declared = this.#options.schema.settings.get(key);
    if (value === undefined || !declared) return {};
    const setting = scope.isSensitive ? declared.asSensitive() : declared;
    const decoded = typed(setting, value);
    if ('problem' in decoded) return decoded;
    const checked = check(setting, decoded.value);
    if ('problem' in checked) return checked;
    const json = jsonForm(setting, checked.value, [decoded.value, value]);
    return { entry: new ComputedEntry(entry, scope.parts, { value: frozenCopy(checked.value), json }) };
  }

  /** The value of a setting or a member, as a part. */
  partOf(key: Key): ExpressionPart {
    const { schema, pinned } = this.#options;
    const { settings } = schema;
    const member = settings.has(key) ? undefined : memberKey(settings, key);
    const setting = member?.setting ?? settings.get(key);
    if (!setting) throw new NoResult(this.#unknown(key));
    this.#compute(setting.key);
    if (this.#unfinished.has(setting.key)) throw UNFINISHED;
    const kept = pinned?.get(setting.key);
    const whole = kept ? kept.value : resolveSetting(setting, this.#layers);
    const found = member && findMember(whole, member.path);
    const value = member ? found?.value : whole;
    const [winner] = validEntries(rankedEntries(setting.key, this.#layers));
    const part = {
      name: key,
      redacted: kept?.sensitive === true || this.isSensitive(setting.key),
      ...(value !== undefined && { value }),
      ...(winner?.entry.computedFrom && { computedFrom: winner.entry.computedFrom }),
    };
    const origin = found && memberOrigin(setting.key, found.path, this.#layers);
    if (value === undefined || !winner || (member && !origin)) return part;
    // Only an explanation needs the line and column, which cost as much as the value.
    return {
      ...part,
      get origin() {
        return origin ?? plainOrigin(winner.entry.origin);
      },
    };
  }

  missing(key: Key): string {
    const problem = this.#layers.findLast(({ problems }) => problems.has(key))?.problems.get(key);
    const reason = problem?.startsWith('refers ') ? `, because it ${problem}` : '';
    return `refers to ${key}, which has no value${reason}`;
  }

  #unknown(key: Key): string {
    const { settings, groups } = this.#options.schema;
    if (groups.has(key)) return `refers to ${key}, which is a group of settings`;
    this.#compared += 1;
    const suggestion = this.#compared <= MOST_COMPARED ? didYouMean(key, settings.keys()) : undefined;
    const hint = suggestion === undefined ? '' : ` (${suggestion.replace('Did', 'did')})`;
    return `refers to ${key}, which is not a setting${hint}`;
  }
}

function inProgress(layer: Layer): LayerInProgress {
  const above = new Map<Key, { readonly entry?: Entry }>();
  const { name, empty } = layer;
  const entries = new OverlaidEntries(() => layer.entries, above);
  return { name, entries, problems: new Map(layer.problems), above, ...(empty && { empty }) };
}
