import type { PoolClient } from 'pg';
import { ConfigError } from '../../index.ts';
import {
  ABSENT_STATE,
  type DocumentState,
  type Subscription,
  type SubscriptionHandler,
  type UnchangedState,
} from '../remote/engine.ts';
import { RequestError } from '../remote/failure.ts';
import { pause, type RequestLimits } from '../remote/pause.ts';
import type { Connections } from './connections.ts';
import { failureOf } from './failure.ts';
import type { Settings } from './settings.ts';
import { channelOf } from './tables.ts';

/** How often a document is looked at where notifications do not come through, in milliseconds. */
const POLL_MS = 1_000;
/** For how long a notification to ourselves may take, in milliseconds. */
const PROBE_MS = 1_000;

/** The document that is listened to. */
interface ListenedDocument {
  readonly connections: Connections;
  readonly settings: Settings;
  newer(number: number, limits: RequestLimits, client: PoolClient): Promise<DocumentState | UnchangedState>;
}

interface SubscribeOptions {
  readonly limits: RequestLimits;
  readonly handler: SubscriptionHandler;
}

/**
 * Listens for changes after revision `from` over a connection of its own. Where that can't be, because a pooler does not
 * keep sessions or the server is a replica, says so with a warning of the process, and polls.
 */
export async function subscribe(
  document: ListenedDocument,
  from: number,
  { limits, handler }: SubscribeOptions,
): Promise<Subscription> {
  const client = await document.connections.connect(limits);
  const { signal } = limits;
  const listener = new Listener(document, client, { from, handler, signal });
  const reason = await listener.start(limits).catch((error: unknown) => {
    listener.end();
    throw error;
  });
  handler.opened();
  if (reason !== undefined) warnOnce(document.settings.name, reason);
  return {
    newer: (number, asked) => document.newer(number, asked, client),
    ...(reason !== undefined && { pollMs: Math.min(POLL_MS, document.settings.staleMs / 4) }),
  };
}

/** Listens on one connection, and looks at the document with each notification. */
class Listener {
  readonly #document: ListenedDocument;
  readonly #client: PoolClient;
  readonly #handler: SubscriptionHandler;
  readonly #signal: AbortSignal;
  readonly #channel: string;
  readonly #end = (): void => this.end();
  #number: number;
  #isLooking = false;
  #hasMore = false;
  #hasEnded = false;
  #heard: (payload: string) => void = () => undefined;

  constructor(
    document: ListenedDocument,
    client: PoolClient,
    {
      from,
      handler,
      signal,
    }: { readonly from: number; readonly handler: SubscriptionHandler; readonly signal: AbortSignal },
  ) {
    this.#document = document;
    this.#client = client;
    this.#handler = handler;
    this.#signal = signal;
    this.#number = from;
    this.#channel = channelOf(document.settings.schema, document.settings.document);
    client.on('notification', ({ payload = '' }) => this.#notified(payload));
    client.on('error', (error) => this.#fail(new RequestError(failureOf(error, true))));
    client.on('end', () => this.#fail(new RequestError(failureOf(new Error('the connection was closed'), true))));
    signal.addEventListener('abort', this.#end);
  }

  /** Returns why notifications do not come through; `undefined` when they do. */
  async start(limits: RequestLimits): Promise<string | undefined> {
    const { connections } = this.#document;
    const text = 'SELECT pg_backend_pid() AS pid, pg_is_in_recovery() AS is_replica';
    const [row] = await connections.query<{ readonly pid: number; readonly is_replica: boolean }>(
      { text, values: [] },
      limits,
      this.#client,
    );
    if (row?.is_replica) return 'the server is a read replica';
    await connections.query({ text: `LISTEN "${this.#channel}"`, values: [] }, limits, this.#client);
    // A pooler gives its clients other process ids than those of the server.
    const isDirect = 'processID' in this.#client && this.#client.processID === row?.pid;
    return isDirect || (await this.#hearsItself(limits)) ? undefined : 'the pooler does not keep sessions';
  }

  /** Ends the connection: it must not return to a pool while it listens. */
  end(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#signal.removeEventListener('abort', this.#end);
    this.#client.release(true);
  }

  async #hearsItself(limits: RequestLimits): Promise<boolean> {
    const id = crypto.randomUUID();
    const heard = new Promise<boolean>((resolve) => {
      this.#heard = (payload) => payload === id && resolve(true);
    });
    await this.#document.connections.query({ text: 'SELECT pg_notify($1, $2)', values: [this.#channel, id] }, limits);
    return Promise.race([heard, pause(PROBE_MS, limits.signal, true).then(() => false)]);
  }

  #notified(payload: string): void {
    this.#heard(payload);
    this.#hasMore = true;
    if (!this.#isLooking) void this.#look();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    try {
      while (this.#hasMore && !this.#hasEnded) {
        this.#hasMore = false;
        const { requestTimeout } = this.#document.settings;
        const limits = { until: performance.now() + requestTimeout, signal: this.#signal, isIdle: true };
        const found = await this.#document.newer(this.#number, limits, this.#client);
        if (this.#hasEnded) return;
        const state = 'stored' in found ? found : ABSENT_STATE;
        if (!('stored' in found) && found.exists) continue;
        this.#number = 'stored' in found ? found.number : found.at;
        this.#handler.changed(state, this.#number);
      }
    } catch (error) {
      if (error instanceof RequestError || error instanceof ConfigError) this.#fail(error);
      else if (!this.#signal.aborted) throw error;
    } finally {
      this.#isLooking = false;
    }
  }

  #fail(error: Error): void {
    if (this.#hasEnded) return;
    this.end();
    this.#handler.ended(error);
  }
}

const warned = new Set<string>();

function warnOnce(name: string, reason: string): void {
  if (warned.has(name)) return;
  warned.add(name);
  const message = `${name} is polled every second, since notifications do not come through: ${reason}`;
  process.emitWarning(message, 'ConfigWarning');
}
