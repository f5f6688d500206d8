import { ConfigError, type Issue } from '../errors.ts';
import type { ExpressionInputs } from '../expression-inputs.ts';
import type { Layer, LayerName } from '../layer.ts';
import { problemsOf } from '../resolve.ts';
import type { SourceResult } from '../sources/source.ts';
import { type Stack, type StackResult, sourceIssues } from '../stack.ts';
import type { ConfigState } from './config-state.ts';
import type { ChangeEvent, ReloadRejection } from './events.ts';
import { otherChoices } from './other-choices.ts';

/** The parts that a reload reads, changes and notifies. */
export interface ReloadParts {
  readonly name: string;
  readonly current: ConfigState;
  readonly stack: Stack;
  /** Called after layers that were read took the place of the old ones. */
  readonly onAccepted: () => void;
}

/** The result of a reload: accepted, rejected, or `undefined` if there was nothing to read. */
export type Outcome = { readonly changed: ChangeEvent } | { readonly refused: ReloadRejection } | undefined;

/**
 * Replaces the layers by newly read ones: all of them in one step, or none. It reads one stack at a time, so that an
 * older state never replaces a newer one.
 */
export class Reloads {
  readonly #parts: ReloadParts;
  #rejected: ReloadRejection | undefined;
  #running: Promise<unknown> = Promise.resolve();
  #next: Promise<Outcome> | undefined;

  constructor(parts: ReloadParts) {
    this.#parts = parts;
  }

  /** The last rejection; `undefined` after a successful reload. */
  get rejected(): ReloadRejection | undefined {
    return this.#rejected;
  }

  /** Reads all sources. Calls during a read share the next read, which sees every change made before them. */
  async reload(): Promise<ChangeEvent> {
    this.#next ??= this.#inQueue(() => {
      this.#next = undefined;
      return this.#attempt(() => this.#parts.stack.read(this.#parts.current.readings));
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
  accept(read: () => Promise<StackResult | undefined>): Promise<Outcome> {
    return this.#inQueue(() =>
      this.#attempt(() => read().then((reading) => reading && this.#withoutVanished(reading))),
    );
  }

  /** The reading with an issue for each file that there was before: only {@link reload} goes on without it. */
  #withoutVanished({ layers, readings, schema }: StackResult): StackResult {
    const judged = new Map(readings);
    const others = otherChoices(this.#parts.current);
    for (const [layer, reading] of readings) {
      if (others.has(layer)) continue;
      const { absent, issues = [] } = reading;
      const before = this.#parts.current.readings.get(layer);
      if (absent === undefined || before === undefined || before.absent !== undefined || isUnread(reading)) continue;
      judged.set(layer, { ...reading, issues: [...issues, vanishedIssue(layer, absent)] });
    }
    return { layers, readings: judged, schema };
  }

  /** Records a rejection and notifies listeners. Without `again`, a repeated message is not sent twice. */
  reject(refused: ReloadRejection, { again = true }: { readonly again?: boolean } = {}): ReloadRejection {
    const isNew = this.#rejected?.message !== refused.message;
    this.#rejected = refused;
    if (isNew || again) this.#parts.current.listeners.emit({ rejected: refused });
    return refused;
  }

  #inQueue<T>(work: () => Promise<T>): Promise<T> {
    const queued = this.#running.then(work);
    this.#running = queued.catch(() => undefined);
    return queued;
  }

  /** Reads again if this process wrote meanwhile, so that the older read does not undo the write. */
  async #attempt(read: () => Promise<StackResult | undefined>): Promise<Outcome> {
    for (;;) {
      const { current } = this.#parts;
      const { replacements } = current;
      const reading = await read();
      if (reading === undefined) return undefined;
      const inputs = current.inputs?.again();
      // Settings may be changed while a resolver is waited for, so that others are needed.
      for (let known: number | undefined; known !== current.version; ) {
        known = current.version;
        const waiting = current.prepare([current.givenAfter(reading.layers)], inputs);
        if (waiting) await waiting;
      }
      if (replacements === current.replacements) return this.#judged(reading, inputs);
    }
  }

  #judged(reading: StackResult, inputs: ExpressionInputs | undefined): Outcome {
    const { name, current } = this.#parts;
    const { checks } = current;
    const read = { inputs, fullSchema: reading.schema };
    const given = current.givenAfter(reading.layers);
    const issues = checks?.issuesOfReload(given, read) ?? problemsOf(reading.schema, given).issues;
    const [first, ...rest] = [...sourceIssues(reading.readings), ...issues];
    if (first) {
      const error = new ConfigError([first, ...rest], { title: `the configuration of ${name}` });
      const wrong = new Set(error.issues.flatMap(({ key, keys = [] }) => [key, ...keys]));
      const readable = current.givenAfter(this.#readable(reading));
      const next = checks?.stateOfReload(readable, read) ?? current.compute(readable, read);
      const candidate = current.changesTo(next).filter(({ key }) => !wrong.has(key));
      return { refused: Object.assign(error, { candidate }) };
    }
    for (const { accepted } of reading.readings.values()) void accepted?.();
    const wasRejected = this.#rejected !== undefined;
    this.#rejected = undefined;
    const changed = current.replace(reading, { announces: wasRejected, isReload: true });
    this.#parts.onAccepted();
    return { changed };
  }

  /** The read layers, but the old ones for each source that could not be read: its own, and those of the files that it extended. */
  #readable({ layers, readings }: StackResult): readonly Layer[] {
    const { given, readings: before } = this.#parts.current;
    return layers.flatMap((layer) => {
      const reading = readings.get(layer.name);
      const at = reading && isUnread(reading) ? given.findIndex(({ name }) => name === layer.name) : -1;
      if (at < 0) return layer;
      let from = at;
      while (before.get(given[from - 1]?.name ?? '')?.extendedFile !== undefined) from -= 1;
      return given.slice(from, at + 1).filter(({ name }) => name === layer.name || !readings.has(name));
    });
  }
}

function vanishedIssue(layer: LayerName, name: string): Issue {
  const message = `${name} does not exist any more; its last values stay in effect`;
  const suggestion = 'Create it again. To go on without it, call `reload()` or restart.';
  return { code: 'UNAVAILABLE', message, origin: { layer, name, location: name }, suggestion };
}

/** Whether a source could not be read at all. */
function isUnread({ entries, issues = [] }: SourceResult): boolean {
  return entries.size === 0 && issues.length > 0;
}
