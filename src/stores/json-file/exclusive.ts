import type { AsyncLocalStorage } from 'node:async_hooks';
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { builtin } from '../builtin.ts';
import { makeFolder } from './durable.ts';
import { problem, systemCode } from './file-errors.ts';
import { type Destination, destinationOf } from './follow-links.ts';
import { type Lock, takeLock, type Waiting } from './lock.ts';
import { requireRegular } from './read-file.ts';
import { sweep } from './sweep.ts';
import { takeTurn } from './turns.ts';

/** The turn in this process and the lock among processes, for the file where a path leads. */
export interface Grip {
  readonly target: string;
  /**
   * What stands there now. Throws if somebody took the lock over, if the path leads elsewhere by now, and if what stands
   * there may not be written.
   */
  check(): Stats | undefined;
  /** Must be called once. */
  release(): void;
}

/** What is gripped, and how. */
export interface Gripping {
  readonly path: string;
  readonly waiting: Waiting;
  readonly tidiness: Tidiness;
}

/** When a store swept its folder last, and the folder's time when it last left it. */
export interface Tidiness {
  at: number;
  folderTime: number;
}

/** To list a folder costs as much as all else that a save does besides syncing; so a burst of saves does it rarely. */
const SWEEP_MS = 1_000;

/** Takes the turn, then the lock, of the file where `path` leads, making its folder, and sweeps it. */
export async function takeGrip({ path, waiting, tidiness }: Gripping): Promise<Grip> {
  for (;;) {
    const { target, found } = writableFile(path, waiting.name);
    if (found === undefined) makeFolder(dirname(target));
    const endTurn = await takeTurn(target, { ...waiting, stuck: () => stuck(waiting) });
    let lock: Lock | undefined;
    let grip: Grip | undefined;
    try {
      const isAsWeLeftIt = timeOf(dirname(target)) === tidiness.folderTime;
      lock = await takeLock(target, waiting);
      // The links may have been turned while we waited.
      if (writableFile(path, waiting.name).target === target) {
        sweepIfDue(target, tidiness, isAsWeLeftIt && !lock.waited);
        grip = gripOf({ path, waiting, tidiness }, target, lock, endTurn);
        return grip;
      }
    } finally {
      if (grip === undefined) {
        lock?.release();
        endTurn();
      }
    }
  }
}

function sweepIfDue(target: string, tidiness: Tidiness, isTidy: boolean): void {
  const now = performance.now();
  if (isTidy && now - tidiness.at < SWEEP_MS) return;
  tidiness.at = now;
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

function gripOf({ path, waiting, tidiness }: Gripping, target: string, lock: Lock, endTurn: () => void): Grip {
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
      tidiness.folderTime = timeOf(dirname(target));
      endTurn();
    },
  };
}

/** A grip that the caller's asynchronous work runs under. */
interface Scope {
  readonly grip: Grip;
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
    if (!scope.over && scope.grip.target === target) return scope;
  return undefined;
}

/** Whether the caller runs inside {@link runHolding} of the same file. */
export function isHeldHere(path: string): boolean {
  return scopeOf(path) !== undefined;
}

/** Runs `work` so that {@link withGrip} of the same file inside it does not wait for it. */
export function runHolding<T>(grip: Grip, work: () => T | Promise<T>): T | Promise<T> {
  scopes ??= new (builtin('node:async_hooks').AsyncLocalStorage)();
  const begun = Promise.resolve();
  const scope: Scope = { grip, outer: scopes.getStore(), over: false, tail: begun };
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

/** Runs `work` with the grip of the scope around it, or else with one of its own. */
export async function withGrip<T>(gripping: Gripping, work: (grip: Grip) => Promise<T>): Promise<T> {
  const { path, waiting } = gripping;
  const scope = scopeOf(path);
  if (scope !== undefined) {
    const result = scope.tail.then(() => {
      if (writableFile(path, waiting.name).target !== scope.grip.target) throw linksTurned(waiting.name);
      return work(scope.grip);
    });
    scope.tail = result.catch(() => undefined);
    return result;
  }
  const grip = await takeGrip(gripping);
  try {
    return await work(grip);
  } finally {
    grip.release();
  }
}

function linksTurned(name: string): Error {
  return problem(name, 'UNAVAILABLE', 'nothing was written: its links were turned meanwhile', 'Save again.');
}

function stuck({ name, timeout }: Waiting): Error {
  const message = `it has been held by this very process for more than ${timeout} ms`;
  return problem(name, 'LOCKED', message, 'Look for an `update` whose function does not end.');
}

function takenOver(name: string): Error {
  const message = 'nothing was written: this process gave no sign of life, so somebody else took the lock over';
  return problem(name, 'LOCKED', message, 'Save again.');
}
