import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { type Config, ConfigError, defineConfig, loadConfig, setAll } from '../../src/index.ts';
import { failure } from '../failure.ts';
import { folder } from '../folder.ts';

const TEXT = '{ "port": 80, "optimizer": { "lr": 0.5 } }\n';

async function loaded(): Promise<{ config: Config; file: () => string }> {
  const { path, read } = folder({ 'app.json': TEXT });
  const settings = {
    port: { format: 'port', default: 8080 },
    level: { format: ['debug', 'info'], default: 'info' },
    optimizer: { lr: { format: Number, min: 0, max: 1, default: 0.1 } },
    tags: { format: Array, items: String, default: ['a'] },
    ratio: { format: z.number().max(1), default: 0.5 },
    even: {
      format: (value: unknown) => {
        if (Number(value) % 2 !== 0) throw new Error('must be even');
      },
      default: 2,
    },
    name: { default: 'x', maxLength: 3 },
    wait: { format: 'duration', default: '5s' },
    token: { default: 'none', sensitive: true, minLength: 4 },
    on: false,
    options: { format: Object, default: {} },
  };
  const definition = defineConfig({ name: 'app', file: 'app.json', settings } as never);
  return { config: await loadConfig(definition, { cwd: path, env: {}, argv: [] }), file: () => read('app.json') };
}

describe('a wrong value', () => {
  const WRONG: readonly [key: string, value: unknown, message: string][] = [
    ['port', 70_000, 'port: must be a port from 0 to 65535, got 70000.'],
    ['port', '80abc', 'port: must be an integer, got "80abc".'],
    ['port', null, 'port: must be a port from 0 to 65535, got null.'],
    ['port', Number.NaN, 'port: must be a finite number, got NaN.'],
    ['level', 'warn', 'level: must be "debug" or "info", got "warn".'],
    ['optimizer.lr', 2, 'optimizer.lr: must be at most 1, got 2.'],
    ['optimizer.lr', [1], 'optimizer.lr: must be a number, got [1].'],
    ['tags', ['a', 1], 'tags: element 2 must be a string, got ["a",1].'],
    ['tags', { 0: 'a' }, 'tags: must be a list, got {"0":"a"}.'],
    ['ratio', 2, 'ratio: is not valid: Too big: expected number to be <=1, got 2.'],
    ['even', 3, 'even: must be even, got 3.'],
    ['name', 'long', 'name: must have at most 3 characters, got "long".'],
    [
      'wait',
      '5 parsecs',
      'wait: must be a length of time in whole milliseconds or with a unit (3000, "90s", "1h30m", "PT5M"), got "5 parsecs".',
    ],
    ['token', 'abc', 'token: must have at least 4 characters.'],
    ['on', 'maybe', 'on: must be true or false (or 1, 0, yes, no, on, off), got "maybe".'],
    [
      'options',
      JSON.parse('{"a":{"__proto__":1}}'),
      'options: must not have a member called __proto__ at ["a"], got {"a":{"__proto__":1}}.',
    ],
    ['options', new Date(0), 'options: must be a JSON object, got "1970-01-01T00:00:00.000Z".'],
  ];

  test.each(WRONG)('of %s, %j, is refused with its key and what is expected', async (key, value, message) => {
    const { config } = await loaded();
    for (const change of [() => config.set(key, value), () => config.override(key, value)]) {
      try {
        change();
        expect.unreachable();
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        expect(error.code).toBe('INVALID_VALUE');
        expect(error.issues).toMatchObject([{ code: 'INVALID_VALUE', key }]);
        expect(error.message).toBe(message);
      }
    }
  });

  test('changes nothing', async () => {
    const { config, file } = await loaded();
    const events: unknown[] = [];
    config.subscribe((event) => events.push(event));
    const before = [config.values, config.explainAll()];
    for (const [key, value] of WRONG) expect(() => config.set(key, value)).toThrow(ConfigError);
    expect(config.values).toBe(before[0]);
    expect(config.explainAll()).toEqual(before[1]);
    expect([config.pending, config.warnings, config.issues, events]).toEqual([[], [], [], []]);
    await config.save();
    expect(file()).toBe(TEXT);
  });

  test('after a right one leaves that one', async () => {
    const { config } = await loaded();
    config.set('port', 81);
    expect(() => config.set('port', -1)).toThrow('port: ');
    expect(config.get('port')).toBe(81);
    expect(config.pending).toEqual([{ key: 'port', before: 80, after: 81, redacted: false }]);
  });
});

test('text that means a value sets that value', async () => {
  const { config } = await loaded();
  for (const [key, text] of Object.entries({
    port: '81',
    'optimizer.lr': '5e-7',
    tags: 'a,b',
    wait: '2m',
    on: 'yes',
    even: '4',
  })) {
    config.set(key, text);
  }
  expect(config.values).toMatchObject({
    port: 81,
    optimizer: { lr: 5e-7 },
    tags: ['a', 'b'],
    wait: 120_000,
    on: true,
    even: 4,
  });
});

test('members of one setting that are set together are refused each by itself', async () => {
  const { path } = folder({});
  const settings = { limits: { format: Object, members: 'nat', default: { a: 1 } }, list: { default: [1] }, port: 80 };
  const definition = defineConfig({ name: 'app', file: 'app.json', settings });
  const config = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
  const values = { 'limits.a': -1, port: 'x', 'limits.b': 2, 'limits.c': -3, 'limits.d': 'y', 'list.5': 1 };
  const { issues } = await failure(() => setAll(config, values as never));
  expect(issues.map(({ key, message }) => `${key} ${message}`)).toEqual([
    'port must be a number, got "x"',
    'limits.d member d must be an integer, got "y"',
    'limits member "a" must be an integer of at least 0, got {"a":-1}',
    'limits member "c" must be an integer of at least 0, got {"c":-3}',
    'list.5 must not leave a gap: a list has 1 element, so position 1 is the next, got 1',
  ]);
  expect(config.pending).toEqual([]);
});
