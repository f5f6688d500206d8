/** Names one state of a document. Opaque; compared with `===` only. */
export type Revision = string;

/** A document as it stands in its store. */
export interface StoredDocument {
  /** The text byte for byte; `null` where the document does not exist. */
  readonly text: string | null;
  readonly revision: Revision;
  /** The `id` of the write that made this revision, where the store keeps it. */
  readonly writeId?: string;
  /** Who wrote it, where the store keeps it. */
  readonly by?: string;
  /** When it was written (RFC 3339), where the store keeps it. */
  readonly at?: string;
  /** Why it was written, in its author's words, where the store keeps it. */
  readonly note?: string;
}

/** Who writes, and why: kept by stores that have a history, and shown by `varve log`. */
export interface Authorship {
  readonly by?: string;
  readonly note?: string;
}

/** How a document is to be written. */
export interface WriteOptions extends Authorship {
  /** The revision that this text was made from; when it is no longer the current one, nothing is written. */
  readonly expect: Revision;
  /** Names this write: trying again with the same id never applies it twice. */
  readonly id: string;
  readonly signal?: AbortSignal;
}

/** What became of a write: `current` is what won the race. */
export type WriteResult =
  | {
      readonly ok: true;
      readonly revision: Revision /** What could not be assured, in a sentence. */;
      readonly warning?: string;
    }
  | { readonly ok: false; readonly current: StoredDocument };

/** A document before and after it was edited: the same one where it was left as it is. */
export interface EditResult {
  readonly before: StoredDocument;
  readonly after: StoredDocument;
  /** What could not be assured, in a sentence. */
  readonly warning?: string;
}

/** Told of every new state of a document, and of whether it is known to be current. */
export interface StoreHandler {
  stored(stored: StoredDocument): void;
  state(state: 'live' | 'stale', cause?: Error): void;
}

/**
 * Where the file layer lives: one document, the text of one application's file layer in one environment.
 * Rejects with {@link ConfigError}: `UNAVAILABLE` (surely not applied), `UNCLEAR` (may be applied), `DENIED`,
 * `TOO_LARGE`, `GONE`, `RESET`, `CORRUPT`, `LOCKED`, `CLOSED`.
 */
export interface Store {
  /** What origins call it: `config/app.json`. */
  readonly name: string;
  /**
   * Tells places with one `name` apart, as two clusters: a local copy is used where it shares one of them with the store
   * that it is to stand for. No secrets; the name alone unless given.
   */
  readonly places?: readonly string[];
  readonly limits: {
    readonly maxBytes: number;
    readonly staleMs: number;
    readonly durability: 'fsync' | 'quorum-fsync';
  };
  /** The current state: it sees every write that was acknowledged before the call. */
  read(options?: { readonly signal?: AbortSignal }): Promise<StoredDocument>;
  /** The same without waiting; only where the document is local. */
  readSync?(): StoredDocument;
  /** Writes the document where there is none, without waiting; only where it is local. */
  createSync?(text: string): void;
  /** Compare and swap: a lost race has written nothing. */
  write(text: string, options: WriteOptions): Promise<WriteResult>;
  /**
   * Runs `work` while no other process writes the document; `write` inside it does not wait for itself. Only where the
   * store has locks: elsewhere the compare and swap of `write` alone keeps writers apart.
   */
  exclusive?<T>(work: () => Promise<T>, options?: { readonly signal?: AbortSignal }): Promise<T>;
  /**
   * Reads the document and writes what `next` makes of it, as one step to all other writers; `undefined` leaves it as it
   * is. `next` does not wait, and is asked again when the document was changed meanwhile; what it throws, nothing is
   * written for. Only where the document is local: elsewhere `read` and `write` in turn come to the same.
   */
  edit?(
    next: (current: StoredDocument) => string | undefined,
    options?: Authorship & { readonly signal?: AbortSignal },
  ): Promise<EditResult>;
  /** The current revision, also of a document that `read` refuses (`CORRUPT`, `TOO_LARGE`), so that it can be replaced. */
  revision?(): Promise<Revision>;
  /** Keeps the bytes of a document that can't be parsed beside it, and returns where. */
  keepAside?(): Promise<string>;
  watch(from: Revision, handler: StoreHandler): { close(): Promise<void> };
  /**
   * The states of the document, newest first: those before `before`, or from the current one on. Rejects with `GONE`
   * where `before` is no longer kept, or nothing older than it; gives none where the document began with it.
   */
  history?(options: { readonly before?: Revision; readonly limit: number }): Promise<readonly StoredDocument[]>;
  close(): Promise<void>;
}
