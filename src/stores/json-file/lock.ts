import { futimesSync } from 'node:fs';
import { dirname } from 'node:path';
import { builtin } from '../builtin.ts';
import { problem, systemCode } from './file-errors.ts';
import {
  Candidate,
  type FoundLock,
  type HeldLock,
  isNoFile,
  isStillHeld,
  publish,
  readLock,
  withdraw,
} from './lock-file.ts';
import { lifeOf } from './lock-owner.ts';
import { revisionOf } from './revision.ts';
import { removeIfThere } from './temporary.ts';

/** How to wait for a lock. */
export interface LockWait {
  /** The document's name in messages. */
  readonly name: string;
  /** Milliseconds until `LOCKED`. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a heartbeat after which an `unknown` owner counts as dead. */
  readonly foreignMs?: number;
  /** The same for a lock that can't be parsed: without hard links, its owner may still be writing it. */
  readonly unparsableMs?: number;
}

/** A lock that this process holds. */
export interface Lock {
  /** Whether another owner had it before. */
  readonly waited: boolean;
  /** Whether no other process has broken it. */
  isOurs(): boolean;
  release(): void;
}

const FOREIGN_MS = 30_000;
const UNPARSABLE_MS = 1_000;
/** How often an owner touches its lock file, in milliseconds. */
const HEARTBEAT_MS = 5_000;
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [1, 50];

/** Since when each awaited lock has had its `trace`, by our own monotonic clock. */
const observed = new Map<string, { readonly trace: string; readonly since: number }>();

/** Takes the lock of the file `target`. Throws `LOCKED` with the owner, or a system error. */
export async function takeLock(target: string, waiting: LockWait): Promise<Lock> {
  const path = `${target}.lock`;
  const start = performance.now();
  const candidate = new Candidate(path);
  try {
    for (let tries = 0; ; tries += 1) {
      waiting.signal?.throwIfAborted();
      const held = candidate.publish();
      if (held !== undefined) return lockOf(held, tries > 0);
      const found = readLock(path);
      if (found === undefined || (isOver(found, path, waiting) && breakLock(found, path, path, waiting))) continue;
      const waited = performance.now() - start;
      if (waited >= waiting.timeout) throw locked(found, path, waiting.name);
      const ms = Math.min(pause(tries, waited / waiting.timeout), waiting.timeout - waited);
      // After an abort, the loop throws its reason.
      await builtin('node:timers/promises')
        .setTimeout(ms, undefined, waiting.signal ? { signal: waiting.signal } : {})
        .catch(() => undefined);
    }
  } finally {
    candidate.close();
  }
}

/** The pause before the next attempt: shorter after a quarter of the timeout, so that newcomers do not always win. */
function pause(tries: number, share: number): number {
  const longest = share < 0.25 ? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) : 5 * FIRST_WAIT_MS;
  return longest * (0.5 + Math.random() / 2);
}

function lockOf(held: HeldLock, waited: boolean): Lock {
  observed.delete(held.path);
  const heartbeat = setInterval(() => {
    const now = new Date();
    try {
      futimesSync(held.fd, now, now);
    } catch (error) {
      // The others then miss the heartbeat and may take over; `isOurs` is checked before every rename.
      if (systemCode(error) === undefined) throw error;
    }
  }, HEARTBEAT_MS).unref();
  return {
    waited,
    isOurs: () => isStillHeld(held),
    release: () => {
      clearInterval(heartbeat);
      try {
        withdraw(held);
      } catch (error) {
        // The document is saved. The lock file that remains names us, so that others can break it.
        if (systemCode(error) === undefined) throw error;
      }
    },
  };
}

function isOver(found: FoundLock, path: string, waiting: LockWait): boolean {
  const { foreignMs = FOREIGN_MS, unparsableMs = UNPARSABLE_MS } = waiting;
  const life = found.owner === undefined ? 'unknown' : lifeOf(found.owner, dirname(path));
  if (life !== 'unknown') return life === 'dead';
  const silent = silentFor(path, found.trace);
  return silent >= (found.owner === undefined && !found.hidden ? unparsableMs : foreignMs);
}

function silentFor(path: string, trace: string): number {
  const now = performance.now();
  const seen = observed.get(path);
  if (seen?.trace === trace) return now - seen.since;
  observed.set(path, { trace, since: now });
  return 0;
}

/**
 * Removes the lock or claim `found` at `path`; `false` if another process is already doing so.
 *
 * Two breakers must never both unlink: the slower one would unlink the lock that the faster one has taken since. So a
 * breaker first creates a claim named after the nonce that it read, then reads the lock again, then unlinks it. A nonce
 * is used once, a dead owner does nothing, and only the owner of the claim removes the lock: so the lock that it reads
 * again is the lock that it unlinks. A late breaker, which creates the claim again after it was withdrawn, reads
 * another nonce and stops. A claim is itself a lock: the claim of a breaker that died is broken in the same way, by a
 * claim named after its nonce. An owner that was only paused may resume later: it checks `isOurs` before it renames
 * anything.
 */
export function breakLock(found: FoundLock, path: string, lockPath: string, waiting: LockWait): boolean {
  return breakAbove([found], path, lockPath, waiting);
}

/** Breaks the last of `chain`: the lock, then the claim on it, then the claim on that. */
function breakAbove(chain: readonly FoundLock[], path: string, lockPath: string, waiting: LockWait): boolean {
  const found = chain.at(-1) as FoundLock;
  const claimPath = claimPathFor(chain, lockPath);
  const claim = publish(claimPath);
  if (claim === undefined) {
    const other = readLock(claimPath);
    if (other !== undefined && isOver(other, claimPath, waiting))
      breakAbove([...chain, other], claimPath, lockPath, waiting);
    return false;
  }
  try {
    if (readLock(path)?.id === found.id) removeIfThere(path);
  } finally {
    withdraw(claim);
    observed.delete(path);
  }
  return true;
}

/** How many planted claims are passed over. */
const MOST_PLANTED = 16;

/**
 * The name of the claim on the last of `chain`. A claim that no breaker can have made, being no file or having a nonce of
 * the chain, is passed over: every breaker sees it and takes the same next name.
 */
function claimPathFor(chain: readonly FoundLock[], lockPath: string): string {
  let { id } = chain.at(-1) as FoundLock;
  for (let planted = 0; ; planted += 1) {
    const path = `${lockPath}.${id}.claim`;
    const isPlanted = isNoFile(path) || chain.some((one) => one.id === readLock(path)?.id);
    if (!isPlanted || planted === MOST_PLANTED) return path;
    id = revisionOf(id).slice(0, id.length);
  }
}

function locked({ owner }: FoundLock, path: string, name: string): Error {
  const who = owner === undefined ? 'an unknown owner' : `process ${owner.pid} on ${owner.host} since ${owner.since}`;
  return problem(
    name,
    'LOCKED',
    `it is locked by ${who}`,
    `Try again later; if that process no longer runs, remove ${path}.`,
  );
}
