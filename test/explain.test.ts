import { describe, expect, test } from 'vitest';
import { type Config, defineConfig, type LoadOptions, loadConfigSync, type Source } from '../src/index.ts';
import { thrown } from './failure.ts';
import { folder } from './folder.ts';

const settings = {
  rate: { doc: 'Steps a second', format: Number, default: 1 },
  name: 'ada',
  token: { format: String, sensitive: true, default: 'first' },
  port: { format: 'port', default: 80 },
  labels: { format: Object, default: { team: 'rl', size: { width: 1, height: 2 } } },
  tags: { format: Array, merge: 'append', default: ['a'] },
  plain: { format: Object, merge: 'replace', default: { a: 1 } },
} as const;

/** A configuration of a file, of variables and flags: no part is taken from the test runner. */
function load(file: unknown, options: LoadOptions = {}, definition: object = {}): Config {
  const { path } = folder({ 'app.json': JSON.stringify(file) });
  return loadConfigSync(
    defineConfig({ name: 'app', envPrefix: 'P', file: 'app.json', settings, ...definition } as never),
    { argv: [], env: {}, cwd: path, onWarning: false, ...options },
  ) as Config;
}

const explained = (config: Config, key: string): unknown => config.explain(key as never);

describe('the explanation of a setting', () => {
  test('has every layer that says something, highest first, with doc and format', () => {
    const config = load({ rate: 2 }, { env: { P_RATE: '3' }, argv: ['--rate', '4'] });
    expect(explained(config, 'rate')).toEqual({
      key: 'rate',
      value: 4,
      redacted: false,
      doc: 'Steps a second',
      format: 'number',
      winner: { layer: 'flag', name: '--rate', location: 'command line' },
      without: { layer: 'env', value: 3 },
      candidates: [
        { layer: 'flag', name: '--rate', location: 'command line', raw: '4', value: 4, state: 'wins' },
        { layer: 'env', name: 'P_RATE', location: 'process.env', raw: '3', value: 3, state: 'shadowed' },
        { layer: 'file', name: 'rate', location: 'app.json:1:9', value: 2, state: 'shadowed' },
        { layer: 'default', name: 'rate', location: 'schema', value: 1, state: 'shadowed' },
      ],
    });
  });

  test('shadows what is below a value that a source gives whole', () => {
    const states = (isWhole: boolean): unknown => {
      const origin = { layer: 'run', name: 'labels', location: 'run' };
      const entries = new Map([['labels', { origin, value: { team: 'x' }, isWhole }]]);
      const run: Source = { name: 'run', read: () => ({ entries }) };
      const config = load({}, {}, { layers: ['default', run] });
      return [config.get('labels' as never), config.explain('labels' as never).candidates.map(({ state }) => state)];
    };
    expect(states(true)).toEqual([{ team: 'x' }, ['wins', 'shadowed']]);
    expect(states(false)).toEqual([{ team: 'x', size: { width: 1, height: 2 } }, ['wins', 'merged']]);
  });

  test('of a default alone has no doc, and no value without it', () => {
    expect(explained(load({}), 'name')).toEqual({
      key: 'name',
      value: 'ada',
      redacted: false,
      format: 'string',
      winner: { layer: 'default', name: 'name', location: 'schema' },
      candidates: [{ layer: 'default', name: 'name', location: 'schema', value: 'ada', state: 'wins' }],
    });
  });

  test('redacts values and texts of every layer of a secret', () => {
    const config = load({ token: 'second' }, { env: { P_TOKEN: 'third' } });
    expect(explained(config, 'token')).toEqual({
      key: 'token',
      value: '********',
      redacted: true,
      format: 'string',
      winner: { layer: 'env', name: 'P_TOKEN', location: 'process.env' },
      without: { layer: 'file', value: '********' },
      candidates: [
        { layer: 'env', name: 'P_TOKEN', location: 'process.env', raw: '********', value: '********', state: 'wins' },
        { layer: 'file', name: 'token', location: 'app.json:1:10', value: '********', state: 'shadowed' },
        { layer: 'default', name: 'token', location: 'schema', value: '********', state: 'shadowed' },
      ],
    });
  });

  test('shows a refused and an empty entry with their states, and neither wins', () => {
    const config = load({ port: 'x' }, { env: { P_PORT: '' }, argv: ['--port', '81'] });
    const { candidates, winner, without } = explained(config, 'port') as ReturnType<Config['explain']>;
    expect(winner?.layer).toBe('flag');
    expect(without).toEqual({ layer: 'default', value: 80 });
    expect(candidates.map(({ layer, state }) => [layer, state])).toEqual([
      ['flag', 'wins'],
      ['env', 'empty'],
      ['file', 'invalid'],
      ['default', 'shadowed'],
    ]);
    expect(candidates.map(({ problem }) => problem)).toEqual([
      undefined,
      undefined,
      expect.stringMatching(/^must /),
      undefined,
    ]);
    expect('problem' in (candidates[0] ?? {})).toBe(false);
  });

  test.each([
    ['labels', { team: 'x' }, { team: 'x', size: { width: 1, height: 2 } }, ['wins', 'merged']],
    ['labels', { size: { width: 9 } }, { team: 'rl', size: { width: 9, height: 2 } }, ['wins', 'merged']],
    ['labels', { size: 5 }, { team: 'rl', size: 5 }, ['wins', 'merged']],
    ['labels', { list: [1] }, { team: 'rl', size: { width: 1, height: 2 }, list: [1] }, ['wins', 'merged']],
    ['labels', { team: ['x'] }, { team: ['x'], size: { width: 1, height: 2 } }, ['wins', 'merged']],
    ['plain', { b: 2 }, { b: 2 }, ['wins', 'shadowed']],
    ['tags', ['b'], ['a', 'b'], ['wins', 'merged']],
  ])('says what is merged: %s of %j', (key, value, expected, states) => {
    const config = load({ [key]: value });
    const said = explained(config, key) as ReturnType<Config['explain']>;
    expect(said.value).toEqual(expected);
    expect(said.candidates.map(({ state }) => state)).toEqual(states);
    expect(said.without).toEqual({ layer: 'default', value: settings[key as 'labels'].default });
  });

  test('of three layers says what the two below give together', () => {
    const config = load({ labels: { team: 'file' } }, { env: { P_LABELS: '{"team":"env"}' } });
    expect(explained(config, 'labels')).toMatchObject({
      value: { team: 'env', size: { width: 1, height: 2 } },
      without: { layer: 'file', value: { team: 'file', size: { width: 1, height: 2 } } },
    });
  });

  test('of an unknown key that is allowed has no format, and its value', () => {
    const config = load({ extra: 1 }, {}, { unknown: 'allow' });
    const origin = { layer: 'file', name: 'extra', location: 'app.json:1:10' };
    expect(explained(config, 'extra')).toEqual({
      key: 'extra',
      value: 1,
      redacted: false,
      winner: origin,
      candidates: [{ ...origin, value: 1, state: 'wins' }],
    });
  });
});

