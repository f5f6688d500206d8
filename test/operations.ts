import { Session } from 'node:inspector/promises';
import { requireOwnProcess } from './process-state.ts';

// Functions that were compiled by another file have no counters for their loops.
requireOwnProcess('It counts what the engine runs');

/** Counts the operations of work, by V8's precise coverage: the count is the same on every machine, busy or not. */
export class OperationCounter {
  readonly #session = new Session();
  readonly #parts: readonly string[];

  private constructor(parts: readonly string[]) {
    this.#parts = parts;
  }

  /**
   * Counts in the files whose path contains one of `parts`. Begin before they run for the first time: functions that are
   * compiled earlier have no counters for their loops.
   */
  static async begin(parts: readonly string[]): Promise<OperationCounter> {
    const counter = new OperationCounter(parts);
    counter.#session.connect();
    await counter.#session.post('Profiler.enable');
    await counter.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return counter;
  }

  /** How often functions, and the blocks of their loops and branches, run in `work`. */
  async count(work: () => unknown): Promise<number> {
    await this.#take();
    await work();
    return this.#take();
  }

  end(): void {
    this.#session.disconnect();
  }

  /** The counts since the last call: V8 begins anew with every answer. */
  async #take(): Promise<number> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    let sum = 0;
    for (const { url, functions } of result) {
      if (!this.#parts.some((part) => url.includes(part))) continue;
      for (const { ranges } of functions) for (const { count } of ranges) sum += count;
    }
    return sum;
  }
}
