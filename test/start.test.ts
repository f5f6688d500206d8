import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { type Folder, folder } from './folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A project with the built package and what it depends on. */
function project(): Folder {
  const made = folder({
    'package.json': '{ "type": "module" }',
    'app.json': '{ "lr": 0.2 }',
    '.env': 'APP_NAME=env\nAPP_SERVER__TAGS=\'["b", "c"]\'\n',
  });
  mkdirSync(join(made.path, 'node_modules'));
  symlinkSync(root, join(made.path, 'node_modules/varve'), 'junction');
  return made;
}

/** The files that a program has loaded when it ends, but its own, as the engine lists them. */
function filesLoaded(program: string): readonly string[] {
  const made = project();
  made.write('main.js', program);
  return filesLoadedBy(['main.js', '--lr', '0.3'], made);
}

/** The files of the package, and of those that it depends on, which `node` has loaded when it ends. */
function filesLoadedBy(
  args: readonly string[],
  { path }: Folder,
  env: Readonly<Record<string, string | undefined>> = { PATH: process.env['PATH'] },
): readonly string[] {
  const coverage = join(path, 'coverage');
  execFileSync(process.execPath, args, { cwd: path, env: { ...env, NODE_V8_COVERAGE: coverage } });
  const [file] = readdirSync(coverage);
  const { result } = JSON.parse(readFileSync(join(coverage, file!), 'utf8')) as { result: { url: string }[] };
  const own = pathToFileURL(root).href;
  return result.flatMap(({ url }) => (url.startsWith(own) ? url.slice(own.length) : [])).sort();
}

/** The library, and the short module by which `import` reaches it. */
const LOADED = ['dist/index.js', 'dist/index.node.mjs'];

test('a program that loads its configuration has one file of ours loaded, and the packages that it uses', () => {
  expect(filesLoaded(`import 'varve';`)).toEqual(LOADED);
  const program = `
import { defineConfig, loadConfigSync } from 'varve';
const settings = {
  lr: 0.1,
  name: { format: String, default: '' },
  level: { doc: 'How much to log', format: ['a', 'b'], default: 'a', env: 'LEVEL', arg: 'log-level' },
  server: {
    port: { doc: 'The port', format: 'port', default: 80, min: 1, max: 9000, env: 'PORT' },
    url: { format: 'url', default: 'http://localhost/', pattern: /^http/ },
    tags: { format: Array, default: ['a'], items: { format: String, minLength: 1 } },
    token: { format: String, default: null, nullable: true, sensitive: true, aliases: ['secret'] },
  },
};
const options = { name: 'app', file: 'app.json', envPrefix: 'APP', dotenv: ['.env'], unknown: 'error', settings };
const config = loadConfigSync(defineConfig(options));
if (config.values.lr !== 0.3 || config.get('name') !== 'env') throw new Error('not loaded');
if (config.values.server.tags.length !== 2) throw new Error('no list');`;
  expect(filesLoaded(program)).toEqual([
    ...LOADED,
    'node_modules/convict/node_modules/yargs-parser/build/index.cjs',
    'node_modules/convict/src/main.js',
    'node_modules/dotenv/dist/index.cjs',
    'node_modules/lodash.clonedeep/index.js',
  ]);
}, 60_000);

const MAIN = join(root, 'dist/cli/main.js');

function projectWithDefinition(): Folder {
  const made = project();
  made.write(
    'varve.config.mjs',
    `import { defineConfig } from 'varve';
const settings = { port: 8080, tags: ['a'], token: { format: String, default: '', sensitive: true } };
export default defineConfig({ name: 'app', file: 'app.json', settings });`,
  );
  made.write('app.json', '{ "port": 80 }');
  return made;
}

/** The files of ours, and the packages, that each command loads. */
const OF_COMMAND = [
  'dist/cli/compiled-code.js',
  'dist/cli/exit.js',
  'dist/cli/main.js',
  'dist/cli/program.js',
  'dist/index.js',
  'dist/rolldown-runtime.js',
  'dist/shared.js',
];
const OF_CONVICT = [
  'node_modules/convict/node_modules/yargs-parser/build/index.cjs',
  'node_modules/convict/src/main.js',
  'node_modules/lodash.clonedeep/index.js',
];

