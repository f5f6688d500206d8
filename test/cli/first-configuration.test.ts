import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folder } from '../folder.ts';
import { type Built, buildCommandLine } from './built.ts';

let built: Built;
beforeAll(() => {
  built = buildCommandLine();
}, 60_000);
afterAll(() => built.remove());

test('a first configuration, as docs/first-configuration.sh tells it', async () => {
  const at = folder();
  mkdirSync(join(at.path, 'node_modules/.bin'), { recursive: true });
  symlinkSync(built.package, join(at.path, 'node_modules/varve'));
  symlinkSync('../varve/dist/cli/main.js', join(at.path, 'node_modules/.bin/varve'));
  // npm takes ten times as long to find the command as the command takes to run.
  at.write('bin/npx', '#!/bin/sh\ncommand="$1"\nshift\nexec "node_modules/.bin/$command" "$@"\n');
  chmodSync(join(at.path, 'bin/npx'), 0o755);
  const script = fileURLToPath(new URL('../../docs/first-configuration.sh', import.meta.url));
  const env = {
    PATH: `${join(at.path, 'bin')}:${process.env['PATH']}`,
    HOME: at.path,
    npm_config_update_notifier: 'false',
    CI: '1',
  };
  const { status, stdout, stderr } = spawnSync('bash', ['--norc', script], { cwd: at.path, env, encoding: 'utf8' });
  expect(stderr).not.toMatch(/this should not have happened/);
  expect([status, stderr]).toEqual([0, expect.stringMatching(/npx varve doctor\s*$/)]);
  await expect(stdout).toMatchFileSnapshot('golden/first-configuration.txt');
  expect(stdout).not.toContain('a secret');
}, 120_000);
