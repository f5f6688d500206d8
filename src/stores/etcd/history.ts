import type { StoredDocument } from '../../index.ts';
import { type Change, readable, type WriteTrace } from '../remote/engine.ts';
import { unlessGone } from '../remote/failure.ts';
import type { RequestLimits } from '../remote/pause.ts';
import { range } from './messages.ts';
import type { EtcdState, EtcdStates } from './states.ts';

/** The states of a document before a revision, or from the current one, newest first. Rejects with `GONE` where there was one. */
export async function historyOf(
  states: EtcdStates,
  { before, limit }: { readonly before: number | undefined; readonly limit: number },
  limits: RequestLimits,
): Promise<readonly StoredDocument[]> {
  const found: StoredDocument[] = [];
  let state = before === undefined ? await existingState(states, limits) : await previous(states, before, limits);
  if (before !== undefined && state === undefined) await requireFirst(states, before, limits);
  while (state !== undefined && state.number !== 0 && found.length < limit) {
    found.push(...readable(state));
    if (found.length < limit) state = await previous(states, state.number, limits);
  }
  return found;
}

/**
 * The state at a revision of the cluster, or now. Of a deleted document, its last written state: a deletion by hand leaves
 * the note of the last write.
 */
async function existingState(states: EtcdStates, limits: RequestLimits, revision?: number): Promise<EtcdState> {
  const state = await states.state(limits, revision);
  if (state.number !== 0 || state.lastWrite === undefined) return state;
  return states.state(limits, state.lastWrite.number);
}

/** Throws `GONE` unless the document was created at `number`, so that nothing is missing before it. */
async function requireFirst(states: EtcdStates, number: number, limits: RequestLimits): Promise<void> {
  if (number > 1 && (await states.state(limits, number)).created !== number) await states.state(limits, number - 1);
}

/** The state before `number`; `undefined` where compaction begins. */
async function previous(states: EtcdStates, number: number, limits: RequestLimits): Promise<EtcdState | undefined> {
  return number <= 1 ? undefined : unlessGone(existingState(states, limits, number - 1));
}

/** Looks for a write in the first state after the one that it expected: only that write can have won. */
export async function traceOf(
  states: EtcdStates,
  { id, expect }: Change,
  { current, limits }: { readonly current: EtcdState; readonly limits: RequestLimits },
): Promise<WriteTrace> {
  if (current.lastWrite?.id === id) return { revision: states.lineage.revisionOf(current.lastWrite.number) };
  const { number, isSure } =
    expect.number === 0
      ? { number: current.created, isSure: true }
      : await firstAfter(states, expect.number, { current, limits });
  const first = number === current.number ? current : await unlessGone(states.state(limits, number));
  if (first?.writeId === id) return { revision: first.revision };
  return first && isSure ? 'not written' : 'unknown';
}

/** The revision that replaced the state `number`, found by bisection: not sure where the search met compacted revisions. */
async function firstAfter(
  states: EtcdStates,
  number: number,
  { current, limits }: { readonly current: EtcdState; readonly limits: RequestLimits },
): Promise<{ readonly number: number; readonly isSure: boolean }> {
  const key = states.settings.keys.document;
  let last = number;
  let isSure = true;
  let first = current.number === 0 ? current.at : current.number;
  while (first - last > 1) {
    const revision = Math.floor((last + first) / 2);
    const answer = await unlessGone(states.ask(range({ key, keysOnly: true, revision }), limits));
    const found = answer && (answer.kvs[0]?.modRevision ?? 0);
    if (found === undefined || found === number) {
      last = revision;
      isSure = found !== undefined;
    } else first = found === 0 ? revision : found;
  }
  return { number: first, isSure };
}
