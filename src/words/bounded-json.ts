/** The deepest JSON text that is parsed, in levels. */
const MOST_LEVELS = 1_000;

/** Thrown for a JSON text that is too deep to be parsed. */
export class DeepJsonError extends SyntaxError {}

/**
 * Parses a JSON text. Throws a `SyntaxError` for any other text, a {@link DeepJsonError} beyond 1,000 levels. The engine
 * has no limit, and takes 70 bytes of memory for each bracket that is open.
 */
export function parseBoundedJson(text: string): unknown {
  if (isDeeper(text, MOST_LEVELS)) throw new DeepJsonError(`The JSON has more than ${MOST_LEVELS} levels`);
  return JSON.parse(text);
}

function isDeeper(text: string, levels: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = endOfString(text, at);
    else if (character === '[' || character === '{') depth += 1;
    else if (character === ']' || character === '}') depth -= 1;
    if (depth > levels) return true;
  }
  return false;
}

/** Where the string ends that begins at `start`. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at;
}
