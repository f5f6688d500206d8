import { type Failure, failureOf, NOT_ETCD } from './failure.ts';
import { Grpc } from './grpc.ts';
import { rangeRequest, rangeResponse, watchRequest, watchResponse } from './grpc-messages.ts';
import { Http, type Reply, type Sending } from './http.ts';
import { Login } from './login.ts';
import type { Outcome, RangeNewer, WatchCreate, WatchResponse } from './messages.ts';
import { jittered, pause } from './pause.ts';
import type { Settings } from './settings.ts';
import { isAnswer, isWatchResponse } from './well-formed.ts';

/** What an error of the gateway says, in the versions of etcd that there are. */
export interface Said {
  readonly message?: unknown;
  readonly error?: unknown;
}

/** How a question is asked. */
export interface Asking {
  /** Until when to try, as of `performance.now()`. */
  readonly until: number;
  readonly signal: AbortSignal;
  /** Whether what may have been applied is not to be sent again. */
  readonly once?: boolean;
  /** Whether the process may end meanwhile. */
  readonly isIdle?: boolean;
  /** How long one server may take, in milliseconds; as the settings say unless given. */
  readonly requestTimeout?: number;
}

/** Where every endpoint refuses the connection, for how long to try on, in milliseconds: nothing runs there. */
const REFUSED_MS = 1_000;
const AGAIN_MS = 25;
const AGAIN_MOST_MS = 1_000;

/** Told of the responses of a watch. */
export interface WatchHandler {
  /** Gives why it has to end, if it has. */
  response(response: WatchResponse): Failure | undefined;
  /** Called once, also where the signal ended it. */
  end(failure: Failure): void;
}

/** Asks over the connection of a watch: the answer shows that this connection lives, too. */
export interface Caller {
  range(question: RangeNewer): Promise<Outcome>;
}

interface Watching {
  readonly create: WatchCreate;
  readonly token: string | undefined;
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/** How servers are spoken to. */
interface Client {
  readonly http: Http;
  readonly grpc: Grpc;
}

/** The JSON gateway of a cluster, and its watches by gRPC: https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/ */
export class Gateway {
  readonly #settings: Settings;
  readonly #clients: ReadonlyMap<string, Client>;
  /** The endpoints at which the next watch is to be opened by JSON. */
  readonly #withoutGrpc = new Set<URL>();
  readonly #login: Login | undefined;
  /** The endpoint that is asked first. */
  #first: number;

  constructor(settings: Settings, closing: AbortSignal) {
    const { endpoints, secure, maxBytes, credentials } = settings;
    this.#settings = settings;
    // A text in base64, some that were written at the same time, and what stands around them.
    const longest = 4 * maxBytes + 2 ** 20;
    const protocols = new Set(endpoints.map(({ protocol }) => protocol));
    this.#clients = new Map(
      [...protocols].map((protocol) => {
        const own = protocol === 'https:' ? secure : undefined;
        return [protocol, { http: new Http(own, longest), grpc: new Grpc(own, longest) }];
      }),
    );
    this.#first = Math.floor(Math.random() * endpoints.length);
    const ask = (body: string): Promise<Outcome> => this.#logIn(body, closing);
    this.#login = credentials && new Login(credentials, ask);
  }

  /** Asks until there is an answer, at one endpoint after the other. Throws the reason of an abort. */
  async ask(path: string, question: object, asking: Asking): Promise<Outcome> {
    const body = JSON.stringify(question);
    const started = performance.now();
    let hasLoggedIn = false;
    for (let tries = 1, wait = AGAIN_MS; ; tries += 1) {
      const outcome = await this.#try(path, body, asking);
      if ('answer' in outcome) return outcome;
      const { failure } = outcome;
      if (failure.needsLogin && this.#login && !hasLoggedIn) {
        hasLoggedIn = true;
        continue;
      }
      const isSent = asking.once === true && failure.mayBeApplied;
      if (failure.retry === 'no' || isSent) return outcome;
      if (tries % this.#settings.endpoints.length !== 0) continue;
      const end = isRefusal(failure) ? Math.min(asking.until, started + REFUSED_MS) : asking.until;
      if (failure.retry === 'elsewhere' || performance.now() + wait >= end) return outcome;
      await pause(jittered(wait), asking.signal, asking.isIdle === true);
      wait = Math.min(2 * wait, AGAIN_MOST_MS);
    }
  }

  /**
   * Opens a watch at the endpoint that answered last: by gRPC, or, where an attempt of that came to nothing just now, by
   * the JSON gateway, which also comes through a proxy that speaks HTTP/1.1 only. Gives what asks over the same
   * connection, where that can be.
   */
  async watch(create: WatchCreate, asking: Asking, handler: WatchHandler): Promise<Caller | undefined> {
    const login = await this.#login?.token(asking.signal);
    const token = login && 'token' in login ? login.token : undefined;
    if (login && 'failure' in login) handler.end(login.failure);
    if (login && 'failure' in login) return undefined;
    const endpoint = this.#endpoint;
    const end = (failure: Failure): void => {
      this.#forgetIfRefused(failure, token);
      if (failure.retry !== 'no') this.#leave(endpoint);
      handler.end(failure);
    };
    const watching = { create, token, timeout: this.#timeoutOf(asking), signal: asking.signal };
    if (!this.#withoutGrpc.delete(endpoint)) return this.#watchByGrpc(endpoint, watching, { ...handler, end });
    this.#watchByJson(endpoint, watching, { ...handler, end });
    return undefined;
  }

  #watchByJson(endpoint: URL, { create, ...sending }: Watching, { response, end }: WatchHandler): void {
    const body = JSON.stringify({ create_request: create });
    const line = (text: string): Failure | undefined => lineOf(text, response);
    this.#clientOf(endpoint).http.stream(
      endpoint,
      { ...sending, path: '/v3/watch', body, isIdle: true },
      { line, end },
    );
  }

  #watchByGrpc(endpoint: URL, { create, signal, ...call }: Watching, { response, end }: WatchHandler): Caller {
    const connection = this.#clientOf(endpoint).grpc.connect(endpoint, signal);
    const path = '/etcdserverpb.Watch/Watch';
    connection.stream(
      { ...call, path, message: watchRequest(create) },
      {
        message: (bytes) => decoded(bytes, (message) => response(watchResponse(message)), NOT_ETCD),
        end: (failure, isSpoken) => {
          if (!isSpoken) this.#withoutGrpc.add(endpoint);
          connection.close();
          end(failure);
        },
      },
    );
    return {
      range: async (question) => {
        const message = rangeRequest(question);
        const outcome = await connection.ask({ ...call, path: '/etcdserverpb.KV/Range', message });
        if ('failure' in outcome) {
          this.#forgetIfRefused(outcome.failure, call.token);
          return outcome;
        }
        const answer = decoded(outcome.bytes, rangeResponse, undefined);
        return answer ? { answer } : { failure: NOT_ETCD };
      },
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#clients.values()].flatMap(({ http, grpc }) => [http.close(), grpc.close()]));
  }

  get #endpoint(): URL {
    const { endpoints } = this.#settings;
    const endpoint = endpoints[this.#first % endpoints.length];
    if (endpoint === undefined) throw new Error('there is no endpoint');
    return endpoint;
  }

  #clientOf({ protocol }: URL): Client {
    const client = this.#clients.get(protocol);
    if (client === undefined) throw new Error(`there is no client for ${protocol}`);
    return client;
  }

