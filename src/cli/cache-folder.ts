import { mkdirSync, statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

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
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { uid, mode } = statSync(folder);
    const isOwn = process.getuid === undefined || (uid === process.getuid() && (mode & OTHERS_CAN_WRITE) === 0);
    return isOwn ? folder : undefined;
  } catch {
    // A folder that cannot be made, as in a read-only home.
    return undefined;
  }
}
