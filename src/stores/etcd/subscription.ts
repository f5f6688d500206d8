import type { SubscriptionHandler } from '../remote/engine.ts';
import { RequestError } from '../remote/failure.ts';
import type { RequestLimits } from '../remote/pause.ts';
import { failureOf } from './failure.ts';
import type { GrpcConnection } from './grpc-connection.ts';
import { type KeyValue, type WatchAnswer, watch } from './messages.ts';
import type { EtcdStates } from './states.ts';

/** The member of this stream may be behind the others: its revision is not compared, only its cluster. */
const ANY_REVISION = { generation: -1, revision: 0 };

/** A status of gRPC. */
const UNAVAILABLE = 14;

/** Watches a document after the revision `from` of the cluster. Returns the connection of the stream. */
export function subscribe(
  states: EtcdStates,
  from: number,
  { limits, handler }: { readonly limits: RequestLimits; readonly handler: SubscriptionHandler },
): Promise<GrpcConnection> {
  const events = new WatchEvents(states, handler);
  return states.client.stream(watch(states.range, from + 1), limits, {
    answer: (answer) => events.add(answer),
    ended: (error) => handler.ended(error),
  });
}

/** Collects the newest event of each key until all events of its revision have come. */
class WatchEvents {
  readonly #states: EtcdStates;
  readonly #handler: SubscriptionHandler;
  #document: WatchAnswer['events'][number] | undefined;
  #write: KeyValue | undefined;

  constructor(states: EtcdStates, handler: SubscriptionHandler) {
    this.#states = states;
    this.#handler = handler;
  }

  /** Throws a {@link RequestError} where the server ends the watch, or `RESET`. */
  add(answer: WatchAnswer): void {
    this.#states.requireKnown(answer.header, ANY_REVISION);
    if (answer.isCanceled) throw new RequestError(failureOfCancel(answer));
    if (answer.isCreated) this.#handler.opened();
    for (const event of answer.events) {
      if (event.kv.key === this.#states.settings.keys.document) this.#document = event;
      else this.#write = event.kv;
    }
    if (!answer.isFragment) this.#report(answer);
  }

  #report({ header }: WatchAnswer): void {
    const [document, write] = [this.#document, this.#write];
    if (document === undefined) return;
    const { isDelete, kv } = document;
    const kvs = isDelete ? [] : [kv, ...(write ? [write] : [])];
    this.#document = undefined;
    this.#write = undefined;
    this.#handler.changed(this.#states.stateOf(kvs, header), kv.modRevision);
  }
}

function failureOfCancel({ cancelReason, compactRevision }: WatchAnswer): RequestError['failure'] {
  if (compactRevision !== 0) return failureOf(UNAVAILABLE, 'the watch met compacted revisions');
  return failureOf(UNAVAILABLE, cancelReason || 'the server ended the watch');
}
