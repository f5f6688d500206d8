import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Built, buildCommandLine } from '../cli/built.ts';
import { DEFINITION, FILES, VARVE } from '../cli/golden.ts';
import { skipLoudly } from '../faults/harness/skip.ts';
import { folder } from '../folder.ts';

/** It needs a newer Node.js than the library, and a hundred packages: both are fetched for this test only. */
const INSPECTOR = ['-y', '-p', 'node@22', '-p', '@modelcontextprotocol/inspector@2.12.0', 'mcp-inspector', '--cli'];

let built: Built;
beforeAll(() => {
  built = buildCommandLine();
}, 60_000);
afterAll(() => built.remove());

test('the inspector finds nothing in the tools that some client could not use', (context) => {
  if (process.env['VARVE_LONG'] !== '1') skipLoudly(context, 'it downloads a hundred packages; VARVE_LONG=1 runs it');
  const fetched = spawnSync('npx', [...INSPECTOR, '--version'], { encoding: 'utf8', timeout: 200_000 });
  if (fetched.status !== 0) skipLoudly(context, `the inspector could not be fetched: ${fetched.stderr.slice(-200)}`);
  const at = folder({ ...FILES, 'varve.config.mjs': DEFINITION.replace(VARVE, built.index) });
  const inspect = (...words: readonly string[]) =>
    spawnSync(
      'npx',
      [...INSPECTOR, ...words, '--cwd', at.path, process.execPath, built.main, 'mcp', '--allow-write', '**'],
      {
        encoding: 'utf8',
        timeout: 60_000,
      },
    );
  const tools = inspect('--strict', '--method', 'tools/list');
  expect([tools.status, tools.stderr.replace(/^npm warn.*\n/gm, '')]).toEqual([
    0,
    'varve: serving recursive-learning over stdio; may change **\n',
  ]);
  expect(JSON.parse(tools.stdout).tools).toHaveLength(8);
  const called = inspect('--method', 'tools/call', '--tool-name', 'get_config_value', '--tool-arg', 'key=overlap_days');
  expect(JSON.parse(called.stdout).structuredContent).toMatchObject({ key: 'overlap_days', value: 5 });
}, 300_000);
