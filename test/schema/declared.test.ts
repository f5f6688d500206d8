import { describe, expect, test } from 'vitest';
import { defineConfig, loadConfigSync } from '../../src/index.ts';
import { jsonSchema } from '../../src/tools.ts';
import { answer, DOORS, filed, given } from './doors.ts';

describe('a coerce that returns undefined refuses the text', () => {
  const formats = { version: { validate: () => undefined, coerce: () => undefined } };

  test.each(DOORS)('by %s', (door) => {
    expect(given(door, { format: 'version', default: 1 }, 'x', { formats })).toMatchObject({
      refused: [{ message: 'must be text that the format version takes, got "x"' }],
    });
  });
});

const ORIGIN = { layer: 'vault', name: 'it', location: 'vault' };

describe('an enumeration with null among its options', () => {
  const node = { format: ['a', null], default: 'a' };

  test.each(DOORS)('takes it by %s', (door) => {
    expect(given(door, node, 'null')).toEqual({ value: null });
    expect(given(door, node, 'a')).toEqual({ value: 'a' });
    expect(given(door, { format: ['a', 'b'], default: 'a' }, 'null')).toHaveProperty('refused');
  });
});

describe('an enumeration with an empty option', () => {
  const node = { format: ['', 'a'], default: 'a' };

  test.each(DOORS)('takes it by %s', (door) => expect(given(door, node, '')).toEqual({ value: '' }));
});

describe('a required string', () => {
  test('is missing where the variable is empty', () => {
    expect(answer({ format: String, default: null }, { env: { IT: '' } })).toMatchObject({ refused: [{ key: 'it' }] });
  });

  test('that is optional takes the empty variable', () => {
    expect(answer({ format: String, default: 'a' }, { env: { IT: '' } })).toEqual({ value: '' });
  });
});

describe('the nearest option of an enumeration', () => {
  const node = { format: ['debug', 'info', 'warn'], default: 'info' };

  test.each(DOORS)('is suggested by %s', (door) => {
    expect(given(door, node, 'wrn')).toMatchObject({ refused: [{ suggestion: 'Did you mean warn?' }] });
  });

  test('is not suggested for a secret', () => {
    expect(given('env', { ...node, sensitive: true }, 'wrn')).toEqual({
      refused: [expect.not.objectContaining({ suggestion: expect.anything() })],
    });
  });
});

describe('a redacted value of a sensitive setting is refused', () => {
  const words = { refused: [{ message: expect.stringContaining('must be the value itself') }] };

  test.each(DOORS)('by %s', (door) => {
    expect(given(door, { format: String, default: 'a', sensitive: true }, '********')).toMatchObject(words);
    expect(given(door, { format: Array, default: [], sensitive: true }, 'a,********')).toMatchObject(words);
    expect(given(door, { format: Object, default: {}, sensitive: true }, '{"a":{"b":"********"}}')).toMatchObject(
      words,
    );
  });

  test('in the file', () => {
    expect(filed({ format: String, default: 'a', sensitive: true }, '"********"')).toMatchObject(words);
  });

  test('which is looked for no deeper than values may be nested', () => {
    const value: Record<string, unknown> = {};
    value['a'] = value;
    const layer = { name: 'vault', read: () => ({ entries: new Map([['it', { value, origin: ORIGIN }]]) }) };
    const node = { format: Object, default: {}, sensitive: true };
    expect(answer(node, {}, { layers: [layer, 'override'] })).toMatchObject({
      refused: [{ message: 'must not be nested deeper than 256 levels' }],
    });
  });

  test('and taken by a setting that is not sensitive', () => {
    expect(given('env', { format: String, default: 'a' }, '********')).toEqual({ value: '********' });
  });
});

describe('an alias that is a flag', () => {
  const settings = { rate: { default: 1, aliases: ['--old-rate', '-r', 'former'] } };
  const definition = defineConfig({ name: 'app', envPrefix: 'APP', settings });
  const load = (argv: readonly string[], env = {}): unknown => loadConfigSync(definition, { argv, env }).values.rate;

  test.each([[['--old-rate=2']], [['--old-rate', '2']], [['-r', '2']], [['--former=2']]])('%j', (argv) => {
    expect(load(argv)).toBe(2);
  });

  test('is neither a variable nor a key', () => {
    expect(load([], { APP_OLD_RATE: '2' })).toBe(1);
    expect(jsonSchema(definition)['properties']).toEqual({
      $schema: expect.anything(),
      rate: expect.anything(),
      former: expect.anything(),
    });
  });

  test.each(['--', '---x', '-', '--a b', '--a=b', '-ab'])('%s is refused', (alias) => {
    expect(() => defineConfig({ name: 'app', settings: { rate: { default: 1, aliases: [alias] } } })).toThrow(
      'which is neither a key nor a flag',
    );
  });

  test('that two settings have is refused', () => {
    const twice = { a: { default: 1, aliases: ['--old'] }, b: { default: 1, aliases: ['--old'] } };
    expect(() => defineConfig({ name: 'app', settings: twice })).toThrow('which a has too');
  });
});

