import { REDACTED } from './layer.ts';

/** `indexOf` finds up to so many characters in linear time; it may compare the rest of a longer text at many places. */
const SEARCHED = 250;

/** The part of a text from `start` up to `end`. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** The text with every secret in it redacted. Secrets that overlap are redacted as one. */
export function redactSecrets(text: string, secrets: readonly string[]): string {
  let redacted = '';
  let end = 0;
  for (const span of secretSpans(text, secrets)) {
    redacted += text.slice(end, span.start) + REDACTED;
    end = span.end;
  }
  return redacted + text.slice(end);
}

/**
 * How many characters at the end of a text wait for more text: they may begin a secret, or overlap one that does. What
 * is before them can be redacted by itself.
 */
export function incompleteLength(text: string, secrets: readonly string[]): number {
  const held = secrets.reduce((longest, secret) => Math.max(longest, overlap(text, secret)), 0);
  const start = text.length - held;
  const cut = held > 0 && secretSpans(text, secrets).find((span) => span.start < start && start < span.end);
  return cut ? text.length - cut.start : held;
}

/** Redacts a text that comes in chunks. It holds fewer characters than the longest secret has. */
export class RedactedStream {
  readonly #secrets: readonly string[];
  /** The end of the text so far, which may begin a secret. */
  #waiting = '';
  /** How many characters of it belong to a secret that is written as redacted. */
  #written = 0;

  constructor(secrets: readonly string[]) {
    this.#secrets = secrets;
  }

  /** What of the text can be written after a chunk. */
  push(chunk: string): string {
    const text = this.#waiting + chunk;
    const held = this.#secrets.reduce((longest, secret) => Math.max(longest, overlap(text, secret)), 0);
    return this.#take(text, text.length - held);
  }

  /** The rest, when no chunk follows. */
  end(): string {
    return this.#take(this.#waiting, this.#waiting.length);
  }

  /** The redacted text up to `until`; what is behind it waits. */
  #take(text: string, until: number): string {
    const begun: Span[] = this.#written > 0 ? [{ start: 0, end: this.#written }] : [];
    let redacted = '';
    let end = 0;
    for (const span of secretSpans(text, this.#secrets, begun)) {
      const isWritten = this.#written > 0 && span.start === 0;
      if (span.start >= until && !isWritten) break;
      redacted += text.slice(end, span.start) + (isWritten ? '' : REDACTED);
      end = span.end;
    }
    this.#waiting = text.slice(until);
    this.#written = Math.max(0, end - until);
    return redacted + text.slice(end, Math.max(end, until));
  }
}

/** Where the secrets are in a text, from its start; those that overlap are one span, also with those that have begun. */
function secretSpans(text: string, secrets: readonly string[], begun: readonly Span[] = []): readonly Span[] {
  const found = secrets.flatMap((secret) => occurrences(text, secret)).toSorted((a, b) => a.start - b.start);
  const spans: Span[] = [...begun];
  for (const span of found) addSpan(spans, span);
  return spans;
}

/** Adds a span that begins no sooner than all others: one that overlaps the last makes it longer. */
function addSpan(spans: Span[], { start, end }: Span): void {
  const last = spans.at(-1);
  if (last && start < last.end) spans[spans.length - 1] = { start: last.start, end: Math.max(last.end, end) };
  else spans.push({ start, end });
}

/**
 * Where a secret is in a text, from its start; occurrences that overlap are one span. The work is linear in the text and
 * the secret, also if both repeat themselves: Knuth, Morris and Pratt, SIAM Journal on Computing 6 (1977). `indexOf` is
 * faster where the secret does not occur, as in most texts.
 */
function occurrences(text: string, secret: string): readonly Span[] {
  const spans: Span[] = [];
  const first = text.indexOf(secret.slice(0, SEARCHED));
  if (first < 0) return spans;
  const borders = bordersOf(secret);
  let matched = 0;
  for (let end = first + 1; end <= text.length; end += 1) {
    matched = lengthened(secret, matched, borders, text.charCodeAt(end - 1));
    if (matched < secret.length) continue;
    addSpan(spans, { start: end - matched, end });
    matched = borders[matched - 1] ?? 0;
  }
  return spans;
}

/** The length of the longest end of `text` that `secret` begins with; the whole secret does not count. */
function overlap(text: string, secret: string): number {
  const most = Math.min(text.length, secret.length - 1);
  if (most <= 0) return 0;
  const borders = bordersOf(secret.slice(0, most) + text.slice(-most));
  let length = borders.at(-1) ?? 0;
  while (length > most) length = borders[length - 1] ?? 0;
  return length;
}

/** For each beginning of a text, the length of the longest shorter beginning that it also ends with. */
function bordersOf(text: string): Uint32Array {
  const borders = new Uint32Array(text.length);
  for (let at = 1; at < text.length; at += 1) {
    borders[at] = lengthened(text, borders[at - 1] ?? 0, borders, text.charCodeAt(at));
  }
  return borders;
}

/** How many characters at the beginning of `text` match after one more character, if `matched` matched before it. */
function lengthened(text: string, matched: number, borders: Uint32Array, next: number): number {
  let length = matched;
  while (length > 0 && text.charCodeAt(length) !== next) length = borders[length - 1] ?? 0;
  return text.charCodeAt(length) === next ? length + 1 : length;
}
