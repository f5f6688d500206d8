import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parse as parseDotenv } from 'dotenv';
import { expect, test } from 'vitest';
import { type Definition, loadConfig } from '../../src/index.ts';
import { folder } from '../folder.ts';
import { golden, VARVE } from './golden.ts';
import { Shell } from './shell.ts';

const PACKAGE = { 'package.json': '{ "name": "@acme/trainer" }\n' };

/** Runs `varve init`, and loads what it wrote. */
async function initialised(files: Record<string, string>, ...argv: string[]) {
  const shell = new Shell({ ...PACKAGE, ...files });
  const { code, stdout, stderr } = await shell.run(['init', '--language', 'js', ...argv]);
  expect([code, stderr.replace(/varve is not installed.*\n/, '')]).toEqual([0, expect.stringMatching(/^Next: .*\n$/m)]);
  const source = shell.folder.read('varve.config.mjs');
  shell.folder.write('varve.config.mjs', source.replace("from 'varve'", `from '${VARVE}'`));
  const module = await import(/* @vite-ignore */ pathToFileURL(join(shell.folder.path, 'varve.config.mjs')).href);
  const definition: Definition = module.default;
  const load = (env = {}) => loadConfig(definition, { argv: [], env, cwd: shell.folder.path });
  return { shell, stdout, source, load };
}

test('init of nothing gives an example that works', async () => {
  const { shell, load } = await initialised({});
  expect((await load()).values).toEqual({ port: 8080, log: { level: 'info' }, api: { token: '' } });
  expect((await load({ TRAINER_LOG__LEVEL: 'debug' })).get('log.level')).toBe('debug');
  const answer = await shell.run(['set', 'port', '99']);
  expect([answer.code, shell.folder.read('config/trainer.json')]).toEqual([0, '{\n  "port": 99\n}\n']);
  expect((await shell.run(['docs', '--format', 'env', '--check', '.env.example'])).code).toBe(0);
});

test('init writes', () => golden('init', ['init --from nowhere', 'init --language ts', 'init'], PACKAGE));

test('init --json', async () => {
  const { stdout, code } = await new Shell(PACKAGE).run(['init', '--json', '--language', 'ts', '--name', 'My App']);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    schemaVersion: 1,
    written: ['varve.config.ts', 'config/my-app.json', '.env.example'],
    kept: [],
    guesses: [],
  });
});

test('init from a convict module that reads files says that they are not in the definition', async () => {
  const module = `import convict from '${CONVICT}';
export const config = convict({ a: { format: 'nat', default: 1 } });
config.loadFile([]);
`;
  const { stdout } = await initialised({ 'config.mjs': module }, '--from', 'config.mjs');
  expect(stdout).toContain(
    'Check 1 guess:\n  loadFile: the files that it reads are not in the definition; name them as "files"',
  );
});

test.each([
  ['commonjs', 'varve.config.mts'],
  ['module', 'varve.config.ts'],
])('init in a package of type %s writes %s', async (type, name) => {
  const { stdout } = await new Shell({ 'package.json': JSON.stringify({ name: 'x', type }) }).run([
    'init',
    '--language',
    'ts',
  ]);
  expect(stdout).toMatch(new RegExp(`^wrote ${name}, `));
});

test.each([
  ['is empty', ''],
  ['is null', 'null'],
  ['has a comment', '{ "name": "a" } // mine'],
  ['has a number as its name', '{ "name": 5, "type": ["module"] }'],
])('init takes the name of the folder where package.json %s', async (_, text) => {
  const shell = new Shell({ 'package.json': text });
  const { code, stdout } = await shell.run(['init', '--language', 'ts']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('wrote varve.config.ts, config/')]);
});

test('init says what is in the place of the folder of its file', async () => {
  const { code, stderr } = await new Shell({ ...PACKAGE, config: '' }).run(['init']);
  expect([code, stderr]).toEqual([5, expect.stringContaining('a part of its path is a file, not a folder')]);
});

test('init takes linear time to look for secrets in a .env', async () => {
  const shell = new Shell({ ...PACKAGE, '.env': `A=://${':'.repeat(500_000)}\nB=${'://a:'.repeat(90_000)}\n` });
  // In quadratic time, it would take longer than a test may.
  expect((await shell.run(['init', '--from', '.env'])).code).toBe(0);
});

test.each([
  ['a setting', 'a: { default: 1 }', [2, 'varve: the schema contains itself, or has more than 256 levels of groups\n']],
  ['none', '', [2, expect.stringContaining('exports no convict schema')]],
])('init refuses an exported object that contains itself, and %s', async (_, settings, expected) => {
  const shell = new Shell({ ...PACKAGE, 'c.cjs': `const o = { ${settings} }; o.a2 = o; o.b = o; module.exports = o;` });
  const { code, stderr } = await shell.run(['init', '--from', 'c.cjs']);
  expect([code, stderr]).toEqual(expected);
});

