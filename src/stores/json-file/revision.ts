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

/** Names states of one document. It remembers the last one: to compare bytes is ten times faster than to hash them. */
export class Revisions {
  #bytes: Buffer | undefined;
  #text: string | undefined;
  #revision: Revision | undefined;

  /** The revision of `bytes`, whose text may be known. */
  of(bytes: Buffer | null, text?: string): Revision {
    if (bytes === null) return ABSENT;
    if (!this.#isLast(bytes)) this.#remember(bytes, text);
    this.#revision ??= revisionOf(bytes);
    return this.#revision;
  }

  /** The text of `bytes`, where it is remembered. */
  textOf(bytes: Buffer): string | undefined {
    return this.#isLast(bytes) ? this.#text : undefined;
  }

  /** `text`, whose bytes are `bytes`, as it is stored; its revision is computed when somebody asks. */
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

  /** `text` as it was just written. */
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

/** Random bytes not given out yet: to ask for a few at a time costs as much as to ask for many. */
let pool = Buffer.alloc(0);
const POOL_BYTES = 1_024;

/** `bytes` random bytes as hexadecimal digits. */
export function randomHex(bytes: number): string {
  if (pool.length < bytes) pool = builtin('node:crypto').randomBytes(POOL_BYTES);
  const hex = pool.subarray(0, bytes).toString('hex');
  pool = pool.subarray(bytes);
  return hex;
}
