import type { ClientHttp2Session, ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import type { SecureContextOptions } from 'node:tls';
import { connectionFailure, type Failure, failureOf, NOT_ETCD } from './failure.ts';
import { MessageReader, prefixed } from './grpc-frames.ts';
import type { EtcdTls } from './settings.ts';

/** How one method is called. */
export interface Call {
  /** `/etcdserverpb.Watch/Watch` */
  readonly path: string;
  readonly message: Buffer;
  readonly token: string | undefined;
  /** How long the first message of the answer may take, in milliseconds. */
  readonly timeout: number;
}

/** Told of the messages of an answer. */
export interface MessageHandler {
  /** Gives why it has to end, if it has. */
  message(bytes: Buffer): Failure | undefined;
  /** Called once; `isSpoken` tells whether the other side answered in gRPC at all. */
  end(failure: Failure, isSpoken: boolean): void;
}

/** As much of a document as most have comes without the server having to be asked for more. */
const WINDOW_BYTES = 2 ** 20;

/**
 * gRPC over HTTP/2, as far as a watch needs it: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. Events come
 * the way that etcd's own client takes: by its JSON gateway they cost a server four times as much, and come later.
 */
export class Grpc {
  readonly #tls: SecureContextOptions & { readonly servername?: string };
  readonly #longest: number;
  readonly #sessions = new Map<ClientHttp2Session, Promise<void>>();

  /** `longest` is how many bytes one message may have. */
  constructor(isSecure: boolean, tls: EtcdTls, longest: number) {
    this.#tls = isSecure ? { ...tls, ca: tls.ca && [tls.ca].flat() } : {};
    this.#longest = longest;
  }

  /** A connection, which keeps no process alive; the signal ends it. */
  connect(endpoint: URL, signal: AbortSignal): GrpcConnection {
    // Loaded when it is used: most programs watch no cluster.
    const { connect } = process.getBuiltinModule('node:http2');
    const settings = { enablePush: false, initialWindowSize: WINDOW_BYTES };
    const session = connect(endpoint.origin, { ...this.#tls, settings });
    session.unref();
    const closed = new Promise<void>((resolve) => session.once('close', resolve));
    this.#sessions.set(session, closed);
    void closed.then(() => this.#sessions.delete(session));
    return new GrpcConnection(session, signal, this.#longest);
  }

  /** No connection is left when it resolves. */
  async close(): Promise<void> {
    for (const session of this.#sessions.keys()) session.destroy();
    await Promise.all(this.#sessions.values());
  }
}

/** One connection to one server. */
export class GrpcConnection {
  readonly #session: ClientHttp2Session;
  readonly #longest: number;
  readonly #exchanges = new Set<Exchange>();

  constructor(session: ClientHttp2Session, signal: AbortSignal, longest: number) {
    this.#session = session;
    this.#longest = longest;
    const abort = (): void => this.#end(new Error('it was aborted'));
    session.on('error', (error) => this.#end(error));
    session.on('close', () => {
      signal.removeEventListener('abort', abort);
      this.#end(new Error('the connection was cut'));
    });
    if (signal.aborted) queueMicrotask(abort);
    else signal.addEventListener('abort', abort);
  }

  /** Calls a method whose answer is messages without an end. */
  stream(call: Call, handler: MessageHandler): void {
    const request = this.#request(call);
    request.write(prefixed(call.message));
    this.#listen(request, call, handler);
  }

  /** Calls a method whose answer is one message. */
  ask(call: Call): Promise<{ readonly bytes: Buffer } | { readonly failure: Failure }> {
    return new Promise((resolve) => {
      let answer: Buffer | undefined;
      const request = this.#request(call);
      request.end(prefixed(call.message));
      this.#listen(request, call, {
        message(bytes) {
          answer = bytes;
          return undefined;
        },
        end: (failure) => resolve(answer ? { bytes: answer } : { failure }),
      });
    });
  }

  close(): void {
    this.#session.destroy();
  }

  #request({ path, token }: Call): ClientHttp2Stream {
    return this.#session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(token !== undefined && { token }),
    });
  }

  #listen(request: ClientHttp2Stream, { timeout }: Call, handler: MessageHandler): void {
    const exchange = new Exchange(request, timeout, this.#longest, {
      message: (bytes) => handler.message(bytes),
      end: (failure, isSpoken) => {
        this.#exchanges.delete(exchange);
        handler.end(failure, isSpoken);
      },
    });
    this.#exchanges.add(exchange);
  }

  #end(error: Error): void {
    for (const exchange of this.#exchanges) exchange.fail(connectionFailure(error, true));
    this.#session.destroy();
  }
}

/** One call on its way, until its answer has ended or it failed. */
class Exchange {
  readonly #request: ClientHttp2Stream;
  readonly #handler: MessageHandler;
  readonly #timer: NodeJS.Timeout;
  #isSpoken = false;
  #hasEnded = false;

  constructor(request: ClientHttp2Stream, timeout: number, longest: number, handler: MessageHandler) {
    this.#request = request;
    this.#handler = handler;
    this.#timer = setTimeout(() => this.#break(`there was no answer within ${Math.round(timeout)} ms`), timeout);
    this.#timer.unref();
    const reader = new MessageReader(longest, (bytes) => this.#take(bytes));
    request.on('response', (headers) => this.#begun(headers));
    request.on('trailers', (trailers) => this.#done(trailers));
    request.on('data', (bytes: Buffer) => reader.add(bytes));
    request.on('error', (error) => this.fail(connectionFailure(error, true)));
    request.on('close', () => this.#break('the server ended the watch'));
  }

  fail(failure: Failure): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#request.close();
    this.#handler.end(failure, this.#isSpoken);
  }

  #begun(headers: IncomingHttpHeaders): void {
    const status = Number(headers[':status']);
    const isGrpc = String(headers['content-type']).startsWith('application/grpc');
    if (status !== 200 || !isGrpc) {
      this.fail(status === 200 ? NOT_ETCD : failureOf(status, ''));
      return;
    }
    this.#isSpoken = true;
    if (headers['grpc-status'] !== undefined) this.#done(headers);
  }

  #take(bytes: Buffer | undefined): void {
    if (this.#hasEnded) return;
    clearTimeout(this.#timer);
    const failure = bytes ? this.#handler.message(bytes) : NOT_ETCD;
    if (failure) this.fail(failure);
  }

  /** How a call that was answered ended. */
  #done({ 'grpc-status': status = '0', 'grpc-message': said = '' }: IncomingHttpHeaders): void {
    if (status === '0') this.#break('the server ended the watch');
    else this.fail(failureOf(500, decoded(String(said))));
  }

  #break(why: string): void {
    this.fail(connectionFailure(new Error(why), true));
  }
}

/** What a server says is written as in an address: `%20`. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
