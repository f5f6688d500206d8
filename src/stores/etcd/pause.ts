/** Resolves after `ms`, or rejects with the reason of an abort. An idle one lets the process end. */
export function pause(ms: number, signal: AbortSignal, isIdle: boolean): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
    if (isIdle) timer.unref();
  });
  return unlessAborted(over, signal).finally(() => clearTimeout(timer));
}

/** What `promise` gives, or the reason of an abort, whichever is first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Runs `work` under a signal that is aborted with any of `signals`, and that none of them remembers afterwards. */
export async function underSignals<T>(
  signals: readonly (AbortSignal | undefined)[],
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const given = signals.filter((signal) => signal !== undefined);
  const abort = (): void => controller.abort(given.find(({ aborted }) => aborted)?.reason);
  for (const signal of given) signal.addEventListener('abort', abort);
  try {
    if (given.some(({ aborted }) => aborted)) abort();
    controller.signal.throwIfAborted();
    return await work(controller.signal);
  } finally {
    for (const signal of given) signal.removeEventListener('abort', abort);
  }
}

/** Between half of `ms` and all of it: clients that failed together do not come back together. */
export function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}
