// In a process of its own: it counts what the engine runs.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FileFormat } from '../../src/formats/file-format.ts';
import { formatOf } from '../../src/formats/format-of.ts';
import type { JsonEdit } from '../../src/json/edit.ts';
import { parseJson } from '../../src/json/parse.ts';
import { readJson } from '../../src/json/read.ts';
import { lazyJsonTree, toValue } from '../../src/json/tree.ts';
import { OperationCounter } from '../operations.ts';

const json = formatOf('app.jsonc');
const yaml = formatOf('app.yaml');

function edited(format: FileFormat, text: string, edits: readonly JsonEdit[]): string | undefined {
  return format.edit?.(text, edits, format.parse(text).root).text;
}

function repeat(count: number, part: (index: number) => string, separator = ','): string {
  return Array.from({ length: count }, (_, index) => part(index)).join(separator);
}

const members = (count: number): string => `{${repeat(count, (i) => `"k${i}": ${i}`)}}`;
const lines = (count: number): string => repeat(count, (i) => `k${i}: ${i} # c\n`, '');
const setAll = (count: number): JsonEdit[] =>
  Array.from({ length: count }, (_, i) => ({ path: [`k${i}`], value: i + 1 }));
const removeAll = (count: number): JsonEdit[] =>
  Array.from({ length: count }, (_, i) => ({ path: [`k${i}`], value: undefined }));
const addAll = (count: number): JsonEdit[] =>
  Array.from({ length: count }, (_, i) => ({ path: ['g', `n${i}`], value: [i] }));

/** What input can repeat, by its count. */
const WORK: readonly (readonly [what: string, work: (count: number) => unknown])[] = [
  ['digits of an integer', (n) => parseJson('9'.repeat(20 * n), { comments: false })],
  ['digits of a fraction', (n) => parseJson(`0.${'1'.repeat(20 * n)}`, { comments: false })],
  ['zeros of a fraction', (n) => parseJson(`1.${'0'.repeat(20 * n)}`, { comments: false })],
  ['digits of an exponent', (n) => parseJson(`1e${'0'.repeat(20 * n)}5`, { comments: false })],
  ['members', (n) => toValue(parseJson(members(n), { comments: false }).root ?? fail())],
  ['members of a tree that is looked at', (n) => toValue(lazyJsonTree(members(n)) ?? fail())],
  [
    'duplicates of one name',
    (n) => parseJson(`{${repeat(n, () => '"a": 1')}}`, { comments: false }).duplicates.map(({ path }) => path),
  ],
  [
    'duplicates of many names',
    (n) =>
      readJson(`{${repeat(n, (i) => `"k${i % (n / 2)}": 1`)}}`, { comments: false }).duplicates.map(({ path }) => path),
  ],
  [
    'items that cannot be held exactly',
    (n) => parseJson(`[${repeat(n, () => '9007199254740993')}]`, { comments: false }).unsafe.map(({ path }) => path),
  ],
  ['comments', (n) => readJson(`{${repeat(n, (i) => `// c\n/* d */ "k${i}": 1`)}}`, { comments: true })],
  ['comments in one place', (n) => edited(json, `{"a": 1 ${'/* c */ '.repeat(n)}}`, [{ path: ['b'], value: 1 }])],
  ['edits that replace', (n) => edited(json, members(n), setAll(n))],
  ['edits that remove', (n) => edited(json, members(n), removeAll(n))],
  [
    'edits that remove every other one',
    (n) =>
      edited(
        json,
        members(n),
        removeAll(n).filter((_, i) => i % 2 === 0),
      ),
  ],
  ['edits that add', (n) => edited(json, members(n), addAll(n))],
  ['members of YAML', (n) => yaml.read(lines(n))],
  ['edits of YAML that replace', (n) => edited(yaml, lines(n), setAll(n))],
  ['edits of YAML that remove', (n) => edited(yaml, lines(n), removeAll(n))],
  ['edits of YAML that add', (n) => edited(yaml, lines(n), addAll(n))],
  ['duplicates of YAML', (n) => yaml.parse('a: 1\n'.repeat(n)).duplicates.map(({ path }) => path)],
  ['aliases of YAML', (n) => yaml.read(`a: &a 1\n${repeat(n, (i) => `k${i}: *a\n`, '')}`)],
];

test.each(['[', '{"a":', '[[],', '{"a":{},"b":'])(
  'text that repeats %s is refused before it needs memory',
  (opening) => {
    // The engine would take gigabytes.
    const text = opening.repeat(2 ** 26 / opening.length);
    expect(() => readJson(text, { comments: false })).toThrow('at most 512 levels');
  },
);

function fail(): never {
  throw new Error('the text has no values');
}

/** The files whose work is counted: ours, and the parser of YAML. */
const COUNTED = ['/src/json/', '/src/formats/', '/node_modules/yaml/'];

let counter: OperationCounter;

beforeAll(async () => {
  counter = await OperationCounter.begin(COUNTED);
});

afterAll(() => counter.end());

// Quadratic work takes 2,500 times as many operations for 50 times the input.
test.each(WORK)('%s: fifty times as many take about fifty times the operations', async (_what, work) => {
  const few = await counter.count(() => work(100));
  const many = await counter.count(() => work(5_000));
  expect(many / few).toBeGreaterThan(25);
  expect(many / few).toBeLessThan(75);
});
