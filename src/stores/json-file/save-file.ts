import type { AsyncLocalStorage } from 'node:async_hooks';
import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../../errors.ts';
import type { EditOptions, EditResult, NextText, Revision, WriteResult } from '../store.ts';
import { fileError, problem, systemCode } from './file-errors.ts';
import { writeInPlace } from './in-place.ts';
import {
  BLANK_MS,
  type Contents,
  decode,
  destinationOf,
  encode,
  type FileReadOptions,
  fileHasBytes,
  GONE_MS,
  isUntouched,
  LOOK_AGAIN_MS,
  type Revisions,
  readContents,
  revisionOfFile,
  storedAs,
} from './read-file.ts';
import { announceWrite, moveInto, syncFolder, writeTemporary } from './replace-file.ts';
import { acquireWriteLock, checkTarget, type WriteLock, type WriteLockOptions } from './write-lock.ts';

export interface FileSaveOptions extends FileReadOptions {
  /** Whether to overwrite a file that cannot be replaced by a rename. */
  readonly inPlace: boolean;
  /** Whether a new file gets mode 0600. */
  readonly isPrivate: boolean;
  readonly revisions: Revisions;
  readonly signal?: AbortSignal | undefined;
}

export interface EncodedText {
  readonly text: string;
  readonly bytes: Buffer;
}

/** There is no file, or it is too large to read; then it has a revision. */
interface NoContents {
  readonly bytes: null;
  readonly found?: Stats | undefined;
  readonly revision?: Revision;
}

/** The file before the write. */
type FileBefore = Contents | NoContents;

/** Compare and swap under the lock: writes the text if the file's revision is `expect`. */
export function saveFile(
  saving: FileSaveOptions,
  { text: newText, bytes }: EncodedText,
  expect: Revision,
  writeLock: WriteLock,
): Promise<WriteResult> {
  const doubt = { waitedMs: 0 };
  return retryWhileChanged(saving, async () => {
    const read = (): ReturnType<typeof fileBefore> => fileBefore(saving, writeLock, expect);
    const now = read();
    const current = isDoubtful(now, saving, doubt) ? await readSettled(read, saving, doubt) : now;
    if (current.revision !== expect) {
      const text = current.bytes && decode(current.bytes, saving.name);
      return { ok: false, current: saving.revisions.document(text, current.bytes) };
    }
    const revision = saving.revisions.of(bytes, newText);
    if (current.revision === revision) return { ok: true, revision };
    const replaced = await replaceFile(saving, bytes, current, writeLock);
    return replaced && { ok: true, revision, ...replaced };
  });
}

/** What makes the new text, and whether it never returns a promise. */
export interface FileEdit extends Required<Pick<EditOptions, 'isSynchronous'>> {
  readonly next: NextText;
}

/**
 * Writes the result of `next` under the lock, in one tick of the event loop unless `next` returns a promise.
 */
export function editFile(
  saving: FileSaveOptions,
  { next, isSynchronous }: FileEdit,
  writeLock: WriteLock,
): Promise<EditResult> {
  const { name, maxBytes, revisions } = saving;
  // Asynchronous work of `next` may write the file too.
  let remembered = isSynchronous ? writeLock.remembered : undefined;
  const doubt = { waitedMs: 0 };
  return retryWhileChanged(saving, async () => {
    const known = remembered;
    remembered = undefined;
    const read = (): FileBefore => readNow({ path: writeLock.target, name, maxBytes }, revisions) ?? ABSENT_FILE;
    const now = known ?? read();
    const contents = isDoubtful(now, saving, doubt) ? await readSettled(read, saving, doubt) : now;
    const before = storedAs(contents.bytes ?? undefined, name, revisions);
    const made = isSynchronous ? next(before) : runHolding(writeLock, () => next(before));
    const text = made instanceof Promise ? await made : made;
    if (text === undefined) {
      const isUnchanged = known === undefined || isAsRead(saving, writeLock.target, known, writeLock.check());
      return isUnchanged ? { before, after: before } : undefined;
    }
    const bytes = encode(text, saving);
    const replaced = await replaceFile(saving, bytes, contents, writeLock);
    return replaced && { before, after: revisions.afterWrite(text, bytes), ...replaced };
  });
}

