import type { Document, State } from './document.ts';
import { type Failure, failureOf, NOT_ETCD } from './failure.ts';
import { type Answer, type Asking, type Gateway, type KeyValue, parsed, type Said, saidIn } from './gateway.ts';

/** Told of what a stream of events says. */
export interface StreamHandler {
  /** The server has attached the watch; what happens from now on is told. */
  opened(): void;
  changed(state: State & { readonly change: number }): void;
  /** Called once. */
  ended(failure: Failure): void;
}

interface WatchResponse {
  readonly header?: Answer['header'];
  readonly created?: boolean;
  readonly canceled?: boolean;
  readonly compact_revision?: string;
  readonly cancel_reason?: string;
  /** Whether more events of the same revision follow in the next one. */
  readonly fragment?: boolean;
  readonly events?: readonly { readonly type?: 'DELETE'; readonly kv: KeyValue }[];
}

/** Whatever the member that a stream hangs at has missed, it does not lose: only its cluster is looked at. */
const ANY_REVISION = { history: -1, revision: 0 };

/** Opens a stream of the changes of a document from a revision of the cluster on; the signal ends it. */
export function openStream(
  { gateway, document }: { readonly gateway: Gateway; readonly document: Document },
  from: number,
  asking: Asking,
  handler: StreamHandler,
): Promise<void> {
  const events = new Events(document, handler);
  const create = { ...document.range, start_revision: String(from), progress_notify: true, fragment: true };
  return gateway.stream('/v3/watch', { create_request: create }, asking, {
    line: (text) => events.take(text),
    end: (failure) => handler.ended(failure),
  });
}

/** The newest event of each key is kept until all of its revision are there. */
class Events {
  readonly #document: Document;
  readonly #handler: StreamHandler;
  #newest: KeyValue | undefined;
  #isDeleted = false;
  #write: KeyValue | undefined;

  constructor(document: Document, handler: StreamHandler) {
    this.#document = document;
    this.#handler = handler;
  }

  /** Gives why the stream has to end, if it has. */
  take(text: string): Failure | undefined {
    const line = parsed<{ readonly result?: WatchResponse; readonly error?: Said }>(text);
    const { result, error } = line ?? {};
    if (error !== undefined) return failureOf(500, saidIn(error));
    if (result === undefined) return NOT_ETCD;
    this.#document.requireKnown(result.header, ANY_REVISION);
    if (result.canceled) return canceled(result);
    if (result.created) this.#handler.opened();
    for (const { type, kv } of result.events ?? []) {
      if (!this.#document.isDocument(kv)) this.#write = kv;
      else {
        this.#newest = kv;
        this.#isDeleted = type === 'DELETE';
      }
    }
    if (!result.fragment) this.#tell(result);
    return undefined;
  }

  #tell({ header }: WatchResponse): void {
    const newest = this.#newest;
    if (newest === undefined) return;
    const kvs = this.#isDeleted ? [] : [newest, ...(this.#write ? [this.#write] : [])];
    const change = Number(newest.mod_revision);
    this.#newest = undefined;
    this.#write = undefined;
    this.#handler.changed({ ...this.#document.stateOf(kvs, { ...(header && { header }) }), change });
  }
}

function canceled({ cancel_reason: reason = '', compact_revision: compacted }: WatchResponse): Failure {
  const isCompacted = compacted !== undefined && compacted !== '0';
  if (!isCompacted && reason !== '') return failureOf(500, reason);
  return { code: 'UNAVAILABLE', message: 'the server ended the watch', mayBeApplied: false, retry: 'later' };
}
