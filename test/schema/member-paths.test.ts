import { describe, expect, test } from 'vitest';
import { ConfigError, defineConfig, loadConfigSync } from '../../src/index.ts';
import { folder } from '../folder.ts';
import type { Node } from './doors.ts';

/** A member of `it`, or an element, and the text or JSON that it is given. */
interface Given {
  readonly path: readonly string[];
  readonly text: string;
}

/** The inputs that address one member. */
const INPUTS = ['variable', '.env', 'flag', '--set'] as const;

type Input = (typeof INPUTS)[number];

interface Inputs {
  readonly env?: Readonly<Record<string, string>>;
  readonly argv?: readonly string[];
  readonly dotenv?: string;
}

function inputsOf(input: Input, members: readonly Given[]): Inputs {
  const variables = members.map(({ path, text }) => [
    `APP_IT__${path.join('__').toUpperCase().replace(/-/g, '_')}`,
    text,
  ]);
  const flags = members.map(({ path, text }) => `it.${path.join('.')}=${text}`);
  switch (input) {
    case 'variable':
      return { env: Object.fromEntries(variables) };
    case '.env':
      return { dotenv: variables.map(([name, text]) => `${name}='${text}'\n`).join('') };
    case 'flag':
      return { argv: flags.map((flag) => `--${flag}`) };
    case '--set':
      return { argv: flags.flatMap((flag) => ['--set', flag]) };
  }
}

function load(node: Node, { env = {}, argv = [], dotenv }: Inputs, file?: unknown): unknown {
  const files = folder({
    ...(file !== undefined && { 'app.json': JSON.stringify({ it: file }) }),
    ...(dotenv !== undefined && { '.env': dotenv }),
  });
  const definition = defineConfig({
    name: 'app',
    envPrefix: 'APP',
    file: 'app.json',
    dotenv: dotenv !== undefined,
    settings: { it: node },
  } as never);
  return (loadConfigSync(definition, { cwd: files.path, env, argv }).values as Readonly<Record<string, unknown>>)['it'];
}

function refusalOf(run: () => unknown): string {
  try {
    return `accepted: ${JSON.stringify(run())}`;
  } catch (error) {
    if (error instanceof ConfigError) return error.issues.map(({ message }) => message).join('\n');
    throw error;
  }
}

const OBJECT: Node = {
  format: Object,
  default: {
    tags: ['a'],
    team: 'rl',
    maxNorm: 1,
    'weight-decay': 0.1,
    deep: { on: true },
    none: null,
    list: [{ x: 1 }],
  },
};
const DEFAULT = OBJECT['default'] as object;

interface Row {
  readonly title: string;
  readonly node?: Node;
  readonly file?: unknown;
  readonly members: readonly (readonly [path: string, text: string])[];
  readonly value: unknown;
}

/** Each row gives the same value through every input. */
const TABLE: readonly Row[] = [
  { title: 'a member by its name', members: [['team', 'x']], value: { ...DEFAULT, team: 'x' } },
  { title: 'a member in another spelling', members: [['max-norm', '9']], value: { ...DEFAULT, maxNorm: 9 } },
  { title: 'a member with a dash', members: [['weight_decay', '0.2']], value: { ...DEFAULT, 'weight-decay': 0.2 } },
  { title: 'a nested member', members: [['deep.on', 'no']], value: { ...DEFAULT, deep: { on: false } } },
  { title: 'a member that is null', members: [['none', 'x']], value: { ...DEFAULT, none: 'x' } },
  { title: 'a member below null', members: [['none.a', 'x']], value: { ...DEFAULT, none: { a: 'x' } } },
  { title: 'a new member', members: [['new', '1']], value: { ...DEFAULT, new: '1' } },
  { title: 'an element', members: [['tags.0', 'x']], value: { ...DEFAULT, tags: ['x'] } },
  {
    title: 'the next elements',
    members: [
      ['tags.1', 'x'],
      ['tags.2', 'y'],
    ],
    value: { ...DEFAULT, tags: ['a', 'x', 'y'] },
  },
  { title: 'a member of an element', members: [['list.0.x', '2']], value: { ...DEFAULT, list: [{ x: 2 }] } },
  { title: 'a member of the file', file: { lrRate: 1 }, members: [['lr_rate', '2']], value: { ...DEFAULT, lrRate: 2 } },
  {
    title: 'an element of a list of the file',
    file: { tags: ['b', 'c'] },
    members: [['tags.1', 'x']],
    value: { ...DEFAULT, tags: ['b', 'x'] },
  },
  {
    title: 'a member of a record',
    node: { format: Object, members: 'nat', default: {} },
    members: [
      ['a', '1'],
      ['b', '2'],
    ],
    value: { a: 1, b: 2 },
  },
  {
    title: 'a member of an object that is replaced',
    node: { ...OBJECT, merge: 'replace' },
    file: { a: 1, b: 2 },
    members: [['a', '3']],
    value: { a: 3, b: 2 },
  },
  {
    title: 'an element of an Array',
    node: { default: [1, 2] },
    members: [
      ['1', '5'],
      ['2', '6'],
    ],
    value: [1, 5, 6],
  },
  { title: 'the first element', node: { format: Array, items: 'nat', default: [] }, members: [['0', '5']], value: [5] },
  {
    title: 'an element of an Array that appends',
    node: { format: Array, items: 'nat', default: [1], merge: 'append' },
    members: [
      ['1', '5'],
      ['2', '6'],
    ],
    value: [1, 5, 6],
  },
  {
    title: 'a member of an element of an Array',
    node: { default: [{ a: 1, b: 2 }] },
    members: [
      ['0.b', '3'],
      ['1.a', 'x'],
    ],
    value: [{ a: 1, b: 3 }, { a: 'x' }],
  },
];

