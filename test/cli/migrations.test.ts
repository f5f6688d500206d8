import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Shell } from './shell.ts';

const DEFINITION = `
import { defineConfig } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)};
export default defineConfig({
  name: 'app', file: 'app.json', envPrefix: 'APP',
  version: 2,
  migrations: { 2: (document) => { document.pool = document.poolSize; delete document.poolSize; } },
  settings: { pool: 10, name: 'x' },
});
`;
const OLD = '{\n  "poolSize": 20\n}\n';
const FILES = { 'varve.config.mjs': DEFINITION, 'app.json': OLD };

const copies = (shell: Shell) => readdirSync(shell.folder.path).filter((name) => name.includes('.version-1-'));

test('doctor names the older version, and --fix migrates the file once', async () => {
  const shell = new Shell(FILES);
  const before = await shell.run(['doctor']);
  expect(before.stdout).toMatch(/is of version 1, and was migrated to version 2 in memory. The next save writes it/);
  expect(before.code).toBe(1);
  const fixed = await shell.run(['doctor', '--fix']);
  expect(fixed.stdout).toMatch(/^fixed {2}file +app\.json {2}migrated from version 1; the old text is kept as/m);
  expect(fixed.code).toBe(0);
  expect(shell.folder.read('app.json')).toBe('{\n  "pool": 20,\n  "$version": 2\n}\n');
  expect(copies(shell).map((name) => shell.folder.read(name))).toEqual([OLD]);
  expect((await shell.run(['doctor', '--fix'])).code).toBe(0);
  expect(copies(shell)).toHaveLength(1);
});

test('explain shows the old line, set migrates and says where the old text is', async () => {
  const shell = new Shell(FILES);
  expect((await shell.run(['explain', 'pool'])).stdout).toMatch(/> file +20 +app\.json:2:15/);
  const { stderr, code } = await shell.run(['set', 'name', 'y']);
  expect(stderr).toMatch(
    /varve: app\.json was migrated from version 1; the old text is kept as .*app\.json\.version-1-/,
  );
  expect(code).toBe(0);
  expect((await shell.run(['explain', 'pool'])).stdout).toMatch(/> file +20 +app\.json:2:11/);
});

test('a newer file is read with a warning, and set exits with 4', async () => {
  const shell = new Shell({ ...FILES, 'app.json': '{"$version":9,"pool":20}' });
  expect((await shell.run(['get', 'pool'])).stdout.trim()).toBe('20');
  const { stderr, code } = await shell.run(['set', 'name', 'y']);
  expect(stderr).toMatch(/app\.json is of version 9, newer than version 2 of this program. Nothing was written/);
  expect(code).toBe(4);
  expect((await shell.run(['doctor', '--fix'])).stdout).toMatch(/is of version 9/);
});
