import type { Client, ClientUnaryCall, Metadata, ServiceError } from '@grpc/grpc-js';
import { answered, type Failure, RequestError, timeoutFailure } from '../remote/failure.ts';
import { within } from '../remote/pause.ts';
import { failureOf, NOT_ETCD, UNAVAILABLE } from './failure.ts';
import { type Grpc, Sockets } from './grpc-sockets.ts';
import type { Request } from './messages.ts';
import type { Endpoint, Secure } from './settings.ts';

export interface CallOptions {
  readonly token: string | undefined;
  /** The limit until the first answer, in milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** Receives the answers of a stream. */
export interface StreamHandler<T> {
  /** An error that it throws ends the stream. */
  answer(answer: T): void;
  /** Called once, with a {@link RequestError} unless `answer` threw. */
  ended(error: Error): void;
}

/** Without it, a document larger than 64 KB would wait for the round trips of several window updates. */
const WINDOW_BYTES = 4 * 2 ** 20;

const OPTIONS = {
  'grpc-node.flow_control_window': WINDOW_BYTES,
  // Below what etcd permits: one ping in five seconds, and only while a call is under way.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 1_000,
  'grpc.max_send_message_length': -1,
  // The retries of a store know which writes may be sent again.
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.use_local_subchannel_pool': 1,
};

const NOTHING = Buffer.alloc(0);
/** A call that changes nothing: only a call that fails shows why there is no connection. */
const PROBE: Request<Buffer> = { method: '/grpc.health.v1.Health/Check', message: NOTHING, read: (bytes) => bytes };

/** For how long closing waits for a connection that is being made, in milliseconds. */
const CONNECTING_MS = 50;
const NEVER = new AbortController().signal;

const same = (bytes: Buffer): Buffer => bytes;

/** The connection to one endpoint. It never keeps the process running. */
export class GrpcConnection {
  readonly endpoint: Endpoint;
  readonly #grpc: Grpc;
  readonly #client: Client;
  readonly #sockets: Sockets;

  constructor(grpc: Grpc, endpoint: Endpoint, { secure, longest }: { secure: Secure | undefined; longest: number }) {
    this.#grpc = grpc;
    this.endpoint = endpoint;
    this.#sockets = new Sockets(endpoint, secure);
    const options = { ...OPTIONS, 'grpc.max_receive_message_length': longest };
    this.#client = new grpc.Client(endpoint.target, this.#sockets.credentials(grpc), options);
  }

  get isReady(): boolean {
    return this.#state() === this.#grpc.connectivityState.READY;
  }

  /** Resolves with `true` once there is a connection, with `false` when the attempt failed. */
  async connected(): Promise<boolean> {
    const { READY, TRANSIENT_FAILURE, SHUTDOWN } = this.#grpc.connectivityState;
    for (;;) {
      const state = this.#state(true);
      if (state === READY) return true;
      if (state === TRANSIENT_FAILURE || state === SHUTDOWN) return false;
      // No deadline: that would be a timer which keeps the process running.
      await new Promise<void>((resolve) =>
        this.#client.getChannel().watchConnectivityState(state, Number.POSITIVE_INFINITY, () => resolve()),
      );
    }
  }

  /** Why there is no connection; `undefined` while the server neither answers nor refuses. */
  async failure(signal: AbortSignal): Promise<Failure | undefined> {
    const { refusal } = this.#sockets;
    if (refusal) return refusal;
    if (this.#state() !== this.#grpc.connectivityState.TRANSIENT_FAILURE) return undefined;
    const reason = await this.ask(PROBE, { token: undefined, timeout: 100, signal }).catch(String);
    const [code] = /\bE[A-Z]{4,}\b/.exec(String(reason)) ?? [];
    const message = code === undefined ? 'the connection failed' : `the connection failed with ${code}`;
    return { code: 'UNAVAILABLE', message, mayBeApplied: false, retry: 'later', isUnreachable: true };
  }

  /** Calls a method with one answer. Rejects with a {@link RequestError}, or with the reason of an abort. */
  async ask<T>(request: Request<T>, { token, timeout, signal }: CallOptions): Promise<T> {
    let call: ClientUnaryCall | undefined;
    const answer = new Promise<Buffer>((resolve, reject) => {
      const { method, message } = request;
      call = this.#client.makeUnaryRequest(method, same, same, message, this.#metadata(token), (error, bytes) =>
        error ? reject(new RequestError(failureOf(error.code, error.details, error))) : resolve(bytes ?? NOTHING),
      );
    });
    try {
      return answerOf(request, await answered(timeout, signal, answer));
    } finally {
      call?.cancel();
    }
  }

  /** Calls a method that answers with a stream of messages. The signal ends it. */
  stream<T>(request: Request<T>, { token, timeout, signal }: CallOptions, handler: StreamHandler<T>): void {
    const call = this.#client.makeBidiStreamRequest(request.method, same, same, this.#metadata(token));
    let hasEnded = false;
    const end = (error: Error): void => {
      if (hasEnded) return;
      hasEnded = true;
      clearTimeout(timer);
      call.cancel();
      handler.ended(error);
    };
    const timer = setTimeout(() => end(new RequestError(timeoutFailure(timeout, true))), timeout).unref();
    call.on('error', (error: ServiceError) => end(new RequestError(failureOf(error.code, error.details, error))));
    call.on('end', () => end(new RequestError(failureOf(UNAVAILABLE, 'the server ended the stream'))));
    call.on('data', (bytes: Buffer) => {
      // The stream may be silent from now on.
      clearTimeout(timer);
      if (hasEnded) return;
      try {
        handler.answer(answerOf(request, bytes));
      } catch (error) {
        end(error as Error);
      }
    });
    call.write(request.message);
    signal.addEventListener('abort', () => call.cancel(), { once: true });
    if (signal.aborted) call.cancel();
  }

  /** No socket is left when it resolves. */
  async close(): Promise<void> {
    // A socket that is being connected can't be reached: it is let go where the server does not answer.
    if (this.#state() === this.#grpc.connectivityState.CONNECTING) await within(CONNECTING_MS, NEVER, this.connected());
    this.#client.close();
    await this.#sockets.destroy();
  }

  #state(isWanted = false): number {
    const state = this.#client.getChannel().getConnectivityState(isWanted);
    if (state === this.#grpc.connectivityState.READY) this.#sockets.answered();
    return state;
  }

  #metadata(token: string | undefined): Metadata {
    const metadata = new this.#grpc.Metadata();
    if (token !== undefined) metadata.set('token', token);
    return metadata;
  }
}

function answerOf<T>({ read }: Request<T>, bytes: Buffer): T {
  try {
    return read(bytes);
  } catch (error) {
    throw error instanceof RangeError ? new RequestError(NOT_ETCD) : error;
  }
}
