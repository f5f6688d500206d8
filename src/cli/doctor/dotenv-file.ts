import { parseDotenv } from '../../index.ts';
import type { Finding } from './finding.ts';

const ASSIGNMENT = /^([ \t]*(?:export[ \t]+)?)([\w.-]+)(?=[ \t]*=|:[ \t])/;

/** Variables that a `.env` file sets more than once: the last counts. */
export function duplicates(name: string, text: string): readonly Finding[] {
  const lines = linesOf(text);
  return [...lines]
    .filter(([, numbers]) => numbers.length > 1)
    .map(([variable, numbers]) => ({
      status: 'warn',
      area: 'env',
      message: `${name}:${numbers.at(-1)} duplicate ${variable}, first in line ${numbers[0]}: the last counts`,
    }));
}

/**
 * The lines in which each variable is set. dotenv does not tell: so each name is given the number of its line first.
 * What only looks like an assignment, inside a value of several lines, drops out that way.
 */
function linesOf(text: string): ReadonlyMap<string, readonly number[]> {
  const numbered = text.split('\n').map((line, i) => line.replace(ASSIGNMENT, `$1$2.${i + 1}`));
  const lines = new Map<string, number[]>();
  for (const name of Object.keys(parseDotenv(numbered.join('\n')))) {
    const dot = name.lastIndexOf('.');
    const variable = name.slice(0, dot);
    lines.set(variable, [...(lines.get(variable) ?? []), Number(name.slice(dot + 1))]);
  }
  return lines;
}
