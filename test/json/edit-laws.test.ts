import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonNode } from '../../src/json/node.ts';
import { parseJson } from '../../src/json/parse.ts';
import { nodeAt, toValue } from '../../src/json/tree.ts';
import { randomInputs } from '../random-inputs.ts';
import { documents, type GeneratedDocument, NEW_NAMES, uniqueDocuments } from './documents.ts';
import { editJsonText } from './edited.ts';

type Path = readonly string[];

function rootOf({ text, comments }: GeneratedDocument): JsonNode | undefined {
  return parseJson(text, { comments }).root;
}

function withEdits(document: GeneratedDocument, edits: readonly (readonly [Path, unknown])[]): GeneratedDocument {
  const { text, comments } = document;
  return {
    text: editJsonText(
      text,
      edits.map(([path, value]) => ({ path, value })),
      { comments },
    ),
    comments,
  };
}

/** The paths of all objects, or of all other values, of those that count. */
function pathsOf(root: JsonNode | undefined, wanted: 'objects' | 'leaves'): readonly Path[] {
  if (root?.kind !== 'object') return wanted === 'leaves' ? [[]] : [];
  const inner = [...new Set(root.members.map(({ name }) => name))].flatMap((name) =>
    pathsOf(nodeAt(root, [name]), wanted).map((path) => [name, ...path]),
  );
  return wanted === 'objects' ? [[], ...inner] : inner;
}

function picked<Item>(items: readonly Item[], index: number): Item {
  return items[index % items.length] as Item;
}

const index = fc.nat({ max: 1_000 });
const value = fc.constantFrom<unknown>(1, 'x', null, [], [1, 'x'], {}, { y: { z: [] } }, Array(40).fill('long'));
/** Where something new goes: into which object, and how deep. */
const place = fc.record({
  into: index,
  names: fc.constantFrom<Path>(['new'], ['new', 'x'], ['new', 'y'], ['new', 'x', 'z'], ['other'], ['third', 'x']),
});

function pathOf(document: GeneratedDocument, { into, names }: { readonly into: number; readonly names: Path }): Path {
  return [...picked(pathsOf(rootOf(document), 'objects'), into), ...names];
}

function isWithin(path: Path, outer: Path): boolean {
  return outer.every((name, depth) => path[depth] === name);
}

test('what is added is there, and when it is removed the first bytes are back', () => {
  fc.assert(
    fc.property(documents, place, value, (document, where, added) => {
      const path = pathOf(document, where);
      const after = withEdits(document, [[path, added]]);
      const node = nodeAt(rootOf(after), path);
      expect(node && toValue(node)).toEqual(added);
      expect(withEdits(after, [[path, undefined]]).text).toBe(document.text);
    }),
    { numRuns: randomInputs(1_000) },
  );
});

test('two additions can be removed in either order, or at once', () => {
  fc.assert(
    fc.property(documents, place, place, fc.tuple(value, value), (document, one, two, [first, second]) => {
      const [a, b] = [pathOf(document, one), pathOf(document, two)];
      fc.pre(!isWithin(a, b) && !isWithin(b, a));
      const apart = withEdits(withEdits(document, [[a, first]]), [[b, second]]);
      const together = withEdits(document, [
        [a, first],
        [b, second],
      ]);
      for (const both of [apart, together]) {
        expect(withEdits(withEdits(both, [[a, undefined]]), [[b, undefined]]).text).toBe(document.text);
        expect(withEdits(withEdits(both, [[b, undefined]]), [[a, undefined]]).text).toBe(document.text);
        expect(
          withEdits(both, [
            [b, undefined],
            [a, undefined],
          ]).text,
        ).toBe(document.text);
      }
    }),
    { numRuns: randomInputs(1_000) },
  );
});

test('a replaced value that is restored has its first bytes, if they are those of JSON.stringify', () => {
  fc.assert(
    fc.property(documents, index, value, (document, which, other) => {
      const root = rootOf(document);
      const leaves = pathsOf(root, 'leaves').filter((path) => isPlainlySpelled(document, nodeAt(root, path)));
      fc.pre(leaves.length > 0);
      const path = picked(leaves, which);
      const node = nodeAt(root, path);
      const old = node && toValue(node);
      const replaced = withEdits(document, [[path, other]]);
      expect(nodeAt(rootOf(replaced), path)).toBeDefined();
      expect(withEdits(replaced, [[path, old]]).text).toBe(document.text);
    }),
    { numRuns: randomInputs(333) },
  );
});

function isPlainlySpelled({ text }: GeneratedDocument, node: JsonNode | undefined): boolean {
  if (node === undefined || node.kind === 'object' || node.kind === 'array') return false;
  return text.slice(node.start, node.end) === JSON.stringify(node.value);
}

