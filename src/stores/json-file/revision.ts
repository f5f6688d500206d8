import { builtin } from '../builtin.ts';
import type { Revision, StoredDocument } from '../store.ts';

/** The revision of a document that does not exist. */
export const ABSENT: Revision = 'absent';

/** The revision of these bytes. */
export function revisionOf(bytes: Buffer | string | Iterable<Buffer>): Revision {
  const hash = builtin('node:crypto').createHash('sha256');
  if (typeof bytes === 'string' || Buffer.isBuffer(bytes)) hash.update(bytes);
  else for (const piece of bytes) hash.update(piece);
  return hash.digest('hex').slice(0, 32);
}

/**
 * Computes the revisions of one document. It keeps the last one: comparing bytes is ten times faster than hashing them.
 */
export class Revisions {
  #bytes: Buffer | undefined;
  #text: string | undefined;
  #revision: Revision | undefined;

  /** The revision of `bytes`; `text` is their text, if it is known. */
  of(bytes: Buffer | null, text?: string): Revision {
    if (bytes === null) return ABSENT;
    if (!this.#isLast(bytes)) this.#remember(bytes, text);
    this.#revision ??= revisionOf(bytes);
    return this.#revision;
  }

  /** The text of `bytes`, if they are the last ones. */
  textOf(bytes: Buffer): string | undefined {
    return this.#isLast(bytes) ? this.#text : undefined;
  }

  /** The document with this text and these bytes. Its revision is computed on first access. */
  stored(text: string | null, bytes: Buffer | null): StoredDocument {
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
  written(text: string, bytes: Buffer): StoredDocument {
    this.#remember(bytes, text);
    return this.stored(text, bytes);
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

/** Unused random bytes: requesting a few costs as much as requesting many. */
let pool = Buffer.alloc(0);
const POOL_BYTES = 1_024;

/** `bytes` random bytes as hexadecimal digits. */
export function randomHex(bytes: number): string {
  if (pool.length < bytes) pool = builtin('node:crypto').randomBytes(POOL_BYTES);
  const hex = pool.subarray(0, bytes).toString('hex');
  pool = pool.subarray(bytes);
  return hex;
}
