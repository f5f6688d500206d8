import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { type Folder, folder } from './folder.ts';

vi.setConfig({ testTimeout: 120_000 });

const root = fileURLToPath(new URL('../', import.meta.url));
const resolved = createRequire(import.meta.url).resolve;

/** The example in a folder of its own, with this checkout as `varve`. */
function project(): Folder {
  const made = folder({ 'package.json': '{ "type": "module" }' });
  cpSync(join(root, 'docs/examples/hydra'), made.path, { recursive: true });
  mkdirSync(join(made.path, 'node_modules'));
  symlinkSync(root, join(made.path, 'node_modules/varve'));
  return made;
}

const RUN = ['node', join(dirname(resolved('jiti/package.json')), 'lib/jiti-cli.mjs'), 'train.ts'];

function varve({ path }: Folder, ...args: readonly string[]) {
  const command = [join(root, 'dist/cli/main.js'), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: path, encoding: 'utf8' });
  return { status, stdout, stderr };
}

test('the example compiles', () => {
  const { path, write } = project();
  const compilerOptions = {
    module: 'nodenext',
    target: 'es2023',
    strict: true,
    skipLibCheck: true,
    allowImportingTsExtensions: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  };
  write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['train.ts'] }));
  const compiler = join(dirname(resolved('typescript/package.json')), 'bin/tsc');
  expect(spawnSync(process.execPath, [compiler, '-p', path], { encoding: 'utf8' }).stdout).toBe('');
});

const LOCATIONS: readonly (readonly [flags: readonly string[], locations: Readonly<Record<string, string>>])[] = [
  [
    [],
    {
      'data.slope': 'conf/data/line.yaml:1:8',
      'model.bias': 'conf/model/linear.yaml:1:7',
      'optimizer.type': 'conf/config.yaml:3:9',
      'optimizer.lr': 'conf/optimizer/adam.yaml:1:5',
      'optimizer.betas': 'conf/optimizer/adam.yaml:2:8',
      'schedule.least': 'conf/schedule/cosine.yaml:1:8',
      'training.lr': 'conf/config.yaml:8:7',
      'training.seed': 'schema',
    },
  ],
  [
    ['--optimizer.type=sgd', '--data.set=wave', '--model.kind=polynomial', '--schedule.shape=constant'],
    {
      'data.frequency': 'conf/data/wave.yaml:1:12',
      'model.degree': 'conf/model/polynomial.yaml:1:9',
      'optimizer.lr': 'conf/optimizer/sgd.yaml:2:5',
      'optimizer.momentum': 'conf/optimizer/sgd.yaml:3:11',
      'schedule.shape': 'command line',
    },
  ],
];

test.each(LOCATIONS)('varve explains each value with the flags %j', (flags, locations) => {
  const made = project();
  const { settings } = JSON.parse(varve(made, 'list', '--json', '--', ...flags).stdout);
  const found = Object.fromEntries(settings.map(({ key, winner }: never) => [key, (winner as Origin).location]));
  expect(found).toMatchObject(locations);
  expect(varve(made, 'validate', '--', ...flags)).toMatchObject({ status: 0 });
});

interface Origin {
  readonly location: string;
}

test('the transcripts of the page are those of varve', () => {
  const made = project();
  const page = readFileSync(join(made.path, 'README.md'), 'utf8');
  for (const flags of [[], ['--', '--optimizer.type=sgd']]) {
    const { stdout } = varve(made, 'explain', 'optimizer.lr', ...flags);
    expect(page).toContain(`$ npx varve explain optimizer.lr${flags.map((flag) => ` ${flag}`).join('')}\n${stdout}`);
  }
});

test('the example is swept over two optimizers with members of their own', () => {
  const made = project();
  const axes = ['--optimizer.type', 'adam,sgd', '--optimizer.momentum', '0,0.8'];
  const { status, stdout } = varve(made, 'sweep', ...axes, '--', ...RUN);
  expect([status, stdout]).toEqual([0, expect.stringContaining('done')]);
  const { runs } = JSON.parse(varve(made, 'sweep', 'results', '--json').stdout);
  const results = runs.map(({ result }: never) => result as { readonly optimizer: string; readonly loss: number });
  expect(results.map(({ optimizer }: { optimizer: string }) => optimizer)).toEqual(['adam', 'sgd', 'sgd']);
  const [adam, ...sgds] = results;
  expect(adam.loss).toBeLessThan(0.5);
  expect(new Set(results.map(({ loss }: { loss: number }) => loss)).size).toBe(3);
  expect(sgds).toHaveLength(2);
});

test('a choice without its file is refused, unless the file is optional', () => {
  const made = project();
  rmSync(join(made.path, 'conf/optimizer/sgd.yaml'));
  const { status, stderr } = varve(made, 'validate', '--', '--optimizer.type=sgd', '--schedule.shape=constant');
  expect([status, stderr]).toEqual([3, expect.stringContaining('conf/optimizer/sgd.yaml does not exist')]);
});
