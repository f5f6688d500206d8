import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import type { AgentOptions } from 'node:https';
import type { Socket } from 'node:net';
import { setImmediate as nextRound } from 'node:timers/promises';
import { connectionFailure, type Failure, failureOf } from './failure.ts';
import type { Secure } from './settings.ts';

/** How one request is sent. */
export interface Sending {
  readonly path: string;
  readonly body: string;
  readonly token: string | undefined;
  /** How long the answer may take, in milliseconds; for a stream, its first line. */
  readonly timeout: number;
  /** Whether the process may end meanwhile. */
  readonly isIdle: boolean;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** What a server answered, or why there is no answer. */
export type Reply = { readonly status: number; readonly text: string } | { readonly failure: Failure };

/** Told of an answer that has no end. */
export interface LineHandler {
  /** Gives why it has to end, if it has. */
  line(text: string): Failure | undefined;
  /** Called once, also where the signal ended it. */
  end(failure: Failure): void;
}

/** Servers spoken to by HTTP: connections are kept for requests, and each stream has its own. */
export class Http {
  readonly #isSecure: boolean;
  readonly #options: AgentOptions;
  readonly #longest: number;
  readonly #sockets = new Set<Socket>();
  #agent: Agent | undefined;

  /** `longest` is how many characters one answer, or one line of a stream, may have. */
  constructor(secure: Secure | undefined, longest: number) {
    this.#isSecure = secure !== undefined;
    this.#options = secure ?? {};
    this.#longest = longest;
  }

  /** Sends a request and gives its whole answer. Throws the reason of an abort. */
  post(endpoint: URL, sending: Sending): Promise<Reply> {
    return new Promise((resolve, reject) => {
      this.#agent ??= new this.#http.Agent({ ...this.#options, keepAlive: true });
      const exchange = this.#exchange(endpoint, sending, this.#agent, {
        answered: (response) =>
          this.#whole(response, exchange, (text) => resolve({ status: response.statusCode ?? 0, text })),
        failed: (failure) => (sending.signal.aborted ? reject(sending.signal.reason) : resolve({ failure })),
      });
    });
  }

  /** Sends a request whose answer is lines without an end. */
  stream(endpoint: URL, sending: Sending, handler: LineHandler): void {
    const exchange = this.#exchange(endpoint, sending, false, {
      answered: (response) => {
        const { statusCode = 0 } = response;
        if (statusCode === 200) this.#lines(response, exchange, handler);
        else this.#whole(response, exchange, (text) => exchange.fail(failureOf(statusCode, text)));
      },
      failed: (failure) => handler.end(failure),
    });
  }

  /** No socket is left when it resolves. Requests are to be ended before. */
  async close(): Promise<void> {
    // A socket that is made for a request that was ended meanwhile comes to its agent now.
    await nextRound();
    this.#agent?.destroy();
    for (const socket of this.#sockets) socket.destroy();
    while (this.#sockets.size > 0) await nextRound();
  }

  #whole(response: IncomingMessage, exchange: Exchange, ended: (text: string) => void): void {
    const pieces: string[] = [];
    let length = 0;
    response.on('data', (piece: string) => {
      length += piece.length;
      if (length > this.#longest) exchange.break('its answer is too long');
      pieces.push(piece);
    });
    response.on('end', () => ended(pieces.join('')));
  }

  #lines(response: IncomingMessage, exchange: Exchange, handler: LineHandler): void {
    let pieces: string[] = [];
    let length = 0;
    response.on('data', (piece: string) => {
      exchange.liftTimeout();
      const [first = '', ...more] = piece.split('\n');
      pieces.push(first);
      length += first.length;
      for (const start of more) {
        const line = pieces.join('');
        pieces = [start];
        length = start.length;
        const failure = line === '' ? undefined : handler.line(line);
        if (failure) return exchange.fail(failure);
      }
      if (length > this.#longest) exchange.break('its answer is too long');
    });
    response.on('end', () => exchange.break('the server ended the watch'));
  }

  /** Loaded when it is used: a program whose store is another does not pay for it. */
  get #http(): Pick<typeof import('node:http'), 'Agent' | 'request'> {
    return this.#isSecure ? process.getBuiltinModule('node:https') : process.getBuiltinModule('node:http');
  }

  #exchange(endpoint: URL, sending: Sending, agent: Agent | false, handler: ExchangeHandler): Exchange {
    const { path, body, token } = sending;
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(token !== undefined && { authorization: token }),
    };
    const request = this.#http.request(new URL(path, endpoint), { ...this.#options, method: 'POST', headers, agent });
    request.on('socket', (socket) => {
      if (this.#sockets.has(socket)) return;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    request.end(body);
    return new Exchange(request, sending, this.#isSecure, handler);
  }
}

interface ExchangeHandler {
  answered(response: IncomingMessage): void;
  failed(failure: Failure): void;
}

/** One request on its way, until its answer has ended or it failed. */
class Exchange {
  readonly #request: ClientRequest;
  readonly #handler: ExchangeHandler;
  readonly #signal: AbortSignal;
  readonly #timer: NodeJS.Timeout;
  readonly #abort = (): void => this.break('it was aborted');
  #isSent = false;
  #hasEnded = false;

  constructor(request: ClientRequest, sending: Sending, isSecure: boolean, handler: ExchangeHandler) {
    const { signal, timeout, isIdle } = sending;
    this.#request = request;
    this.#handler = handler;
    this.#signal = signal;
    this.#timer = setTimeout(() => this.break(`there was no answer within ${Math.round(timeout)} ms`), timeout);
    if (isIdle) this.#timer.unref();
    if (signal.aborted) queueMicrotask(this.#abort);
    else signal.addEventListener('abort', this.#abort);
    request.on('socket', (socket) => {
      if (isIdle) socket.unref();
      const sent = (): void => {
        this.#isSent = true;
      };
      if (socket.connecting) socket.once(isSecure ? 'secureConnect' : 'connect', sent);
      else sent();
    });
    request.on('response', (response) => this.#answered(response));
    request.on('error', (error) => this.#failed(error));
  }

  /** The answer has begun, and may go on for ever. */
  liftTimeout(): void {
    clearTimeout(this.#timer);
  }

  /** Gives it up. */
  break(why: string): void {
    this.#failed(new Error(why));
  }

  fail(failure: Failure): void {
    if (this.#hasEnded) return;
    this.#end();
    this.#request.destroy();
    this.#handler.failed(failure);
  }

  #answered(response: IncomingMessage): void {
    response.setEncoding('utf8');
    this.#handler.answered(response);
    response.on('end', () => this.#end());
    response.on('error', (error) => this.#failed(error));
    response.on('close', () => this.break('the connection was cut'));
  }

  #failed(error: Error): void {
    this.fail(connectionFailure(error, this.#isSent));
  }

  #end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#timer);
    this.#signal.removeEventListener('abort', this.#abort);
  }
}
