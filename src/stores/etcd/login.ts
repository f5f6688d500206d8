import type { Failure } from './failure.ts';
import type { Outcome } from './messages.ts';
import { unlessAborted } from './pause.ts';
import type { Settings } from './settings.ts';

/** A token; none where the cluster wants none. Or why there is none. */
export type LoggedIn = { readonly token: string | undefined } | { readonly failure: Failure };

/** For how long a refused password is not tried again, in milliseconds: to check one costs a cluster much. */
const DENIED_MS = 5_000;

/** The token of one user, asked for once for all who need it, and again when it is refused. */
export class Login {
  readonly #body: string;
  readonly #ask: (body: string) => Promise<Outcome>;
  #current: Promise<LoggedIn> | undefined;
  #last: LoggedIn | undefined;
  #lastAt = 0;

  constructor(credentials: Settings['credentials'], ask: (body: string) => Promise<Outcome>) {
    this.#body = JSON.stringify(credentials);
    this.#ask = ask;
  }

  /** Throws the reason of an abort; the login itself goes on for the others. */
  token(signal: AbortSignal): Promise<LoggedIn> {
    if (this.#last && 'failure' in this.#last && !this.#isKept(this.#last.failure)) this.#drop();
    this.#current ??= this.#logIn();
    return unlessAborted(this.#current, signal);
  }

  /** Forgets a token that was refused, unless it was replaced meanwhile. */
  forget(token: string | undefined): void {
    if (this.#last && 'token' in this.#last && this.#last.token === token) this.#drop();
  }

  #isKept({ code }: Failure): boolean {
    return code === 'DENIED' && performance.now() - this.#lastAt < DENIED_MS;
  }

  #drop(): void {
    this.#current = undefined;
    this.#last = undefined;
  }

  async #logIn(): Promise<LoggedIn> {
    const outcome = await this.#ask(this.#body);
    this.#lastAt = performance.now();
    this.#last =
      'answer' in outcome
        ? { token: outcome.answer.token }
        : isSwitchedOff(outcome.failure)
          ? { token: undefined }
          : { failure: outcome.failure };
    return this.#last;
  }
}

/** A password may be given before the cluster wants one. */
function isSwitchedOff({ message }: Failure): boolean {
  return message.includes('authentication is not enabled');
}
