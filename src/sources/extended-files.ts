import { dirname } from 'node:path';
import { ConfigError, type Issue } from '../errors.ts';
import { isFormatName } from '../formats/format-of.ts';
import type { LayerName, VariantChoice } from '../layer.ts';
import type { Schema } from '../schema/schema.ts';
import { absolutePath } from '../stores/path.ts';
import type { Store } from '../stores/store.ts';
import type { FileLanguage } from './file-document.ts';
import type { SourceResult } from './source.ts';

/** The result of one layer, with the name and the path of its file if it has one. */
export interface LayerResult {
  readonly name: LayerName;
  /** The name in `LAYERS` that it stands for. */
  readonly kind?: LayerName | undefined;
  /** What messages call its file. */
  readonly file?: string | undefined;
  /** The absolute path of its file. */
  readonly path?: string | undefined;
  /** The choice between variants that its file belongs to. */
  readonly choice?: VariantChoice | undefined;
  /** Whether another file extends it, and the definition does not list it. */
  readonly isExtended?: true;
  readonly result: SourceResult;
}

/** A file that can be read as a layer. */
export interface ExtendedFile {
  readonly store: Store;
  readonly language: FileLanguage;
}

/** Opens the file at an absolute path, to be read with the settings of one read of all layers. */
export type ExtendedFileOpener = (path: string, schema: Schema) => ExtendedFile;

/** How deep files may extend each other, how many there may be, and how many characters they may have together. */
const MOST_DEEP = 16;
const MOST_FILES = 100;
const MOST_CHARACTERS = 64 * 2 ** 20;

/** What `extends` leads to: the layers to add, and why it is refused. */
interface ExtendsResult {
  readonly layers: readonly LayerResult[];
  readonly problem?: Problem;
}

/** Why a path is refused. */
type Problem = Pick<Issue, 'code' | 'message' | 'suggestion'>;

function wrongPath(message: string, suggestion: string): Problem {
  return { code: 'INVALID_VALUE', message, suggestion };
}

const NO_PATH = wrongPath(
  'it is not the path of a file that varve can read',
  'Give a path that ends with .json, .jsonc, .yaml, .yml, .toml or .json5.',
);
const IN_STORE = wrongPath(
  'the document of a `store` cannot extend files',
  'List the file in `files` of the definition.',
);
const ABOVE = wrongPath('the definition has it as a layer above this file', 'Remove it from `extends`.');

const MISSING: Problem = {
  code: 'UNAVAILABLE',
  message: 'it does not exist',
  suggestion: 'Create it, or remove it from `extends`.',
};

function tooLarge(message: string): Problem {
  return { code: 'TOO_LARGE', message };
}

const TOO_LONG = tooLarge(`all extended files together have more than ${MOST_CHARACTERS} characters`);
const TOO_DEEP = tooLarge(`files extend each other more than ${MOST_DEEP} levels deep`);
const TOO_MANY = tooLarge(`more than ${MOST_FILES} files are extended`);

/** What looks like a path and is the address of another protocol. */
const URL_SCHEME = /^(?!file:)[a-z][a-z0-9+.-]+:\/\//i;

/** One file on the way from a listed layer to the files that it extends. */
interface Step {
  readonly path: string;
  readonly name: string;
}

/** Adds the files that other files extend, each as a layer of its own directly below the first file that extends it. */
export class ExtendedFiles {
  readonly #open: ExtendedFileOpener;
  #found: ReadonlySet<string> = new Set();

  constructor(open: ExtendedFileOpener) {
    this.#open = open;
  }

