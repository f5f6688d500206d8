import { isDeepText } from '../json/deep-text.ts';

/** The deepest JSON text that is parsed, in levels. */
const MOST_LEVELS = 1_000;

/** Thrown for a JSON text that is too deep to be parsed. */
export class DeepJsonError extends SyntaxError {}

/** Parses a JSON text. Throws a `SyntaxError` for any other text, a {@link DeepJsonError} beyond 1,000 levels. */
export function parseBoundedJson(text: string): unknown {
  if (isDeepText(text, MOST_LEVELS)) throw new DeepJsonError(`The JSON has more than ${MOST_LEVELS} levels`);
  return JSON.parse(text);
}
