import type { Change, WriteTrace } from '../remote/engine.ts';
import { isGone } from '../remote/failure.ts';
import type { RequestLimits } from '../remote/pause.ts';
import type { EtcdDocument, EtcdState } from './document.ts';

interface Search {
  readonly current: EtcdState;
  readonly limits: RequestLimits;
}

/** Looks for a write in the first state after the one that it expected: only that write can have won. */
export async function traceOf(
  document: EtcdDocument,
  change: Change,
  { current, limits }: Search,
): Promise<WriteTrace> {
  if (current.lastWrite?.id === change.id) return { revision: document.lineage.revisionOf(current.lastWrite.number) };
  const { number, isSure } =
    change.expect.number === 0
      ? { number: current.created, isSure: true }
      : await firstAfter(document, change.expect.number, { current, limits });
  const first = number === current.number ? current : await kept(document.state(limits, number));
  if (first?.writeId === change.id) return { revision: first.revision };
  return first && isSure ? 'not written' : 'unknown';
}

/** The revision that replaced the state `number`, found by bisection: not sure where the search met compacted revisions. */
async function firstAfter(
  document: EtcdDocument,
  number: number,
  { current, limits }: Search,
): Promise<{ readonly number: number; readonly isSure: boolean }> {
  let last = number;
  let isSure = true;
  let first = current.number === 0 ? current.at : current.number;
  while (first - last > 1) {
    const middle = Math.floor((last + first) / 2);
    const found = await kept(document.modifiedAt(limits, middle));
    if (found === undefined || found === number) {
      last = middle;
      isSure = found !== undefined;
    } else first = found === 0 ? middle : found;
  }
  return { number: first, isSure };
}

/** `undefined` for a compacted revision. */
async function kept<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}
