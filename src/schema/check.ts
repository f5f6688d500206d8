import { isPlainObject, jsonProblem, MAX_DEPTH, plainJson } from '../json/value.ts';
import type { Key } from '../key.ts';
import {
  type Entry,
  type Layer,
  type LayerEntries,
  type LayerName,
  type Origin,
  OverlaidEntries,
  REDACTED,
  type SettingRef,
  type TextPart,
  writtenJson,
} from '../layer.ts';
import { type DecodeResult, decode, decodeJson } from './decode.ts';
import { ExpressionEntry } from './expression.ts';
import { constraintProblem, formatProblem, formatProblems, needsNoCheck, type ValueCheck } from './format-check.ts';
import { type MemberPath, memberPathText, withNamesOf } from './member-path.ts';
import { decodeMembers, type MembersResult, type ValueBelow } from './members.ts';
import type { Schema } from './schema.ts';
import type { Setting } from './setting.ts';

/** The checked value, or why it is refused: a clause that follows the name of the setting. */
export type CheckResult = { readonly value: unknown } | { readonly problem: string };

/** Checks one typed value by its setting's format, then by the setting's constraints. */
export function check(setting: Setting, input: unknown): CheckResult {
  if (isRedacted(setting, input)) return { problem: REDACTED_PROBLEM };
  const one: ValueCheck = { setting, input, value: input };
  const problem =
    setting.items || setting.members
      ? checkAll([one]).get(one)
      : (formatProblem(one) ?? constraintProblem(setting, one.value));
  return problem === undefined ? { value: one.value } : { problem };
}

/** Checks many at once: sets the `value` of those that are accepted, and gives the problem of each that is not. */
export function checkAll(cases: readonly ValueCheck[]): ReadonlyMap<ValueCheck, string> {
  const problems = formatProblems(cases);
  const wholes: ValueCheck[] = [];
  for (const one of cases) {
    if (isRedacted(one.setting, one.input)) problems.set(one, REDACTED_PROBLEM);
    const problem = problems.has(one) ? undefined : constraintProblem(one.setting, one.value);
    if (problem !== undefined) problems.set(one, problem);
    else if (!problems.has(one) && hasParts(one)) wholes.push(one);
  }
  if (wholes.length > 0) checkParts(wholes, problems);
  return problems;
}

function hasParts({ setting: { items, members }, value }: ValueCheck): boolean {
  return items ? Array.isArray(value) : members !== undefined && isPlainObject(value);
}

const REDACTED_PROBLEM = `must be the value itself and not ${REDACTED}, which varve shows in place of it`;

/** Whether a redacted text was copied to where the value of a sensitive setting belongs, also inside an `Object`. */
function isRedacted({ sensitive }: Setting, value: unknown): boolean {
  return sensitive && hasText(value, REDACTED);
}

function hasText(value: unknown, text: string, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return value === text;
  return depth <= MAX_DEPTH && Object.values(value).some((member) => hasText(member, text, depth + 1));
}

/** The checks of the elements of a list, or of the members of an object, with their names for messages. */
type PartChecks = ReadonlyMap<string | number, ValueCheck>;

/** Checks the elements or members of all values at once, and puts the typed ones into the value. */
function checkParts(wholes: readonly ValueCheck[], problems: Map<ValueCheck, string>): void {
  const parts = new Map<ValueCheck, PartChecks>();
  for (const whole of wholes) {
    const checks = partChecks(whole);
    if (typeof checks === 'string') problems.set(whole, checks);
    else parts.set(whole, checks);
  }
  const refused = checkAll([...parts.values()].flatMap((checks) => [...checks.values()]));
  for (const [whole, checks] of parts) {
    const first = refused.size === 0 ? undefined : [...checks].find(([, one]) => refused.has(one));
    if (first) problems.set(whole, `${partName(first[0])} ${refused.get(first[1])}`);
    else if (Array.isArray(whole.value)) whole.value = Array.from(checks.values(), ({ value }) => value);
    else whole.value = Object.fromEntries(Array.from(checks, ([member, { value }]) => [member, value]));
  }
}

/** The checks of the parts of a value; or why the first part that is refused is. */
function partChecks({ setting: { items, members }, value }: ValueCheck): PartChecks | string {
  const setting = (items ?? members) as Setting;
  const checks = new Map<string | number, ValueCheck>();
  for (const [name, written] of Array.isArray(value) ? value.entries() : Object.entries(value as object)) {
    const decoded = typed(setting, written);
    if ('problem' in decoded) return `${partName(name)} ${decoded.problem}`;
    checks.set(name, { setting, input: decoded.value, value: decoded.value });
  }
  return checks;
}

function partName(name: string | number): string {
  return typeof name === 'number' ? `element ${name + 1}` : `member ${JSON.stringify(name)}`;
}

/**
 * The JSON that is edited, compared and hashed instead of a value that JSON can't hold, such as a `Map` or a `Date`: the first
 * of `sources` that is JSON. `sources` are the texts and values that the value was made of. `undefined` if the value is JSON.
 */
