import { spawn, spawnSync } from 'node:child_process';
import { createHash, createHmac } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, type TestContext, test, vi } from 'vitest';
import { skipLoudly } from './faults/harness/skip.ts';
import { type Folder, folder } from './folder.ts';

vi.setConfig({ testTimeout: 180_000 });

const root = fileURLToPath(new URL('..', import.meta.url));
const KEY = 'a long secret';

/** The example in a folder of its own, with what its package.json asks for, and this checkout as `varve`. */
function installed(context: TestContext, name: string): Folder {
  const example = join(root, 'docs/examples', name);
  const manifest = JSON.parse(readFileSync(join(example, 'package.json'), 'utf8'));
  const { varve: _, ...dependencies } = manifest.dependencies;
  const text = JSON.stringify({ private: true, dependencies });
  const cache = join(
    root,
    'node_modules/.cache',
    `varve-${name}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`,
  );
  const modules = join(cache, 'node_modules');
  if (!existsSync(join(modules, '.package-lock.json'))) {
    mkdirSync(cache, { recursive: true });
    writeFileSync(join(cache, 'package.json'), text);
    const args = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
    const { status, stderr } = spawnSync('npm', args, { cwd: cache, encoding: 'utf8', timeout: 120_000 });
    if (status !== 0)
      skipLoudly(context, `npm could not install ${Object.keys(dependencies)}: ${stderr.trim().split('\n')[0]}`);
  }
  if (!existsSync(join(modules, 'varve'))) symlinkSync(root, join(modules, 'varve'));
  const at = folder();
  cpSync(example, at.path, { recursive: true });
  symlinkSync(modules, join(at.path, 'node_modules'));
  return at;
}

/** What a program prints that is the text of a module there. */
function output({ path }: Folder, program: string): string {
  const args = ['--input-type=module', '--eval', program];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { cwd: path, env: {}, encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
  return stdout;
}

const signed = (text: string) => ({ text, signature: createHmac('sha256', KEY).update(text).digest('hex') });

test('Fastify: the application of a test answers by the values that the test gives', (context) => {
  const at = installed(context, 'fastify');
  const page = readFileSync(join(at.path, 'README.md'), 'utf8');
  const [, block = ''] = /```js\n(.*?)```/s.exec(page) ?? [];
  const printed = output(
    at,
    `${block.replace("'a long secret'", `'${KEY}', GREETER_LOG__LEVEL: 'error'`)}\nconsole.log(answer.body);`,
  );
  expect(JSON.parse(printed)).toEqual(signed('Good day, Ada!'));
});

test('Fastify: the server follows its file, masks its secret, and does not start with a mistake', async (context) => {
  const at = installed(context, 'fastify');
  const started = await serve(at, 'server.mjs', { GREETER_SIGNING__KEY: KEY, GREETER_PORT: '0' });
  const answer = async (path: string) => (await fetch(`${started.url}${path}`)).text();
  expect(JSON.parse(await answer('/hello/Ada'))).toEqual(signed('Hello, Ada!'));
  expect(await answer('/config')).not.toContain(KEY);
  at.write('greeter.json', '{ "greeting": "Moin" }');
  await expect.poll(() => answer('/hello/Ada'), { timeout: 20_000 }).toContain('Moin, Ada!');
  expect(refused(at, 'server.mjs', { GREETER_PORT: '80a' })).toEqual([
    78,
    expect.stringContaining('port         must be an integer, got "80a"'),
  ]);
});

test('NestJS: the configuration and one group of it are injected, a test gives its own, and a mistake stops the start', async (context) => {
  const at = installed(context, 'nestjs');
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const types = ['--typeRoots', join(root, 'node_modules/@types')];
  const compiled = spawnSync(process.execPath, [tsc, '-p', at.path, ...types], { encoding: 'utf8' });
  expect(compiled.stdout).toBe('');
  const started = await serve(at, 'dist/main.js', {
    GREETER_SIGNING__KEY: KEY,
    GREETER_PORT: '0',
    GREETER_GREETING: 'Hi',
  });
  expect(await (await fetch(`${started.url}/hello/Ada`)).json()).toEqual(signed('Hi, Ada!'));
  expect(await (await fetch(`${started.url}/config`)).text()).not.toContain(KEY);
  expect(refused(at, 'dist/main.js', {})).toEqual([3, expect.stringMatching(/^signing\.key: is required/)]);
  const [, block = ''] = /```ts\n(.*?)```/s.exec(readFileSync(join(at.path, 'README.md'), 'utf8')) ?? [];
  const program = `import { NestFactory } from '@nestjs/core';
import { loadConfigSync } from 'varve';
import { AppModule } from './dist/app.module.js';
import compiled from './dist/varve.config.js';
import { GreetingController } from './dist/greeting.controller.js';
const definition = compiled.default;
${block.replace('AppModule.with(config)', 'AppModule.with(config), { logger: false }')}
console.log(JSON.stringify(app.get(GreetingController).hello('Ada')));
await app.close();`;
  expect(JSON.parse(output(at, program))).toEqual(signed('Good day, Ada!'));
  const varve = (...words: readonly string[]) =>
    spawnSync(process.execPath, [join(root, 'dist/cli/main.js'), ...words], {
      cwd: at.path,
      encoding: 'utf8',
      env: { GREETER_SIGNING__KEY: KEY },
    });
  expect(varve('set', 'greeting', 'Moin').stderr).toBe('');
  expect(JSON.parse(at.read('greeter.json'))).toEqual({ greeting: 'Moin' });
  expect(varve('list').stdout).toMatch(/^greeting +Moin +file +greeter\.json:\d+:\d+ *$/m);
});

test('tests of your own code run without anything global', () => {
  const at = folder();
  cpSync(join(root, 'docs/examples/testing'), at.path, { recursive: true });
  mkdirSync(join(at.path, 'node_modules'));
  symlinkSync(root, join(at.path, 'node_modules/varve'));
  const { status, stdout } = spawnSync(process.execPath, ['--test', '--test-reporter=tap'], {
    cwd: at.path,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  });
  expect(stdout).toMatch(/^# pass 9$/m);
  expect([status, /^# fail (\d+)$/m.exec(stdout)?.[1]]).toEqual([0, '0']);
});

/** Starts a server; it tells its address in its first line that has one, and ends with the test. */
async function serve(
  { path }: Folder,
  program: string,
  env: Readonly<Record<string, string>>,
): Promise<{ readonly url: string }> {
  const child = spawn(process.execPath, [program], { cwd: path, env, stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(async () => {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'exit');
  });
  for await (const line of createInterface({ input: child.stdout })) {
    const port = /https?:\/\/[^\s"]*:(\d+)/.exec(line)?.[1];
    if (port !== undefined) {
      child.stdout.resume();
      return { url: `http://localhost:${port}` };
    }
  }
  throw new Error(`${program} ended without telling its address`);
}

/** The exit code and the message of a server that does not start. */
function refused(
  { path }: Folder,
  program: string,
  env: Readonly<Record<string, string>>,
): readonly [number | null, string] {
  const { status, stderr } = spawnSync(process.execPath, [program], {
    cwd: path,
    env,
    encoding: 'utf8',
    timeout: 30_000,
  });
  return [status, stderr];
}
