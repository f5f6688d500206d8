import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { problem, systemCode } from './file-errors.ts';
import { revisionOf } from './read-file.ts';
import { randomHex, removeIfThere, temporaryPath } from './replace-file.ts';

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

/** A lock file, or a claim, that this thread created and has open. */
export interface HeldLock {
  readonly path: string;
  readonly fd: number;
  /** Device and inode; no other file gets them while this one is open. */
  readonly identity: string;
  readonly owner: Owner;
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
const CREATE_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
/** All users may read who owns a lock; `umask` still applies. */
const LOCK_MODE = 0o644;

/** The error codes of a file system without hard links. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']);

/**
 * Tries to create the lock file `path`. It appears complete, through `link()`, so that no process reads a half-written
 * lock and breaks it. The file to link is kept between attempts, as the lock may be free for a short time only. A lock
 * that we hold stays open, so that the system does not reuse its inode number.
 */
export class Candidate {
  readonly #path: string;
  #draft: { readonly path: string; readonly fd: number } | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The new lock; `undefined` if another process holds it. */
  publish(): HeldLock | undefined {
    const owner: Owner = { ...ourselves(), since: new Date().toISOString(), nonce: randomHex(12) };
    for (;;) {
      const draft = this.#draftOf(owner);
      const outcome = linkTo(this.#path, draft.path, draft.fd);
      if (outcome === 'taken') return undefined;
      if (outcome === 'made') {
        this.#draft = undefined;
        removeIfThere(draft.path);
        return heldAs(this.#path, draft.fd, owner);
      }
      this.close();
      if (outcome === 'no links') return publishInPlace(this.#path, owner);
    }
  }

  /** Removes the prepared file, if it did not become the lock. */
  close(): void {
    if (this.#draft === undefined) return;
    closeSync(this.#draft.fd);
    removeIfThere(this.#draft.path);
    this.#draft = undefined;
  }

  /** All our records have the same length, so a new one overwrites the old one. */
  #draftOf(owner: Owner): { readonly path: string; readonly fd: number } {
    if (this.#draft === undefined) {
      const path = temporaryPath(this.#path);
      this.#draft = { path, fd: createWith(path, owner) };
    } else writeSync(this.#draft.fd, JSON.stringify(owner), 0);
    return this.#draft;
  }
}

/** Creates the lock file `path`; `undefined` if there is one. */
export function publish(path: string): HeldLock | undefined {
  const candidate = new Candidate(path);
  try {
    return candidate.publish();
  } finally {
    candidate.close();
  }
}

function heldAs(path: string, fd: number, owner: Owner): HeldLock {
  return { path, fd, owner, identity: identityOf(fstatSync(fd, { bigint: true })) };
}

/** `swept`: the lock's owner removed our temporary file as an orphan, so another one is needed. */
function linkTo(path: string, temporary: string, fd: number): 'made' | 'taken' | 'swept' | 'no links' {
  try {
    linkSync(temporary, path);
    return 'made';
  } catch (error) {
    const code = systemCode(error) ?? '';
    // NFS may create the link and lose the reply.
    if (code === 'EEXIST') return isThere(path, identityOf(fstatSync(fd, { bigint: true }))) ? 'made' : 'taken';
    if (code === 'ENOENT' && lstatSync(temporary, { throwIfNoEntry: false }) === undefined) return 'swept';
    if (NO_LINKS.has(code)) return 'no links';
    throw error;
  }
}

function publishInPlace(path: string, owner: Owner): HeldLock | undefined {
  try {
    return heldAs(path, createWith(path, owner), owner);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return undefined;
    throw error;
  }
}

function createWith(path: string, owner: Owner): number {
  const fd = openSync(path, CREATE_FLAGS, LOCK_MODE);
  try {
    writeFileSync(fd, JSON.stringify(owner));
    return fd;
  } catch (error) {
    closeSync(fd);
    removeIfThere(path);
    throw error;
  }
}

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

/** Whether the file at the lock's path is still ours. */
export function isStillHeld({ path, identity, owner }: HeldLock): boolean {
  // Some network file systems change inode numbers; then the nonce decides.
  return isThere(path, identity) || readLock(path)?.owner?.nonce === owner.nonce;
}

/** Closes our lock or claim, and removes its file unless another process broke the lock and owns the file now. */
export function withdraw(held: HeldLock): void {
  const ours = isStillHeld(held);
  closeSync(held.fd);
  if (ours) removeIfThere(held.path);
}

function isThere(path: string, identity: string): boolean {
  const found = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return found !== undefined && identityOf(found) === identity;
}

function identityOf({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/** This thread, as locks name it. */
export type Self = Omit<Owner, 'since' | 'nonce'>;

let self: Self | undefined;

/** This thread of this process. */
export function ourselves(): Self {
  self ??= whoWeAre();
  return self;
}

function whoWeAre(): Self {
  const base = { pid: process.pid, host: process.getBuiltinModule('node:os').hostname() };
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

/**
 * Parses https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the second field, a name, may hold any character.
 */
export function threadOf(
  stat: string,
): { readonly id: number; readonly state: string; readonly started: string } | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields[0], fields[19]];
  return state && started ? { id: Number.parseInt(stat, 10), state, started } : undefined;
}

/** The result of `read`; `undefined` for a system error. */
export function tryRead<T>(read: () => T): T | undefined {
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
  const owner: Partial<Record<keyof Owner, unknown>> | undefined = parseObject(text);
  if (owner === undefined) return undefined;
  const { pid, thread, started, boot, space, host, since, nonce } = owner;
  const isNumber = (value: unknown) => Number.isSafeInteger(value) && Number(value) > 0;
  const isProcess = (value: unknown) => isNumber(value) && Number(value) <= HIGHEST_PID;
  const isText = (value: unknown) => typeof value === 'string';
  const isMaybe = (test: (value: unknown) => boolean, value: unknown) => value === undefined || test(value);
  const whole =
    isProcess(pid) && isMaybe(isNumber, thread) && [host, since].every(isText) && /^[0-9a-f]{24}$/.test(String(nonce));
  return whole && [started, boot, space].every((value) => isMaybe(isText, value))
    ? (owner as unknown as Owner)
    : undefined;
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