interface Refused {
  readonly path: string;
  readonly text: string;
  readonly message: string;
  readonly node?: Node;
}

const REFUSED: readonly Refused[] = [
  {
    path: 'team.name',
    text: 'x',
    message: 'must not have a member "team.name", because team is "rl", written in schema',
  },
  { path: 'max-norm', text: 'x', message: 'member maxNorm must be a number' },
  {
    path: 'tags.2',
    text: 'x',
    message: 'must not leave a gap: the list tags has 1 element, so position 1 is the next',
  },
  {
    path: 'tags.x',
    text: 'x',
    message: 'must address an element of the list tags by its position from 0, not "x"',
  },
  {
    path: 'tags.01',
    text: 'x',
    message: 'must address an element of the list tags by its position from 0, not "01"',
  },
  {
    path: 'a',
    text: '-1',
    message: 'member "a" must be an integer of at least 0',
    node: { format: Object, members: 'nat', default: {} },
  },
  { path: '0', text: 'x', message: 'member 0 must be an integer', node: { format: Array, items: 'nat', default: [1] } },
  {
    path: '3',
    text: '1',
    message: 'must not leave a gap: a list has 1 element, so position 1 is the next',
    node: { default: [1] },
  },
  {
    path: '0',
    text: '1',
    message: 'must append, because its layers do: element 1 is that of a lower layer',
    node: { default: [1], merge: 'append' },
  },
  {
    path: 'max_norm',
    text: '1',
    message: 'must name one member',
    node: { format: Object, default: { maxNorm: 1, 'max-norm': 2 } },
  },
];

describe.each(INPUTS)('by %s', (input) => {
  const given = (members: Row['members']): readonly Given[] =>
    members.map(([path, text]) => ({ path: path.split('.'), text }));

  test.each(TABLE)('$title', ({ node = OBJECT, file, members, value }) => {
    expect(load(node, inputsOf(input, given(members)), file)).toEqual(value);
  });

  test.each(REFUSED)('$path=$text is refused', ({ path, text, message, node = OBJECT }) => {
    expect(refusalOf(() => load(node, inputsOf(input, given([[path, text]]))))).toContain(message);
  });

  test('an empty text', () => {
    const answer = refusalOf(() => load(OBJECT, inputsOf(input, given([['max-norm', '']]))));
    if (input === 'variable' || input === '.env') expect(answer).toBe(`accepted: ${JSON.stringify(DEFAULT)}`);
    else expect(answer).toContain('member maxNorm must be a number');
    expect(load(OBJECT, inputsOf(input, given([['team', '']])))).toEqual({ ...DEFAULT, team: '' });
  });
});

describe('quoted names', () => {
  const node: Node = { format: Object, default: { 'a.b/c': { 'x=y': 1 } } };

  test.each([
    [['--it["a.b/c"]["x=y"]=2']],
    [['--it.["a.b/c"].["x=y"]=2']],
    [['--set', 'it["a.b/c"]["x=y"]=2']],
    [['--it.["a.b/c"].x=y=2', '--it["a.b/c"]["x=y"]:=2']],
  ])('%j', (argv) => {
    expect(load(node, { argv })).toMatchObject({ 'a.b/c': { 'x=y': 2 } });
  });

  test('a quote in a name', () => {
    expect(load({ format: Object, default: {} }, { argv: ['--it["a\\"b"]=2'] })).toEqual({ 'a"b': '2' });
  });
});

