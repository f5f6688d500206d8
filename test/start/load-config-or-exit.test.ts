import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { defineConfig, each, loadConfigOrExit, type StartOptions, variants } from '../../src/index.ts';
import { folder } from '../folder.ts';

const settings = {
  lr: { doc: 'Learning rate', format: Number, default: 0.1, help: 'common' },
  optimizer: { name: { doc: 'Which optimizer', format: ['adam', 'sgd'], default: 'adam' } },
  token: { format: String, default: 'none', sensitive: true },
} as const;

class Exit extends Error {}

/** What a program's start prints, and how it ends. */
async function started(inputs: StartOptions, definition: object = {}) {
  const printed = { stdout: '', stderr: '', code: undefined as number | undefined, lr: undefined as unknown };
  const output = (name: 'stdout' | 'stderr') => ({
    write: (text: string, done: () => void): void => {
      printed[name] += text;
      done();
    },
  });
  const exit = (code: number): never => {
    printed.code = code;
    throw new Exit();
  };
  const terminal = { stdout: output('stdout'), stderr: output('stderr'), exit };
  try {
    const defined = defineConfig({ name: 'trainer', envPrefix: 'TRAINER', settings, ...definition });
    const config = await loadConfigOrExit(defined, { argv: [], env: {}, terminal, ...inputs });
    printed.lr = config.get('lr');
  } catch (error) {
    if (!(error instanceof Exit)) throw error;
  }
  return printed;
}

describe('help', () => {
  test('shows characters that a terminal acts on, or that are not seen, as escapes', async () => {
    const unseen = '\u001b[2J\u009b31m\u202e\u061c\u2028';
    const { stdout } = await started(
      { argv: ['--help=all'], env: { TRAINER_OPTIMIZER__NAME: `a${unseen}` } },
      {
        settings: { optimizer: { name: { doc: `Which ${unseen}`, default: unseen } } },
      },
    );
    // Lines are wrapped.
    const text = stdout.replace(/\s+/g, '');
    expect(text).toContain('Which\\u001b');
    expect(text).toContain('[now:"a\\u001b');
    expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
  });

  test('lists the common settings, with the value now and its origin', async () => {
    const { stdout, stderr, code } = await started({ argv: ['--help'], env: { TRAINER_LR: '3' } });
    expect(stdout).toContain('--lr  Learning rate [number] [now: 3 from env TRAINER_LR]');
    expect(stdout).toContain('[default: 0.1]');
    expect(stdout).not.toContain('optimizer');
    expect(stdout).toContain('--help=all lists 2 more settings.');
    expect([stderr, code]).toEqual(['', 0]);
  });

  test('lists all with --help=all, without secrets', async () => {
    const { stdout, code } = await started({ argv: ['--help=all', '--lrr', '1'], env: { TRAINER_TOKEN: 's3cret' } });
    expect(stdout).toContain('--optimizer.name  Which optimizer [one of adam, sgd]');
    expect(stdout).toContain('--token');
    expect(stdout).not.toContain('s3cret');
    expect(code).toBe(0);
  });

  test('lists a pattern for the members of a group by name, and the settings of all variants', async () => {
    const open = {
      databases: each({ url: { format: 'url', default: null, sensitive: true }, pool: 10 }),
      optimizer: variants('type', { adam: { beta: 0.9 }, sgd: { momentum: 0.9 } }),
    };
    const env = { TRAINER_DATABASES__EU__URL: 'http://u:s3cret@eu', TRAINER_OPTIMIZER__MOMENTUM: '0.5' };
    const { stdout, stderr, code } = await started(
      { argv: ['--help', '--optimizer.type=sgd'], env },
      { settings: open },
    );
    expect([stderr, code]).toEqual(['', 0]);
    for (const text of ['--databases.*.pool', '--optimizer.beta', 'now: 0.5 from env']) expect(stdout).toContain(text);
    expect(stdout).not.toContain('s3cret');
  });

  test('belongs to a setting that has the flag, and stands before `--`', async () => {
    const own = { settings: { help: { format: String, default: '' }, lr: 1 } };
    expect(await started({ argv: ['--help', 'me'] }, own)).toMatchObject({ lr: 1, stdout: '' });
    expect(await started({ argv: ['--', '--help'] })).toMatchObject({ lr: 0.1, stdout: '' });
  });

  test('creates no file', async () => {
    const { path } = folder();
    const { code } = await started({ argv: ['--help'], cwd: path }, { file: 'app.json', create: true });
    expect([code, existsSync(join(path, 'app.json'))]).toEqual([0, false]);
  });
});

