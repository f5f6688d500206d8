import { describe, expect, test } from 'vitest';
import { each, eachOf } from '../../src/index.ts';
import { issues, loaded, told, values } from './loaded.ts';

const settings = {
  name: { format: String, default: 'none' },
  lr: { format: Number, default: 0.1, arg: 'l' },
  max_workers: { format: 'int', default: 1 },
  maxNorm: { format: Number, default: 1 },
  verbose: { format: Boolean, default: false, arg: 'v' },
  quiet: { format: Boolean, default: true, arg: 'q' },
  mode: { format: ['fast', 'exact', 1, '1.0'], default: 'fast' },
  auto: { format: ['always', true], default: true },
  tags: { format: Array, items: String, default: ['none'] },
  counts: { format: Array, items: 'nat', default: [0] },
  opts: { format: Object, default: { a: 1, deep: { on: false }, list: ['x'] } },
  hidden: { format: String, default: 'none', arg: false },
  log: { level: { format: String, default: 'info' }, toFile: { format: Boolean, default: false } },
};

const changed = (argv: readonly string[], more: object = {}): unknown => {
  const config = loaded({ settings, argv, ...more });
  const given = config.explainAll().filter(({ winner }) => winner?.layer === 'flag');
  return Object.fromEntries(given.map(({ key, value }) => [key, value]));
};

