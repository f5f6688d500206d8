import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

test('the pages that are made of the code are what the code says now', () => {
  expect(existsSync(join(root, 'dist/index.d.ts')), 'the package is built before its pages are compared').toBe(true);
  const { status, stderr } = spawnSync(process.execPath, ['scripts/docs.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  });
  // A change of docs/api-report.md is a change of the public API: it needs its line in CHANGELOG.md.
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}, 240_000);
