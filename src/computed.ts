import type { Issue } from './errors.ts';
import { frozenCopy } from './json/value.ts';
import { didYouMean, type Key } from './key.ts';
import {
  type Entry,
  type Expression,
  type ExpressionPart,
  type ExpressionScope,
  type Layer,
  type Origin,
  OverlaidEntries,
  plainOrigin,
} from './layer.ts';
import { memberOrigin, rankedEntries, resolveSetting, validEntries } from './resolve.ts';
import { check, jsonForm, typed } from './schema/check.ts';
import { findMember, memberKey } from './schema/member-path.ts';
import { NoResult } from './schema/reference.ts';
import { type Schema, withSensitive } from './schema/schema.ts';
import { variableOf } from './schema/setting.ts';

/** What expressions read outside of the settings. */
export interface ExpressionInputs {
  variable(name: string): string | undefined;
  /** The text of a file, or why there is none. */
  file(path: string): FileInput;
  /** The keys that the resolver of a scheme needs. */
  needs(scheme: string): readonly Key[];
  /** What a resolver has for a text; `undefined` where that is still to be found out. */
  text(request: TextRequest): TextResult | undefined;
}

/** What a resolver is asked for. */
export interface TextRequest {
  readonly scheme: string;
  readonly name: string;
  /** The values of the settings that the resolver needs. */
  readonly needs: readonly ExpressionPart[];
}

/** The value of a text; or a clause on why there is none, which follows the text. `isFailure`: it may exist all the same. */
export type TextResult = { readonly value: unknown } | { readonly problem: string; readonly isFailure?: true };

/** Inputs that are read again before the new texts are used. */
export interface ReloadableInputs extends ExpressionInputs {
  /** The same inputs with every file read again. This one keeps its texts until {@link accept}. */
  again(): ExpressionInputs;
  /** Uses the texts that the last `again` has read. */
  accept(): void;
  /** What is uncertain about the inputs in use. */
  readonly warnings?: readonly Issue[];
  /** Finds out what `compute` lacks, for these inputs of a reload if given; a promise while that has to be waited for. */
  prepare?(compute: (inputs: ExpressionInputs) => void, again?: ExpressionInputs): Promise<void> | undefined;
}

/** The text of a file; `undefined` if it does not exist. */
export type FileInput = { readonly text: string | undefined; readonly location: string } | { readonly problem: string };

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

/** Thrown where a computation needs a text that is not known yet. */
const UNFINISHED = new NoResult('has to be waited for');

/** How many references may follow each other. */
const MOST_STEPS = 100;

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

  constructor(given: readonly Layer[], computed: ReadonlyMap<Key, readonly number[]>, options: ComputeOptions) {
    this.#given = given;
    this.#computed = computed;
    this.#options = options;
    this.#layers = given.map((layer) => (layer.computed === undefined ? layer : inProgress(layer)));
  }

  result(): ComputedLayers {
    for (const key of this.#computed.keys()) this.#compute(key);
    // Entries below the winner have no part in the value, only in its explanation.
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

  /** Computes the entries that have a part in the value of a setting. */
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
    const scope = new Scope(key, this);
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
    { expression, scope }: { readonly expression: Expression; readonly scope: Scope },
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
    const origin = found ? memberOrigin(setting.key, found.path, this.#layers) : winner?.entry.origin;
    return {
      name: key,
      redacted: kept?.sensitive === true || this.isSensitive(setting.key),
      ...(value !== undefined && { value }),
      ...(origin && value !== undefined && { origin: plainOrigin(origin) }),
      ...(winner?.entry.computedFrom && { computedFrom: winner.entry.computedFrom }),
    };
  }

  missing(key: Key): string {
    const problem = this.#layers.findLast(({ problems }) => problems.has(key))?.problems.get(key);
    const reason = problem?.startsWith('refers ') ? `, because it ${problem}` : '';
    return `refers to ${key}, which has no value${reason}`;
  }

  /** Whether a setting may show the content of a file: only if its declaration says so. */
  showsFiles(key: Key): boolean {
    return this.#options.schema.settings.get(key)?.node.sensitive === false;
  }

  #unknown(key: Key): string {
    const { settings, groups } = this.#options.schema;
    if (groups.has(key)) return `refers to ${key}, which is a group of settings`;
    const suggestion = didYouMean(key, settings.keys());
    const hint = suggestion === undefined ? '' : ` (${suggestion.replace('Did', 'did')})`;
    return `refers to ${key}, which is not a setting${hint}`;
  }

  variablePart(name: string): ExpressionPart {
    const { inputs, schema } = this.#options;
    const value = inputs.variable(name);
    const origin: Origin = { layer: 'env', name, location: 'process.env' };
    return {
      name: `env:${name}`,
      redacted: isSecretVariable(name, schema),
      ...(value !== undefined && { value, origin }),
    };
  }

  filePart(path: string): ExpressionPart {
    const file = this.#options.inputs.file(path);
    if ('problem' in file) throw new NoResult(`refers to ${path}, which ${file.problem}`);
    const { text, location } = file;
    const origin: Origin = { layer: 'file', name: path, location };
    return { name: `file:${path}`, redacted: true, ...(text !== undefined && { value: text, origin }) };
  }

  /** What the resolver of a scheme has for a name, with what it needs as the parts of it. */
  textPart(scheme: string, name: string): { readonly part: ExpressionPart; readonly problem?: string } {
    const { inputs } = this.#options;
    const needs = inputs.needs(scheme).map((key) => this.partOf(key));
    const text = `${scheme}:${name}`;
    const part: ExpressionPart = { name: text, redacted: true, ...(needs.length > 0 && { computedFrom: needs }) };
    const missing = needs.find(({ value }) => value === undefined);
    if (missing) return { part, problem: `refers to ${text}, which needs ${missing.name}, and that has no value` };
    const result = inputs.text({ scheme, name, needs });
    if (result === undefined) throw UNFINISHED;
    if ('problem' in result) return { part, problem: `refers to ${text}, which ${result.problem}` };
    return { part: { ...part, value: result.value } };
  }
}

