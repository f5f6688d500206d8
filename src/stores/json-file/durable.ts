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

/** A file that is on the disk under a temporary name. */
export interface Temporary {
  readonly path: string;
  /** What could not be kept of the old file, in a sentence. */
  readonly warning?: string;
}

/** What the new file takes after. */
export interface Likeness {
  /** The file that is replaced. */
  readonly before: Stats | undefined;
  /** Whether a file that replaces none is for its owner only; else the umask decides. */
  readonly isPrivate: boolean;
}

/** Writes a synced temporary file beside `target`, with owner and mode of the old one; on any failure none is left. */
export function writeTemporary(target: string, bytes: Buffer, { before, isPrivate }: Likeness): Temporary {
  const path = temporaryPath(target);
  let fd: number | undefined;
  try {
    fd = openSync(path, CREATE_FLAGS, before || isPrivate ? 0o600 : 0o666);
    // Not `writeSync`: it returns a short count on a full disk.
    writeFileSync(fd, bytes);
    const warning = before && keepOwnerAndMode(fd, before);
    // Never tried again: after a failed fsync, the kernel may have dropped the pages and call them clean.
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

/** The owner first: to change it may take bits of the mode away. Throws `EPERM` from `fchown` if the group can't be kept. */
function keepOwnerAndMode(fd: number, before: Stats): string | undefined {
  const now = fstatSync(fd);
  let warning: string | undefined;
  if (now.uid !== before.uid || now.gid !== before.gid) {
    try {
      fchownSync(fd, before.uid, before.gid);
    } catch (error) {
      if (systemCode(error) !== 'EPERM') throw error;
      // Its group bits would open the file to another group.
      if (now.gid !== before.gid) fchownSync(fd, -1, before.gid);
      warning = `The file belonged to user ${before.uid} and now belongs to user ${now.uid}.`;
    }
  }
  if (process.platform !== 'win32') fchmodSync(fd, before.mode & 0o7777);
  return warning;
}

/** How a rename is tried. */
export interface RenameOptions {
  /** Called before every attempt; throws if the file may not be replaced any more. */
  readonly check?: () => void;
  readonly platform?: NodeJS.Platform;
  /** For how many milliseconds Windows is asked again. */
  readonly retryMs?: number;
}

/** What Windows answers while a virus scanner or a reader has the file open. */
const IN_USE: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** Renames the temporary file to `target`; if that can't be, removes it and throws. */
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

/** Makes the names in `folder` durable; what prevented it, in a sentence. */
export function syncFolder(folder: string): string | undefined {
  // Windows opens no folders; its file system writes names in order.
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
    return `It is saved, but whether that outlasts a power cut is unknown: syncing its folder failed (${code}).`;
  }
}

/** Makes the folder and those above it that are missing, durably. Node's own `recursive` tells ENOENT for EROFS. */
export function makeFolder(folder: string, hasParent = false): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return;
    // In a folder of the system, such as /proc, nothing can be made though it exists.
    if (code !== 'ENOENT' || hasParent || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    makeFolder(folder, true);
    return;
  }
  syncFolder(dirname(folder));
}