export function jsonForm(setting: Setting, value: unknown, sources: readonly unknown[]): unknown {
  if (!setting.canTransform || isScalar(value) || value instanceof RegExp || isJson(value)) return undefined;
  return sources.find((source) => source !== undefined && isJson(source)) ?? plainJson(value);
}

function isScalar(value: unknown): boolean {
  return value === null || ['string', 'number', 'boolean', 'undefined'].includes(typeof value);
}

function isJson(value: unknown): boolean {
  return jsonProblem(value) === undefined;
}

/** The entries of one source before they are checked. */
export interface LayerInput {
  readonly name: LayerName;
  /** The name in `LAYERS` that includes this layer: `file` for a base file. Default: `name`. */
  readonly kind?: LayerName | undefined;
  readonly entries: LayerEntries;
  /** The entries that have no value. */
  readonly empty?: ReadonlyMap<Key, Entry>;
  /** The value of the layers below, which the paths of single members lead into. */
  readonly below: (setting: Setting) => ValueBelow;
}

/**
 * A source's layer with every entry typed and checked, or with the reason why it is refused. Settings that the schema
 * does not have are taken as they are.
 */
export function checkLayer(schema: Schema, { name, kind = name, entries, empty, below }: LayerInput): Layer {
  const syntax = schema.syntaxOf?.(kind, name);
  const computed = new Set<Key>();
  const problems = new Map<Key, string>();
  const changed = new Map<FoundEntry, Entry | undefined>();
  const allEmpty = new Map(empty);
  const cases: EntryCase[] = [];
  const all = foundEntries(schema, entries, syntax !== undefined);
  for (const one of all) {
    const { setting, entry } = one;
    const decoded = entry.problem === undefined ? decodedValue(setting, entry, below) : { problem: entry.problem };
    const written = syntax && writtenIn(entry, decoded);
    if (setting && syntax?.has(written)) {
      computed.add(setting.key);
      changed.set(one, new ExpressionEntry(entry, written, syntax));
    } else if ('problem' in decoded) problems.set(keyOf(one), decoded.problem);
    else if (setting && decoded.value !== undefined) {
      const origins = 'origins' in decoded ? decoded.origins : undefined;
      cases.push({ setting, one, origins, input: decoded.value, value: decoded.value });
    } else if (entry.members) {
      allEmpty.set(keyOf(one), entry);
      changed.set(one, undefined);
    } else if (decoded.value !== entry.value) changed.set(one, new TypedEntry(entry, decoded.value));
  }
  const refused = checkAll(cases);
  for (const asked of cases) {
    const { one, value, origins } = asked;
    const problem = refused.size === 0 ? undefined : refused.get(asked);
    if (problem !== undefined) problems.set(keyOf(one), problem);
    if (value === one.entry.value) continue;
    const json = jsonForm(asked.setting, value, [asked.input, one.entry.value, one.entry.raw]);
    changed.set(one, new TypedEntry(one.entry, value, { origins, json }));
  }
  return {
    name,
    entries: withChanged(entries, all, changed),
    problems,
    ...(allEmpty.size > 0 && { empty: allEmpty }),
    ...(computed.size > 0 && { computed }),
  };
}

/** What may have references in it: the value as it is written, or what repeated flags and single members make of it. */
function writtenIn({ value, raw, parts, members, problem }: Entry, decoded: EntryResult): unknown {
  if (problem !== undefined) return undefined;
  if (parts || members) return 'problem' in decoded ? undefined : decoded.value;
  return value ?? raw;
}

interface EntryCase extends ValueCheck {
  readonly one: FoundEntry;
  readonly origins: ReadonlyMap<string, Origin> | undefined;
}

/** The value of an entry, with the origins of its members where they were given one by one. */
type EntryResult = DecodeResult | MembersResult;

/** The entry of one setting; a setting that the schema does not have is found by its key. */
type FoundEntry = { readonly setting: Setting; readonly key?: undefined; readonly entry: Entry } | UnknownEntry;
type UnknownEntry = { readonly setting: undefined; readonly key: Key; readonly entry: Entry };

function keyOf(found: FoundEntry): Key {
  return found.setting ? found.setting.key : found.key;
}

/** The entries to check. A value that needs no check needs no entry either, unless it may be an expression. */
function foundEntries({ settings }: Schema, entries: LayerEntries, hasExpressions: boolean): readonly FoundEntry[] {
  const all: FoundEntry[] = [];
  const inOrder = settings.values();
  const hasValues = entries.valueFor !== undefined && !hasExpressions;
  for (const { index } of entries.settings ?? inOrder) {
    const setting = inOrder[index];
    if (!setting || (hasValues && needsNoCheck(setting, entries.valueFor?.(setting)))) continue;
    const entry = entries.of(setting);
    if (entry) all.push({ setting, entry });
  }
  for (const key of entries.unknownKeys) {
    const entry = settings.has(key) ? undefined : entries.get(key);
    if (entry) all.push({ setting: undefined, key, entry });
  }
  return all;
}

