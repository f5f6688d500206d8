import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Folder, folder } from '../folder.ts';
import { type Built, buildCommandLine } from './built.ts';
import { DEFINITION, FILES, VARVE } from './golden.ts';

let built: Built;
beforeAll(() => {
  built = buildCommandLine();
}, 60_000);
afterAll(() => built.remove());

const ENV = { PATH: process.env['PATH'] };

function project(files: Readonly<Record<string, string>> = {}): Folder {
  return folder({ ...FILES, 'varve.config.mjs': DEFINITION.replace(VARVE, built.index), ...files });
}

function varve(at: Folder, line: string, env: Readonly<Record<string, string | undefined>> = {}) {
  return built.run(line.split(' '), { cwd: at.path, env: { ...ENV, ...env } });
}

test.skipIf(process.platform === 'win32')('in a folder that was deleted, it says so and makes nothing', () => {
  const gone = join(folder().path, 'gone');
  mkdirSync(gone);
  const program = 'rmdir "$PWD" && exec "$0" "$1" list';
  const { status, stderr } = spawnSync('sh', ['-c', program, process.execPath, built.main], {
    cwd: gone,
    env: ENV,
    encoding: 'utf8',
  });
  expect([status, stderr]).toEqual([5, 'varve: the current folder does not exist any more\n']);
  expect(existsSync(gone)).toBe(false);
});

