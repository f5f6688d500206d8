import { describe, expect, test } from 'vitest';
import { schemaOf } from '../../src/definition.ts';
import { defineConfig, each } from '../../src/index.ts';
import { envSource } from '../../src/sources/env.ts';
import { wholeMarks } from '../../src/sources/whole-variables.ts';
import { folder } from '../folder.ts';
import { issues, loaded, told, values } from './loaded.ts';

const settings = {
  batch_size_days: { format: 'nat', default: 30 },
  trust_threshold: { format: Number, default: 0.7 },
  optimizer: { maxNorm: { format: Number, default: 1 }, learningRate: { format: Number, default: 0.1 } },
};

describe('names of variables', () => {
  test.each([
    ['batch_size_days', 'RL_BATCH_SIZE_DAYS'],
    ['maxWorkers', 'RL_MAX_WORKERS'],
    ['max-workers', 'RL_MAX_WORKERS'],
    ['HTTPPort', 'RL_HTTP_PORT'],
    ['http2Port', 'RL_HTTP2_PORT'],
    ['größe', 'RL_GRÖSSE'],
    ['x', 'RL_X'],
    ['_private', 'RL__PRIVATE'],
    ['constructor', 'RL_CONSTRUCTOR'],
    ['toString', 'RL_TO_STRING'],
  ])('%s is given by %s', (key, name) => {
    const config = loaded({ settings: { [key]: 'none' }, env: { [name]: 'given' } });
    expect(config.get(key)).toBe('given');
    expect(config.explain(key).winner).toEqual({ layer: 'env', name, location: 'process.env' });
    expect(config.warnings).toEqual([]);
  });

  test('have two underscores between the segments of a key', () => {
    expect(values({ settings, env: { RL_OPTIMIZER__MAX_NORM: '2', RL_OPTIMIZER__LEARNING_RATE: '3' } })).toMatchObject({
      optimizer: { maxNorm: 2, learningRate: 3 },
    });
  });

  test('are what `env` says, with or without a prefix', () => {
    const own = { port: { format: 'port', default: 1, env: 'PORT' } };
    expect(values({ settings: own, env: { PORT: '80', RL_PORT: '81' } })).toEqual({ port: 80 });
    expect(values({ settings: own, env: { PORT: '80' }, envPrefix: undefined })).toEqual({ port: 80 });
  });

  test('are none without `env` and without a prefix', () => {
    expect(
      values({ settings, env: { BATCH_SIZE_DAYS: '1', batch_size_days: '1' }, envPrefix: undefined }),
    ).toMatchObject({
      batch_size_days: 30,
    });
  });

  test('one `env` feeds several settings', () => {
    const shared = { a: { default: '', env: 'ZONE' }, b: { default: '', env: 'ZONE' } };
    expect(values({ settings: shared, env: { ZONE: 'x' } })).toEqual({ a: 'x', b: 'x' });
  });

  test('one `env` of an Object and a text gives members to the Object alone', () => {
    const shared = { a: { default: 'd', env: 'ZONE' }, b: { format: Object, default: {}, env: 'ZONE' } };
    expect(values({ settings: shared, env: { ZONE__X: '1' } })).toEqual({ a: 'd', b: { x: '1' } });
  });

  test('a variable that is undefined is none', () => {
    expect(values({ settings, env: { RL_BATCH_SIZE_DAYS: undefined } })).toMatchObject({ batch_size_days: 30 });
    const own = { opts: { format: Object, default: { name: 'n' } } };
    const config = loaded({ settings: own, env: { RL_OPTS__NAME: undefined, RL_OTHER: undefined } });
    expect(config.values).toEqual({ opts: { name: 'n' } });
    expect(config.warnings).toEqual([]);
  });

  test('a variable called undefined gives nothing', () => {
    const own = { opts: { format: Object, default: { name: 'n' } } };
    expect(values({ settings: own, env: { undefined: '{"x":1}', RL_OPTS__NAME: 'm' } })).toEqual({
      opts: { name: 'm' },
    });
  });

  test.each([
    [100, []],
    [101, [`RL_OPTS${'__A'.repeat(31)}… matches no setting`]],
  ])('of %i levels, they lead to a member or not', (levels, warnings) => {
    const own = { opts: { format: Object, default: {} } };
    expect(told(loaded({ settings: own, env: { [`RL_OPTS${'__A'.repeat(levels)}`]: 'x' } }).warnings)).toEqual(
      warnings,
    );
  });

  test('give an Object its value in a `.env` file too', () => {
    const { path } = folder({ '.env': 'RL_OPTS={"name":"x"}' });
    const own = { opts: { format: Object, default: { name: 'n', more: 1 } } };
    expect(values({ settings: own, cwd: path, dotenv: true })).toEqual({ opts: { name: 'x', more: 1 } });
  });
});

