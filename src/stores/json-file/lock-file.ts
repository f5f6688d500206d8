import {
  type BigIntStats,
  closeSync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { NO_LINKS, systemCode } from './file-errors.ts';
import { isNoFile, type Owner, readLock } from './found-lock.ts';
import { CREATE_FLAGS, randomHex, removeIfThere, temporaryPath } from './replace-file.ts';

/** A lock file, or a claim, that this thread created and has open. */
export interface HeldLock {
  readonly path: string;
  readonly fd: number;
  /** Device and inode; no other file gets them while this one is open. */
  readonly identity: string;
  readonly owner: Owner;
}

/** A file that may become a lock. */
type Draft = Omit<HeldLock, 'owner'>;

/** All users may read who owns a lock; `umask` still applies. */
const LOCK_MODE = 0o644;

/**
 * Tries to create the lock file `path`. It appears complete, through `link()`, so that no process reads a half-written
 * lock and breaks it. The file to link is kept between attempts, as the lock may be free for a short time only. A lock
 * that we hold stays open, so that the system does not reuse its inode number.
 */
export class LockFileDraft {
  readonly #path: string;
  #draft: Draft | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The new lock; `undefined` if another process holds it. */
  publish(): HeldLock | undefined {
    const owner: Owner = { ...ourselves(), since: new Date().toISOString(), nonce: randomHex(12) };
    for (;;) {
      const draft = this.#draftOf(owner);
      const outcome = linkTo(this.#path, draft);
      if (outcome === 'taken') return undefined;
      if (outcome === 'made') {
        this.#draft = undefined;
        // The lock is ours with this name too; the next sweep removes it.
        tryRead(() => removeIfThere(draft.path));
        return { ...draft, path: this.#path, owner };
      }
      this.close();
      if (outcome === 'no links') return publishInPlace(this.#path, owner);
    }
  }

  /** Removes the prepared file, if it did not become the lock. */
  close(): void {
    const draft = this.#draft;
    // A file that is closed twice may be another one by then.
    this.#draft = undefined;
    if (draft === undefined) return;
    closeSync(draft.fd);
    removeIfThere(draft.path);
  }

  /** All our records have the same length, so a new one overwrites the old one. */
  #draftOf(owner: Owner): Draft {
    if (this.#draft === undefined) this.#draft = createWith(temporaryPath(this.#path), owner);
    else writeSync(this.#draft.fd, JSON.stringify(owner), 0);
    return this.#draft;
  }
}

/** Creates the lock file `path`; `undefined` if there is one. */
export function publish(path: string): HeldLock | undefined {
  const draft = new LockFileDraft(path);
  try {
    return draft.publish();
  } finally {
    draft.close();
  }
}

/** `swept`: the lock's owner removed our temporary file as an orphan, so another one is needed. */
function linkTo(path: string, { path: temporary, identity }: Draft): 'made' | 'taken' | 'swept' | 'no links' {
  try {
    linkSync(temporary, path);
    return 'made';
  } catch (error) {
    const code = systemCode(error) ?? '';
    // A network file system may create the link and lose the reply.
    if (tryRead(() => isThere(path, identity))) return 'made';
    if (code === 'EEXIST') return 'taken';
    if (lstatSync(temporary, { throwIfNoEntry: false }) === undefined) return 'swept';
    if (NO_LINKS.has(code)) return 'no links';
    throw error;
  }
}

function publishInPlace(path: string, owner: Owner): HeldLock | undefined {
  try {
    return { ...createWith(path, owner), owner };
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return undefined;
    throw error;
  }
}

function createWith(path: string, owner: Owner): Draft {
  const fd = openSync(path, CREATE_FLAGS, LOCK_MODE);
  try {
    writeFileSync(fd, JSON.stringify(owner));
    return { path, fd, identity: identityOf(fstatSync(fd, { bigint: true })) };
  } catch (error) {
    closeSync(fd);
    removeIfThere(path);
    throw error;
  }
}

/** Whether the file at the lock's path is still ours. */
export function isStillHeld({ path, identity, owner }: HeldLock): boolean {
  // Some network file systems change inode numbers; then the nonce decides.
  return isThere(path, identity) || readLock(path)?.owner?.nonce === owner.nonce;
}

/**
 * Closes our lock or claim, and removes its file unless another process broke the lock and owns the file now. Throws no
 * error of the system: what the lock was for is done.
 */
export function withdraw(held: HeldLock): void {
  let isOurs: boolean;
  try {
    try {
      isOurs = isStillHeld(held);
    } finally {
      closeSync(held.fd);
    }
    if (isOurs) removeIfThere(held.path);
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    removeLater(held);
  }
}

/** How often the removal of a lock is tried again, in milliseconds. */
const REMOVAL_MS = 1_000;

/** Removes a lock that could not be removed when it was withdrawn: no other process breaks the lock of one that runs. */
function removeLater({ path, owner }: HeldLock): void {
  const timer = setInterval(() => {
    // The file is closed: another lock may have its inode number by now.
    const isGone = tryRead(() => {
      if (!isNoFile(path) && readLock(path)?.id === owner.nonce) removeIfThere(path);
      return true;
    });
    if (isGone) clearInterval(timer);
  }, REMOVAL_MS).unref();
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

const TEMPORARY = /^\.(.+)\.\d{1,10}\.[0-9a-f]{12}\.tmp$/s;
const CLAIM = /^(.+)\.lock\.([0-9a-f]{24})\.claim$/s;

/**
 * Removes what processes that were killed left beside `target`: temporary files of it and of its lock, and claims on old
 * locks. Call it under the lock, whose nonce is `nonce`, before a temporary file is written: then no process writes one
 * to replace `target`, a process that creates it or its lock makes another one, and an old claim no longer matters.
 */
export function sweep(target: string, nonce: string): void {
  const folder = dirname(target);
  const file = basename(target);
  // A folder that cannot be listed is not swept; nothing depends on that.
  const names = tryRead(() => readdirSync(folder)) ?? [];
  // Another process is breaking our lock: it may use the claims on its claim.
  const isClaimed = names.includes(`${file}.lock.${nonce}.claim`);
  for (const name of names) {
    const isOldClaim = !isClaimed && CLAIM.exec(name)?.[1] === file;
    // What belongs to another user stays, and a folder.
    if (isOldClaim || isOrphanedTemporary(name, file) || isObservation(name, file))
      tryRead(() => removeIfThere(join(folder, name)));
  }
}

function isOrphanedTemporary(name: string, file: string): boolean {
  const of = TEMPORARY.exec(name)?.[1];
  return of !== undefined && (of === file || of === `${file}.lock` || CLAIM.exec(of)?.[1] === file);
}

/** Whether it is the observation of a lock or claim of the file: both are gone, or ours. */
function isObservation(name: string, file: string): boolean {
  const of = /(.+)\.seen$/s.exec(name)?.[1] ?? '';
  return of === `${file}.lock` || CLAIM.exec(of)?.[1] === file;
}