describe('flags', () => {
  test.each<[string, readonly string[], object]>([
    ['a value behind =', ['--name=x'], { name: 'x' }],
    ['a value of its own', ['--name', 'x'], { name: 'x' }],
    ['kebab case', ['--max-workers', '2', '--max-norm=3'], { max_workers: 2, maxNorm: 3 }],
    ['the key itself', ['--max_workers', '2', '--maxNorm=3'], { max_workers: 2, maxNorm: 3 }],
    ['a nested key', ['--log.level', 'debug'], { 'log.level': 'debug' }],
    ['a nested key in kebab case', ['--log.to-file'], { 'log.toFile': true }],
    ['a nested key itself', ['--log.toFile'], { 'log.toFile': true }],
    ['`arg`, one letter', ['-l', '2'], { lr: 2 }],
    ['`arg`, one letter after two dashes', ['--l', '2'], { lr: 2 }],
    ['the key beside `arg`', ['--lr', '2'], { lr: 2 }],
    ['a letter with its value', ['-l5'], { lr: 5 }],
    ['a letter with = and its value', ['-l=5'], { lr: 5 }],
    ['a letter and a negative number', ['-l-1e-3'], { lr: -1e-3 }],
    ['two letters', ['-vq'], { verbose: true, quiet: true }],
    ['three letters, the last with a value', ['-vql5'], { verbose: true, quiet: true, lr: 5 }],
    ['letters, the last with = and its value', ['-vl=5'], { verbose: true, lr: 5 }],
    ['letters, the last with the next word', ['-vl', '5'], { verbose: true, lr: 5 }],
    ['a letter that is false', ['-v=false', '-q=no'], { verbose: false, quiet: false }],
    ['a negative number', ['--max-workers', '-3'], { max_workers: -3 }],
    ['a negative exponent', ['--lr', '-1e-3'], { lr: -0.001 }],
    ['a negative fraction', ['--lr', '-.5'], { lr: -0.5 }],
    ['exponents', ['--lr=1e5', '--name=1e5'], { lr: 100000, name: '1e5' }],
    ['numbers in text', ['--name', '1.10'], { name: '1.10' }],
    ['leading zeros', ['--name', '007'], { name: '007' }],
    ['a number with 20 digits', ['--name', '12345678901234567890'], { name: '12345678901234567890' }],
    ['text that looks like a value of another type', ['--name', 'true'], { name: 'true' }],
    ['null as text', ['--name', 'null'], { name: 'null' }],
    ['a dash', ['--name', '-'], { name: '-' }],
    ['a text that begins with a dash', ['--name', '-x'], { name: '-x' }],
    ['a text that begins with two dashes', ['--name=--x'], { name: '--x' }],
    ['an equals sign in a value', ['--name=a=b=='], { name: 'a=b==' }],
    ['quotes', ['--name="x"', '--mode', '1.0'], { name: '"x"', mode: '1.0' }],
    ['single quotes', ['--name', "'x'"], { name: "'x'" }],
    ['line breaks', ['--name=a\nb', '--log.level', '\n'], { name: 'a\nb', 'log.level': '\n' }],
    ['an empty text', ['--name=', '--log.level', ''], { name: '', 'log.level': '' }],
    ['spaces', ['--name', '  x  '], { name: '  x  ' }],
    ['a number among options', ['--mode', '1'], { mode: 1 }],
    ['a bare boolean', ['--verbose'], { verbose: true }],
    ['a boolean with a value', ['--verbose=yes', '--quiet=0'], { verbose: true, quiet: false }],
    ['--no-x', ['--no-quiet', '--no-log.to-file'], { quiet: false, 'log.toFile': false }],
    ['--no- and a letter', ['--no-q'], { quiet: false }],
    ['the last of a repeated scalar', ['--name', 'a', '--lr=1', '--name=b', '-l', '2'], { name: 'b', lr: 2 }],
    [
      'the last of a repeated boolean',
      ['--verbose', '--no-verbose', '--no-quiet', '--quiet'],
      { verbose: false, quiet: true },
    ],
    ['a repeated list', ['--tags', 'a', '--tags=b,c', '--tags', '["d,e"]'], { tags: ['a', 'b', 'c', 'd,e'] }],
    ['numbers in a list', ['--counts=1,2', '--counts', '[3]'], { counts: [1, 2, 3] }],
    ['an empty list', ['--tags=[]'], { tags: [] }],
    ['an object', ['--opts', '{"a":2}'], { opts: { a: 2, deep: { on: false }, list: ['x'] } }],
    [
      'members',
      ['--opts.a=2', '--opts.deep.on', 'yes', '--opts.new', '1.0'],
      { opts: { a: 2, deep: { on: true }, list: ['x'], new: '1.0' } },
    ],
    ['a member that is a list', ['--opts.list', 'y,z'], { opts: { a: 1, deep: { on: false }, list: ['y', 'z'] } }],
    [
      'members over the whole',
      ['--opts.a=2', '--opts={"b":3}'],
      { opts: { a: 2, b: 3, deep: { on: false }, list: ['x'] } },
    ],
    [
      'a member with = in its name',
      ['--opts["ab=c"]=1', '--opts["\\"=\\""]=2'],
      { opts: { a: 1, deep: { on: false }, list: ['x'], 'ab=c': '1', '"="': '2' } },
    ],
    [
      'a member with a dot in its name',
      ['--opts["a.b"]=1'],
      { opts: { a: 1, deep: { on: false }, list: ['x'], 'a.b': '1' } },
    ],
    ['--set', ['--set', 'name=x', '--set=lr=-1', '--set', 'log.level='], { name: 'x', lr: -1, 'log.level': '' }],
    ['--set and =', ['--set', 'name=a=b'], { name: 'a=b' }],
    ['--set of a boolean', ['--set', 'verbose=on'], { verbose: true }],
    [
      '--set of members',
      ['--set', 'opts.a=2', '--set', 'opts.deep.on=1'],
      { opts: { a: 2, deep: { on: true }, list: ['x'] } },
    ],
    ['--set of a list appends', ['--set', 'tags=a', '--tags', 'b'], { tags: ['a', 'b'] }],
    ['nothing behind --', ['--name', 'a', '--', '--name', 'b', '-v', '--set', 'lr=1'], { name: 'a' }],
    ['words between', ['run', '--name', 'x', 'file.txt', '-', '-5'], { name: 'x' }],
    ['flags of the program', ['--other', '--other=1', '-x', '--name', 'x', '-zv', '--', '-v'], { name: 'x' }],
    ['no flag without a name', ['--=x', '-=x', '---'], {}],
    ['no long name after one dash', ['-zqw=x', '-zqw', 'x'], {}],
  ])('%s', (_, argv, expected) => {
    expect(changed(argv)).toEqual(expected);
  });

  test('a bare boolean does not swallow the next word', () => {
    expect(changed(['--verbose', 'run', '-q', 'no'])).toEqual({ verbose: true, quiet: true });
  });

  test('a bare boolean before the word true or false says that it is not its value', () => {
    const config = loaded({ settings, argv: ['--verbose', 'false', '-vq', 'true', '--name', 'false'] });
    expect(told(config.warnings)).toEqual([
      'verbose: stands alone in --verbose: the word "false" behind it is not its value | Write --verbose=false, or --verbose at the end.',
      'quiet: stands alone in -q: the word "true" behind it is not its value | Write -q=true, or -q at the end.',
    ]);
    expect(config.get('verbose')).toBe(true);
  });

  test('the word behind that of an element of a list is left to the program', () => {
    const { warnings, values } = loaded({ settings, argv: ['--tags.0', 'x', 'y'] });
    expect([warnings, values]).toMatchObject([[], { tags: ['x'] }]);
  });

  test('a setting of a schema of the user’s is a switch or a list by its default', () => {
    const check = (): void => undefined;
    const own = { on: { format: check, default: false }, list: { format: check, default: ['a'] } };
    expect(values({ settings: own, argv: ['--on', 'x', '--list', 'b', '--list=c'] })).toEqual({
      on: true,
      list: ['b', 'c'],
    });
  });
});

