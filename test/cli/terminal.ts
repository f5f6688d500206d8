import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { expect, type TestContext } from 'vitest';
import { skipLoudly } from '../faults/harness/skip.ts';
import type { Folder } from '../folder.ts';

/** What a program in a terminal of its own is given. */
export interface Typing {
  /** The texts that are typed, each when the program waits for input. */
  readonly typed: readonly string[];
  /** Where it runs; its home, too. */
  readonly at: Folder;
  readonly env?: Readonly<Record<string, string>>;
}

/** What a program showed in its terminal, without colours and movements, and how it ended. */
export function inTerminal(
  command: readonly string[],
  { typed, at, env = {} }: Typing,
): { text: string; code: number } {
  const script = join(import.meta.dirname, 'terminal.py');
  const given = { PATH: process.env['PATH'], HOME: at.path, ZDOTDIR: at.path, TERM: 'xterm', LANG: 'C.UTF-8', ...env };
  const input = JSON.stringify({ command, typed });
  const options = { cwd: at.path, env: given, input, encoding: 'utf8', timeout: 60_000 } as const;
  const { stdout, stderr } = spawnSync('python3', [script], options);
  expect(stderr).toBe('');
  const [, text = '', code = ''] = /^(.*)\nexit (-?\d+)\n$/s.exec(stdout) ?? [];
  return { text: stripVTControlCharacters(text), code: Number(code) };
}

let hasPython: boolean | undefined;

/** Terminals are made by Python, which has them in its library. */
export function needTerminal(context: TestContext): void {
  hasPython ??= spawnSync('python3', ['-c', 'import pty']).status === 0;
  if (!hasPython) skipLoudly(context, 'python3 is not installed');
}
