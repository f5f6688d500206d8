import { RequestError } from '../remote/failure.ts';
import { jittered, pause } from '../remote/pause.ts';

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
  readonly #send: () => Promise<string | undefined>;
  readonly #closing: AbortSignal;
  #current: Promise<string | undefined> | undefined;
  /** The result of `#current`, once it has one. */
  #accepted: { readonly token: string | undefined } | undefined;

  /** `send`: one attempt, which rejects with a {@link RequestError}. */
  constructor(send: () => Promise<string | undefined>, closing: AbortSignal) {
    this.#send = send;
    this.#closing = closing;
  }

  /** `undefined` where the cluster requires none. Rejects with a {@link RequestError} if it refuses the password. */
  token(): Promise<string | undefined> {
    this.#current ??= this.#logIn();
    return this.#current;
  }

  /** Drops a refused token, unless another one has replaced it. */
  forget(token: string | undefined): void {
    if (this.#accepted && this.#accepted.token === token) this.#drop();
  }

  #drop(): void {
    this.#current = undefined;
    this.#accepted = undefined;
  }

  async #logIn(): Promise<string | undefined> {
    const result = underway.then(() => this.#settled());
    underway = result.catch(() => undefined);
    try {
      const token = await result;
      this.#accepted = { token };
      return token;
    } catch (error) {
      setTimeout(() => this.#drop(), DENIED_MS).unref();
      throw error;
    }
  }

  /** Tries until the cluster accepts or refuses the password. */
  async #settled(): Promise<string | undefined> {
    for (let wait = RETRY_MS; ; wait = Math.min(2 * wait, RETRY_MOST_MS)) {
      try {
        return await this.#send();
      } catch (error) {
        if (!(error instanceof RequestError) || error.failure.retry === 'no') throw error;
      }
      await pause(jittered(wait), this.#closing, true);
    }
  }
}
