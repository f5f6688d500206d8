// In a process of its own: @vercel/nft replaces functions of the module fs.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeFileTrace } from '@vercel/nft';
import { rolldown } from 'rolldown';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { folder } from './folder.ts';
import { nodeOf, runtimeOf } from './runtimes.ts';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** A project in which the packed package is installed by npm, as everybody would. */
let project: string;
/** The package in it. */
let varve: string;

beforeAll(() => {
  expect(existsSync(join(root, 'dist/index.js')), 'the package is built before its tests').toBe(true);
  project = mkdtempSync(join(tmpdir(), 'varve-package-'));
  varve = join(project, 'node_modules/varve');
  write('package.json', '{}');
  const packed = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project], {
    cwd: root,
    encoding: 'utf8',
  });
  const [{ filename }] = JSON.parse(packed);
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', `./${filename}`];
  const { status, stderr } = spawnSync('npm', install, { cwd: project, encoding: 'utf8', timeout: 60_000 });
  if (status !== 0) unpacked(filename, stderr);
});
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** Where no registry can be reached: the package as npm would lay it out, over the dependencies of this checkout. */
function unpacked(filename: string, reason: string): void {
  process.stderr.write(`\nNOT INSTALLED BY npm, but unpacked: ${reason.trim().split('\n')[0]}\n`);
  mkdirSync(varve, { recursive: true });
  execFileSync('tar', ['-xzf', join(project, filename), '-C', varve, '--strip-components=1']);
  for (const name of Object.keys(manifest.dependencies)) {
    if (!existsSync(join(project, 'node_modules', name)))
      symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
  }
}

const write = (name: string, text: string): void => writeFileSync(join(project, name), text);

function run(program: string, args: readonly string[]) {
  const env = { PATH: process.env['PATH'], NO_COLOR: '1' };
  const { status, stdout, stderr } = spawnSync(program, args, { cwd: project, encoding: 'utf8', env });
  return { status, stdout, stderr };
}

const PROGRAM = `
const config = loadConfigSync(defineConfig({ name: 'x', envPrefix: 'X', settings: { lr: 0.1 } }), { env: { X_LR: '0.2' }, argv: [] });
console.log(config.values.lr, config.explain('lr').winner.name);`;

const MAIN = join('node_modules/varve', manifest.bin.varve);

describe('runs', () => {
  beforeAll(() => {
    write('by-import.mjs', `import { defineConfig, loadConfigSync } from 'varve';${PROGRAM}`);
    write('by-require.cjs', `const { defineConfig, loadConfigSync } = require('varve');${PROGRAM}`);
    write('varve.config.mjs', "export { definition as default } from 'varve/recursive-learning';\n");
  });

  /** By import, by require, and as a command. */
  function expectToRun(program: string, ...options: readonly string[]): void {
    for (const file of ['by-import.mjs', 'by-require.cjs'])
      expect(run(program, [...options, file])).toEqual({ status: 0, stdout: '0.2 X_LR\n', stderr: '' });
    const { stdout, ...rest } = run(program, [...options, MAIN, 'list', '--', '--batch-size-days', '60']);
    expect(rest).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('batch_size_days         60');
  }

  test('on this Node.js, and writes the file of the seed', () => {
    expectToRun(process.execPath);
    const file = readFileSync(join(project, 'config/recursive_learning_config.json'), 'utf8');
    expect(JSON.parse(file)).toMatchObject({ batch_size_days: 30 });
  });

  test.for(['20.19', '22', '24', '26'])('on Node.js %s', (version, context) => {
    expectToRun(nodeOf(context, version));
  });

  test('on Bun', (context) => expectToRun(runtimeOf(context, 'bun', '1')));

  test('on Deno', (context) => expectToRun(runtimeOf(context, 'deno', '2'), 'run', '--quiet', '--allow-all'));

  test('not on Node.js 18, and says so', (context) => {
    const node18 = nodeOf(context, '18');
    const said = /^varve needs Node\.js 20\.19 or later, and this is 18\.\d+\.\d+: install a newer one/m;
    expect(run(node18, [MAIN, 'list'])).toEqual({ status: 2, stdout: '', stderr: expect.stringMatching(said) });
    const byImport = run(node18, ['by-import.mjs']);
    expect(byImport.stdout).toBe('');
    expect(byImport.stderr).toMatch(/Error: varve needs Node\.js 20\.19 or later, and this is 18\./);
  });
});

