/** How long a request may take, and what cancels it. */
export interface RequestLimits {
  /** The deadline of all attempts together, by `performance.now()`. */
  readonly until: number;
  readonly signal: AbortSignal;
  /** Whether the process may exit while the request is under way. */
  readonly isIdle?: boolean;
  /** The limit of one attempt in milliseconds; by default the one of the store's options. */
  readonly requestTimeout?: number;
}

/** Resolves after `ms`, or rejects with the reason of an abort. An idle pause lets the process exit. */
export function pause(ms: number, signal: AbortSignal, isIdle: boolean): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
    if (isIdle) timer.unref();
  });
  return unlessAborted(over, signal).finally(() => clearTimeout(timer));
}

/** The result of `promise`, or the reason of an abort, whichever is first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** The result of `promise`, or `undefined` after `ms`. Rejects with the reason of an abort. */
export async function within<T>(ms: number, signal: AbortSignal, promise: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms).unref();
  });
  try {
    return await unlessAborted(Promise.race([promise, over]), signal);
  } finally {
    clearTimeout(timer);
  }
}

/** Runs `work` under a signal that is aborted with any of `signals`, and removes its listeners afterwards. */
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

/** A random time between half of `ms` and all of it, so that clients that failed together do not return together. */
export function jittered(ms: number): number {
  return ms * (0.5 + Math.random() / 2);
}

/** Keeps the process running while `work` is under way: connections do not. */
export async function keepingAlive<T>(work: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => undefined, 2 ** 30);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}
