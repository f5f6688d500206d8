import { beforeEach, describe, expect, test } from 'vitest';
import { program } from './yargs-program.ts';

/** The line of the help that an option has. */
const line = (help: string, option: string): string =>
  help
    .split('\n')
    .find((one) => one.includes(`${option} `))
    ?.trim()
    .replace(/ {2,}/g, '  ') ?? '';

describe('the help of a yargs program', () => {
  const OPTIONS = [
    ['--max-workers', '--max-workers  Worker processes (nat)  [number] [default: 4]'],
    ['--lr', '-l, --lr  Learning rate (number)  [number] [default: 0.1]'],
    ['--mode', '--mode  How exact  [string] [choices: "fast", "exact", "1.0"] [default: fast]'],
    ['--verbose', '-v, --verbose  Tells more  [boolean] [default: false]'],
    ['--title', '--title  A title  [string] [default: ""]'],
    ['--token', '--token  A secret  [string] [default: ********]'],
    ['--region', '--region  Where (required)  [string]'],
    ['--old', '--old  Not any more  [deprecated: use title] [string] [default: x]'],
    ['--no-cache', '--no-cache  A setting of its own  [string] [default: x]'],
    ['--opts', '--opts  More (object)  [string] [default: {"a":1}]'],
    ['--log.to-file', '--log.to-file  Whether a file is written  [boolean] [default: false]'],
    ['--log.rotate.max-size', '--log.rotate.max-size  The largest file (bytes)  [string] [default: 10MiB]'],
    ['--set', '--set  Any setting by its key: --set key=value  [string]'],
    ['--other', '--other  An option of the program  [string]'],
    ['--version', '--version  A setting too  [string] [default: x]'],
  ] as const;

  let help = '';
  beforeEach(() => {
    help ||= program().run(['--help']).stdout;
  });

  test('shows every setting with its doc, choices and default', () => {
    expect(OPTIONS.map(([option]) => line(help, option))).toEqual(OPTIONS.map(([, expected]) => expected));
  });

  test('groups settings by their section', () => {
    const groups = help
      .split(/\n(?=\S.*:\n)/)
      .map((group) => [group.split('\n')[0], group.match(/--[\w.-]+/g)?.length]);
    expect(groups.slice(-3)).toEqual([
      ['Settings:', 13],
      ['log:', 3],
      ['Options:', 2],
    ]);
  });

  test('shows neither secrets nor what flags do not give, nor names of other spellings', () => {
    expect(help).not.toMatch(/s3cret|hidden|max_workers|older|A setting too.*A setting too/s);
  });
});

describe('a yargs program, strict as it is', () => {
  test('takes every flag that a setting has, and resolves it itself', () => {
    const flags = [
      ...['-vl', '-1e-3', '--no-cache=1', '--version', '1.10', '--log-level', 'debug', '--log.to-file', '--opts.a=3'],
      ...[
        '--set',
        'title="x"',
        '--max_workers=3',
        '--older=007',
        '--log.rotate.max-size',
        '1KiB',
        '--mode=1.0',
        '--other',
        'y',
      ],
    ];
    const { stdout, stderr } = program().run(flags);
    expect(stderr).toMatch(/--older[^\n]*Write --old instead/);
    const { other, values } = JSON.parse(stdout);
    expect(other).toBe('y');
    expect(values).toMatchObject({
      lr: -0.001,
      'no-cache': '1',
      version: '1.10',
      title: '"x"',
      max_workers: 3,
      old: '007',
      mode: '1.0',
    });
    expect(values).toMatchObject({
      verbose: true,
      opts: { a: 3 },
      log: { level: 'debug', toFile: true, rotate: { maxSize: 1024 } },
    });
  });

  test.each([
    [['--no-verbose'], { verbose: false }],
    [['--verbose=yes'], { verbose: true }],
    [['--verbose=false'], { verbose: false }],
    [['--log.level', 'debug'], { log: { level: 'debug' } }],
    [['--lr', '1', '--lr', '2'], { lr: 2 }],
    [['--max-workers', '1', '-l-5'], { max_workers: 1, lr: -5 }],
    [[], { max_workers: 4, verbose: false, mode: 'fast' }],
  ])('%j', (flags, expected) => {
    expect(JSON.parse(program().run(flags).stdout).values).toMatchObject(expected);
  });

  test.each([
    [['--nope'], 'Unknown argument: nope'],
    [['--log.lvel', 'debug'], 'Unknown argument: log.lvel. Did you mean '],
    [['--log.rotate.max-sise=1'], 'Unknown argument: log.rotate.max-sise'],
    [['--mode', 'x'], 'Argument: mode, Given: "x", Choices: "fast", "exact", "1.0"'],
    [['--lr'], 'Not enough arguments following: lr'],
    [['--lr', 'abc'], 'lr: must be a number, got "abc" (flag --lr)'],
    [['--no-title'], '--no-title: only what is true or false can be turned off'],
  ])('%j is refused', (flags, message) => {
    const { status, stderr } = program().run(flags);
    expect(status).toBe(1);
    expect(stderr.replace('noTitle, ', '')).toContain(message);
  });

  test('completes flags and their choices', () => {
    const { run } = program();
    expect(run(['--get-yargs-completions', 'myapp', '--']).stdout.split('\n')).toEqual(
      expect.arrayContaining(['--max-workers', '--log.to-file', '--mode', '--set']),
    );
    expect(run(['--get-yargs-completions', 'myapp', '--mode', '']).stdout).toBe('fast\nexact\n1.0\n');
  });
});

