import type { SubscriptionHandler } from '../remote/engine.ts';
import { RequestError } from '../remote/failure.ts';
import type { RequestLimits } from '../remote/pause.ts';
import { failureOf, UNAVAILABLE } from './failure.ts';
import type { GrpcConnection } from './grpc-connection.ts';
import { type WatchAnswer, type WatchEvent, watch } from './messages.ts';
import type { EtcdStates } from './states.ts';

/** The member of this stream may be behind the others: its revision is not compared, only its cluster. */
const ANY_REVISION = { generation: -1, revision: 0 };

/** Watches a document after the revision `from` of the cluster. Returns the connection of the stream. */
export function subscribe(
  states: EtcdStates,
  from: number,
  { limits, handler }: { readonly limits: RequestLimits; readonly handler: SubscriptionHandler },
): Promise<GrpcConnection> {
  /** The newest event of each key, until all events of its revision have come. */
  const events = new Map<string, WatchEvent>();
  const answer = ({ header, isCreated, isCanceled, cancelReason, isFragment, ...rest }: WatchAnswer): void => {
    states.lineage.check(header, ANY_REVISION);
    if (isCanceled) throw new RequestError(failureOf(UNAVAILABLE, cancelReason || 'the server ended the watch'));
    if (isCreated) handler.opened();
    for (const event of rest.events) events.set(event.kv.key, event);
    const document = events.get(states.settings.keys.document);
    if (isFragment || document === undefined) return;
    const kvs = [...events.values()].filter(({ isDelete }) => !isDelete).map(({ kv }) => kv);
    events.clear();
    handler.changed(states.stateOf(kvs, header), document.kv.modRevision);
  };
  const ended = (error: Error): void => handler.ended(error);
  return states.client.stream(watch(states.range, from + 1), limits, { answer, ended });
}
