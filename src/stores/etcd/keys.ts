/** The keys of one document in the cluster. */
export interface DocumentKeys {
  /** Its value is the text. */
  readonly document: string;
  /** Its value is the id, author and note of the last write. */
  readonly write: string;
  /** The first key behind both: the range up to it has these two keys and no other. */
  readonly end: string;
  /** The prefix of the keys of broken texts that were kept; behind the range. */
  readonly aside: string;
}

const LONGEST = 1_024;

/**
 * The keys of the document `/namespace/key`. Keys of documents have no character up to `$`, so that none sorts between `K`
 * and `K$`. Appends to `mistakes`.
 */
export function documentKeys(key: string, namespace: string | undefined, mistakes: string[]): DocumentKeys {
  const parts = [partOf(namespace, 'namespace', mistakes), partOf(key, 'key', mistakes)];
  if (key === '') mistakes.push('"key" must name the document, as apps/rl/prod');
  const document = parts.join('');
  return { document, write: `${document}#write`, end: `${document}$`, aside: `${document}$invalid-` };
}

function partOf(text: string | undefined, what: string, mistakes: string[]): string {
  if (text === undefined || text === '') return '';
  if (typeof text !== 'string') {
    mistakes.push(`"${what}" must be a text`);
    return '';
  }
  const part = text.startsWith('/') ? text : `/${text}`;
  if (!/^(?:\/[^\s\p{C}!"#$/]+)+$/u.test(part) || part.length > LONGEST)
    mistakes.push(`"${what}" must be words between slashes, without spaces, control characters and !"#$`);
  return part;
}
