import { describe, expect, test } from 'vitest';
import { ConfigError, defineConfig } from '../../src/index.ts';
import { folder } from '../folder.ts';
import { issues, loaded, told, values } from './loaded.ts';

const settings = {
  batch_size: { format: 'nat', default: 1, aliases: ['batchSize', 'train.batch', 'OLD_BATCH'] },
  log: { level: { format: String, default: 'info', aliases: ['log_level', 'log.verbosity'] } },
  opts: { format: Object, default: { a: 1 }, aliases: ['options'] },
  token: { format: String, default: 'none', sensitive: true, aliases: ['api_key'], env: 'TOKEN', arg: 't' },
  tags: { format: Array, items: String, default: [], aliases: ['labels'] },
  quiet: { format: Boolean, default: false, aliases: ['silent'] },
};

const inFile = (text: string, more: object = {}) => {
  const { path } = folder({ 'app.json': text });
  return loaded({ settings, cwd: path, file: 'app.json', ...more });
};

describe('a former key in the file', () => {
  test.each([
    ['{ "batchSize": 7 }', 'batch_size', 7, 'app.json:1:16', 'batchSize'],
    ['{ "train": { "batch": 7 } }', 'batch_size', 7, 'app.json:1:23', 'train.batch'],
    ['{ "OLD_BATCH": "7" }', 'batch_size', 7, 'app.json:1:16', 'OLD_BATCH'],
    ['{\n  "log_level": "debug"\n}', 'log.level', 'debug', 'app.json:2:16', 'log_level'],
    ['{ "log": { "verbosity": "debug" } }', 'log.level', 'debug', 'app.json:1:25', 'log.verbosity'],
    ['{ "options": { "b": 2 } }', 'opts', { a: 1, b: 2 }, 'app.json:1:14', 'options'],
  ])('%s gives %s', (text, key, value, location, name) => {
    const config = inFile(text);
    expect(config.get(key)).toEqual(value);
    const origin = { layer: 'file', name, location };
    expect(config.explain(key).winner).toEqual(origin);
    expect(config.warnings).toEqual([
      {
        code: 'DEPRECATED',
        key,
        message: `is set by its deprecated name ${name}`,
        suggestion: `Write ${key} instead.`,
        origin,
      },
    ]);
  });

  test('is overridden by the present key, in any order', () => {
    const config = inFile('{ "batch_size": 8, "batchSize": 7, "train": { "batch": 6 } }');
    expect(config.get('batch_size')).toBe(8);
    expect(told(config.warnings)).toEqual([
      'batch_size: is also set by its deprecated name batchSize, which has no effect beside batch_size | Remove batchSize.',
      'batch_size: is also set by its deprecated name train.batch, which has no effect beside batch_size | Remove train.batch.',
    ]);
  });

  test('counts less than every higher layer, which it warns beside', () => {
    const config = inFile('{ "batchSize": 7 }', { env: { RL_BATCH_SIZE: '8' } });
    expect(config.explain('batch_size')).toMatchObject({ value: 8, without: { layer: 'file', value: 7 } });
    expect(told(config.warnings)).toEqual([
      'batch_size: is set by its deprecated name batchSize | Write batch_size instead.',
    ]);
  });

  test('is checked like the present key, with its location', () => {
    const { path } = folder({ 'app.json': '{ "batchSize": -7 }' });
    expect(issues({ settings, cwd: path, file: 'app.json' })).toMatchObject([
      {
        key: 'batch_size',
        message: expect.stringMatching(/, got -7$/),
        origin: { name: 'batchSize', location: 'app.json:1:16' },
      },
    ]);
  });

  test('beside an unknown key', () => {
    expect(
      told(inFile('{ "train": { "batch": 7, "other": 1 }, "log_level": { } }', { invalid: 'report' }).warnings),
    ).toEqual([
      'train.other: is not a setting',
      'batch_size: is set by its deprecated name train.batch | Write batch_size instead.',
      'log.level: is set by its deprecated name log_level | Write log.level instead.',
    ]);
    expect(told(inFile('{ "train": 3 }').warnings)).toEqual(['train: is not a setting']);
  });

  test('does not count as unknown under unknown: allow or error', () => {
    expect(inFile('{ "batchSize": 7 }', { unknown: 'allow' }).values).not.toHaveProperty('batchSize');
    expect(inFile('{ "batchSize": 7 }', { unknown: 'error' }).get('batch_size')).toBe(7);
  });

  test('in groups of groups; a deprecated flag is not a key', () => {
    const rate = { default: 1, aliases: ['old.train.rate', '--old-rate'] };
    const config = inFile('{ "old": { "train": { "rate": 7 } }, "--old-rate": 8 }', { settings: { rate } });
    expect(config.get('rate')).toBe(7);
    expect(told(config.warnings)).toEqual([
      '--old-rate: is not a setting',
      'rate: is set by its deprecated name old.train.rate | Write rate instead.',
    ]);
  });

  test('is read in base files too', () => {
    const { path } = folder({ 'base.json': '{ "batchSize": 7 }' });
    const config = loaded({ settings, cwd: path, files: ['base.json'] });
    expect(config.explain('batch_size').winner).toEqual({
      layer: 'base.json',
      name: 'batchSize',
      location: 'base.json:1:16',
    });
  });
});

