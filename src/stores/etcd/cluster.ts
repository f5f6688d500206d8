import type { Revision } from '../../index.ts';
import type { Answer } from './messages.ts';

/** What is known of the cluster when a question is asked. */
export interface Known {
  readonly history: number;
  readonly revision: number;
}

/** A revision taken apart. */
export interface Place {
  /** Of the key in its cluster; 0 where there is no key. */
  readonly mod: number;
  /** Which cluster; `undefined` for a document that does not exist. */
  readonly cluster: string | undefined;
}

const ABSENT: Revision = 'absent';

/** Which cluster answers, and how far its history goes: it may neither change nor go back. */
export class Cluster {
  #id: string | undefined;
  #revision = 0;
  /** How often it was another one. */
  #history = 0;

  /** Why it was another one last. */
  reset = '';

  get known(): Known {
    return { history: this.#history, revision: this.#revision };
  }

  /**
   * Takes in an answer to a question that was asked when `known` was. Returns why it can't be the cluster that answered
   * before, or has lost a part of its history; it is the known one from then on.
   */
  resetBy(header: Answer['header'], { history, revision: least }: Known): string | undefined {
    if (header === undefined) return undefined;
    const id = markOf(header.cluster_id);
    const revision = Number(header.revision ?? 0);
    const reason =
      this.#id !== undefined && this.#id !== id
        ? `another cluster answers (${id}; before: ${this.#id})`
        : history === this.#history && revision < least
          ? `the history of the cluster went back, from revision ${least} to ${revision}`
          : undefined;
    this.#revision = reason === undefined ? Math.max(this.#revision, revision) : revision;
    if (reason !== undefined) {
      this.#history += 1;
      this.reset = reason;
    }
    this.#id = id;
    return reason;
  }

  /** Why a revision can't be one of this cluster. */
  foreign({ mod, cluster }: Place): string | undefined {
    if (cluster === undefined) return undefined;
    if (this.#id === undefined) return 'the cluster is not known';
    if (cluster !== this.#id) return `the revision is one of another cluster (${cluster}; this is ${this.#id})`;
    return mod > this.#revision ? `the history of the cluster ends at ${this.#revision}, before ${mod}` : undefined;
  }

  revisionOf(mod: number): Revision {
    return mod === 0 ? ABSENT : `${mod}-${this.#id ?? ''}`;
  }
}

/** The place that a revision names; `undefined` for a text that is none. */
export function placeOf(revision: Revision): Place | undefined {
  if (revision === ABSENT) return { mod: 0, cluster: undefined };
  const [, mod, cluster] = /^([1-9]\d{0,15})-([0-9a-f]{8})$/.exec(revision) ?? [];
  return mod === undefined ? undefined : { mod: Number(mod), cluster };
}

/** Eight digits tell clusters apart, and can be read. */
function markOf(id: string): string {
  return BigInt(id).toString(16).padStart(16, '0').slice(0, 8);
}
