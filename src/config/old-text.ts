import type { FileDocument } from '../sources/file-document.ts';
import type { Store } from '../stores/store.ts';
import type { SaveResult } from './file-changes.ts';

/** The copy of a document of an older version, which a write replaces by one of the present version. */
export class OldText {
  readonly #store: Store;
  #kept: { readonly text: string; readonly from: number | undefined; readonly name: string | undefined } | undefined;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Copies the document, once for each text however often the write is tried. */
  async keep({ storedText: text, migratedFrom: from }: FileDocument): Promise<void> {
    if (this.#kept?.text === text) return;
    this.#kept = { text, from, name: await this.#store.unreadable?.keepAside(`version-${from}`) };
  }

  get result(): Pick<SaveResult, 'keptAside' | 'migratedFrom' | 'warning'> {
    const { from, name } = this.#kept ?? {};
    if (from === undefined) return {};
    if (name !== undefined) return { migratedFrom: from, keptAside: name };
    const isKept = this.#store.history !== undefined;
    return { migratedFrom: from, ...(!isKept && { warning: 'the store keeps no copy of the older version' }) };
  }
}
