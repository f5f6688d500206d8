import { ConfigError, type Issue } from '../errors.ts';
import { type JsonNode, toValue } from '../json/parse.ts';
import { frozenCopy, isEqual, jsonCopy } from '../json/value.ts';
import type { Key } from '../key.ts';
import { type Entries, type Entry, type Layer, OverlaidEntries, redact } from '../layer.ts';
import { memberOrigin, resolveLeaf } from '../resolve.ts';
import { check, jsonForm, typed } from '../schema/check.ts';
import type { DecodeResult } from '../schema/decode.ts';
import { memberKey } from '../schema/member-path.ts';
import { withMember } from '../schema/members.ts';
import { refusal } from '../schema/refusal.ts';
import type { Schema } from '../schema/setting.ts';
import type { Current } from './current.ts';
import { baseOf, isOwnValue, type Save } from './save.ts';

/** A setting that two writers changed since it was read. */
export interface Conflict {
  /** The setting. */
  readonly key: Key;
  /** The value when this process read it; `undefined` if there was none. */
  readonly base: unknown;
  /** The value that this process writes; `undefined` removes the key. */
  readonly mine: unknown;
  /** The value in the store now. */
  readonly theirs: unknown;
}

/** How to resolve a conflict: write nothing (`fail`), let one side win, or write the result of a function. */
export type ConflictChoice = 'fail' | 'mine' | 'theirs' | ((conflict: Conflict) => unknown);

/** How to find and resolve conflicts. */
interface ConflictOptions {
  /** The value of a key in the document now. */
  readonly nodeOf: (key: Key) => JsonNode | undefined;
  readonly choose: ConflictChoice;
  readonly isSecret: (key: Key) => boolean;
}

/** The edits to apply to the current document. Throws `CONFLICT` with every key that another writer also changed. */
export function resolveConflicts(
  edits: Iterable<Edit>,
  { nodeOf, choose, isSecret }: ConflictOptions,
): readonly KeyChange[] {
  const conflicts: Conflict[] = [];
  const resolved: KeyChange[] = [];
  for (const edit of edits) {
    const { key, written } = edit;
    const node = nodeOf(key);
    const theirs = node && toValue(node);
    if (choose === 'mine' || isOwnValue(edit, theirs) || isEqual(theirs, written)) resolved.push(edit);
    else if (choose !== 'theirs') {
      const conflict = { key, base: baseOf(edit), mine: written, theirs };
      if (choose === 'fail') conflicts.push(conflict);
      else resolved.push({ ...edit, written: choose(conflict) });
    }
  }
  const [first, ...rest] = conflicts.map((conflict) => conflictIssue(conflict, isSecret(conflict.key)));
  if (first) throw new ConfigError([first, ...rest]);
  return resolved;
}

function conflictIssue({ key, mine, theirs }: Conflict, secret: boolean): Issue {
  const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
  const values = secret ? '' : `: it is ${shown(theirs)} in the store, and ${shown(mine)} here`;
  return {
    code: 'CONFLICT',
    key,
    message: `was changed by another writer since it was read${values}. Nothing was written`,
    suggestion: 'Reload and set it again, or save with a choice for conflicts: "mine", "theirs" or a function.',
  };
}

/** A change of the file layer. Values of sensitive settings are redacted. */
export interface FileChange {
  /** The setting. */
  readonly key: Key;
  /** The value in the file before; `undefined` if the key was absent. */
  readonly before: unknown;
  /** The value in the file after; `undefined` if the key is removed. */
  readonly after: unknown;
  /** Whether both values are replaced by `********`. */
  readonly redacted: boolean;
}

/** The JSON of a key in the document before and after a write; `undefined` if the key is absent. */
export interface KeyChange {
  readonly key: Key;
  readonly base: unknown;
  readonly written: unknown;
}

/** A change of one key in memory that `save` writes to the document; `written` is the JSON for it. */
export interface Edit extends KeyChange {
  /** The typed value and its origin; absent if the key is removed. */
  readonly entry?: Entry;
  /** The saves that were running when the edit was made: the value that they write is not a conflict. */
  readonly saves?: readonly Save[];
}

/** The changes whose values differ, with sensitive values redacted. */
export function fileChanges(
  changes: Iterable<KeyChange>,
  { settings }: Pick<Schema, 'settings'>,
): readonly FileChange[] {
  return [...changes]
    .filter(({ base, written }) => !isEqual(base, written))
    .map(({ key, base, written }) => {
      const redacted = settings.get(key)?.sensitive === true;
      return { key, before: redact(base, redacted), after: redact(written, redacted), redacted };
    });
}

/** A value that a program sets, and where it will be written. */
export interface ProgramValue {
  readonly key: Key;
  readonly value: unknown;
  readonly layer: 'file' | 'override';
  readonly location: string;
}