  #timeoutOf({ until, requestTimeout = this.#settings.requestTimeout }: Asking): number {
    return Math.max(1, Math.min(requestTimeout, until - performance.now()));
  }

  async #try(path: string, body: string, asking: Asking): Promise<Outcome> {
    const login = await this.#login?.token(asking.signal);
    if (login && 'failure' in login) return login;
    const { signal, isIdle = false } = asking;
    const timeout = this.#timeoutOf(asking);
    const outcome = await this.#post({ path, body, token: login?.token, timeout, isIdle, signal });
    if ('failure' in outcome) this.#forgetIfRefused(outcome.failure, login?.token);
    return outcome;
  }

  #forgetIfRefused({ needsLogin }: Failure, token: string | undefined): void {
    if (needsLogin) this.#login?.forget(token);
  }

  async #post(sending: Sending): Promise<Outcome> {
    const endpoint = this.#endpoint;
    const outcome = outcomeOf(await this.#clientOf(endpoint).http.post(endpoint, sending));
    if ('failure' in outcome && outcome.failure.retry !== 'no') this.#leave(endpoint);
    return outcome;
  }

  /** One login serves all who wait for it, so that none of them may end it. */
  async #logIn(body: string, signal: AbortSignal): Promise<Outcome> {
    const { requestTimeout: timeout, endpoints } = this.#settings;
    for (let tries = 1; ; tries += 1) {
      const sending = { path: '/v3/auth/authenticate', body, token: undefined, timeout, isIdle: false, signal };
      const outcome = await this.#post(sending);
      if ('answer' in outcome || outcome.failure.retry === 'no' || tries >= endpoints.length) return outcome;
    }
  }

  /** The next endpoint comes first from now on, unless somebody else has seen to that. */
  #leave(endpoint: URL): void {
    if (endpoint === this.#endpoint) this.#first += 1;
  }
}

function isRefusal({ cause }: Failure): boolean {
  return cause instanceof Error && 'code' in cause && (cause.code === 'ECONNREFUSED' || cause.code === 'ENOTFOUND');
}

function outcomeOf(reply: Reply): Outcome {
  if ('failure' in reply) return reply;
  const answer = parsed<Said>(reply.text);
  if (reply.status !== 200) return { failure: failureOf(reply.status, saidIn(answer), reply.text) };
  return isAnswer(answer) ? { answer } : { failure: NOT_ETCD };
}

export function saidIn(answer: Said | undefined): string {
  const said = answer?.message ?? answer?.error;
  return typeof said === 'string' ? said : '';
}

/** An answer in JSON; `undefined` for anything else. */
export function parsed<T extends object>(text: string): T | undefined {
  try {
    const answer = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return undefined;
  }
}

function lineOf(text: string, response: WatchHandler['response']): Failure | undefined {
  const { result, error } = parsed<{ readonly result?: unknown; readonly error?: Said }>(text) ?? {};
  if (error !== undefined) return failureOf(500, saidIn(error));
  return isWatchResponse(result) ? response(result) : NOT_ETCD;
}

/** What `decode` makes of a message, or `otherwise` for what is none. */
function decoded<T, F>(bytes: Buffer, decode: (bytes: Buffer) => T, otherwise: F): T | F {
  try {
    return decode(bytes);
  } catch (error) {
    if (error instanceof RangeError) return otherwise;
    throw error;
  }
}
