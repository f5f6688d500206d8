import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { formatOf } from '../../src/formats/format-of.ts';
import type { JsonEdit } from '../../src/json/edit.ts';
import { JsonSyntaxError } from '../../src/json/parse.ts';
import { nodeAt, toValue } from '../../src/json/tree.ts';
import { randomInputs } from '../random-inputs.ts';

const yaml = formatOf('app.yaml');

function applied(text: string, edits: readonly JsonEdit[]): string {
  return yaml.edit?.(text, edits, yaml.tree(text)).text ?? '';
}

function edit(text: string, ...edits: readonly (readonly [path: string, value: unknown])[]): string {
  return applied(
    text,
    edits.map(([path, value]) => ({ path: path.split('.'), value })),
  );
}

const CASES: readonly (readonly [what: string, text: string, edits: (readonly [string, unknown])[], result: string])[] =
  [
    ['a number', 'a: 1 # one\nb: 2\n', [['a', 3]], 'a: 3 # one\nb: 2\n'],
    ['a number to a text that looks like one', 'a: 1\n', [['a', '3']], 'a: "3"\n'],
    ['a text that YAML 1.1 takes for a boolean', 'a: x\n', [['a', 'no']], 'a: "no"\n'],
    ['single quotes stay', "a: 'x' # c\n", [['a', "it's"]], "a: 'it''s' # c\n"],
    ['double quotes stay', 'a: "x"\n', [['a', 'y']], 'a: "y"\n'],
    ['a small number that YAML 1.1 reads too', 'lr: 0.1\n', [['lr', 1e-7]], 'lr: 1.0e-7\n'],
    ['a nested value', 'a:\n    b: 1\n    # c\n    d: 2\n', [['a.d', 3]], 'a:\n    b: 1\n    # c\n    d: 3\n'],
    ['a new name', 'a: 1\n', [['b', true]], 'a: 1\nb: true\n'],
    ['a new name without a line break at the end', 'a: 1', [['b', 2]], 'a: 1\nb: 2'],
    ['a new group', 'a: 1\n', [['b.c.d', 2]], 'a: 1\nb:\n  c:\n    d: 2\n'],
    [
      'a new name in a group, before a comment',
      'a:\n  b: 1 # c\n# d\ne: 1\n',
      [['a.f', 2]],
      'a:\n  b: 1 # c\n  f: 2\n# d\ne: 1\n',
    ],
    ['the indentation of the document', 'a:\n    b: 1\n', [['c.d', 2]], 'a:\n    b: 1\nc:\n    d: 2\n'],
    ['a name removed with the comment on its line', '# top\na: 1 # one\nb: 2\n', [['a', undefined]], '# top\nb: 2\n'],
    ['a group that a removal empties', 'a:\n  b: 1\nc: 2\n', [['a.b', undefined]], 'c: 2\n'],
    ['the only name', '# top\na: 1\n', [['a', undefined]], '# top\n'],
    ['a block text', 'a: |\n  x\n  y\nb: 1\n', [['a', 'z']], 'a: z\nb: 1\n'],
    ['a name after a block text', 'a: |\n  x\n\n', [['b', 1]], 'a: |\n  x\nb: 1\n\n'],
    ['an empty value', 'a:\nb: 2\n', [['a', 1]], 'a: 1\nb: 2\n'],
    [
      'a name removed with the comment that is above it alone',
      '# all\n\n# a\n# more\na: 1\n# b\nb:\n  # c\n  c: 1\n\n  d: 2\n',
      [
        ['a', undefined],
        ['b.c', undefined],
      ],
      '# all\n\n# b\nb:\n\n  d: 2\n',
    ],
    ['a name removed but not the comment of two', '# both\na: 1\nb: 2\n', [['a', undefined]], '# both\nb: 2\n'],
    ['an empty value with a comment', 'a: # c\nb: 2\n', [['a', 1]], 'a: 1 # c\nb: 2\n'],
    [
      'brackets',
      'a: {b: 1, c: 2} # d\n',
      [
        ['a.c', 3],
        ['a.e', 4],
      ],
      'a: {b: 1, c: 3, e: 4} # d\n',
    ],
    ['empty brackets', 'a: {}\n', [['a.b', 1]], 'a: { b: 1 }\n'],
    ['a list in brackets', 'a: [1, 2, 3]\n', [['a', [1, 3, 4, 5]]], 'a: [1, 3, 4, 5]\n'],
    ['a list in brackets whose first items go', 'a: [1, 2, 3]\n', [['a', [4]]], 'a: [4]\n'],
    ['a list of lines', 'a:\n  - 1 # one\n  - 2\n', [['a', [1, 3, 4]]], 'a:\n  - 1 # one\n  - 3\n  - 4\n'],
    ['a list of lines that gets shorter', 'a:\n- x\n- y # c\n- z\n', [['a', ['x', 'z']]], 'a:\n- x\n- z\n'],
    [
      'a list of groups',
      'a:\n  - b: 1\n    c: 2\n  - b: 3\n',
      [
        [
          'a',
          [
            { b: 1, c: 4 },
            { b: 5, d: 6 },
          ],
        ],
      ],
      'a:\n  - b: 1\n    c: 4\n  - b: 5\n    d: 6\n',
    ],
    ['a scalar that becomes a group', 'a: 1\nb: 2\n', [['a', { c: 1 }]], 'a:\n  c: 1\nb: 2\n'],
    ['a group that becomes a scalar', 'a:\n  c: 1\nb: 2\n', [['a', 1]], 'a: 1\nb: 2\n'],
    ['an alias', 'a: &x 1\nb: *x\n', [['b', 2]], 'a: &x 1\nb: 2\n'],
    ['a group below an alias', 'a: &x\n  c: 1\nb: *x\n', [['b.c', 2]], 'a: &x\n  c: 1\nb:\n  c: 2\n'],
    ['a tag', 'a: !!str 1\n', [['a', 2]], 'a: 2\n'],
    ['an empty text', '', [['a', 1]], 'a: 1\n'],
    ['a text of comments', '# c\n', [['a.b', 1]], '# c\na:\n  b: 1\n'],
    ['a document marker', '---\na: 1\n', [['b', 2]], '---\na: 1\nb: 2\n'],
    [
      'CRLF',
      'a: 1\r\nb: 2\r\n',
      [
        ['b', undefined],
        ['c', 3],
      ],
      'a: 1\r\nc: 3\r\n',
    ],
    [
      'JSON',
      '{\n  "a": 1,\n  "b": 2\n}\n',
      [
        ['b', 3],
        ['c', 4],
      ],
      '{\n  "a": 1,\n  "b": 3,\n  c: 4\n}\n',
    ],
    ['all of several names', 'a: 1\nb: 2\na: 3\n', [['a', undefined]], 'b: 2\n'],
  ];

