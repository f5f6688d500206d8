import { lstatSync, type Stats } from 'node:fs';
import { dirname } from 'node:path';
import { ConfigError } from '../../errors.ts';
import { builtin } from '../builtin.ts';
import type { EditResult, NextText, Revision, WriteResult } from '../store.ts';
import { moveInto, syncFolder, writeTemporary } from './durable.ts';
import { type FileLock, runHolding } from './exclusive.ts';
import { fileError, problem, systemCode } from './file-errors.ts';
import { writeInPlace } from './in-place.ts';
import {
  type Contents,
  decode,
  type FileReadOptions,
  readContents,
  revisionOfFile,
  storedAs,
  tooLarge,
} from './read-file.ts';
import type { Revisions } from './revision.ts';

/** How to save a file. */
export interface FileSaveOptions {
  readonly name: string;
  readonly maxBytes: number;
  /** Whether to overwrite a file that cannot be replaced by a rename. */
  readonly inPlace: boolean;
  /** Whether a new file gets mode 0600. */
  readonly isPrivate: boolean;
  readonly revisions: Revisions;
  readonly signal?: AbortSignal | undefined;
  /** Called as soon as the file has the new text. */
  readonly replaced: () => void;
}

/** The text to write, and its bytes. */
export interface NewText {
  readonly text: string;
  readonly bytes: Buffer;
}

/** The file before the write. */
interface Current {
  /** `null` if there is no file, or if it is too large to read. */
  readonly bytes: Buffer | null;
  readonly found?: Stats | undefined;
  readonly readAt?: number;
  /** Set for a file that is too large to read. */
  readonly revision?: Revision;
}

/** Compare and swap under the lock: writes the text if the file's revision is `expect`. */
export async function saveFile(
  saving: FileSaveOptions,
  { text: newText, bytes }: NewText,
  expect: Revision,
  fileLock: FileLock,
): Promise<WriteResult> {
  return retryWhileChanged(saving, async () => {
    const current = currentOf(saving, fileLock.target, expect);
    if (current.revision !== expect) {
      const text = current.bytes && decode(current.bytes, saving.name);
      return { ok: false, current: saving.revisions.stored(text, current.bytes) };
    }
    const revision = saving.revisions.of(bytes, newText);
    if (current.revision === revision) return { ok: true, revision };
    const replaced = await replace(saving, bytes, current, fileLock);
    return replaced && { ok: true, revision, ...replaced };
  });
}

/**
 * Writes the result of `next` under the lock, without leaving the event loop's turn unless `next` returns a promise.
 */
export async function editFile(saving: FileSaveOptions, next: NextText, fileLock: FileLock): Promise<EditResult> {
  const { name, maxBytes, revisions } = saving;
  return retryWhileChanged(saving, async () => {
    const contents = readNow({ path: fileLock.target, name, maxBytes });
    const before = storedAs(contents?.bytes, name, revisions);
    const made = runHolding(fileLock, () => next(before));
    const text = made instanceof Promise ? await made : made;
    if (text === undefined) return { before, after: before };
    const bytes = encode(text, saving);
    const replaced = await replace(saving, bytes, contents ?? ABSENT_FILE, fileLock);
    return replaced && { before, after: revisions.written(text, bytes), ...replaced };
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
    await builtin('node:timers/promises').setTimeout(Math.random() * PAUSE_MS);
  }
  const message = 'nothing was written: another program keeps changing the file without taking the lock';
  throw problem(name, 'UNAVAILABLE', message, 'Stop that program, then save again.');
}

function readNow(reading: FileReadOptions): Contents | undefined {
  try {
    return readContents(reading);
  } catch (error) {
    throw fileError(error, reading.name, 'read');
  }
}

const ABSENT_FILE: Current = { bytes: null };

/** Encodes a text as UTF-8. Throws `TOO_LARGE`, or `CORRUPT` for an unpaired surrogate. */
export function encode(text: string, { name, maxBytes }: Pick<FileSaveOptions, 'name' | 'maxBytes'>): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > maxBytes) throw tooLarge(name, maxBytes);
  // An unpaired surrogate has no UTF-8 form: it would be stored as U+FFFD.
  if (!(text as string & { isWellFormed(): boolean }).isWellFormed())
    throw problem(name, 'CORRUPT', 'the text has an unpaired surrogate', 'Write it as an escape, \\ud800.');
  return bytes;
}