test('init overwrites nothing', async () => {
  const files = { 'config/trainer.json': '{ "port": 1 }', '.env.example': 'MINE=1\n' };
  const { shell, stdout, load } = await initialised(files);
  expect(stdout).toBe('wrote varve.config.mjs; kept config/trainer.json, .env.example\n');
  expect(shell.folder.read('.env.example')).toBe('MINE=1\n');
  expect((await load()).get('port')).toBe(1);
  const again = await shell.run(['init']);
  expect([again.code, again.stdout]).toEqual([4, '']);
  expect(again.stderr).toBe('varve: varve.config.mjs exists already. Nothing was written\n');
});

test.each(['config/varve.config.ts', 'varve.config.js'])('init refuses where there is a %s', async (name) => {
  const shell = new Shell({ [name]: '' });
  expect((await shell.run(['init'])).code).toBe(4);
  expect(existsSync(join(shell.folder.path, '.env.example'))).toBe(false);
});

const DOTENV = `# The port to listen on
# (of the web server)
PORT=8080
LEARNING_RATE=1e-3
RETRIES=-1
DEBUG=true
HOME_PAGE=https://example.org/
DATABASE_URL=postgres://me:hunter2@db/x
API_TOKEN=secret-1
ZIP=01234
DB__HOST=localhost
DB=x
DEFAULT=1
NAMES=["a","b"]
EMPTY=
QUOTE="it's a \\"test\\" # no comment"
`;

test('init from .env', async () => {
  const { stdout, source, load, shell } = await initialised({ '.env': DOTENV }, '--from', '.env');
  expect(stdout + source + shell.folder.read('.env.example')).not.toMatch(/secret-1|hunter2/);
  await expect(`${stdout}\n${source}`).toMatchFileSnapshot('golden/init-env.txt');
  const { values } = await load();
  expect(values).toEqual({
    port: 8080,
    learning_rate: 0.001,
    retries: -1,
    debug: true,
    home_page: 'https://example.org/',
    database_url: 'postgres://me:hunter2@db/x',
    api_token: 'secret-1',
    zip: '01234',
    db: { host: 'localhost' },
    db_value: 'x',
    default_value: 1,
    names: ['a', 'b'],
    empty: '',
    quote: 'it\'s a \\"test\\" # no comment',
  });
  expect((await load({ PORT: '81', DB: 'y' })).values).toMatchObject({ port: 81, db_value: 'y' });
});

/** The lines of the corpus after `+` or `-`, by variable. */
function corpus(sign: '+' | '-'): ReadonlyMap<string, string> {
  const text = readFileSync(new URL('env-corpus.txt', import.meta.url), 'utf8');
  const lines = text.split('\n').filter((line) => line.startsWith(`${sign} `));
  return new Map(Object.entries(parseDotenv(lines.map((line) => line.slice(2)).join('\n'))));
}

test('init from .env copies no value that may be a secret, out of 200 lines', async () => {
  const [secrets, plain] = [corpus('-'), corpus('+')];
  expect(secrets.size + plain.size).toBe(200);
  for (const lines of [secrets, plain]) {
    const env = [...lines].map(([name, value]) => `# was ${value}\n${name}='${value}'`).join('\n');
    const shell = new Shell({ ...PACKAGE, '.env': env });
    const { code, stdout } = await shell.run(['init', '--language', 'js', '--from', '.env', '--json']);
    expect(code).toBe(0);
    const { copied, guesses } = JSON.parse(stdout) as { copied: readonly string[]; guesses: readonly string[] };
    if (lines === secrets) {
      expect(copied).toEqual([]);
      const written = shell.folder.read('varve.config.mjs') + shell.folder.read('.env.example') + stdout;
      for (const [name, value] of secrets) {
        if (value.length > 6) expect(written, name).not.toContain(value);
        expect(guesses.filter((line) => line.startsWith(`${name} -> `))).toEqual([
          expect.stringContaining('sensitive'),
        ]);
      }
    } else expect(copied).toEqual([...plain].map(([name, value]) => `${name}=${value}`));
  }
});

test('init from .env takes linear time', async () => {
  const { fromEnv } = await import('../../src/cli/init/from-env.ts');
  // With the same key in lower case, every variable but the first needs a name of its own.
  const names = Array.from({ length: 2 ** 14 }, (_, i) =>
    Array.from('abcdefghijklmn', (letter, bit) => ((i >> bit) & 1 ? letter.toUpperCase() : letter)).join(''),
  );
  const path = folder({ '.env': names.map((name) => `# for ${name}\n${name}=1`).join('\n') });
  const { settings, copied } = fromEnv(join(path.path, '.env'));
  expect([Object.keys(settings).length, copied.length]).toEqual([names.length, names.length]);
  expect(settings['abcdefghijklmn_2']).toMatchObject({ env: names[2] });
});

test('init from .env finds a common prefix', async () => {
  const { source, stdout, load } = await initialised(
    { 'deploy/app.env': 'RL_PORT=80\nRL_OPTIMIZER__MAX_NORM=0.5\n' },
    '--from',
    'deploy/app.env',
  );
  expect(source).toMatch(/envPrefix: 'RL',\n {2}dotenv: \['deploy\/app\.env'\],/);
  expect(stdout).toMatch(
    /Check 2 guesses: RL_PORT -> port \(port\), RL_OPTIMIZER__MAX_NORM -> optimizer\.max_norm \(number\)/,
  );
  expect((await load()).values).toEqual({ port: 80, optimizer: { max_norm: 0.5 } });
});

