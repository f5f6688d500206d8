import { describe, expect, test } from 'vitest';
import { describeIssue } from '../../src/index.ts';
import { folder } from '../folder.ts';
import { issues, loaded, told } from '../sources/loaded.ts';

const settings = {
  mode: { default: 'a', env: false as const },
  lr: 0.1,
  debug: true,
  optimizer: { name: 'adam', max_norm: 1 },
  token: { default: '', sensitive: true },
};

describe('a flag that can only be meant for a setting is an error', () => {
  test.each([
    ['--no-lr', '--no-lr is not a setting | --no- is for settings that are true or false: write --lr=VALUE.'],
    [
      '--optimizer={"name":"sgd"}',
      '--optimizer is not a setting | It is a group of settings: give them one by one, such as --optimizer.name.',
    ],
    [
      '--optimizer.beta=1',
      '--optimizer.beta is not a setting | The settings of optimizer are given by --optimizer.name, --optimizer.max-norm.',
    ],
    ['--optimizer.nmae=1', '--optimizer.nmae is not a setting | Did you mean --optimizer.name?'],
    ['-lr', '-l in -lr is not a setting | Did you mean --lr?'],
    ['-lr=5', '-l in -lr is not a setting | Did you mean --lr?'],
    ['--RL_LR=5', '--RL_LR is not a setting | Did you mean --lr?'],
    ['--RL_OPTIMIZER__MAX_NORM=5', '--RL_OPTIMIZER__MAX_NORM is not a setting | Did you mean --optimizer.max-norm?'],
    ['--rl-optimizer.max-norm=5', '--rl-optimizer.max-norm is not a setting | Did you mean --optimizer.max-norm?'],
  ])('%s', (word, problem) => {
    expect(told(issues({ settings, argv: [word] }))).toEqual([problem]);
  });

  test('the variable of a setting with single signs for its double ones', () => {
    const word = '--reinforcement-optimizer-max-norm';
    expect(told(issues({ settings, envPrefix: 'REINFORCEMENT', argv: [`${word}=5`] }))).toEqual([
      `${word} is not a setting | Did you mean --optimizer.max-norm?`,
    ]);
  });

  test.each([
    ['abcde', '--g.a, --g.b, --g.c, --g.d, --g.e'],
    ['abcdef', '--g.a, --g.b, --g.c, --g.d, --g.e, …'],
  ])('and lists five of the settings of a group of %s', (names, listed) => {
    const g = Object.fromEntries([...names].map((name) => [name, 0]));
    expect(told(issues({ settings: { g }, argv: ['--g.other=1'] }))).toEqual([
      `--g.other is not a setting | The settings of g are given by ${listed}.`,
    ]);
  });

  test.each(['--out', '--no-cache', '--data.path=x', '-v', '--my-lr=5', '--rl-other=5'])(
    '%s may be a flag of the program',
    (word) => {
      const config = loaded({ settings, argv: [word] });
      expect(config.warnings).toEqual([]);
    },
  );

  test.each(['RL', undefined])('the own variable of a setting may be one too, with the prefix %s', (envPrefix) => {
    const own = { folder: { default: '', env: 'HOME' } };
    expect(loaded({ settings: own, envPrefix, argv: ['--home=x'] }).warnings).toEqual([]);
  });
});

describe('a setting without dashes is a warning', () => {
  test.each(['lr', 'optimizer.name', 'token'])('%s', (key) => {
    const config = loaded({ settings, argv: ['input.csv', `${key}=s3cret`, 'other=1'] });
    expect(config.warnings.map(describeIssue)).toEqual([
      `${key}=… has no effect, because it is not a flag (flag ${key}). Write --${key}=….`,
    ]);
  });

  test('but not the value of a flag, nor behind --', () => {
    expect(loaded({ settings, argv: ['--optimizer.name', 'lr=5', '--', 'lr=5'] }).warnings).toEqual([]);
  });
});

