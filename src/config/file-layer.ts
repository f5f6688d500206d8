import type { Key } from '../key.ts';
import { type Entries, type Entry, type Layer, OverlaidEntries } from '../layer.ts';
import type { Edit } from './file-change.ts';

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
