import { ConfigError, type Issue } from '../errors.ts';
import { isEqual } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Layer, LayerName } from '../layer.ts';
import { problemsOf } from '../resolve.ts';
import type { SourceResult } from '../sources/source.ts';
import { type Stack, type StackResult, withReading } from '../stack.ts';
import type { Current } from './current.ts';
import type { ChangeEvent, Listeners, ReloadRejection } from './events.ts';

/** The parts that a reload reads, changes and notifies. */
export interface ReloadParts {
  readonly name: string;
  readonly current: Current;
  readonly stack: Stack;
  readonly reading: StackResult;
  readonly listeners: Listeners;
  /** Called after layers that were read took the place of the old ones. */
  readonly onTaken: () => void;
}

/** The result of a reload: accepted, rejected, or `undefined` if there was nothing to read. */
export type Outcome = { readonly changed: ChangeEvent } | { readonly refused: ReloadRejection } | undefined;

/**
 * Replaces the layers by newly read ones: all of them in one step, or none. It reads one stack at a time, so that an
 * older state never replaces a newer one.
 */
export class Reloads {
  readonly #parts: ReloadParts;
  #reading: StackResult;
  #rejected: ReloadRejection | undefined;
  /** Counts the replacements of layers. */
  #swaps = 0;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<Outcome> | undefined;

  constructor(parts: ReloadParts) {
    this.#parts = parts;
    this.#reading = parts.reading;
  }

  get reading(): StackResult {
    return this.#reading;
  }

  /** The last rejection; `undefined` after a successful reload. */
  get rejected(): ReloadRejection | undefined {
    return this.#rejected;
  }

  get swaps(): number {
    return this.#swaps;
  }

  /** Reads all sources. Calls during a read share the next read, which sees every change made before them. */
  async reload(): Promise<ChangeEvent> {
    this.#next ??= this.#inTurn(() => {
      this.#next = undefined;
      return this.#attempt(() => this.#parts.stack.read());
    });
    const outcome = await this.#next;
    if (outcome && 'changed' in outcome) return outcome.changed;
    const { refused } = outcome as { readonly refused: ReloadRejection };
    throw this.reject(refused);
  }

  /**
   * Uses the result of `read` if it is valid and no file has disappeared. Otherwise the caller decides when to
   * {@link reject} it.
   */
  take(read: () => Promise<StackResult | undefined>): Promise<Outcome> {
    return this.#inTurn(() => this.#attempt(() => read().then((reading) => reading && this.#withoutVanished(reading))));
  }

  /** The reading with an issue for each file that there was before: only {@link reload} goes on without it. */
  #withoutVanished(reading: StackResult): StackResult {
    const issues: Issue[] = [];
    const unread = new Set(reading.unread);
    for (const [layer, { absent }] of reading.readings) {
      const before = this.#reading.readings.get(layer);
      if (absent === undefined || before === undefined || before.absent !== undefined || unread.has(layer)) continue;
      issues.push(vanishedIssue(layer, absent));
      unread.add(layer);
    }
    return issues.length === 0 ? reading : { ...reading, unread, issues: [...reading.issues, ...issues] };
  }

  /** Records a rejection and notifies listeners. Without `again`, a repeated message is not sent twice. */
  reject(refused: ReloadRejection, { again = true }: { readonly again?: boolean } = {}): ReloadRejection {
    const isNew = this.#rejected?.message !== refused.message;
    this.#rejected = refused;
    if (isNew || again) this.#parts.listeners.emit({ rejected: refused });
    return refused;
  }

  /** Updates the file layer after a write of this process; `own` are the keys that it wrote. */
  wrote(file: Layer, reading: SourceResult, own: ReadonlySet<Key>): void {
    this.#reading = withReading(this.#reading, 'file', reading);
    this.#swap(
      this.#parts.current.layers.map((old) => (old.name === 'file' ? file : old)),
      own,
    );
  }

  /** The same if only the entries of `keys` changed; `change` puts them into the layer. */
  wroteKeys(keys: readonly Key[], reading: SourceResult, change: () => void): void {
    const { current, listeners } = this.#parts;
    this.#reading = withReading(this.#reading, 'file', reading);
    this.#swaps += 1;
    listeners.emitChanges(current.update(keys, change));
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#running.then(work);
    this.#running = turn.catch(() => undefined);
    return turn;
  }

  /** Reads again if this process wrote meanwhile, so that the older read does not undo the write. */
  async #attempt(read: () => Promise<StackResult | undefined>): Promise<Outcome> {
    for (;;) {
      const swaps = this.#swaps;
      const reading = await read();
      if (reading === undefined) return undefined;
      if (swaps === this.#swaps) return this.#judged(reading);
    }
  }

  #judged(reading: StackResult): Outcome {
    const { name, current } = this.#parts;
    const preview = current.preview(reading.layers);
    const { issues } = problemsOf(current.schema, preview);
    const [first, ...rest] = [...reading.issues, ...issues];
    if (first) {
      const error = new ConfigError([first, ...rest], { title: `the configuration of ${name}` });
      const wrong = new Set(error.issues.map(({ key }) => key));
      const candidate = current.candidate(this.#readable(reading)).filter(({ key }) => !wrong.has(key));
      return { refused: Object.assign(error, { candidate }) };
    }
    this.#reading = reading;
    for (const { taken } of reading.readings.values()) void taken?.();
    const wasRejected = this.#rejected !== undefined;
    this.#rejected = undefined;
    const changed = this.#swap(reading.layers, new Set(), wasRejected);
    this.#parts.onTaken();
    return { changed };
  }

  /** The read layers, but the old one for each source that could not be read. */
  #readable({ layers, unread }: StackResult): readonly Layer[] {
    return layers.map((layer, i) => (unread.has(layer.name) ? (this.#parts.current.layers[i] ?? layer) : layer));
  }

  #swap(layers: readonly Layer[], own: ReadonlySet<Key>, tell = false): ChangeEvent {
    const { current, listeners } = this.#parts;
    this.#swaps += 1;
    const known = current.waitingJson;
    const changes = current.replace(layers, own);
    const json = current.waitingJson;
    const waiting = current.waiting.filter(({ key }) => !known.has(key) || !isEqual(known.get(key), json.get(key)));
    const changed: ChangeEvent = { changes, waiting };
    if (tell || changes.length > 0 || waiting.length > 0) listeners.emit(changed);
    return changed;
  }
}

function vanishedIssue(layer: LayerName, name: string): Issue {
  const message = `${name} does not exist any more; its last values stay in effect`;
  const suggestion = 'Create it again. To go on without it, call `reload()` or restart.';
  return { code: 'UNAVAILABLE', message, origin: { layer, name, location: name }, suggestion };
}

/** Warnings about settings that change at the next start. */
export function waitingIssues(current: Current): readonly Issue[] {
  return current.waiting.map(({ key, after, to, redacted }) => {
    const value = redacted ? '' : `: ${JSON.stringify(after) ?? 'nothing'}`;
    const message = `changed${value}; restart to apply`;
    return { code: 'NEEDS_RESTART', key, message, ...(to && { origin: to }) };
  });
}
