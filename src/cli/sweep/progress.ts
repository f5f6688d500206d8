import { pointText } from './point.ts';
import type { Outcome } from './runner.ts';

/** Writes a line for each run that ends, with an estimate of the time that the others take. */
export class Progress {
  readonly #total: number;
  readonly #jobs: number;
  #ended = 0;
  #ran = 0;
  #ms = 0;

  constructor(total: number, jobs: number) {
    this.#total = total;
    this.#jobs = jobs;
  }

  /** The line of a run; `undefined` for one that was done before. */
  lineOf(outcome: Outcome): string | undefined {
    const { point, state, exitCode, ms } = outcome;
    this.#ended += 1;
    if (state === 'kept') return undefined;
    if (ms !== undefined) {
      this.#ran += 1;
      this.#ms += ms;
    }
    const how = stateText(state, exitCode);
    const took = ms === undefined ? '' : `  ${durationText(ms)}`;
    return `[${this.#ended}/${this.#total}] ${how}  ${pointText(point)}${took}${this.#estimate()}`;
  }

  #estimate(): string {
    const left = this.#total - this.#ended;
    if (left === 0 || this.#ran === 0) return '';
    return `  about ${durationText(((this.#ms / this.#ran) * left) / this.#jobs)} left`;
  }
}

/** The state of a run in a table. */
export function stateText(state: string, exitCode: number | undefined): string {
  return state === 'failed' ? `failed (exit ${exitCode})` : state;
}

/** `1 run`, `12 runs`. */
export function runCountText(count: number): string {
  return count === 1 ? '1 run' : `${count} runs`;
}

/** A duration for a person: `0.4 s`, `12 min`, `3.5 h`. */
export function durationText(ms: number): string {
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}
