import { Socket } from 'node:net';
import type { Client, ClientConfig, Pool, PoolClient, QueryResultRow } from 'pg';
import { loadClient, OpenSockets } from '../remote/client.ts';
import { RequestError, timeoutFailure } from '../remote/failure.ts';
import { type RequestLimits, within } from '../remote/pause.ts';
import { attemptMs } from '../remote/settings.ts';
import { failureOf } from './failure.ts';
import type { Settings } from './settings.ts';

/** One statement with its parameters. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** One connection for the watch, and one for all else. */
const MOST_CONNECTIONS = 2;
const IDLE_MS = 10_000;

/** The connections of one store: those of a pool of its own, or of the program's. */
export class Connections {
  readonly #settings: Settings;
  readonly #sockets = new OpenSockets();
  #pool: Promise<Pool> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Runs a statement, over `client` if given. Rejects with a {@link RequestError}, or with the reason of an abort. */
  async query<R extends QueryResultRow>(
    { text, values }: Statement,
    limits: RequestLimits,
    client?: PoolClient,
  ): Promise<readonly R[]> {
    const used = client ?? (await this.connect(limits));
    const timeout = attemptMs(limits, this.#settings);
    let isDone = false;
    try {
      const result = await within(timeout, limits.signal, used.query<R>(text, [...values]));
      isDone = result !== undefined;
      if (result === undefined) throw new RequestError(timeoutFailure(timeout, true));
      return result.rows;
    } catch (error) {
      limits.signal.throwIfAborted();
      if (error instanceof RequestError) throw error;
      const failure = failureOf(error, true);
      isDone = !failure.mayBeApplied;
      throw new RequestError(failure);
    } finally {
      // A connection with a statement under way can't be used for another one.
      if (client === undefined) used.release(!isDone);
    }
  }

  /** Takes a connection out of the pool. */
  async connect(limits: RequestLimits): Promise<PoolClient> {
    const timeout = attemptMs(limits, this.#settings);
    const connecting = checkedOut(await this.#open());
    try {
      const client = await within(timeout, limits.signal, connecting);
      if (client === undefined) throw new RequestError(timeoutFailure(timeout, false));
      return client;
    } catch (error) {
      // The next attempt takes it: a login that is given up costs the server as much.
      connecting.then((client) => client.release(), ignore);
      limits.signal.throwIfAborted();
      throw error instanceof RequestError ? error : new RequestError(failureOf(error, false));
    }
  }

  /** No socket of an own pool is left when it resolves. */
  async close(): Promise<void> {
    const pool = await this.#pool?.catch(ignore);
    if (!pool || this.#settings.pool) return;
    const ended = pool.end().catch(ignore);
    await Promise.all([this.#sockets.destroy(), ended]);
  }

  #open(): Promise<Pool> {
    this.#pool ??= this.#settings.pool ? Promise.resolve(this.#settings.pool) : this.#create();
    return this.#pool;
  }

  async #create(): Promise<Pool> {
    const { connection, timeout } = this.#settings;
    const { Pool, Client } = await loadClient(async () => await import('pg'), 'varve/postgres', 'pg');
    const pool = new Pool({
      application_name: 'varve',
      keepAlive: true,
      ...connection,
      max: MOST_CONNECTIONS,
      idleTimeoutMillis: IDLE_MS,
      allowExitOnIdle: true,
      connectionTimeoutMillis: timeout,
      stream: () => this.#sockets.add(new Socket()),
      Client: safeClient(Client),
    });
    pool.on('error', ignore);
    return pool;
  }
}

/** Clients that fail by an answer which `pg` can't read: it throws in a listener of the socket, which would end the process. */
function safeClient(base: typeof Client): typeof Client {
  return class extends base {
    /** What reads from the socket is not in the types of `pg`. */
    declare connection: Client['connection'] & { attachListeners(socket: Socket): void };

    constructor(config?: string | ClientConfig) {
      super(config);
      const { connection } = this;
      const attach = connection.attachListeners.bind(connection);
      connection.attachListeners = (socket) => {
        attach(socket);
        for (const read of socket.listeners('data') as ((bytes: Buffer) => void)[]) {
          socket.off('data', read);
          socket.on('data', (bytes) => {
            try {
              read(bytes);
            } catch (error) {
              socket.destroy(new Error(`\`pg\` can't read the answer of the server: ${String(error)}`));
            }
          });
        }
      };
    }
  };
}

/** A client of a pool. Its errors between two statements are ignored: the next one reports them. */
function checkedOut(pool: Pool): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    pool.connect((error, client) => {
      if (client === undefined) return reject(error);
      // The pool has just removed its own listener: without another one at once, an error would end the process.
      if (!client.listeners('error').includes(ignore)) client.on('error', ignore);
      (client as PoolClient & { unref?(): void }).unref?.();
      resolve(client);
    });
  });
}

function ignore(): undefined {
  return undefined;
}
