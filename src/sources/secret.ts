import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { shownPath } from '../stores/path.ts';

/** A secret is a text of at most this many bytes. */
const MAX_BYTES = 1024 * 1024;

/** A secret's text and the place it was read from; or why it can't be had: a clause with "must". */
export type Secret = { readonly text: string; readonly location: string } | { readonly problem: string };

/** Reads a mounted secret: the text of its file without one newline at the end. */
export function readSecret(path: string, cwd: string): Secret {
  const absolute = resolve(cwd, path);
  try {
    const stats = statSync(absolute);
    if (stats.isDirectory()) return { problem: `must name a file, and ${path} is a folder` };
    if (!stats.isFile()) return { problem: `must name a regular file, and ${path} is none` };
    if (stats.size > MAX_BYTES) return { problem: `must name a file of at most 1 MiB, and ${path} is larger` };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(absolute));
    return { text: text.replace(/\r?\n$/, ''), location: shownPath(absolute, cwd) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
      return { problem: `must name a file of UTF-8 text, and ${path} is none` };
    if (code === 'ENOENT') return { problem: `must name a file, and ${path} does not exist` };
    if (code === undefined) throw error;
    return { problem: `must name a file that can be read, and ${path} cannot (${code})` };
  }
}
