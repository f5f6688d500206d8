import { unlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { systemCode } from './file-errors.ts';
import { randomHex } from './revision.ts';

/** The temporary files of this thread. */
const inUse = new Set<string>();

/**
 * Reserves a name for a temporary file beside the real path `path`; {@link removeTemporary} or {@link forgetTemporary}
 * ends its use.
 */
export function temporaryPath(path: string): string {
  const name = basename(path);
  const temporary = `${path.slice(0, -name.length)}.${name}.${process.pid}.${randomHex(6)}.tmp`;
  inUse.add(temporary);
  return temporary;
}

/** Call it when the file was renamed, or was never created. */
export function forgetTemporary(temporary: string): void {
  inUse.delete(temporary);
}

/** Removes a temporary file, if it exists. */
export function removeTemporary(temporary: string): void {
  inUse.delete(temporary);
  removeIfThere(temporary);
}

/** Removes a file, if it exists. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Whether this thread uses that temporary file. */
export function isInUse(temporary: string): boolean {
  return inUse.has(temporary);
}
