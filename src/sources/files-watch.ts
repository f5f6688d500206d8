import { statSync } from 'node:fs';
import { jsonFile } from '../stores/json-file.ts';
import { SettledDocument } from './settled-document.ts';
import type { SchemaView, SourceResult, SourceWatch, SourceWatchOptions } from './source.ts';

/**
 * How long a file must stay unchanged after a write in place, in milliseconds: unlike half a JSON file, half a file may
 * look complete.
 */
const QUIET_MS = 100;

/** A result and the files that it depends on, also missing ones. */
export interface FilesResult {
  readonly result: SourceResult;
  readonly files: readonly string[];
}

/** Watches the files that a source reads. The list of files may change with every read. */
export class FilesWatch implements SourceWatch {
  readonly ready: Promise<void> = Promise.resolve();
  readonly #read: (view: SchemaView | undefined) => FilesResult;
  readonly #options: SourceWatchOptions;
  readonly #files = new Map<string, WatchedFile>();

  constructor(read: (view: SchemaView | undefined) => FilesResult, options: SourceWatchOptions) {
    this.#read = read;
    this.#options = options;
    this.#follow(read(options.schema).files);
  }

  read(view?: SchemaView): SourceResult | undefined {
    const { result, files } = this.#read(view);
    this.#follow(files);
    // The read may have seen half of a change.
    return this.#isSettled() ? result : undefined;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }

  #isSettled(): boolean {
    const settled = [...this.#files.values()].map((file) => file.isSettled());
    return settled.every((one) => one);
  }

  /** Watches exactly these files. */
  #follow(files: readonly string[]): void {
    const wanted = new Set(files);
    for (const [path, file] of this.#files) {
      if (wanted.has(path)) continue;
      this.#files.delete(path);
      void file.close();
    }
    const { poll, changed } = this.#options;
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
    const isInPlace = this.#revision !== undefined && identity === this.#identity;
    this.#quietUntil = isInPlace ? performance.now() + QUIET_MS : 0;
    this.#identity = identity;
    this.#revision = revision;
  }
}

/** Identifies the file, not its content; empty if there is no file. */
function identityOf(path: string): string {
  try {
    const { dev, ino, birthtimeNs } = statSync(path, { bigint: true });
    return `${dev} ${ino} ${birthtimeNs}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
    return '';
  }
}
