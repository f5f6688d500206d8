import { isPlainObject, type JsonObject, RESERVED_NAME, valueAt } from '../json/value.ts';
import type { Key } from '../key.ts';
import { segments } from '../key.ts';
import {
  type Entries,
  type Entry,
  type Layer,
  type LayerName,
  type Origin,
  OverlaidEntries,
  type SettingRef,
  unknownKeysOf,
} from '../layer.ts';
import { checkAll } from './check.ts';
import { type DecodeResult, decode, decodeMember, typed } from './decode.ts';
import type { ValueCheck } from './format-check.ts';
import type { Schema, Setting } from './setting.ts';

/** What a source says before it is checked. */
export interface LayerInput {
  readonly name: LayerName;
  readonly entries: Entries;
  /** What the layers below make of an `Object`; its members tell of which type the texts of single members are. */
  readonly below: (key: Key) => unknown;
}

/**
 * A source's layer with every entry typed and checked, or with the reason why it is refused. Settings that the schema
 * does not have are taken as they are.
 */
export function checkLayer(schema: Schema, { name, entries, below }: LayerInput): Layer {
  const problems = new Map<Key, string>();
  const changed = new Map<FoundEntry, Entry>();
  const cases: EntryCase[] = [];
  const all = said(schema, entries);
  for (const one of all) {
    const { setting, entry } = one;
    const decoded = entry.problem === undefined ? decodedValue(setting, entry, below) : { problem: entry.problem };
    if ('problem' in decoded) problems.set(keyOf(one), decoded.problem);
    else if (setting && decoded.value !== undefined)
      cases.push({ setting, one, input: decoded.value, value: decoded.value });
    else if (decoded.value !== entry.value) changed.set(one, new TypedEntry(entry, decoded.value));
  }
  const refused = checkAll(cases);
  for (const asked of cases) {
    const { one, value } = asked;
    const problem = refused.size === 0 ? undefined : refused.get(asked);
    if (problem !== undefined) problems.set(keyOf(one), problem);
    if (value !== one.entry.value) changed.set(one, new TypedEntry(one.entry, value));
  }
  return { name, entries: entries.of ? overlaid(entries, changed) : new CheckedEntries(all, changed), problems };
}

interface EntryCase extends ValueCheck {
  readonly one: FoundEntry;
}

/** What is said of one setting; one that the schema does not have has a key of its own. */
type FoundEntry = { readonly setting: Setting; readonly key?: undefined; readonly entry: Entry } | UnknownEntry;
type UnknownEntry = { readonly setting: undefined; readonly key: Key; readonly entry: Entry };

function keyOf(foundEntries: FoundEntry): Key {
  return foundEntries.setting ? foundEntries.setting.key : foundEntries.key;
}

function said({ settings }: Schema, entries: Entries): readonly FoundEntry[] {
  const all: FoundEntry[] = [];
  if (entries.of) {
    for (const setting of settings.values()) {
      const entry = entries.of(setting);
      if (entry) all.push({ setting, entry });
    }
  }
  for (const key of unknownKeysOf(entries)) {
    const setting = settings.get(key);
    const entry = setting && entries.of ? undefined : entries.get(key);
    if (entry) all.push(setting ? { setting, entry } : { setting, key, entry });
  }
  return all;
}

function overlaid(entries: Entries, changed: ReadonlyMap<FoundEntry, Entry>): Entries {
  if (changed.size === 0) return entries;
  return new OverlaidEntries(() => entries, new Map([...changed].map(([one, entry]) => [keyOf(one), { entry }])));
}

/** The entries of a source that gives them by their keys, found by their settings too. */
class CheckedEntries extends Map<Key, Entry> implements Entries {
  readonly #bySetting = new Map<SettingRef, Entry>();

  constructor(all: readonly FoundEntry[], changed: ReadonlyMap<FoundEntry, Entry>) {
    super();
    for (const one of all) {
      const entry = changed.get(one) ?? one.entry;
      this.set(keyOf(one), entry);
      if (one.setting) this.#bySetting.set(one.setting, entry);
    }
  }

  of(setting: SettingRef): Entry | undefined {
    return this.#bySetting.get(setting);
  }
}

/** An entry with the value that its setting makes of it. What its source computes on demand stays to be computed. */
class TypedEntry implements Entry {
  readonly value: unknown;
  readonly raw?: string;
  readonly #source: Entry;

  constructor(source: Entry, value: unknown) {
    this.value = value;
    if (source.raw !== undefined) this.raw = source.raw;
    this.#source = source;
  }

  get written(): unknown {
    return this.#source.written ?? this.#source.value;
  }

  get origin(): Origin {
    return this.#source.origin;
  }

  get frame(): string | undefined {
    return this.#source.frame;
  }
}

function decodedValue(setting: Setting | undefined, entry: Entry, below: (key: Key) => unknown): DecodeResult {
  if (!setting) return { value: entry.value ?? entry.raw ?? null };
  if (entry.members) return decodeMembers(setting, entry, entry.members, below(setting.key));
  if (entry.parts) return decodeParts(setting, entry.parts);
  return entry.raw !== undefined && entry.value === undefined
    ? decode(setting, entry.raw)
    : typed(setting, entry.value);
}

/** A repeated flag appends. */
function decodeParts(setting: Setting, parts: readonly string[]): DecodeResult {
  const value: unknown[] = [];
  for (const part of parts) {
    const decoded = decode(setting, part, value.length);
    if ('problem' in decoded) return decoded;
    if (!Array.isArray(decoded.value))
      return parts.length === 1 ? decoded : { problem: 'must be lists where it is repeated' };
    value.push(...decoded.value);
  }
  return { value };
}

/** An `Object` whose members were given one by one, over the whole where that was given too. */
function decodeMembers(
  setting: Setting,
  entry: Entry,
  members: ReadonlyMap<string, string>,
  below: unknown,
): DecodeResult {
  const whole: DecodeResult = entry.parts ? decode(setting, entry.parts.at(-1) ?? '') : { value: {} };
  if ('problem' in whole) return whole;
  let value = whole.value as JsonObject;
  for (const [member, text] of members) {
    const path = segments(member);
    if (path.includes(RESERVED_NAME)) return { problem: `must not have a member called ${RESERVED_NAME}` };
    const decoded = decodeMember(text, valueAt(below, path));
    // An empty variable has no value; an empty flag is refused before.
    if ('problem' in decoded && text === '') continue;
    if ('problem' in decoded) return { problem: `has a member ${member} that ${decoded.problem}` };
    value = withMember(value, path, decoded.value);
  }
  return { value };
}

function withMember(object: unknown, path: readonly string[], value: unknown): JsonObject {
  const [name = '', ...rest] = path;
  const members = isPlainObject(object) ? object : {};
  const inner = Object.hasOwn(members, name) ? members[name] : undefined;
  return { ...members, [name]: rest.length === 0 ? value : withMember(inner, rest, value) };
}
