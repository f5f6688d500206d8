import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { expect, test } from 'vitest';
import { parseJson } from '../../src/json/parse.ts';
import { toValue } from '../../src/json/tree.ts';
import { editJsonText } from './edited.ts';

/** As many as a run of a second or two takes. */
const MOST_FILES = 600;
const LARGEST = 200_000;

function jsonFilesIn(folder: string): readonly string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** The files that packages ship whose root is an object. */
const files = jsonFilesIn('node_modules')
  .map((path) => ({ path, text: readFileSync(path, 'utf8') }))
  .filter(({ text }) => text.length <= LARGEST && isStrictObject(text))
  .slice(0, MOST_FILES);

function isStrictObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

test('there are real files', () => {
  expect(files.length).toBeGreaterThan(50);
});

test('real files are read as JSON.parse reads them', () => {
  for (const { path, text } of files) {
    const { root } = parseJson(text, { comments: false });
    expect([path, isDeepStrictEqual(root && toValue(root), JSON.parse(text))]).toEqual([path, true]);
  }
});

test('real files have their first bytes after something was added and removed', () => {
  const paths = [['a new name'], ['a new group', 'with', 'a name']];
  for (const { path, text } of files) {
    const { root } = parseJson(text, { comments: false });
    const group = root?.kind === 'object' ? root.members.find(({ value }) => value.kind === 'object')?.name : undefined;
    for (const names of group === undefined ? paths : [...paths, [group, 'a new name']]) {
      const added = editJsonText(text, [{ path: names, value: [1, 'x'] }], { comments: false });
      expect(added).not.toBe(text);
      expect([path, editJsonText(added, [{ path: names, value: undefined }], { comments: false })]).toEqual([
        path,
        text,
      ]);
    }
  }
});
