// In a process of its own: it starts shells and commands with the environment of its own process.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EXIT } from '../../src/cli/exit.ts';
import { shellWord } from '../../src/words/shell.ts';
import { type Built, buildCommandLine } from './built.ts';
import { VARVE } from './golden.ts';
import { Shell } from './shell.ts';

let built: Built;
beforeAll(() => {
  built = buildCommandLine();
}, 60_000);
afterAll(() => built.remove());

const shell = (file: Readonly<Record<string, string>>, sensitive = false): Shell =>
  new Shell({
    'varve.config.mjs': `import { defineConfig } from '${VARVE}';
export default defineConfig({
  name: 'app', file: 'app.json', envPrefix: 'APP',
  settings: { text: { format: String, default: '', sensitive: ${sensitive} }, n: { format: 'nat', default: 1 } },
});
`,
    'app.json': JSON.stringify(file),
  });

const TEXTS = [
  '$(touch hacked)',
  '`touch hacked`',
  "'; touch hacked; '",
  '\\',
  "\\'; touch hacked; '",
  'a\\\\b',
  "it's",
  '=ls',
  '~/x',
  'a:~/b',
  '$HOME',
  '!!',
  'a\nb\n',
  '*',
  '{a,b}',
  '\u202ea\u001b[31m',
];

test.each(['bash', 'dash', 'zsh', 'fish'])('a quoted word means the same text in %s, whatever it is', (name) => {
  if (spawnSync(name, ['-c', 'true']).status !== 0) return console.warn(`skipped: there is no ${name}`);
  for (const text of TEXTS) {
    const { stdout } = spawnSync(name, ['-c', `export WORD=${shellWord(text)}; printf %s "$WORD"`], {
      encoding: 'utf8',
    });
    expect(stdout).toBe(text);
  }
});

