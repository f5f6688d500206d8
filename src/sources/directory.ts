import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Issue } from '../errors.ts';
import type { Entry } from '../layer.ts';
import { absolutePath } from '../stores/path.ts';
import type { SchemaView, Source, SourceResult, SourceWatch, SourceWatchOptions } from './source.ts';
import { readTextFile, type TextFileProblem } from './text-file.ts';

/** How to read a folder of values. */
export interface DirectoryOptions {
  /** Whether the folder may be missing. */
  readonly optional?: boolean;
}

/** More files than this are those of another kind of folder. */
const MOST_FILES = 1_000;
const DEEPEST = 8;
const POLL_MS = 5_000;
/** How long the files must stay unchanged after a change, in milliseconds: one may be half written. */
const QUIET_MS = 100;

/**
 * A source that reads a folder in which each file is a value, such as a mounted ConfigMap or Secret. A file is named like a
 * setting's key (`db.pool`, or `pool` in a folder `db`) or like its variable (`SHOP_DB__POOL`). Names that begin with a dot
 * are skipped; one newline at the end of a value is not part of it. A path is relative to the working directory.
 * @example
 * import { mkdirSync, writeFileSync } from 'node:fs';
 * import { defineConfig, directory, loadConfigSync } from 'varve';
 *
 * mkdirSync('settings', { recursive: true });
 * writeFileSync('settings/port', '443\n');
 * const layers = ['default', 'file', directory('settings'), 'env', 'flag', 'override'];
 * const config = loadConfigSync(defineConfig({ name: 'shop', layers, settings: { port: 80 } }), { env: {}, argv: [] });
 * console.log(config.values.port, config.explain('port').winner.location); // 443 settings/port
 */
export function directory(path: string | URL, { optional = false }: DirectoryOptions = {}): Source {
  const name = path instanceof URL ? absolutePath(path, '') : path;
  const root = absolutePath(path, process.cwd());
  const read = (schema: SchemaView): SourceResult => resultOf(filesIn(root), { name, schema, optional });
  return { name, read, watch: (options) => new DirectoryWatch(root, read, options) };
}

/** The files of a folder: each with its text, or with why it can't be read. */
interface FolderFiles {
  /** By their paths below the folder, with `/`. */
  readonly files: ReadonlyMap<string, { readonly text: string } | TextFileProblem>;
  /** Why the folder can't be read: the code of the system. */
  readonly failure?: string;
  readonly isTooLarge: boolean;
}

function filesIn(root: string): FolderFiles {
  const files = new Map<string, { readonly text: string } | TextFileProblem>();
  let isTooLarge = false;
  const visit = (folder: string, depth: number): void => {
    for (const one of readdirSync(join(root, folder)).sort()) {
      // Kubernetes keeps the present and the last state of a volume in folders that begin with two dots.
      if (one.startsWith('.')) continue;
      const below = folder === '' ? one : `${folder}/${one}`;
      const path = join(root, below);
      const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
      if (files.size >= MOST_FILES || depth > DEEPEST) isTooLarge = true;
      else if (isFolder) visit(below, depth + 1);
      else files.set(below, readTextFile(path));
    }
  };
  try {
    visit('', 1);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return { files: new Map(), failure: code, isTooLarge };
  }
  return { files, isTooLarge };
}

interface ResultOptions {
  readonly name: string;
  readonly schema: SchemaView;
  readonly optional: boolean;
}

function resultOf(
  { files, failure, isTooLarge }: FolderFiles,
  { name, schema, optional }: ResultOptions,
): SourceResult {
  const issue = (code: Issue['code'], message: string, location = name): Issue => {
    return { code, message: `${location} ${message}`, origin: { layer: name, name: location, location } };
  };
  if (failure !== undefined) {
    const isMissing = failure === 'ENOENT';
    const problem = isMissing
      ? issue('UNAVAILABLE', 'does not exist')
      : issue(failure === 'EACCES' ? 'DENIED' : 'UNAVAILABLE', `cannot be read as a folder (${failure})`);
    return { entries: new Map(), issues: isMissing && optional ? [] : [problem], ...(isMissing && { absent: name }) };
  }
  const limits = `more than ${MOST_FILES} files, or folders deeper than ${DEEPEST} levels`;
  const issues: Issue[] = isTooLarge ? [issue('TOO_LARGE', `has ${limits}`)] : [];
  const entries = new Map<string, Entry>();
  const variables = new Map(Array.from(schema.settings(), ({ key, variable }) => [variable, key]));
  for (const [below, file] of files) {
    const location = join(name, below);
    const key = variables.get(below) ?? below.replaceAll('/', '.');
    const origin = { layer: name, name: below, location };
    if ('text' in file) entries.set(key, { raw: file.text.replace(/\r?\n$/, ''), origin });
    else if (file.kind !== 'missing') issues.push(issue('UNAVAILABLE', problemText(file), location));
  }
  return { entries, issues };
}

function problemText(problem: TextFileProblem): string {
  switch (problem.kind) {
    case 'large':
      return 'is larger than 1 MiB';
    case 'encoding':
      return 'is not UTF-8 text';
    case 'system':
      return `cannot be read (${problem.code})`;
    default:
      return 'is not a regular file';
  }
}

/** Looks at a folder whenever the system reports a change in it, and at intervals. */
class DirectoryWatch implements SourceWatch {
  readonly ready = Promise.resolve();
  readonly #root: string;
  readonly #read: (schema: SchemaView) => SourceResult;
  readonly #options: SourceWatchOptions;
  readonly #polling: NodeJS.Timeout;
  readonly #watcher: FSWatcher | undefined;
  #quiet: NodeJS.Timeout | undefined;
  /** The state of the files that was last seen. */
  #seen: string;

  constructor(root: string, read: (schema: SchemaView) => SourceResult, options: SourceWatchOptions) {
    this.#root = root;
    this.#read = read;
    this.#options = options;
    this.#seen = stateOf(root);
    this.#polling = setInterval(() => this.#look(), options.poll ?? POLL_MS).unref();
    this.#watcher = this.#notified();
  }

  read(): SourceResult | undefined {
    return this.#isQuiet() ? this.#read(this.#options.schema) : undefined;
  }

  async close(): Promise<void> {
    clearInterval(this.#polling);
    clearTimeout(this.#quiet);
    this.#watcher?.close();
  }

  #look(): void {
    if (stateOf(this.#root) !== this.#seen) this.#options.changed();
  }

  /** Whether the files are as they were when they were last seen; otherwise announces the next look. */
  #isQuiet(): boolean {
    const state = stateOf(this.#root);
    const isSame = state === this.#seen;
    this.#seen = state;
    if (!isSame) {
      clearTimeout(this.#quiet);
      this.#quiet = setTimeout(() => this.#options.changed(), QUIET_MS).unref();
    }
    return isSame;
  }

  /** `undefined` where the system can't watch the folder: then only the intervals count. */
  #notified(): FSWatcher | undefined {
    try {
      const watcher = watch(this.#root, { persistent: false }, () => this.#look());
      return watcher.on('error', () => watcher.close());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === undefined) throw error;
      return undefined;
    }
  }
}

function stateOf(root: string): string {
  const { files, failure } = filesIn(root);
  return JSON.stringify([failure, ...files]);
}