describe('starting', () => {
  /** Every module that a command line loads, by its path in the package or its package's name. */
  function loaded(line: string): readonly string[] {
    const hooks = folder({
      'log.txt': '',
      'hooks.mjs': `import { appendFileSync } from 'node:fs';
        export async function load(url, context, next) {
          appendFileSync(new URL('log.txt', import.meta.url), url + '\\n');
          return next(url, context);
        }`,
      'register.mjs': `import { register } from 'node:module';
        import Module from 'node:module';
        register('./hooks.mjs', import.meta.url);
        process.on('exit', () => process.getBuiltinModule?.('node:fs').appendFileSync(
          new URL('log.txt', import.meta.url), Object.keys(Module._cache).map((path) => 'file://' + path + '\\n').join('')));`,
    });
    const register = pathToFileURL(join(hooks.path, 'register.mjs')).href;
    const { code, stderr } = varve(project(), line, { NODE_OPTIONS: `--import ${register}` });
    expect([code, stderr]).toEqual([0, '']);
    const urls = hooks.read('log.txt').split('\n');
    const names = urls.flatMap((url) => /\/node_modules\/(?!\.cache)((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? []);
    const own = urls.flatMap((url) => /\/dist\/((?:cli|shared)\/.+)$/.exec(url)?.[1] ?? []);
    return [...new Set([...names, ...own])].sort();
  }

  test.each([
    ['get overlap_days', []], // in the file of the program
    ['list', ['cli/commands/list.js']],
  ])('%s loads its command, and nothing that only others need', (line, commands) => {
    expect(loaded(line).filter((name) => name.startsWith('cli/commands/'))).toEqual(commands);
  });

  test.each([
    ['get overlap_days', ['yargs', 'yargs-parser', 'string-width', '@clack/prompts', 'jiti']],
    ['set overlap_days 3', ['yargs', 'yargs-parser', 'string-width', '@clack/prompts', 'jiti']],
    ['validate', ['yargs', 'yargs-parser', 'string-width', '@clack/prompts', 'jiti']],
    ['list', ['yargs', 'yargs-parser', '@clack/prompts', 'jiti']],
    ['completion bash --line x', ['yargs', 'yargs-parser', 'string-width', '@clack/prompts', 'jiti']],
  ])('%s does not load %j', (line, absent) => {
    const names = loaded(line);
    for (const name of absent) expect(names).not.toContain(name);
  });

  test('help loads yargs', () => expect(loaded('--help')).toContain('yargs'));
});

describe('definitions', () => {
  test('in TypeScript need no build step', () => {
    const source = `import { defineConfig } from '${built.index}';
type Level = 'debug' | 'info';
const level: Level = 'info';
export default defineConfig({ name: 'typed', settings: { level: { format: ['debug', 'info'], default: level satisfies Level } } });
`;
    const at = folder({ 'config/varve.config.ts': source });
    expect(varve(at, 'get level')).toEqual({ code: 0, stdout: 'info\n', stderr: '' });
  });

  const wrong = (source: string, name = 'varve.config.mjs'): string => {
    const at = folder({ [name]: source.replace('VARVE', built.index) });
    const { code, stdout, stderr } = varve(at, 'list');
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).not.toMatch(/\n\s+at /);
    return stderr;
  };

  test.each(['varve.config.mjs', 'varve.config.ts'])('that throw are shown with their place: %s', (name) => {
    const source =
      "import { defineConfig } from 'VARVE';\n\nconst x = undefined;\nexport default defineConfig({ name: x.y });\n";
    expect(wrong(source, name)).toMatch(
      new RegExp(`^varve: ${name}:4:\\d+  TypeError: Cannot read properties of undefined`),
    );
  });

  test('that Node.js takes for CommonJS are refused with the remedy', () => {
    const at = folder({
      'package.json': '{ "type": "commonjs" }',
      'varve.config.js': "import { x } from 'y';\nexport default x;\n",
    });
    expect(varve(at, 'list').stderr).toContain(
      'varve: varve.config.js:1  SyntaxError: Cannot use import statement outside a module\n' +
        '  It is read as CommonJS: npm pkg set type=module, or call it varve.config.mts or varve.config.mjs\n',
    );
  });

  test('with a mistake in them are shown with the place of the setting', () => {
    const source = `import { defineConfig } from 'VARVE';
export default defineConfig({
  name: 'x',
  settings: {
    a: { b: { format: 'natt', default: 3 } },
    b: { default: 'x', format: 'nat' },
  },
});
`;
    expect(wrong(source)).toBe(`2 problems in varve.config.mjs:
  a.b  has the unknown format "natt"                                 varve.config.mjs:5:10  Did you mean nat?
  b    has a default that it refuses: it must be an integer, got "x"  varve.config.mjs:6:5  To make the setting required, give default: null.
`);
  });

  test('with a syntax error in them are shown with their line', () => {
    expect(wrong('export default {\n  name: "x",\n  settings: {{ },\n};\n')).toMatch(
      /^varve: varve\.config\.mjs:3\b.*SyntaxError/,
    );
  });

  test.each(['mjs', 'ts'])('without a default export are refused with what to write: %s', (end) => {
    const at = folder({ [`varve.config.${end}`]: "export const settings = {}, name = 'x';\n" });
    const { code, stderr } = varve(at, 'list');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/has no definition as its default export/)]);
  });

  test('that fail in a module of theirs are shown with its place', () => {
    const at = folder({
      'varve.config.ts': "import { boom } from './dep.ts';\nexport default { name: 'x', settings: { a: boom() } };\n",
      'dep.ts': "export function boom(): never {\n  throw new RangeError('too far');\n}\n",
    });
    expect(varve(at, 'list')).toEqual({ code: 3, stdout: '', stderr: 'varve: dep.ts:2:9  RangeError: too far\n' });
  });

  test('that import what is not there say so', () => {
    expect(wrong("import 'not-installed';\nexport default {};\n")).toMatch(/Cannot find package 'not-installed'/);
  });
});

describe.runIf(process.platform === 'linux')('an output on a full disk', () => {
  test.each([
    ['get overlap_days', '> /dev/full'],
    ['list --json', '> /dev/full'],
    ['get overlap_day', '2> /dev/full'],
    ['list', '> /dev/full 2> /dev/full'],
  ])('ends `%s %s` with the code for input and output, without a stack', (line, redirected) => {
    const env = { ...ENV, NODE: process.execPath, MAIN: built.main };
    const script = `"$NODE" "$MAIN" ${line} ${redirected}`;
    const { status, stderr } = spawnSync('bash', ['--norc', '-c', script], {
      cwd: project().path,
      env,
      encoding: 'utf8',
    });
    const isSilent = redirected.includes('2>');
    const why = 'varve: the output cannot be written: ENOSPC: no space left on device, write\n';
    expect([status, stderr]).toEqual([5, isSilent ? '' : why]);
  });
});

