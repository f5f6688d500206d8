import { ConfigError } from '../../index.ts';
import type { SubscriptionHandler } from '../remote/engine.ts';
import { RequestError } from '../remote/failure.ts';
import type { RequestLimits } from '../remote/pause.ts';
import type { EtcdDocument } from './document.ts';
import { failureOf, NOT_ETCD } from './failure.ts';
import type { GrpcConnection } from './grpc-connection.ts';
import {
  DELETE,
  decodeResponse,
  headerOf,
  type KeyValue,
  METHODS,
  WATCH_REQUEST,
  WATCH_RESPONSE,
  type WatchResponse,
} from './messages.ts';
import { encode } from './protobuf.ts';

/** The member of this stream may be behind the others: its revision is not compared, only its cluster. */
const ANY_REVISION = { generation: -1, revision: 0 };

/** Watches a document after the revision `from` of the cluster. Returns the connection of the stream. */
export async function subscribe(
  document: EtcdDocument,
  from: number,
  { limits, handler }: { readonly limits: RequestLimits; readonly handler: SubscriptionHandler },
): Promise<GrpcConnection> {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  limits.signal.addEventListener('abort', abort);
  let hasEnded = false;
  const end = (error: Error): void => {
    if (hasEnded) return;
    hasEnded = true;
    limits.signal.removeEventListener('abort', abort);
    controller.abort();
    handler.ended(error);
  };
  const events = new WatchEvents(document, handler);
  const create = { ...document.range, startRevision: from + 1, progressNotify: true, fragment: true };
  return document.client.stream(
    { method: METHODS.watch, message: encode(WATCH_REQUEST, { create }) },
    { ...limits, signal: controller.signal },
    {
      message: (bytes) => {
        try {
          events.add(decodeResponse(WATCH_RESPONSE, bytes));
        } catch (error) {
          if (error instanceof RangeError) end(new RequestError(NOT_ETCD));
          else if (error instanceof ConfigError || error instanceof RequestError) end(error);
          else throw error;
        }
      },
      ended: (failure) => end(new RequestError(failure)),
    },
  );
}

/** Collects the newest event of each key until all events of its revision have come. */
class WatchEvents {
  readonly #document: EtcdDocument;
  readonly #handler: SubscriptionHandler;
  #newest: KeyValue | undefined;
  #isDeleted = false;
  #write: KeyValue | undefined;

  constructor(document: EtcdDocument, handler: SubscriptionHandler) {
    this.#document = document;
    this.#handler = handler;
  }

  /** Throws a {@link RequestError} where the server ends the watch, or `RESET`. */
  add(response: WatchResponse): void {
    this.#document.requireKnown(headerOf(response.header), ANY_REVISION);
    if (response.canceled) throw new RequestError(failureOfCancel(response));
    if (response.created) this.#handler.opened();
    for (const { type, kv } of response.events) {
      if (!this.#document.isDocument(kv)) this.#write = kv;
      else {
        this.#newest = kv;
        this.#isDeleted = type === DELETE;
      }
    }
    if (!response.isFragment) this.#report(response);
  }

  #report({ header }: WatchResponse): void {
    const newest = this.#newest;
    if (newest === undefined) return;
    const kvs = this.#isDeleted ? [] : [newest, ...(this.#write ? [this.#write] : [])];
    this.#newest = undefined;
    this.#write = undefined;
    this.#handler.changed(this.#document.stateOf(kvs, headerOf(header)), newest.modRevision);
  }
}

function failureOfCancel({ cancelReason, compactRevision }: WatchResponse): RequestError['failure'] {
  const isCompacted = compactRevision !== 0;
  return failureOf(
    14,
    isCompacted ? 'the watch met compacted revisions' : cancelReason || 'the server ended the watch',
  );
}
