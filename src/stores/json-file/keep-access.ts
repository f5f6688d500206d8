import { fchmodSync, fchownSync, fstatSync, type Stats } from 'node:fs';
import { systemCode } from './file-errors.ts';

/** An open temporary file. */
export interface OpenFile {
  readonly path: string;
  readonly fd: number;
}

/** How a new file got its access. */
export interface KeptAccess {
  /** Neither file has an access control list or an extended attribute. */
  readonly isPlain: boolean;
  /** What could not be kept, or not be found out, in a sentence. */
  readonly warning?: string | undefined;
}

/**
 * Gives `file` the owner, mode, access control list and extended attributes of `target`, which it will replace. It never
 * opens the text to a user who could not read it before: what cannot be kept is an error. Sets the owner first, as that
 * may clear mode bits. `isPlain`: `target` is known to have neither list nor attributes, and its folder no default list.
 */
export function keepAccess(file: OpenFile, target: string, before: Stats, isPlain: boolean): KeptAccess {
  const owner = keepOwner(file.fd, before);
  const extended = isPlain || process.platform !== 'linux' ? PLAIN : keepExtended(file, target, before);
  if (extended.hasMode !== true && process.platform !== 'win32') fchmodSync(file.fd, before.mode & 0o7777);
  const warning = [owner, extended.warning].filter((one) => one !== undefined).join(' ');
  return { isPlain: extended.isPlain, warning: warning === '' ? undefined : warning };
}

/** Throws `EPERM` from `fchown` if the group can't be kept. */
function keepOwner(fd: number, before: Stats): string | undefined {
  const now = fstatSync(fd);
  if (now.uid === before.uid && now.gid === before.gid) return undefined;
  try {
    fchownSync(fd, before.uid, before.gid);
    return undefined;
  } catch (error) {
    if (systemCode(error) !== 'EPERM') throw error;
    // With another group, the group bits would give access to the wrong users.
    if (now.gid !== before.gid) fchownSync(fd, -1, before.gid);
    return `The file belonged to user ${before.uid} and now belongs to user ${now.uid}.`;
  }
}

interface Extended extends KeptAccess {
  /** Whether the file also has the mode already. */
  readonly hasMode?: true;
}

const PLAIN: Extended = { isPlain: true };

/**
 * Compares the lists and attributes of both files, and copies them if they differ. Node.js cannot read them, so the
 * system's programs do. Also a plain file may differ, from a new one in a folder with a default list.
 */
function keepExtended({ path }: OpenFile, target: string, before: Stats): Extended {
  const found = compare(target, path);
  if (found === 'plain') return PLAIN;
  if (found === 'unknown') return { isPlain: false, warning: unknownWarning(before) };
  if (found === 'equal' && (before.mode & 0o7777) === 0o600) return { isPlain: false, hasMode: true };
  run('cp', '--attributes-only', '--preserve=mode,xattr', '--', target, path);
  const left = compare(target, path);
  if (left === 'plain' || left === 'equal') return { isPlain: false, hasMode: true };
  if (left === 'label')
    return { isPlain: false, hasMode: true, warning: 'The security label of the file could not be kept.' };
  throw Object.assign(new Error('ENOTSUP: the extended access of the file cannot be copied'), LOST_ACCESS);
}

const LOST_ACCESS = { code: 'ENOTSUP', syscall: 'setxattr' } as const;

/** With a list, the group bits of the mode are its mask: without it, they would open the file to the group. */
function unknownWarning({ mode }: Stats): string | undefined {
  const isOnlyForGroup = ((mode >> 3) & ~mode & 0o7) !== 0;
  return isOnlyForGroup
    ? 'Whether the file had an access control list is unknown here, and it has none now: install `getfattr`.'
    : undefined;
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
/** Signatures of the content, which is another now. */
const SIGNATURE = /^security\.(ima|evm)=/;

/** Compares two blocks of `# file: NAME` and sorted `name=value` lines; a file without attributes has none. */
function compareAttributes(output: string): Comparison {
  const blocks = output.split('\n\n').filter((block) => block !== '');
  const [old = [], now = []] = blocks.map((block) =>
    block
      .split('\n')
      .slice(1)
      .filter((line) => !SIGNATURE.test(line)),
  );
  if (old.length === 0 && now.length === 0) return 'plain';
  const differences = [...old.filter((line) => !now.includes(line)), ...now.filter((line) => !old.includes(line))];
  if (differences.length === 0) return 'equal';
  return differences.every((line) => line.startsWith('security.')) ? 'label' : 'different';
}

/** Where the system's programs are, before any folder of the user. */
const PATH = '/usr/bin:/bin:/usr/local/bin';
/** The programs that are not there. */
const missing = new Set<string>();

/** The output of a program; `undefined` if there is none, or if it fails. */
function run(command: string, ...args: readonly string[]): string | undefined {
  // Deno asks the user at the terminal before it starts a program.
  if (missing.has(command) || 'deno' in process.versions) return undefined;
  const env = { PATH: `${PATH}:${process.env['PATH'] ?? ''}`, LC_ALL: 'C' };
  try {
    const { spawnSync } = process.getBuiltinModule('node:child_process');
    const { status, error, stdout } = spawnSync(command, args, { encoding: 'utf8', env, timeout: 10_000 });
    if (error) missing.add(command);
    return status === 0 ? stdout : undefined;
  } catch (error) {
    // The permission model of Node.js refuses it.
    if (!(error instanceof Error)) throw error;
    missing.add(command);
    return undefined;
  }
}
