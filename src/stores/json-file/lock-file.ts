import {
  type BigIntStats,
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { problem, systemCode } from './file-errors.ts';
import { type Owner, ourselves, parseOwner } from './lock-owner.ts';
import { randomHex, revisionOf } from './revision.ts';
import { removeIfThere, removeTemporary, temporaryPath } from './temporary.ts';

/** A lock file, or a claim, that this thread made and has open. */
export interface HeldLock {
  readonly path: string;
  readonly fd: number;
  /** Which file it is; given to no other file as long as it is open. */
  readonly identity: string;
  readonly owner: Owner;
}

/** What stands in a lock file now. */
export interface FoundLock {
  /** The nonce of its owner; of a file that can't be parsed: a name for exactly this file. */
  readonly id: string;
  /** Changes whenever its owner gives a sign of life. */
  readonly trace: string;
  readonly owner: Owner | undefined;
  /** That there may be an owner who can't be read. */
  readonly hidden: boolean;
}

const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const CREATE_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);
/** Everybody may read who holds a lock; `umask` still counts. */
const LOCK_MODE = 0o644;

/** What a file system without hard links answers. */
const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']);

/**
 * Tries to make `path` a lock of ours. The lock appears whole, by `link()`, so that nobody takes a half-written one for
 * a relic; what is to be linked stays ready between the tries, as the moment without an owner may be short. A lock that
 * is held stays open, which keeps its inode number from being given out again.
 */
export class Candidate {
  readonly #path: string;
  #draft: { readonly path: string; readonly fd: number } | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The lock, unless there is one. */
  publish(): HeldLock | undefined {
    const owner: Owner = { ...ourselves(), since: new Date().toISOString(), nonce: randomHex(12) };
    for (;;) {
      const draft = this.#draftOf(owner);
      const outcome = linkTo(this.#path, draft.path, draft.fd);
      if (outcome === 'taken') return undefined;
      if (outcome === 'made') {
        this.#draft = undefined;
        removeTemporary(draft.path);
        return heldAs(this.#path, draft.fd, owner);
      }
      this.close();
      if (outcome === 'no links') return publishInPlace(this.#path, owner);
    }
  }

  /** Removes what is ready, if it did not become a lock. */
  close(): void {
    if (this.#draft === undefined) return;
    closeSync(this.#draft.fd);
    removeTemporary(this.#draft.path);
    this.#draft = undefined;
  }

  /** Every record of ours has the same length, so that one is written over the other. */
  #draftOf(owner: Owner): { readonly path: string; readonly fd: number } {
    if (this.#draft === undefined) {
      const path = temporaryPath(this.#path);
      this.#draft = { path, fd: createWith(path, owner) };
    } else writeSync(this.#draft.fd, JSON.stringify(owner), 0);
    return this.#draft;
  }
}

/** Makes `path` a lock of ours, unless there is one: then `undefined`. */
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

/** `swept`: somebody who holds the lock took our temporary file for an orphan, so it takes another. */
function linkTo(path: string, temporary: string, fd: number): 'made' | 'taken' | 'swept' | 'no links' {
  try {
    linkSync(temporary, path);
    return 'made';
  } catch (error) {
    const code = systemCode(error) ?? '';
    // NFS may make the link and lose the answer.
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
    removeTemporary(path);
    throw error;
  }
}

/** More than any record of a lock has, in bytes. */
const MOST_BYTES = 4_096n;

/** What stands at `path`; `undefined` where nothing does. */
export function readLock(path: string): FoundLock | undefined {
  const stat = lstatSync(path, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  const trace = `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}`;
  if (!stat.isFile()) throw problem(path, 'UNAVAILABLE', 'it is no lock file of ours', 'Remove it, then try again.');
  // A longer file is not a record of ours, and may be too long to read.
  if (stat.size > MOST_BYTES) return { id: nameOf(trace), trace, owner: undefined, hidden: false };
  let text: string;
  try {
    const fd = openSync(path, READ_FLAGS);
    try {
      text = readFileSync(fd, 'utf8');
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'EACCES' || code === 'EPERM') return { id: nameOf(trace), trace, owner: undefined, hidden: true };
    throw error;
  }
  const owner = parseOwner(text);
  return { id: owner?.nonce ?? nameOf(trace), trace: `${owner?.nonce} ${trace}`, owner, hidden: false };
}

/** Whether a folder, a pipe, a link or the like stands at `path`. */
export function isNoFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() === false;
}

/** Whether the file at its path is still the one that we made. */
export function isStillHeld({ path, identity, owner }: HeldLock): boolean {
  // Some network file systems number their files anew; then the nonce decides.
  return isThere(path, identity) || readLock(path)?.owner?.nonce === owner.nonce;
}

/** Removes a lock or claim of ours; one that somebody broke, having reason to, stays theirs. */
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

function nameOf(trace: string): string {
  return revisionOf(trace).slice(0, 24);
}
