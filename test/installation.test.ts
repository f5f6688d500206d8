import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readsTypeScript } from '../src/cli/kept-definition.ts';
import { type Folder, folder } from './folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A project with its own copy of the built package. */
function project(program: string): Folder {
  const made = folder({ 'package.json': '{ "type": "module" }', 'app.json': '{ "lr": 0.2 }\n', 'main.js': program });
  const modules = join(made.path, 'node_modules');
  mkdirSync(join(modules, 'varve'), { recursive: true });
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const name of ['dist', 'package.json'])
    cpSync(join(root, name), join(modules, 'varve', name), { recursive: true });
  for (const name of Object.keys(dependencies)) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name), 'junction');
  }
  return made;
}

function run(program: string): string {
  const { stdout, stderr } = spawnSync(process.execPath, ['main.js'], { cwd: project(program).path, encoding: 'utf8' });
  expect(stderr).toBe('');
  return stdout;
}

const LOADED = `
import { readdirSync, renameSync, rmSync } from 'node:fs';
import { ConfigError, defineConfig, loadConfig } from 'varve';
const settings = {
  lr: 0.1,
  level: { format: ['low', 'high'], default: 'low' },
  wait: { format: 'duration', default: 1000 },
  tags: { format: Object, default: {} },
  cert: { format: String, nullable: true, default: null },
};
const config = await loadConfig(defineConfig({ name: 'app', file: 'app.json', envPrefix: 'APP', settings }));
const errorOf = async (action) => { try { await action(); } catch (error) { return error; } };
`;

describe('while a program runs, its installation', () => {
  test('may be removed: the program reads on, and a change fails with a clear error and without a write', () => {
    const output = run(`${LOADED}
rmSync('node_modules', { recursive: true });
console.log(config.values.lr, config.get('lr'));
const errors = [await errorOf(() => config.set('lr', 0.3)), await errorOf(() => config.save()), await errorOf(() => config.watch())];
console.log(errors.map((error) => error instanceof ConfigError && error.code).join());
console.log(errors[0].message.replace(/[0-9a-f]{8}/, 'HASH'));
console.log(config.values.lr);`);
    expect(output).toBe(`0.2 0.2
UNAVAILABLE,UNAVAILABLE,UNAVAILABLE
a file of the installation of varve is missing: Cannot find module './later/changes-HASH.js'. Restart the program if packages were installed while it ran. Otherwise install varve again.
0.2
`);
  });

  test('may be replaced by another version: the program loads none of its files', () => {
    const output = run(`${LOADED}
const later = 'node_modules/varve/dist/later/';
for (const file of readdirSync(later)) renameSync(later + file, later + file.replace(/-[0-9a-f]{8}/, '-01234567'));
console.log((await errorOf(() => config.set('lr', 0.3))).code);`);
    expect(output).toBe('UNAVAILABLE\n');
  });

  test('may be removed after the first change: the program needs no file of it any more', () => {
    const output = run(`${LOADED}
config.set('lr', 0.3);
rmSync('node_modules', { recursive: true });
config.set('tags', { a: 1 });
config.set('wait', '2m');
await config.save();
console.log((await errorOf(() => config.set('level', 'hgh'))).message);
console.log(config.explain('lr').winner.location, config.values.wait, JSON.stringify(config.snapshot().values.tags));
const watcher = config.watch();
await watcher.ready;
await watcher.close();
await config.update((draft) => { draft.lr = 0.4; });
console.log((await config.reload()).changes.length, config.values.lr);`);
    expect(output).toBe(`level: must be "low" or "high", got "hgh". Did you mean high?
app.json:1:9 120000 {"a":1}
0 0.4
`);
  });
});

test('a chunk belongs to the library that loads it, also where the module registry was reset since', () => {
  const output = run(`
import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
const { ConfigError, defineConfig, loadConfigSync } = require('varve');
const config = loadConfigSync(defineConfig({ name: 'app', file: 'app.json', settings: { lr: 0.1 } }));
for (const path of Object.keys(require.cache)) delete require.cache[path];
const other = require('varve');
config.set('lr', 0.3);
await config.save();
try { config.set('lr', 'x'); } catch (error) { console.log(error instanceof ConfigError, error instanceof other.ConfigError); }
console.log(config.values.lr);`);
  expect(output).toBe('true false\n0.3\n');
});

describe('without an optional package', () => {
  const definition = `import { defineConfig } from 'varve';
export default defineConfig({ name: 'app', file: 'app.json', settings: { lr: 0.1 } });
`;

  test.each([
    ['ui', 'varve: varve ui needs hono\n  npm install hono\n'],
    ['mcp', 'varve: varve mcp needs @modelcontextprotocol/server\n  npm install @modelcontextprotocol/server\n'],
  ])('varve %s names the package and how to install it', (command, expected) => {
    const { path, write } = project('');
    write('varve.config.mjs', definition);
    const main = join('node_modules', 'varve', 'dist', 'cli', 'main.js');
    const { status, stderr } = spawnSync(process.execPath, [main, command], { cwd: path, encoding: 'utf8', input: '' });
    expect([status, stderr]).toEqual([2, expected]);
  });

  test.skipIf(readsTypeScript())('varve init in TypeScript names what this Node.js needs to read it', () => {
    const { path } = project('');
    const main = join('node_modules', 'varve', 'dist', 'cli', 'main.js');
    const argv = [main, 'init', '--language', 'ts'];
    const { status, stderr } = spawnSync(process.execPath, argv, { cwd: path, encoding: 'utf8' });
    expect([status, stderr]).toEqual([
      0,
      `Node.js ${process.versions.node} does not read TypeScript by itself. Use Node.js 22.18 or later, or: npm install --save-dev jiti
Next: varve list, varve explain KEY, varve validate
`,
    ]);
  });

  test('the inspector rejects with an error that names the package', () => {
    const output = run(`
import { defineConfig, loadConfig } from 'varve';
import { inspector } from 'varve/inspector';
const inspect = inspector(await loadConfig(defineConfig({ name: 'app', settings: { lr: 0.1 } })));
await inspect(new Request('http://localhost/config/')).catch(({ code, message }) => console.log(code, message));`);
    expect(output).toBe('ERR_MODULE_NOT_FOUND varve/inspector needs hono, which is not installed: npm install hono\n');
  });
});
