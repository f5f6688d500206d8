import { type Failure, RequestError } from './failure.ts';
import { jittered, pause, type RequestLimits } from './pause.ts';

/** For how long no server may be reachable until a request fails, in milliseconds. */
const UNREACHABLE_MS = 1_000;
/** Between two attempts, in milliseconds: doubled after each, up to the last. */
const RETRY_MS = 25;
const RETRY_MOST_MS = 1_000;

/** The attempts at one request: whether a failure permits another one, and when. */
export class Attempts {
  readonly #limits: RequestLimits;
  readonly #servers: number;
  readonly #started = performance.now();
  #wait = RETRY_MS;
  #misfits = 0;
  #hasLoggedIn = false;
  /** Whether unreachable servers are tried until the deadline: an unclear write must not be given up sooner. */
  isPatient = false;

  /** `servers`: how many may be asked in turn. */
  constructor(limits: RequestLimits, servers: number) {
    this.#limits = limits;
    this.#servers = servers;
  }

  /** Waits until the next attempt. Rejects with the failure where there must be none, or with the reason of an abort. */
  async next(failure: Failure): Promise<void> {
    const { until, signal, isIdle = false } = this.#limits;
    signal.throwIfAborted();
    if (failure.needsLogin && !this.#hasLoggedIn) {
      this.#hasLoggedIn = true;
      return;
    }
    this.#misfits += failure.retry === 'elsewhere' ? 1 : 0;
    const end = failure.isUnreachable && !this.isPatient ? Math.min(until, this.#started + UNREACHABLE_MS) : until;
    const isFinal = failure.retry === 'no' || this.#misfits >= this.#servers;
    if (isFinal || performance.now() + this.#wait >= end) throw new RequestError(failure);
    await pause(jittered(this.#wait), signal, isIdle);
    this.#wait = Math.min(2 * this.#wait, RETRY_MOST_MS);
  }
}

/** Repeats a request that changes nothing until there is an answer. Rejects with a {@link RequestError}. */
export async function retried<T>(attempts: Attempts, request: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof RequestError)) throw error;
      await attempts.next(error.failure);
    }
  }
}
