import { ConfigError } from '../../index.ts';
import { type Document, type State, Unanswered } from './document.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Asking, Caller, Gateway } from './gateway.ts';
import type { KeyValue, WatchCreate, WatchResponse } from './messages.ts';

/** Told of what a stream of events says. */
export interface StreamHandler {
  /** The server has attached the watch; what happens from now on is told. */
  opened(): void;
  changed(state: State & { readonly change: number }): void;
  /** Called once, with an {@link Unanswered}, or with `RESET`. */
  ended(error: Error): void;
}

const ANOTHER_CLUSTER: Failure = {
  code: 'RESET',
  message: 'another cluster answers',
  mayBeApplied: false,
  retry: 'later',
};

/** Whatever the member that a stream hangs at has missed, it does not lose: only its cluster is looked at. */
const ANY_REVISION = { history: -1, revision: 0 };

/**
 * Opens a stream of the changes of a document from a revision of the cluster on; the signal ends it. Gives what asks the
 * server over the same connection, where that can be.
 */
export function openStream(
  { gateway, document }: { readonly gateway: Gateway; readonly document: Document },
  from: number,
  asking: Asking,
  handler: StreamHandler,
): Promise<Caller | undefined> {
  const events = new Events(document, handler);
  const create: WatchCreate = {
    ...document.range,
    start_revision: String(from),
    progress_notify: true,
    fragment: true,
  };
  let reset: ConfigError | undefined;
  return gateway.watch(create, asking, {
    response(response) {
      try {
        return events.take(response);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        reset = error;
        return ANOTHER_CLUSTER;
      }
    },
    end: (failure) => handler.ended(reset ?? new Unanswered(failure)),
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
  take(response: WatchResponse): Failure | undefined {
    this.#document.requireKnown(response.header, ANY_REVISION);
    if (response.canceled) return canceled(response);
    if (response.created) this.#handler.opened();
    for (const { type, kv } of response.events ?? []) {
      if (!this.#document.isDocument(kv)) this.#write = kv;
      else {
        this.#newest = kv;
        this.#isDeleted = type === 'DELETE';
      }
    }
    if (!response.fragment) this.#tell(response);
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
