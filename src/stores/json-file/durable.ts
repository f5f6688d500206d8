import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  type Stats,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { builtin } from '../builtin.ts';
import { systemCode } from './file-errors.ts';
import { forgetTemporary, removeTemporary, temporaryPath } from './temporary.ts';

const CREATE_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** A synced file under a temporary name. */
export interface Temporary {
  readonly path: string;
  /** Which attribute of the old file was lost, in a sentence. */
  readonly warning?: string;
}

/** Where the new file gets its owner and mode from. */
export interface Likeness {
  /** The file that is replaced. */
  readonly before: Stats | undefined;
  /** Create a new file with mode 0600; otherwise the umask decides. */
  readonly isPrivate: boolean;
}

/** Writes and syncs a temporary file beside `target`, with the old file's owner and mode. Removes it on any failure. */
export function writeTemporary(target: string, bytes: Buffer, { before, isPrivate }: Likeness): Temporary {
  const path = temporaryPath(target);
  let fd: number | undefined;
  try {
    fd = openSync(path, CREATE_FLAGS, before || isPrivate ? 0o600 : 0o666);
    // Not `writeSync`: it returns a short count on a full disk.
    writeFileSync(fd, bytes);
    const warning = before && keepOwnerAndMode(fd, before);
    // Never retried: after a failed fsync, the kernel may have dropped the pages and marked them clean.
    fsyncSync(fd);
    const open = fd;
    fd = undefined;
    closeSync(open);
    return warning === undefined ? { path } : { path, warning };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    removeTemporary(path);
    throw error;
  }
}

/** Sets the owner first, as that may clear mode bits. Throws `EPERM` from `fchown` if the group can't be kept. */
function keepOwnerAndMode(fd: number, before: Stats): string | undefined {
  const now = fstatSync(fd);
  let warning: string | undefined;
  if (now.uid !== before.uid || now.gid !== before.gid) {
    try {
      fchownSync(fd, before.uid, before.gid);
    } catch (error) {
      if (systemCode(error) !== 'EPERM') throw error;
      // With another group, the group bits would give access to the wrong users.
      if (now.gid !== before.gid) fchownSync(fd, -1, before.gid);
      warning = `The file belonged to user ${before.uid} and now belongs to user ${now.uid}.`;
    }
  }
  if (process.platform !== 'win32') fchmodSync(fd, before.mode & 0o7777);
  return warning;
}

/** Options of {@link moveInto}. */
export interface RenameOptions {
  /** Called before every attempt; throws to cancel the rename. */
  readonly check?: () => void;
  readonly platform?: NodeJS.Platform;
  /** How long to retry on Windows, in milliseconds. */
  readonly retryMs?: number;
}

/** The error codes of Windows while a virus scanner or a reader has the file open. */
const IN_USE: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** Renames the temporary file to `target`. On failure, removes it and throws. */
export async function moveInto(target: string, { path }: Temporary, renaming: RenameOptions = {}): Promise<void> {
  const { check, platform = process.platform, retryMs = 2_000 } = renaming;
  const end = performance.now() + retryMs;
  try {
    for (let wait = 10; ; wait *= 2) {
      check?.();
      try {
        renameSync(path, target);
        forgetTemporary(path);
        return;
      } catch (error) {
        const left = end - performance.now();
        if (platform !== 'win32' || left <= 0 || !IN_USE.has(systemCode(error) ?? '')) throw error;
        await builtin('node:timers/promises').setTimeout(Math.min(wait, left));
      }
    }
  } catch (error) {
    removeTemporary(path);
    throw error;
  }
}

/** Syncs the directory entries of `folder`. Returns a warning if that fails. */
export function syncFolder(folder: string): string | undefined {
  // Windows cannot open a folder; NTFS writes directory entries in order.
  if (process.platform === 'win32') return undefined;
  try {
    const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return undefined;
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return `The file is saved, but a power cut may undo that: syncing its folder failed (${code}).`;
  }
}

/** Creates the folder and its missing parents, and syncs them. Node's `recursive` reports ENOENT for EROFS. */
export function makeFolder(folder: string, hasParent = false): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return;
    // /proc and the like answer ENOENT although the parent exists.
    if (code !== 'ENOENT' || hasParent || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    makeFolder(folder, true);
    return;
  }
  syncFolder(dirname(folder));
}
