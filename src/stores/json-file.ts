import { requireOptions } from '../wrong-arguments.ts';
import { createFile } from './json-file/create-file.ts';
import { type FileOperation, fileError, problem } from './json-file/file-errors.ts';
import { keepCopy } from './json-file/in-place.ts';
import { destinationOf, encode, Revisions, readStored, revisionOfFile } from './json-file/read-file.ts';
import {
  type EncodedText,
  editFile,
  type FileSaveOptions,
  isHeldHere,
  saveFile,
  withWriteLock,
} from './json-file/save-file.ts';
import { FileWatch } from './json-file/watch-file.ts';
import type { FolderMemory, WriteLockOptions } from './json-file/write-lock.ts';
import { wrongOption } from './json-file/wrong-option.ts';
import { absolutePath, shownPath } from './path.ts';
import type {
  EditOptions,
  EditResult,
  LocalStore,
  NextText,
  Revision,
  Store,
  StoredDocument,
  StoreHandler,
  StoreLimits,
  UnreadableDocument,
  WriteOptions,
  WriteResult,
} from './store.ts';

/** How a file is stored. */
export interface JsonFileOptions {
  /** How long to wait for another writer's lock, in milliseconds. Default: 10,000. */
  readonly lockTimeout?: number;
  /** The longest file to read or write, in bytes. Default: 16 MiB. */
  readonly maxBytes?: number;
  /**
   * Overwrite a file that cannot be replaced by a rename, such as a single file mounted into a container. A crash
   * during the write may leave a partial file; a copy of the old bytes is beside it.
   */
  readonly inPlace?: boolean;
  /** Create a new file with mode 0600; otherwise the umask decides. */
  readonly private?: boolean;
  /** The file's name in origins and messages. Default: the path relative to the working directory. */
  readonly name?: string;
  /**
   * How often a watch polls the file, in milliseconds. Default: 5,000. Use less for a network file system, which sends
   * no notification of a change made on another machine.
   */
  readonly poll?: number;
}

const DEFAULTS = { lockTimeout: 10_000, maxBytes: 16 * 2 ** 20, inPlace: false, private: false, poll: 5_000 } as const;

/** The options that are numbers, each with the least. */
const NUMBERS = [
  ['lockTimeout', 0],
  ['maxBytes', 0],
  ['poll', 1],
] as const;

/** How many results are kept, by write id, for retries. */
const KEPT_ANSWERS = 16;

/**
 * One local file as a store. A write is atomic and durable; one process of the machine writes at a time, and readers
 * see the old text or the new one. The store does not parse the text. `path` is relative to the working directory.
 * @example
 * import { defineConfig, jsonFile, loadConfig } from 'varve';
 *
 * const store = jsonFile('settings.json', { maxBytes: 64_000 });
 * const config = await loadConfig(defineConfig({ name: 'shop', store, settings: { port: 8080 } }), { argv: [] });
 * config.set('port', 80);
 * await config.save();
 * console.log((await store.read()).text.includes('"port": 80')); // true
 */
export function jsonFile(path: string | URL, options: JsonFileOptions = {}): Store {
  if (typeof options !== 'object' || options === null) requireOptions('jsonFile', options);
  return new FileStore(absolutePath(path, ''), options);
}

type Answer = Extract<WriteResult, { ok: true }> | { readonly ok: false };