test('a name with a dot in the file is one unknown name, whether present or deprecated', () => {
  const config = inFile('{ "log.level": "debug", "train.batch": 7 }');
  expect(config.values).toMatchObject({ log: { level: 'info' }, batch_size: 1 });
  expect(told(config.warnings)).toEqual([
    'log.level: is not a setting | Nest it instead: { "log": { "level": … } }.',
    'train.batch: is not a setting',
  ]);
});

describe('a former variable', () => {
  test.each([
    ['RL_TRAIN__BATCH', '7', 'batch_size', 7, 'RL_BATCH_SIZE'],
    ['OLD_BATCH', '7', 'batch_size', 7, 'RL_BATCH_SIZE'],
    ['RL_OLD_BATCH', '7', 'batch_size', 7, 'RL_BATCH_SIZE'],
    ['RL_LOG_LEVEL', 'debug', 'log.level', 'debug', 'RL_LOG__LEVEL'],
    ['RL_API_KEY', 's3cret', 'token', '********', 'TOKEN'],
    ['RL_OPTIONS', '{"b":2}', 'opts', { a: 1, b: 2 }, 'RL_OPTS'],
    ['RL_OPTIONS__A', '2', 'opts', { a: 2 }, 'RL_OPTS'],
  ])('%s=%s gives %s', (name, text, key, value, now) => {
    const config = loaded({ settings, env: { [name]: text } });
    const origin = { layer: 'env', name, location: 'process.env' };
    expect(config.explain(key)).toMatchObject({ value, winner: origin });
    expect(config.warnings).toEqual([
      {
        code: 'DEPRECATED',
        key,
        message: `is set by its deprecated name ${name}`,
        suggestion: `Write ${now} instead.`,
        origin,
      },
    ]);
  });

  test('that is spelled as the present variable is not deprecated', () => {
    expect(loaded({ settings, env: { RL_BATCH_SIZE: '7' } }).warnings).toEqual([]);
  });

  test('in small letters is any program’s, unless the prefix is before it', () => {
    const env = { api_key: 'x', options: 'x', log_level: 'x', batchSize: '7' };
    expect(
      loaded({ settings, env })
        .explainAll()
        .every(({ winner }) => winner?.layer === 'default'),
    ).toBe(true);
  });

  test('of a `.env` file and of a secret', () => {
    const { path } = folder({ '.env': '\nRL_LOG_LEVEL=debug\n', key: 's3cret\n' });
    const config = loaded({ settings, cwd: path, dotenv: true, env: { RL_API_KEY_FILE: 'key' } });
    expect([config.get('token'), config.get('log.level')]).toEqual(['s3cret', 'debug']);
    expect(told(config.warnings)).toEqual([
      'log.level: is set by its deprecated name RL_LOG_LEVEL | Write RL_LOG__LEVEL instead.',
      'token: is set by its deprecated name RL_API_KEY_FILE | Write TOKEN_FILE instead.',
    ]);
  });

  test('is overridden by the present variable', () => {
    const config = loaded({ settings, env: { RL_TRAIN__BATCH: '7', RL_BATCH_SIZE: '8' }, strictEnv: true });
    expect(config.get('batch_size')).toBe(8);
    expect(told(config.warnings)).toEqual([
      'batch_size: is also set by its deprecated name RL_TRAIN__BATCH, which has no effect beside RL_BATCH_SIZE | Remove RL_TRAIN__BATCH.',
    ]);
  });

  test('is none where variables give the setting nothing', () => {
    const own = { a: { default: 'none', env: false, aliases: ['OLD_A'] } };
    expect(values({ settings: own, env: { OLD_A: 'x', RL_OLD_A: 'x' } })).toEqual({ a: 'none' });
  });
});