describe('has types', () => {
  const USE = `
import { type Config, defineConfig, loadConfigSync, type Values } from 'varve';
import { configCommand } from 'varve/cli';
import { serveConfig } from 'varve/mcp';
import { getConfigValue } from 'varve/recursive-learning';
const definition = defineConfig({ name: 'x', settings: { port: { format: 'port', default: 80 }, level: { format: ['a', 'b'], default: 'a' } } });
export const config: Config<(typeof definition)['settings'], 'warn'> = loadConfigSync(definition);
export const port: number = config.values.port;
export const level: 'a' | 'b' = config.get('level');
export const values: Values<typeof definition> = config.values;
// @ts-expect-error: a misspelt key does not compile
config.get('prot');
export const served = serveConfig(definition, { allowWrite: ['port'] });
export const mounted = configCommand(definition);
export const days = getConfigValue('batch_size_days');
`;

  /** Only the types of Node.js beside the package. */
  const NODE = { types: ['node'], typeRoots: [join(root, 'node_modules/@types')], skipLibCheck: true };

  /** How programs are compiled, each with its files. */
  const PROGRAMS = {
    nodenext: [{ ...NODE, module: 'nodenext' }, 'use.mts', 'use.cts'],
    bundler: [{ ...NODE, module: 'esnext', moduleResolution: 'bundler' }, 'use.mts'],
    node10: [{ ...NODE, module: 'commonjs', moduleResolution: 'node10' }, 'use10.ts'],
    // Without the types of Node.js, which bring names of newer libraries with them, and with the declarations checked.
    whole: [{ module: 'nodenext', lib: ['es2022', 'dom'], types: [], skipDefaultLibCheck: true }, 'whole.mts'],
    wrong: [{ ...NODE, module: 'nodenext' }, 'wrong.mts'],
  } as const;

  /** What a compiler prints of these programs, which it compiles in one process. */
  function complaints(compiler: string, ...programs: readonly (keyof typeof PROGRAMS)[]): string {
    for (const program of programs) {
      const [options, ...files] = PROGRAMS[program];
      const compilerOptions = { noEmit: true, strict: true, target: 'es2022', ...options };
      write(`${program}.json`, JSON.stringify({ compilerOptions, files }));
    }
    const tsc = join(root, 'node_modules', compiler, 'bin/tsc');
    return run(process.execPath, [tsc, '-b', ...programs.map((program) => `${program}.json`)]).stdout;
  }

  beforeAll(() => {
    write('use.mts', USE);
    write(
      'use.cts',
      "import varve = require('varve');\nexport const thrown: typeof varve.ConfigError = varve.ConfigError;\n",
    );
    write('use10.ts', USE);
    write('whole.mts', "import { loadConfig } from 'varve';\nimport { getConfig } from 'varve/recursive-learning';\n");
    write('wrong.mts', USE.replace('const port: number', 'const port: string'));
  });

  test.each([
    ['TypeScript 7', 'typescript', ['nodenext', 'bundler', 'whole']],
    ['TypeScript 6', 'typescript-6', ['bundler', 'whole']],
    ['TypeScript 5.9', 'typescript-5', ['nodenext', 'node10', 'whole']],
  ] as const)('for %s (%s): %j', (_, compiler, programs) => expect(complaints(compiler, ...programs)).toBe(''));

  test('that refuse what is wrong', () => {
    expect(complaints('typescript', 'wrong')).toMatch(
      /wrong\.mts\(\d+,\d+\): error TS2322: Type 'number' is not assignable to type 'string'/,
    );
  });
});

