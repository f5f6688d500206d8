import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RefusedError } from '../command-errors.ts';

/** How long a process gets to end after SIGTERM, how long after SIGKILL, and how often we look, in milliseconds. */
const [PATIENCE_MS, LAST_MS, LOOK_MS] = [5_000, 10_000, 20];

/**
 * Stops what still runs in the folder of a run whose sweep was killed: the processes that have it as `VARVE_RUN_FOLDER`.
 * Returns how many there were. Only Linux tells the environment of other processes; elsewhere it finds none. Throws a
 * `RefusedError` if one can't be stopped.
 */
export async function stopOrphans(folder: string): Promise<number> {
  const found = processesOf(folder);
  for (const pid of found) signalProcess(pid, 'SIGTERM');
  const start = performance.now();
  for (let alive = found; alive.length > 0; alive = processesOf(folder)) {
    const waited = performance.now() - start;
    if (waited > PATIENCE_MS) for (const pid of alive) signalProcess(pid, 'SIGKILL');
    if (waited > PATIENCE_MS + LAST_MS)
      throw new RefusedError(`process ${alive.join(', ')} of the run in ${folder} can't be stopped`);
    await pause(LOOK_MS);
  }
  return found.length;
}

function processesOf(folder: string): readonly number[] {
  if (process.platform !== 'linux') return [];
  const variable = `VARVE_RUN_FOLDER=${folder}`;
  const own = ownProcesses();
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !own.has(name))
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

/** This process and those that started it: a user may start a sweep in a shell that has the variables of a run. */
function ownProcesses(): ReadonlySet<string> {
  const own = new Set<string>();
  for (let pid = String(process.pid); pid !== '' && !own.has(pid); pid = parentOf(pid)) own.add(pid);
  return own;
}

function parentOf(pid: string): string {
  try {
    return /^PPid:\s*(\d+)$/m.exec(readFileSync(join('/proc', pid, 'status'), 'utf8'))?.[1] ?? '';
  } catch {
    return '';
  }
}

/** Sends a signal to a process that may have ended, or belong to another user. */
export function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || (error.code !== 'ESRCH' && error.code !== 'EPERM'))
      throw error;
  }
}