describe('settings that are called like something else', () => {
  const named = Object.fromEntries(
    ['version', 'help', 'set', '_', '$0', 'constructor', 'toString', 'prototype', 'hasOwnProperty', '5', 'x-y'].map(
      (name) => [name, 'none'],
    ),
  );

  test.each(Object.keys(named))('%s', (name) => {
    expect(values({ settings: named, argv: [`--${name}=x`] })).toEqual({ ...named, [name]: 'x' });
    expect(values({ settings: named, argv: [`--${name}`, 'x'] })).toEqual({ ...named, [name]: 'x' });
  });

  test('no-x is a setting of its own, beside x', () => {
    const own = {
      'no-x': { format: String, default: 'none' },
      x: { format: Boolean, default: true },
      no_y: false,
      y: true,
    };
    expect(values({ settings: own, argv: ['--no-x', 'given'] })).toMatchObject({ 'no-x': 'given', x: true });
    expect(values({ settings: own, argv: ['--no-y'] })).toMatchObject({ no_y: true, y: true });
    expect(values({ settings: own, argv: ['--no-no-y'] })).toMatchObject({ no_y: false });
  });

  test('no-x is an error where x is not true or false, and left to the program with strictFlags: false', () => {
    expect(issues({ settings: { x: 1 }, argv: ['--no-x'] })).toHaveLength(1);
    expect(values({ settings: { x: 1 }, argv: ['--no-x'], strictFlags: false })).toEqual({ x: 1 });
  });
});

describe('where a value comes from', () => {
  test.each([
    [['--max-workers', '2'], 'max_workers', '--max-workers', '2'],
    [['--max_workers=2'], 'max_workers', '--max_workers', '2'],
    [['-l5'], 'lr', '-l', '5'],
    [['--l=5'], 'lr', '--l', '5'],
    [['--verbose'], 'verbose', '--verbose', 'true'],
    [['--no-verbose'], 'verbose', '--no-verbose', 'false'],
    [['--set', 'lr=5'], 'lr', '--set lr', '5'],
    [['--tags', 'a', '--tags', 'b'], 'tags', '--tags', 'a b'],
    [['--tags', 'a', '--set', 'tags=b'], 'tags', '--tags, --set tags', 'a b'],
    [['--opts.a', '2', '--opts={"b":1}'], 'opts', '--opts.a, --opts', '{"b":1} a=2'],
  ])('%j', (argv, key, name, raw) => {
    const { winner, candidates } = loaded({ settings, argv }).explain(key);
    expect(winner).toEqual({ layer: 'flag', name, location: 'command line' });
    expect(candidates[0]?.raw).toBe(raw);
  });
});

