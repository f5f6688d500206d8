import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Survivor {
  readonly file: string;
  readonly code: string;
  readonly mutator: string;
  readonly became?: string;
  readonly reason: string;
}

const survivors: readonly Survivor[] = JSON.parse(readFileSync(new URL('survivors.json', import.meta.url), 'utf8'));

test('each reason is that of a line of code which is still there, and stands once', () => {
  const files = new Map<string, ReadonlySet<string>>();
  const linesOf = (file: string): ReadonlySet<string> => {
    const lines =
      files.get(file) ??
      new Set(
        readFileSync(file, 'utf8')
          .split('\n')
          .map((line) => line.trim()),
      );
    files.set(file, lines);
    return lines;
  };
  const stale = survivors.filter(({ file, code }) => !linesOf(file).has(code));
  expect(stale).toEqual([]);
  const changes = survivors.map(({ reason: _, ...change }) => JSON.stringify(change));
  expect(changes.filter((change, i) => changes.indexOf(change) !== i)).toEqual([]);
});