describe('texts that are long', () => {
  test.each([
    ['a number', '1'.repeat(200_000)],
    ['a number with a wrong end', `${'1'.repeat(200_000)}x`],
    ['zeros', `${'0'.repeat(200_000)}x`],
  ])('%s is refused at once', (_, text) => {
    const start = performance.now();
    for (const format of [Number, 'int', 'nat', 'port', 'duration', 'bytes', 'timestamp', 'url', 'email', 'ipaddress'])
      expect(given('env', { format, default: null, nullable: true }, text)).toHaveProperty('refused');
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe('members of an Object used as a record', () => {
  const node = { format: Object, members: { format: 'nat', max: 9 }, default: { a: 1 } };

  test('are checked, and typed from text, in the file', () => {
    expect(filed(node, '{"b": 2, "c": "3"}')).toEqual({ value: { a: 1, b: 2, c: 3 } });
  });

  test.each(DOORS)('are checked by %s', (door) => {
    expect(given(door, node, '{"b": 2}')).toEqual({ value: { a: 1, b: 2 } });
    expect(given(door, node, '{"b": 2, "c": -1}')).toMatchObject({
      refused: [{ message: expect.stringContaining('member "c" must be an integer of at least 0, got ') }],
    });
    expect(given(door, node, '{"b": 10}')).toMatchObject({
      refused: [{ message: expect.stringContaining('member "b" must be at most 9, got ') }],
    });
  });

  test('of a secret are secrets, and their default is checked', () => {
    expect(() => defineConfig({ name: 'app', settings: { it: { ...node, default: { a: -1 } } } })).toThrow(
      'it: has a default that it refuses: member "a" must be an integer of at least 0, got {"a":-1}',
    );
    expect(given('env', { ...node, members: String, default: {}, sensitive: true }, '{"a":"********"}')).toMatchObject({
      refused: [{ key: 'it' }],
    });
  });

  test('are in the JSON Schema', () => {
    expect(jsonSchema(defineConfig({ name: 'app', settings: { it: node } }))['properties']).toMatchObject({
      it: { type: 'object', additionalProperties: { type: 'integer', minimum: 0, maximum: 9 } },
    });
  });

  test.each([
    [{ default: 'a', members: 'nat' }, 'has "members", but its format (string) is not Object'],
    [{ default: {}, members: {} }, 'has "members" that are neither a format nor a declaration with a "format"'],
    [{ default: {}, merge: 'append' }, 'has a "merge" that is not "deep" or "replace"'],
    [{ default: [], merge: 'deep' }, 'has a "merge" that is not "replace" or "append"'],
    [{ default: 1, merge: 'replace' }, 'has "merge", but its format (number) is neither Object nor Array'],
  ])('%j is a mistake', (node, message) => {
    expect(() => defineConfig({ name: 'app', settings: { it: node } } as never)).toThrow(message);
  });
});

describe('two names for one member', () => {
  const two = '{"max_norm": 2, "max-norm": 3}';
  const node = { format: Object, default: { maxNorm: 1 } };

  test('are refused, and the name of a secret is not shown', () => {
    const message = 'must not have two names for one member';
    expect(filed(node, two)).toMatchObject({
      refused: [{ message: expect.stringContaining(`${message}: "maxNorm"`) }],
    });
    expect(filed({ ...node, sensitive: true }, two)).toMatchObject({ refused: [{ message }] });
  });
});

describe('a flag that is repeated', () => {
  test('appends lists only', () => {
    const node = { format: Array, default: [] };
    expect(answer(node, { argv: ['--it=a', '--it:=["b"]'] })).toEqual({ value: ['a', 'b'] });
    expect(answer(node, { argv: ['--it:={"a": 1}', '--it=b'] })).toMatchObject({
      refused: [{ message: expect.stringContaining('must be lists where it is repeated') }],
    });
    expect(answer(node, { argv: ['--it:={"a": 1}'] })).toMatchObject({
      refused: [{ message: expect.stringContaining('must be a list, got ') }],
    });
  });
});

describe('a quantity', () => {
  test.each([
    ['bytes', '1.25GB', 1_250_000_000],
    ['bytes', '12', 12],
    ['duration', '12 months', 31_104_000_000],
    ['duration', '1.25 years', 39_420_000_000],
    ['duration', '2y', 63_072_000_000],
    ['duration', '3yr', 94_608_000_000],
  ])('%s of %s', (format, text, value) => {
    expect(given('env', { format, default: 0 }, text)).toEqual({ value });
  });

  test.each([
    ['bytes', '5zz'],
    ['bytes', 'MB'],
    ['bytes', '5bM'],
    ['duration', 'x12 months'],
    ['duration', '12 months!'],
  ])('%s of %s is refused', (format, text) => {
    expect(given('env', { format, default: 0 }, text)).toHaveProperty('refused');
  });
});

describe('JSON as a text', () => {
  test.each([
    ['{"a": 1, "a": 2}', 'must not have two members of the same name'],
    ['{"a": 9007199254740993}', 'must have numbers that can be held exactly: at most ±(2^53-1)'],
    ['{"a": 1} // one', 'must be valid JSON: comments are not allowed in strict JSON, at character 10'],
    ['{"__proto__": 1}', 'must not have a member called __proto__'],
  ])('%s is refused', (text, problem) => {
    expect(given('env', { format: Object, default: {} }, text)).toMatchObject({
      refused: [{ message: `${problem}, got ${JSON.stringify(text)}` }],
    });
  });
});

describe('JSON inside a list keeps its types', () => {
  const text = '["a", null]';

  test.each(DOORS)('by %s', (door) => {
    const items = { format: String, nullable: true };
    expect(given(door, { format: Array, items, default: [] }, text)).toEqual({ value: ['a', null] });
    expect(given(door, { format: Array, default: [] }, '[true, 1.10, "1.10"]')).toEqual({ value: [true, 1.1, '1.10'] });
    for (const element of ['true', '1.10'])
      expect(given(door, { format: Array, items: String, default: [] }, `[${element}]`)).toHaveProperty('refused');
  });
});