describe('a flag that is not what it should be', () => {
  test.each<[readonly string[], readonly string[]]>([
    [['--name'], ['name: must be given a value']],
    [['--auto'], ['auto: must be given a value']],
    [['--name', '--lr', '1'], ['name: must be given a value']],
    [['--name', '-v'], ['name: must be given a value']],
    [['--name', '-l-5'], ['name: must be given a value']],
    [['--lr', '--', '1'], ['lr: must be given a value']],
    [['-l'], ['lr: must be given a value']],
    [['-vl'], ['lr: must be given a value']],
    [['--tags', 'a', '--tags'], ['tags: must be given a value, got "a"']],
    [['--opts.a'], ['opts: must be given a value']],
    [['--opts'], ['opts: must be given a value']],
    [['--lr='], ['lr: must not be empty, got ""']],
    [['--lr', ''], ['lr: must not be empty, got ""']],
    [['--verbose='], ['verbose: must not be empty, got ""']],
    [['--mode='], ['mode: must not be empty, got ""']],
    [['--tags='], ['tags: must not be empty; an empty list is [], got ""']],
    [
      ['--lr=x', '--max-workers=1.5'],
      ['lr: must be a number, got "x"', 'max_workers: must be an integer, got "1.5"'],
    ],
    [['--max-workers=1e3'], ['max_workers: must be an integer, got "1e3"']],
    [['--lr', '0x1F'], ['lr: must be a number, got "0x1F"']],
    [['--verbose=maybe'], ['verbose: must be true or false (or 1, 0, yes, no, on, off), got "maybe"']],
    [['--no-verbose=true'], ['verbose: must not be given a value, got "true"']],
    [['--counts=1', '--counts=x'], ['counts: element 2 must be an integer, got "1 x"']],
    [['--counts=', '--counts=1'], ['counts: must not be empty; an empty list is [], got " 1"']],
    [['--opts.deep.on=7'], ['opts: member deep.on must be true or false (or 1, 0, yes, no, on, off), got "7"']],
    [['--opts..a=1'], ['opts: must name each member of its path, got "1"']],
    [['--opts.=1'], ['opts: must name each member of its path, got "1"']],
    [['--set'], ['--set needs key=value or key:=JSON']],
    [['--set', 'name'], ['--set needs key=value or key:=JSON']],
    [['--set', '=x'], ['--set needs key=value or key:=JSON']],
    [['--set', 'nam=x'], ['--set nam: there is no such setting that flags may give | Did you mean name?']],
    [['--set', 'hidden=x'], ['--set hidden: there is no such setting that flags may give']],
    [['--set', 'log=x'], ['--set log: there is no such setting that flags may give']],
  ])('%j', (argv, expected) => {
    expect(told(issues({ settings, argv }))).toEqual(expected);
  });

  test('a wrong one that a later one replaces causes no issue', () => {
    expect(changed(['--lr=x', '--lr=2'])).toEqual({ lr: 2 });
  });
});

describe('unknown flags', () => {
  const argv = [
    '--trust',
    '1',
    '--max-worker=2',
    '-x',
    '-vz',
    '-verbose',
    '-vrebose=12',
    '--verbsoe',
    '--log.levle=x',
    '--hidden=x',
    '--=1',
    '---',
    '-5',
    '-.5',
    'word',
    '-',
    '--',
    '--y',
  ];

  test('are left to the program, unless they are close to a flag of a setting', () => {
    const near = [
      '--max-worker is not a setting | Did you mean --max-workers?',
      '-e in -verbose is not a setting | Did you mean --verbose?',
      '-r in -vrebose is not a setting | Did you mean --verbose?',
      '--verbsoe is not a setting | Did you mean --verbose?',
      '--log.levle is not a setting | Did you mean --log.level?',
    ];
    expect(told(issues({ settings, argv }))).toEqual(near);
    const config = loaded({ settings, argv: argv.filter((flag) => !near.join().includes(flag.replace(/=.*/, ''))) });
    expect([config.issues, config.warnings]).toEqual([[], []]);
  });

  test('are all left to the program with strictFlags: false', () => {
    const config = loaded({ settings, argv, strictFlags: false });
    expect([config.issues, config.warnings]).toEqual([[], []]);
  });

  test('never show their value', () => {
    const secrets = ['-ps3cret', '--pasword=s3cret', '--x', 's3cret', '-p=s3cret'];
    expect(JSON.stringify(issues({ settings, argv: secrets, strictFlags: true }))).not.toContain('3cret');
  });

  test('behind a letter that is a digit are refused too', () => {
    const digit = { five: { format: Boolean, default: false, arg: '5' } };
    expect(told(issues({ settings: digit, argv: ['-5z', '-6z'], strictFlags: true }))).toEqual(['-z is not a setting']);
  });

  test('do not take the word behind them', () => {
    const { warnings } = loaded({
      settings,
      argv: ['--other', 'lr=5', '--name', 'x', 'lr', 'y', '--opts.list', 'y', 'z'],
    });
    expect(told(warnings)).toEqual(['lr=… has no effect, because it is not a flag | Write --lr=….']);
  });

  test('are refused with the nearest name under strictFlags', () => {
    expect(told(issues({ settings, argv, strictFlags: true }))).toEqual([
      '--trust is not a setting',
      '--max-worker is not a setting | Did you mean --max-workers?',
      '-x is not a setting',
      '-z is not a setting',
      '-e in -verbose is not a setting | Did you mean --verbose?',
      '-r in -vrebose is not a setting | Did you mean --verbose?',
      '--verbsoe is not a setting | Did you mean --verbose?',
      '--log.levle is not a setting | Did you mean --log.level?',
      '--hidden is not a setting',
      '-- is not a setting',
      '--- is not a setting',
    ]);
  });
});

