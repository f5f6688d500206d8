// Installs what package-lock.json names and builds dist/, each only if it is not there yet or older than its input.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

const time = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0);
const newest = (folder) =>
  Math.max(...readdirSync(folder, { recursive: true }).map((name) => time(`${folder}/${name}`)), time('tsconfig.json'));

function run(command, args) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (status === 0) return;
  process.stderr.write(`${command} ${args.join(' ')} failed\n${stdout}${stderr}`);
  process.exit(status ?? 1);
}

// Not `npm ci`: it refuses a lock file that was made where some platform's optional packages could not be had.
if (time('node_modules/.package-lock.json') < time('package-lock.json')) {
  process.stderr.write('installing what package-lock.json names …\n');
  run('npm', ['install', '--no-save', '--no-audit', '--no-fund']);
}
// The packages that the library calls are built into it.
if (time('dist/index.js') < Math.max(newest('src'), newest('scripts'), time('package-lock.json'))) {
  process.stderr.write('building dist/ …\n');
  run('npm', ['run', 'build']);
}
