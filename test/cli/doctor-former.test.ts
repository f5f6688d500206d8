import { expect, test } from 'vitest';
import { Shell } from './shell.ts';

const DEFINITION = `
import { defineConfig } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)};
export default defineConfig({
  name: 'app', file: 'app.json', envPrefix: 'RL',
  settings: { size: { default: 1, aliases: ['old_size'] }, mode: { default: 'a', aliases: ['kind'] } },
});
`;

const FILES = { 'varve.config.mjs': DEFINITION, 'app.json': '{\n  "old_size": 2,\n  "kind": "b",\n  "mode": "c"\n}\n' };

test('doctor --fix renames former keys in the file, and says so', async () => {
  const shell = new Shell(FILES);
  const before = await shell.run(['doctor']);
  expect(before.stdout).toMatch(/size: is set by its deprecated name old_size.*Write size instead/);
  expect(shell.folder.read('app.json')).toBe(FILES['app.json']);
  const { stdout, code } = await shell.run(['doctor', '--fix']);
  expect(stdout).toMatch(/^fixed {2}file +app\.json {2}renamed old_size to size$/m);
  expect(stdout).toMatch(/^fixed {2}file +app\.json {2}removed kind, because mode is set too$/m);
  expect(code).toBe(0);
  expect(shell.folder.read('app.json')).toBe('{\n  "size": 2,\n  "mode": "c"\n}\n');
});

test('doctor --fix leaves former names of variables to who set them', async () => {
  const { stdout, code } = await new Shell({ ...FILES, 'app.json': '{}' }).run(['doctor', '--fix'], {
    env: { RL_OLD_SIZE: '3' },
  });
  expect(stdout).toMatch(/RL_OLD_SIZE.*Write RL_SIZE instead/);
  expect(code).toBe(1);
});