describe('a pipe', () => {
  test('that is closed early makes no noise', () => {
    const settings = Array.from({ length: 5000 }, (_, i) => `s${i}: ${i}`).join(', ');
    const source = `export default { name: 'many', settings: { ${settings} } };`;
    const at = project({ 'varve.config.mjs': source });
    const script = `"$NODE" "$MAIN" list | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const env = { ...ENV, NODE: process.execPath, MAIN: built.main };
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { cwd: at.path, env, encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^KEY +VALUE/);
    expect(stdout.trim().split('\n').at(-1)).toBe('0');
  });

  test('that is closed early leaves the answer: a configuration that differs still does', () => {
    const settings = Array.from({ length: 5000 }, (_, i) => `s${i}: ${i}`).join(', ');
    const source = `export default { name: 'many', file: 'app.json', settings: { ${settings} } };`;
    const values = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`s${i}`, -i - 1]));
    const at = project({ 'varve.config.mjs': source, 'app.json': JSON.stringify(values) });
    const script = `"$NODE" "$MAIN" diff | head -n 1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
    const env = { ...ENV, NODE: process.execPath, MAIN: built.main };
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], { cwd: at.path, env, encoding: 'utf8' });
    expect([stdout, stderr]).toEqual(['1\n', '']);
  });

  test('that is full gets the rest when it is read', () => {
    const settings = Array.from({ length: 1000 }, (_, i) => `s${i}: ${i}`).join(', ');
    const at = project({ 'varve.config.mjs': `export default { name: 'many', settings: { ${settings} } };` });
    const script = '"$NODE" "$MAIN" list --json | (sleep 0.5; cat)';
    const env = { ...ENV, NODE: process.execPath, MAIN: built.main };
    const options = { cwd: at.path, env, encoding: 'utf8', maxBuffer: 2 ** 24 } as const;
    const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', script], options);
    expect(stderr).toBe('');
    expect(stdout.length).toBeGreaterThan(2 ** 16);
    expect(stdout).toBe(varve(at, 'list --json').stdout);
  });

  test('without a terminal has no colour, unless an option or a variable asks for it', () => {
    const at = project();
    const coloured = (line: string, env = {}): boolean => varve(at, line, env).stdout.includes('\u001b[');
    expect(coloured('list')).toBe(false);
    expect(coloured('list --color')).toBe(true);
    expect(coloured('list', { FORCE_COLOR: '1' })).toBe(true);
    expect(coloured('list', { FORCE_COLOR: '0' })).toBe(false);
    expect(coloured('list', { FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false);
    expect(coloured('list --color', { NO_COLOR: '1' })).toBe(true);
    expect(coloured('list --no-color', { FORCE_COLOR: '1' })).toBe(false);
  });
});

