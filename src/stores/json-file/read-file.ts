import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from 'node:fs';
import type { Revision, StoredDocument } from '../store.ts';
import { notUtf8, problem, systemCode } from './file-errors.ts';
import { type Destination, followLinks } from './follow-links.ts';

/**
 * Where an absolute path leads. On Linux, `realpath` answers for an existing file. Missing files, and other systems,
 * whose `realpath` changes the spelling (case, drives), need {@link followLinks}, which also says what this throws.
 */
export function destinationOf(path: string): Destination {
  return (process.platform === 'linux' && realDestination(path)) || followLinks(path);
}

function realDestination(path: string): Destination | undefined {
  try {
    const target = realpathSync.native(path);
    const found = lstatSync(target);
    return found.isSymbolicLink() ? undefined : { target, found };
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return undefined;
  }
}

/** Which file to read, its name in messages, and the most bytes it may have. */
export interface FileReadOptions {
  readonly path: string;
  readonly name: string;
  readonly maxBytes: number;
}

/** What the caller knows of a file that it reads. */
export interface KnownFile {
  /** The bytes that it probably has; comparing with them needs no memory for others. */
  readonly bytes?: Buffer | undefined;
  /** The path was a regular file shortly before. */
  readonly isRegular?: boolean;
}

/** How often this process has read a file that had just become empty: an editor may be about to write its new text. */
export let emptiedReads = 0;

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
  if (bytes === undefined) return revisions.document(null, null);
  return revisions.document(revisions.textOf(bytes) ?? decode(bytes, name), bytes);
}

/** Reads the file's bytes; `undefined` if there is no file. Throws `TOO_LARGE` or a system error. */
export function readContents({ path, name, maxBytes }: FileReadOptions, known?: KnownFile): Contents | undefined {
  const read = readRegularFile(path, maxBytes, known);
  if (read === 'too large') throw tooLarge(name, maxBytes);
  return read === 'missing' ? undefined : orRefuse(read, name);
}

/** Why a path leads to no regular file. */
export type NoFile = 'missing' | 'a folder' | 'a pipe' | 'a socket' | 'a device';

/**
 * Reads the bytes of a regular file, at most `maxBytes`. It never waits for a pipe, and reads nothing else. Throws the
 * errors of the system. All files that are not part of this package are read with this function.
 */
export function readRegularFile(
  path: string,
  maxBytes: number,
  { bytes: likely, isRegular = false }: KnownFile = {},
): Contents | NoFile | 'too large' {
  const file = openRegularFile(path, isRegular);
  if (typeof file === 'string') return file;
  const { fd, found } = file;
  const readAt = Date.now();
  try {
    if (found.size > maxBytes) return 'too large';
    if (likely?.length === found.size && hasBytes(fd, likely)) return { bytes: likely, found, readAt };
    // The size of a file that the system makes up, as in /proc, is 0.
    const bytes = readToEnd(fd, found.size + 1, maxBytes);
    if (bytes.length === 0 && Math.abs(readAt - found.mtimeMs) < GONE_MS) emptiedReads++;
    return bytes.length > maxBytes ? 'too large' : { bytes, found, readAt };
  } finally {
    closeSync(fd);
  }
}

/** The revision of the file, also if it is not UTF-8, or too large to read: then its time stamp and its identity decide. */
export function revisionOfFile({ path, name, maxBytes }: FileReadOptions): Revision {
  const file = openFile(path, name);
  if (file === undefined) return ABSENT;
  try {
    const { size, dev, ino, ctimeMs } = file.found;
    const bytes = size > maxBytes ? undefined : readToEnd(file.fd, size + 1, maxBytes);
    return revisionOf(bytes && bytes.length <= maxBytes ? bytes : `${dev}:${ino}:${size}:${ctimeMs}`);
  } finally {
    closeSync(file.fd);
  }
}

/** An open file, and its state. */
interface OpenedFile {
  readonly fd: number;
  readonly found: Stats;
}