/** What the expression of one entry reads. */
class Scope implements ExpressionScope {
  readonly parts: ExpressionPart[] = [];
  readonly #key: Key;
  readonly #computation: Computation;

  constructor(key: Key, computation: Computation) {
    this.#key = key;
    this.#computation = computation;
  }

  get isSensitive(): boolean {
    const showsFiles = this.#computation.showsFiles(this.#key);
    const isSecret = ({ name, redacted }: ExpressionPart): boolean =>
      redacted && !(showsFiles && name.startsWith('file:'));
    return this.#computation.isSensitive(this.#key) || this.parts.some(isSecret);
  }

  setting(key: Key): unknown {
    return this.#addPart(this.#computation.partOf(key));
  }

  variable(name: string): string | undefined {
    return this.#addPart(this.#computation.variablePart(name)) as string | undefined;
  }

  file(path: string): string | undefined {
    return this.#addPart(this.#computation.filePart(path)) as string | undefined;
  }

  missing(key: Key): string {
    return this.#computation.missing(key);
  }

  resolved(scheme: string, name: string): unknown {
    const { part, problem } = this.#computation.textPart(scheme, name);
    const value = this.#addPart(part);
    if (problem !== undefined) throw new NoResult(problem);
    return value;
  }

  #addPart(part: ExpressionPart): unknown {
    this.parts.push(part);
    return part.value;
  }
}

/** An entry with the value that its expression computed, or without one if it is refused. */
class ComputedEntry implements Entry {
  readonly value?: unknown;
  readonly json?: unknown;
  readonly raw?: string;
  readonly computedFrom: readonly ExpressionPart[];
  readonly #source: Entry;

  constructor(
    source: Entry,
    computedFrom: readonly ExpressionPart[],
    { value, json }: Pick<Entry, 'value' | 'json'> = {},
  ) {
    if (value !== undefined) this.value = value;
    if (json !== undefined) this.json = json;
    this.computedFrom = computedFrom;
    if (source.raw !== undefined) this.raw = source.raw;
    this.#source = source;
  }

  get written(): unknown {
    return this.#source.written;
  }

  get origin(): Origin {
    return this.#source.origin;
  }

  get frame(): string | undefined {
    return this.#source.frame;
  }
}

/** Whether a variable gives a sensitive setting or a member of it, by its present or a deprecated name, or names its file. */
function isSecretVariable(name: string, { settings, prefix, deprecated }: Schema): boolean {
  const present = settings.values().map((setting) => [variableOf(setting, prefix), setting] as const);
  const all = [...present, ...deprecated.variables];
  const owners = all.filter(([variable]) => variable === name);
  if (owners.length > 0) return owners.some(([, { sensitive }]) => sensitive);
  return all.some(([variable, { sensitive, hasMembers }]) => {
    if (!sensitive || variable === undefined) return false;
    return name === `${variable}_FILE` || (hasMembers && name.startsWith(`${variable}__`));
  });
}

function inProgress(layer: Layer): LayerInProgress {
  const above = new Map<Key, { readonly entry?: Entry }>();
  const { name, empty } = layer;
  const entries = new OverlaidEntries(() => layer.entries, above);
  return { name, entries, problems: new Map(layer.problems), above, ...(empty && { empty }) };
}
