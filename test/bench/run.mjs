// npm run bench [-- --whole] [--write PAGE] [--before CHECKOUT] [scenario…]: varve beside its peers, in one run, and beside
// another build of itself. docs/performance.md says how to read it.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const own = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const temp = process.env['BENCH_TMP'] ?? join(tmpdir(), 'varve-bench');

if (!existsSync(join(root, 'dist/index.js'))) {
  console.error('Build the package first: npm run build');
  process.exit(2);
}

// A copy runs, beside the peers: so that none of them is ever a dependency of ours.
const copy = join(temp, 'bench');
rmSync(copy, { recursive: true, force: true });
mkdirSync(copy, { recursive: true });
cpSync(own, copy, { recursive: true });
cpSync(join(own, 'adapter.mjs'), join(copy, 'contenders/varve.mjs'));
install(readFileSync(join(own, 'package.json'), 'utf8'));
link('varve', root);
const words = process.argv.slice(2);
const args = words.map((word, i) => (['--write', '--before'].includes(words[i - 1]) ? resolve(word) : word));
const before = args[args.indexOf('--before') + 1];
if (args.includes('--before') && before !== undefined) {
  link('varve-before', before);
  const adapter = readFileSync(join(own, 'adapter.mjs'), 'utf8');
  writeFileSync(join(copy, 'contenders/before.mjs'), adapter.replace("from 'varve'", "from 'varve-before'"));
}

const env = { ...process.env, BENCH_TMP: temp, BENCH_ROOT: root };
if (args.includes('--before')) env['BENCH_BEFORE'] = '1';
process.exitCode =
  spawnSync(process.execPath, [join(copy, 'main.mjs'), ...args], { stdio: 'inherit', env }).status ?? 1;

/** Gives the built package of a checkout a name among the peers. */
function link(name, checkout) {
  const path = join(temp, 'node_modules', name);
  rmSync(path, { recursive: true, force: true });
  symlinkSync(checkout, path, 'junction');
}

/** Installs the peers, unless those of this list are there. */
function install(list) {
  const installed = join(temp, 'installed.json');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === list) return;
  writeFileSync(join(temp, 'package.json'), list);
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: temp,
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status === 0) return writeFileSync(installed, list);
  // Scenarios without a package that they need are left out.
  console.error('npm could not install all of the other libraries');
  if (!existsSync(join(temp, 'node_modules'))) process.exit(1);
}
