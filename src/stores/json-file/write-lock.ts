import { accessSync, closeSync, constants, futimesSync, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LONGEST_TIMER_MS } from '../../longest-timer.ts';
import { breakLock, isAbandoned, type LockWait } from './abandoned-lock.ts';
import { makeFolder } from './create-file.ts';
import { lockedBy, lockedByItself, movedAway, systemCode, takenOver } from './file-errors.ts';
import type { Destination } from './follow-links.ts';
import { readLock } from './found-lock.ts';
import { lockItself } from './in-place.ts';
import { type HeldLock, isStillHeld, LockFileDraft, sweep, tryRead, withdraw } from './lock-file.ts';
import { type Contents, destinationOf, requireRegular } from './read-file.ts';

/** The exclusive right to write one file: first in the queue of this process, and owner of the lock file among processes. */
export interface WriteLock {
  readonly target: string;
  /**
   * The contents that the store wrote last, if the target still seems to have them; `undefined` after a write under this
   * lock. They were not read again: `readAt` is 0, so that the bytes are compared before the rename.
   */
  readonly remembered: Contents | undefined;
  /**
   * The state of the target now. Throws if another process took over the lock, if the path resolves to another file
   * now, or if the file is not writable.
   */
  check(): Stats | undefined;
  /** Whether `file` is the plain one that was remembered, and nothing in its folder has changed since. */
  isPlain(file: Stats | undefined): boolean;
  /** Remembers the bytes of a write, and whether the target is a plain file, without access control list and extended attributes. */
  remember(bytes: Buffer, isPlain: boolean): void;
  /** From now on, also excludes writers that reach the file by another path. */
  lockItself(): Promise<void>;
  /** Must be called once. */
  release(): void;
}

/** Which file to lock, and how long to wait for it. */
export interface WriteLockOptions {
  readonly path: string;
  readonly waiting: LockWait;
  readonly memory: FolderMemory;
}

/** What a store remembers of its folder. */
export interface FolderMemory {
  /** When it last swept the folder. */
  sweptAt: number;
  /** The folder's ctime when it last released the lock. */
  folderTime: number;
  /** Identifies the file if it was plain, and its real path. */
  plainFile: string;
  target: string;
  /** The bytes that this store wrote into that file. */
  ownBytes?: Buffer | undefined;
  /** When a plain file was last seen by asking the system, and its owner, group and mode. */
  plainAt: number;
  plainMode: string;
}

/** How long a plain file counts as plain while other processes replace it, in milliseconds. */
const PLAIN_MS = 1_000;

/** The shortest time between two sweeps: listing the folder costs as much as the rest of a save without its syncs. */
const SWEEP_MS = 1_000;

/** How long saves may keep the event loop, in milliseconds. */
const LONGEST_BLOCK_MS = 20;
/** Since when saves have kept it. */
let busySince: number | undefined;

/** Yields to the event loop after 20 ms of saves that are awaited one after the other, which otherwise never yield. */
async function shareEventLoop(): Promise<void> {
  if (busySince === undefined) {
    busySince = performance.now();
    setImmediate(() => {
      busySince = undefined;
    });
  } else if (performance.now() - busySince > LONGEST_BLOCK_MS) await new Promise(setImmediate);
}

