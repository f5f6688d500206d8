import { unlinkSync } from 'node:fs';
import { basename } from 'node:path';
import { systemCode } from './file-errors.ts';
import { randomHex } from './revision.ts';

/** Those that this thread has in use. */
const inUse = new Set<string>();

/** A new name for a temporary file beside `path`, which is a real path; {@link removeTemporary} or {@link forgetTemporary} ends its use. */
export function temporaryPath(path: string): string {
  const name = basename(path);
  const temporary = `${path.slice(0, -name.length)}.${name}.${process.pid}.${randomHex(6)}.tmp`;
  inUse.add(temporary);
  return temporary;
}

/** Says that the file was renamed, or never made. */
export function forgetTemporary(temporary: string): void {
  inUse.delete(temporary);
}

/** Removes a temporary file, which may be gone already. */
export function removeTemporary(temporary: string): void {
  inUse.delete(temporary);
  removeIfThere(temporary);
}

/** Removes a file, which may be gone already. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Whether this thread has that temporary file in use. */
export function isInUse(temporary: string): boolean {
  return inUse.has(temporary);
}
