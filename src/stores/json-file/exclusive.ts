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

/** The turn in this process and the lock among processes, for the file where a path leads. */
export interface FileLock {
  readonly target: string;
  /**
   * What stands there now. Throws if somebody took the lock over, if the path leads elsewhere by now, and if what stands
   * there may not be written.
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

/** When a store swept its folder last, and the folder's time when it last left it. */
export interface SweepState {
  at: number;
  folderTime: number;
}

/** To list a folder costs as much as all else that a save does besides syncing; so a burst of saves does it rarely. */
const SWEEP_MS = 1_000;

/** Takes the turn, then the lock, of the file where `path` leads, making its folder, and sweeps it. */
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
      // The links may have been turned while we waited.
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

/** Which time it is does not matter where the system refuses: to sweep is no duty. */
function timeOf(folder: string): number {
  try {
    return statSync(folder, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return 0;
  }
}

/**
 * Where `path` leads, if that may be written or is not there. A rename asks for no permission of the file itself, so
 * that a file with mode 0444 is protected only here (but not from root, whom the system permits all).
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

/** A fileLock that the caller's asynchronous work runs under. */
interface Scope {
  readonly fileLock: FileLock;
  readonly outer: Scope | undefined;
  /** The work has ended: what it left running is an outsider. */
  over: boolean;
  /** The writes inside the work, one after the other. */
  tail: Promise<unknown>;
}

let scopes: AsyncLocalStorage<Scope> | undefined;
let openScopes = 0;

/** The scope that the caller runs in, if it holds the file where `path` leads. */
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

/** Runs `work` so that {@link withFileLock} of the same file inside it does not wait for it. */
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

/** The result of work that waits, or that began writes without waiting for them. */
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
  // A storage that is in use slows down every promise of the process.
  if (openScopes === 0) scopes?.disable();
}

/** Runs `work` with the fileLock of the scope around it, or else with one of its own. */
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
  return problem(name, 'UNAVAILABLE', 'nothing was written: its links were turned meanwhile', 'Save again.');
}

function stuck({ name, timeout }: LockWait): Error {
  const message = `it has been held by this very process for more than ${timeout} ms`;
  return problem(name, 'LOCKED', message, 'Look for an `update` whose function does not end.');
}

function takenOver(name: string): Error {
  const message = 'nothing was written: this process gave no sign of life, so somebody else took the lock over';
  return problem(name, 'LOCKED', message, 'Save again.');
}
