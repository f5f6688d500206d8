import { statSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { makeFolders } from './make-folders.ts';

const OTHERS_CAN_WRITE = 0o022;

/**
 * The folder for what the command line keeps for its next start, made if it is absent: `~/.cache/varve`. What is read from
 * it is run as code. So there is none if another user owns it or can write to it, as under `sudo` with the user's `HOME`.
 */
export function cacheFolder({
  XDG_CACHE_HOME,
  HOME,
}: Readonly<Record<string, string | undefined>>): string | undefined {
  const caches = XDG_CACHE_HOME || (HOME && join(HOME, '.cache'));
  if (!caches || !isAbsolute(caches)) return undefined;
  const folder = join(caches, 'varve');
  try {
    if (!isOwnFolder(folder)) return undefined;
    makeFolders(folder, 0o700);
    return folder;
  } catch {
    // A folder that cannot be made, as in a home that is only read.
    return undefined;
  }
}

/** Whether only this user can write to a folder or, if it is absent, to the nearest one above it. */
export function isOwnFolder(folder: string): boolean {
  if (process.getuid === undefined) return true;
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found) return found.uid === process.getuid() && (found.mode & OTHERS_CAN_WRITE) === 0;
  return folder !== dirname(folder) && isOwnFolder(dirname(folder));
}
