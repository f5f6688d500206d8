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

/** The configuration that an inspector shows. */
export interface ConfigProvider {
  /** The configuration as it is now. */
  current(): Config | Promise<Config>;
  /** Calls `changed` when another state may be read. Returns what ends that. */
  subscribe(changed: () => void): () => void;
}

type UpdateListener = (update: Update) => void;

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
  #turn: Promise<void> = Promise.resolve();

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

  /** Compares the state now, and sends the difference to every open page. */
  refresh(): Promise<void> {
    this.#turn = this.#turn.then(async () => {
      const update = this.#difference(await this.read());
      if (update) for (const listener of this.#listeners) listener(update);
    });
    return this.#turn;
  }

  /** The updates as server-sent events, until the client disconnects. */
  events(): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    let stop = (): void => undefined;
    return new ReadableStream({
      start: (controller) => {
        const send = (text: string): void => controller.enqueue(encoder.encode(text));
        const ping = setInterval(() => send(': ping\n\n'), PING_MS).unref();
        const listener: UpdateListener = (update) => send(`data: ${JSON.stringify(update)}\n\n`);
        stop = () => {
          clearInterval(ping);
          this.#remove(listener);
        };
        send(': connected\n\n');
        this.#add(listener);
      },
      cancel: () => stop(),
    });
  }

  #add(listener: UpdateListener): void {
    this.#listeners.add(listener);
    if (this.#listeners.size > 1) return;
    this.#unsubscribe = this.#provider.subscribe(() => void this.refresh());
    // The first comparison only fills the memory: the page has just read the state.
    void this.refresh().then(() => {
      const every = this.#rows.size <= SMALL ? SMALL_MS : LARGE_MS;
      if (this.#listeners.size > 0) this.#timer ??= setInterval(() => void this.refresh(), every).unref();
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
