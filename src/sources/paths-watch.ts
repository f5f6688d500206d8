import { FilesWatch } from './files-watch.ts';
import type { SourceResult, SourceWatch, SourceWatchOptions } from './source.ts';

const NOTHING: SourceResult = { entries: new Map() };

/** Watches files that belong to no source. Whenever it is read, it follows the present list of them. */
export class PathsWatch implements SourceWatch {
  readonly ready: Promise<void> = Promise.resolve();
  readonly #paths: () => readonly string[];
  readonly #watch: FilesWatch;
  #watched: readonly string[] = [];

  constructor(paths: () => readonly string[], options: SourceWatchOptions) {
    this.#paths = paths;
    this.#watch = new FilesWatch(() => ({ result: NOTHING, files: this.#watched }), options);
    this.follow();
  }

  /** `undefined` while one of the files changes. */
  read(): SourceResult | undefined {
    this.follow();
    return this.#watch.read();
  }

  close(): Promise<void> {
    return this.#watch.close();
  }

  /** Watches the present list; `false` if it is the one that is watched already. */
  follow(): boolean {
    const paths = this.#paths();
    if (paths.length === this.#watched.length && paths.every((path) => this.#watched.includes(path))) return false;
    this.#watched = paths;
    this.#watch.read();
    return true;
  }
}
