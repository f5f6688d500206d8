import { chmodSync, lstatSync } from 'node:fs';
import type { Finding, SecretFile } from './finding.ts';
import { keysText } from './finding.ts';

/** The bits of everybody who is neither the owner nor in the group, and of the group. */
const OTHERS = 0o007;
const GROUP = 0o070;

/** A file with secrets that everybody may read or write; with `fix` it is taken from them, where that is safe. */
export function permissions(file: SecretFile, fix: boolean): readonly Finding[] {
  if (process.platform === 'win32') return [];
  const stats = lstatSync(file.path, { throwIfNoEntry: false });
  if (!stats || (stats.mode & OTHERS) === 0 || stats.isSymbolicLink()) return linked(file, stats?.isSymbolicLink());
  const mode = (stats.mode & 0o777).toString(8).padStart(4, '0');
  const wanted = narrowed(stats.mode);
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

/** A link, as of a mounted secret: the owner of its target decides who can read it. */
function linked(file: SecretFile, isLink: boolean | undefined): readonly Finding[] {
  if (!isLink) return [];
  return [{ status: 'note', area: 'file', message: `${file.name}  is a link; it holds ${keysText(file.keys)}` }];
}

/** Without the rights of others; without those of the group too where they are the same, as a umask gives them. */
function narrowed(mode: number): number {
  const isUnmasked = (mode & GROUP) >> 3 === (mode & OTHERS);
  return mode & 0o777 & ~(isUnmasked ? GROUP | OTHERS : OTHERS);
}
