import type { Key } from '../key.ts';
import { type Entries, type Entry, type Layer, OverlaidEntries } from '../layer.ts';
import type { Edit } from './file-change.ts';

/** The writable layer: what was read from its store, under the changes that are not saved yet. */
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

  /** The changes that are not saved yet, in the order they were made in. */
  get edits(): ReadonlyMap<Key, Edit> {
    return this.#edits;
  }

  /** Changes a key in memory; a change back to what the document says is none. */
  edit(edit: Edit): void {
    this.#edits.delete(edit.key);
    this.#edits.set(edit.key, edit);
    this.#leaveOutEdited();
  }

  /** Forgets changes, unless they were made anew since. */
  forget(edits: Iterable<Edit>): void {
    for (const edit of edits) if (this.#edits.get(edit.key) === edit) this.#edits.delete(edit.key);
    this.#leaveOutEdited();
  }

  /** Takes what was read anew, under the same changes. */
  replace(read: Layer): void {
    this.#read = read;
    this.#leaveOutEdited();
  }

  /** What was read, apart from the changes that are not saved. */
  get read(): Layer {
    return this.#read;
  }

  /** What was read, but with the entries that `layer` has for these keys. */
  with(keys: Iterable<Key>, layer: Layer): Layer {
    const { entries, problems } = this.#read;
    const above = Array.from(keys, (key) => [key, entryIn(layer, key)] as const);
    const left = new Map(problems);
    for (const [key] of above) left.delete(key);
    return { name: this.name, entries: new OverlaidEntries(() => entries, new Map(above)), problems: left };
  }

  /** The same changes over what was read anew. */
  over(read: Layer): FileLayer {
    const layer = new FileLayer(read);
    for (const edit of this.#edits.values()) layer.edit(edit);
    return layer;
  }

  /** What stood at `key` in the document as it was read. */
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
