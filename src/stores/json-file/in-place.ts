import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  type Stats,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { LockWait } from './abandoned-lock.ts';
import { movedAway, problem, systemCode } from './file-errors.ts';
import { tryRead } from './lock-file.ts';
import { openFile, requireRegular } from './read-file.ts';
import { removeIfThere, runProgram, syncFolder } from './replace-file.ts';

/** A file that is overwritten: its name in messages, its bytes, and its state when they were read. */
interface OverwrittenFile {
  readonly name: string;
  readonly before: Buffer;
  readonly found: Stats;
}

/**
 * Overwrites a file that cannot be replaced by a rename. A crash may leave a mix of old and new bytes, so a synced copy
 * of the old ones is kept in `NAME.before-<time>` during the write. On a failure the old bytes are written back. Returns
 * a warning if the copy cannot be removed.
 */
export function writeInPlace(
  target: string,
  bytes: Buffer,
  { name, before, found }: OverwrittenFile,
): string | undefined {
  const copy = writeCopy(target, before, 'before');
  let fd: number;
  try {
    fd = openToWrite(target, name, found);
  } catch (error) {
    removeIfThere(copy);
    throw error;
  }
  try {
    overwrite(fd, bytes);
  } catch (error) {
    // This needs no new disk space. If it fails too, the copy stays.
    overwrite(fd, before);
    removeIfThere(copy);
    throw error;
  } finally {
    // It is synced, or the error is known.
    tryRead(() => closeSync(fd));
  }
  const isGone = tryRead(() => {
    removeIfThere(copy);
    return true;
  });
  return isGone ? undefined : `The copy of the old text could not be removed: ${copy}.`;
}

/** Opens a regular file without waiting; one that took the place of the file `found` is refused. */
function openToWrite(target: string, name: string, found?: Stats): number {
  const fd = openSync(target, constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const opened = fstatSync(fd);
    requireRegular(opened, name);
    if (found && (opened.ino !== found.ino || opened.dev !== found.dev)) throw movedAway(name);
    // A file that is mounted by itself stays after its only name outside has gone, until the mount ends.
    if (opened.nlink === 0) throw removedOutside(name);
    return fd;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function overwrite(fd: number, bytes: Buffer): void {
  for (let done = 0; done < bytes.length; ) {
    const count = writeSync(fd, bytes, done, bytes.length - done, done);
    // A full disk first gives a short count, then 0, without an error.
    if (count === 0) throw Object.assign(new Error('ENOSPC: no space left on device, write'), NO_SPACE);
    done += count;
  }
  ftruncateSync(fd, bytes.length);
  fsyncSync(fd);
}

const NO_SPACE = { code: 'ENOSPC', syscall: 'write' } as const;

const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
const PIECE_BYTES = 1 << 16;

/**
 * Locks the file itself, so that writers exclude each other who have it under other paths: hard links, and mounts in
 * this or another container. Returns the file; closing it, or the end of the process, ends the lock. The program `flock`
 * locks the open file that it inherits, which stays locked after the program ended.
 */
export async function lockItself(target: string, { name, timeout, signal }: LockWait): Promise<number> {
  const fd = openToWrite(target, name);
  const end = performance.now() + timeout;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const ended = runProgram('flock', ['-x', '-n', '3'], fd);
      if (ended?.status === 0) return fd;
      if (ended === undefined) throw withoutFlock(name);
      if (performance.now() >= end)
        throw problem(name, 'LOCKED', 'another program has locked the file itself', 'Try again later.');
      await process.getBuiltinModule('node:timers/promises').setTimeout(RETRY_MS * (0.5 + Math.random()));
    }
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function removedOutside(name: string): Error {
  const message = 'a program outside has replaced or removed it, so that this save would be lost';
  return problem(name, 'UNAVAILABLE', message, 'Mount the folder instead of the single file.');
}

/** The mean pause between two attempts to lock a file itself, in milliseconds. */
const RETRY_MS = 10;

function withoutFlock(name: string): Error {
  const message =
    'it can only be overwritten, and without the program `flock`, a writer under another path would not be noticed';
  const suggestion = 'Install `flock` (util-linux), or mount the folder instead of the single file.';
  return problem(name, 'UNAVAILABLE', message, suggestion);
}

/**
 * Copies the bytes of the file, valid or not, to `TARGET.<word>-<time>`, synced and with mode 0600. The event loop turns
 * meanwhile: the file may be of any size.
 */
export async function keepCopy(target: string, name: string, word: string): Promise<string> {
  const from = openFile(target, name);
  if (from === undefined) throw problem(name, 'UNAVAILABLE', 'there is no file to keep a copy of');
  try {
    const copy = createCopy(target, word);
    try {
      await copyAll(from.fd, copy.fd);
    } catch (error) {
      discardCopy(copy);
      throw error;
    }
    return finishCopy(copy);
  } finally {
    closeSync(from.fd);
  }
}

/** Writes the bytes into a copy as {@link keepCopy} makes it. */
function writeCopy(target: string, bytes: Buffer, word: string): string {
  const copy = createCopy(target, word);
  try {
    writeFileSync(copy.fd, bytes);
  } catch (error) {
    discardCopy(copy);
    throw error;
  }
  return finishCopy(copy);
}

interface OpenCopy {
  readonly path: string;
  readonly fd: number;
}

function createCopy(target: string, word: string): OpenCopy {
  const wanted = `${target}.${word}-${new Date().toISOString().replaceAll(/[-:]/g, '')}`;
  for (let number = 1; ; number += 1) {
    const path = number === 1 ? wanted : `${wanted}-${number}`;
    try {
      return { path, fd: openSync(path, CREATE_FLAGS, 0o600) };
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
}

function finishCopy({ path, fd }: OpenCopy): string {
  try {
    fsyncSync(fd);
  } catch (error) {
    removeIfThere(path);
    throw error;
  } finally {
    closeSync(fd);
  }
  syncFolder(dirname(path));
  return path;
}

function discardCopy({ path, fd }: OpenCopy): void {
  closeSync(fd);
  removeIfThere(path);
}

/** How long copying may keep the event loop, in milliseconds. */
const LONGEST_BLOCK_MS = 20;

async function copyAll(from: number, to: number): Promise<void> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  let since = performance.now();
  for (let count = readSync(from, piece); count > 0; count = readSync(from, piece)) {
    writeFileSync(to, piece.subarray(0, count));
    if (performance.now() - since < LONGEST_BLOCK_MS) continue;
    await new Promise(setImmediate);
    since = performance.now();
  }
}
