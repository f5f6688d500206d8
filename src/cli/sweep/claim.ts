import { linkSync, lstatSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseBoundedJson } from '../../words/bounded-json.ts';
import { writeNewFile } from '../json-file-text.ts';
import { readTextIfThere } from '../text-file.ts';

/** The process that watches over the command of a run. */
export interface Supervisor {
  readonly pid: number;
  readonly host: string;
  /** When the process began, in ticks since the boot: another process may get its number. Linux only. */
  readonly since?: string;
}

/** The file of the claim. */
export const CLAIM = 'supervisor.json';

/** Claims a run for this process. Returns whether no other process had it. */
export function claimRun(folder: string): boolean {
  const { pid } = process;
  const since = beginOf(pid);
  const claim: Supervisor = { pid, host: hostname(), ...(since !== undefined && { since }) };
  const part = join(folder, `${CLAIM}.${pid}.part`);
  try {
    writeNewFile(part, `${JSON.stringify(claim)}\n`);
    // A reader finds the whole text, and of two processes one gets the name.
    linkSync(part, join(folder, CLAIM));
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(part, { force: true });
  }
}

/** Gives up the claim of a run. */
export function releaseRun(folder: string): void {
  rmSync(join(folder, CLAIM), { force: true });
}

/**
 * The supervisor of a run; `undefined` if there is none. The claim of one that was killed is removed, but not that of one
 * on another host, of which we cannot know.
 */
export function supervisorOf(folder: string): Supervisor | undefined {
  const path = join(folder, CLAIM);
  const text = readTextIfThere(path);
  // A link to nothing keeps the name from every supervisor.
  const isLink = lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  if (text === undefined && !isLink) return undefined;
  const claim = isLink ? undefined : parseClaim(text ?? '');
  if (claim && (isOnOtherHost(claim) || isAlive(claim))) return claim;
  // No other process can take the name while it is there.
  releaseRun(folder);
  return undefined;
}

/** Whether another host runs the supervisor, as in a shared folder. */
export function isOnOtherHost({ host }: Supervisor): boolean {
  return host !== hostname();
}

/** Whether a number is that of one process: signals to 0 and below reach a whole group, or every process of the user. */
export function isProcess(pid: unknown): pid is number {
  return Number.isInteger(pid) && (pid as number) > 0 && (pid as number) < 2 ** 31;
}

/** `undefined` for a text that no supervisor has written. */
function parseClaim(text: string): Supervisor | undefined {
  try {
    const claim = Object(parseBoundedJson(text)) as Supervisor;
    return isProcess(claim.pid) && typeof claim.host === 'string' ? claim : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isAlive({ pid, since }: Supervisor): boolean {
  const begin = beginOf(pid);
  try {
    process.kill(pid, 0);
  } catch (error) {
    const isOfOtherUser = (error as NodeJS.ErrnoException).code === 'EPERM';
    // The system may hide when the process of another user began.
    return isOfOtherUser && (begin === undefined || since === begin);
  }
  // Where the system tells when a process began, each claim names it.
  return since === begin;
}

/** The field 22 of `/proc/PID/stat`, a file of Linux; `undefined` for a zombie, which has ended. */
function beginOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may contain spaces.
    const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : fields[18];
  } catch {
    return undefined;
  }
}
