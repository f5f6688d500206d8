import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  renameSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename } from 'node:path';
import { systemCode } from './file-errors.ts';

/** Flags that create a file, and open no other. */
export const CREATE_FLAGS: number =
  constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | (constants.O_NOFOLLOW ?? 0);

/** A synced file under a temporary name. */
export interface Temporary {
  readonly path: string;
  readonly access: KeptAccess;
}

/** The access that a new file gets. */
export interface AccessOptions {
  /** The file that is replaced. */
  readonly before: Stats | undefined;
  /** The file is known to have no access control list or extended attribute, and its folder no default list. */
  readonly isPlain?: boolean;
  /** Create a new file with mode 0600; otherwise the umask decides. */
  readonly isPrivate: boolean;
}

/** Writes and syncs a temporary file beside `target`, with the old file's access. Removes it on any failure. */
export function writeTemporary(
  target: string,
  bytes: Buffer,
  { before, isPrivate, isPlain }: AccessOptions,
): Temporary {
  const path = temporaryPath(target);
  let fd: number | undefined;
  try {
    fd = openSync(path, CREATE_FLAGS, before || isPrivate ? 0o600 : 0o666);
    // Not `writeSync`: it returns a short count on a full disk.
    writeFileSync(fd, bytes);
    const access = before ? keepAccess({ path, fd }, target, before, isPlain) : NOT_PLAIN;
    // Never retried: after a failed fsync, the kernel may have dropped the pages and marked them clean.
    fsyncSync(fd);
    const open = fd;
    fd = undefined;
    closeSync(open);
    return { path, access };
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    removeIfThere(path);
    throw error;
  }
}

/** Options of {@link moveInto}. */
export interface RenameOptions {
  /** Called before every attempt; throws to cancel the rename. */
  readonly check: () => void;
  readonly platform?: NodeJS.Platform;
  /** How long to retry on Windows, in milliseconds. */
  readonly retryMs?: number;
}

/** The error codes of Windows while a virus scanner or a reader has the file open. */
const IN_USE: ReadonlySet<string> = new Set(['EPERM', 'EACCES', 'EBUSY']);

/** Renames the temporary file to `target`. On failure, removes it and throws. */
export async function moveInto(
  target: string,
  { path }: Pick<Temporary, 'path'>,
  { check, platform = process.platform, retryMs = 2_000 }: RenameOptions,
): Promise<void> {
  const end = performance.now() + retryMs;
  try {
    for (let wait = 10; ; wait *= 2) {
      check();
      try {
        renameSync(path, target);
        return;
      } catch (error) {
        const left = end - performance.now();
        if (platform !== 'win32' || left <= 0 || !IN_USE.has(systemCode(error) ?? '')) throw error;
        await process.getBuiltinModule('node:timers/promises').setTimeout(Math.min(wait, left));
      }
    }
  } catch (error) {
    removeIfThere(path);
    throw error;
  }
}

/** What to call after a write of this process, and the path of the written file. */
const listeners = new Set<{ readonly path: string; readonly listener: () => void }>();

/** Calls `listener` after this process wrote the file `path`. Returns a function that ends this. */
export function onWrite(path: string, listener: () => void): () => void {
  const one = { path, listener };
  listeners.add(one);
  return () => void listeners.delete(one);
}

/** Call it as soon as the file has the new text. */
export function announceWrite(path: string): void {
  for (const one of listeners) if (one.path === path) one.listener();
}

/** Syncs the directory entries of `folder`. Returns a warning if that fails. */
export function syncFolder(folder: string): string | undefined {
  // Windows cannot open a folder; NTFS writes directory entries in order.
  if (process.platform === 'win32') return undefined;
  try {
    const fd = openSync(folder, constants.O_RDONLY | constants.O_DIRECTORY);
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    return undefined;
  } catch (error) {
    const code = systemCode(error);
    if (code === undefined) throw error;
    return `The file is saved, but a power cut may undo that: syncing its folder failed (${code}).`;
  }
}