/** The entries with the typed ones in their place, and without those that have no value. */
function withChanged(
  entries: LayerEntries,
  all: readonly FoundEntry[],
  changed: ReadonlyMap<FoundEntry, Entry | undefined>,
): LayerEntries {
  if (changed.size === 0) return entries;
  if (!(entries instanceof SettingEntries)) {
    const above = [...changed].map(([one, entry]) => [keyOf(one), entry ? { entry } : {}] as const);
    return new OverlaidEntries(() => entries, new Map(above));
  }
  const typed = new SettingEntries();
  for (const one of all) {
    const entry = changed.has(one) ? changed.get(one) : one.entry;
    if (!entry) continue;
    if (one.setting) typed.add(one.setting, entry);
    else typed.addUnknown(one.key, entry);
  }
  return typed;
}

/** The entries of a source that gives few settings, such as the environment. */
export class SettingEntries extends Map<Key, Entry> implements LayerEntries {
  readonly settings: SettingRef[] = [];
  readonly unknownKeys: Key[] = [];
  readonly #byIndex = new Map<number, Entry>();

  /** Adds the entry of a setting. */
  add(setting: SettingRef, entry: Entry): void {
    this.set(setting.key, entry);
    if (!this.#byIndex.has(setting.index)) this.settings.push(setting);
    this.#byIndex.set(setting.index, entry);
  }

  /** Adds the entry of a key that no setting has. */
  addUnknown(key: Key, entry: Entry): void {
    this.set(key, entry);
    this.unknownKeys.push(key);
  }

  of(setting: SettingRef): Entry | undefined {
    return this.#byIndex.get(setting.index);
  }
}

interface TypedEntryOptions {
  readonly origins?: ReadonlyMap<string, Origin> | undefined;
  readonly json?: unknown;
}

/** An entry with the value that its setting makes of it. What its source computes on demand stays to be computed. */
export class TypedEntry implements Entry {
  readonly value: unknown;
  readonly raw?: string;
  readonly json?: unknown;
  readonly #origins: ReadonlyMap<string, Origin> | undefined;
  readonly #source: Entry;

  constructor(source: Entry, value: unknown, { origins, json }: TypedEntryOptions = {}) {
    this.value = value;
    if (json !== undefined) this.json = json;
    this.#origins = origins;
    if (source.raw !== undefined) this.raw = source.raw;
    this.#source = source;
  }

  get source(): Entry {
    return this.#source;
  }

  get isWhole(): boolean | undefined {
    return this.#source.isWhole;
  }

  get written(): unknown {
    return writtenJson(this.#source);
  }

  get origin(): Origin {
    return this.#source.origin;
  }

  get frame(): string | undefined {
    return this.#source.frame;
  }

  memberOrigin(path: MemberPath): Origin | undefined {
    return this.#origins?.get(memberPathText(path)) ?? this.#source.memberOrigin?.(path);
  }
}

/** The entry as its source gave it, to be typed by another setting. */
export function untyped(entry: Entry): Entry {
  if (entry instanceof TypedEntry) return entry.source;
  const { raw, written } = entry;
  if (raw !== undefined || written === undefined) return entry;
  return { origin: entry.origin, value: written };
}

function decodedValue(setting: Setting | undefined, entry: Entry, below: LayerInput['below']): EntryResult {
  if (!setting) return { value: entry.value ?? entry.raw ?? null };
  const { members, parts, raw = '', value } = entry;
  const isText = value === undefined && !members;
  const whole = parts ? decodeParts(setting, parts) : isText ? decode(setting, raw) : typed(setting, value);
  if ('problem' in whole || (!setting.isObject && !members)) return whole;
  const valueBelow = below(setting);
  const named = namedAsBelow(setting, whole.value, valueBelow.value);
  if ('problem' in named || !members) return named;
  return decodeMembers(setting, members, { whole: named.value, below: valueBelow });
}

/** The value with the names that the layers below have for its members. */
export function namedAsBelow(setting: Setting, value: unknown, below: unknown): DecodeResult {
  const named = setting.isObject ? withNamesOf(below, value) : { value };
  return 'problem' in named && setting.sensitive ? { problem: 'must not have two names for one member' } : named;
}

/** The typed value that a file or a program gives: text is decoded where the format takes another type. */
export function typed(setting: Setting, written: unknown): DecodeResult {
  return typeof written === 'string' && setting.format.text !== 'string'
    ? decode(setting, written)
    : { value: written };
}

/** The value of a JSON text, as if it had been written in the file. */
function typedJson(setting: Setting, text: string): DecodeResult {
  const decoded = decodeJson(text);
  return 'problem' in decoded ? decoded : typed(setting, decoded.value);
}

/** A repeated flag appends. */
function decodeParts(setting: Setting, parts: readonly TextPart[]): DecodeResult {
  const value: unknown[] = [];
  for (const { raw, isJson } of parts) {
    const decoded = isJson ? typedJson(setting, raw) : decode(setting, raw, value.length);
    if ('problem' in decoded) return decoded;
    if (!Array.isArray(decoded.value))
      return parts.length === 1 ? decoded : { problem: 'must be lists where it is repeated' };
    value.push(...decoded.value);
  }
  return { value };
}
