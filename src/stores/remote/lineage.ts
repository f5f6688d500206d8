import type { Revision } from '../../index.ts';
import { resetError } from './failure.ts';

/** Which server answered, and the newest revision it knows of. */
export interface AnswerHeader {
  /** Eight hexadecimal digits. */
  readonly server: string;
  readonly revision: number;
}

/** What was known when a request was sent. */
export interface KnownLineage {
  readonly generation: number;
  readonly revision: number;
}

/** A revision in its parts. */
export interface RevisionParts {
  /** 0 for an absent document. */
  readonly number: number;
  /** The server, and what else tells two states of one number apart; `undefined` for an absent document. */
  readonly server: string | undefined;
  readonly mark: string;
}

/** The revision of an absent document. */
export const ABSENT: Revision = 'absent';

/** The server, or cluster, that a store talks to. Neither its identity may change, nor its revisions go back. */
export class Lineage {
  /** What messages call the document. */
  readonly #name: string;
  #server: string | undefined;
  #revision = 0;
  #generation = 0;

  /** The reason of the last reset. */
  reset = '';

  constructor(name: string) {
    this.#name = name;
  }

  get known(): KnownLineage {
    return { generation: this.#generation, revision: this.#revision };
  }

  /**
   * Compares an answer with what was `known` when its request was sent. Returns why the answer can't come from the same
   * server with its whole history; from then on, the new one counts as known.
   */
  resetBy({ server, revision }: AnswerHeader, { generation, revision: least }: KnownLineage): string | undefined {
    const reason =
      this.#server !== undefined && this.#server !== server
        ? `another server answers (${server}; before: ${this.#server})`
        : generation === this.#generation && revision < least
          ? `the history of the server went back from revision ${least} to ${revision}`
          : undefined;
    this.#revision = reason === undefined ? Math.max(this.#revision, revision) : revision;
    if (reason !== undefined) {
      this.#generation += 1;
      this.reset = reason;
    }
    this.#server = server;
    return reason;
  }

  /** Throws `RESET` where {@link resetBy} has a reason. */
  check(header: AnswerHeader, known: KnownLineage): void {
    const reset = this.resetBy(header, known);
    if (reset !== undefined) throw resetError(this.#name, reset);
  }

  /** Why a revision can't be one of this server. */
  foreign({ number, server }: RevisionParts): string | undefined {
    if (server === undefined) return undefined;
    if (this.#server === undefined) return 'the server is not known';
    if (server !== this.#server) return `the revision comes from another server (${server}; this is ${this.#server})`;
    return number > this.#revision
      ? `the history of the server ends at ${this.#revision}, before ${number}`
      : undefined;
  }

  /** `mark` tells two states of one number apart, where a server can have both. */
  revisionOf(number: number, mark = ''): Revision {
    if (number === 0) return ABSENT;
    return `${number}-${this.#server ?? ''}${mark === '' ? '' : `-${mark}`}`;
  }
}

/** The parts of a revision; `undefined` for other text. */
export function revisionParts(revision: Revision): RevisionParts | undefined {
  if (revision === ABSENT) return { number: 0, server: undefined, mark: '' };
  const [, number, server, mark = ''] = /^([1-9]\d{0,15})-([0-9a-f]{8})(?:-([0-9a-f]{8}))?$/.exec(revision) ?? [];
  return number === undefined ? undefined : { number: Number(number), server, mark };
}