/** Checks a value that a program sets; `undefined` has no entry. Throws `UNKNOWN_KEY` and `INVALID_VALUE`. */
export function checkedEntry(
  current: Current,
  { key, value: given, layer, location }: ProgramValue,
): Entry | undefined {
  const leaf = current.setting(key);
  if (given === undefined) return undefined;
  const copied = given instanceof RegExp ? regExpValue(given) : jsonCopy(given);
  const value = 'value' in copied ? copied.value : given;
  const decoded = 'problem' in copied || !leaf ? copied : typed(leaf, value);
  const checked = 'problem' in decoded || !leaf ? decoded : check(leaf, decoded.value);
  if ('problem' in decoded || 'problem' in checked) {
    const reason = 'problem' in checked ? checked.problem : 'must be another value';
    throw new ConfigError([refusal(key, reason, { entry: { value }, setting: leaf })]);
  }
  const json = leaf && jsonForm(leaf, checked.value, [decoded.value, value]);
  const written = json ?? decoded.value;
  const origin = { layer, name: key, location };
  const entry = { origin, value: frozenCopy(checked.value), written: frozenCopy(written) };
  return json === undefined ? entry : { ...entry, json };
}

/** A file has only the text of a regular expression. */
function regExpValue(value: RegExp): DecodeResult {
  const { flags } = value;
  if (flags === '') return { value };
  return { problem: `must be a regular expression without flags, for a file could not hold "${flags}"` };
}

/** A key and its new value; `undefined` removes the key. */
export interface KeyValue {
  readonly key: Key;
  readonly value: unknown;
}

/**
 * Converts a change of one member, `labels.team`, into a change of the whole setting, `labels`. Returns any other
 * change unchanged. Throws `INVALID_VALUE` for a path that the setting cannot have.
 */
export function wholeChange(current: Current, { key, value }: KeyValue, layer: 'file' | 'override'): KeyValue {
  const { schema, layers } = current;
  const member = schema.settings.has(key) ? undefined : memberKey(schema.settings, key);
  if (!member) return { key, value };
  const { setting } = member;
  const index = layers.findIndex(({ name }) => name === layer);
  const below = layers.slice(0, index);
  const entry = layers[index]?.entries.get(setting.key);
  const changed = withMember(member, value, {
    whole: entry && (entry.written ?? entry.value),
    below: {
      value: resolveLeaf(setting, below),
      originOf: (path) => memberOrigin(setting.key, path, layers.slice(0, index + 1)),
    },
  });
  if ('problem' in changed) throw new ConfigError([refusal(key, changed.problem, { entry: { value }, setting })]);
  const isEmptied = value === undefined && setting.merges && Object.keys(changed.value as object).length === 0;
  return { key: setting.key, value: isEmptied ? undefined : changed.value };
}

/** The file layer: the entries from its store, overridden by the unsaved edits. */
export class FileLayer implements Layer {
  readonly name = 'file';
  readonly entries: Entries;
  readonly #edits = new Map<Key, Edit>();
  #read: Layer;
  #problems: ReadonlyMap<Key, string>;

  constructor(read: Layer) {
    this.#read = read;
    this.#problems = read.problems;
    this.entries = new OverlaidEntries(() => this.#read.entries, this.#edits);
  }

  get problems(): ReadonlyMap<Key, string> {
    return this.#problems;
  }

  /** The unsaved edits, oldest first. */
  get edits(): ReadonlyMap<Key, Edit> {
    return this.#edits;
  }

  /** Edits a key in memory. An edit back to the document's value removes the edit. */
  edit(edit: Edit): void {
    this.#edits.delete(edit.key);
    this.#edits.set(edit.key, edit);
    this.#leaveOutEdited();
  }

  /** Removes edits, except keys that were edited again since. */
  forget(edits: Iterable<Edit>): void {
    for (const edit of edits) if (this.#edits.get(edit.key) === edit) this.#edits.delete(edit.key);
    this.#leaveOutEdited();
  }

  /** Replaces the entries from the store; the edits stay. */
  replace(read: Layer): void {
    this.#read = read;
    this.#leaveOutEdited();
  }

  /** The layer from the store, without the unsaved edits. */
  get read(): Layer {
    return this.#read;
  }

  /** The layer from the store, but with the entries of `layer` for these keys. */
  with(keys: Iterable<Key>, layer: Layer): Layer {
    const { entries, problems } = this.#read;
    const above = Array.from(keys, (key) => [key, entryIn(layer, key)] as const);
    const left = new Map(problems);
    for (const [key] of above) left.delete(key);
    return { name: this.name, entries: new OverlaidEntries(() => entries, new Map(above)), problems: left };
  }

  /** The unsaved edits over a newly read layer. */
  over(read: Layer): FileLayer {
    const layer = new FileLayer(read);
    for (const edit of this.#edits.values()) layer.edit(edit);
    return layer;
  }

  /** The value of `key` in the document from the store. */
  base(key: Key): unknown {
    const entry = this.#read.entries.get(key);
    return entry && (entry.written === undefined ? entry.value : entry.written);
  }

  #leaveOutEdited(): void {
    const { problems } = this.#read;
    this.#problems = problems.size === 0 ? problems : new Map([...problems].filter(([key]) => !this.#edits.has(key)));
  }
}

function entryIn({ entries, problems }: Layer, key: Key): { readonly entry?: Entry } {
  const entry = problems.has(key) ? undefined : entries.get(key);
  return entry ? { entry } : {};
}
