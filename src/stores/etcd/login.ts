import type { Failure } from '../remote/failure.ts';
import { jittered, pause } from '../remote/pause.ts';

/** A token; `undefined` where the cluster requires none. Or why the login failed. */
export type LoginResult = { readonly token: string | undefined } | { readonly failure: Failure };

/** For how long a refused password is not tried again, in milliseconds: a cluster spends much on each check. */
const DENIED_MS = 5_000;
/** Between two attempts of one login, in milliseconds: doubled after each failure, up to the last. */
const RETRY_MS = 200;
const RETRY_MOST_MS = 10_000;

/** The last login of this process: a process sends one at a time, whatever number of stores it has. */
let underway: Promise<unknown> = Promise.resolve();

/**
 * The token of one user. All requests of a store share one login, which goes on when a request gives up: a cluster that
 * restarts answers hundreds of logins one after the other, and an abandoned one costs it the same.
 */
export class Login {
  readonly #send: () => Promise<LoginResult>;
  readonly #closing: AbortSignal;
  #current: Promise<LoginResult> | undefined;
  #last: LoginResult | undefined;
  #lastAt = 0;

  constructor(send: () => Promise<LoginResult>, closing: AbortSignal) {
    this.#send = send;
    this.#closing = closing;
  }

  token(): Promise<LoginResult> {
    const isOver = this.#last && 'failure' in this.#last && performance.now() - this.#lastAt >= DENIED_MS;
    if (isOver) this.#drop();
    this.#current ??= this.#logIn();
    return this.#current;
  }

  /** Drops a refused token, unless another one has replaced it. */
  forget(token: string | undefined): void {
    if (this.#last && 'token' in this.#last && this.#last.token === token) this.#drop();
  }

  #drop(): void {
    this.#current = undefined;
    this.#last = undefined;
  }

  async #logIn(): Promise<LoginResult> {
    const result = underway.then(() => this.#settled());
    underway = result.catch(() => undefined);
    this.#last = await result;
    this.#lastAt = performance.now();
    return this.#last;
  }

  /** Tries until the cluster accepts or refuses the password. */
  async #settled(): Promise<LoginResult> {
    for (let wait = RETRY_MS; ; wait = Math.min(2 * wait, RETRY_MOST_MS)) {
      const result = await this.#send();
      if ('token' in result || result.failure.retry === 'no' || this.#closing.aborted) return result;
      await pause(jittered(wait), this.#closing, true).catch(() => undefined);
    }
  }
}
