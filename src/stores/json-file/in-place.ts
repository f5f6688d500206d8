import { closeSync, constants, fsyncSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import { keepCopy } from './keep-aside.ts';
import { removeIfThere } from './temporary.ts';

/**
 * Overwrites a file that cannot be replaced by a rename. A crash may leave a mix of old and new bytes, so a synced copy
 * of the old ones is kept in `NAME.before-<time>` during the write. On a failure the old bytes are written back.
 */
export function writeInPlace(target: string, bytes: Buffer, before: Buffer, name: string): void {
  const copy = keepCopy(target, name, 'before');
  const fd = openSync(target, constants.O_WRONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    overwrite(fd, bytes);
  } catch (error) {
    // This needs no new disk space. If it fails too, the copy stays.
    overwrite(fd, before);
    removeIfThere(copy);
    throw error;
  } finally {
    closeSync(fd);
  }
  removeIfThere(copy);
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
