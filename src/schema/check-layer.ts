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
import { type Decoded, decode, decodeMember, typed } from './decode.ts';
import type { Case } from './format-check.ts';
import type { Schema, Setting } from './leaf.ts';

/** What a source says before it is checked. */
export interface Unchecked {
  readonly name: LayerName;
  readonly entries: Entries;
  /** What the layers below make of an `Object`; its members tell of which type the texts of single members are. */
  readonly below: (key: Key) => unknown;
}

/**
 * A source's layer with every entry typed and checked, or with the reason why it is refused. Settings that the schema
 * does not have are taken as they are.
 */
export function checkLayer(schema: Schema, { name, entries, below }: Unchecked): Layer {
  const problems = new Map<Key, string>();
  const changed = new Map<Said, Entry>();
  const cases: EntryCase[] = [];
  const all = said(schema, entries);
  for (const one of all) {
    const { leaf, entry } = one;
    const decoded = entry.problem === undefined ? decodedValue(leaf, entry, below) : { problem: entry.problem };
    if ('problem' in decoded) problems.set(keyOf(one), decoded.problem);
    else if (leaf && decoded.value !== undefined) cases.push({ leaf, one, input: decoded.value, value: decoded.value });
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

interface EntryCase extends Case {
  readonly one: Said;
}

/** What is said of one setting; one that the schema does not have has a key of its own. */
type Said = { readonly leaf: Setting; readonly key?: undefined; readonly entry: Entry } | Stranger;
type Stranger = { readonly leaf: undefined; readonly key: Key; readonly entry: Entry };

function keyOf(said: Said): Key {
  return said.leaf ? said.leaf.key : said.key;
}

function said({ leaves }: Schema, entries: Entries): readonly Said[] {
  const all: Said[] = [];
  if (entries.of) {
    for (const leaf of leaves.values()) {
      const entry = entries.of(leaf);
      if (entry) all.push({ leaf, entry });
    }
  }
  for (const key of unknownKeysOf(entries)) {
    const leaf = leaves.get(key);
    const entry = leaf && entries.of ? undefined : entries.get(key);
    if (entry) all.push(leaf ? { leaf, entry } : { leaf, key, entry });
  }
  return all;
}

function overlaid(entries: Entries, changed: ReadonlyMap<Said, Entry>): Entries {
  if (changed.size === 0) return entries;
  return new OverlaidEntries(() => entries, new Map([...changed].map(([one, entry]) => [keyOf(one), { entry }])));
}

/** The entries of a source that gives them by their keys, found by their settings too. */
class CheckedEntries extends Map<Key, Entry> implements Entries {
  readonly #bySetting = new Map<SettingRef, Entry>();

  constructor(all: readonly Said[], changed: ReadonlyMap<Said, Entry>) {
    super();
    for (const one of all) {
      const entry = changed.get(one) ?? one.entry;
      this.set(keyOf(one), entry);
      if (one.leaf) this.#bySetting.set(one.leaf, entry);
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

function decodedValue(leaf: Setting | undefined, entry: Entry, below: (key: Key) => unknown): Decoded {
  if (!leaf) return { value: entry.value ?? entry.raw ?? null };
  if (entry.members) return decodeMembers(leaf, entry, entry.members, below(leaf.key));
  if (entry.parts) return decodeParts(leaf, entry.parts);
  return entry.raw !== undefined && entry.value === undefined ? decode(leaf, entry.raw) : typed(leaf, entry.value);
}

/** A repeated flag appends. */
function decodeParts(leaf: Setting, parts: readonly string[]): Decoded {
  const value: unknown[] = [];
  for (const part of parts) {
    const decoded = decode(leaf, part);
    if ('problem' in decoded) return decoded;
    if (!Array.isArray(decoded.value))
      return parts.length === 1 ? decoded : { problem: 'must be lists where it is repeated' };
    value.push(...decoded.value);
  }
  return { value };
}

/** An `Object` whose members were given one by one, over the whole where that was given too. */
function decodeMembers(leaf: Setting, entry: Entry, members: ReadonlyMap<string, string>, below: unknown): Decoded {
  const whole: Decoded = entry.parts ? decode(leaf, entry.parts.at(-1) ?? '') : { value: {} };
  if ('problem' in whole) return whole;
  let value = whole.value as JsonObject;
  for (const [member, text] of members) {
    const path = segments(member);
    if (path.includes(RESERVED_NAME)) return { problem: `must not have a member called ${RESERVED_NAME}` };
    const decoded = decodeMember(text, valueAt(below, path));
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
