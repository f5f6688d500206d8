import { ConfigError, type Issue } from '../errors.ts';
import { memberOrigin, rankedEntries, validEntries } from '../explain.ts';
import type { JsonNode } from '../json/node.ts';
import { toValue } from '../json/tree.ts';
import { isEqual, isPlainObject } from '../json/value.ts';
import type { Key } from '../key.ts';
import {
  type Entry,
  type Layer,
  type LayerEntries,
  type Origin,
  OverlaidEntries,
  plainOrigin,
  redact,
  writtenJson,
} from '../layer.ts';
import { computedWith, overlaid } from '../overlaid-layer.ts';
import { memberAt } from '../schema/member-path.ts';
import type { Schema } from '../schema/schema.ts';
import type { Setting } from '../schema/setting.ts';
import type { FileDocument } from '../sources/file-document.ts';

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
      else resolved.push({ key, base: edit.base, written: settled(conflict, choose) });
    }
  }
  const [first, ...rest] = conflicts.map((conflict) => conflictIssue(conflict, isSecret(conflict.key)));
  if (first) throw new ConfigError([first, ...rest]);
  return resolved;
}

/** The value that a function settles a conflict with. A function that forgot to return one must not remove the key. */
function settled(conflict: Conflict, choose: (conflict: Conflict) => unknown): unknown {
  const { key, mine, theirs } = conflict;
  const written = choose(conflict);
  if (written !== undefined || mine === undefined || theirs === undefined) return written;
  const message = 'has a conflict for which the function of the save returned nothing';
  const suggestion = 'Return the value to write. It may be undefined only if one of the writers removed the key.';
  throw new ConfigError([{ code: 'INVALID_VALUE', key, message, suggestion }]);
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
  /** Where a higher layer overrides the new value, or a part of it; absent if the new value is in effect. */
  readonly overriddenBy?: Origin;
}

/** The JSON of a key in the document before and after a write; `undefined` if the key is absent. */
export interface KeyChange {
  readonly key: Key;
  readonly base: unknown;
  readonly written: unknown;
  /** The JSON is a valid value of its setting, as it is. */
  readonly isChecked?: true;
}

/** A change of one key in memory that `save` writes to the document; `written` is the JSON for it. */
export interface Edit extends KeyChange {
  /** The typed value and its origin; absent if the key is removed. */
  readonly entry?: Entry;
  /** The saves that were running when the edit was made: the value that they write is not a conflict. */
  readonly saves?: readonly Save[];
}

/** The changes whose values differ, with sensitive values redacted. */
export function describeChanges(
  changes: Iterable<KeyChange>,
  { schema: { settings }, fullSchema, layers }: ChangeContext,
): readonly FileChange[] {
  const higher = layers
    .slice(layers.findIndex(({ name }) => name === 'file') + 1)
    .filter(({ entries }) => entries.size > 0);
  return [...changes]
    .filter(({ base, written }) => !isEqual(base, written))
    .map(({ key, base, written }) => {
      const setting = settings.get(key);
      // `fullSchema` also has the settings that the change removes, and those of other variants.
      const redacted = setting?.sensitive === true || fullSchema.settings.get(key)?.sensitive === true;
      const by = higher.length === 0 ? undefined : overridingOrigin({ key, base, written }, setting, higher);
      const change = { key, before: redact(base, redacted), after: redact(written, redacted), redacted };
      return by ? { ...change, overriddenBy: by } : change;
    });
}

interface ChangeContext {
  readonly schema: Pick<Schema, 'settings'>;
  /** The settings of all names and variants. */
  readonly fullSchema: Pick<Schema, 'settings'>;
  /** The layers after the changes. */
  readonly layers: readonly Layer[];
}

/** The origin in a higher layer that overrides a change. A layer that is merged with the file overrides members only. */
function overridingOrigin(
  { key, base, written }: KeyChange,
  setting: Setting | undefined,
  higher: readonly Layer[],
): Origin | undefined {
  const [highest] = validEntries(rankedEntries(key, higher));
  const value = highest?.entry.value;
  if (!highest) return undefined;
  if (setting?.merge === 'append' && Array.isArray(value)) return undefined;
  if (!setting?.merges || !isPlainObject(value)) return plainOrigin(highest.entry.origin);
  for (const path of changedPaths(base, written)) {
    const origin = memberOrigin(key, path, higher);
    if (origin) return origin;
  }
  return undefined;
}

/** The paths of the members that differ, the innermost ones. */
function* changedPaths(before: unknown, after: unknown, path: readonly string[] = []): Generator<readonly string[]> {
  if (!isPlainObject(after) || (before !== undefined && !isPlainObject(before))) {
    if (!isEqual(before, after)) yield path;
    return;
  }
  const old = before ?? {};
  for (const name of new Set([...Object.keys(old), ...Object.keys(after)]))
    yield* changedPaths(memberAt(old, name), memberAt(after, name), [...path, name]);
}

