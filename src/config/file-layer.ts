import type { Key } from '../key.ts';
import { type Entries, type Entry, type Layer, OverlaidEntries } from '../layer.ts';

/** A change of the file layer that is not saved yet. */
export interface Edit {
  readonly key: Key;
  /** What is to stand in the document; `undefined` removes the key. */
  readonly written: unknown;
  /** The typed value and its place; absent where the key is removed. */
  readonly entry?: Entry;
  /**
   * What stood in the document when it was read, or what this process has written there since: another writer's change
   * is seen by it.
   */
  base: unknown;
}

/** The writable layer: what was read from its store, under the changes that are not saved yet. */
export class FileLayer implements Layer {
  readonly name = 'file';
  readonly entries: Entries;
  readonly #edits = new Map<Key, Edit>();
  #read: Layer;
  /** What the document says of those settings that were written to it since it was read. */
  #written: Map<Key, { readonly entry?: Entry }> | undefined;
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
    this.#written = undefined;
    this.#leaveOutEdited();
  }

  /** What was read, apart from the changes that are not saved. */
  get read(): Layer {
    return this.#read;
  }

  /** Fixes the places of `keys` as they are now. */
  settle(keys: Iterable<Key>): void {
    const written = this.#ownWritten();
    for (const key of keys) {
      const entry = this.#edits.has(key) ? undefined : this.#read.entries.get(key);
      if (entry) written.set(key, { entry: { ...entry, value: entry.value, origin: entry.origin } });
    }
  }

  /** Takes what the document says of `keys` since they were written to it: all else that was read stays. */
  wrote(keys: Iterable<Key>, said: Layer): void {
    const written = this.#ownWritten();
    for (const key of keys) {
      const entry = said.entries.get(key);
      written.set(key, entry ? { entry } : {});
    }
  }

  /** What was read, with these changes in it. */
  with(edits: Iterable<Edit>): Layer {
    const entries = new Map<Key, Entry>();
    for (const key of this.#read.entries.keys()) entries.set(key, this.#read.entries.get(key) as Entry);
    const problems = new Map(this.#read.problems);
    for (const { key, entry } of edits) {
      problems.delete(key);
      if (entry) entries.set(key, entry);
      else entries.delete(key);
    }
    return { name: this.name, entries, problems };
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

  #ownWritten(): Map<Key, { readonly entry?: Entry }> {
    if (!this.#written) {
      const { entries } = this.#read;
      this.#written = new Map();
      this.#read = { ...this.#read, entries: new OverlaidEntries(() => entries, this.#written) };
    }
    return this.#written;
  }

  #leaveOutEdited(): void {
    const { problems } = this.#read;
    this.#problems = problems.size === 0 ? problems : new Map([...problems].filter(([key]) => !this.#edits.has(key)));
  }
}
