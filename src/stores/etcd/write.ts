import { type Document, type State, Unanswered } from './document.ts';
import type { Failure } from './failure.ts';
import type { Asking } from './gateway.ts';
import { jittered, pause } from './pause.ts';

/** A text to be written in the place of another. */
export interface Change {
  readonly text: string;
  /** The revision of the key that it was made from; 0 for no document. */
  readonly mod: number;
  readonly id: string;
  readonly note: { readonly by?: string; readonly at: string; readonly note?: string };
  /** Whether it was sent before, without an answer. */
  readonly wasSent: boolean;
}

/** Where it was written, or what stands there instead. */
export type Changed = { readonly mod: number } | State;

/** Between two attempts that may both arrive, in milliseconds. */
const AGAIN_MS = 50;

/**
 * Writes once, however often it has to be sent: where an answer is missing, what stands there is looked up by the id.
 * Throws {@link Unanswered}: `UNCLEAR` when time is up, or what would tell is no longer kept.
 */
export async function writeOnce(document: Document, change: Change, asking: Asking): Promise<Changed> {
  let open: Failure | undefined = change.wasSent ? SENT_BEFORE : undefined;
  const { text, mod, id, note } = change;
  for (;;) {
    try {
      const swapped = await document.swap(text, mod, { id, ...note }, asking);
      return 'stored' in swapped ? await lookUp(document, change, swapped, { asking, open }) : swapped;
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      if (error.failure.mayBeApplied) open = error.failure;
      else throw open ? unclear(open) : error;
    }
    const state = await answeredOr(open, document.state(asking));
    if (state.mod !== mod) return lookUp(document, change, state, { asking, open });
    // What was sent may still be on its way: of both, one is applied.
    await pause(jittered(AGAIN_MS), asking.signal, false);
  }
}

const SENT_BEFORE: Failure = {
  code: 'UNAVAILABLE',
  message: 'an earlier attempt had no answer',
  mayBeApplied: true,
  retry: 'later',
};

interface LookingUp {
  readonly asking: Asking;
  /** Why it is not known whether the change was applied; `undefined` where it surely was not, as far as is known here. */
  readonly open: Failure | undefined;
}

/** Another state than the one that was expected: it is ours, or it came after ours, or we have lost. */
async function lookUp(document: Document, change: Change, state: State, { asking, open }: LookingUp): Promise<Changed> {
  const { id, mod } = change;
  if (state.lastWrite?.id === id) return { mod: state.lastWrite.mod };
  const first = await answeredOr(open, firstAfter(document, mod, state, asking));
  if (first.writeId === id) return { mod: first.mod };
  if (!first.isSure && open) throw unclear({ ...open, message: 'the revisions that would tell are no longer kept' });
  return state;
}

interface First {
  readonly mod: number;
  readonly writeId: string | undefined;
  /** Whether nothing stood between it and the expected state. */
  readonly isSure: boolean;
}

/** The state that followed the one of `mod`: who made it has won. */
async function firstAfter(document: Document, mod: number, state: State, asking: Asking): Promise<First> {
  const { revision, isSure } =
    mod === 0 ? { revision: state.created, isSure: true } : await endOf(document, mod, state, asking);
  if (revision === state.mod) return { mod: revision, writeId: state.writeId, isSure };
  const first = await kept(document.state(asking, revision));
  return first ? { mod: revision, writeId: first.writeId, isSure } : { mod: 0, writeId: undefined, isSure: false };
}

/** The revision of the cluster that replaced the state of `mod`, found by halving: the oldest kept one if it isn't sure. */
async function endOf(
  document: Document,
  mod: number,
  state: State,
  asking: Asking,
): Promise<{ readonly revision: number; readonly isSure: boolean }> {
  let last = mod;
  let isSure = true;
  let revision = state.mod === 0 ? state.at : state.mod;
  while (revision - last > 1) {
    const middle = Math.floor((last + revision) / 2);
    const found = await kept(document.modAt(asking, middle));
    if (found === undefined || found === mod) {
      last = middle;
      isSure = found !== undefined;
    } else revision = found === 0 ? middle : found;
  }
  return { revision, isSure };
}

/** `undefined` for what is no longer kept. */
async function kept<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Unanswered && error.failure.code === 'GONE') return undefined;
    throw error;
  }
}

/** Without an answer, what is open stays so. */
async function answeredOr<T>(open: Failure | undefined, asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Unanswered && open) throw unclear(open);
    throw error;
  }
}

function unclear(open: Failure): Unanswered {
  return new Unanswered({
    ...open,
    code: 'UNCLEAR',
    message: `it may or may not have been written: ${open.message}`,
    suggestion: 'Write it again with the same id, or read what stands there.',
  });
}
