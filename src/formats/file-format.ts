import { ConfigError } from '../errors.ts';
import { editJson, type JsonEdit, type JsonEditResult } from '../json/edit.ts';
import { lazyJsonTree, spliceJsonTree } from '../json/lazy-tree.ts';
import type { JsonNode } from '../json/node.ts';
import { type JsonTree, parseJson } from '../json/parse.ts';
import { type JsonContent, readJson } from '../json/read.ts';
import type { Splice } from '../json/splice.ts';
import { json5Format } from './json5.ts';
import { tomlFormat } from './toml.ts';
import { yamlFormat } from './yaml.ts';

/**
 * A language that configuration files are written in. Every function throws `JsonSyntaxError` for a text that is not
 * valid, and `ConfigError` (`UNAVAILABLE`) if the package that reads the language is not installed.
 */
export interface FileFormat {
  /** What messages call the language: `YAML`. */
  readonly name: string;
  /** The text of a document in which nothing is set. */
  readonly blank: string;
  /** The plain values of a text, without locations. */
  read(text: string): JsonContent;
  /** The values of a text with their locations. */
  parse(text: string): JsonTree;
  /** The tree of a text that is known to be valid. */
  tree(text: string): JsonNode | undefined;
  /** The tree of `text`, which the splices made of the text of `root`. */
  splicedTree(root: JsonNode | undefined, text: string, splices: readonly Splice[]): JsonNode | undefined;
  /**
   * The text with the edits applied; everything else stays byte for byte. `tree` saves parsing the text again. Absent
   * for a language that varve only reads.
   */
  readonly edit?: (text: string, edits: readonly JsonEdit[], tree?: Pick<JsonTree, 'root'>) => JsonEditResult;
}

/** JSON as RFC 8259 defines it, or JSONC: with comments and trailing commas. */
function jsonFormat(name: string, comments: boolean): FileFormat {
  return {
    name,
    blank: '{}\n',
    read: (text) => readJson(text, { comments }),
    parse: (text) => parseJson(text, { comments }),
    tree: lazyJsonTree,
    splicedTree: spliceJsonTree,
    edit: (text, edits, tree) => editJson(text, edits, tree ? { comments, tree } : { comments }),
  };
}

const json = jsonFormat('JSON', false);

/** The formats by the extension of the file's name. */
const FORMATS: Readonly<Record<string, FileFormat>> = {
  json,
  jsonc: jsonFormat('JSONC', true),
  yaml: yamlFormat,
  yml: yamlFormat,
  toml: tomlFormat,
  json5: json5Format,
};

/** The format of a document by the extension of its name, in any case; JSON for every other name. */
export function formatOf(name: string): FileFormat {
  const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  return Object.hasOwn(FORMATS, extension) ? (FORMATS[extension] ?? json) : json;
}

/** A text to edit, and its tree where it is known. */
export interface EditableText {
  readonly text: string;
  /** What messages call the text. */
  readonly name: string;
  readonly root?: JsonNode | undefined;
}

/** The text with the edits applied. Throws `ConfigError` (`READ_ONLY`) for a format that varve only reads. */
export function editText(format: FileFormat, file: EditableText, edits: readonly JsonEdit[]): JsonEditResult {
  if (format.edit) return format.edit(file.text, edits, 'root' in file ? { root: file.root } : undefined);
  const message = `${file.name} is ${format.name}, which is only read: nothing was written`;
  throw new ConfigError([{ code: 'READ_ONLY', message, suggestion: 'Keep settings that are saved in JSON or YAML.' }]);
}
