import { combinedValue, type EntryReader } from './combine.ts';
import type { ExplainedCandidate, ExplainedPart, Explanation } from './explanation.ts';
import { frozenCopy, isPlainObject } from './json/value.ts';
import type { Key } from './key.ts';
import {
  type Entry,
  type ExpressionPart,
  jsonOf,
  type Layer,
  type LayerName,
  type Origin,
  plainOrigin,
  REDACTED,
  redact,
} from './layer.ts';
import { findMember, type MemberKey, type MemberPath, type MemberValue, memberIn } from './schema/member-path.ts';
import type { ValueBelow } from './schema/members.ts';
import type { Schema } from './schema/schema.ts';
import type { Setting } from './schema/setting.ts';

/** The entry of one layer for one setting. */
export interface RankedEntry {
  readonly layer: Layer;
  readonly entry: Entry;
  /** Why it is refused. */
  readonly problem?: string;
  /** Whether it is an empty text that has no value. */
  readonly isEmpty?: true;
}

function valueIn({ value }: Entry): unknown {
  return value;
}

/** The value of one setting: that of the highest layer with a valid entry. */
export function resolveSetting(setting: Setting, layers: readonly Layer[], readEntry: EntryReader = valueIn): unknown {
  for (let i = layers.length - 1; i >= 0; i--) {
    const { entries, problems } = layers[i] as Layer;
    const entry = entries.of(setting);
    if (entry === undefined || (problems.size > 0 && problems.has(setting.key))) continue;
    const value = readEntry(entry);
    if (typeof value !== 'object') return value;
    return frozenCopy(setting.combines ? combinedValue(setting, { layers, from: i, entry, readEntry }) : value);
  }
  return undefined;
}

/** The highest valid entry of a setting. */
export function winner(key: Key, layers: readonly Layer[]): Entry | undefined {
  for (let i = layers.length - 1; i >= 0; i--) {
    const { entries, problems } = layers[i] as Layer;
    const entry = problems.has(key) ? undefined : entries.get(key);
    if (entry) return entry;
  }
  return undefined;
}

/** The value of one setting, or of an unknown key that counts as one. */
export function resolveKey(key: Key, { settings }: Schema, layers: readonly Layer[]): unknown {
  const setting = settings.get(key);
  return setting ? resolveSetting(setting, layers) : winner(key, layers)?.value;
}

/** The entries of all layers for one setting, highest first. */
export function rankedEntries(key: Key, layers: readonly Layer[]): readonly RankedEntry[] {
  const found: RankedEntry[] = [];
  for (let i = layers.length - 1; i >= 0; i--) {
    const layer = layers[i] as Layer;
    const entry = layer.entries.get(key);
    const problem = layer.problems.get(key);
    const empty = layer.empty?.get(key);
    if (entry) found.push(problem === undefined ? { layer, entry } : { layer, entry, problem });
    else if (empty) found.push({ layer, entry: empty, isEmpty: true });
  }
  return found;
}

/** Where a member of a setting's value was written: in the highest layer that has it. */
export function memberOrigin(key: Key, path: MemberPath, layers: readonly Layer[]): Origin | undefined {
  const all = validEntries(rankedEntries(key, layers));
  const found = all.find(({ entry }) => memberIn(entry.value, path) !== undefined);
  return found && plainOrigin(found.entry.memberOrigin?.(path) ?? found.entry.origin);
}

/** What the layers below the layer `name` provide for a setting. */
export function valueBelow(layers: readonly Layer[], name: LayerName): (setting: Setting) => ValueBelow {
  const index = layers.findIndex((layer) => layer.name === name);
  const below = layers.slice(0, index);
  return (setting) => ({
    value: resolveSetting(setting, below),
    originOf: (path) => memberOrigin(setting.key, path, layers.slice(0, index + 1)),
  });
}

/** Those that have a valid value, highest first. */
export function validEntries(all: readonly RankedEntry[]): readonly RankedEntry[] {
  const valid: RankedEntry[] = [];
  for (const one of all) if (one.problem === undefined && !one.isEmpty) valid.push(one);
  return valid;
}

/** A setting that keeps the value `before` until the next start. */
export interface WaitingValue {
  readonly before: unknown;
  readonly after: unknown;
  /** The origin of `before`. */
  readonly from?: Origin;
}

/** What a setting is explained from: the layers, lowest first, and whether it waits for the next start. */
export interface ExplainInput {
  readonly schema: Schema;
  readonly layers: readonly Layer[];
  readonly waiting?: WaitingValue | undefined;
  /** The setting that the key leads into, if it is not that of a setting. */
  readonly member?: MemberKey | undefined;
  /** Resolves a setting that has members; one that remembers its values explains many members in one pass. */
  readonly resolve?: SettingResolver | undefined;
}

/** The value of a setting by the layers, lowest first. */
type SettingResolver = (setting: Setting, layers: readonly Layer[]) => unknown;

/** Remembers the value of each setting. Valid as long as the layers do not change. */
export function rememberedValues(): SettingResolver {
  const known = new Map<string, unknown>();
  return (setting, layers) => {
    const name = `${layers.length} ${setting.key}`;
    if (!known.has(name)) known.set(name, resolveSetting(setting, layers));
    return known.get(name);
  };
}

/** Explains one setting of a schema, or one member of it. One that waits for the next start has its old value. */
export function explain(
  key: Key,
  { schema, layers, waiting, member, resolve = resolveSetting }: ExplainInput,
): Explanation {
  const explanation = member ? explainMember(key, member, { layers, resolve }) : explainLayers(key, schema, layers);
  if (!waiting) return explanation;
  const { winner, ...others } = explanation;
  const atNextStart = { value: waiting.after, ...(winner && { winner }) };
  return { ...others, value: waiting.before, ...(waiting.from && { winner: waiting.from }), atNextStart };
}

