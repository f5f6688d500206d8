import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { ConfigError, reasonOf } from '../../errors.ts';
import { LONGEST_TIMER_MS } from '../../longest-timer.ts';
import type { Revision, StoredDocument, StoreHandler } from '../store.ts';
import { fileError, systemCode } from './file-errors.ts';
import { followLinks, type Step } from './follow-links.ts';
import { BLANK_MS, type FileReadOptions, GONE_MS, Revisions, readStored } from './read-file.ts';
import { onWrite } from './replace-file.ts';

/** Which file to watch, from which revision on, and the handler to call. */
export interface FileWatchOptions extends FileReadOptions {
  readonly from: Revision;
  readonly handler: StoreHandler;
  /** How often to poll the file, in milliseconds. */
  readonly poll: number;
}

/** The delay between an event and the read, in milliseconds: one read for all steps of a save. */
const SETTLE_MS = 1;
/** How often to poll if the system refuses to watch a folder, in milliseconds. */
const UNWATCHABLE_MS = 1_000;
/** A revision that no document has. */
const UNREPORTED: Revision = '';
/** How long the time stamps of a changing file may stay the same, in milliseconds (FAT: 2 s). */
const STAMP_MS = 3_000;

/** Reports every new text of the file. Its watches and timers do not keep the process alive. */
export class FileWatch {
  readonly #watching: FileWatchOptions;
  readonly #revisions = new Revisions();
  readonly #folders = new FolderWatches(() => this.#look(SETTLE_MS));
  readonly #poll: NodeJS.Timeout;
  readonly #endListening: () => void;
  #settling: NodeJS.Timeout | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  /** The last reported revision. */
  #reported: Revision;
  #isStale = false;
  /** A state that is reported only if it lasts, and when it was first seen. */
  #doubtful: { readonly revision: Revision; readonly since: number } | undefined;
  /** Device, inode, size and times of the unchanged file; empty if they prove nothing. */
  #stamp = '';
  #closed = false;

  constructor(watching: FileWatchOptions) {
    this.#watching = watching;
    this.#reported = watching.from;
    // After a write of this process, the same state counts as a new one.
    this.#endListening = onWrite(watching.path, () => {
      this.#reported = UNREPORTED;
    });
    this.#poll = setInterval(() => this.#pollOnce(), Math.min(watching.poll, LONGEST_TIMER_MS)).unref();
    // The first read, after the folders are watched, finds a change since `from`.
    this.#look(0);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#endListening();
    clearInterval(this.#poll);
    clearTimeout(this.#settling);
    await this.#folders.close();
  }

  /** Reads the file after `ms`, or earlier if a read is already due. */
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
      // Watch first, then read: a change in between causes another event.
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
      this.#notify((handler) => handler.state('live'));
    }
    if (stored.revision === this.#reported) this.#doubtful = undefined;
    else if (this.#isBelieved(stored)) {
      this.#doubtful = undefined;
      this.#reported = stored.revision;
      this.#notify((handler) => handler.stored(stored));
    }
  }

  #isBelieved({ text, revision }: StoredDocument): boolean {
    const wait = text === null ? GONE_MS : text.trim() === '' ? BLANK_MS : 0;
    const now = performance.now();
    if (this.#doubtful?.revision !== revision) this.#doubtful = { revision, since: now };
    const left = this.#doubtful.since + wait - now;
    if (left <= 0) return true;
    this.#look(left);
    return false;
  }

  #setStale(cause: Error): void {
    if (this.#isStale) return;
    this.#isStale = true;
    this.#notify((handler) => handler.state('stale', cause));
  }

  /** A handler that throws has not accepted the state: the watch reports itself as stale, and continues. */
  #notify(call: (handler: StoreHandler) => void): void {
    if (this.#closed) return;
    try {
      call(this.#watching.handler);
    } catch (error) {
      this.#setStale(error instanceof Error ? error : new Error(reasonOf(error)));
    }
  }
}

/** Changes whenever the file does; empty while a further change might leave it the same, and if there is no file. */
function stampOf(path: string): string {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs, mtimeMs } = statSync(path, { bigint: true });
    return Date.now() - Number(mtimeMs) < STAMP_MS ? '' : [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    if (systemCode(error) === undefined) throw error;
    return '';
  }
}

interface WatchedFolder {
  readonly watcher: FSWatcher;
  /** Device, inode and birth time of the folder; empty after an event about the folder itself, which may be removed. */
  identity: string;
  names: ReadonlySet<string>;
}

/** Watches folders, not files: the watch of a file ends when a rename replaces it. Does not keep the process alive. */
class FolderWatches {
  readonly #changed: () => void;
  readonly #watched = new Map<string, WatchedFolder>();

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Watches exactly these names in these folders. Returns `false` if the system refuses one of the watches. */
  follow(steps: readonly Step[]): boolean {
    const wanted = new Map<string, Set<string>>();
    for (const { folder, name } of steps) wanted.set(folder, (wanted.get(folder) ?? new Set()).add(name));
    for (const folder of this.#watched.keys()) if (!wanted.has(folder)) this.#drop(folder);
    let all = true;
    for (const [folder, names] of wanted) all = this.#watch(folder, names) && all;
    return all;
  }

  async close(): Promise<void> {
    for (const folder of this.#watched.keys()) this.#drop(folder);
    // The event loop closes handles at the end of an iteration.
    const { setImmediate: immediate } = process.getBuiltinModule('node:timers/promises');
    await immediate();
    await immediate();
  }

  #watch(folder: string, names: ReadonlySet<string>): boolean {
    try {
      const identity = identityOf(folder);
      const before = this.#watched.get(folder);
      if (before !== undefined && before.identity === identity) {
        before.names = names;
        return true;
      }
      this.#drop(folder);
      this.#arm(folder, { watcher: watch(folder, { persistent: false }), identity, names });
      return true;
    } catch (error) {
      if (systemCode(error) === undefined) throw error;
      this.#drop(folder);
      return false;
    }
  }

  #arm(folder: string, watched: WatchedFolder): void {
    const { watcher } = watched;
    this.#watched.set(folder, watched);
    watcher.on('change', (_event, name) => {
      const isItself = name === basename(folder);
      if (isItself) watched.identity = '';
      if (isItself || typeof name !== 'string' || watched.names.has(name)) this.#changed();
    });
    watcher.on('error', () => {
      if (this.#watched.get(folder) === watched) this.#watched.delete(folder);
      watcher.close();
      this.#changed();
    });
  }

  #drop(folder: string): void {
    this.#watched.get(folder)?.watcher.close();
    this.#watched.delete(folder);
  }
}

function identityOf(folder: string): string {
  const { dev, ino, birthtimeNs } = statSync(folder, { bigint: true });
  return `${dev}:${ino}:${birthtimeNs}`;
}
