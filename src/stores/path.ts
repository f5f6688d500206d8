import { isAbsolute, relative, resolve, sep } from 'node:path';

/** The absolute path of a file that is given relative to `cwd`, or by a file URL. */
export function absolutePath(file: string | URL, cwd: string): string {
  const path =
    file instanceof URL || file.startsWith('file://') ? process.getBuiltinModule('node:url').fileURLToPath(file) : file;
  return resolve(cwd, path);
}

/** A path as messages show it: relative to `cwd` where it lies below it. */
export function shownPath(path: string, cwd: string): string {
  const shown = relative(cwd, path);
  return shown === '' || shown === '..' || shown.startsWith(`..${sep}`) || isAbsolute(shown) ? path : shown;
}