describe('its command config', () => {
  test('lists the settings as the program would have them', () => {
    const { run } = program({ 'app.json': '{ "mode": "exact" }' });
    const { status, stdout } = run(['--lr', '-1e-3', '--other', 'y', 'config', 'list', '--modified']);
    expect(status).toBe(0);
    expect(stdout.split('\n').map((one) => one.split(/ +/).slice(0, 4))).toEqual([
      ['KEY', 'VALUE', 'FROM', 'WHERE'],
      ['lr', '-0.001', 'flag', '--lr'],
      ['mode', 'exact', 'file', 'app.json:1:11'],
      ['region', 'eu', 'env', 'APP_REGION'],
      ['16', 'settings:', '1', 'flag,'].slice(0, 4).with(0, '3'),
      [''],
    ]);
  });

  test('explains, gets, sets and removes, with every text as it was typed', () => {
    const { run, read } = program({ 'app.json': '{\n  "title": "x" // why\n}\n'.replace(' // why', '') });
    expect(run(['config', 'set', 'title', '"1.10"']).status).toBe(0);
    expect(run(['config', 'set', 'lr', '-1e-3']).status).toBe(0);
    expect(JSON.parse(read('app.json'))).toEqual({ title: '"1.10"', lr: -0.001 });
    expect(run(['config', 'get', 'title']).stdout).toBe('"1.10"\n');
    expect(JSON.parse(run(['config', 'explain', 'lr', '--json', '--', '-l5']).stdout)).toMatchObject({
      value: 5,
      winner: { layer: 'flag', name: '-l' },
      without: { layer: 'file', value: -0.001 },
    });
    expect(run(['config', 'unset', 'title']).status).toBe(0);
    expect(run(['config', 'reset', 'lr']).status).toBe(0);
    expect(JSON.parse(read('app.json'))).toEqual({});
  });

  test.each([
    [['config'], 2, 'myapp config: which command?'],
    [['config', 'lst'], 2, 'myapp config: unknown command "lst"\n  Did you mean list?'],
    [['config', 'get', 'mod'], 2, 'myapp config: unknown setting "mod"\n  Did you mean mode?'],
    [['config', 'set', 'token', 'x'], 2, 'Use: myapp config set token --stdin'],
    [['config', 'list', '--nope'], 2, 'myapp config: unknown option --nope'],
    [['config', 'validate', '--', '--lr=x'], 3, 'lr: must be a number, got "x" (flag --lr)'],
    [['config', 'validate', '--', '--nope=1'], 3, '--nope is not a setting'],
  ])('%j ends with exit code %i', (args, status, message) => {
    const run = program().run(args);
    expect(run.stderr).toContain(message);
    expect(run.status).toBe(status);
  });

  test('takes a secret from standard input', () => {
    const { run, read } = program({ 'app.json': '{}' });
    expect(run(['config', 'set', 'token', '--stdin'], { APP_REGION: 'eu' }, 'n3w\n').stdout).not.toContain('n3w');
    expect(JSON.parse(read('app.json'))).toEqual({ token: 'n3w' });
  });

  test('is in the help, and completes its commands and the keys', () => {
    const { run } = program();
    expect(run(['--help']).stdout).toContain('myapp config');
    expect(run(['config', '--help']).stdout).toMatch(/config list .*config get <key>.*config explain <key>/s);
    expect(run(['--get-yargs-completions', 'myapp', 'config', '']).stdout.split('\n')).toEqual(
      expect.arrayContaining(['list', 'get', 'set', 'explain']),
    );
    expect(run(['--get-yargs-completions', 'myapp', 'config', 'get', '']).stdout.split('\n')).toContain(
      'log.rotate.maxSize',
    );
  });
});