test.each([
  { line: ['get', 'port'], others: [], mostKiB: 382.5 },
  {
    line: ['completion', 'bash', '--line', 'varve get p'],
    others: [
      'dist/cli/commands.js',
      'dist/cli/commands/completion.js',
      'dist/cli/completion/candidates.js',
      'dist/later/descriptions.js',
    ],
    mostKiB: 438.5,
  },
])(
  '`varve $line.0` loads what its answer needs',
  ({ line, others, mostKiB }) => {
    const made = projectWithDefinition();
    const env = { PATH: process.env['PATH'], HOME: made.path };
    // It keeps the definition; completion runs a definition only after a command has.
    execFileSync(process.execPath, [MAIN, 'get', 'port'], { cwd: made.path, env });
    const loaded = filesLoadedBy([MAIN, ...line], made, env);
    expect(loaded.map((file) => file.replace(/-[0-9a-f]{8}\.js$/, '.js')).sort()).toEqual(
      [...OF_COMMAND, ...others, ...OF_CONVICT].sort(),
    );
    const bytes = loaded.map((file) => statSync(join(root, file)).size).reduce((sum, size) => sum + size);
    expect(bytes / 1024).toBeLessThanOrEqual(mostKiB);
    const withTables = loaded.filter((file) => /[^\\]\\p\{/.test(readFileSync(join(root, file), 'utf8')));
    expect(withTables, 'the engine looks through the tables of Unicode for each literal with \\p{…}').toEqual([]);
  },
  60_000,
);

/** A file to require first: it reports on stderr how the compile cache of Node.js is turned on, and with which files loaded. */
const REPORTS_COMPILE_CACHE = `require('node:module').enableCompileCache = (folder) =>
  process.stderr.write(JSON.stringify({ folder, loaded: Object.keys(require.cache) }));`;

test('the command line lets Node.js keep compiled code before it loads the files to be kept', () => {
  const made = projectWithDefinition();
  made.write('report.cjs', REPORTS_COMPILE_CACHE);
  const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: join(made.path, 'cache') };
  const options = { cwd: made.path, env, encoding: 'utf8' } as const;
  const run = spawnSync(process.execPath, ['--require', './report.cjs', MAIN, 'get', 'port'], options);
  const { folder: kept, loaded } = JSON.parse(run.stderr) as { folder: string; loaded: string[] };
  expect(kept).toBe(join(made.path, 'cache/varve'));
  const bytes = loaded.filter((file) => file.startsWith(join(root, 'dist'))).map((file) => statSync(file).size);
  expect(bytes.reduce((sum, size) => sum + size) / 1024).toBeLessThanOrEqual(6);
}, 60_000);

test('`varve get` writes to a pipe without the streams of Node.js', () => {
  const made = projectWithDefinition();
  const report = "process.on('exit', () => require('node:fs').writeSync(2, process.moduleLoadList.join('\\n')));";
  made.write('report.cjs', report);
  const args = ['--require', './report.cjs', MAIN, 'get', 'port'];
  const run = spawnSync(process.execPath, args, { cwd: made.path, encoding: 'utf8' });
  expect(run.stdout).toBe('80\n');
  const streams = /^NativeModule (?:net|stream|tty|internal\/fs\/sync_write_stream)$/gm;
  expect(run.stderr.match(streams) ?? []).toEqual([]);
}, 60_000);

