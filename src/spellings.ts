/** A shorter text is likely to occur in output by chance. */
const SHORTEST_SECRET = 4;

/** The texts in a value, each as it may be printed; a list or an object may hold several. */
export function* spellings(value: unknown): Generator<string> {
  for (const text of textsIn(value)) {
    for (const spelling of new Set([text, JSON.stringify(text).slice(1, -1), urlEncoded(text)])) {
      if (spelling.length >= SHORTEST_SECRET) yield spelling;
    }
  }
}

/** Half of a surrogate pair has no place in a URL. */
function urlEncoded(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Surrogate}/gu, '\ufffd'));
}

function textsIn(value: unknown): readonly string[] {
  if (value === undefined || value === null || typeof value === 'boolean') return [];
  if (value instanceof RegExp) return [value.source];
  if (value instanceof Map || value instanceof Set) return [...value.values()].flatMap(textsIn);
  if (typeof value !== 'object') return [String(value)];
  const members = Object.values(value).flatMap(textsIn);
  return Object.keys(value).length > 0 ? members : textsIn((value as { toJSON?(): unknown }).toJSON?.());
}
