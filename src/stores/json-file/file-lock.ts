import { accessSync, closeSync, constants, futimesSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { breakLock, forgetObservation, isAbandoned, type SilenceOptions } from './abandoned-lock.ts';
import { makeFolder } from './create-file.ts';
import { lockedBy, lockedByItself, problem, systemCode, takenOver } from './file-errors.ts';
import type { Destination } from './follow-links.ts';
import { readLock } from './found-lock.ts';
import { lockItself } from './in-place.ts';
import { Candidate, type HeldLock, isStillHeld, sweep, withdraw } from './lock-file.ts';
import { destinationOf, requireRegular } from './read-file.ts';

/** The exclusive right to write one file: the turn within this process, and the lock file among processes. */
export interface FileLock {
  readonly target: string;
  /**
   * The state of the target now. Throws if another process took over the lock, if the path resolves to another file
   * now, or if the file is not writable.
   */
  check(): Stats | undefined;
  /** Whether `file` is the plain one that was remembered, and nothing in its folder has changed since. */
  isPlain(file: Stats | undefined): boolean;
  /** Remembers whether the target is a plain file, without access control list and extended attributes. */
  remember(isPlain: boolean): void;
  /** Also excludes, from now on, the writers who have the file under another path. */
  lockItself(): Promise<void>;
  /** Must be called once. */
  release(): void;
}

/** Which file to lock, and how long to wait for it. */
export interface FileLockOptions {
  readonly path: string;
  readonly waiting: LockWait;
  readonly memory: FolderMemory;
}

/** How to wait for a lock. */
export interface LockWait extends SilenceOptions {
  /** The document's name in messages. */
  readonly name: string;
  /** Milliseconds until `LOCKED`. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** What a store remembers of its folder. */
export interface FolderMemory {
  /** When it last swept the folder. */
  sweptAt: number;
  /** The folder's ctime when it last released the lock. */
  folderTime: number;
  /** Identifies the file if it was plain. */
  plainFile: string;
  /** When a plain file was last seen by asking the system, and its owner, group and mode. */
  plainAt: number;
  plainMode: string;
}

/** How long a plain file counts as plain while other processes replace it, in milliseconds. */
const PLAIN_MS = 1_000;

/** The shortest time between two sweeps: listing the folder costs as much as the rest of a save without its syncs. */
const SWEEP_MS = 1_000;

/** How long saves may keep the event loop, in milliseconds. */
const LONGEST_TURN_MS = 20;
/** Since when saves have kept it. */
let busySince: number | undefined;

/** Yields to the event loop after 20 ms of saves that are awaited one after the other, which otherwise never yield. */
async function shareEventLoop(): Promise<void> {
  if (busySince === undefined) {
    busySince = performance.now();
    setImmediate(() => {
      busySince = undefined;
    });
  } else if (performance.now() - busySince > LONGEST_TURN_MS) await new Promise(setImmediate);
}

/** Takes the turn and then the lock of the file that `path` resolves to. Creates its folder, and sweeps it if due. */
export async function lockFile(options: FileLockOptions): Promise<FileLock> {
  const { path, waiting, memory } = options;
  await shareEventLoop();
  for (;;) {
    const before = writableFile(path, waiting.name);
    const { target } = before;
    if (before.found === undefined) makeFolder(dirname(target));
    const hasToWait = lanes.has(target);
    const endTurn = await takeTurn(target, waiting);
    let lock: Lock | undefined;
    let fileLock: FileLock | undefined;
    try {
      const isAsWeLeftIt = timeOf(dirname(target)) === memory.folderTime;
      lock = await takeLock(target, waiting);
      // The links may point elsewhere after a wait.
      const now = hasToWait || lock.waited ? writableFile(path, waiting.name) : before;
      if (now.target === target) {
        if (!isAsWeLeftIt || lock.waited) memory.plainFile = plainAfterOthers(lock, memory, now.found);
        sweepIfDue(target, lock, memory, isAsWeLeftIt);
        fileLock = fileLockOf(options, target, lock, endTurn);
        return fileLock;
      }
    } finally {
      if (fileLock === undefined) {
        try {
          lock?.release();
        } finally {
          endTurn();
        }
      }
    }
  }
}

function sweepIfDue(target: string, { waited, nonce }: Lock, memory: FolderMemory, isAsWeLeftIt: boolean): void {
  const now = performance.now();
  if (isAsWeLeftIt && !waited && now - memory.sweptAt < SWEEP_MS) return;
  memory.sweptAt = now;
  sweep(target, nonce);
}

/** The folder's ctime, or 0 if it cannot be read; then the folder is swept more often than necessary. */
function timeOf(folder: string): number {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.ctimeMs ?? 0;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return 0;
  }
}

/**
 * The file that `path` resolves to. Throws if the file exists and is not writable: a rename does not check the mode of
 * the file that it replaces, so only this check protects one with mode 0444 (root passes it).
 */
function writableFile(path: string, name: string): Destination {
  const destination = destinationOf(path);
  if (destination.found !== undefined) {
    requireRegular(destination.found, name);
    accessSync(destination.target, constants.W_OK);
  }
  return destination;
}

/** Throws if `path` no longer resolves to `target`, or if that is not writable. Returns its state. */
export function checkTarget(path: string, name: string, target: string): Stats | undefined {
  const now = writableFile(path, name);
  if (now.target === target) return now.found;
  throw problem(name, 'UNAVAILABLE', 'nothing was written: its path leads to another file now', 'Save again.');
}

function fileLockOf(
  { path, waiting, memory }: FileLockOptions,
  target: string,
  lock: Lock,
  endTurn: () => void,
): FileLock {
  const { name } = waiting;
  let itself: number | undefined;
  return {
    target,
    check: () => {
      if (!lock.isOurs()) throw takenOver(name);
      return checkTarget(path, name, target);
    },
    isPlain: (file) => {
      const isKnown = file !== undefined && identityOf(file) === memory.plainFile;
      if (!isKnown) memory.plainAt = performance.now();
      return isKnown;
    },
    remember: (isPlain) => {
      const now = isPlain ? statSync(target, { throwIfNoEntry: false }) : undefined;
      memory.plainFile = now ? identityOf(now) : '';
      memory.plainMode = now ? modeOf(now) : '';
    },
    lockItself: async () => {
      itself ??= await lockItself(target, waiting);
    },
    release: () => {
      try {
        if (itself !== undefined) closeSync(itself);
        lock.release();
        memory.folderTime = timeOf(dirname(target));
      } finally {
        endTurn();
      }
    },
  };
}

/**
 * Identifies the file if it is taken for plain after others had the lock: if we asked the system shortly before. Many
 * writers at once would else start a program for each save.
 */
function plainAfterOthers({ waited }: Lock, { plainAt, plainMode }: FolderMemory, found: Stats | undefined): string {
  if (!waited || found === undefined || performance.now() - plainAt > PLAIN_MS) return '';
  return modeOf(found) === plainMode ? identityOf(found) : '';
}

function modeOf({ mode, uid, gid }: Stats): string {
  return `${mode}:${uid}:${gid}`;
}

/** Also changes with the mode, the owner, the access control list and the attributes. */
function identityOf({ dev, ino, ctimeMs }: Stats): string {
  return `${dev}:${ino}:${ctimeMs}`;
}

/** The writers of this process that wait for one file, and since when the present one has had its turn. */
interface Lane {
  since: number;
  readonly waiting: Set<() => void>;
}

/** The lanes by the real path of their file; removed when they are empty. */
const lanes = new Map<string, Lane>();

/** Waits for the turn of this writer in this process, first come first served. Returns a function that ends the turn. */
async function takeTurn(target: string, waiting: LockWait): Promise<() => void> {
  const lane = lanes.get(target);
  if (lane !== undefined) await waitIn(lane, waiting);
  else lanes.set(target, { since: performance.now(), waiting: new Set() });
  return () => endTurn(target);
}

/** How many files this process writes or waits to write. */
export function openLanes(): number {
  return lanes.size;
}

/** Waits at most `timeout` for the present holder, however many writers are ahead. */
function waitIn(lane: Lane, waiting: LockWait): Promise<void> {
  const { timeout, signal } = waiting;
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
      reject(lockedByItself(waiting.name, timeout));
    };
    let timer = setTimeout(lookAgain, timeout);
    lane.waiting.add(start);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function endTurn(target: string): void {
  const lane = lanes.get(target);
  if (lane === undefined) return;
  const [next] = lane.waiting;
  if (next === undefined) lanes.delete(target);
  else {
    lane.since = performance.now();
    next();
  }
}

/** A lock file that this process holds. */
export interface Lock {
  /** Whether another owner had it before. */
  readonly waited: boolean;
  /** Names this acquisition. */
  readonly nonce: string;
  /** Whether no other process has broken it. */
  isOurs(): boolean;
  release(): void;
}

/** How often an owner touches its lock file, in milliseconds. */
const HEARTBEAT_MS = 5_000;
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [1, 50];

/** Takes the lock file of `target`, and breaks an abandoned one. Throws `LOCKED` with the owner, or a system error. */
export async function takeLock(target: string, waiting: LockWait): Promise<Lock> {
  const path = `${target}.lock`;
  const start = performance.now();
  const candidate = new Candidate(path);
  try {
    for (let tries = 0; ; tries += 1) {
      waiting.signal?.throwIfAborted();
      const held = candidate.publish();
      if (held !== undefined) {
        if (tries > 0) forgetObservation(path);
        return lockOf(held, tries > 0);
      }
      const found = readLock(path);
      if (found === undefined || (isAbandoned(found, path, waiting) && breakLock(found, path, path, waiting))) continue;
      const waited = performance.now() - start;
      if (waited >= waiting.timeout) throw lockedBy(found.owner, path, waiting.name);
      const ms = Math.min(pause(tries, waited / waiting.timeout), waiting.timeout - waited);
      // After an abort, the loop throws its reason.
      await process
        .getBuiltinModule('node:timers/promises')
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
    nonce: held.owner.nonce,
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