/** The most attempts to write a file that another program changes without the lock, and the longest pause, in ms. */
const MOST_ATTEMPTS = 100;
const PAUSE_MS = 10;

/**
 * Repeats `attempt` while it returns `undefined`, because the file changed meanwhile. Throws `UNAVAILABLE` in the end.
 */
async function retryWhileChanged<T>(
  { name, signal }: FileSaveOptions,
  attempt: () => Promise<T | undefined>,
): Promise<T> {
  for (let made = 1; made <= MOST_ATTEMPTS; made += 1) {
    signal?.throwIfAborted();
    const result = await attempt();
    if (result !== undefined) return result;
    await process.getBuiltinModule('node:timers/promises').setTimeout(Math.random() * PAUSE_MS);
  }
  const message = 'nothing was written: another program keeps changing the file without taking the lock';
  throw problem(name, 'UNAVAILABLE', message, 'Stop that program, then save again.');
}

/** Reads the file that is locked, which is a regular one therefore. */
function readNow(reading: FileReadOptions, { lastBytes }: Revisions): Contents | undefined {
  try {
    return readContents(reading, { bytes: lastBytes, isRegular: true });
  } catch (error) {
    throw fileError(error, reading.name, 'read');
  }
}

const ABSENT_FILE: NoContents = { bytes: null };

/** How long a save has waited in all for a doubtful file. */
interface Doubt {
  waitedMs: number;
}

/** Reads the file until its state has lasted: what an editor leaves between two steps is not its document. */
async function readSettled<T extends FileBefore>(read: () => T, saving: FileSaveOptions, doubt: Doubt): Promise<T> {
  for (;;) {
    const start = performance.now();
    await process.getBuiltinModule('node:timers/promises').setTimeout(LOOK_AGAIN_MS);
    doubt.waitedMs += performance.now() - start;
    saving.signal?.throwIfAborted();
    const before = read();
    if (!isDoubtful(before, saving, doubt)) return before;
  }
}

/** Whether an editor may be about to write the file: it has just gone or become empty. */
function isDoubtful({ bytes, found }: FileBefore, { revisions }: FileSaveOptions, { waitedMs }: Doubt): boolean {
  if (found === undefined) return revisions.hasDocument && waitedMs < GONE_MS;
  return bytes?.length === 0 && waitedMs < BLANK_MS && Math.abs(Date.now() - found.mtimeMs) < BLANK_MS;
}

