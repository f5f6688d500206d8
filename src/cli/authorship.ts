import { hostname, userInfo } from 'node:os';
import type { Authorship } from '../index.ts';
import type { Context } from './command.ts';

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

/** Warns about a note that the store does not keep. */
export async function noteIfLost({ define, file, note: print }: Context, { note }: Authorship): Promise<void> {
  if (note === undefined) return;
  const { store } = (await define()).definition;
  if (file !== undefined || store?.history === undefined)
    print('warning: a file keeps no history: the note is not kept');
}
