import { ConfigError } from '../errors.ts';
import type { JsonEdit, JsonEditResult } from '../json/edit.ts';
import type { JsonNode, Splice } from '../json/node.ts';
import type { JsonTree } from '../json/parse.ts';
import type { JsonContent } from '../json/read.ts';

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
   * The text with the edits applied; everything else stays byte for byte. `root` is the tree of the text. Absent for a
   * language that varve only reads.
   */
  readonly edit?: (text: string, edits: readonly JsonEdit[], root: JsonNode | undefined) => JsonEditResult;
}

/** The error of an edit of a file in a format that varve only reads. */
export function readOnlyFormat(format: FileFormat, file: string): ConfigError {
  const message = `${file} is ${format.name}, which is only read: nothing was written`;
  return new ConfigError([{ code: 'READ_ONLY', message, suggestion: 'Keep settings that are saved in JSON or YAML.' }]);
}

/** Which extension a file should have whose text is not valid JSON at `offset`; `undefined` if that is not clear. */
export function suggestExtension({ name }: FileFormat, text: string, offset: number): string | undefined {
  if (name !== 'JSON') return undefined;
  if (/^\/[/*]/.test(text.slice(offset, offset + 2))) return 'Rename the file to .jsonc: JSON has no comments.';
  const beginning = text.slice(0, 1_000).replace(/^\ufeff?(?:\s|#.*)*/, '');
  if (/^(?:\[[\w.-]+\]\s*[\r\n]|[\w.-]+[ \t]*=)/.test(beginning))
    return 'Rename the file to .toml: it looks like TOML.';
  if (/^(?:---|- |%YAML|[\w.-]+:(?:\s|$))/.test(beginning)) return 'Rename the file to .yaml: it looks like YAML.';
  return undefined;
}