describe('an empty variable', () => {
  test.each([
    ['String', { default: 'd', format: String }, ''],
    ['url', { default: 'http://x', format: 'url' }, 'http://x'],
    ['duration', { default: 5000, format: 'duration' }, 5000],
    ['Array', { default: ['d'], format: Array }, []],
    ['Number', { default: 7, format: Number }, 7],
    ['nat', { default: 7, format: 'nat' }, 7],
    ['port', { default: 7, format: 'port' }, 7],
    ['Boolean', { default: true, format: Boolean }, true],
    ['Object', { default: { a: 1 }, format: Object }, { a: 1 }],
    ['an enumeration', { default: 'a', format: ['a', 'b'] }, 'a'],
    ['nullable int', { default: 7, format: 'int', nullable: true }, 7],
    ['nullable String', { default: null, format: String, nullable: true }, ''],
  ])('of %s', (_, node, expected) => {
    expect(values({ settings: { it: node }, env: { RL_IT: '' } })).toEqual({ it: expected });
  });

  test('does not satisfy a required number', () => {
    const given = { settings: { it: { format: 'nat', default: null } }, env: { RL_IT: '' } };
    expect(told(issues(given))).toEqual([
      'it: is required, and RL_IT is empty | Set RL_IT or --it or "it" in the file.',
    ]);
  });
});

describe('empty variables of members only', () => {
  test.each([
    ['an Object', { format: Object, default: { maxNorm: 1 } }, 'RL_IT__MAX_NORM', { maxNorm: 1 }],
    ['an Object that replaces', { format: Object, merge: 'replace', default: { n: 1 } }, 'RL_IT__N', { n: 1 }],
    ['an Array', { format: Array, items: 'int', default: [7] }, 'RL_IT__0', [7]],
    ['an Array that appends', { format: Array, merge: 'append', items: 'int', default: [7] }, 'RL_IT__1', [7]],
  ])('give %s no value', (_, node, name, value) => {
    const { winner, candidates } = loaded({ settings: { it: node }, env: { [name]: '' } }).explain('it');
    expect(winner?.layer).toBe('default');
    expect(candidates).toMatchObject([
      { layer: 'env', name, state: 'empty' },
      { layer: 'default', value, state: 'wins' },
    ]);
  });

  test('do not satisfy a required Object', () => {
    const given = { settings: { it: { format: Object, members: 'int', default: null } }, env: { RL_IT__N: '' } };
    expect(told(issues(given))).toEqual([
      'it: is required, and RL_IT__N is empty | Set RL_IT or --it or "it" in the file.',
    ]);
  });
});

