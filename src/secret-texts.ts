import { REDACTED } from './layer.ts';

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
  const held = Math.max(0, ...secrets.map((secret) => overlap(text, secret)));
  const start = text.length - held;
  const cut = held > 0 && secretSpans(text, secrets).find((span) => span.start < start && start < span.end);
  return cut ? text.length - cut.start : held;
}

/** Where the secrets are in a text, from its start; those that overlap are one span. */
function secretSpans(text: string, secrets: readonly string[]): readonly Span[] {
  const found = secrets.flatMap((secret) => occurrences(text, secret)).toSorted((a, b) => a.start - b.start);
  const spans: Span[] = [];
  for (const span of found) {
    const last = spans.at(-1);
    if (last && span.start < last.end) spans[spans.length - 1] = { ...last, end: Math.max(last.end, span.end) };
    else spans.push(span);
  }
  return spans;
}

function occurrences(text: string, secret: string): readonly Span[] {
  const found: Span[] = [];
  for (let start = text.indexOf(secret); start >= 0; start = text.indexOf(secret, start + 1)) {
    found.push({ start, end: start + secret.length });
  }
  return found;
}

/** The length of the longest end of `text` that `secret` begins with; the whole secret does not count. */
function overlap(text: string, secret: string): number {
  for (let length = Math.min(text.length, secret.length - 1); length > 0; length -= 1) {
    if (text.endsWith(secret.slice(0, length))) return length;
  }
  return 0;
}
