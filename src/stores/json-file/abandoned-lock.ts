import { readFileSync, renameSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { problem, systemCode } from './file-errors.ts';
import { type FoundLock, isNoFile, type Owner, parseObject, readLock, readSmallFile } from './found-lock.ts';
import { ourselves, publish, type Self, threadOf, tryRead, withdraw } from './lock-file.ts';
import { revisionOf } from './read-file.ts';
import { removeIfThere, temporaryPath } from './replace-file.ts';

/** Whether an owner still runs; `unknown` if this machine or container cannot find out. */
export type Life = 'alive' | 'dead' | 'unknown';

/** The kernel's initial pid namespace (`PROC_PID_INIT_INO`): a process in it does not run in a container. */
const FIRST_PID_NAMESPACE = 'pid:[4026531836]';

/** File systems that one kernel mounts at a time: ext, xfs, btrfs, f2fs, tmpfs, overlay, zfs, bcachefs. */
const LOCAL_FILE_SYSTEMS: ReadonlySet<number> = new Set([
  0xef53, 0x58465342, 0x9123683e, 0xf2f52010, 0x01021994, 0x794c7630, 0x2fc12fc1, 0xca451a4e,
]);

/** The claims on one lock, and on claims on it, that are looked at: each dead breaker leaves one. */
const MOST_CLAIMS = 100;

/** How long an owner of which nothing else is known must be silent, in milliseconds. */
const FOREIGN_MS = 30_000;
const UNPARSABLE_MS = 1_000;

/** The milliseconds of silence in place of the usual ones. */
export interface SilenceOptions {
  /** Milliseconds without a heartbeat after which an `unknown` owner counts as dead. */
  readonly foreignMs?: number;
  /** The same for a lock that can't be parsed: without hard links, its owner may still be writing it. */
  readonly unparsableMs?: number;
}

export interface LockWait extends SilenceOptions {
  /** The document's name in messages. */
  readonly name: string;
  /** Milliseconds until `LOCKED`. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

/** Whether the owner of the lock or claim `found` at `path` is dead, or has been silent for long. */
export function isAbandoned(found: FoundLock, path: string, waiting: SilenceOptions): boolean {
  const { foreignMs = FOREIGN_MS, unparsableMs = UNPARSABLE_MS } = waiting;
  const life = found.owner === undefined ? 'unknown' : lifeOf(found.owner, dirname(path));
  if (life !== 'unknown') return life === 'dead';
  const silent = silentFor(path, found.trace);
  return silent >= (found.owner === undefined && !found.hidden ? unparsableMs : foreignMs);
}

/** A state of a lock, and since when it has been seen, in milliseconds of each clock. */
interface Observation {
  readonly trace: string;
  readonly since: { readonly [clock: string]: number };
}

/** The observations of this process, by the path of the lock. */
const observed = new Map<string, { readonly trace: string; readonly since: number }>();

/**
 * For how many milliseconds the lock has had its trace. The first observation is kept in `LOCK.seen`, so that the next
 * process continues it: one that saves once and ends does not wait long enough by itself.
 */
function silentFor(path: string, trace: string): number {
  const now = Number(process.hrtime.bigint() / 1_000_000n);
  let seen = observed.get(path);
  if (seen?.trace !== trace) {
    seen = { trace, since: sharedSince(`${path}.seen`, trace, now) };
    observed.set(path, seen);
  }
  return now - seen.since;
}

/** Call it when the lock at `path` is broken. Another lock has another trace, and a sweep removes the file. */
function forgetObservation(path: string): void {
  if (observed.delete(path)) tryRead(() => removeIfThere(`${path}.seen`));
}

/** Since when this machine has seen the trace: by the file `path`, which is written if it does not know. */
function sharedSince(path: string, trace: string, now: number): number {
  const clock = clockName();
  const seen = readObservation(path);
  const before = seen?.trace === trace ? seen.since : {};
  const since = before[clock] ?? Number.POSITIVE_INFINITY;
  // A later time than now is one before a restart of the machine.
  if (since <= now) return since;
  writeObservation(path, { trace, since: { ...before, [clock]: now } });
  return now;
}

/** Names the monotonic clock, which starts with the machine and counts the same in all its containers. */
function clockName(): string {
  const { boot, host, space = '' } = ourselves();
  return `${boot ?? host} ${space.split(' ')[1] ?? ''}`;
}

/** The observation in the file `path`, if this user wrote it: another user must not make us break a lock. */
function readObservation(path: string): Observation | undefined {
  const file = tryRead(() => readSmallFile(path));
  if (file === undefined || (process.getuid && Number(file.stat.uid) !== process.getuid())) return undefined;
  const { trace, since } = parseObject(file.text) ?? {};
  const times = Object.entries<number>(Object(since)).filter(([, at]) => Number.isSafeInteger(at));
  return { trace: String(trace), since: Object.fromEntries(times) };
}

function writeObservation(path: string, observation: Observation): void {
  const temporary = temporaryPath(path.slice(0, -'.seen'.length));
  // Without the file, only this process knows what it has seen.
  tryRead(() => {
    try {
      writeFileSync(temporary, JSON.stringify(observation), { flag: 'wx', mode: 0o644 });
      renameSync(temporary, path);
    } catch (error) {
      removeIfThere(temporary);
      throw error;
    }
  });
}

/**
 * Removes the lock `found` at `path`; `false` if another process is already doing so.
 *
 * Two breakers must never both unlink: the slower one would unlink the lock that the faster one has acquired since. So a
 * breaker first creates a claim named after the nonce that it read, then reads the lock again, then unlinks it. A nonce
 * is used once, a dead owner does nothing, and only the owner of the claim removes the lock: so the lock that it reads
 * again is the lock that it unlinks. A late breaker, which creates the claim again after it was withdrawn, reads
 * another nonce and stops. A claim is itself a lock: the claim of a breaker that died is broken in the same way, by a
 * claim named after its nonce. An owner that was only paused may resume later: it checks `isOurs` before it renames
 * anything.
 */
export function breakLock(found: FoundLock, path: string, waiting: SilenceOptions): boolean {
  return breakAbove([found], path, path, waiting);
}

/** Breaks the last of `chain`: the lock, then the claim on it, then the claim on that. */
function breakAbove(chain: readonly FoundLock[], path: string, lockPath: string, waiting: SilenceOptions): boolean {
  const found = chain.at(-1) as FoundLock;
  const claimPath = claimPathFor(chain, lockPath);
  const claim = publish(claimPath);
  if (claim === undefined) {
    const other = readLock(claimPath);
    if (other !== undefined && isAbandoned(other, claimPath, waiting))
      breakAbove([...chain, other], claimPath, lockPath, waiting);
    return false;
  }
  try {
    if (readLock(path)?.id === found.id) removeIfThere(path);
  } finally {
    withdraw(claim);
    forgetObservation(path);
  }
  return true;
}

/**
 * The name of the claim on the last of `chain`. A claim that no breaker can have made, being no file or having a nonce of
 * the chain, is passed over: every breaker sees it and takes the same next name.
 */
function claimPathFor(chain: readonly FoundLock[], lockPath: string): string {
  let { id } = chain.at(-1) as FoundLock;
  for (let claims = chain.length; claims <= MOST_CLAIMS; claims += 1) {
    const path = `${lockPath}.${id}.claim`;
    const isPlanted = isNoFile(path) || chain.some((one) => one.id === readLock(path)?.id);
    if (!isPlanted) return path;
    id = revisionOf(id).slice(0, id.length);
  }
  const message = `more than ${MOST_CLAIMS} files claim to remove it`;
  throw problem(lockPath, 'UNAVAILABLE', message, `Remove ${lockPath}.*.claim, then try again.`);
}

/** Whether `owner`, whose lock is in `folder`, still runs, as far as `us` can find out. */
export function lifeOf(owner: Owner, folder: string, us: Self = ourselves()): Life {
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
  return thread.state === 'Z' ? 'dead' : 'alive';
}

function isLocal(folder: string): boolean {
  return LOCAL_FILE_SYSTEMS.has(tryRead(() => statfsSync(folder).type) ?? 0);
}
