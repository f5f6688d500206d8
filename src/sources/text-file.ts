import { readRegularFile } from '../stores/json-file/read-file.ts';

/** A text file is at most this large, in bytes, unless the caller allows more. */
const MAX_BYTES = 1024 * 1024;

/** Why a file cannot be read as text. */
export type TextFileProblem =
  | { readonly kind: 'missing' | 'folder' | 'special' | 'large' | 'encoding' }
  | { readonly kind: 'system'; readonly code: string; readonly message: string };

/** Reads a regular file of UTF-8 text, without its byte order mark. */
export function readTextFile(path: string, maxBytes: number = MAX_BYTES): { readonly text: string } | TextFileProblem {
  try {
    const file = readRegularFile(path, maxBytes);
    if (typeof file !== 'string') return decoded(file.bytes);
    if (file === 'missing') return { kind: 'missing' };
    if (file === 'too large') return { kind: 'large' };
    return { kind: file === 'a folder' ? 'folder' : 'special' };
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { kind: 'system', code, message };
  }
}

function decoded(bytes: Buffer): { readonly text: string } | TextFileProblem {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') return { kind: 'encoding' };
    throw error;
  }
}