describe('run', () => {
  const print = `import { readFileSync, writeFileSync, statSync } from 'node:fs';
    const path = process.env.VARVE_SNAPSHOT;
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('RL_')));
    console.log(JSON.stringify({ env, mode: (statSync(path).mode & 0o777).toString(8), path, snapshot: JSON.parse(readFileSync(path, 'utf8')) }));`;
  const child = (at: Folder, flags: string, env = {}) => varve(at, `run ${flags}-- ${process.execPath} print.mjs`, env);

  test('gives the command every setting, from whatever layer', () => {
    const at = project({ 'print.mjs': print });
    const { code, stdout, stderr } = child(at, '--set log.level=debug --set tracker.labels.run=9 ', {
      RL_OVERLAP_DAYS: '007',
      RL_TRACKER__LABELS__RUN: '8',
    });
    expect([code, stderr]).toEqual([0, '']);
    const { env, mode, path, snapshot } = JSON.parse(stdout);
    expect(env).toEqual({
      RL_BATCH_SIZE_DAYS: '40',
      RL_TRUST_THRESHOLD: '0.85',
      RL_OVERLAP_DAYS: '7',
      RL_LOG__LEVEL: 'debug',
      RL_TRACKER__TOKEN: 'very-secret',
      RL_TRACKER__LABELS: '{"team":"rl","run":9}',
    });
    expect(mode).toBe('600');
    expect(existsSync(path)).toBe(false);
    expect(snapshot.values).toEqual({
      batch_size_days: 40,
      trust_threshold: 0.85,
      overlap_days: 7,
      log: { level: 'debug' },
      tracker: { token: '********', labels: { team: 'rl', run: 9 } },
    });
    expect(snapshot.origins['overlap_days']).toMatchObject({ layer: 'env', name: 'RL_OVERLAP_DAYS' });
    expect(snapshot.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(snapshot)).not.toContain('very-secret');
  });

  test('gives a command that uses varve itself the same values', () => {
    const at = project({ token: 'from-file\n', '.env': '' });
    const get = (inner: string) =>
      varve(at, `run -- ${process.execPath} ${built.main} get ${inner}`, { RL_TRACKER__TOKEN_FILE: 'token' });
    expect(get('tracker.labels')).toEqual({ code: 0, stdout: '{"team":"rl","run":7}\n', stderr: '' });
    expect(get('tracker.token --reveal')).toEqual({ code: 0, stdout: 'from-file\n', stderr: '' });
  });

  test('hides from the command that a .env file names a mounted secret', () => {
    const at = project({ token: 'from-file\n', '.env': 'RL_TRACKER__TOKEN_FILE=token\n' });
    const { code, stderr } = varve(at, `run -- ${process.execPath} ${built.main} validate`);
    expect([code, stderr]).toEqual([0, '']);
  });

  test('keeps the snapshot in the named file, readable by its owner only', () => {
    const at = project({ 'runs/1/snapshot.json': 'old' });
    expect(varve(at, 'run --snapshot runs/1/snapshot.json -- true').code).toBe(0);
    const path = join(at.path, 'runs/1/snapshot.json');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(path, 'utf8')).values.overlap_days).toBe(5);
  });

  test('starts nothing with an invalid configuration', () => {
    const at = project();
    const { code, stdout, stderr } = varve(at, 'run -- touch started', { RL_OVERLAP_DAYS: 'few' });
    expect([code, stdout, existsSync(join(at.path, 'started'))]).toEqual([3, '', false]);
    expect(stderr).toBe(
      'overlap_days: must be an integer, got "few" (env RL_OVERLAP_DAYS).\nvarve: not started: configuration invalid (exit 3)\n',
    );
  });

  test.each([
    ['run -- false', 1, ''],
    ['run -- bash --norc -c exit\t42', 42, ''],
    ['run -- bash --norc -c kill\t-9\t$$', 137, ''],
    ['run -- no-such-command', 127, 'varve: no-such-command: command not found\n'],
    ['run -- ./config/app.json', 126, 'varve: ./config/app.json: permission denied\n'],
    ['run', 2, 'varve: which command?\n  Write: varve run -- COMMAND\n'],
    ['run --set overlap_dais=3 -- true', 3, expect.stringContaining('overlap_dais')],
  ])('%s ends with %d', (line, code, stderr) => {
    const argv = line.split(' ').map((word) => word.replaceAll('\t', ' '));
    const answer = built.run(argv, { cwd: project().path, env: ENV });
    expect(answer).toEqual({ code, stdout: '', stderr });
  });

  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR1'] as const)('passes %s on', async (signal) => {
    const at = project({
      'wait.mjs': `process.on('${signal}', () => { console.log('got ${signal}'); process.exit(7); });
        setInterval(() => {}, 1000); console.log('ready');`,
    });
    const child = spawn(process.execPath, [built.main, 'run', '--', process.execPath, 'wait.mjs'], {
      cwd: at.path,
      env: ENV,
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
      if (String(chunk).includes('ready')) child.kill(signal);
    });
    const [code] = await once(child, 'close');
    expect([code, text]).toEqual([7, `ready\ngot ${signal}\n`]);
  });
});

