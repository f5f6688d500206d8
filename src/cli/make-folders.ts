import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes a folder and those above it. Where a system makes none, as in `/proc`, `recursive` of Node.js tries for ever. */
export function makeFolders(folder: string, mode = 0o777): void {
  if (existsSync(folder)) return;
  if (folder !== dirname(folder)) makeFolders(dirname(folder), mode);
  try {
    mkdirSync(folder, mode);
  } catch (error) {
    // Another process may have made it.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !existsSync(folder)) throw error;
  }
}
