import convict from 'convict';
import { describe, expect, test } from 'vitest';
import { defineConfig, loadConfig, type Source } from '../../src/index.ts';
import { failure, issueLines } from '../failure.ts';
import { folder } from '../folder.ts';
import { issues, loaded, told, values } from './loaded.ts';

const given = (format: unknown, fallback: unknown, text: string): readonly [unknown, unknown] => {
  const settings = { it: { format, default: fallback } };
  const read = (inputs: object): unknown => {
    const found = issues({ settings, ...inputs });
    return found.length > 0 ? 'refused' : (values({ settings, ...inputs }) as { it: unknown }).it;
  };
  return [read({ env: { RL_IT: text } }), read({ argv: [`--it=${text}`] })];
};

describe('what convict does to text', () => {
  test.each<[string, unknown, unknown, string, unknown]>([
    ['8080abc is a port', 'port', 1, '8080abc', 'refused'],
    ['3.7 is an int', 'int', 1, '3.7', 'refused'],
    ['0x1F90 is 0', 'int', 1, '0x1F90', 'refused'],
    ['a Number may be NaN', Number, 1, 'NaN', 'refused'],
    ['a Number may be no number at all', Number, 1, 'abc', 'refused'],
    ['0 is true', Boolean, true, '0', false],
    ['no is true', Boolean, true, 'no', false],
    ['an Array is cut at the commas of its JSON', Array, [''], '["a,b","c"]', ['a,b', 'c']],
    ['1e5 becomes 100000', String, '', '1e5', '1e5'],
    ['1.10 becomes 1.1', String, '', '1.10', '1.10'],
    ['007 becomes 7', String, '', '007', '007'],
    ['a number of 20 digits is rounded', String, '', '12345678901234567890', '12345678901234567890'],
  ])('%s', (_, format, fallback, text, expected) => {
    expect(given(format, fallback, text)).toEqual([expected, expected]);
  });

  test('an empty text is true, and a list with one empty text', () => {
    const settings = { on: { format: Boolean, default: false }, list: { format: Array, default: ['d'] } };
    expect(values({ settings, env: { RL_ON: '', RL_LIST: '' } })).toEqual({ on: false, list: [] });
  });

  test('repeated flags are joined with commas', () => {
    expect(values({ settings: { it: 'd' }, argv: ['--it=a', '--it=b'] })).toEqual({ it: 'b' });
  });

  test('load() reads the environment again', async () => {
    const { path } = folder({ 'app.json': '{}' });
    const config = loaded({ settings: { a: 1 }, cwd: path, file: 'app.json', env: { RL_A: '5' } });
    config.override('a', 9);
    await config.reload();
    expect(config.get('a')).toBe(9);
  });

  test('reset() is set(default), over the environment', async () => {
    const { path } = folder({ 'app.json': '{ "a": 2 }' });
    const config = loaded({ settings: { a: 1 }, cwd: path, file: 'app.json', env: { RL_A: '5' } });
    await config.reset('a');
    expect(config.get('a')).toBe(5);
  });

  test('two settings may not share a variable, but by an explicit `env`', () => {
    const settings = { a: { default: '', env: 'X' }, b: { default: '', env: 'X' } };
    expect(values({ settings, env: { X: 'x' } })).toEqual({ a: 'x', b: 'x' });
  });

  test('set("constructor.x", 1) writes to the global Object', () => {
    const settings = { opts: { format: Object, default: {} } };
    const env = { RL_OPTS__CONSTRUCTOR__X: '1' };
    expect(values({ settings, env, argv: ['--opts.constructor.y=1'] })).toEqual({
      opts: { constructor: { x: '1', y: '1' } },
    });
    expect([Reflect.has(Object, 'x'), Reflect.has(Object, 'y')]).toEqual([false, false]);
  });

  test('an Object with dots in its names crashes it', () => {
    const settings = { opts: { format: Object, default: {} } };
    expect(values({ settings, env: { RL_OPTS: '{"a.b":{"c.d":1}}' } })).toEqual({ opts: { 'a.b': { 'c.d': 1 } } });
  });

  test('an object two levels deep under a `*` setting is a TypeError', () => {
    const settings = { any: { format: '*', default: { a: { b: 1 } } } };
    expect(values({ settings, env: {} })).toEqual({ any: { a: { b: 1 } } });
  });

  test('an error shows a sensitive value', () => {
    const settings = { token: { format: 'nat', default: 1, sensitive: true } };
    const found = issues({ settings, env: { RL_TOKEN: 's3cret' }, argv: ['--token=s3cret'] });
    expect(found).toHaveLength(2);
    expect(JSON.stringify(found)).not.toContain('s3cret');
  });

  test('formats and parsers are registered for the whole process', () => {
    const formats = { even: { validate: () => undefined } };
    loaded({ settings: { it: { format: 'even', default: 2 } }, formats });
    expect(() => convict({ it: { format: 'even', default: 2 } } as never)).toThrow();
  });
});