function fileBefore(
  { name, maxBytes, revisions }: FileSaveOptions,
  { target, check }: WriteLock,
  expect: Revision,
): FileBefore & { readonly revision: Revision } {
  try {
    const known = { bytes: revisions.lastBytes, isRegular: true };
    const current = readContents({ path: target, name, maxBytes }, known) ?? ABSENT_FILE;
    return { ...current, revision: revisions.of(current.bytes) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // It is too large; what is not a file has the same error here.
    const revision = revisionOfFile({ path: target, name, maxBytes });
    if (revision !== expect) throw error;
    return { revision, bytes: null, found: check() };
  }
}

/** A replaced file, with a warning about what is not certain. */
interface ReplaceResult {
  readonly warning?: string;
}

/** Replaces the file. `undefined` if it changed meanwhile; then nothing is written. */
async function replaceFile(
  saving: FileSaveOptions,
  bytes: Buffer,
  current: FileBefore,
  writeLock: WriteLock,
): Promise<ReplaceResult | undefined> {
  const { target } = writeLock;
  const warnings: string[] = [];
  let last: Stats | undefined;
  /** An editor takes no lock, and may save during the write and sync of the temporary file. */
  const isStill = (): boolean => {
    last = writeLock.check();
    return isAsRead(saving, target, current, last);
  };
  const { found } = current;
  const overwritable = saving.inPlace && current.bytes !== null ? current : undefined;
  try {
    // A rename would separate its other names.
    if (overwritable && overwritable.found.nlink > 1 && process.platform === 'linux') throw SHARED;
    const likeness = { before: found, isPrivate: saving.isPrivate, isPlain: writeLock.isPlain(found) };
    const temporary = writeTemporary(target, bytes, likeness);
    const { keptAt } = temporary.access;
    const check = (): void => {
      if (!isStill() || keptAt !== last?.ctimeMs) throw CHANGED;
    };
    await moveInto(target, temporary, { check });
    announceWrite(saving.path);
    writeLock.remember(bytes, temporary.access.isPlain);
    warnings.push(...temporary.access.warnings);
  } catch (error) {
    if (error === CHANGED) return undefined;
    if (overwritable === undefined || !canOnlyBeWrittenOver(error)) throw error;
    if (process.platform === 'linux') await writeLock.lockItself();
    if (!isStill()) return undefined;
    const file = { name: saving.name, before: overwritable.bytes, found: last ?? overwritable.found };
    const warning = writeInPlace(target, bytes, file);
    announceWrite(saving.path);
    return warning === undefined ? {} : { warning };
  }
  if (last !== undefined && last.nlink > 1)
    warnings.push('The file had other names (hard links); they keep the old text.');
  const unsynced = syncFolder(dirname(target));
  if (unsynced !== undefined) warnings.push(unsynced);
  return warnings.length === 0 ? {} : { warning: warnings.join(' ') };
}

/** Thrown to end an attempt; not an error. */
const CHANGED = Symbol('changed');
/** Thrown to overwrite a file that has other names; not an error. */
const SHARED = Symbol('shared');

/** Whether the file has the bytes, owner and mode that were read. `now` is its present state. */
function isAsRead(
  { name, maxBytes }: FileReadOptions,
  target: string,
  current: FileBefore,
  now: Stats | undefined,
): boolean {
  if (current.bytes === null) {
    if (current.revision === undefined) return now === undefined;
    return revisionOfFile({ path: target, name, maxBytes }) === current.revision;
  }
  const { bytes, found } = current;
  if (now === undefined) return false;
  if (now.mode !== found.mode || now.uid !== found.uid || now.gid !== found.gid) return false;
  return isUntouched(current, now) || fileHasBytes(target, bytes);
}

/** The errors, with their system calls, of a mounted file and of access that could not be kept. */
const ONLY_IN_PLACE: ReadonlySet<string> = new Set([
  'EBUSY rename',
  'EXDEV rename',
  'EPERM fchown',
  'ENOTSUP setxattr',
]);

/** Whether a rename would separate names, or cannot replace the file with its access. */
function canOnlyBeWrittenOver(error: unknown): boolean {
  return error === SHARED || ONLY_IN_PLACE.has(`${systemCode(error)} ${(error as NodeJS.ErrnoException).syscall}`);
}

/** The asynchronous work that runs while this process holds a lock. */
interface Scope {
  readonly writeLock: WriteLock;
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
  for (let scope = scopes?.getStore(); scope; scope = scope.outer)
    if (!scope.over && scope.writeLock.target === destinationOf(path).target) return scope;
  return undefined;
}

/** Whether the caller runs inside {@link runHolding} of the same file. */
export function isHeldHere(path: string): boolean {
  return scopeOf(path) !== undefined;
}

/** Runs `work`, and the writes that it begins, so that {@link withWriteLock} inside it shares this lock instead of waiting for it. */
async function runHolding<T>(writeLock: WriteLock, work: () => T | Promise<T>): Promise<T> {
  scopes ??= new (process.getBuiltinModule('node:async_hooks').AsyncLocalStorage)();
  const scope: Scope = { writeLock, outer: scopes.getStore(), over: false, tail: Promise.resolve() };
  openScopes += 1;
  try {
    return await scopes.run(scope, work);
  } finally {
    scope.over = true;
    await scope.tail;
    openScopes -= 1;
    // An enabled AsyncLocalStorage slows down every promise of the process.
    if (openScopes === 0) scopes.disable();
  }
}

/** Runs `work` under the lock of the enclosing scope, or else under a new one. */
export async function withWriteLock<T>(
  options: WriteLockOptions,
  work: (writeLock: WriteLock) => Promise<T>,
): Promise<T> {
  const { path, waiting } = options;
  const scope = scopeOf(path);
  if (scope !== undefined) {
    const result = scope.tail.then(() => {
      checkTarget(path, waiting.name, scope.writeLock.target);
      return work(scope.writeLock);
    });
    scope.tail = result.catch(() => undefined);
    return result;
  }
  const writeLock = await acquireWriteLock(options);
  try {
    return await work(writeLock);
  } finally {
    writeLock.release();
  }
}
