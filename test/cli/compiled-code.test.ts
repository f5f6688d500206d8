import { execFileSync, spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Folder, folder } from '../folder.ts';
import { PACKAGE } from '../library.ts';
import { buildCommandLine } from './built.ts';

const { main, index } = buildCommandLine();

const DEFINITION = `import { defineConfig } from '${index}';
export default defineConfig({ name: 'app', settings: { port: { format: 'port', default: 8080, env: 'PORT' } } });`;

/** A project whose commands keep compiled code in its folder `cache`. */
function project(): Folder & { readonly code: string; get(program?: string): string } {
  const made = folder({ 'varve.config.mjs': DEFINITION });
  const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: join(made.path, 'cache') };
  const get = (program = main) =>
    execFileSync(process.execPath, [program, 'get', 'port'], {
      cwd: made.path,
      env,
      encoding: 'utf8',
      timeout: 20_000,
      killSignal: 'SIGKILL',
    });
  return { ...made, code: join(made.path, 'cache/varve/code'), get };
}

/** How many functions of the package the engine compiles in one `varve get`. */
function compiledFunctions({ path }: Folder): number {
  const log = join(path, 'v8.log');
  const flags = ['--log-function-events', `--logfile=${log}`, '--no-logfile-per-isolate'];
  const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: join(path, 'cache') };
  const options = { cwd: path, env, encoding: 'utf8' } as const;
  expect(execFileSync(process.execPath, [...flags, main, 'get', 'port'], options)).toBe('8080\n');
  const lines = readFileSync(log, 'utf8')
    .split('\n')
    .map((line) => line.split(','));
  const own = new Set(
    lines.flatMap(([what, id, url]) =>
      what === 'script-details' && url?.startsWith(join(PACKAGE, 'dist')) ? [id] : [],
    ),
  );
  return lines.filter(([what, event, id]) => what === 'function' && event === 'interpreter' && own.has(id)).length;
}

test('the third start compiles next to nothing: the second kept the code that it ran', () => {
  const made = project();
  const counts = [1, 2, 3].map(() => compiledFunctions(made));
  expect(counts[1]).toBeGreaterThan(300);
  expect(counts[2]).toBeLessThanOrEqual(MOST_COMPILED);
}, 60_000);

/** Those of the files that Node.js loads itself: before the cache is read, and for an `import()`. */
const MOST_COMPILED = 50;

test('the first start keeps nothing, and later ones write only what is new', () => {
  const { get, code } = project();
  get();
  expect(readdirSync(code)).toEqual([]);
  get();
  const kept = () => readdirSync(code).map((name) => [name, statSync(join(code, name)).mtimeMs]);
  const first = kept();
  expect(first.map(([name]) => String(name).replace(`-${process.version}`, '').replace(/-\d+$/, ''))).toEqual(
    expect.arrayContaining(['index.js', 'main.js', 'program.js']),
  );
  get();
  expect(kept()).toEqual(first);
}, 60_000);

test('code that was kept incompletely is not run', () => {
  const { get, code } = project();
  for (const _ of [1, 2]) get();
  for (const name of readdirSync(code)) truncateSync(join(code, name), Math.floor(statSync(join(code, name)).size / 2));
  expect(get()).toBe('8080\n');
  expect(get()).toBe('8080\n');
}, 60_000);

test.each([
  ['zeros in the middle', (bytes: Buffer) => bytes.fill(0, bytes.length >> 2, bytes.length >> 1)],
  ['one bit of each KiB', (bytes: Buffer) => bytes.map((byte, at) => (at % 1024 === 1000 ? byte ^ 4 : byte))],
])(
  'code that the disk damaged is not run: %s',
  (_what, damage) => {
    const { get, code } = project();
    for (const _ of [1, 2]) get();
    for (const name of readdirSync(code)) writeFileSync(join(code, name), damage(readFileSync(join(code, name))));
    expect(get()).toBe('8080\n');
    expect(get()).toBe('8080\n');
  },
  60_000,
);

test.runIf(process.platform !== 'win32')(
  'a pipe, or a device without end, is not read for kept code',
  () => {
    const { get, code } = project();
    for (const _ of [1, 2]) get();
    for (const [i, name] of readdirSync(code).entries()) {
      rmSync(join(code, name));
      if (i === 0) execFileSync('mkfifo', [join(code, name)]);
      else symlinkSync('/dev/zero', join(code, name));
    }
    expect(get()).toBe('8080\n');
  },
  60_000,
);

test('a package that is replaced by one of the same length runs its own code', () => {
  const made = project();
  const installed = join(made.path, 'installed');
  mkdirSync(installed);
  cpSync(join(PACKAGE, 'dist'), join(installed, 'dist'), { recursive: true });
  cpSync(join(PACKAGE, 'package.json'), join(installed, 'package.json'));
  symlinkSync(join(PACKAGE, 'node_modules'), join(installed, 'node_modules'), 'junction');
  const program = join(installed, 'dist/cli/main.js');
  const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: join(made.path, 'cache') };
  const message = () =>
    spawnSync(process.execPath, [program, '--definition', 'other.mjs', 'get', 'port'], {
      cwd: made.path,
      env,
      encoding: 'utf8',
    }).stderr;
  for (const _ of [1, 2, 3]) expect(message()).toContain('there is no definition other.mjs');
  expect(existsSync(made.code)).toBe(true);
  const file = join(installed, 'dist/cli/program.js');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('there is no definition', 'there is NO definition'));
  expect(message()).toContain('there is NO definition other.mjs');
}, 60_000);

test('NODE_DISABLE_COMPILE_CACHE keeps nothing', () => {
  const { path, code } = project();
  const env = { PATH: process.env['PATH'], XDG_CACHE_HOME: join(path, 'cache'), NODE_DISABLE_COMPILE_CACHE: '1' };
  for (const _ of [1, 2]) execFileSync(process.execPath, [main, 'get', 'port'], { cwd: path, env });
  expect(existsSync(code)).toBe(false);
}, 60_000);