/** Waits in the queue of this process, then for the lock file of the file that `path` resolves to. Creates its folder, and sweeps it if due. */
export async function acquireWriteLock(options: WriteLockOptions): Promise<WriteLock> {
  const { path, waiting, memory } = options;
  await shareEventLoop();
  for (;;) {
    const before = rememberedFile(path, memory) ?? writableFile(path, waiting.name);
    const { target } = before;
    if (before.found === undefined) makeFolder(dirname(target));
    const hasToWait = queues.has(target);
    const leaveQueue = await joinQueue(target, waiting);
    let lock: AcquiredLockFile | undefined;
    let writeLock: WriteLock | undefined;
    try {
      const isFolderUnchanged = stateOf(dirname(target))?.ctimeMs === memory.folderTime;
      lock = await acquireLockFile(target, waiting);
      // The links may point elsewhere after a wait.
      const now = hasToWait || lock.waited ? writableFile(path, waiting.name) : before;
      if (now.target === target) {
        if (!isFolderUnchanged || lock.waited) {
          memory.plainFile = identityIfPlain(lock, memory, now.found);
          memory.target = target;
          memory.ownBytes = undefined;
        }
        sweepIfDue(target, lock, memory, isFolderUnchanged);
        writeLock = writeLockOf(
          options,
          { target, remembered: rememberedContents(now.found, memory) },
          lock,
          leaveQueue,
        );
        return writeLock;
      }
    } finally {
      if (writeLock === undefined) {
        try {
          lock?.release();
        } finally {
          leaveQueue();
        }
      }
    }
  }
}

function sweepIfDue(
  target: string,
  { waited, nonce }: AcquiredLockFile,
  memory: FolderMemory,
  isFolderUnchanged: boolean,
): void {
  const now = performance.now();
  if (isFolderUnchanged && !waited && now - memory.sweptAt < SWEEP_MS) return;
  memory.sweptAt = now;
  sweep(target, nonce);
}

/** The state of a file or folder; `undefined` if it cannot be read: what is remembered of it only saves work. */
function stateOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
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

/** The plain file of the last save, if `path` still leads to it. The check before the rename follows the links again. */
function rememberedFile(path: string, { plainFile, target }: FolderMemory): Destination | undefined {
  const found = stateOf(path);
  return found && identityOf(found) === plainFile ? { target, found } : undefined;
}

/** Throws if `path` no longer resolves to `target`, or if that is not writable. Returns its state. */
export function checkTarget(path: string, name: string, target: string): Stats | undefined {
  const now = writableFile(path, name);
  if (now.target === target) return now.found;
  throw movedAway(name);
}

function writeLockOf(
  { path, waiting, memory }: WriteLockOptions,
  { target, remembered: before }: Pick<WriteLock, 'target' | 'remembered'>,
  lock: AcquiredLockFile,
  endTurn: () => void,
): WriteLock {
  const { name } = waiting;
  let itself: number | undefined;
  let remembered = before;
  return {
    target,
    get remembered() {
      return remembered;
    },
    check: () => {
      if (!lock.isOurs()) throw takenOver(name);
      return checkTarget(path, name, target);
    },
    isPlain: (file) => {
      const isKnown = file !== undefined && identityOf(file) === memory.plainFile;
      if (!isKnown) memory.plainAt = performance.now();
      return isKnown;
    },
    remember: (bytes, isPlain) => {
      const now = isPlain ? stateOf(target) : undefined;
      memory.plainFile = now ? identityOf(now) : '';
      memory.target = target;
      memory.ownBytes = bytes;
      remembered = undefined;
      memory.plainMode = now ? modeOf(now) : '';
    },
    lockItself: async () => {
      itself ??= await lockItself(target, waiting);
    },
    release: () => {
      try {
        const open = itself;
        if (open !== undefined) tryRead(() => closeSync(open));
        lock.release();
        memory.folderTime = stateOf(dirname(target))?.ctimeMs ?? 0;
      } finally {
        endTurn();
      }
    },
  };
}

/**
 * The identity of the file if it counts as plain although another process had the lock: if the system was asked shortly
 * before. Otherwise many simultaneous writers would start a program for each save.
 */
function identityIfPlain(
  { waited }: AcquiredLockFile,
  { plainAt, plainMode }: FolderMemory,
  found: Stats | undefined,
): string {
  if (!waited || found === undefined || performance.now() - plainAt > PLAIN_MS) return '';
  return modeOf(found) === plainMode ? identityOf(found) : '';
}

function rememberedContents(found: Stats | undefined, { plainFile, ownBytes }: FolderMemory): Contents | undefined {
  const isOwn = ownBytes !== undefined && found !== undefined && identityOf(found) === plainFile;
  return isOwn ? { bytes: ownBytes, found, readAt: 0 } : undefined;
}

