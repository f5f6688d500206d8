import { spawnSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Folder, folder } from '../folder.ts';
import { PACKAGE } from '../library.ts';
import { buildCommandLine } from './built.ts';

const { main } = buildCommandLine();

// Node.js 22.18 and later read TypeScript themselves.
const testJiti = test.runIf(!Reflect.get(process.features, 'typescript'));

function project(
  files: Readonly<Record<string, string>>,
): Folder & { get(more?: Readonly<Record<string, string>>): string; loadedJiti(): boolean } {
  const report = "process.on('exit', () => console.error(Object.keys(require.cache).join(' ')));";
  const made = folder({ ...files, 'report.cjs': report });
  mkdirSync(join(made.path, 'node_modules'));
  symlinkSync(PACKAGE, join(made.path, 'node_modules/varve'), 'junction');
  const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: join(made.path, 'cache') };
  return {
    ...made,
    get: (more = {}) => {
      const options = { cwd: made.path, env: { ...env, ...more }, encoding: 'utf8' } as const;
      const { stdout, stderr } = spawnSync(process.execPath, [main, 'get', 'port'], options);
      return stdout + stderr;
    },
    loadedJiti: () => {
      const args = ['--require', './report.cjs', main, 'get', 'port'];
      return spawnSync(process.execPath, args, { cwd: made.path, env, encoding: 'utf8' }).stderr.includes('jiti');
    },
  };
}

const definition = (port: string, before = ''): string => `import { defineConfig, type Definition } from 'varve';
${before}
interface Settings { readonly port: number }
const settings: Settings = { port: ${port} };
export default defineConfig({ name: 'app', settings } satisfies Definition);
`;

testJiti(
  'a definition that imports only varve and Node.js is translated once',
  () => {
    const before = `import fs, { existsSync } from 'node:fs';
import * as path from 'node:path';
if (!fs.existsSync(path.join(path.dirname(__filename), 'report.cjs')) || !existsSync('.')) throw new Error('no file');`;
    const made = project({ 'varve.config.ts': definition('8080', before) });
    expect(made.loadedJiti()).toBe(true);
    expect(made.loadedJiti()).toBe(false);
    expect(made.get()).toBe('8080\n');
    made.write('varve.config.ts', definition('9090', before));
    expect(made.get()).toBe('9090\n');
    expect(made.get()).toBe('9090\n');
  },
  60_000,
);

testJiti(
  'a definition that imports another file is left to jiti, which sees that file change',
  () => {
    const made = project({ 'varve.config.ts': definition('other', "import { other } from './other.ts';") });
    for (const port of ['8080', '8081', '8082']) {
      made.write('other.ts', `export const other: number = ${port};`);
      expect(made.get()).toBe(`${port}\n`);
    }
    expect(made.loadedJiti()).toBe(true);
  },
  60_000,
);

testJiti(
  'an error in a definition has the location that jiti gives it',
  () => {
    const mistake = project({
      'varve.config.ts': definition('8080', "if (process.env['PATH']) throw new Error('of mine');"),
    });
    const invalid = project({ 'varve.config.ts': definition("{ format: 'prt', default: 1 } as never") });
    const unreadable = project({ 'varve.config.ts': definition('{{') });
    for (const { get } of [mistake, invalid, unreadable]) {
      // With an option of jiti, jiti loads the definition.
      const expected = get({ JITI_DEBUG: '' });
      expect(expected).toContain('varve.config.ts');
      for (const _ of [1, 2]) expect(get()).toBe(expected);
    }
  },
  60_000,
);
