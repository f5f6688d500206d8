import type { Schema } from '../schema/schema.ts';
import type { LocalCopy } from '../stores/local-copy.ts';
import type { Revision, Store } from '../stores/store.ts';
import { goneIssue } from './last-known-good.ts';
import { SettledDocument, type SettledState } from './settled-document.ts';
import type { SchemaView, SourceResult, SourceWatch, SourceWatchOptions } from './source.ts';
import { type Resets, readText, type StoreSourceOptions, withWarnings } from './store-text.ts';

/** How often to confirm that an unchanged document, and so its copy, is current, in milliseconds. */
const CONFIRM_MS = 10 * 60_000;

/** Watches the document of a store, and reads it again when it changes. */
export class StoreWatch implements SourceWatch {
  readonly #document: SettledDocument;
  readonly #resets: Resets;
  readonly #reading: (text: string | null, schema: Schema) => SourceResult;
  readonly #schema: Schema;
  readonly #copy: LocalCopy | undefined;
  readonly #confirming: NodeJS.Timeout | undefined;
  /** The last valid revision. */
  #acceptedRevision: Revision | undefined;
  readonly #name: string;
  /** Whether to warn when the document is removed. A local file is removed by the machine's own user, who knows. */
  readonly #isRemote: boolean;
  /** Whether the document has existed during the watch. */
  #wasThere = false;

  constructor(
    store: Store,
    options: StoreSourceOptions & { readonly resets: Resets },
    { poll, changed }: SourceWatchOptions,
  ) {
    const watched = poll === undefined ? store : (options.polled?.(poll) ?? store);
    this.#resets = options.resets;
    this.#document = new SettledDocument(watched, changed, (failure) => this.#resets.note(failure));
    this.#reading = (text, schema) => readText(store, text, { ...options, schema });
    this.#schema = options.schema;
    this.#name = store.name;
    this.#isRemote = store.local === undefined;
    this.#copy = options.lastKnownGood?.copy;
    if (this.#copy) this.#confirming = setInterval(() => void this.#confirm(), CONFIRM_MS).unref();
  }

  get ready(): Promise<void> {
    return this.#document.ready;
  }

  read(view?: SchemaView): SourceResult | Promise<SourceResult> | undefined {
    const settled = this.#document.read();
    const schema = view?.schema ?? this.#schema;
    return settled instanceof Promise
      ? settled.then((now) => this.#readingOf(now, schema))
      : settled && this.#readingOf(settled, schema);
  }

  close(): Promise<void> {
    clearInterval(this.#confirming);
    return this.#document.close();
  }

  #readingOf(settled: SettledState, schema: Schema): SourceResult {
    if ('failure' in settled) throw settled.failure;
    const { stored } = settled;
    const at = new Date();
    const isGone = this.#wasThere && stored.text === null && this.#isRemote;
    this.#wasThere ||= stored.text !== null;
    const warnings = [...(isGone ? [goneIssue(this.#name)] : []), ...this.#resets.issues];
    const reading = withWarnings(this.#reading(stored.text, schema), warnings);
    const accepted = async (): Promise<void> => {
      this.#acceptedRevision = stored.revision;
      await this.#copy?.keep(stored, at);
    };
    return this.#copy ? { ...reading, accepted } : reading;
  }

  /** Renews the time of the copy of an unchanged document, as the store confirms that it is current. */
  async #confirm(): Promise<void> {
    const at = new Date();
    const settled = await this.#document.read();
    if (settled && 'stored' in settled && settled.stored.revision === this.#acceptedRevision)
      await this.#copy?.keep(settled.stored, at);
  }
}
