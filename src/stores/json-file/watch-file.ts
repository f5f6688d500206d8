import { statSync } from 'node:fs';
import { ConfigError } from '../../errors.ts';
import type { Revision, StoredDocument, StoreHandler } from '../store.ts';
import { fileError, systemCode } from './file-errors.ts';
import { FolderWatches } from './folder-watches.ts';
import { followLinks } from './follow-links.ts';
import { type FileReadOptions, readStored } from './read-file.ts';
import { Revisions } from './revision.ts';

/** Which file is watched, from which state on, and who is told. */
export interface FileWatchOptions extends FileReadOptions {
  readonly from: Revision;
  readonly handler: StoreHandler;
  /** How often the file is looked at without having been told of a change, in milliseconds. */
  readonly poll: number;
}

/** Between the first sign of a change and the look at it, in milliseconds: one look for all steps of one save. */
const SETTLE_MS = 1;
/** For how long a file must be gone until that is told: some editors delete a file and make it anew. */
const GONE_MS = 100;
/** For how long a file must be blank: a writer in place empties it first, and an empty document is a valid one. */
const BLANK_MS = 1_000;
/** How often to look where the system refuses to watch a folder, in milliseconds. */
const UNWATCHABLE_MS = 1_000;
/** The revision of nothing. */
const UNREPORTED: Revision = '';
/** A time stamp may stay the same for this long while the file changes (FAT: 2 s). */
const STAMP_MS = 3_000;

/** The watches of this process, by the path that they were given. */
const watches = new Map<string, Set<FileWatch>>();

/**
 * Says that this process has written the file: whoever is told of it may hold the new text already, and hears of what
 * comes after, even if that is what he was told last.
 */
export function wroteFile(path: string): void {
  for (const watch of watches.get(path) ?? []) watch.wrote();
}

/** Tells of every new text of the file. Its watches and timers keep no process alive. */
export class FileWatch {
  readonly #watching: FileWatchOptions;
  readonly #revisions = new Revisions();
  readonly #folders = new FolderWatches(() => this.#look(SETTLE_MS));
  readonly #poll: NodeJS.Timeout;
  #settling: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  /** The revision that was told last. */
  #told: Revision;
  #isStale = false;
  /** A state that is told only if it lasts, and since when it has. */
  #doubtful: { readonly revision: Revision; readonly since: number } | undefined;
  /** What tells, without reading, that the file is as it was; empty where nothing does. */
  #stamp = '';
  #closed = false;

  constructor(watching: FileWatchOptions) {
    this.#watching = watching;
    this.#told = watching.from;
    const others = watches.get(watching.path) ?? new Set();
    watches.set(watching.path, others.add(this));
    this.#poll = setInterval(() => this.#pollOnce(), watching.poll).unref();
    // What changed since `from` was read is found by the first look, which comes after the folders are watched.
    this.#look(0);
  }

  /** {@link wroteFile} */
  wrote(): void {
    this.#told = UNREPORTED;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const { path } = this.#watching;
    const others = watches.get(path);
    others?.delete(this);
    if (others?.size === 0) watches.delete(path);
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
    await this.#folders.close();
  }

  /** Looks after `ms`, or earlier where that is due already. */
  #look(ms: number): void {
    const dueAt = performance.now() + ms;
    if (this.#closed || dueAt >= this.#dueAt) return;
    clearTimeout(this.#settling);
    this.#dueAt = dueAt;
    this.#settling = setTimeout(() => {
      this.#dueAt = Number.POSITIVE_INFINITY;
      this.#lookNow();
    }, ms).unref();
  }

  #lookNow(): void {
    const { path, name } = this.#watching;
    try {
      // First watched, then read: what changes in between is told of again.
      const isBlind = !this.#folders.follow(followLinks(path).steps);
      if (isBlind) this.#look(UNWATCHABLE_MS);
      this.#stamp = stampOf(path);
      this.#found(readStored(this.#watching, this.#revisions));
    } catch (error) {
      const cause = fileError(error, name, 'watched');
      if (!(cause instanceof ConfigError)) throw cause;
      this.#stamp = '';
      this.#setStale(cause);
    }
  }

  #pollOnce(): void {
    if (this.#stamp === '' || this.#stamp !== stampOf(this.#watching.path)) this.#look(0);
  }

  #found(stored: StoredDocument): void {
    if (this.#isStale) {
      this.#isStale = false;
      this.#tell((handler) => handler.state('live'));
    }
    if (stored.revision === this.#told) this.#doubtful = undefined;
    else if (this.#isBelieved(stored)) {
      this.#doubtful = undefined;
      this.#told = stored.revision;
      this.#tell((handler) => handler.stored(stored));
    }
  }

  #isBelieved({ text, revision }: StoredDocument): boolean {
    const wait = text === null ? GONE_MS : text.trim() === '' ? BLANK_MS : 0;
    const now = performance.now();
    if (this.#doubtful?.revision !== revision) this.#doubtful = { revision, since: now };
    const left = this.#doubtful.since + wait - now;
    if (left > 0) this.#look(left);
    return left <= 0;
  }

  #setStale(cause: Error): void {
    if (this.#isStale) return;
    this.#isStale = true;
    this.#tell((handler) => handler.state('stale', cause));
  }

  /** A handler that throws has not taken the state: that is told as staleness, and the watch goes on. */
  #tell(tell: (handler: StoreHandler) => void): void {
    if (this.#closed) return;
    try {
      tell(this.#watching.handler);
    } catch (error) {
      this.#setStale(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** Changes whenever the file does; empty while a further change might leave it the same, or if the system refuses. */
function stampOf(path: string): string {
  try {
    const found = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (found === undefined) return 'absent';
    const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs } = found;
    return Date.now() - Number(mtimeMs) < STAMP_MS ? '' : [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return '';
  }
}
