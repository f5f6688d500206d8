import { existsSync, linkSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder, syncFolder, writeTemporary } from './durable.ts';
import { systemCode } from './file-errors.ts';
import { forgetTemporary, removeTemporary } from './temporary.ts';

/**
 * Writes a file where there is none, whole and durably; whoever makes it first, wins, so that this needs no lock. A
 * file that is there stays as it is.
 */
export function createFile(target: string, bytes: Buffer, isPrivate: boolean): void {
  makeFolder(dirname(target));
  while (!existsSync(target)) {
    const temporary = writeTemporary(target, bytes, { before: undefined, isPrivate });
    try {
      publish(temporary.path, target);
    } catch (error) {
      // Without the lock, a writer may sweep the temporary file away.
      if (systemCode(error) !== 'ENOENT' || existsSync(temporary.path)) throw error;
    } finally {
      removeTemporary(temporary.path);
    }
  }
  syncFolder(dirname(target));
}

/** A link never replaces a file; where there are no links, the moment between looking and renaming has to do. */
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

/** What file systems without hard links answer. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);
