import { RequestError } from '../remote/failure.ts';
import { jittered } from '../remote/pause.ts';

/** For how long a password that was refused, or not answered, is not sent again, in milliseconds: each check is expensive. */
const DENIED_MS = 10_000;
const FAILED_MS = 500;

/** The last login of this process: a process sends one at a time, whatever number of stores it has. */
let underway: Promise<unknown> = Promise.resolve();

/**
 * The token of one user. All requests of a store share one login, which goes on when a request gives up: a cluster that
 * restarts answers hundreds of logins one after the other, and an abandoned one costs it the same.
 */
export class Login {
  readonly #send: () => Promise<string | undefined>;
  /** The login under way, or the last one; a failed one stays for a while, so that no request sends another. */
  #current: Promise<string | undefined> | undefined;
  /** The result of `#current`, once it has one. */
  #accepted: { readonly token: string | undefined } | undefined;

  /** `send`: one attempt, which rejects with a {@link RequestError}. */
  constructor(send: () => Promise<string | undefined>) {
    this.#send = send;
  }

  /** `undefined` where the cluster requires none. Rejects with a {@link RequestError} if it refuses the password. */
  token(): Promise<string | undefined> {
    this.#current ??= this.#logIn();
    return this.#current;
  }

  /** Drops a refused token, unless another one has replaced it. */
  forget(token: string | undefined): void {
    if (!this.#accepted || this.#accepted.token !== token) return;
    this.#current = undefined;
    this.#accepted = undefined;
  }

  async #logIn(): Promise<string | undefined> {
    const result = underway.then(this.#send);
    underway = result.catch(() => undefined);
    try {
      const token = await result;
      this.#accepted = { token };
      return token;
    } catch (error) {
      const isDenied = error instanceof RequestError && error.failure.retry === 'no';
      const forget = (): void => {
        this.#current = undefined;
      };
      setTimeout(forget, jittered(isDenied ? DENIED_MS : FAILED_MS)).unref();
      throw error;
    }
  }
}
