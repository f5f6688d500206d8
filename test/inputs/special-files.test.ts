import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { defineConfig, describeIssue, loadConfig } from '../../src/index.ts';
import { folder } from '../folder.ts';
import { issues, loaded, told } from '../sources/loaded.ts';

const isPosix = process.platform !== 'win32';
const settings = { lr: 1, token: { format: String, default: null, sensitive: true } };

describe.runIf(isPosix)('a pipe or a device', () => {
  const pipe = (name: string): string => {
    const { path } = folder();
    execFileSync('mkfifo', [join(path, name)]);
    return path;
  };

  test('as .env file is refused without waiting', () => {
    const cwd = pipe('.env');
    const found = issues({ settings, dotenv: true, cwd, env: { RL_TOKEN: 'x' } });
    expect(told(found)).toEqual(['.env cannot be read: it is not a regular file']);
    for (const device of ['/dev/null', '/dev/zero']) {
      const found = issues({ settings, dotenv: [device], env: { RL_TOKEN: 'x' } });
      expect(told(found)).toEqual([`${device} cannot be read: it is not a regular file`]);
    }
  });

  test('as secret file is refused without waiting', () => {
    const cwd = pipe('secret');
    for (const file of ['secret', '/dev/zero']) {
      const found = issues({ settings, cwd, env: { RL_TOKEN_FILE: file } });
      expect(told(found)).toEqual(['token: must name a regular file']);
    }
  });

  test('that takes the place of a watched .env file is a rejection, and the values stay', async () => {
    const { path } = folder({ '.env': 'RL_LR=2\n' });
    const definition = defineConfig({ name: 'app', envPrefix: 'RL', dotenv: true, settings: { lr: 1 } });
    const config = await loadConfig(definition, { argv: [], env: {}, cwd: path });
    const rejections: string[] = [];
    config.subscribe((event) => 'rejected' in event && rejections.push(event.rejected.message));
    await using watcher = config.watch({ poll: 20 });
    await watcher.ready;
    execFileSync('mkfifo', [join(path, 'pipe')]);
    execFileSync('mv', ['-f', join(path, 'pipe'), join(path, '.env')]);
    await expect
      .poll(() => rejections, { timeout: 15_000 })
      .toEqual(['.env cannot be read: it is not a regular file.']);
    expect(config.get('lr')).toBe(2);
    execFileSync('rm', [join(path, '.env')]);
    writeFileSync(join(path, '.env'), 'RL_LR=3\n');
    await expect.poll(() => config.get('lr'), { timeout: 15_000 }).toBe(3);
  });
});

// The versions of Node.js differ in what `statSync` says of such a path.
test.each([
  [
    'file',
    { file: 'app.env/x', env: { RL_TOKEN: 'x' } },
    'could not be read: a part of its path is a file, not a folder',
  ],
  ['base file', { files: ['app.env/x'] }, 'could not be read: a part of its path is a file, not a folder'],
  [
    'extended file',
    { extends: true },
    'app.json extends "./app.env/x.json": could not be read: a part of its path is a file, not a folder',
  ],
  ['.env file', { dotenv: ['app.env/x'] }, 'app.env/x cannot be read: ENOTDIR: not a directory'],
  ['secret file', { env: { RL_TOKEN_FILE: 'app.env/x' } }, 'must name a file that can be read (ENOTDIR)'],
])('a %s below a file is not taken for a missing one', (_, options, problem) => {
  const { path } = folder({ 'app.env': '', 'app.json': '{ "extends": "./app.env/x.json", "token": "x" }' });
  const found = issues({ settings, cwd: path, file: 'app.json', ...options });
  expect(found.map(({ message }) => message)).toEqual([problem]);
});

test('an empty secret file does not give a required setting, and the error names its variable', () => {
  const { path } = folder({ secret: '', line: '\n' });
  for (const file of ['secret', 'line']) {
    const [issue, ...others] = issues({ settings, cwd: path, env: { RL_TOKEN_FILE: file } });
    expect(issue?.message).toBe('is required, and RL_TOKEN_FILE is empty');
    expect(issue?.origin?.location).toBe(file);
    expect(others).toEqual([]);
  }
  const lower = loaded({ settings, cwd: path, dotenv: ['lower.env'], env: { RL_TOKEN: 'x', RL_LR: '' } });
  expect(lower.get('token' as never)).toBe('x');
});

describe.runIf(isPosix)('create: true in a read-only folder', () => {
  test('starts with the defaults and a warning', async (context) => {
    const { path } = folder();
    chmodSync(path, 0o555);
    if (process.getuid?.() !== 0) {
      const definition = defineConfig({ name: 'app', file: 'app.json', create: true, settings: { lr: 1 } });
      const config = await loadConfig(definition, { argv: [], env: {}, cwd: path, onWarning: false });
      expect(config.get('lr')).toBe(1);
      expect(config.warnings.map(describeIssue).join()).toMatch(/was not created: .*permission denied/);
      return;
    }
    const index = new URL('../../dist/index.mjs', import.meta.url).href;
    const program = `
      import { defineConfig, loadConfig } from ${JSON.stringify(index)};
      const definition = defineConfig({ name: 'app', file: 'app.json', create: true, settings: { lr: 1 } });
      console.log((await loadConfig(definition, { argv: [], env: {} })).get('lr'));`;
    const node = [process.execPath, '--input-type=module', '-e', program];
    const child = spawnSync('setpriv', ['--reuid', '65534', '--clear-groups', ...node], {
      cwd: path,
      encoding: 'utf8',
    });
    if (child.error) return context.skip(`no process of another user can be started: ${child.error.message}`);
    expect(child.stdout).toBe('1\n');
    expect(child.stderr).toMatch(/ConfigWarning: .*was not created: .*permission denied/);
    expect(existsSync(join(path, 'app.json'))).toBe(false);
  });
});
