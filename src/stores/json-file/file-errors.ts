import { ConfigError, type ErrorCode } from '../../errors.ts';

/** The operation that failed, as a participle for messages. */
export type FileOperation = 'read' | 'saved' | 'copied' | 'watched';

interface Refusal {
  readonly code: ErrorCode;
  readonly message: string;
  readonly suggestion: string;
}

const MOUNTED_ALONE = {
  code: 'UNAVAILABLE',
  message: 'the file is mounted by itself (as into a container), so it cannot be replaced in one step',
  suggestion: 'Mount its folder instead of the single file, or allow `inPlace`.',
} as const;

/** System errors in a user's words: https://man7.org/linux/man-pages/man3/errno.3.html */
const REFUSALS: { readonly [code: string]: Refusal } = {
  EACCES: {
    code: 'DENIED',
    message: 'permission denied',
    suggestion: 'Give this user the permission for the file and for its folder.',
  },
  EPERM: {
    code: 'DENIED',
    message: 'the system does not permit it (a foreign owner, an immutable file or a sandbox)',
    suggestion: 'Run as the owner of the file, or change its owner or attributes.',
  },
  ENOTSUP: {
    code: 'DENIED',
    message: 'a new file could not get the access control list or the extended attributes of the old one',
    suggestion: 'Install `getfattr` and GNU `cp`, remove the list or the attributes, or allow `inPlace`.',
  },
  EROFS: {
    code: 'DENIED',
    message: 'the file system is read-only',
    suggestion: 'Mount it writable, or keep the file on another one.',
  },
  EBUSY: MOUNTED_ALONE,
  EXDEV: MOUNTED_ALONE,
  ENOSPC: { code: 'UNAVAILABLE', message: 'the disk is full', suggestion: 'Free some space, then try again.' },
  EDQUOT: {
    code: 'UNAVAILABLE',
    message: 'the disk quota of this user is used up',
    suggestion: 'Free some space or raise the quota, then try again.',
  },
  EFBIG: {
    code: 'UNAVAILABLE',
    message: 'the file would be larger than this process or its file system may write',
    suggestion: 'Raise the limit (`ulimit -f`), or make the file smaller.',
  },
  EIO: {
    code: 'UNAVAILABLE',
    message: 'the disk reported an error',
    suggestion: 'Check the disk and the system log before trying again.',
  },
  EMFILE: {
    code: 'UNAVAILABLE',
    message: 'this process has too many open files or watches',
    suggestion: 'Close some, or raise the limit (`ulimit -n`).',
  },
  ENFILE: { code: 'UNAVAILABLE', message: 'the system has too many open files', suggestion: 'Close some programs.' },
  ELOOP: { code: 'UNAVAILABLE', message: 'its symbolic links form a loop', suggestion: 'Fix the links.' },
  ENOENT: { code: 'UNAVAILABLE', message: 'its folder was removed', suggestion: 'Create the folder, then try again.' },
  ENOTDIR: {
    code: 'UNAVAILABLE',
    message: 'a part of its path is a file, not a folder',
    suggestion: 'Give another path, or move that file away.',
  },
  EISDIR: { code: 'UNAVAILABLE', message: 'it is a folder', suggestion: 'Give the path of a file.' },
  ENAMETOOLONG: { code: 'UNAVAILABLE', message: 'its name is too long', suggestion: 'Give it a shorter name.' },
  ESTALE: {
    code: 'UNAVAILABLE',
    message: 'the network file system lost the file',
    suggestion: 'Mount it again, then try again.',
  },
};

/** The codes of a file system without hard links. */
export const NO_LINKS: ReadonlySet<string> = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']);

/** The code of an error of Node.js under `--permission`, which has no system call. */
const PERMISSION_MODEL = 'ERR_ACCESS_DENIED';

/** The code of a system error; `undefined` for any other error. */
export function systemCode(error: unknown): string | undefined {
  // In Jest, a system error is not an instance of the `Error` that this code sees.
  const isError = Object.prototype.toString.call(error) === '[object Error]';
  const { code, syscall, errno } = Object(error) as NodeJS.ErrnoException;
  if (!isError || typeof code !== 'string') return undefined;
  if (syscall === undefined) return code === PERMISSION_MODEL ? code : undefined;
  if (!code.startsWith('Unknown system error') || errno === undefined) return code;
  // Node has no names for some codes, such as EDQUOT and ESTALE.
  const [name] = Object.entries(process.getBuiltinModule('node:os').constants.errno).find(
    ([, number]) => number === -errno,
  ) ?? [code];
  return name;
}

