/** How long to wait for a turn. */
export interface Patience {
  /** Milliseconds that one holder may take, however many are ahead in the queue. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Creates the error for a holder that takes longer. */
  readonly stuck: () => Error;
}

interface Lane {
  since: number;
  readonly waiting: Set<() => void>;
}

/** The queue of writers in this process for each file, by its real path; removed when it is empty. */
const lanes = new Map<string, Lane>();

/** Waits for the turn at `key`, first come first served. Returns a function that ends the turn. */
export async function takeTurn(key: string, patience: Patience): Promise<() => void> {
  const lane = lanes.get(key);
  if (lane !== undefined) await place(lane, patience);
  else lanes.set(key, { since: performance.now(), waiting: new Set() });
  return () => endTurn(key);
}

/** How many files this process writes or waits to write. */
export function openLanes(): number {
  return lanes.size;
}

function place(lane: Lane, { timeout, signal, stuck }: Patience): Promise<void> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      lane.waiting.delete(start);
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const start = (): void => {
      leave();
      resolve();
    };
    const abort = (): void => {
      leave();
      reject(signal?.reason);
    };
    const lookAgain = (): void => {
      const left = lane.since + timeout - performance.now();
      if (left > 0) {
        timer = setTimeout(lookAgain, left + 1);
        return;
      }
      leave();
      reject(stuck());
    };
    let timer = setTimeout(lookAgain, timeout);
    lane.waiting.add(start);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function endTurn(key: string): void {
  const lane = lanes.get(key);
  if (lane === undefined) return;
  const [next] = lane.waiting;
  if (next === undefined) lanes.delete(key);
  else {
    lane.since = performance.now();
    next();
  }
}
