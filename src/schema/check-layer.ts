import type { Key } from '../key.ts';
import {
  type Entries,
  type Entry,
  type Layer,
  type LayerName,
  type MemberEntry,
  type Origin,
  OverlaidEntries,
  type SettingRef,
  type TextPart,
  unknownKeysOf,
} from '../layer.ts';
import { checkAll } from './check.ts';
import { type DecodeResult, decode, typed, typedJson } from './decode.ts';
import type { ValueCheck } from './format-check.ts';
import { jsonForm } from './json-form.ts';
import { decodeMembers, type MembersResult, type ValueBelow } from './members.ts';
import type { Schema, Setting } from './setting.ts';

/** The entries of one source before they are checked. */
export interface LayerInput {
  readonly name: LayerName;
  readonly entries: Entries;
  /** The value of the layers below, which the paths of single members lead into. */
  readonly below: (setting: Setting) => ValueBelow;
}

/**
 * A source's layer with every entry typed and checked, or with the reason why it is refused. Settings that the schema
 * does not have are taken as they are.
 */
export function checkLayer(schema: Schema, { name, entries, below }: LayerInput): Layer {
  const problems = new Map<Key, string>();
  const changed = new Map<FoundEntry, Entry>();
  const cases: EntryCase[] = [];
  const all = foundEntries(schema, entries);
  for (const one of all) {
    const { setting, entry } = one;
    const decoded = entry.problem === undefined ? decodedValue(setting, entry, below) : { problem: entry.problem };
    if ('problem' in decoded) problems.set(keyOf(one), decoded.problem);
    else if (setting && decoded.value !== undefined) {
      const origins = 'origins' in decoded ? decoded.origins : undefined;
      cases.push({ setting, one, origins, input: decoded.value, value: decoded.value });
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
  return { name, entries: entries.of ? overlaid(entries, changed) : new CheckedEntries(all, changed), problems };
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

function foundEntries({ settings }: Schema, entries: Entries): readonly FoundEntry[] {
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

interface TypedEntryOptions {
  readonly origins?: ReadonlyMap<string, Origin> | undefined;
  readonly json?: unknown;
}

/** An entry with the value that its setting makes of it. What its source computes on demand stays to be computed. */
export class TypedEntry implements Entry {
  readonly value: unknown;
  readonly raw?: string;
  readonly json?: unknown;
  readonly memberOrigins?: ReadonlyMap<string, Origin>;
  readonly #source: Entry;

  constructor(source: Entry, value: unknown, { origins, json }: TypedEntryOptions = {}) {
    this.value = value;
    if (json !== undefined) this.json = json;
    if (origins) this.memberOrigins = origins;
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

function decodedValue(setting: Setting | undefined, entry: Entry, below: LayerInput['below']): EntryResult {
  if (!setting) return { value: entry.value ?? entry.raw ?? null };
  if (entry.members) return decodedMembers(setting, entry, entry.members, below);
  if (entry.parts) return decodeParts(setting, entry.parts);
  return entry.raw !== undefined && entry.value === undefined
    ? decode(setting, entry.raw)
    : typed(setting, entry.value);
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

/** Members that were given one by one, over the whole value where that was given too. */
function decodedMembers(
  setting: Setting,
  { parts }: Entry,
  members: readonly MemberEntry[],
  below: LayerInput['below'],
): EntryResult {
  const whole = parts ? decodeParts(setting, parts) : { value: undefined };
  return 'problem' in whole ? whole : decodeMembers(setting, members, { whole: whole.value, below: below(setting) });
}
