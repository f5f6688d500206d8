import { closeSync, existsSync, fchmodSync, linkSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileError, NO_LINKS, problem, systemCode } from './file-errors.ts';
import { destinationOf, openFile } from './read-file.ts';
import { removeIfThere, syncFolder, writeTemporary } from './replace-file.ts';

/**
 * Creates the file atomically and durably, and does not change an existing one. It needs no lock: the first process to
 * link its file wins.
 */
export function createFile(target: string, bytes: Buffer, isPrivate: boolean): void {
  makeFolder(dirname(target));
  while (!existsSync(target)) {
    const temporary = writeTemporary(target, bytes, { before: undefined, isPrivate });
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
    const code = systemCode(error) ?? '';
    if (code === 'EEXIST') return;
    if (!NO_LINKS.has(code)) throw error;
    if (!existsSync(target)) renameSync(path, target);
  }
}

/**
 * Takes the access of all others from an existing file, before a secret replaces its text: a save would keep it. Throws for a file
 * of another user, unless its folder belongs to that user too.
 */
export function closeToOthers(path: string, name: string): void {
  if (process.platform === 'win32') return;
  try {
    const { target } = destinationOf(path);
    const file = openFile(target, name);
    if (file === undefined) return;
    try {
      const { uid, mode } = file.found;
      if (uid !== process.geteuid?.() && uid !== statSync(dirname(target)).uid)
        throw problem(name, 'DENIED', 'it belongs to another user', 'Remove it, or use a folder of this user.');
      if ((mode & 0o077) !== 0) fchmodSync(file.fd, 0o600);
    } finally {
      closeSync(file.fd);
    }
  } catch (error) {
    throw fileError(error, name, 'saved');
  }
}

/** Creates the folder and its missing parents, and syncs them. Node's `recursive` reports ENOENT for EROFS. */
export function makeFolder(folder: string, hasParent = false): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return;
    // /proc and the like answer ENOENT although the parent exists.
    if (hasParent || dirname(folder) === folder) throw error;
    makeFolder(dirname(folder));
    makeFolder(folder, true);
    return;
  }
  syncFolder(dirname(folder));
}
