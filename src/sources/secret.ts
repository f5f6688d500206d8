import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

/** A secret is a text of at most this many bytes. */
const MAX_BYTES = 1024 * 1024;

/** The text of a mounted secret's file without one newline at its end, or why it can't be had: a clause with "must". */
export function readSecret(path: string, cwd: string): { readonly text: string } | { readonly problem: string } {
  const absolute = resolve(cwd, path);
  try {
    const stats = statSync(absolute);
    if (!stats.isFile())
      return { problem: `must name a file, and ${path} is ${stats.isDirectory() ? 'a folder' : 'none'}` };
    if (stats.size > MAX_BYTES) return { problem: `must name a file of at most 1 MiB, and ${path} is larger` };
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(absolute));
    return { text: text.replace(/\r?\n$/, '') };
  } catch (error) {
    if (error instanceof TypeError) return { problem: `must name a file of UTF-8 text, and ${path} is none` };
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return { problem: `must name a file, and ${path} does not exist` };
    if (code === undefined) throw error;
    return { problem: `must name a file that can be read, and ${path} cannot (${code})` };
  }
}