test('a text that no variable can hold is left out, and its secret is in no error and no record', async () => {
  const { run, folder: at } = bound(shell({ text: 'top\0secret' }, true));
  const started = await run(['run', '--', 'true']);
  expect(started).toMatchObject({ code: 0, stderr: expect.stringContaining('no text expresses the value of text') });
  at.write('varve.config.mjs', at.read('varve.config.mjs').replace(VARVE, built.index));
  const words = [built.main, 'sweep', '--n', '1', '--', 'true'];
  const swept = spawnSync(process.execPath, words, { cwd: at.path, encoding: 'utf8' });
  expect([swept.status, swept.stdout]).toEqual([0, expect.stringContaining('done')]);
  const exported = await run(['export', '--format', 'shell', '--reveal']);
  expect(exported.stderr).toContain('left out, because shell cannot hold the value: text');
  const records = readdirSync(join(at.path, 'sweep'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => at.read(join(parentPath, name).slice(at.path.length + 1)));
  const all = [started, swept, exported].flatMap(({ stdout, stderr }) => [stdout, stderr]);
  expect([...all, ...records].join('\n')).not.toMatch(/top.{0,6}secret/);
});

test.each([
  ['', 'which command?'],
  ['/etc/passwd/x', '/etc/passwd/x cannot be started: a part of its path is not a folder'],
  [`/${'x'.repeat(5_000)}`, 'cannot be started: its path is too long'],
])('the command %.20j is refused in a sentence', async (command, message) => {
  const { run } = bound(shell({}));
  expect(await run(['run', '--', command])).toMatchObject({ code: 2, stderr: expect.stringContaining(message) });
});

test('a value that JSON cannot hold is shown, exported and handed down as the JSON that it was made of', async () => {
  const { run, folder: at } = bound(shell({}));
  at.write(
    'varve.config.mjs',
    `import { defineConfig } from '${VARVE}';
const format = (validate) => ({ '~standard': { version: 1, vendor: 'test', validate: (value) => ({ value: validate(value) }) } });
class Cyclic { constructor() { this.self = this; } }
export default defineConfig({
  name: 'app', file: 'app.json', envPrefix: 'APP',
  settings: {
    map: { format: format((members) => new Map(Object.entries(members))), default: {} },
    cyclic: { format: format(() => new Cyclic()), default: '0' },
  },
});
`,
  );
  at.write('app.json', '{ "map": { "a": 1 }, "cyclic": "text" }');
  const outputs = [];
  for (const line of ['get map', 'get cyclic', 'export --format dotenv', 'list --values', 'diff', 'explain cyclic'])
    outputs.push(await run(line.split(' ')));
  expect(outputs.map(({ code }) => code)).toEqual([0, 0, 0, 0, 1, 0]);
  const [map, cyclic, exported, values, differences, explained] = outputs.map(({ stdout }) => stdout);
  expect([map, cyclic]).toEqual(['{"a":1}\n', 'text\n']);
  expect(exported).toBe(`APP_MAP='{"a":1}'\nAPP_CYCLIC=text\n`);
  expect(JSON.parse(values ?? '')).toEqual({ map: { a: 1 }, cyclic: 'text' });
  expect(differences).toContain('{} -> {"a":1}');
  expect(explained).toContain('cyclic = text');
  const env = { PATH: process.env['PATH'] ?? '', APP_MAP: '{"a":2}' };
  const given = await run(
    ['run', '--', process.execPath, '-e', 'process.exit(process.env.APP_MAP === `{"a":2}` ? 7 : 1)'],
    env,
  );
  expect(given.code).toBe(7);
});

test('a value that is too long for a variable is refused in a sentence', async () => {
  const { run } = bound(shell({ text: 'x'.repeat(200_000) }));
  const { code, stderr } = await run(['run', '--', 'true']);
  expect([code, stderr]).toEqual([
    2,
    'varve: true cannot be started: its arguments and variables are longer than the system allows\n',
  ]);
});

/** Commands that find `PATH`. */
function bound(one: Shell) {
  const env = { PATH: process.env['PATH'] ?? '', NO_COLOR: '1' };
  const run = (argv: readonly string[], more: Readonly<Record<string, string>> = {}) =>
    one.run(argv, { env: { ...env, ...more } });
  return { folder: one.folder, run };
}

const LONG = 'x'.repeat(100_000);

test.each([
  [[LONG]],
  [['get', LONG]],
  [['get', `text.${LONG}`]],
  [['get', 'text', LONG]],
  [['get', `--${LONG}`]],
  [['get', '--', `--${LONG}=1`]],
  [['get', `--json=${LONG}`]],
  [['set', LONG]],
  [['set', 'n', LONG]],
  [['set', 'text=a', LONG]],
  [['set', `${LONG}=a`]],
  [['unset', LONG]],
  [['list', '--from', LONG]],
  [['list', '--prefix', LONG]],
  [['list', '--config', LONG]],
  [['list', '--cwd', LONG]],
  [['explain', LONG]],
  [['explain', `text[${LONG}]`]],
  [['diff', LONG]],
  [['docs', '--format', LONG]],
  [['docs', '--output', LONG]],
  [['export', '--format', LONG]],
  [['run', LONG]],
  [['run', '--set', `${LONG}=1`, '--', 'true']],
  [['run', '--', LONG]],
  [['sweep', '--set', `n=${LONG}`, '--', 'true']],
  [['sweep', '--set', `n=range(${LONG})`, '--', 'true']],
  [['log', '--limit', LONG]],
  [['ui', '--port', LONG]],
  [['completion', LONG]],
  [['mcp', '--allow-write', LONG]],
])('no error prints an argument of 100,000 characters whole: %#', async (argv) => {
  for (const more of [[], ['--json']]) {
    const { code, stdout, stderr } = await shell({ text: 'a' }).run([...more, ...argv]);
    expect(code).toBeGreaterThan(0);
    expect(stderr.length).toBeLessThan(20_000);
    // The issues of a configuration are data, and stay as they are.
    if (code === EXIT.usage) expect(stdout.length).toBeLessThan(20_000);
  }
});

test.each([
  [['log', '--limit', '1e3']],
  [['log', '--limit', '0x10']],
  [['ui', '--port', '1e3']],
  [['ui', '--port', '']],
  [['ui', '--port', '65536']],
])('an option that is a whole number takes digits only: %s', async (argv) => {
  const { code, stderr } = await shell({ text: 'a' }).run(argv);
  expect([code, stderr]).toEqual([EXIT.usage, expect.stringContaining(`varve: ${argv[1]} must be `)]);
});
