import { hostname, userInfo } from 'node:os';
import type { Authorship } from '../index.ts';

/** Who writes, for stores that keep it: who was named, else the user of the system and the machine. */
export function authorship(by: string | undefined, note: string | undefined): Authorship {
  return { by: by ?? `${userName()}@${hostname()}`, ...(note !== undefined && { note }) };
}

/** A container may run as a user that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
    return String(process.getuid?.() ?? 'unknown');
  }
}
