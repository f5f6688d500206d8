import { setTimeout as pause } from 'node:timers/promises';
import {
  ConfigError,
  type Revision,
  type Store,
  type StoredDocument,
  type StoreHandler,
  type WriteOptions,
  type WriteResult,
} from '../src/index.ts';

/** A store that can only be waited for, as those of other machines. It is in memory, and keeps every state. */
export class RemoteStore implements Store {
  readonly name = 'remote:app';
  readonly limits = { maxBytes: 10_000, staleMs: 1_000, durability: 'quorum-fsync' as const };
  isDown = false;
  /** What happens between a write and its answer. */
  afterWrite: () => Promise<unknown> = async () => undefined;
  readonly #states: StoredDocument[] = [];
  readonly #handlers = new Set<StoreHandler>();
  /** The oldest states that are no longer kept. */
  #gone = 0;
  #isReset = false;

  constructor(text = '{ "epochs": 1 }') {
    this.text = text;
  }

  get text(): string {
    return this.#current.text ?? '';
  }

  /** Changes the document without telling anybody. */
  set text(text: string) {
    this.#add({ text });
  }

  async read(): Promise<StoredDocument> {
    await pause(1);
    this.#requireUp();
    if (this.#isReset) {
      this.#isReset = false;
      throw new ConfigError([{ code: 'RESET', message: 'another server answers' }]);
    }
    return this.#current;
  }

  async write(text: string, { expect, id: writeId, by, note }: WriteOptions): Promise<WriteResult> {
    this.#requireUp();
    if (expect !== this.#current.revision) return { ok: false, current: this.#current };
    const at = new Date().toISOString();
    const { revision } = this.#add({ text, writeId, at, ...(by && { by }), ...(note && { note }) });
    this.#tellLater();
    await this.afterWrite();
    return { ok: true, revision };
  }

  async history({
    before,
    limit,
  }: {
    readonly before?: Revision;
    readonly limit: number;
  }): Promise<readonly StoredDocument[]> {
    const end = before === undefined ? this.#states.length : Number(before) - 1;
    if (end > 0 && end <= this.#gone) {
      throw new ConfigError([{ code: 'GONE', message: `revisions before ${before} have been removed` }]);
    }
    return this.#states.slice(Math.max(this.#gone, end - limit), end).reverse();
  }

  watch(_from: string, handler: StoreHandler) {
    this.#handlers.add(handler);
    return { close: async () => void this.#handlers.delete(handler) };
  }

  async close(): Promise<void> {}

  /** Changes the document as another client. */
  put(text: string): void {
    this.text = text;
    this.#tellLater();
  }

  /** Becomes another server, which the next read reports. */
  reset(text: string): void {
    this.text = text;
    this.#isReset = true;
  }

  /** Deletes the document as another client. */
  remove(): void {
    this.#add({ text: null });
    this.#tellLater();
  }

  /** Forgets all states but the last `kept`. */
  compact(kept: number): void {
    this.#gone = this.#states.length - kept;
  }

  setDown(isDown: boolean): void {
    this.isDown = isDown;
    this.#tell((handler) => handler.state(isDown ? 'stale' : 'live', isDown ? down() : undefined));
  }

  get watches(): number {
    return this.#handlers.size;
  }

  get #current(): StoredDocument {
    return this.#states.at(-1) as StoredDocument;
  }

  #add(state: Omit<StoredDocument, 'revision'>): StoredDocument {
    const stored = { ...state, revision: String(this.#states.length + 1) };
    this.#states.push(stored);
    return stored;
  }

  #requireUp(): void {
    if (this.isDown) throw down();
  }

  /** Each watch is called later, with a state that may be old by then. */
  #tellLater(): void {
    const stored = this.#current;
    setTimeout(() => this.#tell((handler) => handler.stored(stored)), 20);
  }

  #tell(tell: (handler: StoreHandler) => void): void {
    for (const handler of this.#handlers) tell(handler);
  }
}

function down(): ConfigError {
  return new ConfigError([{ code: 'UNAVAILABLE', message: 'remote:app is down' }]);
}
