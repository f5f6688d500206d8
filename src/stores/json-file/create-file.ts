import { existsSync, linkSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, syncFolder, writeTemporary } from './durable.ts';
import { systemCode } from './file-errors.ts';
import { forgetTemporary, removeTemporary } from './temporary.ts';

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
      removeTemporary(temporary.path);
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
    forgetTemporary(path);
  }
}

/** The error codes of a file system without hard links. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);