test('writing the value that is there changes no byte', () => {
  fc.assert(
    fc.property(documents, (document) => {
      const root = rootOf(document);
      const finite = pathsOf(root, 'leaves').filter((path) => isWritable(root, path));
      const edits = finite.map((path): [Path, unknown] => [path, currentValue(root, path)]);
      expect(withEdits(document, edits).text).toBe(document.text);
    }),
  );
});

function currentValue(root: JsonNode | undefined, path: Path): unknown {
  const node = nodeAt(root, path);
  return node && toValue(node);
}

function isWritable(root: JsonNode | undefined, path: Path): boolean {
  return (
    path.length > 0 &&
    !/Infinity/.test(JSON.stringify(currentValue(root, path), (_, it) => (it === 1 / 0 ? 'Infinity' : it)))
  );
}

/** An edit of something that is there, or new. */
const change = fc.record({ which: index, kind: fc.constantFrom('set', 'set', 'remove', 'add'), place, value });

function editsOf(
  document: GeneratedDocument,
  changes: readonly { which: number; kind: string; place: { into: number; names: Path }; value: unknown }[],
): readonly (readonly [Path, unknown])[] {
  const root = rootOf(document);
  const known = [...pathsOf(root, 'leaves'), ...pathsOf(root, 'objects')].filter((path) => path.length > 0);
  const edits: (readonly [Path, unknown])[] = [];
  for (const { which, kind, place: where, value: written } of changes) {
    const path = kind === 'add' || known.length === 0 ? pathOf(document, where) : picked(known, which);
    const free = edits.every(([other]) => !isWithin(other, path) && !isWithin(path, other));
    if (free) edits.push([path, kind === 'remove' ? undefined : written]);
  }
  return edits;
}

/** The value without groups that hold nothing: whether those stay is a question of layout. */
function withoutEmpty(it: unknown): unknown {
  if (typeof it !== 'object' || it === null || Array.isArray(it)) return it;
  const members = Object.entries(it).map(([name, inner]) => [name, withoutEmpty(inner)] as const);
  return Object.fromEntries(members.filter(([, inner]) => !isDeepStrictEqual(inner, {})));
}

function modelAfter(model: unknown, edits: readonly (readonly [Path, unknown])[]): unknown {
  return edits.reduce((tree, [path, written]) => changed(tree, path, written), model);
}

function changed(tree: unknown, path: Path, written: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return written;
  const members = new Map(Object.entries(typeof tree === 'object' && tree !== null ? tree : {}));
  const inner = changed(members.get(name), rest, written);
  if (inner === undefined) members.delete(name);
  else members.set(name, inner);
  return Object.fromEntries(members);
}

test('edits come to what they come to in a tree, and leave all other bytes', () => {
  fc.assert(
    fc.property(documents, fc.array(change, { minLength: 1, maxLength: 5 }), (document, changes) => {
      const root = rootOf(document);
      const edits = editsOf(document, changes);
      const after = withEdits(document, edits);
      const changedRoot = rootOf(after);
      const actual = withoutEmpty(changedRoot && toValue(changedRoot));
      const wanted = withoutEmpty(modelAfter(root && toValue(root), edits));
      expect(JSON.stringify(sorted(actual))).toBe(JSON.stringify(sorted(wanted)));
      for (const path of pathsOf(root, 'leaves')) {
        if (path.length === 0 || edits.some(([edited]) => isWithin(path, edited))) continue;
        expect(sliceAt(after, path)).toBe(sliceAt(document, path));
      }
    }),
    { numRuns: randomInputs(1_000) },
  );
});

function sliceAt(document: GeneratedDocument, path: Path): string | undefined {
  const node = nodeAt(rootOf(document), path);
  return node && document.text.slice(node.start, node.end);
}

function sorted(it: unknown): unknown {
  if (Array.isArray(it)) return it.map(sorted);
  if (typeof it !== 'object' || it === null) return it;
  return Object.entries(it)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, inner]) => [name, sorted(inner)]);
}

test('without repeated names and comments, one edit after another gives what all at once mean', () => {
  fc.assert(
    fc.property(uniqueDocuments, fc.array(change, { minLength: 2, maxLength: 4 }), (document, changes) => {
      const edits = editsOf(document, changes);
      const together = rootOf(withEdits(document, edits));
      const apart = rootOf(edits.reduce((it, edit) => withEdits(it, [edit]), document));
      const meaning = (node: JsonNode | undefined): string =>
        JSON.stringify(sorted(withoutEmpty(node && toValue(node))));
      expect(meaning(together)).toBe(meaning(apart));
    }),
    { numRuns: randomInputs(333) },
  );
});

test('no generated document has the names that are added', () => {
  fc.assert(
    fc.property(documents, ({ text }) => {
      for (const name of NEW_NAMES) expect(text).not.toContain(`"${name}"`);
    }),
  );
});