describe('the explanation of a key without a default', () => {
  test('that is unknown and in two layers', () => {
    const { path } = folder({ 'base.json': '{ "extra": 1 }', 'app.json': '{ "extra": 2 }' });
    const definition = defineConfig({
      name: 'app',
      file: 'app.json',
      files: ['base.json'],
      unknown: 'allow',
      settings,
    });
    const config = loadConfigSync(definition, { argv: [], env: {}, cwd: path });
    const { candidates, without } = config.explain('extra' as never);
    expect(candidates.map(({ value, state }) => [value, state])).toEqual([
      [2, 'wins'],
      [1, 'shadowed'],
    ]);
    expect(without).toEqual({ layer: 'base.json', value: 1 });
  });

  test('that is required and in no layer', () => {
    const definition = { settings: { port: { format: 'port', default: null } } };
    expect(explained(load({}, { invalid: 'report' } as never, definition), 'port')).toEqual({
      key: 'port',
      value: undefined,
      redacted: false,
      format: 'port',
      required: true,
      candidates: [],
    });
  });
});

describe('the explanation of a member', () => {
  test('of an object shadows a number below, and an object that is replaced', () => {
    const state = (file: unknown, key: string): unknown =>
      (explained(load(file), key) as ReturnType<Config['explain']>).candidates.map((one) => one.state);
    expect(state({ labels: { team: { name: 'x' } } }, 'labels.team')).toEqual(['wins', 'shadowed']);
    const definition = { settings: { plain: { format: Object, merge: 'replace', default: { a: { b: 1 } } } } };
    const replaced = explained(load({ plain: { a: { c: 2 } } }, {}, definition), 'plain.a');
    expect(replaced).toMatchObject({ value: { c: 2 }, candidates: [{ state: 'wins' }, { state: 'shadowed' }] });
  });

  test('has the layers that have it, with the place of each', () => {
    const config = load({ labels: { team: 'file', other: 1 } }, { env: { P_LABELS__TEAM: 'env' } });
    expect(explained(config, 'labels.team')).toEqual({
      key: 'labels.team',
      value: 'env',
      redacted: false,
      winner: { layer: 'env', name: 'P_LABELS__TEAM', location: 'process.env' },
      without: { layer: 'file', value: 'file' },
      candidates: [
        { layer: 'env', name: 'P_LABELS__TEAM', location: 'process.env', value: 'env', state: 'wins' },
        expect.objectContaining({ layer: 'file', value: 'file', state: 'shadowed' }),
        expect.objectContaining({ layer: 'default', value: 'rl', state: 'shadowed' }),
      ],
    });
    expect(explained(config, 'labels.other')).toMatchObject({ value: 1, winner: { layer: 'file' } });
    expect(explained(config, 'labels.other')).not.toHaveProperty('without');
  });

  test('that is an object itself is merged', () => {
    const config = load({ labels: { size: { width: 9 } } });
    const said = explained(config, 'labels.size') as ReturnType<Config['explain']>;
    expect(said.value).toEqual({ width: 9, height: 2 });
    expect(said.without).toEqual({ layer: 'default', value: { width: 1, height: 2 } });
    expect(said.candidates.map(({ state }) => state)).toEqual(['wins', 'merged']);
  });

  test('that is a number shadows an object below', () => {
    const config = load({ labels: { size: 3 } });
    const said = explained(config, 'labels.size') as ReturnType<Config['explain']>;
    expect(said.candidates.map(({ value, state }) => [value, state])).toEqual([
      [3, 'wins'],
      [{ width: 1, height: 2 }, 'shadowed'],
    ]);
  });

  test('that no layer has is an unknown key, with the nearest member', () => {
    expect(() => explained(load({}), 'labels.taem')).toThrow('labels.team');
  });
});

