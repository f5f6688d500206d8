import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { builtModule } from '../library.ts';

test('anybody can run the contract on a store of their own, with the test runner of Node.js', () => {
  const script = fileURLToPath(new URL('./memory.mjs', import.meta.url));
  const testing = builtModule('varve/testing');
  const env = { ...process.env, VARVE_CONTRACT: JSON.stringify({ library: builtModule(), testing }) };
  const args = ['--test', '--test-reporter=tap', script];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8', env });
  expect(stdout).toMatch(/^# pass 2\d$/m);
  expect(stdout).toMatch(/^# fail 0$/m);
  expect(stdout + stderr).toContain(
    'skipped: 12: a write whose answer is lost is applied once: it has no openOverLink',
  );
  expect(stdout).toContain('# SKIP it has no openOverLink');
  expect(status).toBe(0);
}, 120_000);