class FileStore implements Store {
  readonly name: string;
  readonly limits: StoreLimits;
  readonly local: LocalStore = {
    readSync: () => this.#readSync(),
    createSync: (text) => this.#createSync(text),
    edit: (next, options) => this.#edit(next, options),
  };
  readonly unreadable: UnreadableDocument = {
    revision: () => this.#revision(),
    keepAside: (reason) => this.#keepAside(reason),
  };
  readonly #path: string;
  readonly #options: Required<Omit<JsonFileOptions, 'name'>>;
  readonly #revisions = new Revisions();
  readonly #memory: FolderMemory = {
    sweptAt: Number.NEGATIVE_INFINITY,
    folderTime: 0,
    plainFile: '',
    target: '',
    plainAt: 0,
    plainMode: '',
  };
  readonly #answers = new Map<string, Promise<Answer>>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #watches = new Set<FileWatch>();
  #closed = false;

  constructor(path: string, { name = shownPath(path, process.cwd()), ...options }: JsonFileOptions) {
    this.name = name;
    this.#path = path;
    this.#options = { ...DEFAULTS, ...options };
    for (const [option, least] of NUMBERS) {
      const value = this.#options[option];
      if (!(typeof value === 'number' && value >= least)) throw wrongOption(option, least, value);
    }
    const { maxBytes, poll } = this.#options;
    this.limits = { maxBytes, staleMs: poll, durability: 'fsync' };
  }

  async read({ signal }: { readonly signal?: AbortSignal } = {}): Promise<StoredDocument> {
    signal?.throwIfAborted();
    return this.#readSync();
  }

  #readSync(): StoredDocument {
    this.#requireOpen();
    const { maxBytes } = this.#options;
    return this.#convertErrors('read', () =>
      readStored({ path: this.#path, name: this.name, maxBytes }, this.#revisions),
    );
  }

  async #revision(): Promise<Revision> {
    this.#requireOpen();
    return this.#convertErrors('read', () =>
      revisionOfFile({ path: this.#path, name: this.name, maxBytes: this.#options.maxBytes }),
    );
  }

  #createSync(text: string): void {
    this.#requireOpen();
    this.#convertErrors('saved', () =>
      createFile(destinationOf(this.#path).target, this.#encode(text), this.#options.private),
    );
  }

  async write(text: string, { expect, id, signal }: WriteOptions): Promise<WriteResult> {
    signal?.throwIfAborted();
    this.#requireOpen();
    const earlier = this.#answers.get(id);
    if (earlier !== undefined) {
      const answer = await earlier;
      return answer.ok ? answer : { ok: false, current: await this.read() };
    }
    const written = this.#track(this.#write({ text, bytes: this.#encode(text) }, expect, signal));
    this.#remember(id, written);
    return written;
  }

  async #keepAside(reason = 'invalid'): Promise<string> {
    this.#requireOpen();
    try {
      return await keepCopy(destinationOf(this.#path).target, this.name, reason);
    } catch (error) {
      throw fileError(error, this.name, 'copied');
    }
  }

  watch(from: Revision, handler: StoreHandler): { close(): Promise<void> } {
    this.#requireOpen();
    const { maxBytes, poll } = this.#options;
    const watch = new FileWatch({ path: this.#path, name: this.name, maxBytes, poll, from, handler });
    this.#watches.add(watch);
    return {
      close: async () => {
        this.#watches.delete(watch);
        await watch.close();
      },
    };
  }

  /** Finishes the writes that have begun. */
  async close(): Promise<void> {
    // An edit whose `next` closes the store must not wait for itself.
    const pending = isHeldHere(this.#path) ? [] : [...this.#running];
    this.#closed = true;
    await Promise.allSettled([...pending, ...[...this.#watches].map((watch) => watch.close())]);
  }

  async #write(document: EncodedText, expect: Revision, signal: AbortSignal | undefined): Promise<WriteResult> {
    try {
      return await withWriteLock(this.#lockOptions(signal), (writeLock) =>
        saveFile(this.#saveOptions(signal), document, expect, writeLock),
      );
    } catch (error) {
      throw fileError(error, this.name, 'saved');
    }
  }

  async #edit(next: NextText, options: EditOptions = {}): Promise<EditResult> {
    options.signal?.throwIfAborted();
    this.#requireOpen();
    return this.#track(this.#editUnderLock(next, options));
  }

  /** Converts system errors, but rethrows an error of `next` unchanged. */
  async #editUnderLock(next: NextText, { signal, isSynchronous = false }: EditOptions): Promise<EditResult> {
    let isRefused = false;
    const refuse = (error: unknown): never => {
      isRefused = true;
      throw error;
    };
    const asked: NextText = (current) => {
      try {
        const made = next(current);
        return made instanceof Promise ? made.catch(refuse) : made;
      } catch (error) {
        return refuse(error);
      }
    };
    try {
      return await withWriteLock(this.#lockOptions(signal), (writeLock) =>
        editFile(this.#saveOptions(signal), { next: asked, isSynchronous }, writeLock),
      );
    } catch (error) {
      throw isRefused ? error : fileError(error, this.name, 'saved');
    }
  }

  #saveOptions(signal: AbortSignal | undefined): FileSaveOptions {
    const { maxBytes, inPlace, private: isPrivate } = this.#options;
    return { path: this.#path, name: this.name, maxBytes, inPlace, isPrivate, revisions: this.#revisions, signal };
  }

  #lockOptions(signal: AbortSignal | undefined): WriteLockOptions {
    const waiting = { name: this.name, timeout: this.#options.lockTimeout, signal };
    return { path: this.#path, waiting, memory: this.#memory };
  }

  #encode(text: string): Buffer {
    return encode(text, { name: this.name, maxBytes: this.#options.maxBytes });
  }

  #remember(id: string, written: Promise<WriteResult>): void {
    const answer = written.then((result): Answer => (result.ok ? result : { ok: false }));
    this.#answers.set(id, answer);
    // A write that failed was not applied, so a retry must run again.
    answer.catch(() => this.#answers.delete(id));
    const [oldest = ''] = this.#answers.keys();
    if (this.#answers.size > KEPT_ANSWERS) this.#answers.delete(oldest);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    this.#running.add(work);
    const end = (): boolean => this.#running.delete(work);
    work.then(end, end);
    return work;
  }

  #convertErrors<T>(operation: FileOperation, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw fileError(error, this.name, operation);
    }
  }

  /** An edit that holds the lock may finish after `close`. */
  #requireOpen(): void {
    if (this.#closed && !isHeldHere(this.#path)) throw problem(this.name, 'CLOSED', 'the store is closed');
  }
}
