import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { notAPath } from './not-a-path.ts';

/**
 * The absolute path of a file that is given relative to `cwd` (the working directory where that is empty), or by a file URL.
 * Throws `INVALID_DEFINITION` for anything else.
 */
export function absolutePath(file: string | URL, cwd: string): string {
  if (typeof file === 'string' && !file.startsWith('file://')) return resolve(cwd, file);
  try {
    return process.getBuiltinModule('node:url').fileURLToPath(file);
  } catch {
    throw notAPath(file);
  }
}

/** A path as messages show it: relative to `cwd` where it lies below it. */
export function shownPath(path: string, cwd: string): string {
  const shown = relative(cwd, path);
  return shown === '' || shown === '..' || shown.startsWith(`..${sep}`) || isAbsolute(shown) ? path : shown;
}

/** Where the user's own configurations are: `$XDG_CONFIG_HOME` (an absolute path, by its specification), or `~/.config`. */
export function userConfigFolder(env: Readonly<Record<string, string | undefined>>): string {
  const { XDG_CONFIG_HOME: xdg, APPDATA: roaming, HOME: home } = env;
  if (xdg && isAbsolute(xdg)) return xdg;
  if (process.platform === 'win32' && roaming) return roaming;
  return join(home || process.getBuiltinModule('node:os').homedir(), '.config');
}
