import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { type Folder, folder } from './folder.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** A project in which the packed package is installed, with its dependencies and nothing else of this checkout. */
function installed(): Folder {
  const project = folder({ 'package.json': '{}' });
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', project.path], {
      cwd: root,
      encoding: 'utf8',
    }),
  );
  const modules = join(project.path, 'node_modules');
  mkdirSync(join(modules, 'varve'), { recursive: true });
  execFileSync('tar', ['-xzf', join(project.path, filename), '-C', join(modules, 'varve'), '--strip-components=1']);
  for (const name of Object.keys(manifest.dependencies))
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  return project;
}

let files: readonly string[];

beforeAll(() => {
  files = readdirSync(join(root, 'dist'), { recursive: true }).map(String);
  expect(files, 'the package is built before its tests').toContain('index.js');
});

const node = (project: Folder, args: readonly string[]) =>
  spawnSync(process.execPath, args, { cwd: project.path, encoding: 'utf8', env: { PATH: process.env['PATH'] } });

const PROGRAM = `
const config = loadConfigSync(defineConfig({ name: 'x', envPrefix: 'X', settings: { lr: 0.1 } }), { env: { X_LR: '0.2' }, argv: [] });
console.log(config.values.lr, config.explain('lr').winner.name);`;

test('loads by import and by require', () => {
  const project = installed();
  project.write('by-import.mjs', `import { defineConfig, loadConfigSync } from 'varve';${PROGRAM}`);
  project.write('by-require.cjs', `const { defineConfig, loadConfigSync } = require('varve');${PROGRAM}`);
  for (const file of ['by-import.mjs', 'by-require.cjs']) {
    const { stdout, stderr } = node(project, ['--no-warnings', file]);
    expect(stderr).toBe('');
    expect(stdout).toBe('0.2 X_LR\n');
  }
}, 60_000);

test('brings the command and the application of the seed', () => {
  const project = installed();
  project.write('varve.config.mjs', "export { definition as default } from 'varve/recursive-learning';\n");
  const { stdout, stderr, status } = node(project, [
    join('node_modules/varve', manifest.bin.varve),
    'list',
    '--',
    '--batch-size-days',
    '60',
  ]);
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  expect(stdout).toContain('batch_size_days         60');
  expect(JSON.parse(project.read('config/recursive_learning_config.json'))).toMatchObject({ batch_size_days: 30 });
}, 60_000);

test('brings a store of etcd, with the errors of varve, and the contract of every store', () => {
  const project = installed();
  project.write(
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
  const { stdout, stderr } = node(project, ['etcd.mjs']);
  expect(stderr).toBe('');
  expect(stdout).toBe('etcd:/app function\ntrue INVALID_DEFINITION\n');
}, 60_000);

test('says what to install for a part that needs more', () => {
  const project = installed();
  project.write('varve.config.mjs', "export default { name: 'x', settings: { a: 1 } };\n");
  const main = join('node_modules/varve', manifest.bin.varve);
  const { stderr, status } = node(project, [main, 'mcp']);
  expect([status, stderr]).toEqual([
    2,
    'varve: varve mcp needs @modelcontextprotocol/server\n  npm install @modelcontextprotocol/server\n',
  ]);
}, 60_000);

test('holds what runs, its types and its sources, and no tests', () => {
  const project = installed();
  const packed = readdirSync(join(project.path, 'node_modules/varve'), { recursive: true }).map(String);
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
  expect(packed.filter((name) => /(^|\/)test\/|\.test\.|node_modules|\.tgz$/.test(name))).toEqual([]);
}, 60_000);
