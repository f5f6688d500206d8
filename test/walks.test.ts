import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { folder } from './folder.ts';
import { compileSources } from './library.ts';

const page = readFileSync(new URL('../CONTRIBUTING.md', import.meta.url), 'utf8');
const child = fileURLToPath(new URL('./children/walk.mjs', import.meta.url));

let library: ReturnType<typeof compileSources>;

beforeAll(() => {
  library = compileSources();
}, 60_000);

afterAll(() => library.remove());

/** A walk of CONTRIBUTING.md: its heading there, its name in `children/walk.mjs`, and how many files it may have. */
const WALKS = [
  { heading: 'Environment variable → `config.values`', name: 'variable', most: 10 },
  { heading: '`set` + `save` → disk', name: 'save', most: 20 },
] as const;

test.each(WALKS)(
  '$heading runs through the files that CONTRIBUTING.md lists, at most $most',
  ({ heading, name, most }) => {
    const files = filesOf(name);
    expect(listed(heading)).toEqual(files);
    expect(files.length).toBeLessThanOrEqual(most);
  },
);

/** The files of `src` in which a walk calls a function, those that only load apart. */
function filesOf(name: string): readonly string[] {
  const input = join(folder({ 'app.json': '{\n  "learning_rate": 0.2,\n  "epochs": 2\n}\n' }).path, 'app.json');
  const { stdout, stderr } = spawnSync(process.execPath, [child, JSON.stringify({ url: library.url, name, input })], {
    encoding: 'utf8',
  });
  if (stdout === '') throw new Error(stderr);
  return JSON.parse(stdout);
}

/** The files that CONTRIBUTING.md lists under a heading, one a row: `| config.ts | … |`. */
function listed(heading: string): readonly string[] {
  const [, section = ''] = page.split(`### ${heading}\n`);
  const rows = section.split(/^#/m)[0]?.matchAll(/^\| `([^`]+\.ts)` \|/gm) ?? [];
  return Array.from(rows, ([, file = '']) => file).sort();
}