describe('what yargs does to flags', () => {
  test.each<[string, readonly string[], object]>([
    ['strips outer quotes', ['--text="x"', '--other', "'y'"], { text: '"x"', other: "'y'" }],
    ['takes -1e-3 for short flags', ['--rate', '-1e-3', '-n', '-2e-4'], { rate: -0.001, n: -0.0002 }],
    ['is greedy with lists', ['--list', 'a', 'b', '--list', 'c'], { list: ['a', 'c'] }],
    ['turns --b=yes into false', ['--b=yes'], { b: true }],
    ['keeps --version and --help for itself', ['--version', '2', '--help=me'], { version: '2', help: 'me' }],
    ['drops a declared no-x', ['--no-x', 'v'], { 'no-x': 'v' }],
    ['parses numbers', ['--text', '1e5', '--other=0x10'], { text: '1e5', other: '0x10' }],
    ['turns a flag without a value into an empty text or true', ['--b'], { b: true }],
    ['makes lists of what is repeated', ['--text', 'a', '--text', 'b'], { text: 'b' }],
    ['makes objects of dots', ['--text.x=1', '--group.leaf', 'v'], { text: 'd', group: { leaf: 'v' } }],
    ['lets a boolean swallow the next word', ['--b', 'false'], { b: true }],
    ['puts what follows -- into the rest, after reading it', ['--', '--text', 'x'], { text: 'd' }],
    ['renames __proto__', ['--__proto__=x', '--___proto___=y'], { text: 'd' }],
  ])('%s', (_, argv, expected) => {
    const settings = {
      text: 'd',
      other: 'd',
      rate: { format: Number, default: 0, arg: 'r' },
      num: { format: Number, default: 0 },
      n: { format: Number, default: 0 },
      list: { format: Array, default: [''] },
      b: { format: Boolean, default: false },
      version: 'd',
      help: 'd',
      'no-x': 'd',
      group: { leaf: 'd' },
    };
    expect(values({ settings, argv })).toMatchObject(expected);
  });

  test('a number given to a text setting stays text', () => {
    const settings = { text: { format: String, default: '' } };
    expect(values({ settings, argv: ['--text', '12345678901234567890'] })).toEqual({ text: '12345678901234567890' });
  });

  test('a flag without a value is an error, except for a boolean', () => {
    expect(told(issues({ settings: { text: 'd' }, argv: ['--text'] }))).toEqual(['text: must be given a value']);
  });
});

describe('what dotenv does', () => {
  const settings = { text: 'd' };

  test('config() changes process.env, prints, and obeys DOTENV_PATH', () => {
    const { path } = folder({ '.env': 'RL_TEXT=x', other: 'RL_TEXT=y' });
    const before = { ...process.env };
    process.env['DOTENV_CONFIG_PATH'] = 'other';
    try {
      expect(values({ settings, cwd: path, dotenv: true, env: process.env })).toEqual({ text: 'x' });
    } finally {
      delete process.env['DOTENV_CONFIG_PATH'];
    }
    expect(process.env).toEqual(before);
  });

  test.each(['$(date)', 'pa$word', '$HOME', '\\$x', '$$'])('dotenv-expand executes or mangles %s', (text) => {
    const { path } = folder({ '.env': `RL_TEXT='${text}'` });
    expect(values({ settings, cwd: path, dotenv: true })).toEqual({ text });
  });
});

describe('what deepmerge does', () => {
  const settings = { opts: { format: Object, default: { list: [1, 2], keep: { a: 1 } } } };

  test('concatenates lists', () => {
    expect(values({ settings, env: { RL_OPTS: '{"list":[3]}' } })).toEqual({ opts: { list: [3], keep: { a: 1 } } });
  });

  test('copies __proto__', () => {
    for (const inputs of [
      { env: { RL_OPTS: '{"__proto__":{"polluted":1}}' } },
      { argv: ['--opts.__proto__.polluted=1'] },
    ]) {
      expect(told(issues({ settings, ...inputs }))[0]).toContain('must not have a member called __proto__');
    }
    expect('polluted' in {}).toBe(false);
  });

  test('leaves out names of Object.prototype', () => {
    expect(values({ settings, argv: ['--opts.toString=x', '--opts.constructor=y'] })).toMatchObject({
      opts: { toString: 'x', constructor: 'y' },
    });
  });
});

describe('what a source of the program may answer', () => {
  const read = (result: unknown, isLater = false) => {
    const own = { name: 'vault', read: () => (isLater ? Promise.resolve(result) : result) } as Source;
    const definition = defineConfig({ name: 'app', layers: ['default', own], settings: { it: 1, list: [0] } });
    return loadConfig(definition, { env: {}, argv: [] });
  };
  const NO_ENTRIES = 'the source "vault" answered no entries';
  const NO_ENTRY = 'the source "vault" answered "it" with what is not an entry';

  test.each<[string, unknown, string]>([
    ['nothing', undefined, NO_ENTRIES],
    ['null', null, NO_ENTRIES],
    ['an object without entries', {}, NO_ENTRIES],
    ['entries that are an object', { entries: { it: { value: 2 } } }, NO_ENTRIES],
    ['entries without keys', { entries: { get: () => undefined } }, NO_ENTRIES],
    ['a value in place of an entry', { entries: new Map([['it', 2]]) }, NO_ENTRY],
    ['null in place of an entry', { entries: new Map([['it', null]]) }, NO_ENTRY],
    ['an entry without a value', { entries: new Map([['it', { origin: {} }]]) }, NO_ENTRY],
    ['a text that is a number', { entries: new Map([['it', { raw: 2 }]]) }, NO_ENTRY],
    ['a problem that is an object', { entries: new Map([['it', { value: 2, problem: {} }]]) }, NO_ENTRY],
  ])('not %s', async (_, result, message) => {
    for (const isLater of [false, true]) {
      const error = await failure(read(result, isLater));
      expect([error.code, issueLines(error)]).toEqual(['UNAVAILABLE', [message]]);
    }
  });

  test('a value, or a text in `raw`, with a location or the name of the source for it', async () => {
    const origin = { layer: 'vault', name: 'IT', location: 'https://vault' };
    const config = await read({
      entries: new Map<string, object>([
        ['it', { raw: '2', origin }],
        ['list', { value: [3] }],
      ]),
    });
    expect(config.values).toEqual({ it: 2, list: [3] });
    expect(config.explain('it').winner).toEqual(origin);
    expect(config.explain('list').winner).toEqual({ layer: 'vault', name: 'list', location: 'vault' });
  });
});
