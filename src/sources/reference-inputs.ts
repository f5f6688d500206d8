import { resolve } from 'node:path';
import type { ExpressionInputs, FileInput, ReloadableInputs, TextResult } from '../expression-inputs.ts';
import { shownPath } from '../stores/path.ts';
import type { Environment } from './dotenv.ts';
import { readTextFile } from './text-file.ts';

const NO_RESOLVER: TextResult = { problem: 'has no resolver' };

/** The environment and the files that references read. A file is read once, until the next reload. */
export class ReferenceInputs implements ReloadableInputs {
  readonly #env: Environment;
  readonly #root: string;
  readonly #cwd: string;
  /** The files in use, by their absolute paths. */
  #files = new Map<string, FileInput>();
  /** The files that the last reload has read; the same once it was accepted. */
  #reloaded = this.#files;

  /** Relative paths start from `root`; messages show them from `cwd`. */
  constructor(env: Environment, root: string, cwd: string) {
    this.#env = env;
    this.#root = root;
    this.#cwd = cwd;
  }

  /** The absolute paths of the files that references name, also in a reload that was rejected. */
  get paths(): readonly string[] {
    return [...new Set([...this.#files.keys(), ...this.#reloaded.keys()])];
  }

  variable(name: string): string | undefined {
    return Object.hasOwn(this.#env, name) ? this.#env[name] : undefined;
  }

  file(name: string): FileInput {
    return this.#fileIn(this.#files, name);
  }

  again(): ExpressionInputs {
    const files = new Map<string, FileInput>();
    this.#reloaded = files;
    return {
      variable: (name) => this.variable(name),
      file: (name) => this.#fileIn(files, name),
      needs: this.needs,
      text: this.text,
    };
  }

  accept(): void {
    this.#files = this.#reloaded;
  }

  /** Without resolvers, no text has a scheme. */
  needs(): readonly [] {
    return [];
  }

  text(): TextResult {
    return NO_RESOLVER;
  }

  #fileIn(files: Map<string, FileInput>, name: string): FileInput {
    const path = resolve(this.#root, name);
    const file = files.get(path) ?? readInput(path, shownPath(path, this.#cwd));
    files.set(path, file);
    return file;
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
