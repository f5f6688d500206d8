import { type BigIntStats, closeSync, constants, fstatSync, lstatSync, openSync, readSync } from 'node:fs';
import { problem, systemCode } from './file-errors.ts';
import { revisionOf } from './read-file.ts';

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
  /** When the lock was acquired (RFC 3339). */
  readonly since: string;
  /** Names this one acquisition. */
  readonly nonce: string;
}

/** A lock file as it was read. */
export interface FoundLock {
  /** The owner's nonce; for a file that can't be parsed, a hash of `trace`. */
  readonly id: string;
  /** Changes with every heartbeat of the owner. */
  readonly trace: string;
  readonly owner: Owner | undefined;
  /** This process may not read the file, so that its owner is unknown. */
  readonly hidden: boolean;
}

const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** The longest lock file that is read, in bytes; our records are shorter. */
const MOST_BYTES = 4_096;

/** The first 4 KiB of a regular file; `undefined` if there is none, or something else. */
export function readSmallFile(path: string): { readonly text: string; readonly stat: BigIntStats } | undefined {
  let fd: number;
  try {
    fd = openSync(path, READ_FLAGS);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const stat = fstatSync(fd, { bigint: true });
    if (!stat.isFile()) return undefined;
    const bytes = Buffer.alloc(MOST_BYTES);
    return { text: bytes.toString('utf8', 0, readSync(fd, bytes)), stat };
  } finally {
    closeSync(fd);
  }
}

/** The lock file at `path`; `undefined` if there is none. */
export function readLock(path: string): FoundLock | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (!stat.isFile()) throw problem(path, 'UNAVAILABLE', 'it is not a lock file', 'Remove it, then try again.');
  try {
    const file = readSmallFile(path);
    return file && foundAs(file.stat, parseOwner(file.text), false);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'EACCES' || code === 'EPERM') return foundAs(stat, undefined, true);
    throw error;
  }
}

/** Without the device, whose number differs between machines and containers. */
function foundAs({ ino, size, mtimeNs }: BigIntStats, owner: Owner | undefined, hidden: boolean): FoundLock {
  const trace = `${owner?.nonce} ${ino}:${size}:${mtimeNs}`;
  return { id: owner?.nonce ?? revisionOf(trace).slice(0, 24), trace, owner, hidden };
}

/** Whether there is a folder, a pipe, a link or the like at `path`. */
export function isNoFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === false;
}

/** The highest process id that `process.kill` accepts. */
const HIGHEST_PID = 2 ** 31 - 1;

/** Parses the text of a lock file; `undefined` if it is not a complete record. */
export function parseOwner(text: string): Owner | undefined {
  const owner: { readonly [name in keyof Owner]?: unknown } | undefined = parseObject(text);
  return owner && isOwner(owner) ? owner : undefined;
}

function isOwner(owner: { readonly [name in keyof Owner]?: unknown }): owner is Owner {
  const { pid, thread, started, boot, space, host, since, nonce } = owner;
  const isNumber = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0;
  const isProcess = (value: unknown) => isNumber(value) && Number(value) <= HIGHEST_PID;
  const isText = (value: unknown) => typeof value === 'string';
  const isMaybe = (test: (value: unknown) => boolean, value: unknown) => value === undefined || test(value);
  const whole =
    isProcess(pid) && isMaybe(isNumber, thread) && [host, since].every(isText) && /^[0-9a-f]{24}$/.test(String(nonce));
  return whole && [started, boot, space].every((value) => isMaybe(isText, value));
}

/** Parses the text of an object; `undefined` for any other text. */
export function parseObject(text: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