test('problems are a report without a stack trace, and exit code 3', async () => {
  const { stdout, stderr, code } = await started({ argv: ['--lrr', '5'], env: { TRAINER_OPTIMIZER__NAME: 'sg' } });
  expect(stderr).toBe(`2 problems in the configuration of trainer:
  --lrr is not a setting                             flag --lrr  Did you mean --lr?
  optimizer.name  must be "adam" or "sgd", got "sg"  env TRAINER_OPTIMIZER__NAME  Did you mean sgd?
`);
  expect([stdout, code]).toEqual(['', 3]);
});

test('warnings go to stderr, and the program starts', async () => {
  const { lr, stderr, code } = await started({ env: { TRAINER_LRR: '5' } });
  expect(stderr).toBe('warning: TRAINER_LRR matches no setting (env TRAINER_LRR). Did you mean TRAINER_LR?\n');
  expect([lr, code]).toEqual([0.1, undefined]);
});

test('a mistake of the program keeps its stack trace', async () => {
  await expect(started({}, { layers: ['default', { name: 'x', read: null }], settings: null })).rejects.toThrow();
});

/** A program as its user runs it, with the built package. */
function run(words: readonly string[], env: Readonly<Record<string, string>> = {}, before = '') {
  const { path, write } = folder();
  mkdirSync(join(path, 'node_modules'));
  symlinkSync(fileURLToPath(new URL('../..', import.meta.url)), join(path, 'node_modules/varve'), 'junction');
  write(
    'train.mjs',
    `${before}
    const { defineConfig, loadConfigOrExit } = await import('varve');
    const config = await loadConfigOrExit(defineConfig({ name: 'trainer', envPrefix: 'TRAINER', settings: { lr: 0.1 } }));
    console.log(config.get('lr'));`,
  );
  const { stdout, stderr, status } = spawnSync(process.execPath, ['train.mjs', ...words], {
    cwd: path,
    env: { PATH: process.env['PATH'], ...env },
    encoding: 'utf8',
  });
  return { stdout, stderr, status };
}

describe('a real program', () => {
  test('prints its help to a pipe and exits with 0', () => {
    const { stdout, status } = run(['--help']);
    expect(stdout).toContain('--lr  [number]');
    expect(status).toBe(0);
  });

  test('exits with 3 for a misspelt flag, without a stack', () => {
    expect(run(['--lrr', '5'])).toEqual({
      stdout: '',
      stderr: '--lrr is not a setting (flag --lrr). Did you mean --lr?\n',
      status: 3,
    });
  });

  test('as a packaged Electron application has all its flags', () => {
    const electron = `Object.defineProperty(process.versions, 'electron', { value: '40.0.0' }); process.argv.splice(1, 1);`;
    expect(run(['--lr', '5'], {}, electron).stdout).toBe('5\n');
    expect(
      run(['--lr', '5'], {}, `${electron} process.defaultApp = true; process.argv.splice(1, 0, 'main.js');`).stdout,
    ).toBe('5\n');
  });
});

test.each([
  ['--help=al', 'Write --help or --help=all.'],
  ['--hlep', 'Did you mean --help?'],
])('a near miss of --help is an error: %s', async (word, suggestion) => {
  const { stderr, code } = await started({ argv: [word] });
  expect(stderr).toContain(suggestion);
  expect(code).toBe(3);
  expect(await started({ argv: [word] }, { strictFlags: false })).toMatchObject({ stderr: '', lr: 0.1 });
});

test.each([
  [
    60,
    `  lr: must be a number, got "fast" (env TRAINER_LR).
  optimizer.name: must be "adam" or "sgd", got "sg" (env
    TRAINER_OPTIMIZER__NAME). Did you mean sgd?`,
  ],
  [
    0,
    `  lr              must be a number, got "fast"       env TRAINER_LR
  optimizer.name  must be "adam" or "sgd", got "sg"  env TRAINER_OPTIMIZER__NAME  Did you mean sgd?`,
  ],
])('several problems in a terminal of %d columns', async (columns, lines) => {
  let text = '';
  const write = (part: string, done: () => void): void => {
    text += part;
    done();
  };
  const exit = (): never => {
    throw new Exit();
  };
  const env = { TRAINER_OPTIMIZER__NAME: 'sg', TRAINER_LR: 'fast' };
  const definition = defineConfig({ name: 'trainer', envPrefix: 'TRAINER', settings });
  const start = loadConfigOrExit(definition, {
    argv: [],
    env,
    terminal: { stdout: { write }, stderr: { columns, write }, exit },
  });
  await expect(start).rejects.toThrow(Exit);
  expect(text).toBe(`2 problems in the configuration of trainer:\n${lines}\n`);
});
