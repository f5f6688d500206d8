import { existsSync, lstatSync, statSync } from 'node:fs';
import { basename, delimiter, dirname, join } from 'node:path';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

const OTHERS_CAN_WRITE = 0o002;
/** In a sticky folder such as /tmp, only the owner of a file can replace it. */
const STICKY = 0o1000;

/**
 * Refuses a definition that another user may have put where it was found, as git does by `safe.directory`: a definition
 * is code. Owned by this user or by root, in a folder that not everybody can write to, it is taken. The same counts for what
 * its imports may lead to.
 */
export function requireTrusted(path: string, env: Terminal['env']): void {
  const reason = process.getuid === undefined ? undefined : distrustReason(path, env);
  if (reason === undefined || isAllowed(path, env)) return;
  throw new UsageError(
    `${path} was not run: ${reason}`,
    `If you trust it: varve --definition ${path}, or set VARVE_SAFE_DIRECTORY=${dirname(path)}`,
  );
}

function distrustReason(path: string, env: Terminal['env']): string | undefined {
  const own = new Set([0, process.getuid?.(), Number(env['SUDO_UID'] || 0)]);
  const folder = dirname(path);
  const around = ['config', 'dist'].includes(basename(folder)) ? [dirname(folder)] : [];
  for (const place of [path, folder, ...around, ...packagesFor(folder)]) {
    const { uid, mode } = statSync(place);
    const isSticky = place !== path && (mode & STICKY) !== 0;
    // Another user's link may lead to a file of this user that was not meant to be run here.
    if (!own.has(uid) || !own.has(lstatSync(place).uid)) return `${place} belongs to another user`;
    if ((mode & OTHERS_CAN_WRITE) !== 0 && !isSticky) return `every user can write to ${place}`;
  }
  return undefined;
}

/** What Node.js may look up for the imports of a module. */
function packagesFor(folder: string): readonly string[] {
  const found = ['package.json', 'node_modules'].map((name) => join(folder, name)).filter(existsSync);
  return folder === dirname(folder) ? found : [...found, ...packagesFor(dirname(folder))];
}

/** `VARVE_SAFE_DIRECTORY` lists folders as `PATH` does; `*` allows every folder. */
function isAllowed(path: string, env: Terminal['env']): boolean {
  const allowed = (env['VARVE_SAFE_DIRECTORY'] ?? '').split(delimiter);
  return allowed.includes('*') || allowed.includes(dirname(path)) || allowed.includes(dirname(dirname(path)));
}
