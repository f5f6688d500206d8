import { spawnSync } from 'node:child_process';
import {
  cpSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Folder, folder } from '../folder.ts';
import { PACKAGE } from '../library.ts';
import { nodeOf } from '../runtimes.ts';
import { buildCommandLine } from './built.ts';

const { main } = buildCommandLine();

// Node.js 22.18 and later read TypeScript themselves.
const testJiti = test.runIf(!Reflect.get(process.features, 'typescript'));

function project(
  files: Readonly<Record<string, string>>,
  node = process.execPath,
): Folder & {
  get(more?: Readonly<Record<string, string>>, program?: string): string;
  loadedJiti(): boolean;
  /** Changes what is kept, to see whether it runs. */
  changeKept(from: string, to: string): void;
} {
  const report = "process.on('exit', () => console.error(Object.keys(require.cache).join(' ')));";
  const made = folder({ ...files, 'report.cjs': report });
  mkdirSync(join(made.path, 'node_modules'));
  symlinkSync(PACKAGE, join(made.path, 'node_modules/varve'), 'junction');
  const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: join(made.path, 'cache') };
  return {
    ...made,
    get: (more = {}, program = main) => {
      const options = { cwd: made.path, env: { ...env, ...more }, encoding: 'utf8' } as const;
      const { stdout, stderr } = spawnSync(node, [program, 'get', 'port'], options);
      return stdout + stderr;
    },
    changeKept: (from, to) => {
      const kept = join(made.path, 'cache/varve/definitions');
      for (const file of readdirSync(kept).map((name) => join(kept, name))) {
        const bytes = readFileSync(file);
        const key = bytes.subarray(0, bytes.indexOf('\n') + 1);
        const data = bytes.toString('utf8', key.length, (key.length + bytes.length) / 2);
        const { code, ...rest } = JSON.parse(data);
        const changed = Buffer.from(JSON.stringify({ ...rest, code: code?.replace(from, to) }));
        writeFileSync(file, Buffer.concat([key, changed, changed]));
      }
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

const IMPORTS = "import { existsSync } from 'node:fs';\nimport { fileURLToPath as pathOf } from 'node:url';";

const ofModule = (port: string, before = ''): string => `import { defineConfig } from 'varve';
${before}
export default defineConfig({ name: 'app', settings: { port: ${port} } });
`;

test('a definition in JavaScript that imports only varve and Node.js is not imported again', () => {
  const made = project({ 'varve.config.mjs': ofModule('8080') });
  expect(made.get()).toBe('8080\n');
  made.changeKept('8080', '8081');
  expect(made.get()).toBe('8081\n');
  expect(made.get({ NODE_DISABLE_COMPILE_CACHE: '1' })).toBe('8080\n');
  expect(made.get({ NODE_OPTIONS: '--conditions=test' })).toBe('8080\n');
  made.write('varve.config.mjs', ofModule('9090'));
  for (const _ of [1, 2]) expect(made.get()).toBe('9090\n');
}, 60_000);

for (const version of ['22', '24']) {
  test(`Node.js ${version} strips the types of a definition once`, (context) => {
    const made = project({ 'varve.config.ts': definition('8080', IMPORTS) }, nodeOf(context, version));
    // Without a warning of Node.js.
    expect(made.get()).toBe('8080\n');
    made.changeKept('8080', '8081');
    expect(made.get()).toBe('8081\n');
    made.write('varve.config.ts', definition('9090', IMPORTS));
    made.get();
    expect(made.get()).toBe('9090\n');
    made.write(
      'varve.config.ts',
      definition("'x' as never", "interface Lines {}\n\nif (process.env['PATH']) throw new Error('of mine');"),
    );
    const errors = [1, 2].map(() => made.get());
    expect(errors[1]).toContain('varve.config.ts:4');
    expect(errors[1]).toBe(made.get({ NODE_DISABLE_COMPILE_CACHE: '1' }));
  }, 60_000);
}

test('a definition in JavaScript that imports another file is imported each time', () => {
  const made = project({ 'varve.config.mjs': ofModule('other', "import { other } from './other.mjs';") });
  for (const port of ['8080', '8081', '8082']) {
    made.write('other.mjs', `export const other = ${port};`);
    expect(made.get()).toBe(`${port}\n`);
  }
}, 60_000);

test('a definition is imported when it finds another copy of varve than before', () => {
  const made = project({ 'config/varve.config.mjs': ofModule('8080') });
  expect(made.get()).toBe('8080\n');
  const copy = 'config/node_modules/varve';
  made.write(`${copy}/package.json`, '{ "name": "varve", "type": "module", "exports": "./index.js" }');
  made.write(`${copy}/index.js`, 'export const defineConfig = (it) => ({ ...it, settings: { port: 1 } });');
  expect(made.get()).toBe('1\n');
  expect(made.get()).toBe('1\n');
  renameSync(join(made.path, copy), join(made.path, 'away'));
  expect(made.get()).toBe('8080\n');
}, 60_000);

test('a definition that another installation has kept is imported', () => {
  const made = project({ 'varve.config.mjs': ofModule('8080') });
  const other = join(made.path, 'other');
  cpSync(join(PACKAGE, 'dist'), join(other, 'dist'), { recursive: true });
  cpSync(join(PACKAGE, 'package.json'), join(other, 'package.json'));
  symlinkSync(join(PACKAGE, 'node_modules'), join(other, 'node_modules'), 'junction');
  const ofOther = join(other, 'dist/cli/main.js');
  for (const program of [main, ofOther, main, ofOther]) expect(made.get({}, program)).toBe('8080\n');
}, 60_000);

test('a link to a definition has the location of its file', () => {
  const made = project({
    'shared/varve.config.mjs': ofModule("import.meta.url.endsWith('/shared/varve.config.mjs') ? 1 : 2"),
  });
  symlinkSync('shared/varve.config.mjs', join(made.path, 'varve.config.mjs'));
  for (const _ of [1, 2, 3]) expect(made.get()).toBe('1\n');
}, 60_000);

test.each([
  ['a value of its location', ofModule('new URL(import.meta.url).pathname.length + import.meta.dirname.length')],
  ['a value of Node.js', ofModule('existsSync(pathOf(import.meta.url)) ? 1 : 2', IMPORTS)],
  ['other exports', ofModule('port', 'export const port = 8080;\nexport function unused() {}')],
  [
    'strict code without names of CommonJS',
    ofModule('[this, typeof require, typeof module, typeof exports, typeof __filename].join()'),
  ],
  ['an error', ofModule('8080', "if (process.env['FAIL']) throw new TypeError('of mine');")],
  ['an error in a function', ofModule('port()', "const port = () => { if (process.env['FAIL']) null.x; return 1; };")],
  ['an invalid setting', ofModule("process.env['FAIL'] ? { format: 'prt', default: 1 } : 8080")],
  ['a frozen constant', ofModule('8080', "if (process.env['FAIL']) defineConfig = 1;")],
])(
  '%s is the same as by an import',
  (_, text) => {
    const made = project({ 'varve.config.mjs': text });
    const imported = { NODE_DISABLE_COMPILE_CACHE: '1' };
    const [value, failure] = [made.get(imported), made.get({ ...imported, FAIL: '1' })];
    expect(made.get()).toBe(value);
    made.changeKept("name: 'app'", "name: 'kept'");
    expect([made.get(), made.get({ FAIL: '1' })]).toEqual([value, failure]);
  },
  60_000,
);

test('what was kept 30 days ago is removed when a definition is kept, and nothing else', () => {
  const made = project({
    'varve.config.mjs': definition('8080').replaceAll(
      /interface.*|: Settings|, type Definition| satisfies Definition/g,
      '',
    ),
  });
  const old = ['code/main.js-1-v18.0.0', 'definitions/gone-1-v18.0.0', 'jiti/gone.mjs', 'v18.0.0-x64/gone'];
  const others = ['other/file', 'file', 'code/folder/file'];
  for (const name of [...old, 'code/new', ...others]) made.write(`cache/varve/${name}`, '');
  symlinkSync('/nowhere', join(made.path, 'cache/varve/code/link'));
  const before = new Date(Date.now() - 31 * 24 * 60 * 60 * 1000);
  for (const name of [...old, ...others]) utimesSync(join(made.path, 'cache/varve', name), before, before);
  lutimesSync(join(made.path, 'cache/varve/code/link'), before, before);
  expect(made.get()).toBe('8080\n');
  const left = [...old, 'code/link', 'code/new', ...others].filter((name) =>
    lstatSync(join(made.path, 'cache/varve', name), { throwIfNoEntry: false }),
  );
  expect(left).toEqual(['code/new', ...others]);
});