/** The file layer: the entries from its store, overridden by the unsaved edits. */
export class FileLayer implements Layer {
  readonly name = 'file';
  readonly entries: LayerEntries;
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

  get computed(): ReadonlySet<Key> | undefined {
    const { computed } = this.#read;
    return this.#edits.size === 0 ? computed : computedWith(computed, this.#edits);
  }

  /** The unsaved edits, oldest first. */
  get edits(): ReadonlyMap<Key, Edit> {
    return this.#edits;
  }

  /** Edits a key in memory. An edit back to the document's value removes the edit, unless a running save writes another. */
  edit(edit: Edit): void {
    const { key, written, base, saves = [] } = edit;
    this.#edits.delete(key);
    if (saves.length > 0 || !isEqual(written, base)) this.#edits.set(key, edit);
    this.#updateProblems();
  }

  /** Removes edits, except keys that were edited again since. */
  forget(edits: Iterable<Edit>): void {
    for (const edit of edits) if (this.#edits.get(edit.key) === edit) this.#edits.delete(edit.key);
    this.#updateProblems();
  }

  /** Replaces the entries from the store; the edits stay. */
  replace(read: Layer): void {
    this.#read = read;
    this.#updateProblems();
  }

  /** The layer from the store, without the unsaved edits. */
  get read(): Layer {
    return this.#read;
  }

  /** The layer from the store, but with the entries of `layer` for these keys. */
  with(keys: Iterable<Key>, layer: Layer): Layer {
    return overlaid(this.#read, new Map(Array.from(keys, (key) => [key, entryIn(layer, key)])));
  }

  /** The unsaved edits over a newly read layer. */
  over(read: Layer): FileLayer {
    const layer = new FileLayer(read);
    for (const edit of this.#edits.values()) layer.edit(edit);
    return layer;
  }

  /** The value of `key` in the document from the store. */
  base(key: Key): unknown {
    return writtenJson(this.#read.entries.get(key));
  }

  /** An edit replaces the entry that has a problem. */
  #updateProblems(): void {
    const { problems } = this.#read;
    this.#problems = problems.size === 0 ? problems : new Map([...problems].filter(([key]) => !this.#edits.has(key)));
  }
}

function entryIn({ entries, problems }: Layer, key: Key): { readonly entry?: Entry } {
  const entry = problems.has(key) ? undefined : entries.get(key);
  return entry ? { entry } : {};
}

/** A document before and after edits. */
export interface DocumentEdit {
  readonly from: FileDocument;
  readonly to: FileDocument;
  /** The edited keys. */
  readonly changes: readonly KeyChange[];
  /** Full layout: the defaults that the document did not list. */
  readonly added: readonly KeyChange[];
}

let confirmedSaves = 0;

/** One write of the file layer. It may need several attempts until the store has the document or refuses it. */
export class Save {
  #attempt: DocumentEdit | undefined;
  #written: ReadonlyMap<Key, unknown> = new Map();
  #order: number | undefined;

  /** The latest attempt; `undefined` once its outcome is known. */
  get attempt(): DocumentEdit | undefined {
    return this.#attempt;
  }

  /** Higher for a save that the store confirmed later; `undefined` if it confirmed none. */
  get order(): number | undefined {
    return this.#order;
  }

  /** The JSON that it writes for each key. */
  get written(): ReadonlyMap<Key, unknown> {
    return this.#written;
  }

  /** Begins an attempt, which replaces the one before. Returns the text to write. */
  begin(attempt: DocumentEdit): string {
    this.#attempt = attempt;
    this.#written = new Map([...attempt.changes, ...attempt.added].map(({ key, written }) => [key, written]));
    return attempt.to.text;
  }

  /** The store has the document. Returns the attempt that wrote it. */
  confirm(): DocumentEdit {
    const confirmed = this.#attempt;
    if (!confirmed) throw new TypeError('a save can be confirmed only after it began an attempt');
    confirmedSaves += 1;
    this.#order = confirmedSaves;
    this.#attempt = undefined;
    return confirmed;
  }

  /** The save is over: without a confirmation, it wrote nothing. */
  end(): void {
    this.#attempt = undefined;
    if (this.#order === undefined) this.#written = new Map();
  }
}

/** The JSON of an edit's key in the document that this process last read or wrote. */
export function baseOf({ key, base, saves = [] }: Edit): unknown {
  const [latest] = saves
    .filter(({ order, written }) => order !== undefined && written.has(key))
    .sort((a, b) => (b.order ?? 0) - (a.order ?? 0));
  return latest ? latest.written.get(key) : base;
}

/** Whether the document has the value that this process read or wrote, so that no other writer changed the key. */
export function isOwnValue(edit: Edit, found: unknown): boolean {
  const { key, saves = [] } = edit;
  if (isEqual(found, baseOf(edit))) return true;
  // A save with an unknown outcome may already be in the store.
  return saves.some(({ attempt, written }) => attempt && written.has(key) && isEqual(found, written.get(key)));
}
