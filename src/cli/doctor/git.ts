import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import type { Finding, SecretFile } from './finding.ts';
import { keysText } from './finding.ts';

/** A file with secrets that git has, or would take with the next `git add .`; nothing where there is no git. */
export function tracked(file: SecretFile): readonly Finding[] {
  const inside = git(file, 'rev-parse', '--is-inside-work-tree');
  if (inside !== 0) return [];
  const holds = `but it holds the sensitive ${keysText(file.keys)}`;
  if (git(file, 'ls-files', '--error-unmatch', '--', file.path) === 0) {
    const fix = `Fix: git rm --cached ${file.name}, ignore it, and change the secret: the history keeps it`;
    return [{ status: 'warn', area: 'git', message: `${file.name}  git tracks it, ${holds}`, fix }];
  }
  if (git(file, 'check-ignore', '--quiet', '--', file.path) === 0) return [];
  const fix = `Fix: echo ${file.name} >> .gitignore`;
  return [{ status: 'warn', area: 'git', message: `${file.name}  git does not ignore it, ${holds}`, fix }];
}

function git({ path }: SecretFile, ...args: readonly string[]): number | null {
  return spawnSync('git', args, { cwd: dirname(path), stdio: 'ignore' }).status;
}
