import { type BigIntStats, type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Issue } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Entry, Origin } from '../layer.ts';
import { absolutePath } from '../stores/path.ts';
import { requireOptions } from '../wrong-arguments.ts';
import type { SchemaView, Source, SourceResult, SourceWatch, SourceWatchOptions } from './source.ts';
import { readTextFile, type TextFileProblem } from './text-file.ts';

/** How to read a folder of values. */
export interface DirectoryOptions {
  /** Whether the folder may be missing. */
  readonly optional?: boolean;
}

/** More files and folders than this are those of another kind of folder. */
const MOST_FILES = 1_000;
const DEEPEST = 8;
/** All files that are read have at most this many bytes. */
const MOST_BYTES = 8 * 1024 * 1024;
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
export function directory(path: string | URL, options: DirectoryOptions = {}): Source {
  requireOptions('directory', options);
  const { optional = false } = options;
  const name = path instanceof URL ? absolutePath(path, '') : path;
  const root = absolutePath(path, '');
  const read = (schema: SchemaView): SourceResult => resultOf(findFiles(root), { root, name, schema, optional });
  return { name, read, watch: (how) => new DirectoryWatch(root, read, how) };
}

/** The files of a folder, not read. */
interface FolderFiles {
  /** The state of each file by its path below the folder, with `/`; or the system's code for what can't be read. */
  readonly files: ReadonlyMap<string, BigIntStats | string>;
  /** Why the folder can't be read: the code of the system. */
  readonly failure?: string;
  /** The bound that the folder exceeds; the files after it are not known. */
  readonly excess: string | undefined;
}

function findFiles(root: string): FolderFiles {
  const files = new Map<string, BigIntStats | string>();
  let count = 0;
  let excess: string | undefined;
  const visit = (folder: string, above: readonly string[]): void => {
    for (const one of readdirSync(join(root, folder)).sort()) {
      // Kubernetes keeps the present and the last state of a volume in folders that begin with two dots.
      if (one.startsWith('.')) continue;
      count++;
      if (count > MOST_FILES) excess = `more than ${MOST_FILES} files and folders`;
      else if (above.length > DEEPEST) excess = `folders deeper than ${DEEPEST} levels`;
      if (excess !== undefined) return;
      const below = folder === '' ? one : `${folder}/${one}`;
      const code = failureOf(() => {
        const found = statSync(join(root, below), { bigint: true });
        if (!found.isDirectory()) files.set(below, found);
        // A link to a folder above would lead here again.
        else if (!above.includes(identity(found))) visit(below, [...above, identity(found)]);
      });
      if (code !== undefined) files.set(below, code);
    }
  };
  const failure = failureOf(() => visit('', [identity(statSync(root, { bigint: true }))]));
  return { files, excess, ...(failure !== undefined && { failure }) };
}

function identity({ dev, ino }: BigIntStats): string {
  return `${dev}:${ino}`;
}

/** The system's code for why `work` failed; `undefined` if it did not. */
function failureOf(work: () => void): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    return code;
  }
}

interface ResultOptions {
  readonly root: string;
  readonly name: string;
  readonly schema: SchemaView;
  readonly optional: boolean;
}

function resultOf({ files, failure, excess }: FolderFiles, options: ResultOptions): SourceResult {
  const { root, name, schema } = options;
  if (failure !== undefined) return unreadableFolder(failure, options);
  const tooLarge = (what: string): Issue => issueAt(name, { code: 'TOO_LARGE', message: `has ${what}`, name });
  const issues: Issue[] = excess === undefined ? [] : [tooLarge(excess)];
  const warnings: Issue[] = [];
  const entries = new Map<string, Entry>();
  const variables = new Map(Array.from(schema.settings(), ({ key, variable }) => [variable, key]));
  let bytes = 0;
  for (const [below, found] of files) {
    const location = join(name, below);
    const file = typeof found === 'string' ? systemProblem(found) : readTextFile(join(root, below));
    if (!('text' in file)) {
      if (file.kind !== 'missing') issues.push(issueAt(location, { ...problemOf(file), name }));
      continue;
    }
    bytes += Buffer.byteLength(file.text);
    if (bytes > MOST_BYTES) {
      issues.push(tooLarge('files of more than 8 MiB'));
      break;
    }
    const key = variables.get(below) ?? below.replaceAll('/', '.');
    const origin = { layer: name, name: below, location };
    const other = entries.get(key)?.origin.location;
    if (other !== undefined) warnings.push(twoFiles(key, other, origin));
    entries.set(key, { raw: file.text.replace(/\r?\n$/, ''), origin });
  }
  return { entries, issues, warnings };
}

/** A problem of a file or a folder; `name` is that of the source. */
interface PlaceProblem extends Pick<Issue, 'code' | 'message'> {
  readonly name: string;
}

function issueAt(location: string, { code, message, name }: PlaceProblem): Issue {
  return { code, message: `${location} ${message}`, origin: { layer: name, name: location, location } };
}

function unreadableFolder(failure: string, { name, optional }: ResultOptions): SourceResult {
  const isMissing = failure === 'ENOENT';
  const message = isMissing ? 'does not exist' : `cannot be read as a folder (${failure})`;
  const issue = issueAt(name, { code: failure === 'EACCES' ? 'DENIED' : 'UNAVAILABLE', message, name });
  return { entries: new Map(), issues: isMissing && optional ? [] : [issue], ...(isMissing && { absent: name }) };
}

/** The warning about a second file of a key. */
function twoFiles(key: Key, unused: string, origin: Origin): Issue {
  const message = `has two files: ${origin.location} is used, ${unused} is not`;
  return { code: 'INVALID_VALUE', key, message, origin, suggestion: 'Remove one of them.' };
}

function systemProblem(code: string): TextFileProblem {
  return code === 'ENOENT' ? { kind: 'missing' } : { kind: 'system', code, message: code };
}

function problemOf(problem: TextFileProblem): Pick<Issue, 'code' | 'message'> {
  const isDenied = problem.kind === 'system' && problem.code === 'EACCES';
  return { code: isDenied ? 'DENIED' : 'UNAVAILABLE', message: problemText(problem) };
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

/** What changes whenever a file does; it reads no file. */
function stateOf(root: string): string {
  const { files, failure } = findFiles(root);
  const states = Array.from(files, ([below, found]) => {
    if (typeof found === 'string') return [below, found];
    return [below, [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':')];
  });
  return JSON.stringify([failure, ...states]);
}