const CONVICT = new URL('../../node_modules/convict/src/main.js', import.meta.url).href;

const SCHEMA = `{
  env: { doc: 'The "environment"', format: ['production', 'development'], default: 'development', env: 'NODE_ENV' },
  ip: { format: 'ipaddress', default: '127.0.0.1', env: 'IP_ADDRESS', arg: 'ip' },
  db: {
    host: { doc: "The database's host", format: '*', default: 'server1.dev.test' },
    port: 5432,
    pattern: { format: RegExp, default: /^a\\/b$/ },
  },
  custom: { format: (value) => { if (value !== 'x') throw new Error('no'); }, default: 'x' },
  even: { format: 'even-number', default: 2 },
  secret: { format: String, default: null, nullable: true, sensitive: true, note: 'kept' },
}`;

test.each([
  ['src/config.mjs', `export default ${SCHEMA};\n`],
  ['src/config.cjs', `module.exports = ${SCHEMA};\n`],
  [
    'src/config.mjs',
    `import convict from '${CONVICT}';
convict.addFormat({ name: 'ipaddress', validate() {} });
convict.addFormat({ name: 'even-number', validate() {} });
export const config = convict(${SCHEMA});\n`,
  ],
])('init from a convict module: %s', async (name, text) => {
  const { source, stdout, load } = await initialised({ [name]: text }, '--from', name);
  await expect(`${stdout}\n${source}`).toMatchFileSnapshot('golden/init-convict.txt');
  const config = await load({ NODE_ENV: 'production' });
  expect(config.values).toEqual({
    env: 'production',
    ip: '127.0.0.1',
    db: { host: 'server1.dev.test', port: 5432, pattern: /^a\/b$/ },
    custom: 'x',
    even: 2,
    secret: null,
  });
});

test.each([
  ['export default 3;', 2, /exports no convict schema/],
  ["throw new TypeError('mine');", 3, /^varve: other\.mjs:1:\d+ {2}TypeError: mine/],
])('init from a module that has no schema: %s', async (text, code, message) => {
  const answer = await new Shell({ 'other.mjs': text }).run(['init', '--from', 'other.mjs']);
  expect([answer.code, answer.stdout]).toEqual([code, '']);
  expect(answer.stderr).toMatch(message);
});

test.each([
  ['x.json', '{}', /holds values, and a definition needs settings/],
  ['x.yaml', 'a: 1', /holds values/],
  [
    'x.mjs',
    "import { z } from 'zod';\nexport default z.object({});",
    /uses zod\. Write: varve init, and use each schema as a format/,
  ],
  ['x.mjs', "import { loadConfig } from 'c12';\nexport default await loadConfig();", /c12 configuration/],
])('init from %s, which has no convict schema, says what to do', async (name, text, message) => {
  // The packages are not installed in the folder of the test.
  const { code, stdout, stderr } = await new Shell({ ...PACKAGE, [name]: text }).run(['init', '--from', name]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(message);
});

const NODE_CONFIG = {
  'config/default.json': JSON.stringify({
    server: { port: 8080, 'x.y': 1 },
    site: { title: 'Hello', tags: ['a'], extra: {} },
    limits: { default: 3, other: 4 },
    db: { password: 'secret-1' },
    nothing: null,
  }),
  'config/production.json': '{ "server": { "port": 80 } }',
  'config/local.json': '{ "site": { "title": "Local" } }',
  'config/custom-environment-variables.json': JSON.stringify({
    site: { title: 'SITE_TITLE' },
    db: { password: 'DB_PASSWORD', user: 'DB_USER' },
    limits: { __name: 'LIMITS', __format: 'json' },
  }),
};

test('init from a node-config folder', async () => {
  const { source, stdout, shell, load } = await initialised(NODE_CONFIG, '--from', 'config');
  expect(stdout + source + shell.folder.read('.env.example')).not.toContain('secret-1');
  await expect(`${stdout}\n${source}`).toMatchFileSnapshot('golden/init-node-config.txt');
  const config = await load({ DB_PASSWORD: 'p', LIMITS: '{"other":5}' });
  expect(config.values).toEqual({
    server: { port: 8080, 'x.y': 1 },
    site: { title: 'Local', tags: ['a'], extra: {} },
    limits: { default: 3, other: 5 },
    db: { password: 'p', user: null },
    nothing: null,
  });
});

test.each([
  [{ 'config/default.coffee': 'a: 1\n' }, 2, /Convert default\.coffee to JSON first/],
  [{ 'config/other.txt': '' }, 2, /Name a \.env file/],
  [{ 'config/default.json': '{' }, 3, /config\/default\.json is not valid JSON/],
])('init from a folder that cannot be read: %j', async (files, code, message) => {
  const answer = await new Shell(files as Record<string, string>).run(['init', '--from', 'config']);
  expect([answer.code, answer.stdout]).toEqual([code, '']);
  expect(answer.stderr).toMatch(message);
});