function openRegularFile(path: string, isRegular = false): OpenedFile | NoFile {
  if (!isRegular) {
    const found = statSync(path, { throwIfNoEntry: false });
    const kind = found ? kindOf(found) : 'a file';
    if (kind !== 'a file') return kind;
    // To open it tells a missing file from one below a file; `statSync` does not, since Node.js 24.
  }
  let fd: number;
  try {
    fd = openSync(path, OPEN_FLAGS);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
    throw error;
  }
  try {
    const found = fstatSync(fd);
    const opened = kindOf(found);
    if (opened === 'a file') return { fd, found };
    closeSync(fd);
    return opened;
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function kindOf(found: Stats): Exclude<NoFile, 'missing'> | 'a file' {
  if (found.isFile()) return 'a file';
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}

/** Opens a regular file; `undefined` if there is no file. */
export function openFile(path: string, name: string): OpenedFile | undefined {
  const file = openRegularFile(path);
  return file === 'missing' ? undefined : orRefuse(file, name);
}

/** Throws unless `found` is a regular file. */
export function requireRegular(found: Stats, name: string): void {
  const kind = kindOf(found);
  if (kind !== 'a file') orRefuse(kind, name);
}

/** The file; throws for what is not one. */
function orRefuse<T>(file: T | Exclude<NoFile, 'missing'>, name: string): T {
  if (typeof file !== 'string') return file;
  throw problem(name, 'UNAVAILABLE', `it is ${file}, not a file`, 'Give the path of a regular file.');
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

/** Whether the file at `path`, which was a regular one shortly before, has these bytes and no others. */
export function fileHasBytes(path: string, bytes: Buffer): boolean {
  const file = openRegularFile(path, true);
  if (typeof file === 'string') return false;
  try {
    return file.found.size === bytes.length && hasBytes(file.fd, bytes);
  } finally {
    closeSync(file.fd);
  }
}

/** What was read last, to compare it. It is kept, because allocating it costs more than reading. */
let comparedPiece: Buffer | undefined;

/** Whether the open file, whose size is that of these bytes, has these bytes and no others. */
function hasBytes(fd: number, bytes: Buffer): boolean {
  comparedPiece ??= Buffer.allocUnsafe(PIECE_BYTES);
  for (let done = 0; ; ) {
    const count = readSync(fd, comparedPiece, 0, PIECE_BYTES, done);
    // A file that the system makes up has the size 0, whatever is in it.
    if (count === 0) return done === bytes.length;
    if (count > bytes.length - done || bytes.compare(comparedPiece, 0, count, done, done + count) !== 0) return false;
    done += count;
    if (done === bytes.length) return true;
  }
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

/** Encodes a text as UTF-8. Throws `TOO_LARGE`, or `CORRUPT` for an unpaired surrogate. */
export function encode(text: string, { name, maxBytes }: Omit<FileReadOptions, 'path'>): Buffer {
  const bytes = utf8Of(text);
  if (bytes.length > maxBytes) throw tooLarge(name, maxBytes);
  // An unpaired surrogate has no UTF-8 form: it would be stored as U+FFFD.
  if (!(text as string & { isWellFormed(): boolean }).isWellFormed())
    throw problem(name, 'CORRUPT', 'the text has an unpaired surrogate', 'Write it as an escape, \\ud800.');
  return bytes;
}

/** The UTF-8 of a text. For a long text that is ASCII, as most are, `Buffer.from` takes three times as long. */
function utf8Of(text: string): Buffer {
  const bytes = Buffer.allocUnsafe(text.length);
  const { read } = new TextEncoder().encodeInto(text, bytes);
  return read === text.length ? bytes : Buffer.from(text);
}

/** Decodes UTF-8. Throws `CORRUPT` with the location of the first invalid byte. */
export function decode(bytes: Buffer, name: string): string {
  const text = bytes.toString('utf8');
  if (!process.getBuiltinModule('node:buffer').isUtf8(bytes)) throw notUtf8(bytes, text, name);
  return text;
}

/** The revision of a document that does not exist. */
export const ABSENT: Revision = 'absent';

/** The revision of these bytes. */
export function revisionOf(bytes: Buffer | string): Revision {
  const { createHash } = process.getBuiltinModule('node:crypto');
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

/**
 * Computes the revisions of one document. It keeps the last one: comparing bytes is ten times faster than hashing them.
 */
export class Revisions {
  #bytes: Buffer | undefined;
  #text: string | undefined;
  #revision: Revision | undefined;
  /** Whether the document existed when it was last read or written. */
  hasDocument = false;

  /** The revision of `bytes`; `text` is their text, if it is known. */
  of(bytes: Buffer | null, text?: string): Revision {
    if (bytes === null) return ABSENT;
    if (!this.#isLast(bytes)) this.#remember(bytes, text);
    this.#revision ??= revisionOf(bytes);
    return this.#revision;
  }

  /** The last bytes, which the document probably still has. */
  get lastBytes(): Buffer | undefined {
    return this.#bytes;
  }

  /** The text of `bytes`, if they are the last ones. */
  textOf(bytes: Buffer): string | undefined {
    return this.#isLast(bytes) ? this.#text : undefined;
  }

  /** The present document, with this text and these bytes. Its revision is computed on first access. */
  document(text: string | null, bytes: Buffer | null): StoredDocument {
    this.hasDocument = bytes !== null;
    let revision: Revision | undefined;
    const compute = (): Revision => this.of(bytes, text ?? undefined);
    return {
      text,
      get revision() {
        revision ??= compute();
        return revision;
      },
    };
  }

  /** The document after a write of `text`. */
  afterWrite(text: string, bytes: Buffer): StoredDocument {
    this.#remember(bytes, text);
    return this.document(text, bytes);
  }

  #remember(bytes: Buffer, text: string | undefined): void {
    this.#bytes = bytes;
    this.#text = text;
    this.#revision = undefined;
  }

  #isLast(bytes: Buffer): boolean {
    return this.#bytes?.equals(bytes) === true;
  }
}

/** How long a file must be missing before that is believed: some editors delete a file and create it again. In milliseconds. */
export const GONE_MS = 100;
/** How long a file must be blank: an in-place writer truncates it first, and an empty document is valid. */
export const BLANK_MS = 1_000;
/** How often a file that an editor may be about to write is read again, in milliseconds. */
export const LOOK_AGAIN_MS = 10;

/** How long the time stamps of a changing file may stay the same, in milliseconds. */
const TICK_MS = 300;
/** The same for time stamps in whole seconds (FAT: 2 s). */
const WHOLE_SECONDS_MS = 3_000;

/**
 * Whether the time stamps alone prove that the file did not change. They do not if it was written shortly before it was
 * read: a further write within the same clock tick leaves them as they are.
 */
export function isUntouched({ found, readAt }: Pick<Contents, 'found' | 'readAt'>, now: Stats): boolean {
  const changed = Math.max(found.mtimeMs, found.ctimeMs);
  if (readAt - changed < (changed % 1_000 === 0 ? WHOLE_SECONDS_MS : TICK_MS)) return false;
  return (
    now.ino === found.ino &&
    now.dev === found.dev &&
    now.size === found.size &&
    now.mtimeMs === found.mtimeMs &&
    now.ctimeMs === found.ctimeMs
  );
}
