import { ConfigError, type StoredDocument } from '../../index.ts';
import { type Document, type State, Unanswered } from './document.ts';
import type { Asking } from './gateway.ts';

/**
 * Up to `limit` states, newest first: from the one that stands there, or from the one before the revision `before` of
 * the key, back to when the document was made. Throws {@link Unanswered} with `GONE` where the cluster keeps no older one.
 */
export async function historyOf(
  document: Document,
  before: number | undefined,
  limit: number,
  asking: Asking,
): Promise<readonly StoredDocument[]> {
  const found: StoredDocument[] = [];
  let state = before === undefined ? await standing(document, asking) : await stateBefore(document, before, asking);
  while (state !== undefined && state.mod !== 0 && found.length < limit) {
    const stored = readable(state);
    if (stored) found.push(stored);
    if (found.length < limit) state = await previous(document, state, asking);
  }
  return found;
}

/**
 * The state at a revision of the cluster, or now. Where the document was deleted by then, the one that was written last
 * before: who deletes the document by hand leaves the note of its last write.
 */
async function standing(document: Document, asking: Asking, revision?: number): Promise<State> {
  const state = await document.state(asking, revision);
  if (state.mod !== 0 || state.lastWrite === undefined) return state;
  return document.state(asking, state.lastWrite.mod);
}

async function stateBefore(document: Document, mod: number, asking: Asking): Promise<State | undefined> {
  if (mod <= 1) return undefined;
  try {
    return await standing(document, asking, mod - 1);
  } catch (error) {
    // Of a document that was made at the oldest revision that is kept, nothing is missing.
    if (isGone(error) && (await document.state(asking, mod)).created === mod) return undefined;
    throw error;
  }
}

/** The end of what is kept ends what is told. */
async function previous(document: Document, { mod }: State, asking: Asking): Promise<State | undefined> {
  if (mod <= 1) return undefined;
  try {
    return await standing(document, asking, mod - 1);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function isGone(error: unknown): boolean {
  return error instanceof Unanswered && error.failure.code === 'GONE';
}

/** A state that is no text is left out. */
function readable(state: State): StoredDocument | undefined {
  try {
    return state.stored();
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
