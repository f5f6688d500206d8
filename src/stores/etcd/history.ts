import { ConfigError, type StoredDocument } from '../../index.ts';
import { isGone } from '../remote/failure.ts';
import type { RequestLimits } from '../remote/pause.ts';
import type { EtcdDocument, EtcdState } from './document.ts';

/** Which states are listed. */
interface HistoryRange {
  /** The revision of the cluster that the first one precedes; without it, the first one is the current state. */
  readonly before: number | undefined;
  readonly limit: number;
}

/** The states of a document, newest first. Rejects with `GONE` where the cluster keeps none before `before`. */
export async function historyOf(
  document: EtcdDocument,
  { before, limit }: HistoryRange,
  limits: RequestLimits,
): Promise<readonly StoredDocument[]> {
  const found: StoredDocument[] = [];
  let state = before === undefined ? await existing(document, limits) : await previous(document, before, limits);
  if (before !== undefined && state === undefined) await requireFirst(document, before, limits);
  while (state !== undefined && state.number !== 0 && found.length < limit) {
    const stored = readable(state);
    if (stored) found.push(stored);
    if (found.length < limit) state = await previous(document, state.number, limits);
  }
  return found;
}

/**
 * The state at a revision of the cluster, or now. Of a deleted document, its last written state: a deletion by hand leaves
 * the note of the last write.
 */
async function existing(document: EtcdDocument, limits: RequestLimits, revision?: number): Promise<EtcdState> {
  const state = await document.state(limits, revision);
  if (state.number !== 0 || state.lastWrite === undefined) return state;
  return document.state(limits, state.lastWrite.number);
}

/** Throws `GONE` unless the document was created at `number`, so that nothing is missing before it. */
async function requireFirst(document: EtcdDocument, number: number, limits: RequestLimits): Promise<void> {
  if (number > 1 && (await document.state(limits, number)).created !== number) await document.state(limits, number - 1);
}

/** The state before `number`; `undefined` where compaction begins. */
async function previous(document: EtcdDocument, number: number, limits: RequestLimits): Promise<EtcdState | undefined> {
  if (number <= 1) return undefined;
  try {
    return await existing(document, limits, number - 1);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** `undefined` for bytes that are not a document. */
function readable(state: EtcdState): StoredDocument | undefined {
  try {
    return state.stored();
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
