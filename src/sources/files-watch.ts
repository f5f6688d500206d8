import { statSync } from 'node:fs';
import { jsonFile } from '../stores/json-file.ts';
import { SettledDocument } from './settled-document.ts';
import type { SourceResult, SourceWatch, SourceWatchOptions } from './source.ts';

/**
 * For how long a file must stay as it is after it was written in place, in milliseconds: half of such a file can't be
 * told from a whole one, as it can with JSON.
 */
const QUIET_MS = 100;

/** A result and the files that it depends on, existing or not. */
export interface FilesResult {
  readonly result: SourceResult;
  readonly files: readonly string[];
}

/** Watches the files that a source reads. Which files these are may change with every reading. */
export class FilesWatch implements SourceWatch {
  readonly ready: Promise<void>;
  readonly #read: () => FilesResult;
  readonly #options: SourceWatchOptions;
  readonly #files = new Map<string, WatchedFile>();
  #result: SourceResult | undefined;

  constructor(read: () => FilesResult, options: SourceWatchOptions) {
    this.#read = read;
    this.#options = options;
    this.#follow(read().files);
    this.ready = Promise.all([...this.#files.values()].map((file) => file.ready)).then(() => undefined);
  }

  read(): SourceResult | undefined {
    if (!this.#isSettled()) return undefined;
    if (this.#result) return this.#result;
    const { result, files } = this.#read();
    this.#follow(files);
    // A change since then may have been read by half.
    if (!this.#isSettled()) return undefined;
    this.#result = result;
    return result;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }

  #isSettled(): boolean {
    const settled = [...this.#files.values()].map((file) => file.isSettled());
    return settled.every((one) => one);
  }

  /** Watches these files, and no others. */
  #follow(files: readonly string[]): void {
    const wanted = new Set(files);
    for (const [path, file] of this.#files) {
      if (wanted.has(path)) continue;
      this.#files.delete(path);
      void file.close();
    }
    const { poll } = this.#options;
    const changed = (): void => {
      this.#result = undefined;
      this.#options.changed();
    };
    for (const path of wanted) if (!this.#files.has(path)) this.#files.set(path, new WatchedFile(path, changed, poll));
  }
}

class WatchedFile {
  readonly #path: string;
  readonly #document: SettledDocument;
  #identity: string;
  #revision: string | undefined;
  #quietUntil = 0;

  constructor(path: string, changed: () => void, poll: number | undefined) {
    this.#path = path;
    this.#document = new SettledDocument(jsonFile(path, poll === undefined ? {} : { poll }), changed);
    this.#identity = identityOf(path);
  }

  get ready(): Promise<void> {
    return this.#document.ready;
  }

  isSettled(): boolean {
    const settled = this.#document.read();
    if (settled === undefined || settled instanceof Promise) return false;
    this.#notice('stored' in settled ? settled.stored.revision : '');
    const left = this.#quietUntil - performance.now();
    if (left > 0) this.#document.changeIn(left + 1);
    return left <= 0;
  }

  close(): Promise<void> {
    return this.#document.close();
  }

  #notice(revision: string): void {
    if (revision === this.#revision) return;
    const identity = identityOf(this.#path);
    const isInPlace = this.#revision !== undefined && identity === this.#identity && identity !== '';
    this.#quietUntil = isInPlace ? performance.now() + QUIET_MS : 0;
    this.#identity = identity;
    this.#revision = revision;
  }
}

/** Which file it is, not what is in it; empty where there is none. */
function identityOf(path: string): string {
  try {
    const { dev, ino, birthtimeNs } = statSync(path, { bigint: true });
    return `${dev} ${ino} ${birthtimeNs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return '';
  }
}
