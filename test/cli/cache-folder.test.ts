import { chmodSync, chownSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cacheFolder } from '../../src/cli/cache-folder.ts';
import { folder } from '../folder.ts';
import { buildCommandLine } from './built.ts';

const isWindows = process.platform === 'win32';

test('the cache is made in the folder of this user, and only for this user', () => {
  const { path } = folder({});
  expect(cacheFolder({ HOME: path })).toBe(join(path, '.cache/varve'));
  expect(cacheFolder({ HOME: path, XDG_CACHE_HOME: join(path, 'other') })).toBe(join(path, 'other/varve'));
  if (!isWindows) expect(statSync(join(path, '.cache/varve')).mode & 0o777).toBe(0o700);
});

test('there is no cache where none can be kept', () => {
  const { path } = folder({ file: '' });
  expect(cacheFolder({})).toBeUndefined();
  expect(cacheFolder({ HOME: '', XDG_CACHE_HOME: 'relative' })).toBeUndefined();
  expect(cacheFolder({ HOME: join(path, 'file') })).toBeUndefined();
});

test.runIf(process.platform === 'linux')('nor where the system makes no folder, without trying for ever', () => {
  const { run } = buildCommandLine();
  const project = folder({ 'varve.config.mjs': "export default { name: 'app', settings: { port: 8080 } };" });
  const env = { PATH: process.env['PATH'], HOME: '/proc/self' };
  expect(run(['get', 'port'], { cwd: project.path, env })).toMatchObject({ code: 0, stdout: '8080\n' });
});

test.runIf(!isWindows)('there is no cache in a folder that others can write to', () => {
  const { path } = folder({ '.cache/varve/planted.js': '' });
  for (const [mode, expected] of [
    [0o777, undefined],
    [0o720, undefined],
    [0o755, join(path, '.cache/varve')],
  ] as const) {
    chmodSync(join(path, '.cache/varve'), mode);
    expect(cacheFolder({ HOME: path })).toBe(expected);
  }
});

test.runIf(!isWindows)('nothing is made in the home of another user, as under sudo', () => {
  const { path } = folder({ 'home/file': '' });
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(join(path, 'home'), 65_534, 65_534);
  const home = isRoot ? join(path, 'home') : '/';
  expect(cacheFolder({ HOME: home })).toBeUndefined();
  expect(existsSync(join(home, '.cache'))).toBe(false);
});

test('a definition in TypeScript keeps nothing in the folder for temporary files, which all users share', () => {
  const { run, index } = buildCommandLine();
  const project = folder({
    'varve.config.mts': `import { defineConfig } from '${index}';
const port: number = 8080;
export default defineConfig({ name: 'app', settings: { port } });`,
    'tmp/empty': '',
  });
  const cache = join(project.path, 'cache');
  const env = { PATH: process.env['PATH'], TMPDIR: join(project.path, 'tmp'), XDG_CACHE_HOME: cache };
  for (const times of ['first', 'second'])
    expect({ times, ...run(['get', 'port'], { cwd: project.path, env }) }).toEqual({
      times,
      code: 0,
      stdout: '8080\n',
      stderr: '',
    });
  expect(existsSync(join(project.path, 'tmp/jiti'))).toBe(false);
  // Node.js 22.18 and later need no jiti.
  if (!Reflect.get(process.features, 'typescript')) expect(existsSync(join(cache, 'varve/jiti'))).toBe(true);
});