test.each(CASES)('writes %s', (_what, text, edits, result) => {
  expect(edit(text, ...edits)).toBe(result);
});

test('refuses to change a value that an alias repeats', () => {
  expect(() => edit('a: &x 1\nb: *x\n', ['a', 2])).toThrow(expect.objectContaining({ code: 'READ_ONLY' }));
});

const name = fc
  .oneof(fc.constantFrom('a', 'b', 'c', 'port', 'no', '1', 'x y', 'ä: #'), fc.string({ minLength: 1, maxLength: 6 }))
  .filter((text) => text !== '<<' && text !== '__proto__');
const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).filter((text) => !/\p{Cs}/u.test(text)),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom('a\nb\n', 'x: y', '- x', '# x', ' x ', 'null', '1e3', '0o7'),
);
const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(name, tie('value'), { maxKeys: 4 }),
  ),
}));
const group = fc.dictionary(name, anyValue, { maxKeys: 6 });
const options = fc.record({
  indent: fc.constantFrom(2, 4),
  indentSeq: fc.boolean(),
  collectionStyle: fc.constantFrom('any', 'block', 'flow'),
  lineWidth: fc.constantFrom(0, 40, 80),
  singleQuote: fc.constantFrom(null, true, false),
} as const);
function isValid(text: string): boolean {
  try {
    return yaml.parse(text) !== undefined;
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return false;
  }
}
const texts = fc
  .tuple(group, options, fc.boolean())
  .map(([value, style, comments]) => {
    const text = stringify(value, style as never);
    return comments && !/[|>{"']/.test(text) && !/^\s*[[{]/.test(text)
      ? `# top\n${text.replace(/(?<=: \w+)$/gm, ' # own')}# end\n`
      : text;
    // The package's own printer writes an empty list of the style "block" where no list may be.
  })
  .filter(isValid);
const plainValue = (text: string): unknown => {
  const { root } = yaml.parse(text);
  return root && toValue(root);
};

test('what is set is what is read, and nothing else changes', () => {
  fc.assert(
    fc.property(texts, name, fc.oneof(anyValue), (text, member, value) => {
      const before = (plainValue(text) ?? {}) as object;
      const edited = applied(text, [{ path: [member], value }]);
      const { [member]: got, ...rest } = plainValue(edited) as Record<string, unknown>;
      const { [member]: _old, ...others } = before as Record<string, unknown>;
      expect(got).toEqual(value);
      expect(rest).toEqual(others);
    }),
    { numRuns: randomInputs(75) },
  );
});

test('adding and removing gives the first bytes', () => {
  fc.assert(
    fc.property(texts, fc.array(name, { minLength: 1, maxLength: 3 }), scalar, (text, path, value) => {
      const { root } = yaml.parse(text);
      // Below a value that is not a group, nothing can be added.
      for (let depth = 1; depth <= path.length; depth++) {
        const node = nodeAt(root, path.slice(0, depth));
        if (node && (depth === path.length || node.kind !== 'object')) return;
      }
      const added = applied(text, [{ path, value }]);
      expect(applied(added, [{ path, value: undefined }])).toBe(text);
    }),
    { numRuns: randomInputs(75) },
  );
});

test('writing the value that is there changes no byte', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const edits = Object.entries((plainValue(text) ?? {}) as object).map(([key, value]) => ({ path: [key], value }));
      expect(edits.length === 0 ? text : applied(text, edits)).toBe(text);
    }),
    { numRuns: randomInputs(50) },
  );
});

function yamlFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

const files = yamlFiles(join(import.meta.dirname, '../../node_modules'));

test('finds the YAML files of packages', () => {
  expect(files.length).toBeGreaterThan(20);
});

test.each(files)('keeps every byte of %s', (file) => {
  const text = readFileSync(file, 'utf8');
  const { root } = yaml.parse(text);
  if (root?.kind !== 'object') return;
  const added = applied(text, [{ path: ['varve', 'added'], value: 'x' }]);
  expect(added.length).toBeGreaterThan(text.length);
  expect(applied(added, [{ path: ['varve', 'added'], value: undefined }])).toBe(text);
  for (const { name: member } of root.members) {
    const removed = applied(text, [{ path: [member], value: undefined }]);
    expect(plainValue(removed) ?? {}).not.toHaveProperty([member]);
  }
});
