import { loadClient } from '../remote/client.ts';
import { type Failure, RequestError, timeoutFailure } from '../remote/failure.ts';
import { type RequestLimits, within } from '../remote/pause.ts';
import { attemptMs } from '../remote/settings.ts';
import { NOT_ETCD } from './failure.ts';
import { GrpcConnection, type StreamHandler } from './grpc-connection.ts';
import { Login, type LoginResult } from './login.ts';
import { AUTHENTICATE_REQUEST, AUTHENTICATE_RESPONSE, decodeResponse, METHODS } from './messages.ts';
import { encode } from './protobuf.ts';
import type { Settings } from './settings.ts';

/** The head start of each endpoint before the next one is tried too, in milliseconds. */
const HEAD_START_MS = 150;
/** The limit of one login, in milliseconds. */
const LOGIN_MS = 60_000;

/** A call of a method. `read` decodes the answer, and throws a `RangeError` for other bytes. */
export interface Request<T> {
  readonly method: string;
  readonly message: Buffer;
  readonly read: (bytes: Buffer) => T;
}

/** The members of a cluster: whichever connects first answers, and the next one when it fails. */
export class EtcdClient {
  readonly #settings: Settings;
  readonly #closing = new AbortController();
  readonly #login: Login | undefined;
  #connections: Promise<readonly GrpcConnection[]> | undefined;
  /** The index of the endpoint that is tried first. */
  #first: number;

  constructor(settings: Settings) {
    this.#settings = settings;
    this.#first = Math.floor(Math.random() * settings.endpoints.length);
    this.#login = settings.credentials && new Login(() => this.#logIn(), this.#closing.signal);
  }

  /** Asks once, over `connection` if given. Rejects with a {@link RequestError}, or with the reason of an abort. */
  async ask<T>(request: Request<T>, limits: RequestLimits, connection?: GrpcConnection): Promise<T> {
    const { token } = await this.#tokenFor(limits);
    return this.#send(connection ?? (await this.#connected(limits)), request, { token, limits });
  }

  /** Opens a stream, and returns the connection that it uses. */
  async stream(
    { method, message }: Omit<Request<unknown>, 'read'>,
    limits: RequestLimits,
    handler: StreamHandler,
  ): Promise<GrpcConnection> {
    const { token } = await this.#tokenFor(limits);
    const connection = await this.#connected(limits);
    const call = { method, message, token, timeout: attemptMs(limits, this.#settings), signal: limits.signal };
    connection.stream(call, {
      message: handler.message,
      ended: (failure) => {
        this.#failed(failure, connection, token);
        handler.ended(failure);
      },
    });
    return connection;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    const connections = await this.#connections?.catch(() => []);
    await Promise.all((connections ?? []).map((connection) => connection.close()));
  }

  async #send<T>(
    connection: GrpcConnection,
    { method, message, read }: Request<T>,
    { token, limits }: { readonly token: string | undefined; readonly limits: RequestLimits },
  ): Promise<T> {
    const { signal } = limits;
    const result = await connection.ask({ method, message, token, timeout: attemptMs(limits, this.#settings), signal });
    signal.throwIfAborted();
    if ('bytes' in result) return readOrRefuse(result.bytes, read);
    this.#failed(result.failure, connection, token);
    throw new RequestError(result.failure);
  }

  async #tokenFor({ signal, until }: RequestLimits): Promise<{ readonly token: string | undefined }> {
    if (this.#login === undefined) return { token: undefined };
    const left = Math.max(1, until - performance.now());
    const result = (await within(left, signal, this.#login.token())) ?? { failure: timeoutFailure(left, false) };
    if ('failure' in result) throw new RequestError(result.failure);
    return result;
  }

  /** The first endpoint that connects. Each has a head start before the next one. */
  async #connected(limits: RequestLimits): Promise<GrpcConnection> {
    const all = await this.#open();
    const { signal } = limits;
    const ordered = all.map((_, index) => all[(this.#first + index) % all.length] as GrpcConnection);
    if (ordered[0]?.isReady) return ordered[0];
    const attempts: Promise<GrpcConnection>[] = [];
    const timeout = attemptMs(limits, this.#settings);
    for (const connection of ordered) {
      attempts.push(connected(connection));
      const ms = attempts.length === ordered.length ? timeout : HEAD_START_MS;
      const found = await within(
        ms,
        signal,
        Promise.any(attempts).catch(() => undefined),
      );
      if (found === undefined) continue;
      this.#first = all.indexOf(found);
      return found;
    }
    const failures = await Promise.all(ordered.map((connection) => connection.failure(signal)));
    const failure =
      failures.find(({ code }) => code === 'DENIED') ?? failures.find(({ isUnreachable }) => isUnreachable);
    const isSilent = failures.some(({ isUnreachable, retry }) => !isUnreachable && retry !== 'no');
    throw new RequestError(failure && !isSilent ? failure : timeoutFailure(timeout, false));
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

  #failed({ needsLogin, retry }: Failure, { endpoint }: GrpcConnection, token: string | undefined): void {
    const { endpoints } = this.#settings;
    if (needsLogin) this.#login?.forget(token);
    if (retry !== 'no' && endpoints[this.#first] === endpoint) this.#first = (this.#first + 1) % endpoints.length;
  }

  async #logIn(): Promise<LoginResult> {
    const { credentials, requestTimeout } = this.#settings;
    const limits = { until: performance.now() + LOGIN_MS, signal: this.#closing.signal };
    const read = (bytes: Buffer): string => decodeResponse(AUTHENTICATE_RESPONSE, bytes).token;
    const request = { method: METHODS.authenticate, message: encode(AUTHENTICATE_REQUEST, { ...credentials }), read };
    try {
      const connection = await this.#connected({ ...limits, requestTimeout });
      const login = { token: undefined, limits: { ...limits, requestTimeout: LOGIN_MS } };
      return { token: await this.#send(connection, request, login) };
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      return isSwitchedOff(error.failure) ? { token: undefined } : error;
    }
  }
}

async function connected(connection: GrpcConnection): Promise<GrpcConnection> {
  if (await connection.connected()) return connection;
  throw new Error('not connected');
}

/** A password may be configured before the cluster requires one. */
function isSwitchedOff({ message }: Failure): boolean {
  return message.includes('authentication is not enabled');
}

function readOrRefuse<T>(bytes: Buffer, read: (bytes: Buffer) => T): T {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof RangeError) throw new RequestError(NOT_ETCD);
    throw error;
  }
}
