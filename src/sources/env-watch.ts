import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { deprecatedNames, variableOf } from '../schema/names.ts';
import type { Schema } from '../schema/setting.ts';
import { jsonFile } from '../stores/json-file.ts';
import { dotenvPaths, readDotenv } from './dotenv.ts';
import type { EnvOptions } from './env.ts';
import { SettledDocument } from './settled-document.ts';
import type { Source, SourceResult, SourceWatch, SourceWatchOptions } from './source.ts';

/** The source of the environment, watched by the `.env` files and the secrets' files that it reads. */
export function watchedEnv(source: Source, options: EnvOptions): Source {
  return {
    ...source,
    watch: (watching) => new EnvWatch(source, options, watching),
  };
}

/**
 * For how long a file must stay as it is after it was written in place, in milliseconds: half of such a file can't be
 * told from a whole one, as it can with JSON.
 */
const QUIET_MS = 100;

class EnvWatch implements SourceWatch {
  readonly ready: Promise<void>;
  readonly #source: Source;
  readonly #options: EnvOptions;
  readonly #watching: SourceWatchOptions;
  readonly #files = new Map<string, WatchedFile>();
  #reading: SourceResult | Promise<SourceResult> | undefined;

  constructor(source: Source, options: EnvOptions, watching: SourceWatchOptions) {
    this.#source = source;
    this.#options = options;
    this.#watching = watching;
    this.#follow();
    this.ready = Promise.all([...this.#files.values()].map((file) => file.ready)).then(() => undefined);
  }

  read(): SourceResult | Promise<SourceResult> | undefined {
    if (this.#reading) return this.#isSettled() ? this.#reading : undefined;
    if (!this.#isSettled()) return undefined;
    const reading = this.#source.read(this.#watching.schema);
    this.#follow();
    // What was written meanwhile may have been read by half.
    if (!this.#isSettled()) return undefined;
    this.#reading = reading;
    return reading;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.close()));
  }

  #isSettled(): boolean {
    const settled = [...this.#files.values()].map((file) => file.isSettled());
    return settled.every((one) => one);
  }

  /** Watches the files that are read now, and no others. */
  #follow(): void {
    const wanted = new Set(filesOf(this.#options, this.#watching.schema));
    for (const [path, file] of this.#files) {
      if (wanted.has(path)) continue;
      this.#files.delete(path);
      void file.close();
    }
    const { poll } = this.#watching;
    const changed = (): void => {
      this.#reading = undefined;
      this.#watching.changed();
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

/** The files that the environment is read from: those with variables, and those that `NAME_FILE` variables name. */
function filesOf({ env, cwd, dotenv = false, ignoreCase = false }: EnvOptions, schema: Schema): readonly string[] {
  const folded = (name: string): string => (ignoreCase ? name.toUpperCase() : name);
  const paths = dotenvPaths(dotenv, env).map((path) => resolve(cwd, path));
  const texts = new Map(
    [...readDotenv({ env, cwd, dotenv }).variables].map(([name, { text }]) => [folded(name), text]),
  );
  for (const [name, text] of Object.entries(env)) if (text !== undefined) texts.set(folded(name), text);
  const ending = '_FILE';
  const named = [...texts].filter(([name, text]) => name.endsWith(ending) && text !== '');
  if (named.length === 0) return paths;
  const names = new Set(variablesOf(schema).map(folded));
  const secrets = named.filter(([name]) => names.has(name.slice(0, -ending.length)));
  return [...new Set([...paths, ...secrets.map(([, path]) => resolve(cwd, path))])];
}

function variablesOf(schema: Schema): readonly string[] {
  const now = [...schema.settings.values()].flatMap((leaf) => variableOf(leaf, schema.prefix) ?? []);
  return [...now, ...deprecatedNames(schema).variables.keys()];
}
