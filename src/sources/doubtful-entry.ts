import type { Entry, Origin } from '../layer.ts';

/** An entry with a problem that does not depend on the format of its setting. */
export class DoubtfulEntry implements Entry {
  readonly value: unknown;
  readonly problem: string;
  readonly #entry: Entry;

  constructor(entry: Entry, problem: string) {
    this.value = entry.value;
    this.problem = problem;
    this.#entry = entry;
  }

  get origin(): Origin {
    return this.#entry.origin;
  }

  get frame(): string | undefined {
    return this.#entry.frame;
  }
}
