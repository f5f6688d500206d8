import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCode } from './file-errors.ts';
import { type KeptAccess, keepAccess } from './keep-access.ts';

const CREATE_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** A synced file under a temporary name. */
export interface Temporary {
  readonly path: string;
  readonly access: KeptAccess;
}

/** Where the new file gets its access from. */
export interface Likeness {
  /** The file that is replaced. */
  readonly before: Stats | undefined;
  /** The file is known to have no access control list or extended attribute, and its folder no default list. */
  readonly isPlain: boolean;
  /** Create a new file with mode 0600; otherwise the umask decides. */
  readonly isPrivate: boolean;
}

/** Writes and syncs a temporary file beside `target`, with the old file's access. Removes it on any failure. */
export function writeTemporary(target: string, bytes: Buffer, { before, isPrivate, isPlain }: Likeness): Temporary {
  const path = temporaryPath(target);
  let fd: number | undefined;
  try {
    fd = openSync(path, CREATE_FLAGS, before || isPrivate ? 0o600 : 0o666);
    // Not `writeSync`: it returns a short count on a full disk.
    writeFileSync(fd, bytes);
    const access = before ? keepAccess({ path, fd }, target, before, isPlain) : { isPlain: false };
    // Never retried: after a failed fsync, the kernel may have dropped the pages and marked them clean.
    fsyncSync(fd);
    const open = fd;
    fd = undefined;
    closeSync(open);
    return { path, access };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    removeIfThere(path);
    throw error;
  }
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
export async function moveInto(
  target: string,
  { path }: Pick<Temporary, 'path'>,
  renaming: RenameOptions = {},
): Promise<void> {
  const { check, platform = process.platform, retryMs = 2_000 } = renaming;
  const end = performance.now() + retryMs;
  try {
    for (let wait = 10; ; wait *= 2) {
      check?.();
      try {
        renameSync(path, target);
        return;
      } catch (error) {
        const left = end - performance.now();
        if (platform !== 'win32' || left <= 0 || !IN_USE.has(systemCode(error) ?? '')) throw error;
        await process.getBuiltinModule('node:timers/promises').setTimeout(Math.min(wait, left));
      }
    }
  } catch (error) {
    removeIfThere(path);
    throw error;
  }
}

/** What to call after a write of this process, by the path of the written file. */
const listeners = new Map<string, Set<() => void>>();

/** Calls `listener` after this process wrote the file `path`. Returns a function that ends this. */
export function onWrite(path: string, listener: () => void): () => void {
  const others = listeners.get(path) ?? new Set();
  listeners.set(path, others.add(listener));
  return () => {
    others.delete(listener);
    if (others.size === 0) listeners.delete(path);
  };
}

/** Call it as soon as the file has the new text. */
export function announceWrite(path: string): void {
  for (const listener of listeners.get(path) ?? []) listener();
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

/**
 * Creates the file atomically and durably, and does not change an existing one. It needs no lock: the first process to
 * link its file wins.
 */
export function createFile(target: string, bytes: Buffer, isPrivate: boolean): void {
  makeFolder(dirname(target));
  while (!existsSync(target)) {
    const temporary = writeTemporary(target, bytes, { before: undefined, isPrivate, isPlain: false });
    try {
      publish(temporary.path, target);
    } catch (error) {
      // Without the lock, another writer may have swept the temporary file; then try again.
      if (systemCode(error) !== 'ENOENT' || existsSync(temporary.path)) throw error;
    } finally {
      removeIfThere(temporary.path);
    }
  }
  syncFolder(dirname(target));
}

/**
 * A hard link never replaces a file. A file system without them leaves a short race between the check and the rename.
 */
function publish(path: string, target: string): void {
  try {
    linkSync(path, target);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EEXIST') return;
    if (code === undefined || !NO_LINKS.has(code) || existsSync(target)) throw error;
    renameSync(path, target);
  }
}

/** The error codes of a file system without hard links. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** The name of a new temporary file beside the real path `path`. */
export function temporaryPath(path: string): string {
  const name = basename(path);
  return `${path.slice(0, -name.length)}.${name}.${process.pid}.${randomHex(6)}.tmp`;
}

/** Removes a file, if it exists. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

const TEMPORARY = /^\.(.+)\.\d{1,10}\.[0-9a-f]{12}\.tmp$/s;
const CLAIM = /^(.+)\.lock\.([0-9a-f]{24})\.claim$/s;

/**
 * Removes what processes that were killed left beside `target`: temporary files of it and of its lock, and claims on old
 * locks. Call it under the lock, whose nonce is `nonce`, before a temporary file is written: then no process writes one
 * to replace `target`, a process that creates it or its lock makes another one, and an old claim no longer matters.
 */
export function sweep(target: string, nonce: string): void {
  const folder = dirname(target);
  try {
    const names = readdirSync(folder);
    const file = basename(target);
    // Another process is breaking our lock: it may use the claims on its claim.
    const isClaimed = names.includes(`${file}.lock.${nonce}.claim`);
    for (const name of names) {
      const isOldClaim = !isClaimed && CLAIM.exec(name)?.[1] === file;
      if (isOldClaim || isOrphanedTemporary(name, file) || isObservation(name, file)) removeOrphan(folder, name);
    }
  } catch (error) {
    // A folder that cannot be listed is not swept; nothing depends on that.
    if (systemCode(error) === undefined) throw error;
  }
}

function isOrphanedTemporary(name: string, file: string): boolean {
  const of = TEMPORARY.exec(name)?.[1];
  return of !== undefined && (of === file || of === `${file}.lock` || CLAIM.exec(of)?.[1] === file);
}

/** Whether it is the observation of a lock or claim of the file: both are gone, or ours. */
function isObservation(name: string, file: string): boolean {
  const of = /^(.+)\.seen$/s.exec(name)?.[1];
  return of !== undefined && (of === `${file}.lock` || CLAIM.exec(of)?.[1] === file);
}

function removeOrphan(folder: string, name: string): void {
  try {
    removeIfThere(join(folder, name));
  } catch (error) {
    // It belongs to another user, or is a folder.
    if (systemCode(error) === undefined) throw error;
  }
}

/** Unused random bytes: requesting a few costs as much as requesting many. */
let pool = Buffer.alloc(0);
const POOL_BYTES = 1_024;

/** `bytes` random bytes as hexadecimal digits. */
export function randomHex(bytes: number): string {
  if (pool.length < bytes) pool = process.getBuiltinModule('node:crypto').randomBytes(POOL_BYTES);
  const hex = pool.subarray(0, bytes).toString('hex');
  pool = pool.subarray(bytes);
  return hex;
}
