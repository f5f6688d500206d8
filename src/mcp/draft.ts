import { createHash } from 'node:crypto';
import { type Config, ConfigError, type FileChange, type Issue } from '../index.ts';
import { jsonMember } from '../words/values.ts';

/** A change that is wanted of a setting; without a value, it is taken out of the file. */
export interface Wanted {
  readonly key: string;
  readonly value?: unknown;
}

/** What would be saved now. */
export interface Preview {
  /** The configuration with the changes in memory. */
  readonly config: Config;
  readonly changes: readonly FileChange[];
  /** Another text whenever the changes, or what they change, are others. */
  readonly revision: string;
}

/**
 * Changes that are not saved. They are kept apart and put over what the file says whenever they are looked at, so that
 * nobody is shown a difference from a file that is another by now.
 */
export class Draft {
  readonly #load: () => Promise<Config>;
  #wanted: ReadonlyMap<string, Wanted> = new Map();

  constructor(load: () => Promise<Config>) {
    this.#load = load;
  }

  /** Adds changes, all or none. Throws a {@link ConfigError} with every problem. */
  async add(changes: readonly Wanted[]): Promise<Preview> {
    const wanted = new Map(this.#wanted);
    for (const change of changes) wanted.set(change.key, change);
    const preview = await this.#preview(wanted);
    const keys = new Set(preview.changes.map(({ key }) => key));
    this.#wanted = new Map([...wanted].filter(([key]) => keys.has(key)));
    return preview;
  }

  async preview(): Promise<Preview> {
    return this.#preview(this.#wanted);
  }

  clear(): void {
    this.#wanted = new Map();
  }

  async #preview(wanted: ReadonlyMap<string, Wanted>): Promise<Preview> {
    const config = await this.#load();
    const issues: Issue[] = [];
    for (const change of wanted.values()) {
      try {
        if (change.value === undefined) config.unset(change.key);
        else config.set(change.key, change.value);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        issues.push(...error.issues);
      }
    }
    const [first, ...others] = issues;
    if (first) throw new ConfigError([first, ...others], { title: 'what is to be set; nothing was changed' });
    const { pending: changes } = config;
    const text = JSON.stringify([config.location, changes], jsonMember);
    return { config, changes, revision: createHash('sha256').update(text).digest('hex').slice(0, 16) };
  }
}