describe('members of an Object', () => {
  const opts = { opts: { format: Object, default: { maxNorm: 1, deep: { on: false }, tags: ['a'], name: 'n' } } };

  test.each([
    [{ RL_OPTS__MAX_NORM: '2.5' }, { maxNorm: 2.5 }],
    [{ RL_OPTS__DEEP__ON: 'yes' }, { deep: { on: true } }],
    [{ RL_OPTS__TAGS: 'x,y' }, { tags: ['x', 'y'] }],
    [{ RL_OPTS__NAME: '1.10' }, { name: '1.10' }],
    [{ RL_OPTS__NEW_ONE: '007' }, { new_one: '007' }],
    [
      { RL_OPTS: '{"name":"whole"}', RL_OPTS__MAX_NORM: '3' },
      { name: 'whole', maxNorm: 3 },
    ],
    [{ RL_OPTS: '', RL_OPTS__MAX_NORM: '3' }, { maxNorm: 3 }],
    [{ RL_OPTS__MAX_NORM: '', RL_OPTS__MAXNORM: '3' }, { maxNorm: 3 }],
    [
      { RL_OPTS__CONSTRUCTOR: 'c', RL_OPTS__PROTOTYPE: 'p' },
      { constructor: 'c', prototype: 'p' },
    ],
  ])('%j', (env, expected) => {
    const { default: below } = opts.opts;
    const config = loaded({ settings: opts, env });
    expect(config.get('opts')).toEqual({ ...below, ...expected });
    expect(config.warnings).toEqual([]);
  });

  test('are checked by the type of the member', () => {
    expect(told(issues({ settings: opts, env: { RL_OPTS__MAX_NORM: 'big' } }))).toEqual([
      'opts: member maxNorm must be a number, got "big"',
    ]);
  });

  test('name every variable that took part as their origin', () => {
    const config = loaded({ settings: opts, env: { RL_OPTS__NAME: 'x', RL_OPTS__MAX_NORM: '2' } });
    expect(config.explain('opts').winner).toEqual({
      layer: 'env',
      name: 'RL_OPTS__MAX_NORM, RL_OPTS__NAME',
      location: 'process.env',
    });
  });

  test.each([
    ['as it is, is the whole value', { RL_OPTS: '{"name":"x"}' }, { name: 'x' }],
    ['with another text, is put together', { RL_OPTS: '{"name":"y"}' }, { ...opts.opts.default, name: 'x' }],
    ['by another name, is put together', { RL_OTHER: '{"name":"x"}' }, { ...opts.opts.default, name: 'x' }],
  ])('a variable that the program that started this one marked %s', (_, marked, expected) => {
    const env = { RL_OPTS: '{"name":"x"}', ...wholeMarks({}, new Map(Object.entries(marked))) };
    expect(loaded({ settings: opts, env }).get('opts')).toEqual(expected);
  });

  test.each([
    ['none', {}, {}, {}],
    ['those of the environment', { VARVE_WHOLE: 'A:1 B:2' }, {}, { VARVE_WHOLE: 'A:1 B:2' }],
    ['a hash of each text', {}, { A: 'a', B: 'foobar' }, { VARVE_WHOLE: 'A:e40c292c B:bf9cf968' }],
    ['both, each once', { VARVE_WHOLE: 'A:e40c292c' }, { A: 'a', B: 'a' }, { VARVE_WHOLE: 'A:e40c292c B:e40c292c' }],
  ])('the marks of whole values are %s', (_, env, variables, marks) => {
    expect(wholeMarks(env, new Map(Object.entries(variables)))).toEqual(marks);
  });

  test.each([
    ['outer members first', { RL_OPTS__DEEP__ON: 'yes', RL_OPTS__DEEP: '{}' }, 'RL_OPTS__DEEP, RL_OPTS__DEEP__ON'],
    ['numbers by their size', { RL_OPTS__10: 'b', RL_OPTS__9: 'a' }, 'RL_OPTS__9, RL_OPTS__10'],
    ['and then by their digits', { RL_OPTS__1: 'b', RL_OPTS__01: 'a' }, 'RL_OPTS__01, RL_OPTS__1'],
  ])('are in one order, %s', (_, env, name) => {
    expect(loaded({ settings: opts, env }).explain('opts').winner?.name).toBe(name);
  });

  test('are read beside variables that name none', () => {
    const env = { RL_OPTS__A____B: 'x', RL_OPTS__NAME: 'y', RL_OPTS__C____D: 'x' };
    expect(loaded({ settings: opts, env }).get('opts')).toEqual({ ...opts.opts.default, name: 'y' });
  });

  test('leave a variable to the setting that has it as its own', () => {
    const both = { ...opts, name: { default: 'd', env: 'RL_OPTS__NAME' } };
    expect(values({ settings: both, env: { RL_OPTS__NAME: 'x' } })).toEqual({ opts: opts.opts.default, name: 'x' });
  });

  test.each(['RL_OPTS____PROTO__', 'RL_OPTS__', 'RL_OPTS__A____B'])('%s names no member', (name) => {
    const config = loaded({ settings: opts, env: { [name]: 'x' } });
    expect(config.get('opts')).toEqual(opts.opts.default);
    expect(told(config.warnings)[0]).toContain(`${name} matches no setting`);
  });
});

