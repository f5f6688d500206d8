import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs';
import { builtin } from '../builtin.ts';
import type { Revision, StoredDocument } from '../store.ts';
import { problem, systemCode } from './file-errors.ts';
import { ABSENT, type Revisions, revisionOf } from './revision.ts';

/** Which file to read, its name in messages, and the most bytes it may have. */
export interface FileReadOptions {
  readonly path: string;
  readonly name: string;
  readonly maxBytes: number;
}

const PIECE_BYTES = 1 << 16;

/** Flags that are safe for a file that turns out not to be regular: opening a FIFO would block. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0);

/** A file's bytes, its state before they were read, and when that was. */
export interface Contents {
  readonly bytes: Buffer;
  readonly found: Stats;
  readonly readAt: number;
}

/** Reads the document. Throws `CORRUPT`, `TOO_LARGE` or a system error. */
export function readStored(reading: FileReadOptions, revisions: Revisions): StoredDocument {
  return storedAs(readContents(reading)?.bytes, reading.name, revisions);
}

/** The document with these bytes; `undefined` for a missing file. Throws `CORRUPT`. */
export function storedAs(bytes: Buffer | undefined, name: string, revisions: Revisions): StoredDocument {
  if (bytes === undefined) return revisions.stored(null, null);
  return revisions.stored(revisions.textOf(bytes) ?? decode(bytes, name), bytes);
}

/** Reads the file's bytes; `undefined` if there is no file. Throws `TOO_LARGE` or a system error. */
export function readContents({ path, name, maxBytes }: FileReadOptions): Contents | undefined {
  const file = openFile(path, name);
  if (file === undefined) return undefined;
  const { fd, found } = file;
  const readAt = Date.now();
  try {
    if (found.size > maxBytes) throw tooLarge(name, maxBytes);
    const bytes = readToEnd(fd, Math.min(found.size, maxBytes) + 1, maxBytes);
    if (bytes.length > maxBytes) throw tooLarge(name, maxBytes);
    return { bytes, found, readAt };
  } finally {
    closeSync(fd);
  }
}

/** The revision of the file, also if it is too large or not UTF-8. */
export function revisionOfFile(path: string, name: string): Revision {
  const file = openFile(path, name);
  if (file === undefined) return ABSENT;
  try {
    return revisionOf(pieces(file.fd));
  } finally {
    closeSync(file.fd);
  }
}

function* pieces(fd: number): Generator<Buffer> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let count = readSync(fd, piece); count > 0; count = readSync(fd, piece)) yield piece.subarray(0, count);
}

/** Opens a regular file; `undefined` if there is no file. */
export function openFile(path: string, name: string): { readonly fd: number; readonly found: Stats } | undefined {
  const before = statSync(path, { throwIfNoEntry: false });
  if (before === undefined) return undefined;
  requireRegular(before, name);
  let fd: number;
  try {
    fd = openSync(path, OPEN_FLAGS);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const found = fstatSync(fd);
    requireRegular(found, name);
    return { fd, found };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Throws unless `found` is a regular file. */
export function requireRegular(found: Stats, name: string): void {
  if (found.isFile()) return;
  const kind = found.isDirectory()
    ? 'a folder'
    : found.isFIFO()
      ? 'a pipe'
      : found.isSocket()
        ? 'a socket'
        : 'a device';
  throw problem(name, 'UNAVAILABLE', `it is ${kind}, not a file`, 'Give the path of a regular file.');
}

/** The error of a document with more than `maxBytes`. */
export function tooLarge(name: string, maxBytes: number): Error {
  return problem(
    name,
    'TOO_LARGE',
    `it has more than ${maxBytes} bytes`,
    'Raise `maxBytes` if the configuration has to be this large.',
  );
}

function readToEnd(fd: number, expected: number, maxBytes: number): Buffer {
  let bytes = Buffer.allocUnsafe(expected);
  let length = 0;
  while (length <= maxBytes) {
    if (length === bytes.length) bytes = Buffer.concat([bytes], Math.min(2 * length, maxBytes) + 1);
    const count = readSync(fd, bytes, length, bytes.length - length, null);
    if (count === 0) break;
    length += count;
  }
  return bytes.subarray(0, length);
}

/** Decodes UTF-8. Throws `CORRUPT` with the location of the first invalid byte. */
export function decode(bytes: Buffer, name: string): string {
  const text = bytes.toString('utf8');
  if (!builtin('node:buffer').isUtf8(bytes)) throw notUtf8(bytes, text, name);
  return text;
}

function notUtf8(bytes: Buffer, replaced: string, name: string): Error {
  if ((bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff))
    return problem(name, 'CORRUPT', 'it is UTF-16, not UTF-8', 'Save it as UTF-8.');
  const offset = firstReplaced(bytes, replaced);
  // A byte order mark takes no column. The message does not show the byte, which may belong to a secret.
  const before = bytes
    .subarray(0, offset)
    .toString('utf8')
    .replace(/^\ufeff/, '');
  const lines = before.split(/\r\n|\n|\r/);
  const location = `${name}:${lines.length}:${(lines.at(-1) ?? '').length + 1}`;
  const message = `it is not UTF-8: the byte at offset ${offset} (line ${lines.length}) is invalid`;
  return problem(name, 'CORRUPT', message, 'Save it as UTF-8.', undefined, location);
}

const REPLACEMENT = Buffer.from('\ufffd');

/** The offset of the first invalid byte. It was decoded as U+FFFD, but the file may also contain a valid U+FFFD. */
function firstReplaced(bytes: Buffer, replaced: string): number {
  let offset = 0;
  for (let from = 0; ; ) {
    const at = replaced.indexOf('\ufffd', from);
    offset += Buffer.byteLength(replaced.slice(from, at));
    if (!bytes.subarray(offset, offset + REPLACEMENT.length).equals(REPLACEMENT)) return offset;
    offset += REPLACEMENT.length;
    from = at + 1;
  }
}