  /** The paths that the last reading looked for. */
  get paths(): readonly string[] {
    return [...this.#found];
  }

  /** The layers, lowest first, with those of the files that they extend. */
  read(listed: readonly LayerResult[], schema: Schema): readonly LayerResult[] {
    const reader = new ExtendsReader(listed, (path) => this.#open(path, schema));
    this.#found = reader.found;
    return reader.layers();
  }
}

class ExtendsReader {
  readonly found = new Set<string>();
  readonly #listed: readonly LayerResult[];
  readonly #open: (path: string) => ExtendedFile;
  #characters = 0;
  /** The position of the listed layer whose files are read. */
  #index = 0;

  constructor(listed: readonly LayerResult[], open: (path: string) => ExtendedFile) {
    this.#listed = listed;
    this.#open = open;
  }

  layers(): readonly LayerResult[] {
    return this.#listed.flatMap((layer, index) => {
      this.#index = index;
      return this.#withExtended(layer, []);
    });
  }

  /** A layer after those of the files that it extends, and with what is wrong with its `extends`. */
  #withExtended(layer: LayerResult, chain: readonly Step[]): readonly LayerResult[] {
    const { result, path, file = layer.name } = layer;
    const { extended } = result;
    if (!extended) return [layer];
    const issues: Issue[] = [];
    const below = extended.paths.flatMap((text, i) => {
      // One issue about the number of files is enough.
      if (this.found.size > MOST_FILES) return [];
      const { layers, problem } =
        path === undefined ? refused(IN_STORE) : this.#find(text, [...chain, { path, name: file }]);
      if (!problem) return layers;
      const issue = extended.issue(i, problem);
      // The layer of a file that cannot be read has the issue, so that a rejected reload shows no value of it as changed.
      const [unread] = layers;
      if (unread) return [{ ...unread, result: { ...unread.result, issues: [issue] } }];
      issues.push(issue);
      return [];
    });
    return [...below, { ...layer, result: { ...result, issues: [...(result.issues ?? []), ...issues] } }];
  }

  /** What the last file of the chain extends with `text`; no layers for a file that is a layer below it already. */
  #find(text: string, chain: readonly Step[]): ExtendsResult {
    if (!isFormatName(text) || URL_SCHEME.test(text)) return refused(NO_PATH);
    const { path: from } = chain.at(-1) as Step;
    const path = absolutePath(text, dirname(from));
    const again = chain.findIndex((step) => step.path === path);
    if (again >= 0) return refused(cycleOf(chain.slice(again)));
    const index = this.#listed.findIndex((layer) => layer.path === path);
    if (index > this.#index) return refused(ABOVE);
    const listed = this.#listed[index];
    if (listed) return listed.result.absent === undefined ? NOTHING : refused(MISSING);
    if (this.found.has(path)) return NOTHING;
    if (chain.length > MOST_DEEP) return refused(TOO_DEEP);
    this.found.add(path);
    if (this.found.size > MOST_FILES) return refused(TOO_MANY);
    return this.#read(path, chain);
  }

  /** The layers of an extended file. One that is missing or cannot be read is a layer without entries. */
  #read(path: string, chain: readonly Step[]): ExtendsResult {
    const { store, language } = this.#open(path);
    const layer = { name: language.layer, kind: 'file', file: store.name, path, isExtended: true } as const;
    try {
      const text = store.local?.readSync().text ?? null;
      const result: SourceResult =
        text === null ? { entries: new Map(), absent: store.name } : this.#parse(text, language);
      return { layers: this.#withExtended({ ...layer, result }, chain), ...(text === null && { problem: MISSING }) };
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const [{ code, message, suggestion }] = error.issues as readonly [Issue, ...Issue[]];
      const problem = { code, message, ...(suggestion !== undefined && { suggestion }) };
      return { layers: [{ ...layer, result: { entries: new Map() } }], problem };
    }
  }

  #parse(text: string, language: FileLanguage): SourceResult {
    this.#characters += text.length;
    if (this.#characters > MOST_CHARACTERS) throw new ConfigError([TOO_LONG]);
    return language.read(text).result;
  }
}

const NOTHING: ExtendsResult = { layers: [] };

function refused(problem: Problem): ExtendsResult {
  return { layers: [], problem };
}

function cycleOf(steps: readonly Step[]): Problem {
  const names = [...steps, ...steps.slice(0, 1)].map(({ name }) => name);
  return { code: 'INVALID_VALUE', message: `the files extend each other in a cycle: ${names.join(' → ')}` };
}
