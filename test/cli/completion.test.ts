import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { skipLoudly } from '../faults/harness/skip.ts';
import { type Folder, folder } from '../folder.ts';
import { type Built, buildCommandLine } from './built.ts';
import { DEFINITION, FILES, VARVE } from './golden.ts';
import { Shell } from './shell.ts';
import { inTerminal, needTerminal } from './terminal.ts';

/** What is offered for a line, without descriptions. */
async function offered(line: string): Promise<readonly string[]> {
  const shell = new Shell(FILES);
  const env = { HOME: shell.folder.path };
  // Completion runs no definition that no command has run.
  await shell.run(['validate'], { env });
  const { code, stdout, stderr } = await shell.run(['completion', 'bash', '--line', line], { env });
  expect([code, stderr]).toEqual([0, '']);
  return stdout.split('\n').filter((text) => text !== '');
}

const KEYS = ['batch_size_days', 'trust_threshold', 'overlap_days', 'log.level', 'tracker.token', 'tracker.labels'];

test.each([
  ['varve expl', ['explain']],
  ['varve completion ', ['bash', 'zsh', 'fish']],
  ['varve get tr', ['trust_threshold', 'tracker.token', 'tracker.labels', 'tracker']],
  ['varve get log.level ', []],
  ['varve explain ', KEYS],
  ['varve unset log.level ', KEYS.filter((key) => key !== 'log.level')],
  ['varve set ', KEYS],
  ['varve set log.level ', ['debug', 'info', 'warn']],
  ['varve set log.level d', ['debug']],
  ['varve set log.level=d', ['log.level=debug']],
  ['varve set overlap_days=1 log', ['log.level=']],
  ['varve list --pre', ['--prefix']],
  ['varve list --prefix ', ['log', 'tracker']],
  ['varve list --prefix=t', ['--prefix=tracker']],
  ['varve list --from f', ['file', 'flag']],
  ['varve export --format s', ['shell']],
  ['varve docs --format ', ['markdown', 'env', 'configmap', 'secret', 'systemd', 'docker', 'python']],
  ['varve docs -o ', []],
  ['varve --file x.json get over', ['overlap_days']],
  ['varve list -- --t', ['--trust-threshold', '--tracker.token', '--tracker.labels']],
  ['varve list -- --log.level ', ['debug', 'info', 'warn']],
  ['varve list -- --log.level=w', ['--log.level=warn']],
  ['varve run --set log.level=i', ['log.level=info']],
  ['varve run -- py', []],
  ['varve run --resume r.json --allow-change tru', ['trust_threshold']],
  ['varve sweep --allow-change=log', ['--allow-change=log.level']],
  ['varve sweep --each over', ['overlap_days']],
  ['varve mcp --allow-write log', ['log.level']],
  ['varve sweep --log.level i', ['info']],
  ['varve sweep --trust', ['--trust-threshold']],
  ['varve sweep --jo', ['--jobs']],
  ['varve sweep --emit sl', ['slurm']],
  ['varve sweep --log.level info -- py', []],
  ["varve get 'tru", ['trust_threshold']],
])('%j is completed', async (line, expected) => expect(await offered(line)).toEqual(expected));

test('commands come with what they do, but in bash', async () => {
  const { stdout } = await new Shell({}).run(['completion', 'fish', '--line', 'varve va']);
  expect(stdout).toBe('validate\tCheck every layer and show every problem\n');
});

test('a definition is run by completion after a command has run it, and not after it changed', async () => {
  const shell = new Shell(FILES);
  const env = { XDG_STATE_HOME: join(shell.folder.path, 'state') };
  const keys = async () => (await shell.run(['completion', 'bash', '--line', 'varve get over'], { env })).stdout;
  expect(await keys()).toBe('');
  await shell.run(['list'], { env });
  expect(await keys()).toBe('overlap_days\n');
  shell.folder.write('varve.config.mjs', `${DEFINITION}\n// changed\n`);
  expect(await keys()).toBe('');
});

