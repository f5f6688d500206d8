import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DEFINITION, FILES, golden, VARVE } from './golden.ts';
import { Shell } from './shell.ts';

const inFolder = ({ folder }: Shell, name: string): string => join(folder.path, name);

test('doctor', () =>
  golden(
    'doctor',
    [
      ({ folder }) => chmodSync(join(folder.path, '.env'), 0o600),
      'doctor',
      'doctor --json',
      (shell) =>
        shell.folder.write(
          'config/app.json',
          '{\n  "overlap_days": 3,\n  "overlap_days": 4,\n  "trust_treshold": 1\n}\n',
        ),
      (shell) => shell.folder.write('.env', 'RL_OVERLAP_DAYS=1\nRL_OVERLAP_DAYS=2\nRL_TRUST_TRESHOLD=1\n'),
      'RL_OVERLAP_DAYS=5 doctor',
      'RL_BATCH_SIZE_DAYS=abc doctor -- --tracker.token very-secret',
    ],
    FILES,
  ));

test('doctor of a file that cannot be read, and of one that was', () =>
  golden('doctor-broken', ['doctor', 'reset --all --yes', 'doctor'], {
    'varve.config.mjs': DEFINITION.replace('dotenv: true,', ''),
    'config/app.json': '{ "overlap_days": }\n',
  }));

test('doctor of nothing but a definition', () =>
  golden('doctor-bare', ['doctor', 'RL_TRACKER__TOKEN_FILE=token doctor'], {
    'varve.config.mjs': DEFINITION.replace("sensitive: true, default: ''", "sensitive: true, default: 'very-secret'"),
    token: 'very-secret\n',
  }));

test('doctor does not take a default that is computed from other settings for one in the source', async () => {
  const settings = `{ user: 'me', password: { format: String, default: '', sensitive: true },
    url: { format: String, default: '\${user}:\${password}@db', sensitive: true } }`;
  const shell = new Shell({
    'varve.config.mjs': `import { defineConfig } from '${VARVE}';
      export default defineConfig({ name: 'app', references: true, settings: ${settings} });`,
  });
  const { code, stdout } = await shell.run(['doctor']);
  expect([code, stdout]).toEqual([0, expect.not.stringContaining('in the source')]);
});

test('doctor of files that others can read', () =>
  golden(
    'doctor-permissions',
    [
      (shell) => chmodSync(inFolder(shell, '.env'), 0o644),
      (shell) => chmodSync(inFolder(shell, 'config/app.json'), 0o645),
      'doctor',
      'doctor --fix',
      'doctor',
    ],
    { ...FILES, 'config/app.json': '{ "tracker": { "token": "secret-1" } }\n' },
  ));

test('doctor --fix leaves the group what it has, and links alone', async () => {
  const shell = new Shell({
    ...FILES,
    'config/app.json': '{ "tracker": { "token": "secret-1" } }\n',
    target: 'secret-2',
  });
  chmodSync(inFolder(shell, 'config/app.json'), 0o664);
  chmodSync(inFolder(shell, '.env'), 0o604);
  chmodSync(inFolder(shell, 'target'), 0o644);
  symlinkSync('target', inFolder(shell, 'token'));
  await shell.run(['doctor', '--fix'], { env: { RL_TRACKER__TOKEN_FILE: 'token' } });
  const mode = (name: string): string => (statSync(inFolder(shell, name)).mode & 0o777).toString(8);
  expect([mode('config/app.json'), mode('.env'), mode('target')]).toEqual(['660', '600', '644']);
});

test('doctor --fix leaves a file with a second name alone, and says so', async () => {
  const shell = new Shell(FILES);
  chmodSync(inFolder(shell, '.env'), 0o644);
  linkSync(inFolder(shell, '.env'), inFolder(shell, 'second'));
  const { code, stdout } = await shell.run(['doctor', '--fix']);
  expect([code, statSync(inFolder(shell, '.env')).mode & 0o777]).toEqual([1, 0o644]);
  expect(stdout).toMatch(/chmod 600 \.env \(not done: it has another owner, or a second name\)/);
});

test('doctor of what git has', () => {
  const git =
    (...args: string[]) =>
    (shell: Shell): void =>
      void execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        cwd: shell.folder.path,
      });
  return golden(
    'doctor-git',
    [
      (shell) => chmodSync(inFolder(shell, '.env'), 0o600),
      git('init', '-q'),
      'doctor',
      (shell) => shell.folder.write('.gitignore', '.env\n'),
      'doctor',
      git('add', '-f', '.env'),
      'doctor',
    ],
    FILES,
  );
});

test.each([
  ['[]', false],
  ['["10.0.0.1"]', true],
])('doctor of a file that others can read, with the sensitive list %s', async (list, isSecret) => {
  const shell = new Shell({
    'varve.config.mjs': DEFINITION.replace('dotenv: true,', '').replace(
      'tracker: {',
      'tracker: { hosts: { format: Array, sensitive: true, default: [] },',
    ),
    'config/app.json': `{ "tracker": { "hosts": ${list} } }\n`,
  });
  chmodSync(inFolder(shell, 'config/app.json'), 0o644);
  const { code, stdout } = await shell.run(['doctor']);
  expect([code, stdout.includes('it holds the sensitive tracker.hosts')]).toEqual([isSecret ? 1 : 0, isSecret]);
});
