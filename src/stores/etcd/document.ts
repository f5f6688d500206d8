import type { Revision, StoredDocument, StoreLimits } from '../../index.ts';
import type {
  Change,
  DocumentState,
  Engine,
  Subscription,
  SubscriptionHandler,
  UnchangedState,
  WriteTrace,
} from '../remote/engine.ts';
import { resetError, textOf } from '../remote/failure.ts';
import { type AnswerHeader, type KnownLineage, Lineage, type RevisionParts } from '../remote/lineage.ts';
import type { RequestLimits } from '../remote/pause.ts';
import { EtcdClient, type Request } from './client.ts';
import type { GrpcConnection } from './grpc-connection.ts';
import { historyOf } from './history.ts';
import {
  decodeResponse,
  headerOf,
  type KeyValue,
  METHODS,
  MOD,
  PUT_REQUEST,
  RANGE_REQUEST,
  RANGE_RESPONSE,
  TXN_REQUEST,
  TXN_RESPONSE,
} from './messages.ts';
import { type Draft, encode, type Message } from './protobuf.ts';
import type { Settings } from './settings.ts';
import { subscribe } from './subscription.ts';
import { traceOf } from './trace.ts';

/** The document in one revision of the cluster. */
export interface EtcdState extends DocumentState {
  /** The revision of the cluster at which the document was created; 0 where it is absent. */
  readonly created: number;
  /** The last write that was not made by hand. */
  readonly lastWrite: { readonly id: string | undefined; readonly number: number } | undefined;
}

/** The value of the key beside the text. */
interface WriteNote {
  readonly id?: string;
  readonly by?: string;
  readonly at?: string;
  readonly note?: string;
}

/** One document of a cluster: a key for the text, and one beside it for who wrote it. */
export class EtcdDocument implements Engine {
  readonly name: string;
  readonly places: readonly string[];
  readonly limits: StoreLimits;
  readonly timeout: number;
  readonly requestTimeout: number;
  readonly lineage: Lineage = new Lineage();
  readonly client: EtcdClient;
  readonly #settings: Settings;

  constructor(settings: Settings) {
    const { name, endpoints, maxBytes, staleMs, timeout, requestTimeout } = settings;
    this.#settings = settings;
    this.client = new EtcdClient(settings);
    this.name = name;
    this.places = endpoints.map(({ url }) => `${name} at ${url}`);
    this.limits = { maxBytes, staleMs, durability: 'quorum-fsync' };
    this.timeout = timeout;
    this.requestTimeout = requestTimeout;
  }

  /** The state now, or at a revision of the cluster. */
  async state(limits: RequestLimits, revision?: number): Promise<EtcdState> {
    const { kvs, header } = await this.#range({ ...this.range, ...(revision !== undefined && { revision }) }, limits);
    return this.stateOf(kvs, headerOf(header));
  }

  async revision(limits: RequestLimits): Promise<Revision> {
    return this.lineage.revisionOf(await this.modifiedAt(limits));
  }

  /** The revision of the cluster that made the state at `revision`, or the current state. */
  async modifiedAt(limits: RequestLimits, revision?: number): Promise<number> {
    const key = this.#settings.keys.document;
    const request = { key, keysOnly: true, ...(revision !== undefined && { revision }) };
    const { kvs } = await this.#range(request, limits);
    return kvs[0]?.modRevision ?? 0;
  }