test.runIf(process.getuid?.() === 0)('nothing is remembered in the home of another user, as under sudo', async () => {
  const shell = new Shell({ ...FILES, 'home/file': '' });
  const home = join(shell.folder.path, 'home');
  chownSync(home, 65_534, 65_534);
  const env = { HOME: home };
  expect(await shell.run(['list'], { env })).toMatchObject({ code: 0 });
  expect(readdirSync(home)).toEqual(['file']);
  // Nor does completion run what the other user's file names.
  const planted = join(home, 'planted');
  await shell.run(['list'], { env: { XDG_STATE_HOME: join(shell.folder.path, 'state') } });
  renameSync(join(shell.folder.path, 'state'), planted);
  for (const path of [planted, join(planted, 'varve')]) chownSync(path, 65_534, 65_534);
  const line = ['completion', 'bash', '--line', 'varve get over'];
  const others = await shell.run(line, { env: { XDG_STATE_HOME: planted } });
  expect(others.stdout).toBe('');
});

test('without a usable definition the commands are offered all the same', async () => {
  const { code, stdout, stderr } = await new Shell({ 'varve.config.mjs': 'throw 1' }).run([
    'completion',
    'bash',
    '--line',
    'varve get ',
  ]);
  expect([code, stdout, stderr]).toEqual([0, '', '']);
});

let built: Built;
beforeAll(() => {
  built = buildCommandLine();
}, 60_000);
afterAll(() => built.remove());

/** A project with a program `varve` in `bin`. */
function project(): Folder {
  const at = folder({ ...FILES, 'varve.config.mjs': DEFINITION.replace(VARVE, built.index), 'bin/node': '' });
  symlinkSync(built.main, join(at.path, 'bin/varve'));
  expect(built.run(['validate'], { cwd: at.path, env: { HOME: at.path } }).code).toBe(0);
  at.write('bin/node', `#!/bin/sh\nexec "${process.execPath}" "$@"\n`);
  chmodSync(join(at.path, 'bin/node'), 0o755);
  return at;
}

