import type { Span } from './node.ts';

/** A part of a text and its replacement. */
export interface Splice extends Span {
  readonly text: string;
}

/** The text after all splices, which are in their order; of two that overlap, the second begins where the first ends. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  const parts: string[] = [];
  let done = 0;
  for (const { start, end, text: replacement } of splices) {
    parts.push(text.slice(done, start), replacement);
    done = Math.max(done, end);
  }
  parts.push(text.slice(done));
  return parts.join('');
}
