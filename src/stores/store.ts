/** Names one state of a document. Opaque; compared with `===` only. */
export type Revision = string;

/** The state of a document in its store. */
export interface StoredDocument {
  /** The text byte for byte; `null` if the document does not exist. */
  readonly text: string | null;
  /** The revision of this text. */
  readonly revision: Revision;
  /** The `id` of the write that made this revision, where the store keeps it. */
  readonly writeId?: string;
  /** Who wrote it, if the store keeps it. */
  readonly by?: string;
  /** When it was written (RFC 3339), if the store keeps it. */
  readonly at?: string;
  /** Why it was written, if the store keeps it. */
  readonly note?: string;
}

/** Who writes, and why: kept by stores that have a history, and shown by `varve log`. */
export interface Authorship {
  /** Who writes: a name, a service, a pipeline. */
  readonly by?: string;
  /** Why, in the author's words. */
  readonly note?: string;
}

/** How to write a document. */
export interface WriteOptions extends Authorship {
  /** The revision that the text was made from. The store writes nothing if the document has another one. */
  readonly expect: Revision;
  /** Names this write: trying again with the same id never applies it twice. */
  readonly id: string;
  /** Cancels the write. */
  readonly signal?: AbortSignal;
}

/** The result of a write. `ok: false`: another write came first, and `current` is its document. */
export type WriteResult =
  | {
      readonly ok: true;
      readonly revision: Revision;
      /** What could not be assured, in a sentence. */
      readonly warning?: string;
    }
  | { readonly ok: false; readonly current: StoredDocument };

/** A document before and after an edit; the same one if the edit changed nothing. */
export interface EditResult {
  /** The document that was read. */
  readonly before: StoredDocument;
  /** The document now. */
  readonly after: StoredDocument;
  /** What the store could not guarantee, in a sentence. */
  readonly warning?: string;
}

/** Receives every new state of a document, and whether the last one is known to be current. */
export interface StoreHandler {
  /** A new state of the document. */
  stored(stored: StoredDocument): void;
  /** `live`: the last state is known to be current. `stale`: it may not be, for this reason. */
  state(state: 'live' | 'stale', cause?: Error): void;
}

/** What a store promises. A member that a store leaves out has its value in {@link STORE_LIMITS}. */
export interface StoreLimits {
  /** The longest text that it takes, in bytes of UTF-8. */
  readonly maxBytes: number;
  /** After how many milliseconds without an answer, at the most, a watch reports that it is stale. */
  readonly staleMs: number;
  /** Where an acknowledged write is stored: on the disk, on a quorum of disks, or only in memory. */
  readonly durability: 'fsync' | 'quorum-fsync' | 'async';
}

/** The limits of a store that states none. */
export const STORE_LIMITS: StoreLimits = { maxBytes: 2 ** 20, staleMs: 10_000, durability: 'async' };

/** Makes the new text of a document from the current one; `undefined` leaves the document as it is. */
export type NextText = (current: StoredDocument) => string | undefined | Promise<string | undefined>;

/** How to edit a document. */
export interface EditOptions {
  /** Gives up the wait for the lock; an edit that has begun is finished. */
  readonly signal?: AbortSignal;
  /** `next` returns no promise. Then the lock is not passed on to asynchronous work, which costs time. */
  readonly isSynchronous?: boolean;
}

/** The abilities of a store on this machine: it answers synchronously, and holds a lock. */
export interface LocalStore {
  /** The current state, as `read` gives it. */
  readSync(): StoredDocument;
  /** Writes the document if there is none. */
  createSync(text: string): void;
  /**
   * Reads the document and writes the text that `next` returns, in one step: no other writer comes in between. A `write`
   * that `next` itself calls does not wait for the lock. `next` is called again if a program without the lock changed the
   * document in between. If `next` throws, nothing is written.
   */
  edit(next: NextText, options?: EditOptions): Promise<EditResult>;
}

/** Replaces a document that `read` refuses with `CORRUPT` or `TOO_LARGE`. */
export interface UnreadableDocument {
  /** Its revision, for `write` to expect. */
  revision(): Promise<Revision>;
  /**
   * Copies its bytes to another place, and returns the name of the copy, which may contain the reason: `invalid`, the
   * default, or `version-1` before a document of an older version is replaced.
   */
  keepAside(reason?: string): Promise<string>;
}

/** What has to exist on a server before a document can be kept there; `varve store init` creates it. */
export interface StoreSetup {
  /** The steps of `run` as a script for an administrator: SQL, or the language of the server. */
  readonly script: string;
  /** Creates what is missing, and changes nothing else. */
  run(): Promise<void>;
}

/**
 * Where the file layer lives: one document, the text of one application's file layer in one environment.
 * Rejects with {@link ConfigError}: `UNAVAILABLE` (certainly not applied), `UNCLEAR` (may be applied), `DENIED`,
 * `TOO_LARGE`, `GONE`, `RESET`, `CORRUPT`, `LOCKED`, `CLOSED`.
 */
export interface Store {
  /** What origins call it: `config/app.json`. */
  readonly name: string;
  /** The current state: it sees every write that was acknowledged before the call. */
  read(options?: { readonly signal?: AbortSignal }): Promise<StoredDocument>;
  /** Compare and swap: writes only if the document still has the revision `expect`. */
  write(text: string, options: WriteOptions): Promise<WriteResult>;
  /** Calls the handler for every state after `from`, until it is closed. */
  watch(from: Revision, handler: StoreHandler): { close(): Promise<void> };
  /** Ends its connections and watches; later calls reject with `CLOSED`. */
  close(): Promise<void>;
  /** What it promises, where that differs from `STORE_LIMITS`. */
  readonly limits?: Partial<StoreLimits>;
  /**
   * Addresses that distinguish stores with the same `name`, such as two clusters. A local copy is used only for a
   * store that shares one of them. They contain no secrets. Default: the name.
   */
  readonly places?: readonly string[];
  /**
   * The states of the document, newest first: those before `before`, else from the current one on. Rejects with
   * `GONE` if the store no longer keeps `before` or any older state; returns none if the document began with
   * `before`.
   */
  history?(options: { readonly before?: Revision; readonly limit: number }): Promise<readonly StoredDocument[]>;
  /** What only a document on this machine can do. */
  readonly local?: LocalStore;
  /** How a document that `read` refuses is replaced. */
  readonly unreadable?: UnreadableDocument;
  /** What has to exist on a server first. */
  readonly setup?: StoreSetup;
}