function inShell(context: TestContext, shell: string, args: readonly string[], script: string): string {
  if (spawnSync(shell, ['--version']).error) skipLoudly(context, `${shell} is not installed`);
  const at = project();
  const env = { PATH: `${join(at.path, 'bin')}:${process.env['PATH']}`, HOME: at.path, TERM: 'xterm' };
  const { stdout, stderr } = spawnSync(shell, [...args, '-c', script], {
    cwd: at.path,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(stderr).toBe('');
  return stdout;
}

/** Words as bash would have split them, at `=` too, and what the function that is registered for varve answers. */
const BASH = `
source <(varve completion bash)
try() {
  COMP_LINE="$1"; COMP_POINT=\${#1}; shift
  COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 ))
  _varve; echo "\${COMPREPLY[*]}"
}
complete -p varve
try 'varve expl' varve expl
try 'varve get tru' varve get tru
try 'varve set log.level=de' varve set log.level = de
try 'varve set log.level=' varve set log.level =
try 'varve set log.level ' varve set log.level ''
try 'varve list -- --log.level=w' varve list -- --log.level = w
try 'varve list -- --ov' varve list -- --ov
`;

test('bash', (context) => {
  expect(inShell(context, 'bash', ['--norc'], BASH).split('\n')).toEqual([
    'complete -o default -F _varve varve',
    'explain',
    'trust_threshold',
    'debug',
    'debug info warn',
    'debug info warn',
    'warn',
    '--overlap-days',
    '',
  ]);
}, 60_000);

test('bash at a real prompt', (context) => {
  needTerminal(context);
  const at = project();
  const bin = join(at.path, 'bin');
  at.write('rc', `PATH="${bin}:$PATH"; PS1='> '; source <(varve completion bash)\n`);
  const typed = ['varve set log.level=de\t; exit\n'];
  const text = inTerminal(['bash', '--noprofile', '--rcfile', 'rc', '-i'], { typed, at }).text;
  expect(text).toMatch(/varve set log\.level=debug/);
  expect(JSON.parse(at.read('config/app.json')).log).toEqual({ level: 'debug' });
}, 60_000);

const COMMANDS_AS_NAMES = [`$(touch\${IFS}made-1)`, '`touch made-2`', 'a;touch made-3;', "d'e", 'f g'];

test.each(['a', '$', '`', '"a', "'a"])(
  'bash inserts the name of a member that begins with %s as text',
  (begin) => {
    const at = project();
    const databases = Object.fromEntries(COMMANDS_AS_NAMES.map((name) => [name, { pool: 3 }]));
    at.write('varve.config.mjs', definitionWithNames());
    at.write('app.json', JSON.stringify({ db: databases }));
    expect(built.run(['list'], { cwd: at.path, env: { HOME: at.path } }).code).toBe(0);
    at.write('rc', `PATH="${join(at.path, 'bin')}:$PATH"; PS1='> '; source <(varve completion bash)\n`);
    const typed = [`varve get db.${begin}\t\n`, '\u0003', 'exit\n'];
    inTerminal(['bash', '--noprofile', '--rcfile', 'rc', '-i'], { typed, at });
    expect(readdirSync(at.path).filter((name) => name.startsWith('made'))).toEqual([]);
  },
  60_000,
);

test('a name that was quoted is completed further', async () => {
  const shell = new Shell({
    'varve.config.mjs': `import { defineConfig, each } from '${VARVE}';
export default defineConfig({ name: 'app', file: 'app.json', settings: { db: each({ pool: 1 }) } });\n`,
    'app.json': JSON.stringify({ db: { 'f g': { pool: 3 } } }),
  });
  const env = { XDG_STATE_HOME: join(shell.folder.path, 'state') };
  await shell.run(['list'], { env });
  for (const line of ['varve get db.f\\ g', 'varve get "db.f g', "varve get 'db.f g."])
    expect(await shell.run(['completion', 'bash', '--line', line], { env })).toMatchObject({
      stdout: expect.stringContaining('db.f g.pool'),
    });
});

test('zsh', (context) => {
  needTerminal(context);
  if (spawnSync('zsh', ['--version']).error) skipLoudly(context, 'zsh is not installed');
  const at = project();
  const rc = `PATH="${join(at.path, 'bin')}:$PATH"; PS1='> '; autoload -U compinit; compinit -u -D; source <(varve completion zsh)\n`;
  at.write('.zshrc', rc);
  const typed = ['varve set log.level=de\t\n', 'varve expl\tover\t; exit\n'];
  const text = inTerminal(['zsh', '-i'], { typed, at }).text;
  expect(text).toMatch(/log\.level: nothing -> debug/);
  expect(text).toMatch(/overlap_days = 5/);
}, 60_000);

test('zsh completes a name with a space further', (context) => {
  needTerminal(context);
  if (spawnSync('zsh', ['--version']).error) skipLoudly(context, 'zsh is not installed');
  const at = project();
  at.write('varve.config.mjs', definitionWithNames());
  at.write('app.json', JSON.stringify({ db: { 'f g': { pool: 3 } } }));
  expect(built.run(['list'], { cwd: at.path, env: { HOME: at.path } }).code).toBe(0);
  const rc = `PATH="${join(at.path, 'bin')}:$PATH"; PS1='> '; autoload -U compinit; compinit -u -D; source <(varve completion zsh)\n`;
  at.write('.zshrc', rc);
  const typed = ['varve get db.f\\ g.p\t\n', 'exit\n'];
  expect(inTerminal(['zsh', '-i'], { typed, at }).text).toMatch(/^3\r?$/m);
}, 60_000);

function definitionWithNames(): string {
  return `import { defineConfig, each } from '${built.index}';
export default defineConfig({ name: 'app', file: 'app.json', settings: { db: each({ pool: 1 }) } });\n`;
}

test('fish', (context) => {
  const lines = ['varve expl', 'varve get tru', 'varve set log.level=d', 'varve list -- --ov'];
  const script = `varve completion fish | source; ${lines.map((line) => `complete -C '${line}'`).join('; ')}`;
  expect(inShell(context, 'fish', ['--no-config'], script).split('\n')).toEqual([
    'explain\tWhere a value comes from: the entry of every layer',
    'trust_threshold\tleast trust a rule needs',
    'log.level=debug',
    '--overlap-days',
    '',
  ]);
}, 60_000);