describe('a variable', () => {
  test.runIf(process.platform !== 'win32')('in another case is a warning with its name', () => {
    const config = loaded({ settings, env: { rl_lr: '5', Rl_Optimizer__Name: 'x', rl_home: 'of another program' } });
    expect(told(config.warnings)).toEqual([
      'rl_lr matches no setting | Did you mean RL_LR?',
      'Rl_Optimizer__Name matches no setting | Did you mean RL_OPTIMIZER__NAME?',
    ]);
  });

  test('with other separators, or of a member with one underscore, is a warning with its name', () => {
    const labels = { format: Object, default: {} };
    const env = { 'RL.LR': '5', 'RL-OPTIMIZER__NAME': 'x', RL_LABELS_TEAM: 'x' };
    expect(told(loaded({ settings: { ...settings, labels }, env }).warnings)).toEqual([
      'RL_LABELS_TEAM matches no setting | Did you mean RL_LABELS__TEAM?',
      'RL.LR matches no setting | Did you mean RL_LR?',
      'RL-OPTIMIZER__NAME matches no setting | Did you mean RL_OPTIMIZER__NAME?',
    ]);
  });

  test('of a group is a warning with those of its settings', () => {
    expect(told(loaded({ settings, env: { RL_OPTIMIZER: '{}' } }).warnings)).toEqual([
      'RL_OPTIMIZER matches no setting | It is a group of settings: give them one by one, such as RL_OPTIMIZER__NAME.',
    ]);
  });
});

test('an update that returns an object instead of changing its draft is refused', async () => {
  const { path } = folder();
  const config = loaded({ settings, file: 'app.json', cwd: path });
  const returning = (draft: object): void => ({ ...draft, lr: 7 }) as never;
  await expect(config.update(returning)).rejects.toThrow('did not change its draft');
  await config.update((draft) => Object.assign(draft, { lr: 8 }) as never);
  await config.update((draft) => Object.assign(draft, { lr: 8 }) as never);
  expect(config.get('lr' as never)).toBe(8);
});

describe('a dash of a text program in place of --', () => {
  test.each([['—lr', '5'], ['–lr=5'], ['−−lr=5'], ['—-optimizer.max-norm', '2']])('%s is a warning', (...argv) => {
    const [, flag] = /^.-?−?([^=]+)/u.exec(argv[0] ?? '') ?? [];
    expect(told(loaded({ settings, argv }).warnings)[0]).toContain(`Write --${flag}=….`);
  });

  test.each([['—'], ['—verbose'], ['–1']])('%s may be a word of the program', (word) => {
    expect(loaded({ settings, argv: [word] }).warnings).toEqual([]);
  });
});

describe('a prefix with one letter wrong', () => {
  const named = { settings, envPrefix: 'TRAINER' };

  test.each(['TRAINR_LR', 'TRIANER_LR', 'TRAINERS_OPTIMIZER__NAME'])('%s is a warning with the variable', (name) => {
    const [warning, ...others] = told(loaded({ ...named, env: { [name]: '5' } }).warnings);
    expect(warning).toBe(`${name} matches no setting | Did you mean TRAINER_${name.replace(/^[A-Z]+_/, '')}?`);
    expect(others).toEqual([]);
  });

  test.each([
    ['ABCD', 'ABCE_LR', ['ABCE_LR matches no setting | Did you mean ABCD_LR?']],
    ['ABC', 'ABD_LR', []],
  ])('of %s is seen from four letters on: %s', (envPrefix, name, warnings) => {
    expect(told(loaded({ settings, envPrefix, env: { [name]: '5' } }).warnings)).toEqual(warnings);
  });

  test('is not seen in variables that no setting has, in short prefixes, and in taken names', () => {
    expect(loaded({ ...named, env: { TRAINR_HOME: '5', TRAIN_LR: '5', TRAINERLR: '5' } }).warnings).toEqual([]);
    expect(loaded({ settings, env: { RM_LR: '5', R_LR: '5' } }).warnings).toEqual([]);
    const taken = { ...named, settings: { ...settings, own: { default: 1, env: 'TRAINR_LR' } } };
    expect(loaded({ ...taken, env: { TRAINR_LR: '5' } }).warnings).toEqual([]);
  });
});

test('a name that a .env file sets twice is a warning with both lines, but not inside a value', () => {
  const warnings = (text: string): readonly string[] => {
    const { path: cwd } = folder({ '.env': text });
    return loaded({ settings, cwd, dotenv: true }).warnings.map(
      ({ message, origin }) => `${origin?.location} ${message}`,
    );
  };
  expect(warnings('RL_LR=1\n\nRL_LR=2\nRL_LR=3\nRL_LR=4\n')).toEqual([
    '.env:5 RL_LR is also set in line 1: the last one counts',
  ]);
  expect(warnings('RL_LR=1\nOTHER="\nRL_LR=2\n"\n')).toEqual([]);
});
