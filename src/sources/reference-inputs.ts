import { resolve } from 'node:path';
import type { ExpressionInputs, FileInput } from '../computed.ts';
import { shownPath } from '../stores/path.ts';
import type { Environment } from './dotenv.ts';
import { readTextFile } from './text-file.ts';

/** The environment and the files that references read. A file is read once, until `refresh`. */
export class ReferenceInputs implements ExpressionInputs {
  readonly #env: Environment;
  readonly #root: string;
  readonly #cwd: string;
  readonly #files = new Map<string, FileInput>();
  /** The absolute paths of the files that were read since the last `refresh`. */
  #paths = new Set<string>();

  /** Relative paths start from `root`; messages show them from `cwd`. */
  constructor(env: Environment, root: string, cwd: string) {
    this.#env = env;
    this.#root = root;
    this.#cwd = cwd;
  }

  /** The absolute paths of the files that references name. */
  get paths(): readonly string[] {
    return [...this.#paths];
  }

  variable(name: string): string | undefined {
    return Object.hasOwn(this.#env, name) ? this.#env[name] : undefined;
  }

  file(name: string): FileInput {
    const path = resolve(this.#root, name);
    this.#paths.add(path);
    let file = this.#files.get(path);
    if (!file) {
      file = readInput(path, shownPath(path, this.#cwd));
      this.#files.set(path, file);
    }
    return file;
  }

  refresh(): void {
    this.#files.clear();
    this.#paths = new Set();
  }
}

/** The text of a regular file, without one newline at its end. */
function readInput(path: string, location: string): FileInput {
  const file = readTextFile(path);
  if ('text' in file) return { text: file.text.replace(/\r?\n$/, ''), location };
  switch (file.kind) {
    case 'missing':
      return { text: undefined, location };
    case 'folder':
      return { problem: 'is a folder' };
    case 'special':
      return { problem: 'is not a regular file' };
    case 'large':
      return { problem: 'is larger than 1 MiB' };
    case 'encoding':
      return { problem: 'is not UTF-8 text' };
    case 'system':
      return { problem: `cannot be read (${file.code})` };
  }
}