function currentOf(
  { name, maxBytes, revisions }: FileSaveOptions,
  target: string,
  expect: Revision,
): Current & { readonly revision: Revision } {
  try {
    const current = readContents({ path: target, name, maxBytes }) ?? ABSENT_FILE;
    return { ...current, revision: revisions.of(current.bytes) };
  } catch (error) {
    if (!(error instanceof ConfigError) || error.code !== 'TOO_LARGE') throw error;
    const found = lstatSync(target, { throwIfNoEntry: false });
    const revision = revisionOfFile(target, name);
    if (revision !== expect) throw error;
    return { revision, bytes: null, found };
  }
}

/** A replaced file, with a warning about what is not certain. */
interface ReplaceResult {
  readonly warning?: string;
}

/** Replaces the file. `undefined` if it changed meanwhile; then nothing is written. */
async function replace(
  saving: FileSaveOptions,
  bytes: Buffer,
  current: Current,
  fileLock: FileLock,
): Promise<ReplaceResult | undefined> {
  const { target } = fileLock;
  const warnings: (string | undefined)[] = [];
  let last: Stats | undefined;
  /** An editor takes no lock, and may save during the write and sync of the temporary file. */
  const isStill = (): boolean => {
    last = fileLock.check();
    return isAsRead(saving, target, current, last);
  };
  const check = (): void => {
    if (!isStill()) throw CHANGED;
  };
  try {
    const temporary = writeTemporary(target, bytes, { before: current.found, isPrivate: saving.isPrivate });
    await moveInto(target, temporary, { check });
    saving.replaced();
    warnings.push(temporary.warning);
  } catch (error) {
    if (error === CHANGED) return undefined;
    if (!saving.inPlace || current.bytes === null || !canOnlyBeWrittenOver(error)) throw error;
    if (!isStill()) return undefined;
    writeInPlace(target, bytes, current.bytes, saving.name);
    saving.replaced();
    return {};
  }
  if (last !== undefined && last.nlink > 1)
    warnings.push('The file had other names (hard links); they keep the old text.');
  warnings.push(syncFolder(dirname(target)));
  const warning = warnings.filter((one) => one !== undefined).join(' ');
  return warning === '' ? {} : { warning };
}

/** Thrown to end an attempt; not an error. */
const CHANGED = Symbol('changed');

/** Whether the file has the bytes, owner and mode that were read. `now` is its present state. */
function isAsRead(
  { name, maxBytes }: FileSaveOptions,
  target: string,
  current: Current,
  now: Stats | undefined,
): boolean {
  const { bytes, found, revision } = current;
  if (bytes === null) return revision === undefined ? now === undefined : revisionOfFile(target, name) === revision;
  if (found === undefined || now === undefined) return false;
  if (now.mode !== found.mode || now.uid !== found.uid || now.gid !== found.gid) return false;
  return isUntouched(current, now) || readContents({ path: target, name, maxBytes })?.bytes.equals(bytes) === true;
}

/** How long the time stamps of a changing file may stay the same, in milliseconds. */
const TICK_MS = 300;
/** The same for time stamps in whole seconds (FAT: 2 s). */
const WHOLE_SECONDS_MS = 3_000;

/**
 * Whether the time stamps alone prove that the file did not change. They do not if it was written shortly before it was
 * read: a further write within the same clock tick leaves them as they are.
 */
function isUntouched({ found, readAt = 0 }: Current, now: Stats): boolean {
  if (found === undefined) return false;
  const changed = Math.max(found.mtimeMs, found.ctimeMs);
  if (readAt - changed < (changed % 1_000 === 0 ? WHOLE_SECONDS_MS : TICK_MS)) return false;
  return (
    now.ino === found.ino &&
    now.dev === found.dev &&
    now.size === found.size &&
    now.mtimeMs === found.mtimeMs &&
    now.ctimeMs === found.ctimeMs
  );
}

/** Whether a rename failed because the file itself is a mount point, or because its owner could not be kept. */
function canOnlyBeWrittenOver(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'EBUSY' || code === 'EXDEV' || (code === 'EPERM' && isFrom(error, 'fchown'));
}

function isFrom(error: unknown, syscall: string): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === syscall;
}
