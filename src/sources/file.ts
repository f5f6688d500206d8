import { ConfigError, type Issue } from '../errors.ts';
import { formatOf } from '../formats/format-of.ts';
import type { LayerName, VariantChoice } from '../layer.ts';
import type { Schema } from '../schema/schema.ts';
import type { LocalCopy } from '../stores/local-copy.ts';
import type { Revision, Store, StoredDocument } from '../stores/store.ts';
import { type UnknownKeys, type UnknownNames, unknownNames } from '../unknown-keys.ts';
import type { FileLanguage } from './file-document.ts';
import { readDocument } from './file-text.ts';
import { type Begun, goneIssue, type LastKnownGood, storedOrCopy } from './last-known-good.ts';
import { SettledDocument, type SettledState } from './settled-document.ts';
import type { SchemaView, Source, SourceResult, SourceWatch, SourceWatchOptions } from './source.ts';

export type { UnknownKeys } from '../unknown-keys.ts';

/** How to read a document as a layer. */
export interface StoreSourceOptions {
  readonly schema: Schema;
  readonly layer: LayerName;
  readonly unknown: UnknownKeys;
  /** The choice between variants whose members the document contains; absent if it contains all settings. */
  readonly choice?: VariantChoice | undefined;
  /** The issue of a missing document; none if it may be missing. */
  readonly required?: (() => Issue) | undefined;
  /** The warning about a missing document that need not exist. */
  readonly missing?: (() => Issue | undefined) | undefined;
  /** The same document, looked at as often as it is asked for in milliseconds; the store itself unless given. */
  readonly polled?: (poll: number) => Store;
  /** The copy to use if the store can't be reached on the first read. */
  readonly lastKnownGood?: LastKnownGood | undefined;
}

/** A source that reads the document of a store. */
export function storeSource(store: Store, options: StoreSourceOptions): Source {
  const { lastKnownGood } = options;
  const resets = new Resets();
  let isFirst = true;
  return {
    name: options.layer,
    read: (view?: SchemaView) => {
      const read = { ...options, schema: view?.schema ?? options.schema };
      const reading = ({ text }: Pick<StoredDocument, 'text'>): SourceResult => readText(store, text, read);
      if (store.local) return reading(store.local.readSync());
      const at = new Date();
      const begun: Promise<Begun> =
        isFirst && lastKnownGood ? storedOrCopy(store, lastKnownGood) : store.read().then((stored) => ({ stored }));
      isFirst = false;
      return begun.then(
        ({ stored, warnings = [] }) => {
          const read = withWarnings(reading(stored), [...warnings, ...resets.issues]);
          if (!lastKnownGood || warnings.length > 0) return read;
          return { ...read, accepted: () => lastKnownGood.copy.keep(stored, at) };
        },
        (error: unknown) => {
          resets.note(error);
          throw error;
        },
      );
    },
    watch: (watching) => new StoreWatch(store, { ...options, resets }, watching),
  };
}

/** How often to confirm that an unchanged document, and so its copy, is current, in milliseconds. */
const CONFIRM_MS = 10 * 60_000;

/**
 * The last time that the store was found to be another one, or to have lost a part of its history. A store reports it once,
 * to the first read or watch that meets it, and this process may have written from what is lost: the warning stays.
 */
class Resets {
  issues: readonly Issue[] = [];

  note(error: unknown): void {
    if (error instanceof ConfigError && error.code === 'RESET') this.issues = error.issues;
  }
}

class StoreWatch implements SourceWatch {
  readonly #document: SettledDocument;
  readonly #resets: Resets;
  readonly #reading: (text: string | null, schema: Schema) => SourceResult;
  readonly #schema: Schema;
  readonly #copy: LocalCopy | undefined;
  readonly #confirming: NodeJS.Timeout | undefined;
  /** The last text and its result. */
  #last: { readonly text: string | null; readonly schema: Schema; readonly reading: SourceResult } | undefined;
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
    const reading = withWarnings(this.#readingOfText(stored.text, schema), warnings);
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

  #readingOfText(text: string | null, schema: Schema): SourceResult {
    if (this.#last?.text !== text || this.#last.schema !== schema)
      this.#last = { text, schema, reading: this.#reading(text, schema) };
    return this.#last.reading;
  }
}

/** The result with more warnings. */
function withWarnings(reading: SourceResult, warnings: readonly Issue[]): SourceResult {
  return warnings.length === 0 ? reading : { ...reading, warnings: [...warnings, ...(reading.warnings ?? [])] };
}

/** The format, name and rules by which to read the document of a store. */
export function languageOf(store: Store, { layer, unknown, schema, choice }: StoreSourceOptions): FileLanguage {
  const policy = (): UnknownNames => unknownNames({ unknown }, layer, 'file');
  const language: FileLanguage = {
    name: store.name,
    layer,
    format: formatOf(store.name),
    schema,
    policy,
    choice,
    read: (text) => readDocument(text, language),
  };
  return language;
}

/** The entries of a text, by the names that it has. */
function readText(store: Store, text: string | null, options: StoreSourceOptions): SourceResult {
  if (text !== null) return languageOf(store, options).read(text).result;
  // A remote document is removed on purpose, and its watch warns of that.
  const absent = store.local && { absent: store.name };
  const missing = options.missing?.();
  const warnings = missing && { warnings: [missing] };
  return { entries: new Map(), issues: options.required ? [options.required()] : [], ...warnings, ...absent };
}
