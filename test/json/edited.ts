import { editJson, type JsonEdit } from '../../src/json/edit.ts';
import { parseJson } from '../../src/json/parse.ts';

/** The text after edits. */
export function editJsonText(
  text: string,
  edits: readonly JsonEdit[],
  options: { readonly comments: boolean },
): string {
  return editJson(text, edits, parseJson(text, options).root).text;
}