  /** `connection`: the one to ask over; any by default. */
  async newer(number: number, limits: RequestLimits, connection?: GrpcConnection): Promise<EtcdState | UnchangedState> {
    const request = { key: this.#settings.keys.document, keysOnly: true, minModRevision: number + 1 };
    const { kvs, count, header } = await this.#range(request, limits, connection);
    return kvs.length > 0 ? this.state(limits) : { exists: count > 0, at: header.revision };
  }

  async swap(
    { text, expect, id, by, note }: Change,
    limits: RequestLimits,
  ): Promise<{ readonly revision: Revision } | EtcdState> {
    const { document: key, write } = this.#settings.keys;
    const at = new Date().toISOString();
    const value = JSON.stringify({ id, ...(by !== undefined && { by }), at, ...(note !== undefined && { note }) });
    const message = encode(TXN_REQUEST, {
      compare: [{ target: MOD, key, modRevision: expect.number }],
      success: [{ put: { key, value: text } }, { put: { key: write, value } }],
      failure: [{ range: this.range }],
    });
    const read = (bytes: Buffer) => decodeResponse(TXN_RESPONSE, bytes);
    const { header, succeeded, responses } = await this.#ask({ method: METHODS.txn, message, read }, limits);
    if (!succeeded) return this.stateOf(responses[0]?.range.kvs ?? [], headerOf(header));
    return { revision: this.lineage.revisionOf(header.revision) };
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
    const { document, aside } = this.#settings.keys;
    const { kvs } = await this.#range({ key: document }, limits);
    const key = `${aside}${new Date().toISOString()}`;
    const message = encode(PUT_REQUEST, { key, value: kvs[0]?.value ?? '' });
    await this.client.ask({ method: METHODS.put, message, read: () => undefined }, limits);
    return `etcd:${key}`;
  }

  absent(): EtcdState {
    return this.stateOf([], { server: '', revision: 0 });
  }

  close(): Promise<void> {
    return this.client.close();
  }

  /** Both keys of the document. */
  get range(): { readonly key: string; readonly end: string } {
    return { key: this.#settings.keys.document, end: this.#settings.keys.end };
  }

  isDocument({ key }: Pick<KeyValue, 'key'>): boolean {
    return key === this.#settings.keys.document;
  }

  /** The state that the keys of an answer, or of an event, hold. */
  stateOf(kvs: readonly KeyValue[], { revision: at }: AnswerHeader): EtcdState {
    const document = kvs.find(({ key }) => key === this.#settings.keys.document);
    const write = kvs.find(({ key }) => key === this.#settings.keys.write);
    const number = document?.modRevision ?? 0;
    const note = write && noteOf(write);
    const { id, ...authorship } = write?.modRevision === document?.modRevision ? (note ?? {}) : {};
    const revision = this.lineage.revisionOf(number);
    return {
      number,
      at,
      revision,
      created: document?.createRevision ?? 0,
      writeId: id,
      lastWrite: write && { id: note?.id, number: write.modRevision },
      stored: () => ({
        text: document ? textOf(document.value, this.#settings) : null,
        revision,
        ...(id !== undefined && { writeId: id }),
        ...authorship,
      }),
    };
  }

  /** Throws `RESET` where the answer comes from another cluster, or from one that lost a part of its history. */
  requireKnown(header: AnswerHeader, known: KnownLineage): void {
    const reset = this.lineage.resetBy(header, known);
    if (reset !== undefined) throw resetError(this.name, reset);
  }

  #range(
    request: Draft<typeof RANGE_REQUEST>,
    limits: RequestLimits,
    connection?: GrpcConnection,
  ): Promise<Message<typeof RANGE_RESPONSE>> {
    const read = (bytes: Buffer) => decodeResponse(RANGE_RESPONSE, bytes);
    return this.#ask({ method: METHODS.range, message: encode(RANGE_REQUEST, request), read }, limits, connection);
  }

  async #ask<T extends Pick<Message<typeof RANGE_RESPONSE>, 'header'>>(
    request: Request<T>,
    limits: RequestLimits,
    connection?: GrpcConnection,
  ): Promise<T> {
    const { known } = this.lineage;
    const answer = await this.client.ask(request, limits, connection);
    this.requireKnown(headerOf(answer.header), known);
    return answer;
  }
}

/** Anything else than a note of a write counts as an empty one. */
function noteOf({ value }: KeyValue): WriteNote {
  try {
    const found: unknown = JSON.parse(value.toString('utf8'));
    if (typeof found !== 'object' || found === null) return {};
    const members = Object.entries(found).filter(
      ([name, member]) => ['id', 'by', 'at', 'note'].includes(name) && typeof member === 'string',
    );
    return Object.fromEntries(members);
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
