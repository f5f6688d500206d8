import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type * as varve from '../src/index.ts';
import { folder } from './folder.ts';

// As in Jest: the library runs in a context of its own, so that the errors of Node.js are not instances of the `Error` that it sees.

const index = fileURLToPath(new URL('../dist/index.js', import.meta.url));
let library: typeof varve;
beforeAll(() => {
  library = loadedInContext(index);
});

function loadedInContext(entry: string): typeof varve {
  const { process, Buffer, setTimeout, clearTimeout, setInterval, clearInterval, setImmediate } = globalThis;
  const { performance, TextDecoder, TextEncoder, URL, AbortController, AbortSignal, crypto } = globalThis;
  const timers = { setTimeout, clearTimeout, setInterval, clearInterval, setImmediate };
  const others = { process, Buffer, performance, TextDecoder, TextEncoder, URL, AbortController, AbortSignal, crypto };
  const context = vm.createContext({ ...timers, ...others });
  const load = (file: string): unknown => {
    const require = createRequire(file);
    const module = { exports: {} };
    const inContext = (name: string): unknown => (name.startsWith('.') ? load(require.resolve(name)) : require(name));
    const code = vm.runInContext(Module.wrap(readFileSync(file, 'utf8')), context, { filename: file });
    code(module.exports, inContext, module, file, dirname(file));
    return module.exports;
  };
  return load(entry) as typeof varve;
}

async function open(cwd: string) {
  const { defineConfig, loadConfig } = library;
  const definition = defineConfig({ name: 'app', file: 'sub/app.json', dotenv: true, settings: { a: 1, b: 1 } });
  return loadConfig(definition, { cwd, env: {}, argv: [] });
}

test('a load goes without the files that are missing, and the first save makes their folder', async () => {
  const { path } = folder();
  const config = await open(path);
  config.set('a', 2);
  await config.save();
  expect(JSON.parse(readFileSync(join(path, 'sub/app.json'), 'utf8'))).toEqual({ a: 2 });
});

test('two saves at once are both kept, also behind a lock that goes', async () => {
  const { path } = folder({ 'sub/app.json': '{}' });
  const [one, other] = [await open(path), await open(path)];
  const lock = join(path, 'sub/app.json.lock');
  writeFileSync(lock, '{');
  setTimeout(() => rmSync(lock), 50);
  one.set('a', 2);
  other.set('b', 3);
  await Promise.all([one.save(), other.save()]);
  expect(JSON.parse(readFileSync(join(path, 'sub/app.json'), 'utf8'))).toEqual({ a: 2, b: 3 });
  expect(existsSync(lock)).toBe(false);
});

test('a file that is missing is watched', async () => {
  const { path } = folder({ 'sub/other': '' });
  const config = await open(path);
  const watcher = config.watch({ poll: 20 });
  onTestFinished(() => watcher.close());
  await watcher.ready;
  writeFileSync(join(path, 'sub/app.json'), '{ "a": 5 }');
  await expect.poll(() => config.values.a, { timeout: 20_000 }).toBe(5);
});

test('a file in the place of a folder is an error of varve', async () => {
  const { path } = folder({ sub: '' });
  await expect(open(path)).rejects.toMatchObject({ name: 'ConfigError', code: 'UNAVAILABLE' });
});
