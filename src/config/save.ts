import { isEqual } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Edit } from './file-change.ts';
import type { DocumentEdit } from './writable-file.ts';

let landings = 0;

/** One write of the file layer, from its call until its outcome is known; it may be attempted several times. */
export class Save {
  /** How often layers had been swapped in when it began. */
  readonly swaps: number;
  #attempt: DocumentEdit | undefined;
  #written: ReadonlyMap<Key, unknown> = new Map();
  #landing: number | undefined;

  constructor(swaps: number) {
    this.swaps = swaps;
  }

  /** What its latest attempt is to write; `undefined` once its outcome is known. */
  get attempt(): DocumentEdit | undefined {
    return this.#attempt;
  }

  /** A number that is higher for a save that was acknowledged later; `undefined` for one that was not. */
  get landing(): number | undefined {
    return this.#landing;
  }

  /** Begins an attempt; only the latest one counts. */
  begin(attempt: DocumentEdit): void {
    this.#attempt = attempt;
    this.#written = new Map([...attempt.changes, ...attempt.added].map(({ key, written }) => [key, written]));
  }

  /** Its document is in the store. */
  land(): void {
    landings += 1;
    this.#landing = landings;
    this.#attempt = undefined;
  }

  /** Ends a save that did not land: nothing was written. */
  end(): void {
    this.#attempt = undefined;
    if (this.#landing === undefined) this.#written = new Map();
  }

  /** The JSON that it writes, or wrote, for each key. */
  get written(): ReadonlyMap<Key, unknown> {
    return this.#written;
  }
}

/** The JSON that the document had for the key of an edit when this process last read or wrote it. */
export function baseOf({ key, base, saves = [] }: Edit): unknown {
  const [latest] = saves
    .filter(({ landing, written }) => landing !== undefined && written.has(key))
    .sort((a, b) => (b.landing ?? 0) - (a.landing ?? 0));
  return latest ? latest.written.get(key) : base;
}

/** Whether no other writer changed the key of an edit: the document has what this process read or wrote there. */
export function isOwnValue(edit: Edit, found: unknown): boolean {
  const { key, saves = [] } = edit;
  if (isEqual(found, baseOf(edit))) return true;
  // A save whose outcome is not known yet may be in the store already.
  return saves.some(({ attempt, written }) => attempt && written.has(key) && isEqual(found, written.get(key)));
}
