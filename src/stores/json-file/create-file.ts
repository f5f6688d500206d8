import { existsSync, linkSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { systemCode } from './file-errors.ts';
import { removeIfThere, syncFolder, writeTemporary } from './replace-file.ts';

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
