import { isEqual } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Edit } from './edits.ts';
import type { DocumentEdit } from './writable-file.ts';

let landings = 0;

/** One write of the file layer, until its outcome is known. It may take several attempts. */
export class Save {
  /** The count of layer replacements when the save began. */
  readonly swaps: number;
  #attempt: DocumentEdit | undefined;
  #written: ReadonlyMap<Key, unknown> = new Map();
  #landing: number | undefined;

  constructor(swaps: number) {
    this.swaps = swaps;
  }

  /** The edit of the latest attempt; `undefined` once its outcome is known. */
  get attempt(): DocumentEdit | undefined {
    return this.#attempt;
  }

  /** Higher for a save that was acknowledged later; `undefined` for an unacknowledged one. */
  get landing(): number | undefined {
    return this.#landing;
  }

  /** Begins an attempt, which replaces the one before. */
  begin(attempt: DocumentEdit): void {
    this.#attempt = attempt;
    this.#written = new Map([...attempt.changes, ...attempt.added].map(({ key, written }) => [key, written]));
  }

  /** Call it when the document is in the store. */
  land(): void {
    landings += 1;
    this.#landing = landings;
    this.#attempt = undefined;
  }

  /** Call it at the end: a save that did not land wrote nothing. */
  end(): void {
    this.#attempt = undefined;
    if (this.#landing === undefined) this.#written = new Map();
  }

  /** The JSON that it writes for each key. */
  get written(): ReadonlyMap<Key, unknown> {
    return this.#written;
  }
}

/** The JSON of an edit's key in the document that this process last read or wrote. */
export function baseOf({ key, base, saves = [] }: Edit): unknown {
  const [latest] = saves
    .filter(({ landing, written }) => landing !== undefined && written.has(key))
    .sort((a, b) => (b.landing ?? 0) - (a.landing ?? 0));
  return latest ? latest.written.get(key) : base;
}

/** Whether the document has the value that this process read or wrote, so that no other writer changed the key. */
export function isOwnValue(edit: Edit, found: unknown): boolean {
  const { key, saves = [] } = edit;
  if (isEqual(found, baseOf(edit))) return true;
  // A save with an unknown outcome may already be in the store.
  return saves.some(({ attempt, written }) => attempt && written.has(key) && isEqual(found, written.get(key)));
}