function explainLayers(key: Key, schema: Schema, layers: readonly Layer[]): Explanation {
  const setting = schema.settings.get(key);
  const redacted = setting?.sensitive === true;
  const all = rankedEntries(key, layers);
  const [winner, next] = validEntries(all);
  /** The value if `ranked` is the highest valid one of `from`. */
  const valueFor = (ranked: RankedEntry | undefined, from: readonly Layer[]): unknown =>
    setting?.combines ? resolveSetting(setting, from, jsonOf) : frozenCopy(ranked?.entry.json ?? ranked?.entry.value);
  return {
    key,
    value: redact(valueFor(winner, layers), redacted),
    redacted,
    ...(setting?.node.doc !== undefined && { doc: setting.node.doc }),
    ...(setting && { format: setting.format.name }),
    ...(setting?.required && { required: true as const }),
    ...(winner && { winner: plainOrigin(winner.entry.origin) }),
    ...(winner &&
      next && {
        without: { layer: next.layer.name, value: redact(valueFor(next, layersBelow(winner.layer, layers)), redacted) },
      }),
    candidates: all.map((ranked) => candidate(ranked, stateOf(ranked, winner, setting), redacted)),
  };
}

function candidate(
  { entry, problem }: RankedEntry,
  state: ExplainedCandidate['state'],
  redacted: boolean,
): ExplainedCandidate {
  const { layer, name, location } = entry.origin;
  const value = redact(entry.json ?? entry.value, redacted);
  // Most entries have neither text nor problem; to spread what is absent takes longer than all else of a change.
  if (entry.raw === undefined && problem === undefined && !entry.computedFrom)
    return { layer, name, location, value, state };
  return {
    layer,
    name,
    location,
    ...(entry.raw !== undefined && { raw: redacted ? REDACTED : entry.raw }),
    value,
    state,
    ...(problem !== undefined && { problem }),
    ...(entry.computedFrom && computation(entry, redacted)),
  };
}

/**
 * What an entry was computed from, and the text with the references. A sensitive setting hides the text if it has other parts,
 * which may be secret, and variables and files, as no setting hides them.
 */
function computation(
  { computedFrom = [], written }: Entry,
  redacted: boolean,
): Pick<ExplainedCandidate, 'raw' | 'computedFrom'> {
  const explained = (part: ExpressionPart, isHidden: boolean): ExplainedPart => {
    const { name, value, origin, computedFrom: inner = [] } = part;
    const isRedacted = part.redacted || (isHidden && /^(?:env|file):/.test(name));
    return {
      name,
      ...(value !== undefined && { value: redact(value, isRedacted) }),
      ...(origin && { origin }),
      ...(inner.length > 0 && { computedFrom: inner.map((one) => explained(one, part.redacted)) }),
    };
  };
  return {
    ...(typeof written === 'string' && { raw: redacted && !isNameAlone(written, computedFrom) ? REDACTED : written }),
    ...(computedFrom.length > 0 && { computedFrom: computedFrom.map((part) => explained(part, redacted)) }),
  };
}

/** Whether a text is one reference, or a text of a resolver, and nothing else. */
function isNameAlone(written: string, parts: readonly ExpressionPart[]): boolean {
  return parts.some(({ name }) => written === name || written === `\${${name}}`);
}

/** Explains a member by the layers that have it. If it is an object that is merged, all of them contribute to its value. */
function explainMember(
  key: Key,
  { setting, path: text }: MemberKey,
  { layers, resolve }: { readonly layers: readonly Layer[]; readonly resolve: SettingResolver },
): Explanation {
  const redacted = setting.sensitive;
  const entries = validEntries(rankedEntries(setting.key, layers));
  const found = findMember(resolve(setting, layers), text);
  // A value that has no members may be above those that have this one.
  const path = (found ?? highestMember(entries, text))?.path ?? [];
  const all = entries.flatMap(({ entry, layer }) => {
    const value = memberIn(entry.value, path);
    return value === undefined ? [] : { layer, value, origin: memberOrigin(setting.key, path, [layer]) };
  });
  const hasValue = found?.value !== undefined;
  const [winner, next] = hasValue ? all : [];
  const without = winner && memberIn(resolve(setting, layersBelow(winner.layer, layers)), path);
  return {
    key,
    value: redact(found?.value, redacted),
    redacted,
    ...(winner?.origin && { winner: winner.origin }),
    ...(next && { without: { layer: next.layer.name, value: redact(without, redacted) } }),
    candidates: all.flatMap(({ value, origin }, i) => {
      const isMerged = setting.combines && isPlainObject(value) && isPlainObject(found?.value);
      const state = hasValue && i === 0 ? 'wins' : isMerged ? 'merged' : 'shadowed';
      return origin ? { ...origin, value: redact(value, redacted), state } : [];
    }),
  };
}

function highestMember(entries: readonly RankedEntry[], text: string): MemberValue | undefined {
  const members = entries.map(({ entry }) => findMember(entry.value, text));
  return members.find((member) => member?.value !== undefined);
}

function layersBelow(layer: Layer, layers: readonly Layer[]): readonly Layer[] {
  return layers.slice(0, layers.indexOf(layer));
}

function stateOf(
  ranked: RankedEntry,
  winner: RankedEntry | undefined,
  setting: Setting | undefined,
): ExplainedCandidate['state'] {
  if (ranked.problem !== undefined) return 'invalid';
  if (ranked.isEmpty) return 'empty';
  if (ranked === winner) return 'wins';
  const isMerged = setting?.combines && winner?.entry.isWhole !== true && ranked.entry.value !== null;
  return isMerged ? 'merged' : 'shadowed';
}