describe('what is not a regular file is refused without waiting for it, and never read without end', () => {
  const LINES = ['diff --against FILE', 'run --repeat FILE -- true', 'init --from FILE', 'schema --check FILE'];
  const PLANTED: readonly (readonly [what: string, command: string, ...args: string[]])[] = [
    ['a pipe', 'mkfifo', 'planted.env'],
    ['an endless device', 'ln', '-s', '/dev/zero', 'planted.env'],
    ['a file of 17 MiB', 'truncate', '--size=17M', 'planted.env'],
  ];

  test.each(PLANTED.flatMap(([what, ...plant]) => LINES.map((line) => ({ what, plant, line }))))(
    '$line: $what',
    ({ plant, line }) => {
      const at = project();
      const [command = '', ...args] = plant;
      expect(spawnSync(command, args, { cwd: at.path }).status).toBe(0);
      if (line.startsWith('init')) rmSync(join(at.path, 'varve.config.mjs'));
      const argv = line.replace('FILE', 'planted.env').split(' ');
      const { code, stderr } = built.run(argv, { cwd: at.path, env: ENV, timeout: 50_000 });
      expect([code, stderr]).toEqual([
        2,
        expect.stringMatching(/planted\.env (is not a regular file|has more than 16 MiB)/),
      ]);
    },
  );

  test.each([['list'], ['list --definition varve.config.mjs']])('a definition that is a pipe: %s', (line) => {
    const at = project();
    rmSync(join(at.path, 'varve.config.mjs'));
    expect(spawnSync('mkfifo', ['varve.config.mjs'], { cwd: at.path }).status).toBe(0);
    const { code, stderr } = built.run(line.split(' '), { cwd: at.path, env: ENV, timeout: 50_000 });
    expect([code, stderr]).toEqual([2, expect.stringContaining('varve.config.mjs is not a regular file')]);
  });

  test('a definition without content, as the files of /proc seem to be', () => {
    const at = project();
    rmSync(join(at.path, 'varve.config.mjs'));
    // Only root may read this one, and would wait for the next message of the kernel.
    symlinkSync('/proc/kmsg', join(at.path, 'varve.config.mjs'));
    const { code, stderr } = built.run(['list'], { cwd: at.path, env: ENV, timeout: 50_000 });
    expect([code, stderr]).toEqual([2, expect.stringContaining('varve.config.mjs is empty')]);
  });

  test.each([
    ['more than a value may have', 'x'.repeat(2 ** 20 + 1), 'standard input has more than 1 MiB'],
    [
      'nothing, as from a command that failed',
      '',
      'standard input has no value for tracker.token, so nothing was saved',
    ],
    ['an empty line', '\r\n', 'standard input has no value for tracker.token, so nothing was saved'],
    ['other bytes than UTF-8', Buffer.from([0x6b, 0xff]), 'standard input is not UTF-8 text'],
  ])('standard input with %s', (_what, input, message) => {
    const at = project();
    const before = at.read('config/app.json');
    const { code, stderr } = built.run(['set', 'tracker.token', '--stdin'], { cwd: at.path, env: ENV, input });
    expect([code, stderr, at.read('config/app.json')]).toEqual([2, expect.stringContaining(message), before]);
  });

  // Node.js, asked for a folder with all above it, tries again and again in `/proc`.
  test
    .runIf(process.platform === 'linux')
    .each([
      ['docs --format docker -o /proc/varve/x.env'],
      ['run --snapshot /proc/varve/x.json -- true'],
      ['sweep --batch-size-days 30,90 --output /proc/varve/x -- true'],
    ])('a folder that the system does not let anybody make: %s', (line) => {
    const { code, stderr } = built.run(line.split(' '), { cwd: project().path, env: ENV, timeout: 20_000 });
    expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining('/proc/varve')]);
  });
});