test('an empty former variable gives a number no value', () => {
  const own = { it: { format: 'nat', default: 7, aliases: ['old'] } };
  expect(loaded({ settings: own, env: { RL_OLD: '' } }).explain('it')).toMatchObject({
    value: 7,
    candidates: [{ layer: 'env', state: 'empty' }, { layer: 'default' }],
  });
});

describe('a former flag', () => {
  test.each<[readonly string[], string, unknown, string, string]>([
    [['--batchSize', '7'], 'batch_size', 7, '--batchSize', '--batch-size'],
    [['--train.batch=7'], 'batch_size', 7, '--train.batch', '--batch-size'],
    [['--OLD_BATCH=7'], 'batch_size', 7, '--OLD_BATCH', '--batch-size'],
    [['--log-level', 'debug'], 'log.level', 'debug', '--log-level', '--log.level'],
    [['--log_level', 'debug'], 'log.level', 'debug', '--log_level', '--log.level'],
    [['--api-key', 's3cret'], 'token', '********', '--api-key', '-t'],
    [['--options.a=2'], 'opts', { a: 2 }, '--options.a', '--opts'],
    [['--labels', 'a', '--labels', 'b'], 'tags', ['a', 'b'], '--labels', '--tags'],
    [['--silent', 'x'], 'quiet', true, '--silent', '--quiet'],
    [['--no-silent'], 'quiet', false, '--no-silent', '--quiet'],
    [['--set', 'log_level=debug'], 'log.level', 'debug', '--set log_level', '--log.level'],
  ])('%j gives %s', (argv, key, value, name, now) => {
    const config = loaded({ settings, argv, strictFlags: true });
    const origin = { layer: 'flag', name, location: 'command line' };
    expect(config.explain(key)).toMatchObject({ value, winner: origin });
    expect(config.warnings).toEqual([
      {
        code: 'DEPRECATED',
        key,
        message: `is set by its deprecated name ${name}`,
        suggestion: `Write ${now} instead.`,
        origin,
      },
    ]);
  });

  test('gives no setting that takes no flag', () => {
    const own = { it: { default: 'd', arg: false as const, aliases: ['old'] } };
    expect(told(issues({ settings: own, argv: ['--old=x'], strictFlags: true }))).toEqual(['--old is not a setting']);
    expect(told(issues({ settings: own, argv: ['--set=old=x'] }))).toEqual([
      '--set old: there is no such setting that flags may give',
    ]);
  });

  test('that is spelled as the present flag is not deprecated', () => {
    expect(loaded({ settings, argv: ['--batch-size', '7'] }).warnings).toEqual([]);
  });

  test('is overridden by the present flag, in any order', () => {
    for (const argv of [
      ['--labels=a', '--tags=b'],
      ['--tags=b', '--labels=a'],
    ]) {
      const config = loaded({ settings, argv });
      expect(config.get('tags')).toEqual(['b']);
      expect(told(config.warnings)).toEqual([
        'tags: is also set by its deprecated name --labels, which has no effect beside --tags | Remove --labels.',
      ]);
    }
  });
});

describe('a deprecated setting', () => {
  const old = {
    gone: { default: 1, deprecated: true },
    worse: { default: 1, deprecated: 'use better instead' },
    fine: { default: 1, deprecated: false },
  };

  test('warns in every layer above the default that sets it', () => {
    const { path } = folder({ 'app.json': '{ "gone": 2, "fine": 2 }' });
    const { warnings } = loaded({
      settings: old,
      cwd: path,
      file: 'app.json',
      env: { RL_GONE: '3', RL_WORSE: '3' },
      argv: ['--worse', '4', '--fine=1'],
    });
    expect(
      warnings.map(({ origin, ...issue }) => [told([issue])[0], issue.code, origin?.location, origin?.name]),
    ).toEqual([
      ['gone: is deprecated', 'DEPRECATED', 'app.json:1:11', 'gone'],
      ['gone: is deprecated', 'DEPRECATED', 'process.env', 'RL_GONE'],
      ['worse: is deprecated: use better instead', 'DEPRECATED', 'process.env', 'RL_WORSE'],
      ['worse: is deprecated: use better instead', 'DEPRECATED', 'command line', '--worse'],
    ]);
  });

  test('at its default causes no warning', () => {
    expect(loaded({ settings: old }).warnings).toEqual([]);
  });
});

