import type { Revision, StoredDocument } from '../../index.ts';
import type {
  Change,
  Engine,
  Subscription,
  SubscriptionHandler,
  UnchangedState,
  WriteTrace,
} from '../remote/engine.ts';
import type { RevisionParts } from '../remote/lineage.ts';
import type { RequestLimits } from '../remote/pause.ts';
import type { GrpcConnection } from './grpc-connection.ts';
import { historyOf, traceOf } from './history.ts';
import { put, range, swap } from './messages.ts';
import { type EtcdState, EtcdStates } from './states.ts';
import { subscribe } from './subscription.ts';

/** One document of a cluster as an engine. */
export class EtcdDocument extends EtcdStates implements Engine {
  readonly durability = 'quorum-fsync';

  async newer(after: number, limits: RequestLimits, connection?: GrpcConnection): Promise<EtcdState | UnchangedState> {
    const request = range({ key: this.settings.keys.document, keysOnly: true, minModRevision: after + 1 });
    const { kvs, count, header } = await this.ask(request, limits, connection);
    return kvs.length > 0 ? this.state(limits) : { exists: count > 0, at: header.revision };
  }

  async swap(change: Change, limits: RequestLimits): Promise<{ readonly revision: Revision } | EtcdState> {
    const { text, expect, id, by, note } = change;
    const { document: key, write } = this.settings.keys;
    // JSON leaves out what is undefined.
    const puts = { [key]: text, [write]: JSON.stringify({ id, by, at: new Date().toISOString(), note }) };
    const request = swap({ key, modRevision: expect.number, puts, otherwise: this.range });
    const { header, succeeded, kvs } = await this.ask(request, limits);
    return succeeded ? { revision: this.lineage.revisionOf(header.revision) } : this.stateOf(kvs, header);
  }

  traceOf(change: Change, current: EtcdState, limits: RequestLimits): Promise<WriteTrace> {
    return traceOf(this, change, { current, limits });
  }

  async subscribe(from: number, limits: RequestLimits, handler: SubscriptionHandler): Promise<Subscription> {
    const connection = await subscribe(this, from, { limits, handler });
    return { newer: (number, asked) => this.newer(number, asked, connection) };
  }

  history(before: RevisionParts | undefined, limit: number, limits: RequestLimits): Promise<readonly StoredDocument[]> {
    return historyOf(this, { before: before?.number, limit }, limits);
  }

  async keepAside(limits: RequestLimits): Promise<string> {
    const { document, aside } = this.settings.keys;
    const { kvs } = await this.ask(range({ key: document }), limits);
    const key = `${aside}${new Date().toISOString()}`;
    await this.ask(put(key, kvs[0]?.value ?? Buffer.alloc(0)), limits);
    return `etcd:${key}`;
  }

  close(): Promise<void> {
    return this.client.close();
  }
}
