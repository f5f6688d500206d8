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

/** How a file is saved. */
export interface FileSaveOptions {
  readonly name: string;
  readonly maxBytes: number;
  /** Whether a file that can't be replaced may be written over. */
  readonly inPlace: boolean;
  /** Whether a new file is for its owner only. */
  readonly isPrivate: boolean;
  readonly revisions: Revisions;
  readonly signal?: AbortSignal | undefined;
  /** Called as soon as the new text stands there. */
  readonly replaced: () => void;
}

/** What is to be written: a text, and its bytes. */
export interface NewText {
  readonly text: string;
  readonly bytes: Buffer;
}

/** The file as it was read. */
interface Current {
  /** `null` where there was none, and for one that is too large to read. */
  readonly bytes: Buffer | null;
  readonly found?: Stats | undefined;
  readonly readAt?: number;
  /** Known of a file that is too large to read. */
  readonly revision?: Revision;
}

/** Compare and swap, under the lock: writes the text if the file is still at the revision `expect`. */
export async function saveFile(
  saving: FileSaveOptions,
  { text: newText, bytes }: NewText,
  expect: Revision,
  fileLock: FileLock,
): Promise<WriteResult> {
  return undisturbed(saving, async () => {
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

/** Under the lock: writes what `next` makes of the file, in one step of the event loop unless `next` waits. */
export async function editFile(saving: FileSaveOptions, next: NextText, fileLock: FileLock): Promise<EditResult> {
  const { name, maxBytes, revisions } = saving;
  return undisturbed(saving, async () => {
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

/** How often an attempt is made at a file that somebody else changes without a lock, and the longest pause, in ms. */
const MOST_ATTEMPTS = 100;
const PAUSE_MS = 10;

/** What the first attempt gives that nobody disturbs. */
async function undisturbed<T>({ name, signal }: FileSaveOptions, attempt: () => Promise<T | undefined>): Promise<T> {
  for (let made = 1; made <= MOST_ATTEMPTS; made += 1) {
    signal?.throwIfAborted();
    const result = await attempt();
    if (result !== undefined) return result;
    await builtin('node:timers/promises').setTimeout(Math.random() * PAUSE_MS);
  }
  const message = 'nothing was written: somebody who takes no lock changes it again and again';
  throw problem(name, 'UNAVAILABLE', message, 'Stop what writes it without pause, then save again.');
}

function readNow(reading: FileReadOptions): Contents | undefined {
  try {
    return readContents(reading);
  } catch (error) {
    throw fileError(error, reading.name, 'read');
  }
}

const ABSENT_FILE: Current = { bytes: null };

/** The bytes of a text that a file can hold. */
export function encode(text: string, { name, maxBytes }: Pick<FileSaveOptions, 'name' | 'maxBytes'>): Buffer {
  const bytes = Buffer.from(text);
  if (bytes.length > maxBytes) throw tooLarge(name, maxBytes);
  // Half of a surrogate pair has no UTF-8: it would be stored as something else.
  if (!(text as string & { isWellFormed(): boolean }).isWellFormed())
    throw problem(name, 'CORRUPT', 'the text holds half of a surrogate pair', 'Write it as an escape, \\ud800.');
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

/** What could not be assured of a file that was replaced, in sentences. */
interface ReplaceResult {
  readonly warning?: string;
}

/** Writes the file anew; `undefined` where it was changed meanwhile, and nothing was written. */
async function replace(
  saving: FileSaveOptions,
  bytes: Buffer,
  current: Current,
  fileLock: FileLock,
): Promise<ReplaceResult | undefined> {
  const { target } = fileLock;
  const warnings: (string | undefined)[] = [];
  let last: Stats | undefined;
  /** An editor takes no lock; and to write and sync takes long enough for somebody to save there meanwhile. */
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

/** Not an error: it ends an attempt. */
const CHANGED = Symbol('changed');

/** Whether what stands there `now` is what was read, with its owner and mode. */
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

/** Time stamps of a file that keep parts of seconds may stay the same for this long while it changes, in milliseconds. */
const TICK_MS = 300;
/** The same for those that don't (FAT: 2 s). */
const WHOLE_SECONDS_MS = 3_000;

/**
 * Whether the stamps alone show that nothing was written since. They don't where the file had been written shortly before
 * it was read: another change may come within the same tick of the clock that they are taken from, or its server's.
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

/** A mount of the file itself, or an owner that could not be kept. */
function canOnlyBeWrittenOver(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'EBUSY' || code === 'EXDEV' || (code === 'EPERM' && isFrom(error, 'fchown'));
}

function isFrom(error: unknown, syscall: string): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === syscall;
}
