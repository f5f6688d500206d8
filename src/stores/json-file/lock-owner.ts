import { readFileSync, readlinkSync, statfsSync } from 'node:fs';
import { builtin } from '../builtin.ts';
import { systemCode } from './file-errors.ts';

/** The owner recorded in a lock file. */
export interface Owner {
  readonly pid: number;
  /** The system's thread id: a worker may have ended while its process runs. */
  readonly thread?: number;
  /** When the thread started, in clock ticks since boot. It differs if the system reused the process id. */
  readonly started?: string;
  /** The id of the boot. */
  readonly boot?: string;
  /** The pid and time namespaces that `pid` and `started` refer to. */
  readonly space?: string;
  readonly host: string;
  /** When the lock was taken (RFC 3339). */
  readonly since: string;
  /** Names this one acquisition. */
  readonly nonce: string;
}

/** Whether an owner still runs; `unknown` if this machine or container cannot find out. */
export type Life = 'alive' | 'dead' | 'unknown';

/** The kernel's initial pid namespace (`PROC_PID_INIT_INO`): a process in it does not run in a container. */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';

/** File systems that one kernel mounts at a time: ext, xfs, btrfs, f2fs, tmpfs, overlay, zfs, bcachefs. */
const LOCAL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xca451a4e,
]);

type Self = Omit<Owner, 'since' | 'nonce'>;

let self: Self | undefined;

/** This thread of this process. */
export function ourselves(): Self {
  self ??= whoWeAre();
  return self;
}

function whoWeAre(): Self {
  const base = { pid: process.pid, host: builtin('node:os').hostname() };
  // A /proc of another pid namespace lists other processes.
  if (tryRead(() => readlinkSync('/proc/self')) !== String(process.pid)) return base;
  const thread = tryRead(() => threadOf(readFileSync('/proc/thread-self/stat', 'utf8')));
  const boot = tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const pidSpace = tryRead(() => readlinkSync('/proc/self/ns/pid'));
  const timeSpace = tryRead(() => readlinkSync('/proc/self/ns/time')) ?? '';
  return {
    ...base,
    ...(thread && { thread: thread.id, started: thread.started }),
    ...(boot && { boot }),
    ...(pidSpace && { space: `${pidSpace} ${timeSpace}`.trim() }),
  };
}

/** Whether `owner`, whose lock is in `folder`, still runs. */
export function lifeOf(owner: Owner, folder: string): Life {
  const us = ourselves();
  if (us.boot === undefined || us.space === undefined) {
    const here = owner.boot === us.boot && owner.space === us.space && owner.host === us.host;
    return here ? lifeOfProcess(owner, us) : 'unknown';
  }
  if (owner.boot === us.boot) return owner.space === us.space ? lifeOfProcess(owner, us) : 'unknown';
  // A container may have its own boot id, and a network file system serves many machines: neither proves a reboot.
  const noContainer = us.space.startsWith(FIRST_PID_NAMESPACE) && owner.space?.startsWith(FIRST_PID_NAMESPACE);
  return owner.boot !== undefined && noContainer && isLocal(folder) ? 'dead' : 'unknown';
}

function lifeOfProcess(owner: Owner, us: Self): Life {
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if (systemCode(error) === 'ESRCH') return 'dead';
    if (systemCode(error) !== 'EPERM') throw error;
  }
  if (us.started === undefined || owner.started === undefined) return 'alive';
  const folder = `/proc/${owner.pid}`;
  // /proc may hide the processes of other users (hidepid); then the signal is the only evidence.
  if (tryRead(() => readFileSync(`${folder}/stat`, 'utf8')) === undefined) return 'alive';
  const thread = tryRead(() => threadOf(readFileSync(`${folder}/task/${owner.thread ?? owner.pid}/stat`, 'utf8')));
  if (thread === undefined || thread.started !== owner.started) return 'dead';
  return thread.state === 'Z' || thread.state === 'X' ? 'dead' : 'alive';
}

/**
 * Parses https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the second field, a name, may hold any character.
 */
function threadOf(stat: string): { readonly id: number; readonly state: string; readonly started: string } | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields[0], fields[19]];
  return state && started ? { id: Number.parseInt(stat, 10), state, started } : undefined;
}

function isLocal(folder: string): boolean {
  return LOCAL_FILE_SYSTEMS.has(tryRead(() => statfsSync(folder).type) ?? 0);
}

/** The result of `read`; `undefined` for a system error. */
function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/** The highest process id that `process.kill` accepts. */
const HIGHEST_PID = 2 ** 31 - 1;

/** Parses the text of a lock file; `undefined` if it is not a complete record. */
export function parseOwner(text: string): Owner | undefined {
  let owner: Partial<Record<keyof Owner, unknown>> | null;
  try {
    owner = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
  if (typeof owner !== 'object' || owner === null) return undefined;
  const { pid, thread, started, boot, space, host, since, nonce } = owner;
  const isNumber = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0;
  const isProcess = (value: unknown) => isNumber(value) && Number(value) <= HIGHEST_PID;
  const isText = (value: unknown) => typeof value === 'string';
  const isMaybe = (test: (value: unknown) => boolean, value: unknown) => value === undefined || test(value);
  const whole =
    isProcess(pid) && isMaybe(isNumber, thread) && [host, since].every(isText) && /^[0-9a-f]{24}$/.test(String(nonce));
  return whole && [started, boot, space].every((value) => isMaybe(isText, value)) ? (owner as Owner) : undefined;
}
