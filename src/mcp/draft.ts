import { createHash } from 'node:crypto';
import {
  type Config,
  ConfigError,
  describeIssue,
  type FileChange,
  type Issue,
  resolveTexts,
  setAll,
} from '../index.ts';
import { jsonMember, printable } from '../words/values.ts';

/** A requested change of one setting; without a value, the setting is removed from the file. */
export interface RequestedChange {
  readonly key: string;
  readonly value?: unknown;
}

/** What a save would write now. */
export interface Preview {
  /** The configuration with the changes in memory. */
  readonly config: Config;
  readonly changes: readonly FileChange[];
  /** What else the save would do to the file: migrate it, or fill one that is empty. */
  readonly notes: readonly string[];
  /** Differs whenever the changes, the values they replace, or the notes differ. */
  readonly revision: string;
}

/**
 * Changes that are not saved. They are applied to a freshly loaded configuration whenever they are looked at, so a diff is
 * never made against an old file.
 */
export class Draft {
  readonly #load: () => Promise<Config>;
  readonly #refuse: (preview: Preview) => Issue | undefined;
  #requested: ReadonlyMap<string, RequestedChange> = new Map();

  /** `refuse` gives the reason why a draft may not be kept. */
  constructor(load: () => Promise<Config>, refuse: (preview: Preview) => Issue | undefined) {
    this.#load = load;
    this.#refuse = refuse;
  }

  /** Adds changes, all or none. Throws a {@link ConfigError} with every issue. */
  async add(changes: readonly RequestedChange[]): Promise<Preview> {
    const requested = new Map(this.#requested);
    for (const change of changes) requested.set(change.key, change);
    const preview = await this.#preview(requested);
    const refusal = this.#refuse(preview);
    if (refusal) throw new ConfigError([refusal], { title: 'the draft; nothing was changed' });
    const keys = preview.changes.map(({ key }) => key);
    this.#requested = new Map([...requested].filter(([key]) => keys.some((one) => isPart(one, key))));
    return preview;
  }

  async preview(): Promise<Preview> {
    return this.#preview(this.#requested);
  }

  clear(): void {
    this.#requested = new Map();
  }

  async #preview(requested: ReadonlyMap<string, RequestedChange>): Promise<Preview> {
    const config = await this.#load();
    requireReadable(config);
    const values = Object.fromEntries([...requested.values()].map(({ key, value }) => [key, value]));
    await resolveTexts(config, values);
    setAll(config, values);
    const { pending: changes } = config;
    const notes = wholeFileNotes(config);
    const text = JSON.stringify([config.location, changes, ...notes], jsonMember);
    return { config, changes, notes, revision: createHash('sha256').update(text).digest('hex').slice(0, 16) };
  }
}

/** The warnings about the file as a whole. */
function wholeFileNotes({ warnings }: Config): readonly string[] {
  return warnings
    .filter(({ key, keys, origin }) => origin?.layer === 'file' && key === undefined && keys === undefined)
    .map((warning) => printable(describeIssue(warning)));
}

/** Whether one key is the other's, or leads into it: a change of a member, or of a whole member of a group by name. */
function isPart(one: string, other: string): boolean {
  const [outer, inner] = one.length <= other.length ? [one, other] : [other, one];
  return inner.startsWith(outer) && ['', '.', '['].includes(inner.charAt(outer.length));
}

const UNREADABLE: ReadonlySet<Issue['code']> = new Set(['CORRUPT', 'TOO_LARGE', 'UNAVAILABLE', 'DENIED']);

/** A file that cannot be read cannot be saved either: refuse before the user is asked. */
function requireReadable({ issues }: Config): void {
  const [first, ...others] = issues.filter(({ code }) => UNREADABLE.has(code));
  if (first) throw new ConfigError([first, ...others], { title: 'the file; nothing was changed' });
}
