import { ConfigError } from '../errors.ts';
import type { JsonEdit, JsonEditResult } from '../json/edit.ts';
import type { JsonNode } from '../json/node.ts';
import type { JsonTree } from '../json/parse.ts';
import type { JsonContent } from '../json/read.ts';
import type { Splice } from '../json/splice.ts';

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
