import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCode } from './file-errors.ts';
import { isNoFile, readLock } from './lock-file.ts';
import { lifeOf } from './lock-owner.ts';
import { isInUse, removeIfThere } from './temporary.ts';

const TEMPORARY = /^\.(.+)\.(\d{1,10})\.[0-9a-f]{12}\.tmp$/s;
const CLAIM = /^(.+)\.lock\.[0-9a-f]{24}\.claim$/s;

/**
 * Removes what dead processes left beside `target`: temporary files of it and of its lock, and claims on old locks.
 * Call it under the lock: then no other process writes a temporary file of `target`, a process that is publishing a
 * lock creates another one, and only a claim on our own lock still matters.
 */
export function sweep(target: string): void {
  const folder = dirname(target);
  const file = basename(target);
  try {
    for (const name of readdirSync(folder)) {
      const isOrphan = name.endsWith('.tmp') ? isOrphanedTemporary : isOrphanedClaim;
      if (isOrphan(name, file, folder)) removeIfThere(join(folder, name));
    }
  } catch (error) {
    // A folder that cannot be listed is not swept; nothing depends on that.
    if (systemCode(error) === undefined) throw error;
  }
}

function isOrphanedTemporary(name: string, file: string, folder: string): boolean {
  const [, of, pid] = TEMPORARY.exec(name) ?? [];
  if (of !== file && of !== `${file}.lock` && CLAIM.exec(of ?? '')?.[1] !== file) return false;
  return !isInUse(join(folder, name)) && !isOtherProcess(Number(pid));
}

function isOrphanedClaim(name: string, file: string, folder: string): boolean {
  if (!name.endsWith('.claim') || CLAIM.exec(name)?.[1] !== file || isNoFile(join(folder, name))) return false;
  const claim = readLock(join(folder, name));
  if (claim === undefined || claim.hidden) return false;
  return claim.owner === undefined || lifeOf(claim.owner, folder) === 'dead';
}

function isOtherProcess(pid: number): boolean {
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) !== 'ESRCH';
  }
}
