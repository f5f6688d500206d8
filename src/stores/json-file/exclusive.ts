import type { AsyncLocalStorage } from 'node:async_hooks';
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { builtin } from '../builtin.ts';
import { makeFolder } from './durable.ts';
import { problem, systemCode } from './file-errors.ts';
import { type Destination, destinationOf } from './follow-links.ts';
import { type Lock, type LockWait, takeLock } from './lock.ts';
import { requireRegular } from './read-file.ts';
import { sweep } from './sweep.ts';
import { takeTurn } from './turns.ts';

/** The exclusive right to write one file: the turn within this process, and the lock file among processes. */
export interface FileLock {
  readonly target: string;
  /**
   * The state of the target now. Throws if another process took over the lock, if the path resolves to another file
   * now, or if the file is not writable.
   */
  check(): Stats | undefined;
  /** Must be called once. */
  release(): void;
}

/** Which file to lock, and how long to wait for it. */
export interface FileLockOptions {
  readonly path: string;
  readonly waiting: LockWait;
  readonly sweepState: SweepState;
}

/** When a store last swept its folder, and the folder's mtime when it last released the lock. */
export interface SweepState {
  at: number;
  folderTime: number;
}

/** The shortest time between two sweeps: listing the folder costs as much as the rest of a save without its syncs. */
const SWEEP_MS = 1_000;

/** Takes the turn and then the lock of the file that `path` resolves to. Creates its folder, and sweeps it if due. */
export async function lockFile({ path, waiting, sweepState }: FileLockOptions): Promise<FileLock> {
  for (;;) {
    const { target, found } = writableFile(path, waiting.name);
    if (found === undefined) makeFolder(dirname(target));
    const endTurn = await takeTurn(target, { ...waiting, stuck: () => stuck(waiting) });
    let lock: Lock | undefined;
    let fileLock: FileLock | undefined;
    try {
      const isAsWeLeftIt = timeOf(dirname(target)) === sweepState.folderTime;
      lock = await takeLock(target, waiting);
      // The links may point elsewhere after the wait.
      if (writableFile(path, waiting.name).target === target) {
        sweepIfDue(target, sweepState, isAsWeLeftIt && !lock.waited);
        fileLock = fileLockOf({ path, waiting, sweepState }, target, lock, endTurn);
        return fileLock;
      }
    } finally {
      if (fileLock === undefined) {
        lock?.release();
        endTurn();
      }
    }
  }
}

function sweepIfDue(target: string, sweepState: SweepState, isTidy: boolean): void {
  const now = performance.now();
  if (isTidy && now - sweepState.at < SWEEP_MS) return;
  sweepState.at = now;
  sweep(target);
}

/** The folder's mtime, or 0 if it cannot be read; then the folder is swept more often than necessary. */
function timeOf(folder: string): number {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
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

function fileLockOf(
  { path, waiting, sweepState }: FileLockOptions,
  target: string,
  lock: Lock,
  endTurn: () => void,
): FileLock {
  const { name } = waiting;
  return {
    target,
    check: () => {
      if (!lock.isOurs()) throw takenOver(name);
      const now = writableFile(path, name);
      if (now.target !== target) throw linksTurned(name);
      return now.found;
    },
    release: () => {
      lock.release();
      sweepState.folderTime = timeOf(dirname(target));
      endTurn();
    },
  };
}

/** The asynchronous work that runs while this process holds a lock. */
interface Scope {
  readonly fileLock: FileLock;
  readonly outer: Scope | undefined;
  /** The work has ended; promises that it left running no longer share the lock. */
  over: boolean;
  /** The last write inside the work; the next one waits for it. */
  tail: Promise<unknown>;
}

let scopes: AsyncLocalStorage<Scope> | undefined;
let openScopes = 0;

/** The caller's scope that holds the lock of the file that `path` resolves to. */
function scopeOf(path: string): Scope | undefined {
  const innermost = openScopes === 0 ? undefined : scopes?.getStore();
  if (innermost === undefined) return undefined;
  const { target } = destinationOf(path);
  for (let scope: Scope | undefined = innermost; scope; scope = scope.outer)
    if (!scope.over && scope.fileLock.target === target) return scope;
  return undefined;
}

/** Whether the caller runs inside {@link runHolding} of the same file. */
export function isHeldHere(path: string): boolean {
  return scopeOf(path) !== undefined;
}

/** Runs `work` so that {@link withFileLock} inside it shares this lock instead of waiting for it. */
export function runHolding<T>(fileLock: FileLock, work: () => T | Promise<T>): T | Promise<T> {
  scopes ??= new (builtin('node:async_hooks').AsyncLocalStorage)();
  const begun = Promise.resolve();
  const scope: Scope = { fileLock, outer: scopes.getStore(), over: false, tail: begun };
  openScopes += 1;
  let result: T | Promise<T>;
  try {
    result = scopes.run(scope, work);
  } catch (error) {
    end(scope);
    throw error;
  }
  if (result instanceof Promise || scope.tail !== begun) return ended(scope, result);
  end(scope);
  return result;
}

/** Waits for `result` and for the writes inside the work. */
async function ended<T>(scope: Scope, result: T | Promise<T>): Promise<T> {
  try {
    return await result;
  } finally {
    scope.over = true;
    await scope.tail;
    end(scope);
  }
}

function end(scope: Scope): void {
  scope.over = true;
  openScopes -= 1;
  // An enabled AsyncLocalStorage slows down every promise of the process.
  if (openScopes === 0) scopes?.disable();
}

/** Runs `work` under the lock of the enclosing scope, or else under a new one. */
export async function withFileLock<T>(options: FileLockOptions, work: (fileLock: FileLock) => Promise<T>): Promise<T> {
  const { path, waiting } = options;
  const scope = scopeOf(path);
  if (scope !== undefined) {
    const result = scope.tail.then(() => {
      if (writableFile(path, waiting.name).target !== scope.fileLock.target) throw linksTurned(waiting.name);
      return work(scope.fileLock);
    });
    scope.tail = result.catch(() => undefined);
    return result;
  }
  const fileLock = await lockFile(options);
  try {
    return await work(fileLock);
  } finally {
    fileLock.release();
  }
}

function linksTurned(name: string): Error {
  return problem(name, 'UNAVAILABLE', 'nothing was written: its path leads to another file now', 'Save again.');
}

function stuck({ name, timeout }: LockWait): Error {
  const message = `this process itself has locked it for more than ${timeout} ms`;
  return problem(name, 'LOCKED', message, 'Look for an `update` whose function does not return.');
}

function takenOver(name: string): Error {
  const message = 'nothing was written: another process took over the lock, because this one did not respond';
  return problem(name, 'LOCKED', message, 'Save again.');
}
