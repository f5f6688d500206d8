import { type Failure, failureOf, NOT_ETCD } from './failure.ts';
import { Http, type LineHandler, type Reply, type Sending } from './http.ts';
import { Login } from './login.ts';
import { jittered, pause } from './pause.ts';
import type { Settings } from './settings.ts';

/** What a cluster answers. Numbers of 64 bits are texts. */
export interface Answer {
  readonly header?: { readonly cluster_id: string; readonly revision?: string };
  readonly kvs?: readonly KeyValue[];
  readonly count?: string;
  readonly succeeded?: boolean;
  readonly responses?: readonly { readonly response_range?: { readonly kvs?: readonly KeyValue[] } }[];
  readonly token?: string;
}

/** A key in one of its states; what is empty is left out. */
export interface KeyValue {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
  readonly create_revision?: string;
}

/** What an error of the gateway says, in the versions of etcd that there are. */
export interface Said {
  readonly message?: unknown;
  readonly error?: unknown;
}

/** An answer, or why there is none. */
export type Outcome = { readonly answer: Answer } | { readonly failure: Failure };

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

/** The JSON gateway of a cluster: https://etcd.io/docs/v3.4/dev-guide/api_grpc_gateway/ */
export class Gateway {
  readonly #settings: Settings;
  readonly #http: ReadonlyMap<string, Http>;
  readonly #login: Login | undefined;
  /** The endpoint that is asked first. */
  #first: number;

  constructor(settings: Settings, closing: AbortSignal) {
    const { endpoints, secure, maxBytes, credentials } = settings;
    this.#settings = settings;
    // A text in base64, some that were written at the same time, and what stands around them.
    const longest = 4 * maxBytes + 2 ** 20;
    const protocols = new Set(endpoints.map(({ protocol }) => protocol));
    this.#http = new Map(
      [...protocols].map((protocol) => [protocol, new Http(protocol === 'https:' ? secure : undefined, longest)]),
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

  /** Opens a stream at the endpoint that answered last. */
  async stream(path: string, question: object, asking: Asking, handler: LineHandler): Promise<void> {
    const login = await this.#login?.token(asking.signal);
    if (login && 'failure' in login) return handler.end(login.failure);
    const endpoint = this.#endpoint;
    const timeout = this.#timeoutOf(asking);
    const { signal } = asking;
    const sending = { path, body: JSON.stringify(question), token: login?.token, timeout, isIdle: true, signal };
    this.#httpOf(endpoint).stream(endpoint, sending, {
      line: (text) => handler.line(text),
      end: (failure) => {
        this.#forgetIfRefused(failure, login?.token);
        if (failure.retry !== 'no') this.#leave(endpoint);
        handler.end(failure);
      },
    });
  }

  async close(): Promise<void> {
    await Promise.all([...this.#http.values()].map((http) => http.close()));
  }

  get #endpoint(): URL {
    const { endpoints } = this.#settings;
    const endpoint = endpoints[this.#first % endpoints.length];
    if (endpoint === undefined) throw new Error('there is no endpoint');
    return endpoint;
  }

  #httpOf({ protocol }: URL): Http {
    const http = this.#http.get(protocol);
    if (http === undefined) throw new Error(`there is no client for ${protocol}`);
    return http;
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
    const outcome = outcomeOf(await this.#httpOf(endpoint).post(endpoint, sending));
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
  const answer = parsed<Answer & Said>(reply.text);
  if (reply.status !== 200) return { failure: failureOf(reply.status, saidIn(answer), reply.text) };
  return answer === undefined || answer.header === undefined ? { failure: NOT_ETCD } : { answer };
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
