import { loadClient } from '../remote/client.ts';
import { RequestError, timeoutFailure } from '../remote/failure.ts';
import { type RequestLimits, within } from '../remote/pause.ts';
import { attemptMs } from '../remote/settings.ts';
import { isSwitchedOff } from './failure.ts';
import { type CallOptions, GrpcConnection, type StreamHandler } from './grpc-connection.ts';
import { Login } from './login.ts';
import { authenticate, type Request } from './messages.ts';
import type { Settings } from './settings.ts';

/** The head start of each endpoint before the next one is tried too, in milliseconds. */
const HEAD_START_MS = 150;
/** The limit of one login, in milliseconds. */
const LOGIN_MS = 60_000;

/** The members of a cluster: whichever connects first answers, and the next one when it fails. */
export class EtcdClient {
  readonly #settings: Settings;
  readonly #closing = new AbortController();
  readonly #login: Login | undefined;
  #connections: Promise<readonly GrpcConnection[]> | undefined;
  /** The index of the endpoint that is tried first. */
  #first: number;

  constructor(settings: Settings) {
    const { endpoints, credentials } = settings;
    this.#settings = settings;
    this.#first = Math.floor(Math.random() * endpoints.length);
    this.#login = credentials && new Login(() => this.#logIn(credentials));
  }

  /** Asks once, over `connection` if given. Rejects with a {@link RequestError}, or with the reason of an abort. */
  async ask<T>(request: Request<T>, limits: RequestLimits, connection?: GrpcConnection): Promise<T> {
    const token = await this.#token(limits);
    return this.#send(connection ?? (await this.#connected(limits)), request, this.#options(limits, token));
  }

  /** Opens a stream, and returns the connection that it uses. */
  async stream<T>(request: Request<T>, limits: RequestLimits, handler: StreamHandler<T>): Promise<GrpcConnection> {
    const token = await this.#token(limits);
    const connection = await this.#connected(limits);
    const ended = (error: Error): void => {
      if (!limits.signal.aborted) this.#failed(error, connection, token);
      handler.ended(error);
    };
    connection.stream(request, this.#options(limits, token), { answer: (answer) => handler.answer(answer), ended });
    return connection;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const connections = await this.#connections?.catch(() => []);
    await Promise.all((connections ?? []).map((connection) => connection.close()));
  }

  async #send<T>(connection: GrpcConnection, request: Request<T>, options: CallOptions): Promise<T> {
    try {
      return await connection.ask(request, options);
    } catch (error) {
      this.#failed(error, connection, options.token);
      throw error;
    }
  }

  #options(limits: RequestLimits, token: string | undefined): CallOptions {
    return { token, timeout: attemptMs(limits, this.#settings), signal: limits.signal };
  }

  async #token({ signal, until }: RequestLimits): Promise<string | undefined> {
    if (this.#login === undefined) return undefined;
    const left = Math.max(1, until - performance.now());
    const login = this.#login.token().then((token) => ({ token }));
    const result = await within(left, signal, login);
    if (result === undefined) throw new RequestError(timeoutFailure(left, false));
    return result.token;
  }

  /** The first endpoint that connects. Each has a head start before the next one. */
  async #connected(limits: RequestLimits): Promise<GrpcConnection> {
    const all = await this.#open();
    const { signal } = limits;
    const ordered = [...all.slice(this.#first), ...all.slice(0, this.#first)];
    if (ordered[0]?.isReady) return ordered[0];
    const attempts: Promise<GrpcConnection>[] = [];
    const timeout = attemptMs(limits, this.#settings);
    for (const connection of ordered) {
      attempts.push(connection.connected().then((is) => (is ? connection : Promise.reject())));
      const ms = attempts.length === ordered.length ? timeout : HEAD_START_MS;
      const first = Promise.any(attempts).catch(() => undefined);
      const found = await within(ms, signal, first);
      if (found === undefined) continue;
      this.#first = all.indexOf(found);
      return found;
    }
    const failures = await Promise.all(ordered.map((connection) => connection.failure(signal)));
    const failure = failures.find((each) => each?.code === 'DENIED') ?? failures[0];
    throw new RequestError(failure && !failures.includes(undefined) ? failure : timeoutFailure(timeout, false));
  }

  #open(): Promise<readonly GrpcConnection[]> {
    const { endpoints, secure, maxBytes } = this.#settings;
    // A document, some that were written at the same time, and their keys.
    const longest = 4 * maxBytes + 2 ** 20;
    this.#connections ??= loadClient(async () => await import('@grpc/grpc-js'), 'varve/etcd', '@grpc/grpc-js').then(
      (grpc) => endpoints.map((endpoint) => new GrpcConnection(grpc, endpoint, { secure, longest })),
    );
    return this.#connections;
  }

  #failed(error: unknown, { endpoint }: GrpcConnection, token: string | undefined): void {
    if (!(error instanceof RequestError)) return;
    const { needsLogin, retry } = error.failure;
    const { endpoints } = this.#settings;
    if (needsLogin) this.#login?.forget(token);
    if (retry !== 'no' && endpoints[this.#first] === endpoint) this.#first = (this.#first + 1) % endpoints.length;
  }

  async #logIn({ name, password }: NonNullable<Settings['credentials']>): Promise<string | undefined> {
    const limits = { until: performance.now() + LOGIN_MS, signal: this.#closing.signal };
    try {
      const connection = await this.#connected(limits);
      const options = { token: undefined, timeout: LOGIN_MS, signal: limits.signal };
      return (await this.#send(connection, authenticate(name, password), options)).token;
    } catch (error) {
      // A password may be configured before the cluster requires one.
      if (error instanceof RequestError && isSwitchedOff(error.failure)) return undefined;
      throw error;
    }
  }
}