test.each([
  ['--max-worker=2', '--max-worker is not a setting', 'Did you mean --max-workers?'],
  ['--name:x', '--name:… is not a setting', 'Write --name=….'],
  ['--set=nam=x', '--set nam: there is no such setting that flags may give', 'Did you mean name?'],
])('of many like %s, the first 50 are compared with the names of settings', (word, message, suggestion) => {
  const found = issues({ settings, argv: Array.from({ length: 52 }, () => word), strictFlags: true });
  const compared = `${message} | ${suggestion}`;
  expect(told(found)).toEqual([...Array.from({ length: 50 }, () => compared), message, message]);
});

test('of many letters that are no flags, the first 50 are compared with the names of settings', () => {
  const found = issues({ settings, argv: Array.from({ length: 52 }, () => '-vrebose'), strictFlags: true });
  expect(told(found)[49]).toBe('-r in -vrebose is not a setting | Did you mean --verbose?');
  expect(told(found).slice(50)).toEqual(['-r is not a setting', '-r is not a setting']);
});

test.each([
  ['--servers=[{ "host": "a" }]', '--servers', { servers: [{ host: 'a' }], databases: {} }],
  ['--set=servers=[{ "host": "a" }]', '--set servers', { servers: [{ host: 'a' }], databases: {} }],
  ['--databases.eu={ "pool": 2 }', '--databases.eu', { servers: [], databases: { eu: { pool: 2 } } }],
])('%s gives a list or a member whole, and its origin is %s', (word, name, expected) => {
  const open = { servers: eachOf({ host: '' }), databases: each({ pool: 1 }) };
  const config = loaded({ settings: open, argv: [word] });
  expect(config.values).toEqual(expected);
  const given = config.explainAll().flatMap(({ winner }) => (winner?.layer === 'flag' ? winner.name : []));
  expect(given).toEqual([name]);
});

test('of two lists whose names differ in case alone, a flag gives the one with its own name', () => {
  const open = { Servers: eachOf({ host: '' }), servers: eachOf({ host: '' }) };
  expect(values({ settings: open, argv: ['--Servers=[{ "host": "a" }]'] })).toEqual({
    Servers: [{ host: 'a' }],
    servers: [],
  });
});

test.each([
  ['--servers', '--servers is not a setting'],
  ['--set=servers', 'must not be empty; an empty list is []'],
  ['--set', '--set needs key=value or key:=JSON'],
  ['--databases.eu', '--databases.eu is not a setting'],
])('%s, which gives no list and no member, is refused', (word, message) => {
  const open = { servers: eachOf({ host: '' }), databases: each({ pool: 1 }) };
  expect(issues({ settings: open, argv: [word], strictFlags: true }).map((issue) => issue.message)).toEqual([message]);
});

