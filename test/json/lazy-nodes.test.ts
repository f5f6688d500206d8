import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editJson } from '../../src/json/edit.ts';
import type { JsonNode } from '../../src/json/node.ts';
import { parseJson } from '../../src/json/parse.ts';
import { lazyJsonTree, nodeAt, spliceJsonTree, toValue } from '../../src/json/tree.ts';
import { randomInputs } from '../random-inputs.ts';
import { documents } from './documents.ts';

/** A tree as plain data, with every place in it. */
function plain(node: JsonNode | undefined): unknown {
  if (node === undefined) return undefined;
  const { kind, start, end } = node;
  if (node.kind === 'object') {
    const members = node.members.map(({ name, nameStart, nameEnd, value }) => [name, nameStart, nameEnd, plain(value)]);
    return { kind, start, end, members };
  }
  return { kind, start, end, value: node.kind === 'array' ? node.items.map(plain) : node.value };
}

test('a known text has the tree that the parser makes of it', () => {
  fc.assert(
    fc.property(documents, ({ text, comments }) => {
      expect(plain(lazyJsonTree(text))).toEqual(plain(parseJson(text, { comments }).root));
    }),
    { numRuns: randomInputs(500) },
  );
});

test('any JSON has the same tree', () => {
  fc.assert(
    fc.property(fc.json(), fc.constantFrom(undefined, 1, '\t'), (json, indent) => {
      const text = JSON.stringify(JSON.parse(json), null, indent);
      expect(plain(lazyJsonTree(text))).toEqual(plain(parseJson(text, { comments: false }).root));
    }),
    { numRuns: randomInputs(500) },
  );
});

test('the configuration files of installed packages have the same tree', () => {
  const texts = readdirSync('node_modules', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !entry.name.startsWith('@'))
    .map(({ name }) => readFileSync(`node_modules/${name}/package.json`, 'utf8'));
  expect(texts.length).toBeGreaterThan(50);
  for (const text of texts) expect(plain(lazyJsonTree(text))).toEqual(plain(parseJson(text, { comments: false }).root));
});

test('an edit of a known text is the edit of a text that is parsed', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c', 'new'), { minLength: 1, maxLength: 3 });
  const value = fc.constantFrom<unknown>(undefined, 1, 'x', null, [1], {});
  fc.assert(
    fc.property(documents, fc.array(fc.tuple(path, value), { maxLength: 4 }), ({ text, comments }, drawn) => {
      const edits = drawn.map(([to, written]) => ({ path: to, value: written }));
      const edited = (root: JsonNode | undefined): string | Error => {
        try {
          return editJson(text, edits, root).text;
        } catch (error) {
          return new Error((error as Error).message);
        }
      };
      expect(edited(lazyJsonTree(text))).toEqual(edited(parseJson(text, { comments }).root));
    }),
    { numRuns: randomInputs(500) },
  );
});

test('what an edit leaves of a tree is the tree of the text that it made, however much of it was looked at', () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c', 'new'), { minLength: 1, maxLength: 3 });
  const value = fc.constantFrom<unknown>(1, 'longer than it was', null, { a: 1, b: { c: 2 } }, undefined);
  fc.assert(
    fc.property(
      documents,
      fc.array(path, { maxLength: 3 }),
      fc.array(fc.array(fc.tuple(path, value), { maxLength: 3 }), { maxLength: 3 }),
      ({ text: first, comments }, looks, rounds) => {
        let text = first;
        let root = lazyJsonTree(text);
        for (const drawn of rounds) {
          for (const look of looks) nodeAt(root, look);
          try {
            const edits = drawn.map(([to, written]) => ({ path: to, value: written }));
            const edited = editJson(text, edits, root);
            root = edited.splices ? spliceJsonTree(root, edited.text, edited.splices) : lazyJsonTree(edited.text);
            text = edited.text;
          } catch (error) {
            if (!String(error).includes('a value stands where an object is needed')) throw error;
          }
        }
        expect(plain(root)).toEqual(plain(parseJson(text, { comments }).root));
      },
    ),
    { numRuns: randomInputs(1_000) },
  );
});

test.each(['', ' \n', '\ufeff', '// none', '/* none */ '])('the text %j has no tree', (text) => {
  expect(lazyJsonTree(text)).toBeUndefined();
});

test.each([
  ['a value that becomes longer', '"x"', 'a longer text'],
  ['a value that becomes shorter', '{ "y": [1, 2] }', 1],
  ['a member more', '{ "y": { "z": 1 } }', { y: { z: 1, u: 2 } }],
  ['a member less', '{ "y": { "z": 1, "u": 2 } }', { y: { z: 1 } }],
  ['another name', '{ "y": 1 }', { n: 1 }],
  ['several changes', '{ "y": { "z": 1, "u": 2 }, "w": 3 }', { y: { z: 10, u: 20 }, w: 30 }],
])('the tree after an edit is that of its text: %s', (_, value, written) => {
  for (const text of [
    `{ "a": ${value}, "b": 2 }`,
    `{ "b": 2, "a": ${value} }`,
    `{ "b": 1, "c": { "a": ${value} }, "d": [3] }`,
  ]) {
    const path = text.includes('"c"') ? ['c', 'a'] : ['a'];
    for (const looks of [
      [],
      [['b']],
      [path, ['b']],
      [
        [...path, 'y', 'z'],
        [...path, 'w'],
      ],
    ]) {
      const root = lazyJsonTree(text);
      for (const look of looks) nodeAt(root, look);
      const edits = [{ path, value: written }, ...(text.includes('"d"') ? [{ path: ['b'], value: 100 }] : [])];
      const edited = editJson(text, edits, root);
      const spliced = spliceJsonTree(root, edited.text, edited.splices ?? []);
      expect(plain(spliced)).toEqual(plain(parseJson(edited.text, { comments: false }).root));
    }
  }
});

test('of a value that changes, only that is looked at again', () => {
  const text = '{ "a": { "x": 1, "y": { "z": 2 } }, "b": 3 }';
  let [root, now] = [lazyJsonTree(text), text];
  for (const z of [10, 'a text', 100]) {
    const edited = editJson(now, [{ path: ['a', 'y', 'z'], value: z }], root);
    [root, now] = [spliceJsonTree(root, edited.text, edited.splices ?? []), edited.text];
    const [a, b] = [nodeAt(root, ['a', 'y', 'z']), nodeAt(root, ['b'])];
    expect([a && toValue(a), b && toValue(b), now.slice(b?.start, b?.end)]).toEqual([z, 3, '3']);
  }
  expect(plain(root)).toEqual(plain(parseJson(now, { comments: false }).root));
});

test.each([3, 100])('a member of an object with %i is found, the last of its name', (count) => {
  const names = Array.from({ length: count }, (_, index) => `"k${index}": ${index}`);
  const root = lazyJsonTree(`{ ${[...names, '"k1": "again"'].join(', ')} }`);
  const at = (name: string): unknown => {
    const node = nodeAt(root, [name]);
    return node && toValue(node);
  };
  expect([at('none'), at('k1'), at('k2'), at('none'), at('__proto__')]).toEqual([
    undefined,
    'again',
    2,
    undefined,
    undefined,
  ]);
});