describe('a definition’s mistake', () => {
  const mistakes = (own: object, more: object = {}): readonly string[] => {
    try {
      defineConfig({ name: 'app', envPrefix: 'RL', settings: own, ...more } as never);
    } catch (error) {
      if (error instanceof ConfigError) return told(error.issues);
      throw error;
    }
    return [];
  };

  test.each<[string, object, readonly string[]]>([
    ['a key', { a: { default: 1, aliases: ['b'] }, b: 1 }, ['a: has the alias "b", which is a key']],
    ['its own key', { a: { default: 1, aliases: ['a'] } }, ['a: has the alias "a", which is a key']],
    ['a group', { a: { default: 1, aliases: ['b'] }, b: { c: 1 } }, ['a: has the alias "b", which is a key']],
    [
      'another alias',
      { a: { default: 1, aliases: ['x'] }, b: { default: 1, aliases: ['x'] } },
      ['b: has the alias "x", which a has too'],
    ],
    ['a flag twice', { a: { default: 1, aliases: ['-r', '-r'] } }, ['a: has the alias "-r", which it has twice']],
    [
      'a flag of another setting',
      { a: { default: 1, aliases: ['--old'] }, b: { default: 1, aliases: ['--old'] } },
      ['b: has the alias "--old", which a has too'],
    ],
    [
      'a flag of a setting without one',
      { a: { default: 1, arg: false, aliases: ['--old'] } },
      ['a: has the alias "--old", which is a flag, but "arg" is false'],
    ],
    ['twice', { a: { default: 1, aliases: ['x', 'x'] } }, ['a: has the alias "x", which it has twice']],
    [
      'inside a setting',
      { a: { default: 1, aliases: ['o.a'] }, o: { format: Object, default: {} } },
      ['a: has the alias "o.a", which lies inside the setting "o"'],
    ],
    [
      'inside an alias',
      { a: { default: 1, aliases: ['x'] }, b: { default: 1, aliases: ['x.y'] } },
      ['b: has the alias "x.y", which lies inside the setting "x"'],
    ],
    [
      'around an alias',
      { a: { default: 1, aliases: ['x.y'] }, b: { default: 1, aliases: ['x'] } },
      ['b: has the alias "x", which is a group, for "x.y" is an alias too'],
    ],
    [
      'a derived variable',
      { a: { default: 1, aliases: ['oldB', 'c'] }, b: { default: 1, env: 'RL_OLD_B' } },
      ['a: has the alias "oldB" and so the variable RL_OLD_B, which b has too'],
    ],
    [
      'a variable',
      { a: { default: 1, aliases: ['PORT'] }, b: { default: 1, env: 'PORT' } },
      ['a: has the alias "PORT" and so the variable PORT, which b has too'],
    ],
    [
      'a flag',
      { a: { default: 1, aliases: ['p'] }, b: { default: 1, arg: 'p' } },
      ['a: has the alias "p" and so the flag -p, which b has too'],
    ],
    [
      'another alias’s flag',
      { a: { default: 1, aliases: ['old_x'], env: false }, b: { default: 1, aliases: ['oldX'], env: false } },
      ['b: has the alias "oldX" and so the flag --old-x, which a has too'],
    ],
    [
      'dashes',
      { a: { default: 1, aliases: ['---x'] } },
      ['a: has the alias "---x", which is neither a key nor a flag'],
    ],
    [
      'nothing',
      { a: { default: 1, aliases: ['', 'x.', 'a b', 'a=b', '__proto__', 'x.__proto__'] } },
      ['""', '"x."', '"a b"', '"a=b"', '"__proto__"', '"x.__proto__"'].map(
        (name) => `a: has the alias ${name}, which is neither a key nor a flag`,
      ),
    ],
    ['no list', { a: { default: 1, aliases: 'x' } }, ['a: has "aliases" that are no list of names']],
    ['no name', { a: { default: 1, aliases: [1] } }, ['a: has the alias 1, which is neither a key nor a flag']],
    [
      'a deprecated number',
      { a: { default: 1, deprecated: 1 } },
      ['a: has a "deprecated" that is neither true nor a text'],
    ],
    [
      'an arg with dashes',
      { a: { default: 1, arg: '--a' } },
      ['a: has the "arg" "--a" | Write it without dashes, spaces and "=".'],
    ],
  ])('an alias or the like: %s', (_, own, expected) => {
    expect(mistakes(own)).toEqual(expected);
  });

  test('is not the same name in another style', () => {
    expect(mistakes({ max_workers: { default: 1, aliases: ['maxWorkers', 'max-workers', 'MAX_WORKERS'] } })).toEqual(
      [],
    );
  });
});
