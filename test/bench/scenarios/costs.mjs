// What a user pays without asking: what is installed, and what is loaded at the start.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder, median, temp, timed } from '../lib/measure.mjs';

const HAND_WIRED = ['convict', 'dotenv', 'deepmerge', 'yargs'];

export default async function costs({ whole }) {
  const { dependencies } = JSON.parse(readFileSync(join(temp, 'package.json'), 'utf8'));
  const pinned = HAND_WIRED.map((name) => `${name}@${dependencies[name]}`);
  const columns = {
    varve: cost('varve', [packed()], ['varve'], whole),
    'hand-wired': cost('handwired', pinned, HAND_WIRED, whole),
  };
  const rows = Object.keys(columns['varve']).map((what) => ({
    what,
    ...Object.fromEntries(Object.entries(columns).map(([name, column]) => [name, column[what]])),
  }));
  return { columns, tables: [{ title: 'What comes with it: varve, and convict + dotenv + deepmerge + yargs', rows }] };
}

/** The package as npm would publish it. */
function packed() {
  const dir = freshFolder('packed');
  const { stdout, stderr, status } = spawnSync(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', dir],
    {
      cwd: process.env['BENCH_ROOT'],
      encoding: 'utf8',
    },
  );
  if (status !== 0) throw new Error(stderr);
  return join(dir, JSON.parse(stdout)[0].filename);
}

function cost(name, specs, imports, whole) {
  const installs = Array.from({ length: whole ? 5 : 1 }, () => install(name, specs));
  const { dir } = installs[0];
  const program = join(dir, 'start.mjs');
  writeFileSync(program, imports.map((one) => `import '${one}';\n`).join(''));
  return {
    'packages asked for, unpacked, KiB': kib(imports.map((one) => sizeOf(join(dir, 'node_modules', one)))),
    'packages installed': packagesIn(join(dir, 'node_modules')),
    'all of them, unpacked, KiB': kib([sizeOf(join(dir, 'node_modules'))]),
    'npm install, s': median(installs.map(({ ms }) => ms)) / 1000,
    'files loaded by import': filesLoaded(program, dir),
  };
}

function install(name, specs) {
  const dir = freshFolder(`install-${name}`);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'package.json'), '{"private":true,"type":"module"}');
  const { wall } = timed(
    'npm',
    ['install', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline', ...specs],
    {
      cwd: dir,
    },
  );
  return { dir, ms: wall };
}

const kib = (bytes) => Math.round(bytes.reduce((sum, one) => sum + one, 0) / 1024);

function sizeOf(path) {
  const files = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

function packagesIn(modules) {
  const lock = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8'));
  return Object.keys(lock.packages).length;
}

/** The files of packages that a program opens to read them, told by the system where it can tell. */
function filesLoaded(program, dir) {
  const { stderr, error } = spawnSync('strace', ['-f', '-e', 'trace=open,openat', process.execPath, program], {
    encoding: 'utf8',
  });
  if (error) return undefined;
  const opened = [...stderr.matchAll(/"([^"]+\.(?:js|cjs|mjs))", O_RDONLY[^)]*\) = \d/g)].map(([, path]) => path);
  return new Set(opened.filter((path) => path.startsWith(join(dir, 'node_modules')))).size;
}
