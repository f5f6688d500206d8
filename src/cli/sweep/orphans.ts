import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** How long a process gets to end after SIGTERM, and how often we look, in milliseconds. */
const [PATIENCE_MS, LOOK_MS] = [5_000, 20];

/**
 * Stops what still runs in the folder of a run whose sweep was killed: the processes that have it as `VARVE_RUN_FOLDER`.
 * Returns how many there were. Only Linux tells the environment of other processes; elsewhere it finds none.
 */
export async function stopOrphans(folder: string): Promise<number> {
  const found = processesOf(folder);
  for (const pid of found) signal(pid, 'SIGTERM');
  const start = performance.now();
  for (let alive = found; alive.length > 0; alive = processesOf(folder)) {
    if (performance.now() - start > PATIENCE_MS) for (const pid of alive) signal(pid, 'SIGKILL');
    await pause(LOOK_MS);
  }
  return found.length;
}

function processesOf(folder: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  const variable = `VARVE_RUN_FOLDER=${folder}`;
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((name) => environmentOf(name).includes(variable))
    .map(Number);
}

/** The environment of a process; none if it has ended, is a zombie, or belongs to another user. */
function environmentOf(pid: string): readonly string[] {
  try {
    return readFileSync(join('/proc', pid, 'environ'), 'utf8').split('\0');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return [];
    throw error;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || error.code !== 'ESRCH') throw error;
  }
}