/** The name of a new temporary file beside the real path `path`. */
export function temporaryPath(path: string): string {
  const name = basename(path);
  return `${path.slice(0, -name.length)}.${name}.${process.pid}.${randomHex(6)}.tmp`;
}

/** Removes a file, if it exists. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

/** Random digits that are not used yet: requesting a few costs as much as requesting many. */
let pool = '';
const POOL_BYTES = 1_024;

/** `bytes` random bytes as hexadecimal digits. */
export function randomHex(bytes: number): string {
  const digits = 2 * bytes;
  if (pool.length < digits) pool = process.getBuiltinModule('node:crypto').randomBytes(POOL_BYTES).toString('hex');
  const hex = pool.slice(0, digits);
  pool = pool.slice(digits);
  return hex;
}

export interface OpenFile {
  readonly path: string;
  readonly fd: number;
}

/** How a new file got its access. */
export interface KeptAccess {
  /** Neither file has an access control list or an extended attribute. */
  readonly isPlain: boolean;
  /** The ctime of the old file when its access was copied; another one may be that of another access. */
  readonly keptAt?: number | undefined;
  /** What could not be kept, or not be found out, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Gives `file` the owner, mode, access control list and extended attributes of `target`, which it will replace. It never
 * opens the text to a user who could not read it before: what cannot be kept is an error. Sets the owner first, as that
 * may clear mode bits. `isPlain`: `target` is known to have neither list nor attributes, and its folder no default list.
 */
export function keepAccess(file: OpenFile, target: string, before: Stats, isPlain?: boolean): KeptAccess {
  const warnings = keepOwner(file.fd, before);
  const keptAt = isPlain ? before.ctimeMs : statSync(target, { throwIfNoEntry: false })?.ctimeMs;
  const extended = isPlain || process.platform !== 'linux' ? PLAIN : keepExtended(file, target, before);
  if (process.platform !== 'win32') fchmodSync(file.fd, before.mode & 0o7777);
  return { isPlain: extended.isPlain, keptAt, warnings: [...warnings, ...extended.warnings] };
}

/** Throws `EPERM` from `fchown` if the group can't be kept. */
function keepOwner(fd: number, before: Stats): readonly string[] {
  const now = fstatSync(fd);
  if (now.uid === before.uid && now.gid === before.gid) return [];
  try {
    fchownSync(fd, before.uid, before.gid);
    return [];
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw error;
    // With another group, the group bits would give access to the wrong users.
    if (now.gid !== before.gid) fchownSync(fd, -1, before.gid);
    return [`The file belonged to user ${before.uid} and now belongs to user ${now.uid}.`];
  }
}

const PLAIN: KeptAccess = { isPlain: true, warnings: [] };
const NOT_PLAIN: KeptAccess = { isPlain: false, warnings: [] };

/**
 * Compares the lists and attributes of both files, and copies them if they differ. Node.js cannot read them, so the
 * system's programs do. Also a plain file may differ, from a new one in a folder with a default list.
 */
function keepExtended({ path }: OpenFile, target: string, before: Stats): KeptAccess {
  const found = compare(target, path);
  if (found === 'plain') return PLAIN;
  if (found === 'unknown') return { isPlain: false, warnings: unknownWarnings(before) };
  if (found === 'equal') return NOT_PLAIN;
  run('cp', '--attributes-only', '--preserve=mode,xattr', '--', target, path);
  const left = compare(target, path);
  if (left === 'plain' || left === 'equal') return NOT_PLAIN;
  if (left === 'label') return { isPlain: false, warnings: ['The security label of the file could not be kept.'] };
  throw Object.assign(new Error('ENOTSUP: the extended access of the file cannot be copied'), LOST_ACCESS);
}

const LOST_ACCESS = { code: 'ENOTSUP', syscall: 'setxattr' } as const;

/** With a list, the group bits of the mode are its mask: without it, they would open the file to the group. */
function unknownWarnings({ mode }: Stats): readonly string[] {
  const isOnlyForGroup = ((mode >> 3) & ~mode & 0o7) !== 0;
  return isOnlyForGroup
    ? ['Whether the file had an access control list is unknown here, and it has none now: install `getfattr`.']
    : [];
}

/** `label`: they differ in a security label only. */
type Comparison = 'plain' | 'equal' | 'label' | 'different' | 'unknown';

function compare(target: string, path: string): Comparison {
  const attributes = run('getfattr', '--absolute-names', '-d', '-e', 'hex', '-m', ATTRIBUTES, '--', target, path);
  if (attributes !== undefined) return compareAttributes(attributes);
  // `--author` is refused by programs that do not mark an access control list.
  const modes = run('ls', '-ld', '--author', '--', target, path)?.split('\n');
  if (modes === undefined) return 'unknown';
  const [old, now] = modes.map((line) => line[10] === '+');
  return old === now ? (old ? 'equal' : 'plain') : 'different';
}

/** The attributes that are part of the access, and those of users: not what file systems make of the mode. */
const ATTRIBUTES = '^(user|security|trusted)\\.|^system\\.posix_acl_access$';
/** Signatures of the content, which a save changes. */
const SIGNATURE = /^security\.(ima|evm)=/;

/** Compares two blocks of `# file: NAME` and sorted `name=value` lines; a file without attributes has none. */
function compareAttributes(output: string): Comparison {
  const [old = [], now = []] = output.split('\n\n').map((block) =>
    block
      .split('\n')
      .slice(1)
      .filter((line) => !SIGNATURE.test(line)),
  );
  const isLabel = (line: string): boolean => line.startsWith('security.');
  const differences = [...old.filter((line) => !now.includes(line)), ...now.filter((line) => !old.includes(line))];
  // On a system with SELinux, every file has a label; a new file gets that of its folder.
  if (differences.length === 0) return old.every(isLabel) ? 'plain' : 'equal';
  return differences.every(isLabel) ? 'label' : 'different';
}

/** Where the system's programs are, before any folder of the user. */
const PATH = '/usr/bin:/bin:/usr/local/bin';
/** The programs, each with the path, that are not there or that this process may not start. */
const missing = new Set<string>();
/** The error codes of a program that cannot be started later either. The last is of the permission model of Node.js. */
const NO_PROGRAM: ReadonlySet<unknown> = new Set(['ENOENT', 'EACCES', 'EPERM', 'ERR_ACCESS_DENIED']);

/** The output of a program; `undefined` if there is none, or if it fails. */
function run(command: string, ...args: readonly string[]): string | undefined {
  const ended = runProgram(command, args);
  return ended?.status === 0 ? ended.stdout : undefined;
}

/**
 * Runs a program of the system; `undefined` if there is none. It gets the open file `fd` as its file 3. Throws a system
 * error if the program could not be started this time, or took too long.
 */
export function runProgram(
  command: string,
  args: readonly string[],
  fd?: number,
): { readonly status: number | null; readonly stdout: string } | undefined {
  // Deno asks the user at the terminal before it starts a program.
  const env = { PATH: `${PATH}:${process.env['PATH'] ?? ''}`, LC_ALL: 'C' };
  const place = `${command} ${env.PATH}`;
  if (missing.has(place) || 'deno' in process.versions) return undefined;
  const stdio = ['ignore', 'pipe', 'ignore', fd ?? 'ignore'] as const;
  try {
    const { spawnSync } = process.getBuiltinModule('node:child_process');
    const ended = spawnSync(command, args, { encoding: 'utf8', env, stdio: [...stdio], timeout: 10_000 });
    if (ended.error === undefined) return ended;
    throw ended.error;
  } catch (error) {
    if (!NO_PROGRAM.has((error as NodeJS.ErrnoException).code)) throw error;
  }
  missing.add(place);
  return undefined;
}
