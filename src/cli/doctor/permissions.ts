import { chmodSync, lstatSync } from 'node:fs';
import type { Finding, SecretFile } from './finding.ts';
import { keysText } from './finding.ts';

/** The permission bits of other users, and of the group. */
const OTHERS = 0o007;
const GROUP = 0o070;

/** Finds a file with secrets that other users may read or write. `fix` removes their permissions, where that is safe. */
export function permissions(file: SecretFile, fix: boolean): readonly Finding[] {
  if (process.platform === 'win32') return [];
  const stats = lstatSync(file.path, { throwIfNoEntry: false });
  if (!stats || (stats.mode & OTHERS) === 0 || stats.isSymbolicLink())
    return linkFindings(file, stats?.isSymbolicLink());
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
  const wanted = narrowMode(stats.mode);
  const what = `mode ${mode}, but it holds the sensitive ${keysText(file.keys)}`;
  const command = `chmod ${wanted.toString(8)} ${file.name}`;
  const isSafe = stats.isFile() && stats.uid === process.getuid?.() && stats.nlink === 1;
  if (fix && isSafe) {
    chmodSync(file.path, wanted);
    return [{ status: 'fixed', area: 'file', message: `${file.name}  ${what}: ${command}` }];
  }
  const why = fix ? ' (not done: it has another owner, or a second name)' : '';
  return [{ status: 'warn', area: 'file', message: `${file.name}  ${what}`, fix: `Fix: ${command}${why}` }];
}

/** Notes a link, as of a mounted secret: the permissions of its target count. */
function linkFindings(file: SecretFile, isLink: boolean | undefined): readonly Finding[] {
  if (!isLink) return [];
  return [{ status: 'note', area: 'file', message: `${file.name}  is a link; it holds ${keysText(file.keys)}` }];
}

/** The mode without the bits of other users, and without those of the group where both are the same, as a umask leaves them. */
function narrowMode(mode: number): number {
  const isUnmasked = (mode & GROUP) >> 3 === (mode & OTHERS);
  return mode & 0o777 & ~(isUnmasked ? GROUP | OTHERS : OTHERS);
}
