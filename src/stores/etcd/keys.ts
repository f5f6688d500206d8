/** The keys of one document in the cluster. */
export interface DocumentKeys {
  /** Holds the text. */
  readonly document: string;
  /** Holds who wrote it, and the id of the write. */
  readonly write: string;
  /** The first key behind both: one range holds the two, and no other document. */
  readonly end: string;
  /** Begins the keys of texts that were kept because they could not be read; they stand behind the range. */
  readonly aside: string;
}

/** No key of a document has a character up to `$`, so that none sorts between `K` and `K$`. */
const WRITE = '#write';
const END = '$';
const ASIDE = '$invalid-';

const LONGEST = 1_024;

/** `/namespace/key` and what belongs to it; mistakes are added to `mistakes`. */
export function documentKeys(key: string, namespace: string | undefined, mistakes: string[]): DocumentKeys {
  const parts = [partOf(namespace, 'namespace', mistakes), partOf(key, 'key', mistakes)];
  if (key === '') mistakes.push('"key" must name the document, as apps/rl/prod');
  const document = parts.join('');
  return { document, write: document + WRITE, end: document + END, aside: document + ASIDE };
}

function partOf(text: string | undefined, what: string, mistakes: string[]): string {
  if (text === undefined || text === '') return '';
  const part = text.startsWith('/') ? text : `/${text}`;
  if (!part.slice(1).split('/').every(isSegment) || part.length > LONGEST)
    mistakes.push(`"${what}" must be words between slashes, without spaces, control characters and !"#$`);
  return part;
}

function isSegment(segment: string): boolean {
  return segment !== '' && !/[\s\p{C}!"#$]/u.test(segment);
}

/** The gateway takes and gives keys and values in base64. */
export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
