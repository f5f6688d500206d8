import type { Revision } from '../../index.ts';
import type { Change, DocumentState, Engine } from './engine.ts';
import { type Failure, RequestError } from './failure.ts';
import type { RequestLimits } from './pause.ts';
import { Attempts, retried } from './retry.ts';

const SENT_BEFORE: Failure = {
  code: 'UNAVAILABLE',
  message: 'an earlier attempt was not answered',
  mayBeApplied: true,
  retry: 'later',
};

/**
 * Applies a change once, however often it is sent: after a missing answer, looks for the write's id before the next attempt.
 * Rejects with a {@link RequestError}: `UNCLEAR` when time is up, or when the revisions that would show it are gone.
 */
export async function writeOnce(
  engine: Engine,
  change: Change,
  { wasSent, ...limits }: RequestLimits & { readonly wasSent: boolean },
): Promise<{ readonly revision: Revision } | DocumentState> {
  let unanswered: Failure | undefined = wasSent ? SENT_BEFORE : undefined;
  const attempts = new Attempts(limits, engine.settings.places.length);
  // An unclear write is looked up after its deadline too: one answer settles it.
  const grace = { ...limits, until: limits.until + engine.settings.requestTimeout };
  for (;;) {
    const result = await engine.swap(change, limits).catch(requestFailure);
    if ('stored' in result) return outcomeOf(engine, change, result, { limits: grace, unanswered });
    if ('revision' in result) return result;
    if (result.mayBeApplied) {
      unanswered = result;
      const state = await answeredOr(
        unanswered,
        retriedIn(engine, grace, () => engine.state(grace)),
      );
      if (state.number !== change.expect.number) return outcomeOf(engine, change, state, { limits: grace, unanswered });
    }
    attempts.isPatient = unanswered !== undefined;
    // The earlier request may still arrive. Only one of both can win the compare and swap.
    await answeredOr(unanswered, attempts.next(result));
  }
}

function requestFailure(error: unknown): Failure {
  if (error instanceof RequestError) return error.failure;
  throw error;
}

/** Asks for what became of an unclear write until the deadline. */
function retriedIn<T>(engine: Engine, limits: RequestLimits, request: () => Promise<T>): Promise<T> {
  const attempts = new Attempts(limits, engine.settings.places.length);
  attempts.isPatient = true;
  return retried(attempts, request);
}

interface Lookup {
  readonly limits: RequestLimits;
  /** Why the change may have been applied; `undefined` where no attempt was left without an answer. */
  readonly unanswered: Failure | undefined;
}

/** The document is in another state than expected: this write made it, or came before it, or lost. */
async function outcomeOf(
  engine: Engine,
  change: Change,
  state: DocumentState,
  { limits, unanswered }: Lookup,
): Promise<{ readonly revision: Revision } | DocumentState> {
  if (state.writeId === change.id) return { revision: state.revision };
  const trace = await answeredOr(
    unanswered,
    retriedIn(engine, limits, () => engine.traceOf(change, state, limits)),
  );
  if (typeof trace === 'object') return trace;
  if (trace === 'unknown' && unanswered)
    throw unclear({ ...unanswered, message: 'the revisions that would show it are no longer kept' });
  return state;
}

/** An unanswered write stays unclear when its lookup fails too. */
async function answeredOr<T>(unanswered: Failure | undefined, request: Promise<T>): Promise<T> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof RequestError && unanswered) throw unclear(unanswered);
    throw error;
  }
}

function unclear(failure: Failure): RequestError {
  return new RequestError({
    ...failure,
    code: 'UNCLEAR',
    message: `the write may or may not have been applied: ${failure.message}`,
    suggestion: 'Write again with the same id, or read the document.',
  });
}