describe('says what to install', () => {
  const SDK = '@modelcontextprotocol/server';
  const missing = (name: string): void =>
    expect(existsSync(join(project, 'node_modules', name)), `${name} is an optional peer, which npm leaves out`).toBe(
      false,
    );

  test('for a command that needs more', () => {
    missing(SDK);
    write('varve.config.mjs', "export default { name: 'x', settings: { a: 1 } };\n");
    const stderr = `varve: varve mcp needs ${SDK}\n  npm install ${SDK}\n`;
    expect(run(process.execPath, [MAIN, 'mcp'])).toEqual({ status: 2, stdout: '', stderr });
  });

  test('for a program that uses a part which needs more', () => {
    missing(SDK);
    write(
      'serve.mjs',
      "import { serveConfig } from 'varve/mcp';\nawait serveConfig({ name: 'x', settings: { a: 1 } });\n",
    );
    const { status, stderr } = run(process.execPath, ['serve.mjs']);
    expect(status).toBe(1);
    expect(stderr).toContain(`Error: varve/mcp needs ${SDK}, which is not installed: npm install ${SDK}\n`);
  });

  test('at no import: every subpath loads with what is installed', () => {
    const subpaths = Object.keys(manifest.exports).filter((path) => path !== './package.json');
    write('all.mjs', subpaths.map((path) => `import 'varve${path.slice(1)}';\n`).join(''));
    expect(run(process.execPath, ['all.mjs'])).toEqual({ status: 0, stdout: '', stderr: '' });
  });
});

describe('is one copy in a process', () => {
  test('for a program that imports it and requires it', () => {
    write(
      'both.mjs',
      `import { createRequire } from 'node:module';
import * as imported from 'varve';
import { getConfig } from 'varve/recursive-learning';
const require = createRequire(import.meta.url);
const required = require('varve');
const thrown = (() => { try { required.defineConfig({ name: '', settings: {} }); } catch (error) { return error; } })();
const isShared = require('varve/recursive-learning').getConfig === getConfig;
console.log(thrown instanceof imported.ConfigError, required.Config === imported.Config, isShared);`,
    );
    expect(run(process.execPath, ['both.mjs'])).toEqual({ status: 0, stdout: 'true true true\n', stderr: '' });
  });

  test('where import and require name the same things', () => {
    const paths = Object.keys(manifest.exports).filter((path) => path !== './package.json');
    write(
      'names.mjs',
      `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
for (const path of ${JSON.stringify(paths)}) {
  const name = 'varve' + path.slice(1);
  console.log(path, Object.keys(await import(name)).sort().join() === Object.keys(require(name)).sort().join());
}`,
    );
    expect(run(process.execPath, ['names.mjs']).stdout).toBe(paths.map((path) => `${path} true\n`).join(''));
  });
});

describe('is in', () => {
  const program = `import { defineConfig, loadConfigSync } from 'varve';
const config = loadConfigSync(defineConfig({ name: 'app', settings: { port: 80 } }), { env: {}, argv: ['--port=8080'] });
config.set('port', 81);
console.log(config.get('port'), config.explain('port').winner.layer);`;
  const output = (path: string): string => execFileSync(process.execPath, [path], { encoding: 'utf8' });

  test('the file that a bundler makes of a program', async () => {
    write('bundled.mjs', program);
    const bundle = await rolldown({ input: join(project, 'bundled.mjs'), platform: 'node', logLevel: 'silent' });
    const { path } = folder({});
    await bundle.write({ file: join(path, 'program.mjs'), format: 'esm' });
    await bundle.close();
    expect(output(join(path, 'program.mjs'))).toBe('8080 flag\n');
  });

  test('the files that a deployment traces for a program', async () => {
    write('traced.mjs', program);
    const { fileList } = await nodeFileTrace([join(project, 'traced.mjs')], { base: project });
    const { path } = folder({});
    for (const file of fileList) cpSync(join(project, file), join(path, file), { dereference: true });
    expect(output(join(path, 'traced.mjs'))).toBe('8080 flag\n');
  });
});

