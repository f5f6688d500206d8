import { setTimeout as pause } from 'node:timers/promises';
import { ConfigError, type Store, type Stored, type StoreHandler, type Written } from '../src/index.ts';

/** A store that can only be waited for, as those of other machines. */
export class RemoteStore implements Store {
  readonly name = 'remote:app';
  readonly limits = { maxBytes: 1_000, staleMs: 1_000, durability: 'quorum-fsync' as const };
  text = '{ "epochs": 1 }';
  isDown = false;
  /** What happens between a write and its answer. */
  afterWrite: () => Promise<unknown> = async () => undefined;
  readonly #handlers = new Set<StoreHandler>();

  async read(): Promise<Stored> {
    await pause(1);
    if (this.isDown) throw new ConfigError([{ code: 'UNAVAILABLE', message: 'remote:app is down' }]);
    return { text: this.text, revision: this.text };
  }

  async write(text: string): Promise<Written> {
    this.put(text);
    await this.afterWrite();
    return { ok: true, revision: text };
  }

  watch(_from: string, handler: StoreHandler) {
    this.#handlers.add(handler);
    return { close: async () => void this.#handlers.delete(handler) };
  }

  async close(): Promise<void> {}

  /** Each watch is told later, and of a state that may be an old one by then. */
  put(text: string): void {
    this.text = text;
    setTimeout(() => this.#tell((handler) => handler.stored({ text, revision: text })), 20);
  }

  setDown(isDown: boolean): void {
    this.isDown = isDown;
    const cause = new ConfigError([{ code: 'UNAVAILABLE', message: 'remote:app is down' }]);
    this.#tell((handler) => handler.state(isDown ? 'stale' : 'live', isDown ? cause : undefined));
  }

  get watches(): number {
    return this.#handlers.size;
  }

  #tell(tell: (handler: StoreHandler) => void): void {
    for (const handler of this.#handlers) tell(handler);
  }
}
