import { isPlainObject, type JsonObject, RESERVED_NAME, valueAt } from '../json/value.ts';
import type { Key } from '../key.ts';
import { segments } from '../key.ts';
import type { Entries, Entry, Layer, LayerName, Origin } from '../layer.ts';
import { checkAll } from './check.ts';
import { type Decoded, decode, decodeMember, typed } from './decode.ts';
import type { Case } from './format-check.ts';
import type { Leaf, Schema } from './leaf.ts';

/** What a source says before it is checked. */
export interface Unchecked {
  readonly name: LayerName;
  readonly entries: ReadonlyMap<Key, Entry>;
  /** What the layers below make of an `Object`; its members tell of which type the texts of single members are. */
  readonly below: (key: Key) => unknown;
}

/**
 * A source's layer with every entry typed and checked, or with the reason why it is refused. Settings that the schema
 * does not have are taken as they are.
 */
export function checkLayer(schema: Schema, { name, entries, below }: Unchecked): Layer {
  const problems = new Map<Key, string>();
  const changed = new Map<Key, Entry>();
  const cases: Case[] = [];
  for (const [key, entry] of entries) {
    const leaf = schema.leaves.get(key);
    const decoded = entry.problem === undefined ? decodedValue(leaf, entry, below) : { problem: entry.problem };
    if ('problem' in decoded) problems.set(key, decoded.problem);
    else {
      if (decoded.value !== entry.value) changed.set(key, new TypedEntry(entry, decoded.value));
      if (leaf && decoded.value !== undefined) cases.push({ leaf, input: decoded.value, value: decoded.value });
    }
  }
  const refused = checkAll(cases);
  for (const one of cases) {
    const { key } = one.leaf;
    const problem = refused.get(one);
    if (problem !== undefined) problems.set(key, problem);
    else if (one.value !== one.input) changed.set(key, new TypedEntry(entries.get(key) as Entry, one.value));
  }
  return { name, entries: merged(entries, changed), problems };
}

function merged(entries: ReadonlyMap<Key, Entry>, changed: ReadonlyMap<Key, Entry>): Entries {
  return changed.size === 0 ? entries : new Map([...entries, ...changed]);
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

function decodedValue(leaf: Leaf | undefined, entry: Entry, below: (key: Key) => unknown): Decoded {
  if (!leaf) return { value: entry.value ?? entry.raw ?? null };
  if (entry.members) return decodeMembers(leaf, entry, entry.members, below(leaf.key));
  if (entry.parts) return decodeParts(leaf, entry.parts);
  return entry.raw !== undefined && entry.value === undefined ? decode(leaf, entry.raw) : typed(leaf, entry.value);
}

/** A repeated flag appends. */
function decodeParts(leaf: Leaf, parts: readonly string[]): Decoded {
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
function decodeMembers(leaf: Leaf, entry: Entry, members: ReadonlyMap<string, string>, below: unknown): Decoded {
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
