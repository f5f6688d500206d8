import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Revision, Store, StoredDocument, StoreHandler } from '../index.ts';

/** How long something that has to happen may take, in milliseconds: only what never happens takes so long. */
const PATIENCE_MS = 30_000;

/** Waits until `check` gives something; fails with `what`. */
export async function until<T>(
  what: string,
  check: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const result = await check();
    if (result !== undefined && result !== false) return result;
    if (performance.now() > end) assert.fail(`it never came to this: ${what}`);
    await pause(10);
  }
}

/** A watch and all that it reported, checked as it comes. */
export class RecordedWatch implements StoreHandler {
  readonly reported: StoredDocument[] = [];
  readonly states: { readonly state: 'live' | 'stale'; readonly cause: unknown; readonly at: number }[] = [];
  /** Called with each state before it counts as reported. */
  taking: (stored: StoredDocument) => void = () => undefined;
  readonly #watch: { close(): Promise<void> };
  readonly #wrong: string[] = [];
  #isReporting = false;
  #isClosed = false;

  constructor(store: Store, from: Revision) {
    this.#watch = store.watch(from, this);
  }

  stored(stored: StoredDocument): void {
    this.#report(() => {
      if (stored.revision !== 'absent' && this.reported.some(({ revision }) => revision === stored.revision))
        this.#wrong.push(`${stored.revision} was reported twice`);
      this.reported.push(stored);
      this.taking(stored);
    });
  }

  state(state: 'live' | 'stale', cause?: Error): void {
    this.#report(() => this.states.push({ state, cause, at: performance.now() }));
  }

  /** The last reported state. */
  get last(): StoredDocument | undefined {
    return this.reported.at(-1);
  }

  get isStale(): boolean {
    return this.states.at(-1)?.state === 'stale';
  }

  /** Waits until this revision is reported. */
  async sees(revision: Revision): Promise<StoredDocument> {
    return until(`the watch reports ${revision}`, () => this.reported.find((stored) => stored.revision === revision));
  }

  /** Waits until the watch reports this state, and returns the cause. */
  async becomes(state: 'live' | 'stale', from = 0): Promise<unknown> {
    const isReached = () => this.states.slice(from).find((it) => it.state === state);
    return (await until(`the watch says ${state}`, isReached)).cause;
  }

  /** Ends the watch, and fails if it reported a wrong state: it may leave out revisions of `order`, but not go back. */
  async close(order: readonly Revision[] = []): Promise<void> {
    await this.#watch.close();
    this.#isClosed = true;
    const places = this.reported.map(({ revision }) => order.indexOf(revision)).filter((place) => place >= 0);
    const turned = places.findIndex((place, index) => place < (places[index - 1] ?? 0));
    if (turned >= 0) this.#wrong.push(`${order[places[turned] ?? 0]} was reported after a later one`);
    await pause(20);
    assert.deepEqual(this.#wrong, []);
  }

  #report(add: () => void): void {
    if (this.#isReporting) this.#wrong.push('the handler ran while it was running');
    if (this.#isClosed) this.#wrong.push('the handler ran after the watch was closed');
    this.#isReporting = true;
    try {
      add();
    } finally {
      this.#isReporting = false;
    }
  }
}
