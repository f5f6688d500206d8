import { parse } from 'dotenv';

/** An empty line, a comment, or one that begins with what dotenv takes for a name. */
const PLAIN = /^\s*(?:#|$|(?:export\s+)?[\w.-]+(?:\s*=|:\s))/;
const NAME = /^([^\S\n]*(?:export\s+)?[\w.-]+)(?=\s*=|:\s)/gm;
/** No name begins with it, and nobody writes it. */
const MARK = '\ue000';

/**
 * The numbers of the lines that dotenv leaves out without a word, though they are no comments. It does not tell: so each
 * line that looks like none is marked, and those whose mark is in no value were left out. The others are parts of values
 * of several lines.
 */
export function droppedLines(text: string): readonly number[] {
  const lines = text.split(/\r\n?|\n/);
  const strange = new Set(lines.flatMap((line, index) => (PLAIN.test(line) ? [] : index)));
  if (strange.size === 0) return [];
  const marked = lines.map((line, index) => (strange.has(index) ? `${MARK}${index}${MARK}${line}` : line)).join('\n');
  // A value that a later one replaces has its lines, too: each name is another.
  const apart = marked.replace(NAME, (name: string, _: string, offset: number) => `${name}.${offset}`);
  const kept = Object.values(parse(apart, { fast: true })).join('\n');
  for (const [, index] of kept.matchAll(new RegExp(`${MARK}(\\d+)${MARK}`, 'g'))) strange.delete(Number(index));
  return [...strange].map((index) => index + 1);
}
