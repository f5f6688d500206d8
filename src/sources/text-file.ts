import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';

/** A text file is at most this large, in bytes; a larger one was named by mistake. */
const MAX_BYTES = 1024 * 1024;

/** Why a file cannot be read as text. */
export type TextFileProblem =
  | { readonly kind: 'missing' | 'folder' | 'special' | 'large' | 'encoding' }
  | { readonly kind: 'system'; readonly code: string; readonly message: string };

/** Reads a regular file of UTF-8 text; never waits for a pipe, never reads more than 1 MiB. */
export function readTextFile(path: string): { readonly text: string } | TextFileProblem {
  try {
    return readOpened(openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'system', code, message };
  }
}

function readOpened(file: number): { readonly text: string } | TextFileProblem {
  try {
    const stats = fstatSync(file);
    if (stats.isDirectory()) return { kind: 'folder' };
    if (!stats.isFile()) return { kind: 'special' };
    if (stats.size > MAX_BYTES) return { kind: 'large' };
    // The size of a file that the system makes up, as in /proc, is 0; its end is where nothing more is read.
    const bytes = Buffer.alloc(stats.size === 0 ? MAX_BYTES + 1 : stats.size + 1);
    let length = 0;
    for (let read = -1; read !== 0 && length < bytes.length; length += read) {
      read = readSync(file, bytes, length, bytes.length - length, null);
    }
    if (length > MAX_BYTES) return { kind: 'large' };
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length)) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { kind: 'encoding' };
    throw error;
  } finally {
    closeSync(file);
  }
}
