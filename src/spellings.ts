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

/** The texts in a value; what a format made may contain itself. */
function* textsIn(value: unknown): Generator<string> {
  const found = new Set([value]);
  for (const one of found) {
    if (typeof one !== 'object' && one !== undefined && typeof one !== 'boolean') yield String(one);
    else if (one instanceof RegExp) yield one.source;
    else for (const part of partsOf(Object(one))) found.add(part);
  }
}

function partsOf(value: object): readonly unknown[] {
  if (value instanceof Map || value instanceof Set) return [...value.values()];
  const members = Object.values(value);
  return members.length > 0 ? members : [(value as { toJSON?(): unknown }).toJSON?.()];
}
