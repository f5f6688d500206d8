import { type FSWatcher, statSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { builtin } from '../builtin.ts';
import { systemCode } from './file-errors.ts';
import type { Step } from './follow-links.ts';

interface WatchedFolder {
  readonly watcher: FSWatcher;
  /** Device, inode and birth time of the folder; empty after an event about the folder itself, which may be removed. */
  identity: string;
  names: ReadonlySet<string>;
}

/** Watches folders, not files: the watch of a file ends when a rename replaces it. Does not keep the process alive. */
export class FolderWatches {
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
    const { setImmediate: immediate } = builtin('node:timers/promises');
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
