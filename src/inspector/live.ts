import { setTimeout } from 'node:timers/promises';
import { type Config, ConfigError, history } from '../index.ts';
import { withGroupRows } from './groups.ts';
import type { Row, State, Update } from './model.ts';
import { rowsOf, summaryOf } from './rows.ts';

/** How often the layers are compared while a page is open, in milliseconds. A change of a shadowed value sends no event. */
const SMALL_MS = 1_000;
const LARGE_MS = 5_000;
/** Up to this number of settings they are compared often. */
const SMALL = 2_000;
/** How often an open stream sends a comment, so that a proxy keeps it, in milliseconds. */
const PING_MS = 15_000;
/** How many updates wait for a page that does not read; then its stream ends, and the page reads the state when it returns. */
const MOST_WAITING = 20;
/** After a comparison, none begins for so many times its duration: many changes do not occupy the program. */
const PAUSE = 9;

/** The configuration that an inspector shows. */
export interface ConfigProvider {
  /** The configuration as it is now. */
  current(): Config | Promise<Config>;
  /** Calls `changed` when another state may be read. Returns what ends that. */
  subscribe(changed: () => void): () => void;
}

/** Takes a message of the event stream. */
type UpdateListener = (message: Uint8Array) => void;

const encoder = new TextEncoder();
const PING = encoder.encode(': ping\n\n');
/** From this event on, a page receives what changes: it reads the state then. */
const READY = encoder.encode('event: ready\ndata:\n\n');

/** The state of a configuration, compared with the last one that the open pages have received. */
export class LiveState {
  readonly #provider: ConfigProvider;
  readonly #isWritable: boolean;
  readonly #listeners = new Set<UpdateListener>();
  #rows: ReadonlyMap<string, string> = new Map();
  #summary = '';
  #hasHistory: Promise<boolean> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  /** Resolves when the first comparison since a page was opened has filled the memory. */
  #filled: Promise<void> = Promise.resolve();
  #turn: Promise<unknown> = Promise.resolve();
  /** The comparison that has not begun: it finds all changes until then. */
  #next: Promise<unknown> | undefined;

  constructor(provider: ConfigProvider, isWritable: boolean) {
    this.#provider = provider;
    this.#isWritable = isWritable;
  }

  async read(): Promise<State> {
    const config = await this.#provider.current();
    const rows = withGroupRows(config, rowsOf(config));
    this.#hasHistory ??= hasHistory(config);
    return { ...summaryOf(config, rows), isWritable: this.#isWritable, hasHistory: await this.#hasHistory, rows };
  }

  /** Compares the state, and sends the difference to every open page. Resolves when that is done. */
  refresh(): Promise<unknown> {
    if (this.#next) return this.#next;
    const turn = this.#turn.then(async () => {
      this.#next = undefined;
      const begin = performance.now();
      const update = this.#difference(await this.read());
      if (update) {
        const message = encoder.encode(`data: ${JSON.stringify(update)}\n\n`);
        for (const listener of this.#listeners) listener(message);
      }
      return PAUSE * (performance.now() - begin);
    });
    this.#turn = turn.catch(() => LARGE_MS).then((ms) => setTimeout(ms, undefined, { ref: false }));
    this.#next = turn;
    return turn;
  }

  /** The same for changes that nothing waits for. A failure must not end the program. */
  async #refreshSoon(): Promise<void> {
    await this.refresh().catch((error: unknown) => process.emitWarning(error instanceof Error ? error : String(error)));
  }

  /** The updates as server-sent events, until the client disconnects. */
  events(): ReadableStream<Uint8Array> {
    let stop = (): void => undefined;
    return new ReadableStream({
      start: (controller) => {
        const send = (message: Uint8Array): void => {
          controller.enqueue(message);
          if ((controller.desiredSize ?? 0) > -MOST_WAITING) return;
          stop();
          controller.close();
        };
        const ping = setInterval(() => send(PING), PING_MS).unref();
        stop = () => {
          clearInterval(ping);
          this.#remove(send);
        };
        send(encoder.encode(': connected\n\n'));
        this.#add(send);
      },
      cancel: () => stop(),
    });
  }

  #add(listener: UpdateListener): void {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#follow();
    void this.#filled.then(() => {
      if (this.#listeners.has(listener)) listener(READY);
    });
  }

  #follow(): void {
    this.#unsubscribe = this.#provider.subscribe(() => void this.#refreshSoon());
    this.#filled = this.#refreshSoon().then(() => {
      const every = this.#rows.size <= SMALL ? SMALL_MS : LARGE_MS;
      if (this.#listeners.size > 0) this.#timer ??= setInterval(() => void this.#refreshSoon(), every).unref();
    });
  }

  #remove(listener: UpdateListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#unsubscribe?.();
    this.#rows = new Map();
  }

  #difference({ rows, ...summary }: State): Update | undefined {
    const before = this.#rows;
    const texts = new Map(rows.map((row): [string, string] => [row.key, JSON.stringify(row)]));
    const summaryText = JSON.stringify(summary);
    const isFirst = before.size === 0;
    const changed = rows.filter((row: Row) => texts.get(row.key) !== before.get(row.key));
    const keys = [...texts.keys()];
    const isSameOrder = keys.length === before.size && [...before.keys()].every((key, i) => key === keys[i]);
    const isSame = changed.length === 0 && isSameOrder && summaryText === this.#summary;
    this.#rows = texts;
    this.#summary = summaryText;
    return isFirst || isSame ? undefined : { ...summary, rows: changed, ...(!isSameOrder && { keys }) };
  }
}

/** Whether the store of the file layer keeps versions; one that cannot be reached now may. */
async function hasHistory(config: Config): Promise<boolean> {
  try {
    await history(config, { limit: 0 });
    return true;
  } catch (error) {
    return !(error instanceof ConfigError && (error.code === 'GONE' || error.code === 'READ_ONLY'));
  }
}
