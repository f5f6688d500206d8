import type { Revision, StoredDocument, StoreLimits } from '../../index.ts';
import type {
  Change,
  Engine,
  Subscription,
  SubscriptionHandler,
  UnchangedState,
  WriteTrace,
} from '../remote/engine.ts';
import type { Lineage, RevisionParts } from '../remote/lineage.ts';
import type { RequestLimits } from '../remote/pause.ts';
import type { GrpcConnection } from './grpc-connection.ts';
import { historyOf, traceOf } from './history.ts';
import { put, range, swap } from './messages.ts';
import type { Settings } from './settings.ts';
import { type EtcdState, EtcdStates } from './states.ts';
import { subscribe } from './subscription.ts';

/** One document of a cluster as an engine. */
export class EtcdDocument implements Engine {
  readonly name: string;
  readonly places: readonly string[];
  readonly limits: StoreLimits;
  readonly timeout: number;
  readonly requestTimeout: number;
  readonly #settings: Settings;
  readonly #states: EtcdStates;

  constructor(settings: Settings) {
    const { name, endpoints, maxBytes, staleMs, timeout, requestTimeout } = settings;
    this.#settings = settings;
    this.#states = new EtcdStates(settings);
    this.name = name;
    this.places = endpoints.map(({ url }) => `${name} at ${url}`);
    this.limits = { maxBytes, staleMs, durability: 'quorum-fsync' };
    this.timeout = timeout;
    this.requestTimeout = requestTimeout;
  }

  get lineage(): Lineage {
    return this.#states.lineage;
  }

  state(limits: RequestLimits): Promise<EtcdState> {
    return this.#states.state(limits);
  }

  async revision(limits: RequestLimits): Promise<Revision> {
    const { kvs } = await this.#states.modified(limits);
    return this.lineage.revisionOf(kvs[0]?.modRevision ?? 0);
  }

  /** `connection`: the one to ask over; any by default. */
  async newer(after: number, limits: RequestLimits, connection?: GrpcConnection): Promise<EtcdState | UnchangedState> {
    const { kvs, count, header } = await this.#states.modified(limits, { after }, connection);
    return kvs.length > 0 ? this.state(limits) : { exists: count > 0, at: header.revision };
  }

  async swap(change: Change, limits: RequestLimits): Promise<{ readonly revision: Revision } | EtcdState> {
    const { text, expect, id, by, note } = change;
    const { document: key, write } = this.#settings.keys;
    // JSON leaves out what is undefined.
    const puts = { [key]: text, [write]: JSON.stringify({ id, by, at: new Date().toISOString(), note }) };
    const request = swap({ key, modRevision: expect.number, puts, otherwise: this.#states.range });
    const { header, succeeded, kvs } = await this.#states.ask(request, limits);
    return succeeded ? { revision: this.lineage.revisionOf(header.revision) } : this.#states.stateOf(kvs, header);
  }

  traceOf(change: Change, current: EtcdState, limits: RequestLimits): Promise<WriteTrace> {
    return traceOf(this.#states, change, { current, limits });
  }

  async subscribe(from: number, limits: RequestLimits, handler: SubscriptionHandler): Promise<Subscription> {
    const connection = await subscribe(this.#states, from, { limits, handler });
    return { newer: (number, asked) => this.newer(number, asked, connection) };
  }

  history(before: RevisionParts | undefined, limit: number, limits: RequestLimits): Promise<readonly StoredDocument[]> {
    return historyOf(this.#states, { before: before?.number, limit }, limits);
  }

  async keepAside(limits: RequestLimits): Promise<string> {
    const { document, aside } = this.#settings.keys;
    const { kvs } = await this.#states.ask(range({ key: document }), limits);
    const key = `${aside}${new Date().toISOString()}`;
    await this.#states.ask(put(key, kvs[0]?.value ?? Buffer.alloc(0)), limits);
    return `etcd:${key}`;
  }

  absent(): EtcdState {
    return this.#states.stateOf([], { revision: 0 });
  }

  close(): Promise<void> {
    return this.#states.client.close();
  }
}
