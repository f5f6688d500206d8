import { statSync, writeFileSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { readTextFile } from '../sources/text-file.ts';
import { isOwnFolder } from './cache-folder.ts';
import { makeFolders } from './make-folders.ts';
import type { Terminal } from './terminal.ts';

/** How many definitions are remembered, the latest last. */
const MOST_KNOWN = 200;

/** Whether a command has run this definition, in its present state. Completion runs no other. */
export function isKnownDefinition(path: string, env: Terminal['env']): boolean {
  return readKnown(stateFile(env)).includes(stateOf(path));
}

/** Remembers that a command has run a definition. Where the state cannot be written, completion offers no settings. */
export function rememberDefinition(path: string, env: Terminal['env']): void {
  const file = stateFile(env);
  if (file === undefined) return;
  const state = stateOf(path);
  const known = readKnown(file);
  if (known.includes(state)) return;
  const others = known.filter((line) => line.slice(line.indexOf(' ', line.indexOf(' ') + 1) + 1) !== path);
  try {
    makeFolders(dirname(file), 0o700);
    writeFileSync(file, `${[...others, state].slice(-MOST_KNOWN).join('\n')}\n`, { mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error) || !('syscall' in error)) throw error;
  }
}

/** `1764241200000.5 1234 /app/varve.config.ts`: the time of the last change, the size and the path. */
function stateOf(path: string): string {
  const { mtimeMs, size } = statSync(path);
  return `${mtimeMs} ${size} ${path}`;
}

/**
 * `undefined` without a home, if the folder depends on where a command is called, and if another user owns it or can write to it, as
 * under `sudo` with the user's `HOME`: completion runs what the file names.
 */
function stateFile(env: Terminal['env']): string | undefined {
  const home = env['HOME'];
  const states = env['XDG_STATE_HOME'] || (home && join(home, '.local/state'));
  if (!states || !isAbsolute(states)) return undefined;
  const folder = join(states, 'varve');
  try {
    return isOwnFolder(folder) ? join(folder, 'definitions') : undefined;
  } catch {
    // A folder that this user cannot enter.
    return undefined;
  }
}

function readKnown(file: string | undefined): readonly string[] {
  const state = file === undefined ? undefined : readTextFile(file);
  return state && 'text' in state ? state.text.split('\n').slice(0, -1) : [];
}
