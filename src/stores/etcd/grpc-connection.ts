import type { ChannelOptions, Client, ClientDuplexStream, Metadata, ServiceError } from '@grpc/grpc-js';
import { type Failure, timeoutFailure } from '../remote/failure.ts';
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

export type CallResult = { readonly bytes: Buffer } | { readonly failure: Failure };

export interface StreamHandler {
  message(bytes: Buffer): void;
  /** Called once. */
  ended(failure: Failure): void;
}

/** A status of gRPC. */
const UNAVAILABLE = 14;
const CANCELLED = 1;

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
    const { refusal, mismatch } = this.#sockets;
    if (refusal) return refusal;
    if (mismatch) return { ...mismatch, isUnreachable: true };
    if (this.#client.getChannel().getConnectivityState(false) !== this.#grpc.connectivityState.TRANSIENT_FAILURE)
      return { ...failureOf(UNAVAILABLE, ''), mayBeApplied: false };
    // Only a call that fails shows the reason. This one changes nothing.
    const method = '/grpc.health.v1.Health/Check';
    const result = await this.ask({ method, message: Buffer.alloc(0), token: undefined, timeout: 100, signal });
    const [code] = /\bE[A-Z]{4,}\b/.exec('failure' in result ? result.failure.message : '') ?? [];
    const message = code === undefined ? 'the connection failed' : `the connection failed with ${code}`;
    return { code: 'UNAVAILABLE', message, mayBeApplied: false, retry: 'later', isUnreachable: true };
  }

  /** Calls a method with one answer. The signal cancels it. */
  ask({ method, message, token, timeout, signal }: Call): Promise<CallResult> {
    return new Promise((resolve) => {
      const call = this.#client.makeUnaryRequest<Buffer, Buffer>(
        method,
        same,
        same,
        message,
        this.#metadata(token),
        (error, bytes) => {
          end();
          if (error) resolve({ failure: callFailure(error) });
          else resolve({ bytes: bytes ?? Buffer.alloc(0) });
        },
      );
      const end = cancelAfter(timeout, signal, (failure) => {
        resolve({ failure });
        call.cancel();
      });
    });
  }

  /** Calls a method that answers with a stream of messages. The signal ends it. */
  stream({ method, message, token, timeout, signal }: Call, handler: StreamHandler): void {
    const call: ClientDuplexStream<Buffer, Buffer> = this.#client.makeBidiStreamRequest(
      method,
      same,
      same,
      this.#metadata(token),
    );
    let hasEnded = false;
    const ended = (failure: Failure): void => {
      if (hasEnded) return;
      hasEnded = true;
      liftTimeout();
      signal.removeEventListener('abort', abort);
      call.cancel();
      handler.ended(failure);
    };
    const abort = (): void => ended(failureOf(CANCELLED, 'it was cancelled'));
    const liftTimeout = cancelAfter(timeout, undefined, ended);
    signal.addEventListener('abort', abort);
    call.on('error', (error: ServiceError) => ended(callFailure(error)));
    call.on('end', () => ended(failureOf(UNAVAILABLE, 'the server ended the stream')));
    call.on('data', (bytes: Buffer) => {
      liftTimeout();
      if (!hasEnded) handler.message(bytes);
    });
    call.write(message);
    if (signal.aborted) abort();
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

/** Calls `cancel` after `timeout`, or when the signal aborts, unless the result is called first. */
function cancelAfter(timeout: number, signal: AbortSignal | undefined, cancel: (failure: Failure) => void): () => void {
  const timer = setTimeout(() => {
    end();
    cancel(timeoutFailure(timeout, true));
  }, timeout).unref();
  const abort = (): void => {
    end();
    cancel(failureOf(CANCELLED, 'it was cancelled'));
  };
  const end = (): void => {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  };
  if (signal?.aborted) queueMicrotask(abort);
  else signal?.addEventListener('abort', abort);
  return end;
}