describe('JSON by := keeps the types that are written', () => {
  test.each<[Node, readonly string[], unknown]>([
    [{ format: String, nullable: true, default: 'a' }, ['--it:=null'], null],
    [{ format: String, default: 'a' }, ['--it:="null"'], 'null'],
    [{ format: Number, default: 1 }, ['--it:=1e-6'], 1e-6],
    [{ format: Number, default: 1 }, ['--set', 'it:=2'], 2],
    [{ format: Array, default: [] }, ['--it:=["a", null, true, 1.10]'], ['a', null, true, 1.1]],
    [
      { format: Object, default: {} },
      ['--it.min_lr:=1e-6', '--it.on:=true', '--it.no:=null'],
      { min_lr: 1e-6, on: true, no: null },
    ],
    [{ format: Object, default: { a: 'text' } }, ['--set', 'it.a:=[1]'], { a: [1] }],
    [{ format: Boolean, default: false }, ['--it:=true'], true],
  ])('%o %j', (node, argv, value) => {
    expect(load(node, { argv })).toEqual(value);
  });

  test.each<[Node, string, string]>([
    [{ format: String, default: 'a' }, '--it:=null', 'must be a string'],
    [{ format: String, default: 'a' }, '--it:=1', 'must be a string'],
    [{ format: Number, default: 1 }, '--it:=abc', 'must be valid JSON'],
    [{ format: 'nat', default: 1 }, '--it:=-1', 'must be an integer of at least 0'],
    [{ format: Object, members: 'nat', default: {} }, '--it.a:="x"', 'member "a" must be an integer'],
    [{ format: Object, default: {} }, '--it.a:=', 'must be a JSON value'],
  ])('%o refuses %s', (node, flag, message) => {
    expect(refusalOf(() => load(node, { argv: [flag] }))).toContain(message);
  });
});

describe('a path', () => {
  const node = { format: Object, default: {} };

  test('finds a member that the same layer has just added', () => {
    expect(load(node, { argv: ['--it.newName=1', '--it.new-name=2'] })).toEqual({ newName: '2' });
  });

  test('prefers the exact name, and is refused where it is like several others', () => {
    const file = { a_b: 1, aB: 2 };
    expect(load(node, { argv: ['--it.aB=3'] }, file)).toEqual({ a_b: 1, aB: 3 });
    expect(load(node, { argv: ['--it.a_b=3'] }, file)).toEqual({ a_b: 3, aB: 2 });
    expect(refusalOf(() => load(node, { argv: ['--it.a-b=3'] }, file))).toContain(
      'must name one member: several are like "a-b"',
    );
  });

  test('may have brackets in a name', () => {
    expect(load(node, { argv: ['--it.a[b=1', '--it.c["d.e"].f=2'] })).toEqual({ 'a[b': '1', c: { 'd.e': { f: '2' } } });
  });

  test('begins a list with its first element', () => {
    const list = { format: Array, default: undefined };
    expect(load(list, { argv: ['--it.0=x', '--it.1=y'] })).toEqual(['x', 'y']);
    expect(refusalOf(() => load(list, { argv: ['--it.1=x'] }))).toContain(
      'must not leave a gap: a list has 0 elements, so position 0 is the next',
    );
  });

  test('may have 1000 characters and 100 levels', () => {
    const name = 'a'.repeat(1000);
    expect(load(node, { argv: [`--it.${name}=1`] })).toEqual({ [name]: '1' });
    const names = Array.from({ length: 100 }, () => 'a');
    const levels: unknown = names.reduce<unknown>((inner, member) => ({ [member]: inner }), '1');
    expect(load(node, { argv: [`--it.${names.join('.')}=1`] })).toEqual(levels);
  });
});

describe('paths are bounded', () => {
  test.each([
    ['one with 10,000 levels', `--it.${'a.'.repeat(10_000)}b=1`, 'must not have a path of more than'],
    ['one with 200 levels', `--it.${'a.'.repeat(200)}b=1`, 'must not have a path of more than 100 levels'],
    ['a name of 1 MB', `--it.${'a'.repeat(1_000_000)}=1`, 'must not have a path of more than 1000 characters'],
    ['an empty name', '--it.a..b=1', 'must name each member of its path'],
    ['a dot at the end', '--it.a.=1', 'must name each member of its path'],
    ['a dot at the beginning', '--it..a=1', 'must name each member of its path'],
    ['__proto__', '--it.a.__proto__.b=1', 'must not have a member called __proto__'],
  ])('%s', (_, flag, message) => {
    const node = { format: Object, default: {} };
    const start = process.cpuUsage();
    expect(refusalOf(() => load(node, { argv: [flag] }))).toContain(message);
    expect(millisecondsSince(start)).toBeLessThan(1000);
  });

  test('20,000 members take a time that grows with their number', () => {
    const members = (count: number): readonly Given[] =>
      Array.from({ length: count }, (_, i) => ({ path: [`m${i}`], text: 'x' }));
    for (const input of INPUTS) {
      const start = process.cpuUsage();
      expect(
        Object.keys(load({ format: Object, default: {} }, inputsOf(input, members(20_000))) as object),
      ).toHaveLength(20_000);
      expect(millisecondsSince(start)).toBeLessThan(5000);
    }
  });
});

/** The time that this process has used since `start`: others on the machine do not change it. */
function millisecondsSince(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}
