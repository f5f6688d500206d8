import { frozenCopy, isPlainObject } from './json/value.ts';
import type { Key } from './key.ts';
import {
  type Entry,
  type ExpressionPart,
  type Layer,
  type LayerName,
  type Origin,
  plainOrigin,
  REDACTED,
  redact,
} from './layer.ts';
import { memberOrigin, type RankedEntry, rankedEntries, resolveSetting, validEntries } from './resolve.ts';

import { findMember, type MemberKey, memberIn } from './schema/member-path.ts';
import type { Schema } from './schema/schema.ts';
import type { Setting } from './schema/setting.ts';

/** The entry of one layer for a setting. */
export interface ExplainedCandidate extends Origin {
  /** The text as it was written, where it was text. */
  readonly raw?: string;
  /** The value that it provides; absent if its text has none. */
  readonly value: unknown;
  /** `merged`: below the winner, but some members of an `Object` come from here. `empty`: a text that has no value. */
  readonly state: 'wins' | 'merged' | 'shadowed' | 'empty' | 'invalid';
  /** Why it is invalid. */
  readonly problem?: string;
  /** What the value was computed from by its references, or by the function of a derived default. */
  readonly computedFrom?: readonly ExplainedPart[];
}

/** A value that another one was computed from. */
export interface ExplainedPart {
  /** Its name in a reference: `data_dir`, `env:HOME`, `file:/run/secrets/token`. */
  readonly name: string;
  /** Absent if it has none; redacted if it is sensitive. */
  readonly value?: unknown;
  /** Where it was written; absent if it has no value. */
  readonly origin?: Origin;
  /** What this value itself was computed from. */
  readonly computedFrom?: readonly ExplainedPart[];
}

/** Where the value of a setting comes from, and the entries of all layers. Values of sensitive settings are redacted. */
export interface Explanation {
  /** The setting. */
  readonly key: Key;
  /** The value in effect. */
  readonly value: unknown;
  /** Whether values and raw texts are replaced by `********`. */
  readonly redacted: boolean;
  /** What the setting is for. */
  readonly doc?: string;
  /** `nat`, `number`, `"debug" | "info"`; absent for a setting that the schema does not have. */
  readonly format?: string;
  /** Absent where no layer has a valid entry. */
  readonly winner?: Origin;
  /** The value of a setting with `reload: false` at the next start, where it differs from the value now. */
  readonly atNextStart?: { readonly value: unknown; readonly winner?: Origin };
  /** Whether the setting must have a value: the program does not start without one. Absent if it need not. */
  readonly required?: true;
  /** The value without the winner. */
  readonly without?: { readonly layer: LayerName; readonly value: unknown };
  /** Highest layer first; only layers that have an entry. */
  readonly candidates: readonly ExplainedCandidate[];
}

/** How a setting is explained. */
export interface ExplainOptions {
  /** The layer whose entry is left out, such as `env`. */
  readonly without?: LayerName;
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
}

/** Explains one setting of a schema, or one member of it. One that waits for the next start has its old value. */
export function explain(key: Key, { schema, layers, waiting, member }: ExplainInput): Explanation {
  const explanation = member ? explainMember(key, member, layers) : explainLayers(key, schema, layers);
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
    setting?.combines ? resolveSetting(setting, from) : frozenCopy(ranked?.entry.value);
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
  const value = redact(entry.value, redacted);
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
  const [part, ...others] = parts;
  return part !== undefined && others.length === 0 && (written === part.name || written === `\${${part.name}}`);
}

/** The entries for a member are those of the layers that have it; of nested objects, all have a part in the value. */
function explainMember(key: Key, { setting, path: text }: MemberKey, layers: readonly Layer[]): Explanation {
  const redacted = setting.sensitive;
  const found = findMember(resolveSetting(setting, layers), text);
  const path = found?.path ?? [];
  const all = validEntries(rankedEntries(setting.key, layers)).flatMap(({ entry, layer }) => {
    const value = memberIn(entry.value, path);
    return value === undefined ? [] : { layer, value, origin: memberOrigin(setting.key, path, [layer]) };
  });
  const [winner, next] = all;
  const without = winner && memberIn(resolveSetting(setting, layersBelow(winner.layer, layers)), path);
  return {
    key,
    value: redact(found?.value, redacted),
    redacted,
    ...(winner?.origin && { winner: winner.origin }),
    ...(next && { without: { layer: next.layer.name, value: redact(without, redacted) } }),
    candidates: all.flatMap(({ value, origin }, i) => {
      const isMerged = setting.combines && isPlainObject(value) && isPlainObject(found?.value);
      const state = i === 0 ? 'wins' : isMerged ? 'merged' : 'shadowed';
      return origin ? { ...origin, value: redact(value, redacted), state } : [];
    }),
  };
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
  return setting?.combines && ranked.entry.value !== null ? 'merged' : 'shadowed';
}
