import type { Issue } from '../errors.ts';
import { parseDotenv } from './parse-dotenv.ts';

/** An empty line, a comment, or one that begins with what dotenv takes for a name. */
const PLAIN = /^\s*(?:#|$|(?:export\s+)?[\w.-]+(?:\s*=|:\s))/;
const NAME = /^([^\S\n]*(?:export\s+)?[\w.-]+)(?=\s*=|:\s)/gm;
/** No name begins with it, and nobody writes it. */
const MARK = '\ue000';
/** More such lines than this are those of another kind of file. */
const MOST_TOLD = 20;

/** A warning for each line of a `.env` file that is not read. What stands in it is not shown: it may be a secret. */
export function droppedIn(text: string, file: string): readonly Issue[] {
  const lines = droppedLines(text);
  const told = lines.slice(0, MOST_TOLD).map((line) => `${file}:${line} is no NAME=VALUE, and is not read`);
  const rest = lines.length - told.length;
  const all = rest > 0 ? [...told, `${file} has ${rest} more lines that are not read`] : told;
  const suggestion = 'Write NAME=VALUE, or # before a comment.';
  return all.map((message) => ({ code: 'INVALID_VALUE', message, suggestion }));
}

/**
 * The numbers of the lines that dotenv leaves out without a word, though they are no comments. It does not tell: so each
 * line that looks like none is marked, and those whose mark is in no value were left out. The others are parts of values
 * of several lines.
 */
function droppedLines(text: string): readonly number[] {
  const lines = text.split(/\r\n?|\n/);
  const strange = new Set(lines.flatMap((line, index) => (PLAIN.test(line) ? [] : index)));
  if (strange.size === 0) return [];
  const marked = lines.map((line, index) => (strange.has(index) ? `${MARK}${index}${MARK}${line}` : line)).join('\n');
  // A value that a later one replaces has its lines, too: each name is another.
  const apart = marked.replace(NAME, (name: string, _: string, offset: number) => `${name}.${offset}`);
  const kept = Object.values(parseDotenv(apart)).join('\n');
  for (const [, index] of kept.matchAll(new RegExp(`${MARK}(\\d+)${MARK}`, 'g'))) strange.delete(Number(index));
  return [...strange].map((index) => index + 1);
}