describe('an object of a lower layer', () => {
  test('that its format refuses is not merged', () => {
    const definition = { settings: { ...settings, labels: { format: Object, members: 'nat', default: { a: 1 } } } };
    const options = { env: { P_LABELS: '{"c":3}' } };
    expect(load({ labels: { b: 'x' } }, options, definition).values).toMatchObject({ labels: { a: 1, c: 3 } });
  });

  test('gives way to the lists of the object above', () => {
    const definition = { settings: { labels: { format: Object, default: { list: [1, 2] } } } };
    expect(load({ labels: { list: [3] } }, {}, definition).values).toEqual({ labels: { list: [3] } });
  });

  test('below something else than an object is not merged', () => {
    const definition = { settings: { labels: { format: '*', default: { a: 1 } } } };
    expect(load({ labels: 5 }, {}, definition).values).toEqual({ labels: 5 });
    const nullable = { settings: { labels: { format: Object, nullable: true, default: { a: 1 } } } };
    const none = load({ labels: null }, {}, nullable);
    expect(none.values).toEqual({ labels: null });
    const aboveNone = load({ labels: null }, { env: { P_LABELS: '{"b":2}' } }, nullable);
    const { candidates } = explained(aboveNone, 'labels') as ReturnType<Config['explain']>;
    expect(candidates.map(({ state }) => state)).toEqual(['wins', 'shadowed', 'merged']);
    expect(load({ labels: null }, { env: { P_LABELS: '{"b":2}' } }, nullable).values).toEqual({ labels: { b: 2 } });
  });
});

describe('the problems of a configuration', () => {
  test('are errors where they would win, and warnings where something valid stands above', () => {
    const shadowed = load({ port: 'x' }, { env: { P_PORT: '90' } });
    expect(shadowed.warnings).toMatchObject([{ key: 'port', origin: { layer: 'file' } }]);
    const { issues } = thrown(() => load({ port: 'x' }, { env: { P_PORT: 'y' } }));
    expect(issues.map(({ origin }) => origin?.layer)).toEqual(['file', 'env']);
  });

  test('of a required setting name the highest variable that is empty', () => {
    const definition = { settings: { port: { format: 'port', default: null } }, dotenv: true };
    const { path } = folder({ 'app.json': '{}', '.env': 'P_PORT=\n' });
    const required = (env: Record<string, string>) =>
      thrown(() =>
        loadConfigSync(defineConfig({ name: 'app', envPrefix: 'P', file: 'app.json', ...definition } as never), {
          argv: [],
          env,
          cwd: path,
        }),
      ).issues;
    expect(required({})).toMatchObject([
      { key: 'port', message: 'is required, and P_PORT is empty', origin: { location: '.env:1' } },
    ]);
    expect(required({ P_PORT: '' })).toMatchObject([{ origin: { location: 'process.env' } }]);
  });

  test('show the lines around the first thousand, and tell the others without', () => {
    const many = Object.fromEntries(Array.from({ length: 1_003 }, (_, i) => [`n${i}`, 'x']));
    const definition = {
      settings: Object.fromEntries(Object.keys(many).map((name) => [name, { format: 'nat', default: 1 }])),
    };
    const { issues } = thrown(() => load(many, {}, definition));
    expect(issues).toHaveLength(1_003);
    expect(issues.filter(({ frame }) => frame !== undefined)).toHaveLength(1_000);
    expect(issues.at(-1)).toMatchObject({
      key: 'n1002',
      message: expect.stringContaining('"x"'),
      origin: { layer: 'file' },
    });
  });
});
