import { type Authorship, ConfigError, type Revision, type StoredDocument, type StoreLimits } from '../../index.ts';
import { ABSENT, type Lineage, type RevisionParts } from './lineage.ts';
import type { RequestLimits } from './pause.ts';
import type { RemoteSettings } from './settings.ts';

/** The document in one of its states. */
export interface DocumentState {
  /** Orders the states: a later one has a greater number. 0 for an absent document. */
  readonly number: number;
  /** The newest revision that the server knew of when it answered. */
  readonly at: number;
  readonly revision: Revision;
  /** The id of the write that made this state; `undefined` for an edit by hand. */
  readonly writeId: string | undefined;
  /** Throws `CORRUPT` or `TOO_LARGE` for bytes that are not a document. */
  stored(): StoredDocument;
}

/** The state of an absent document. */
export const ABSENT_STATE: DocumentState = {
  number: 0,
  at: 0,
  revision: ABSENT,
  writeId: undefined,
  stored: () => ({ text: null, revision: ABSENT }),
};

/** The document of a state in a list; an empty one for bytes that are not a document. */
export function readable(state: DocumentState): readonly StoredDocument[] {
  try {
    return [state.stored()];
  } catch (error) {
    if (error instanceof ConfigError) return [];
    throw error;
  }
}

/** The document has not changed: whether it exists, and the newest revision that the server knew of. */
export interface UnchangedState {
  readonly exists: boolean;
  readonly at: number;
}

/** A new text for the document. */
export interface Change extends Authorship {
  readonly text: string;
  readonly expect: RevisionParts;
  readonly id: string;
}

/** What became of the write with some id. */
export type WriteTrace = { readonly revision: Revision } | 'not written' | 'unknown';

/** Receives the events of the subscription to one document. */
export interface SubscriptionHandler {
  /** The server reports every change from now on. */
  opened(): void;
  /** A state, and the number that orders it: of an absent document, the revision at which it was absent. */
  changed(state: DocumentState, number: number): void;
  /** Called once, with a {@link RequestError} or a `RESET`. */
  ended(error: Error): void;
}

/** A subscription to the changes of one document. */
export interface Subscription {
  /** Asks over the connection of this subscription, so that the answer also shows that the connection works. */
  newer?(number: number, limits: RequestLimits): Promise<DocumentState | UnchangedState>;
  /** How long until the next look, in milliseconds, where events do not come by themselves. */
  readonly pollMs?: number;
}

/**
 * One document on a server. Every method rejects with a {@link RequestError}, or with `RESET` where another server
 * answers than before.
 */
export interface Engine {
  readonly lineage: Lineage;
  readonly settings: RemoteSettings;
  readonly durability: StoreLimits['durability'];
  state(limits: RequestLimits): Promise<DocumentState>;
  /** The state if it is newer than `number`. */
  newer(number: number, limits: RequestLimits): Promise<DocumentState | UnchangedState>;
  /** Compare and swap in one request. The new revision, or the state that won. */
  swap(change: Change, limits: RequestLimits): Promise<{ readonly revision: Revision } | DocumentState>;
  /** Looks for the write `change.id` between the state it expected and the `current` one. */
  traceOf(change: Change, current: DocumentState, limits: RequestLimits): Promise<WriteTrace>;
  /** Reports changes after revision `from`; `limits.signal` ends it. */
  subscribe(from: number, limits: RequestLimits, handler: SubscriptionHandler): Promise<Subscription>;
  /** The states before `before`, or from the current one, newest first. */
  history(before: RevisionParts | undefined, limit: number, limits: RequestLimits): Promise<readonly StoredDocument[]>;
  /** Copies the bytes of the document beside it, and returns the name of the copy. */
  keepAside(limits: RequestLimits): Promise<string>;
  /** What {@link Engine.setUp} runs. */
  readonly script?: string;
  /** Creates what the server needs before the document. */
  setUp?(limits: RequestLimits): Promise<void>;
  close(): Promise<void>;
}