describe('holds', () => {
  test('a store of etcd, with the errors of varve, and the contract of every store', () => {
    write(
      'etcd.mjs',
      `import { ConfigError } from 'varve';
import { etcd } from 'varve/etcd';
import { storeContract } from 'varve/testing';
console.log(etcd({ endpoint: 'http://127.0.0.1:2379', key: 'app' }).name, typeof storeContract);
try {
  etcd({ endpoints: [], key: 'app' });
} catch (error) {
  console.log(error instanceof ConfigError, error.code);
}`,
    );
    const stdout = 'etcd:/app function\ntrue INVALID_DEFINITION\n';
    expect(run(process.execPath, ['etcd.mjs'])).toEqual({ status: 0, stdout, stderr: '' });
  });

  test('what runs, its types and its sources, and no tests', () => {
    const packed = readdirSync(varve, { recursive: true }).map(String);
    expect(packed).toEqual(
      expect.arrayContaining([
        'dist/index.js',
        'dist/index.d.ts',
        'src/index.ts',
        'README.md',
        'LICENSE',
        'CHANGELOG.md',
      ]),
    );
    const unwanted = /(?:^|\/)tests?\/|\.test\.|node_modules|\.tgz$/;
    expect(packed.filter((name) => !name.startsWith('docs/examples/') && unwanted.test(name))).toEqual([]);
  });

  test('source maps that lead into the sources it brings', () => {
    const maps = readdirSync(join(varve, 'dist'), { recursive: true })
      .map((name) => join(varve, 'dist', String(name)))
      .filter((path) => path.endsWith('.js.map'));
    const sources = maps.flatMap((map) =>
      JSON.parse(readFileSync(map, 'utf8')).sources.map((source: string) => join(dirname(map), source)),
    );
    const own = sources.filter((path) => relative(varve, path).startsWith('src/'));
    expect(own.length).toBeGreaterThan(100);
    expect(own.filter((path) => !existsSync(path))).toEqual([]);
  });

  test('no code of other packages', () => {
    const { sources } = JSON.parse(readFileSync(join(varve, 'dist/index.js.map'), 'utf8')) as { sources: string[] };
    expect(sources.filter((source) => !source.startsWith('../src/'))).toEqual([]);
  });

  test('a stack trace that shows the sources, where it is asked for', () => {
    write(
      'wrong.mjs',
      "import { defineConfig } from 'varve';\ndefineConfig({ name: 'x', settings: { a: { format: 'nat', default: -1 } } });\n",
    );
    const { stderr } = run(process.execPath, ['--enable-source-maps', 'wrong.mjs']);
    expect(stderr).toMatch(/node_modules\/varve\/src\/definition\.ts:\d+:\d+/);
  });

  test('nothing that runs when it is installed, and no dependency has such a thing', () => {
    const hooks = ['preinstall', 'install', 'postinstall', 'prepare', 'prepublish'];
    expect(Object.keys(manifest.scripts).filter((name) => hooks.includes(name))).toEqual([]);
    const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
    const packages = Object.entries<{ dev?: boolean; peer?: boolean; optional?: boolean; hasInstallScript?: boolean }>(
      lock.packages,
    );
    const installed = packages.filter(([, { dev, peer, optional }]) => !dev && !peer && !optional);
    expect(installed.length).toBeGreaterThan(Object.keys(manifest.dependencies).length);
    expect(installed.filter(([, { hasInstallScript }]) => hasInstallScript)).toEqual([]);
  });

  test('no more dependencies than docs/decisions gives a reason for', () => {
    const reasons = readFileSync(join(root, 'docs/decisions/06-dependencies.md'), 'utf8');
    const unexplained = [...Object.keys(manifest.dependencies), ...Object.keys(manifest.peerDependencies)].filter(
      (name) => !reasons.includes(name),
    );
    expect(unexplained).toEqual([]);
  });
});