test('a program that loads, changes and saves its configuration never has the compile cache turned on by varve', () => {
  const made = project();
  made.write('report.cjs', REPORTS_COMPILE_CACHE);
  made.write(
    'main.mjs',
    `import { defineConfig, loadConfigSync } from 'varve';
import 'varve/tools';
import 'varve/recursive-learning';
import 'varve/testing';
import 'varve/inspector';
import 'varve/cli';
const config = loadConfigSync(defineConfig({ name: 'app', file: 'app.json', settings: { lr: 0.1 } }));
config.set('lr', 0.5);
await config.save();`,
  );
  const args = ['--require', './report.cjs', 'main.mjs'];
  const { stderr, status } = spawnSync(process.execPath, args, { cwd: made.path, encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(readFileSync(join(made.path, 'app.json'), 'utf8')).toContain('0.5');
}, 60_000);

/** What the file has now, in KiB; a module that a start does not need belongs to a chunk (`scripts/chunks.mjs`). */
const MOST_KIB = 216.5;

test('the file that an import loads does not grow', () => {
  expect(statSync(join(root, 'dist/index.js')).size / 1024).toBeLessThanOrEqual(MOST_KIB);
});

test('the engine compiles the functions of a start with their file, as they are in parentheses', () => {
  const text = readFileSync(join(root, 'dist/index.js'), 'utf8');
  expect(text.match(/^const \w+ = \((?:async )?function\(/gm)?.length).toBeGreaterThanOrEqual(FEWEST_COMPILED);
});

const FEWEST_COMPILED = 140;

test('of Node.js itself, the package imports this', () => {
  const text = readFileSync(join(root, 'dist/index.js'), 'utf8');
  expect([...text.matchAll(/^(?:let|const) .* = require\("(.*)"\);$/gm)].map(([, from]) => from).sort()).toEqual([
    'node:fs',
    'node:path',
  ]);
});

test('the values of a group have the layout that the engine reads fastest, however many they are', () => {
  const made = project();
  made.write(
    'app.json',
    JSON.stringify({ labels: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`l${i}`, i])) }),
  );
  const settings = Array.from({ length: 60 }, (_, i) => `setting${i}: ${i}`).join(', ');
  made.write(
    'main.mjs',
    `import { defineConfig, loadConfigSync } from 'varve';
const settings = { ${settings}, labels: { format: Object, default: {} } };
const { values } = loadConfigSync(defineConfig({ name: 'app', file: 'app.json', settings }));
console.log(%HasFastProperties(values), %HasFastProperties(values.labels), values.setting59 + values.labels.l59);`,
  );
  const args = ['--allow-natives-syntax', 'main.mjs'];
  expect(execFileSync(process.execPath, args, { cwd: made.path, encoding: 'utf8' })).toBe('true true 118\n');
}, 60_000);

/** What it comes to now, convict's own functions among them, for each setting and for one change: who needs more says so here. */
const MOST = { define: 33, load: 16.3, set: 113, save: 448, files: 32 } as const;

/**
 * By how many settings there are, how often functions of the package are called for each of these; `files` counts the
 * system calls of a save.
 */
type Calls = Readonly<Record<'define' | 'load' | 'get' | 'values' | 'set' | 'save' | 'files', number>>;

test('the calls of a load grow with the settings, those of a change and of a save do not', () => {
  const child = fileURLToPath(new URL('children/counted-calls.mjs', import.meta.url));
  const output = execFileSync(process.execPath, [child, folder({}).path], { encoding: 'utf8' });
  const [small, middle, large] = Object.values(JSON.parse(output) as Record<string, Calls>) as [Calls, Calls, Calls];
  console.log(output);
  expect({ get: large.get, values: large.values }).toEqual({ get: 1, values: 2 });
  expect([small.set, middle.set]).toEqual([large.set, large.set]);
  expect(large.set).toBeLessThanOrEqual(MOST.set);
  // How often a save gives way to other work depends on the machine.
  expect(Math.max(small.save, middle.save, large.save)).toBeLessThanOrEqual(MOST.save);
  // Other systems find the real path of the file by other calls; a long file is read in pieces.
  if (process.platform === 'linux') expect(large.files).toBeLessThanOrEqual(MOST.files);
  expect(large.define / 10_000).toBeLessThanOrEqual(MOST.define);
  expect(large.load / 10_000).toBeLessThanOrEqual(MOST.load);
  expect(large.define / small.define).toBeLessThan(101);
  expect(large.load / small.load).toBeLessThan(101);
}, 60_000);