function modeOf({ mode, uid, gid }: Stats): string {
  return `${mode}:${uid}:${gid}`;
}

/** Also changes with the mode, the owner, the access control list and the attributes. */
function identityOf({ dev, ino, ctimeMs }: Stats): string {
  return `${dev}:${ino}:${ctimeMs}`;
}

/** The writers of this process that wait for one file, and since when the first one has been writing. */
interface WriterQueue {
  since: number;
  readonly waiting: Set<() => void>;
}

/** The queues by the real path of their file; removed when they are empty. */
const queues = new Map<string, WriterQueue>();

/** Waits until this writer is the first of this process, first come first served. Returns a function that lets the next one write. */
async function joinQueue(target: string, waiting: LockWait): Promise<() => void> {
  const others = queues.get(target);
  const queue = others ?? { since: performance.now(), waiting: new Set() };
  if (others === undefined) queues.set(target, queue);
  else await waitInQueue(others, waiting);
  return () => endTurn(target, queue);
}

/** How many files this process writes or waits to write. */
export function openQueues(): number {
  return queues.size;
}

/** Waits at most `timeout` for the present holder, however many writers are ahead. */
function waitInQueue(queue: WriterQueue, waiting: LockWait): Promise<void> {
  const { timeout, signal } = waiting;
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      queue.waiting.delete(start);
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
      const left = queue.since + timeout - performance.now();
      if (left > 0) {
        timer = setTimeout(lookAgain, Math.min(left + 1, LONGEST_TIMER_MS));
        return;
      }
      leave();
      reject(lockedByItself(waiting.name, timeout));
    };
    let timer = setTimeout(lookAgain, Math.min(timeout, LONGEST_TIMER_MS));
    queue.waiting.add(start);
    signal?.addEventListener('abort', abort);
  });
}

function endTurn(target: string, queue: WriterQueue): void {
  const [next] = queue.waiting;
  if (next === undefined) queues.delete(target);
  else {
    queue.since = performance.now();
    next();
  }
}

/** A lock file that this process holds. */
export interface AcquiredLockFile {
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
const [FIRST_WAIT_MS, LATE_WAIT_MS, LONGEST_WAIT_MS] = [1, 5, 50];

/** Takes the lock file of `target`, and breaks an abandoned one. Throws `LOCKED` with the owner, or a system error. */
export async function acquireLockFile(target: string, waiting: LockWait): Promise<AcquiredLockFile> {
  const path = `${target}.lock`;
  const start = performance.now();
  const draft = new LockFileDraft(path);
  try {
    for (let tries = 0; ; tries += 1) {
      waiting.signal?.throwIfAborted();
      const held = draft.publish();
      if (held !== undefined) return lockOf(held, tries > 0);
      const found = readLock(path);
      if (found === undefined || (isAbandoned(found, path, waiting) && breakLock(found, path, waiting))) continue;
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
    draft.close();
  }
}

/** The pause before the next attempt: shorter after a quarter of the timeout, so that newcomers do not always win. */
function pause(tries: number, share: number): number {
  const longest = share < 0.25 ? Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** tries) : LATE_WAIT_MS;
  return longest * (0.5 + Math.random() / 2);
}

function lockOf(held: HeldLock, waited: boolean): AcquiredLockFile {
  let sign = Date.now();
  const heartbeat = setInterval(() => {
    // Not the clock, which may stand still or be set back to the time of an earlier sign.
    sign += HEARTBEAT_MS;
    try {
      futimesSync(held.fd, sign / 1_000, sign / 1_000);
    } catch (error) {
      // The others then miss the heartbeat and may break the lock; `isOurs` is checked before every rename.
      if (systemCode(error) === undefined) throw error;
    }
  }, HEARTBEAT_MS).unref();
  return {
    waited,
    nonce: held.owner.nonce,
    isOurs: () => isStillHeld(held),
    release: () => {
      clearInterval(heartbeat);
      withdraw(held);
    },
  };
}