test('a member of a group by name is given by its name in another spelling', () => {
  const { path } = folder({ 'app.json': '{ "databases": { "euWest": {} } }', url: 'postgres://eu/orders' });
  const member = {
    url: { format: 'url', default: 'http://none/', sensitive: true },
    labels: { format: Object, default: {} },
  };
  const config = loaded({
    settings: { databases: each(member) },
    file: 'app.json',
    cwd: path,
    env: { RL_DATABASES__EUWEST__LABELS__TEAM: 'x', RL_DATABASES__EUWEST__URL_FILE: 'url' },
  });
  expect(config.values).toEqual({ databases: { euWest: { url: 'postgres://eu/orders', labels: { team: 'x' } } } });
});

describe('a variable with the prefix that matches nothing', () => {
  const env = { RL_TRUST_TRESHOLD: 's3cret', RL_OPTIMISER__MAX_NORM: '1', TRUST_THRESHOLD: '1' };
  const expected = [
    'RL_TRUST_TRESHOLD matches no setting | Did you mean RL_TRUST_THRESHOLD?',
    'RL_OPTIMISER__MAX_NORM matches no setting | Did you mean RL_OPTIMIZER__MAX_NORM?',
  ];

  test('is a warning with its place and the nearest name', () => {
    const { warnings, issues: none } = loaded({ settings, env });
    expect(none).toEqual([]);
    expect(told(warnings)).toEqual(expected);
    expect(warnings[0]).toMatchObject({
      code: 'UNKNOWN_KEY',
      origin: { name: 'RL_TRUST_TRESHOLD', location: 'process.env' },
    });
  });

  test('is an issue with strictEnv', () => {
    expect(told(issues({ settings, env, strictEnv: true }))).toEqual(expected);
  });

  test('never shows its value', () => {
    expect(
      JSON.stringify([loaded({ settings, env }).warnings, issues({ settings, env, strictEnv: true })]),
    ).not.toContain('s3cret');
  });

  test.each([
    ['RL_OPTIMIZER_MAX_NORM', 'Did you mean RL_OPTIMIZER__MAX_NORM?'],
    ['RL_MAX_NORM', 'Did you mean RL_OPTIMIZER__MAX_NORM?'],
    ['RL_OPTIMIZER', 'It is a group of settings: give them one by one, such as RL_OPTIMIZER__MAX_NORM.'],
    ['RL_LABELS_TEAM', 'Did you mean RL_LABELS__TEAM?'],
    ['RL_LABELS_2', 'Did you mean RL_LABELS__2?'],
    ['RL_LABELS_-A', 'Did you mean RL_LABELS?'],
    ['RL_BATCH_SIZE_DAYS_AT_MOST', 'Did you mean RL_BATCH_SIZE_DAYS?'],
    ['RL_batch_size_days', 'Did you mean RL_BATCH_SIZE_DAYS?'],
    ['RL_LABELS_', 'Did you mean RL_LABELS?'],
    ['RL_NOTHING_LIKE_IT', undefined],
    ['RL_LABELS_FILE', 'labels reads RL_LABELS_FILE only with envFile: true.'],
    ['RL_BATCH_SIZE_DAYS_FILE', 'batch_size_days reads RL_BATCH_SIZE_DAYS_FILE only with envFile: true.'],
    ['rl_batch_size_days', 'Did you mean RL_BATCH_SIZE_DAYS?'],
    ['RL.BATCH.SIZE-DAYS', 'Did you mean RL_BATCH_SIZE_DAYS?'],
  ])('%s has the remedy %j', (name, remedy) => {
    const labels = { format: Object, default: {} };
    const { warnings } = loaded({ settings: { ...settings, labels }, env: { [name]: 's3cret' } });
    expect(warnings.map(({ suggestion }) => suggestion)).toEqual([remedy]);
  });

  test('is warned with the variable of the setting, or that it has none', () => {
    const own = { port: { format: 'port', default: 1, env: 'PORT' }, mode: { default: 'a', env: false as const } };
    expect(told(loaded({ settings: own, env: { RL_PORT: '1', RL_MODE: 'b' } }).warnings)).toEqual([
      'RL_PORT matches no setting | The variable of port is PORT.',
      'RL_MODE matches no setting | mode is not settable by the environment.',
    ]);
  });
});

