import type { ChannelOptions, Client, ClientDuplexStream, Metadata, ServiceError } from '@grpc/grpc-js';
import { type Failure, RequestError, timeoutFailure } from '../remote/failure.ts';
import { within } from '../remote/pause.ts';
import { callFailure, failureOf } from './failure.ts';
import { credentialsOf, type Grpc, Sockets } from './grpc-sockets.ts';
import type { Endpoint, Secure } from './settings.ts';

/** One call of a method. */
export interface Call {
  /** `/etcdserverpb.KV/Range` */
  readonly method: string;
  readonly message: Buffer;
  readonly token: string | undefined;
  /** The limit until the first message of the answer, in milliseconds. */
  readonly timeout: number;
  readonly signal: AbortSignal;
}

export interface CallHandler {
  /** A message of the answer. An error that it throws ends the call. */
  message(bytes: Buffer): void;
  /** Called once, with a {@link RequestError} unless `message` threw. */
  ended(error: Error): void;
}

/** A status of gRPC. */
const UNAVAILABLE = 14;
const CANCELLED = 1;

/** Ends a call that the server ended in order. */
const ENDED = new RequestError(failureOf(UNAVAILABLE, 'the server ended the stream'));

const same = (bytes: Buffer): Buffer => bytes;

/** Below what etcd permits: one ping in five seconds, and only while a call is under way. */
const KEEPALIVE_MS = 10_000;
const KEEPALIVE_TIMEOUT_MS = 5_000;
/** Without it, a document larger than 64 KB would wait for the round trips of several window updates. */
const WINDOW_BYTES = 4 * 2 ** 20;

function channelOptions(longest: number): ChannelOptions {
  return {
    'grpc-node.flow_control_window': WINDOW_BYTES,
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_TIMEOUT_MS,
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1_000,
    'grpc.max_receive_message_length': longest,
    'grpc.max_send_message_length': -1,
    // The retries of a store know which writes may be sent again.
    'grpc.enable_retries': 0,
    'grpc.enable_http_proxy': 0,
    'grpc.service_config_disable_resolution': 1,
    'grpc.use_local_subchannel_pool': 1,
  };
}

/** For how long closing waits for a connection that is being made, in milliseconds. */
const CONNECTING_MS = 50;
const NEVER = new AbortController().signal;

/** The connection to one endpoint. It never keeps the process running. */
export class GrpcConnection {
  readonly endpoint: Endpoint;
  readonly #grpc: Grpc;
  readonly #client: Client;
  readonly #sockets: Sockets;
  #pending: Promise<boolean> | undefined;

  constructor(grpc: Grpc, endpoint: Endpoint, { secure, longest }: { secure: Secure | undefined; longest: number }) {
    this.#grpc = grpc;
    this.endpoint = endpoint;
    this.#sockets = new Sockets();
    const credentials = credentialsOf(grpc, endpoint, { secure, sockets: this.#sockets });
    this.#client = new grpc.Client(endpoint.target, credentials, channelOptions(longest));
  }

  get isReady(): boolean {
    const isReady = this.#client.getChannel().getConnectivityState(false) === this.#grpc.connectivityState.READY;
    if (isReady) this.#sockets.established();
    return isReady;
  }

  /** Resolves with `true` once there is a connection, with `false` when the attempt failed. */
  connected(): Promise<boolean> {
    this.#pending ??= this.#connected().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #connected(): Promise<boolean> {
    const { READY, TRANSIENT_FAILURE, SHUTDOWN } = this.#grpc.connectivityState;
    const channel = this.#client.getChannel();
    for (;;) {
      const state = channel.getConnectivityState(true);
      if (state === READY) {
        this.#sockets.established();
        return true;
      }
      if (state === TRANSIENT_FAILURE || state === SHUTDOWN) return false;
      // No deadline: that would be a timer which keeps the process running.
      await new Promise<void>((resolve) =>
        channel.watchConnectivityState(state, Number.POSITIVE_INFINITY, () => resolve()),
      );
    }
  }

  /** Why there is no connection. */
  async failure(signal: AbortSignal): Promise<Failure> {
    const { refusal } = this.#sockets;
    if (refusal) return refusal;
    if (this.#client.getChannel().getConnectivityState(false) !== this.#grpc.connectivityState.TRANSIENT_FAILURE)
      return { ...failureOf(UNAVAILABLE, ''), mayBeApplied: false };
    // Only a call that fails shows the reason. This one changes nothing.
    const method = '/grpc.health.v1.Health/Check';
    const call = { method, message: Buffer.alloc(0), token: undefined, timeout: 100, signal };
    const reason = await this.ask(call).catch(String);
    const [code] = /\bE[A-Z]{4,}\b/.exec(String(reason)) ?? [];
    const message = code === undefined ? 'the connection failed' : `the connection failed with ${code}`;
    return { code: 'UNAVAILABLE', message, mayBeApplied: false, retry: 'later', isUnreachable: true };
  }

  /** Calls a method with one answer. The signal cancels it. Rejects with a {@link RequestError}. */
  ask(call: Call): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      let answer: Buffer | undefined;
      const message = (bytes: Buffer): void => {
        answer = bytes;
      };
      const ended = (error: Error): void => (answer && error === ENDED ? resolve(answer) : reject(error));
      this.#start(call, { message, ended }).end(call.message);
    });
  }

  /** Calls a method that answers with a stream of messages. The signal ends it. */
  stream(call: Call, handler: CallHandler): void {
    this.#start(call, handler).write(call.message);
  }

  #start({ method, token, timeout, signal }: Call, handler: CallHandler): ClientDuplexStream<Buffer, Buffer> {
    const call = this.#client.makeBidiStreamRequest<Buffer, Buffer>(method, same, same, this.#metadata(token));
    let hasEnded = false;
    const ended = (error: Error): void => {
      if (hasEnded) return;
      hasEnded = true;
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      call.cancel();
      handler.ended(error);
    };
    const timer = setTimeout(() => ended(new RequestError(timeoutFailure(timeout, true))), timeout).unref();
    const abort = (): void => ended(new RequestError(failureOf(CANCELLED, 'it was cancelled')));
    signal.addEventListener('abort', abort);
    call.on('error', (error: ServiceError) => ended(new RequestError(callFailure(error))));
    call.on('end', () => ended(ENDED));
    call.on('data', (bytes: Buffer) => {
      // A stream may be silent from now on; a single answer still has to end.
      if (!call.writableEnded) clearTimeout(timer);
      if (hasEnded) return;
      try {
        handler.message(bytes);
      } catch (error) {
        ended(error as Error);
      }
    });
    if (signal.aborted) queueMicrotask(abort);
    return call;
  }

  /** No socket is left when it resolves. */
  async close(): Promise<void> {
    // A socket that is being connected can't be reached: it is let go where the server does not answer.
    if (this.#pending) await within(CONNECTING_MS, NEVER, this.#pending);
    this.#client.close();
    await this.#sockets.destroy();
  }

  #metadata(token: string | undefined): Metadata {
    const metadata = new this.#grpc.Metadata();
    if (token !== undefined) metadata.set('token', token);
    return metadata;
  }
}
