import { chmodSync, chownSync, lchownSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { skipLoudly } from '../faults/harness/skip.ts';
import { DEFINITION, FILES } from './golden.ts';
import { Shell } from './shell.ts';

const PATH = 'varve.config.mjs';

function shared(mode: number): Shell {
  const shell = new Shell(FILES);
  chmodSync(shell.folder.path, mode);
  return shell;
}

test('a definition in a folder that every user can write to is refused, unless it is named', async () => {
  const shell = shared(0o777);
  const { code, stdout, stderr } = await shell.run(['get', 'overlap_days']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('was not run: every user can write to');
  expect((await shell.run(['get', 'overlap_days', '--definition', PATH])).code).toBe(0);
  const env = { VARVE_SAFE_DIRECTORY: shell.folder.path };
  expect((await shell.run(['get', 'overlap_days'], { env })).code).toBe(0);
});

test('a definition that every user can write to is refused', async () => {
  const shell = new Shell(FILES);
  chmodSync(join(shell.folder.path, PATH), 0o666);
  expect((await shell.run(['get', 'overlap_days'])).code).toBe(2);
});

test('in a sticky folder, as /tmp is, an own definition is taken', async () => {
  expect((await shared(0o1777).run(['get', 'overlap_days'])).code).toBe(0);
});

test.each(['config', 'dist'])('so is one in %s of such a folder', async (name) => {
  const { [PATH]: _, ...files } = FILES;
  const shell = new Shell({ ...files, [`${name}/${PATH}`]: DEFINITION });
  chmodSync(shell.folder.path, 0o777);
  const { code, stderr } = await shell.run(['get', 'overlap_days']);
  expect([code, stderr]).toEqual([2, expect.stringContaining(`every user can write to ${shell.folder.path}`)]);
});

test.each(['package.json', 'node_modules/varve/package.json'])(
  "a definition is refused if its imports may lead to another user's %s above",
  async (planted) => {
    const shell = new Shell({ [planted]: '{}', 'app/varve.config.mjs': DEFINITION });
    const { path } = shell.folder;
    const [place = ''] = planted.split('/');
    const get = () => shell.run(['get', 'overlap_days'], { cwd: join(path, 'app') });
    expect((await get()).code).toBe(0);
    if (process.getuid?.() === 0) {
      chownSync(join(path, place), 12345, 12345);
      const { code, stderr } = await get();
      expect([code, stderr]).toEqual([2, expect.stringContaining(`${join(path, place)} belongs to another user`)]);
      chownSync(join(path, place), 0, 0);
    }
    chmodSync(join(path, place), 0o777);
    const { code, stderr } = await get();
    expect([code, stderr]).toEqual([2, expect.stringContaining(`every user can write to ${join(path, place)}`)]);
  },
);

test('a definition of another user is refused', async (context: TestContext) => {
  if (process.getuid?.() !== 0) skipLoudly(context, 'only root can give a file away');
  const shell = new Shell(FILES);
  chownSync(join(shell.folder.path, PATH), 12345, 12345);
  const { code, stderr } = await shell.run(['get', 'overlap_days']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('belongs to another user')]);
  // As git does: who calls sudo is trusted.
  expect((await shell.run(['get', 'overlap_days'], { env: { SUDO_UID: '12345' } })).code).toBe(0);
});

test("a link of another user to this user's file is refused: in /tmp it may lead anywhere", async (context: TestContext) => {
  if (process.getuid?.() !== 0) skipLoudly(context, 'only root can give a link away');
  const { [PATH]: _, ...files } = FILES;
  const own = new Shell({ ...FILES, 'config/varve.config.mjs': DEFINITION });
  for (const name of [PATH, 'config']) {
    const shell = new Shell(name === 'config' ? { 'app.json': '{}' } : files);
    const link = join(shell.folder.path, name);
    symlinkSync(join(own.folder.path, name), link);
    expect((await shell.run(['get', 'overlap_days'])).code).toBe(0);
    lchownSync(link, 12345, 12345);
    const { code, stderr } = await shell.run(['get', 'overlap_days']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('belongs to another user')]);
  }
});

test('a compiled definition in dist is found, and its paths start from the folder around it', async () => {
  const { [PATH]: _, ...files } = FILES;
  const shell = new Shell({ ...files, 'dist/varve.config.js': DEFINITION, 'package.json': '{ "type": "module" }' });
  expect(await shell.run(['get', 'batch_size_days'])).toMatchObject({ code: 0, stdout: '40\n' });
});

test('so is one that a compiler made a CommonJS module of', async () => {
  const compiled = `Object.defineProperty(exports, '__esModule', { value: true });
exports.default = { name: 'app', settings: { port: 80 } };
`;
  const shell = new Shell({ 'dist/varve.config.js': compiled, 'package.json': '{}' });
  expect(await shell.run(['get', 'port'])).toMatchObject({ code: 0, stdout: '80\n' });
});

test('a definition found elsewhere without root is warned about, because a program reads other files', async () => {
  const { [PATH]: _, ...files } = FILES;
  const elsewhere = new Shell({ ...files, 'config/varve.config.mjs': DEFINITION });
  expect((await elsewhere.run(['get', 'overlap_days'])).stderr).toBe('');
  const inside = { cwd: join(elsewhere.folder.path, 'config') };
  const { stderr, stdout } = await elsewhere.run(['get', 'batch_size_days'], inside);
  expect([stdout, stderr]).toEqual(['40\n', expect.stringContaining('Add "root" to it')]);
});