describe('the rest of the environment', () => {
  test('is never looked at: beyond names, only what the settings have and what has the prefix', () => {
    const read: string[] = [];
    const env = new Proxy<Record<string, string>>(
      { RL_TRUST_THRESHOLD: '0.5', RL_OTHER: 'x', SECRET: 'x', PATH: '/bin', NODE_ENV: 'test' },
      {
        get: (target, name) => {
          read.push(String(name));
          return Reflect.get(target, name) as string;
        },
      },
    );
    expect(values({ settings, env, dotenv: true, cwd: '/nonexistent' })).toMatchObject({ trust_threshold: 0.5 });
    expect(new Set(read)).toEqual(new Set(['RL_TRUST_THRESHOLD', 'RL_OTHER', 'NODE_ENV']));
  });

  test('stays as it is', () => {
    const before = { ...process.env };
    const argv = [...process.argv];
    const env = Object.freeze({ RL_TRUST_THRESHOLD: '0.5' });
    loaded({ settings, env });
    expect(process.env).toEqual(before);
    expect(process.argv).toEqual(argv);
  });
});

describe('where names are the same in large and small letters', () => {
  const onWindows = (env: Record<string, string>, own: Readonly<Record<string, unknown>> = settings) => ({
    settings: own,
    layers: [
      'default',
      envSource({
        schema: schemaOf(defineConfig({ name: 'app', envPrefix: 'RL', settings: own } as never)),
        env,
        cwd: '/',
        ignoreCase: true,
        reserved: [],
      }),
    ],
  });

  test.each(['RL_TRUST_THRESHOLD', 'Rl_Trust_Threshold', 'rl_trust_threshold'])('%s gives the setting', (name) => {
    const config = loaded(onWindows({ [name]: '0.5' }));
    expect(config.get('trust_threshold')).toBe(0.5);
    expect(config.explain('trust_threshold').winner?.name).toBe(name);
  });

  test('an unknown one is reported as it was written', () => {
    expect(told(loaded(onWindows({ rl_trust_treshold: '1' })).warnings)).toEqual([
      'rl_trust_treshold matches no setting | Did you mean RL_TRUST_THRESHOLD?',
    ]);
  });

  test('a setting without a variable has none there either', () => {
    const own = { ...settings, mode: { default: 'a', env: false as const } };
    expect(told(loaded(onWindows({ rl_mode: 'b', rl_opttimizer__x: '1' }, own)).warnings)).toEqual([
      'rl_mode matches no setting | mode is not settable by the environment.',
      'rl_opttimizer__x matches no setting',
    ]);
  });

  test('elsewhere they are not', () => {
    expect(values({ settings, env: { rl_trust_threshold: '0.5' } })).toMatchObject({ trust_threshold: 0.7 });
  });
});