/** A system error as a {@link ConfigError} with a suggestion, and that of a file beyond the engine; any other error unchanged. */
export function fileError(error: unknown, name: string, operation: FileOperation): unknown {
  if (isBeyondEngine(error))
    return problem(name, 'TOO_LARGE', 'it is larger than the engine can read', 'Make it smaller.', error);
  const system = systemCode(error);
  if (system === undefined) return error;
  const known = permissionRefusal(error, system) ?? programRefusal(error, system) ?? REFUSALS[system];
  const reason = known?.message ?? `the system reported ${system}`;
  return problem(name, known?.code ?? 'UNAVAILABLE', `could not be ${operation}: ${reason}`, known?.suggestion, error);
}

/** Whether the engine has no room for the bytes or the text of a file, as `maxBytes` may allow more. */
function isBeyondEngine(error: unknown): boolean {
  return error instanceof RangeError || (error as NodeJS.ErrnoException).code === 'ERR_STRING_TOO_LONG';
}

/** The error of the permission model of Node.js, which denies paths, and calls that a save needs altogether. */
function permissionRefusal(error: unknown, code: string): Refusal | undefined {
  if (code !== PERMISSION_MODEL) return undefined;
  const { permission, resource } = error as { readonly permission?: unknown; readonly resource?: unknown };
  const suggestion =
    permission === 'FileSystemRead'
      ? `Start the program with \`--allow-fs-read=${resource}\`.`
      : 'Start the program without `--permission`, which disables `fchmod`.';
  return { code: 'DENIED', message: 'the permission model of Node.js does not allow it', suggestion };
}

/** The error of a program that keeps the access of a file, or locks it. */
function programRefusal(error: unknown, code: string): Refusal | undefined {
  const [, program] = String((error as NodeJS.ErrnoException).syscall).split('spawnSync ');
  if (program === undefined) return undefined;
  const message = `the system could not run the program \`${program}\` to its end (${code})`;
  return { code: 'UNAVAILABLE', message, suggestion: 'Try again when the system is less busy.' };
}

/** One problem with the file `name`. */
export function problem(
  name: string,
  code: ErrorCode,
  message: string,
  suggestion?: string,
  cause?: unknown,
  location: string = name,
): ConfigError {
  const origin = { layer: 'file', name, location } as const;
  const issue = suggestion === undefined ? { code, message, origin } : { code, message, origin, suggestion };
  return new ConfigError([issue], cause === undefined ? {} : { cause });
}

/** The error of a document that is not UTF-8, with the location of the first invalid byte. */
export function notUtf8(bytes: Buffer, replaced: string, name: string): Error {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return problem(name, 'CORRUPT', 'it is UTF-16, not UTF-8', 'Save it as UTF-8.');
  const offset = firstReplaced(bytes, replaced);
  // A byte order mark takes no column. The message does not show the byte, which may belong to a secret.
  const before = bytes
    .subarray(0, offset)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  const lines = before.split(/\r\n|\n|\r/);
  const location = `${name}:${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
  const message = `it is not UTF-8: the byte at offset ${offset} (line ${lines.length}) is invalid`;
  return problem(name, 'CORRUPT', message, 'Save it as UTF-8.', undefined, location);
}

const REPLACEMENT = Buffer.from('\ufffd');

/** The offset of the first invalid byte. It was decoded as U+FFFD, but the file may also contain a valid U+FFFD. */
function firstReplaced(bytes: Buffer, replaced: string): number {
  let offset = 0;
  for (let from = 0; ; ) {
    const at = replaced.indexOf('\ufffd', from);
    offset += Buffer.byteLength(replaced.slice(from, at));
    if (!bytes.subarray(offset, offset + REPLACEMENT.length).equals(REPLACEMENT)) return offset;
    offset += REPLACEMENT.length;
    from = at + 1;
  }
}

/** The error of a lock that another process holds at `path`. */
export function lockedBy(owner: LockOwner | undefined, path: string, name: string): Error {
  const who = owner === undefined ? 'an unknown owner' : `process ${owner.pid} on ${owner.host} since ${owner.since}`;
  const suggestion = `Try again later; if that process no longer runs, remove ${path}.`;
  return problem(name, 'LOCKED', `it is locked by ${who}`, suggestion);
}

interface LockOwner {
  readonly pid: number;
  readonly host: string;
  readonly since: string;
}

/** The error of a lock that this process holds for longer than another of its writers waits. */
export function lockedByItself(name: string, timeout: number): Error {
  const message = `this process itself has locked it for more than ${timeout} ms`;
  return problem(name, 'LOCKED', message, 'Look for an `update` whose function does not return.');
}

/** The error of a lock that another process has broken. */
export function takenOver(name: string): Error {
  const message = 'nothing was written: another process took over the lock, because this one did not respond';
  return problem(name, 'LOCKED', message, 'Save again.');
}

/** The error of a save whose path leads to another file than the one that was read. */
export function movedAway(name: string): Error {
  return problem(name, 'UNAVAILABLE', 'nothing was written: its path leads to another file now', 'Save again.');
}
