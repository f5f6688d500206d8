import { stripVTControlCharacters } from 'node:util';

/** Text broken at spaces into lines of at most `width` characters; a longer word stays whole. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line: string | undefined;
  for (const word of text.split(' ')) {
    if (line !== undefined && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === undefined ? word : `${line} ${word}`;
  }
  return line === undefined ? lines : [...lines, line];
}

/** The lines of a message that are wider than a terminal, each with a hanging indent. */
export function wrapMessage(text: string, width: number): string {
  const lines = text.split('\n');
  // The lines below a message are indented by themselves.
  const indent = lines.length > 1 ? '    ' : '  ';
  const room = Math.max(NARROWEST, width) - indent.length;
  const isLong = (line: string): boolean => stripVTControlCharacters(line).length > width;
  return lines.map((line) => (isLong(line) ? wrap(line, room).join(`\n${indent}`) : line)).join('\n');
}

/** No message is broken shorter than this. */
const NARROWEST = 20;