test('a wrong --set is one issue under strictFlags', () => {
  const argv = ['--set', 'name', '--set', 'hidden=x'];
  expect(told(issues({ settings, argv, strictFlags: true }))).toEqual([
    '--set needs key=value or key:=JSON',
    '--set hidden: there is no such setting that flags may give',
  ]);
});

test('of several objects the last counts, and lists are put together', () => {
  const given = loaded({ settings, argv: ['--opts={"a":2}', '--opts={"b":3}', '--tags=x', '--tags=y', '--no-quiet'] });
  expect(given.get('opts')).toEqual({ a: 1, b: 3, deep: { on: false }, list: ['x'] });
  expect(given.get('tags')).toEqual(['x', 'y']);
  expect(changed(['--opts.new='])).toMatchObject({ opts: { a: 1, new: '' } });
  expect(given.explain('opts').winner).toEqual({ layer: 'flag', name: '--opts', location: 'command line' });
  expect(given.explain('quiet').candidates[0]).toMatchObject({ name: '--no-quiet', raw: 'false' });
});

test('arguments stay as they are', () => {
  const argv = Object.freeze(['--name', 'x', '--tags', 'a']);
  const before = [...process.argv];
  expect(changed(argv)).toEqual({ name: 'x', tags: ['a'] });
  expect(process.argv).toEqual(before);
});

describe('a flag that is close to a setting, though not by its whole name,', () => {
  const close = {
    debug: false,
    quiet: { default: false, arg: 'q' },
    port: 80,
    labels: { format: Object, default: {} },
    log: { level: 'info' },
  } as const;

  test.each([
    ['--no-debg', '--no-debug'],
    ['--no_debug', '--no-debug'],
    ['--noDebug', '--no-debug'],
    ['--nodebug', '--no-debug'],
    ['--NO-DEBUG', '--no-debug'],
    ['--lables.team=x', '--labels.team'],
    ['--Labels.team=x', '--labels.team'],
    ['--labels-team=x', '--labels.team'],
    ['--labels[team]=x', '--labels.team'],
    ['--lables["team"]=x', '--labels.team'],
    [`--lables["it's[1]"]=x`, `--labels.it's[1]`],
    ['--.lables.team=x', '--labels.team'],
    ['--lgo.lvel=x', '--log.level'],
    ['--log-level=x', '--log.level'],
    ['--sets=port=1', '--set'],
  ])('is an error: %s', (word, right) => {
    expect(told(issues({ settings: close, argv: [word] }))).toEqual([
      `${word.split('=')[0]} is not a setting | Did you mean ${right}?`,
    ]);
  });

  test('is an error with a colon, which does not show the value', () => {
    expect(told(issues({ settings: close, argv: ['--port:80'] }))).toEqual([
      '--port:… is not a setting | Write --port=….',
    ]);
  });

  test('leaves the flags of the program alone', () => {
    const argv = ['--notify', '--node', '--nodes', '--get=x', '--sets=a=b', '--log-file=x', '--no-color', '--a:b'];
    expect(loaded({ settings: close, argv }).issues).toEqual([]);
  });

  test.each([
    ['a negation with a letter wrong, without a sign that it is one', '--nodebg'],
    ['the same with a large letter inside', '--nodeBg'],
    ['"no" before a switch of one letter', '--noq'],
    ['"no" before a value', '--noport'],
    ['"no" inside a word', '--piano-debug'],
    ['a switch behind another word', '--my-debug'],
    ['a name of the same length as a setting with members', '--upload-dir=x'],
    ['a name that begins like a setting with members', '--labelset-x=1'],
  ])('may be %s: %s', (_, word) => {
    expect(loaded({ settings: close, argv: [word] }).issues).toEqual([]);
  });

  test.each(['no', 'off', 'on', '0', 'yes', 'true', ['n', 'no'], ['y', 'yes']])(
    '--debug %s is a warning',
    (...words) => {
      const [word, accepted = word] = words.flat();
      const { warnings } = loaded({ settings: close, argv: ['--debug', word as string] });
      expect(told(warnings)).toEqual([
        `debug: stands alone in --debug: the word "${word}" behind it is not its value | Write --debug=${accepted}, or --debug at the end.`,
      ]);
    },
  );
});
