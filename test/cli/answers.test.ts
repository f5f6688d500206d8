import { execFileSync } from 'node:child_process';
import { parse as parseDotenv } from 'dotenv';
import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { DEFINITION, FILES, golden } from './golden.ts';
import { Shell } from './shell.ts';

test('list by text, by secrecy, and as a document', () =>
  golden(
    'list-selection',
    [
      'list --grep DAYS',
      'list --grep nothing',
      'list --sensitive',
      'list --values',
      'list --values --prefix tracker --reveal',
      'list --reveal',
    ].map((line) => line),
    { ...FILES, '.env': '' },
  ));

test('get never prints the mask of a secret', async () => {
  const shell = new Shell(FILES);
  expect(await shell.run(['get', 'tracker.token'])).toMatchObject({ code: 1, stdout: '' });
  expect(await shell.run(['get', 'tracker.token', '--json'])).toMatchObject({ code: 1, stdout: '' });
  expect(await shell.run(['get', 'tracker.token', '--reveal'])).toEqual({
    code: 0,
    stdout: 'very-secret\n',
    stderr: '',
  });
});

test('set shows a dry run, and takes JSON by key', async () => {
  const shell = new Shell(FILES);
  const before = shell.folder.read('config/app.json');
  const dry = await shell.run(['set', 'overlap_days=9', 'trust_threshold=0.5', '--dry-run']);
  expect(dry).toEqual({
    code: 0,
    stdout:
      'config/app.json  overlap_days: nothing -> 9   not saved\nconfig/app.json  trust_threshold: 0.85 -> 0.5   not saved\n',
    stderr: '',
  });
  expect(shell.folder.read('config/app.json')).toBe(before);
  expect((await shell.run(['unset', 'trust_threshold', '--dry-run'])).stdout).toContain(
    '0.85 -> default 0.7   not saved',
  );
  expect((await shell.run(['set', 'tracker.labels:={"a":1e-6}', 'log.level=warn'])).code).toBe(0);
  expect(JSON.parse(shell.folder.read('config/app.json'))).toMatchObject({ tracker: { labels: { a: 1e-6 } } });
});

test('unset shows the value that counts now', async () => {
  const { stdout } = await new Shell(FILES).run(['unset', 'batch_size_days'], { env: { RL_BATCH_SIZE_DAYS: '45' } });
  expect(stdout).toBe(
    'config/app.json  batch_size_days: 40 -> default 30; effective: 45 from env RL_BATCH_SIZE_DAYS   saved\n',
  );
});

const HOSTILE = `it's "x" $HOME \`id\` # a=b`;
const EXPECTED = {
  RL_BATCH_SIZE_DAYS: '40',
  RL_TRUST_THRESHOLD: '0.85',
  RL_OVERLAP_DAYS: '5',
  RL_LOG__LEVEL: 'info',
  RL_TRACKER__LABELS: JSON.stringify({ team: 'rl', run: 7, note: HOSTILE }),
};

async function exported(format: string, ...argv: string[]): Promise<string> {
  const shell = new Shell({
    ...FILES,
    'config/app.json': JSON.stringify({
      batch_size_days: 40,
      trust_threshold: 0.85,
      tracker: { labels: { run: 7, note: HOSTILE } },
    }),
  });
  const { code, stdout, stderr } = await shell.run(['export', '--format', format, ...argv]);
  expect([code, stdout.includes('very-secret')]).toEqual([0, argv.includes('--reveal')]);
  if (!argv.includes('--reveal')) expect(stderr).toContain('left out without --reveal: tracker.token');
  return stdout;
}

test('export to a shell is read back by sh', async () => {
  const text = await exported('shell');
  const names = Object.keys(EXPECTED);
  const script = `${text}\nprintf '%s\\0' ${names.map((name) => `"$${name}"`).join(' ')}`;
  const values = execFileSync('sh', ['-c', script], { encoding: 'utf8', env: {} }).split('\0').slice(0, -1);
  expect(Object.fromEntries(names.map((name, i) => [name, values[i]]))).toEqual(EXPECTED);
});

test('export as dotenv and env-file holds the same variables', async () => {
  const { RL_TRACKER__LABELS: _, ...simple } = EXPECTED;
  // No quotes of a .env file hold all three kinds of quotes.
  expect(parseDotenv(await exported('dotenv'))).toEqual(simple);
  const lines = (await exported('env-file')).trimEnd().split('\n');
  expect(Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)))).toEqual(EXPECTED);
});

test('export as JSON and YAML holds the values by key', async () => {
  const json = JSON.parse(await exported('json', '--reveal'));
  expect(json).toMatchObject({ batch_size_days: 40, tracker: { token: 'very-secret', labels: { note: HOSTILE } } });
  expect(parseYaml(await exported('yaml', '--reveal'))).toEqual(json);
});

test('diff does not miss what a variable provides', async () => {
  const shell = new Shell({
    ...FILES,
    'varve.config.mjs': DEFINITION.replace("format: 'nat', default: 5", "format: 'nat', default: null"),
  });
  const env = { RL_OVERLAP_DAYS: '3' };
  expect((await shell.run(['diff'], { env })).stderr).toBe('');
  expect((await shell.run(['diff'])).stderr).toContain('overlap_days');
});

test.each(['log', 'rollback 1', 'rollback 1 --yes'])(
  '%s of a file explains where a history can come from',
  async (line) => {
    const { code, stderr } = await new Shell(FILES).run(line.split(' '));
    expect([code, stderr]).toEqual([2, expect.stringContaining('git log -p config/app.json')]);
  },
);

test('validate --without-secrets accepts missing secrets alone', async () => {
  const settings = `settings: {
    smtp: { user: { format: String, default: '' }, password: { format: String, sensitive: true, default: '' } },
    key: { format: String, sensitive: true, minLength: 4, default: null },
    url: { format: 'url', default: null },
    keys: each({ key: { format: String, sensitive: true, default: null } }),
  }, resolvers: { vault: resolver({ resolve: async () => { throw new Error('no route to the vault'); } }) },
  rules: [requires('smtp.password', { when: 'smtp.user' })] });`;
  const definition = DEFINITION.replace('{ defineConfig }', '{ defineConfig, each, requires, resolver }');
  const shell = new Shell({
    'varve.config.mjs': definition.replace(/settings: [\s\S]*/, settings),
    'config/app.json': '{}',
  });
  const validate = async (env: Record<string, string>, ...argv: readonly string[]) =>
    await shell.run(['validate', '--without-secrets', ...argv], { env: { RL_URL: 'a://b', ...env } });
  expect((await shell.run(['validate'], { env: { RL_URL: 'a://b', RL_SMTP__USER: 'rl' } })).code).toBe(3);
  expect(await validate({ RL_SMTP__USER: 'rl' })).toEqual({
    code: 0,
    stdout: 'recursive-learning: 4 settings are valid\n',
    stderr: 'varve: not checked, because no layer provides it here: key, smtp.password\n',
  });
  // The file is mounted in production only, and only production reaches the vault.
  expect(await validate({ RL_KEY: 'vault:key' })).toMatchObject({ code: 0 });
  expect(await validate({ RL_URL: 'vault:url' })).toMatchObject({ code: 0 });
  expect(await validate({ RL_KEY_FILE: '/run/secrets/none' })).toMatchObject({ code: 0 });
  expect(await validate({ RL_KEYS__A_FILE: '/run/secrets/none' })).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('keys.a'),
  });
  const { stdout } = await validate({}, '--json');
  expect(JSON.parse(stdout)).toMatchObject({ ok: true, missingSecrets: ['key'] });
  // A secret that is there is checked, and so is all that is not a secret.
  expect(await validate({ RL_KEY: 'abc' })).toMatchObject({ code: 3, stderr: expect.stringContaining('at least 4') });
  expect(await validate({ RL_URL: 'b' }, '--format', 'github')).toMatchObject({
    code: 3,
    stdout: expect.stringMatching(/^::error title=varve::url: must be an absolute URL[^\n]*\n$/),
  });
});

test('validate --strict counts warnings', async () => {
  const shell = new Shell({ ...FILES, 'config/app.json': '{ "overlap": 1 }' });
  expect((await shell.run(['validate'])).code).toBe(0);
  expect((await shell.run(['validate', '--strict'])).code).toBe(3);
});

test('explain takes the name of a variable', async () => {
  const { stdout } = await new Shell(FILES).run(['explain', 'RL_BATCH_SIZE_DAYS'], {
    env: { RL_BATCH_SIZE_DAYS: '45' },
  });
  expect(stdout).toMatch(
    /^batch_size_days = 45[\s\S]*Without RL_BATCH_SIZE_DAYS it would be 40 \(file config\/app.json:2:22\)\.\n$/,
  );
});

test.each(['list', 'diff', 'explain tracker.labels', 'doctor', 'validate', 'docs --format env'])(
  'text from files and definitions cannot act on the terminal: %s',
  async (line) => {
    const evil = '\r\u001b[2K\u202eok\u0007\u2028x\u009b';
    const shell = new Shell({
      ...FILES,
      'varve.config.mjs': DEFINITION.replace("'days of history in one training batch'", JSON.stringify(`days ${evil}`)),
      'config/app.json': JSON.stringify({ [evil]: 1, tracker: { labels: { [evil]: evil } } }),
      '.env': `RL_X='${evil.replace(/[\r\u2028]/g, '')}'\n`,
    });
    const { stdout, stderr } = await shell.run(line.split(' '));
    expect(stdout + stderr).not.toMatch(/[^\P{C}\n]|[\u2028\u2029]/u);
  },
);

test('members of an object are set, read and explained', async () => {
  const shell = new Shell(FILES);
  expect((await shell.run(['set', 'tracker.labels.team=x', '--dry-run'])).stdout).toMatch(
    /^config\/app\.json {2}tracker\.labels\.team: nothing -> x {3}not saved\n$/,
  );
  expect((await shell.run(['set', 'tracker.labels.team=x'])).stdout).toMatch(
    /^config\/app\.json:\d+:\d+ {2}tracker\.labels\.team: nothing -> x {3}saved\n$/,
  );
  expect((await shell.run(['set', 'tracker.labels.team=x'])).stdout).toContain('tracker.labels.team: x   unchanged');
  expect((await shell.run(['get', 'tracker.labels.team'])).stdout).toBe('x\n');
  const { stdout } = await shell.run(['explain', 'tracker.labels.team']);
  expect(stdout).toMatch(/^tracker\.labels\.team = x\n {2}> file +x +config\/app\.json.* wins\n {4}default +rl/);
  expect((await shell.run(['explain', 'tracker.labels.tem'])).stderr).toContain('Did you mean tracker.labels.team?');
});

test('set adds a member that no layer has yet', async () => {
  const shell = new Shell(FILES);
  const { code, stdout, stderr } = await shell.run(['set', 'tracker.labels.owner=ada', 'tracker.labels.deep.a:=1']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(
    /tracker\.labels\.owner: nothing -> ada {3}saved\n.*tracker\.labels\.deep\.a: nothing -> 1 {3}saved\n$/,
  );
  expect(JSON.parse(shell.folder.read('config/app.json')).tracker.labels).toEqual({
    run: 7,
    owner: 'ada',
    deep: { a: 1 },
  });
  const definition = DEFINITION.replace('labels: { format: Object,', 'labels: { format: Object, sensitive: true,');
  const secret = new Shell({ ...FILES, 'varve.config.mjs': definition });
  expect(await secret.run(['set', 'tracker.labels.owner=ada'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('tracker.labels.owner is sensitive'),
  });
  expect((await shell.run(['set', 'batch_size_days.x=1'])).stderr).toContain('batch_size_days.x');
  expect((await shell.run(['set', 'log.levl=warn'])).stderr).toContain('Did you mean log.level?');
});

test('set warns only of the members that a higher layer overrides', async () => {
  const shell = new Shell(FILES);
  const env = { RL_TRACKER__LABELS__TEAM: 'core' };
  expect((await shell.run(['set', 'tracker.labels.run:=8'], { env })).stderr).toBe('');
  expect((await shell.run(['set', 'tracker.labels.team=x'], { env })).stderr).toBe(
    'warning: tracker.labels.team: no effect now, overridden by env RL_TRACKER__LABELS__TEAM=core. Try: unset RL_TRACKER__LABELS__TEAM\n',
  );
  const { stdout } = await shell.run(['explain', 'tracker.labels'], { env });
  expect(stdout).toContain('RL_TRACKER__LABELS__TEAM="core"');
});

test('a file that a variable can move is read, written and named by its place', async () => {
  const moved = "file: { path: 'config/app.json', env: 'RL_FILE' }";
  const shell = new Shell({
    ...FILES,
    'varve.config.mjs': FILES['varve.config.mjs'].replace("file: 'config/app.json'", moved),
    'other.json': '{ "overlap_days": 8 }\n',
    'third.json': '{ "overlap_days": 6 }\n',
  });
  const env = { RL_FILE: 'other.json' };
  expect((await shell.run(['get', 'batch_size_days'])).stdout).toBe('40\n');
  expect((await shell.run(['explain', 'overlap_days'], { env })).stdout).toMatch(/> file +8 +other\.json:1:19 +wins/);
  expect((await shell.run(['get', 'overlap_days', '--file', 'third.json'], { env })).stdout).toBe('6\n');
  const { stdout, stderr } = await shell.run(['set', 'overlap_days=7'], { env });
  expect([stdout, stderr]).toEqual(['other.json:1:19  overlap_days: 8 -> 7   saved\n', '']);
  expect(shell.folder.read('other.json')).toBe('{ "overlap_days": 7 }\n');
  expect((await shell.run(['doctor'], { env })).stdout).toMatch(/looked for {2}other\.json \(found\)/);
});

test.each([
  [{}, true],
  [{ FORCE_COLOR: '0' }, false],
  [{ FORCE_COLOR: 'false' }, false],
  [{ NO_COLOR: '1', FORCE_COLOR: '1' }, false],
])('a terminal with %j has colours: %s', async (env, hasColours) => {
  const { stdout } = await new Shell(FILES).run(['explain', 'batch_size_days'], { env, columns: 80 });
  expect(stdout.includes('\u001b[')).toBe(hasColours);
});

test('explain names what a required setting would be without', async () => {
  const definition = DEFINITION.replace("sensitive: true, default: ''", 'sensitive: true, default: null');
  const shell = new Shell({ ...FILES, 'varve.config.mjs': definition, '.env': '' });
  const env = { RL_TRACKER__TOKEN: 'very-secret' };
  const { stdout } = await shell.run(['explain', 'tracker.token'], { env });
  expect(stdout).toContain('Without RL_TRACKER__TOKEN it would be required, and the program would not start.\n');
});

test('explain shows each setting of a group', async () => {
  const shell = new Shell(FILES);
  const { code, stdout } = await shell.run(['explain', 'log']);
  expect([code, stdout]).toEqual([0, (await shell.run(['explain', 'log.level'])).stdout]);
  const { key, settings } = JSON.parse((await shell.run(['explain', 'tracker', '--json'])).stdout);
  expect([key, settings.map((one: { key: string }) => one.key)]).toEqual([
    'tracker',
    ['tracker.token', 'tracker.labels'],
  ]);
});

test('a value of an option, written as an option, is explained', async () => {
  const shell = new Shell(FILES);
  for (const [line, remedy] of [
    ['sweep results --csv', 'Write: --format csv'],
    ['export --yaml', 'Write: --format yaml'],
  ] as const)
    expect(await shell.run(line.split(' '))).toMatchObject({ code: 2, stderr: expect.stringContaining(remedy) });
});

const WITH_HISTORY = {
  ...FILES,
  'store.mjs': `const states = ['12-ff', '2-bb', '2-aa', '1-cc'].map((revision, i) => ({ revision, text: '{ "overlap_days": ' + (9 - i) + ' }' }));
export const store = {
  name: 'apps/shop',
  read: async () => states[0],
  write: async (text) => ({ ok: true, revision: states.unshift({ revision: '13-dd', text }) && '13-dd' }),
  watch: () => ({ close: async () => {} }),
  close: async () => {},
  history: async ({ before, limit }) => {
    const at = before === undefined ? 0 : states.findIndex(({ revision }) => revision === before) + 1;
    return states.slice(at, at + limit);
  },
};`,
  'varve.config.mjs': `import { store } from './store.mjs';\n${DEFINITION.replace(/file: '[^']*',/, 'store,')}`,
};

test('rollback takes the beginning of a revision, unless it is that of several', async () => {
  const rollback = (revision: string) => new Shell(WITH_HISTORY).run(['rollback', revision, '--yes']);
  expect(await rollback('1')).toMatchObject({ code: 0, stdout: 'apps/shop  overlap_days: 9 -> 6\n' });
  expect(await rollback('2-a')).toMatchObject({ code: 0, stdout: 'apps/shop  overlap_days: 9 -> 7\n' });
  expect(await rollback('2')).toMatchObject({
    code: 2,
    stderr: 'varve: 2 is the beginning of 2 revisions\n  They are 2-bb, 2-aa.\n',
  });
  expect(await rollback('7')).toMatchObject({
    code: 5,
    stderr: 'varve: apps/shop has no revision 7. The history lists the revisions that the store keeps.\n',
  });
});

test('messages on stderr are wrapped in a narrow terminal, each with a hanging indent', async () => {
  const path = 'config/environments/production/recursive_learning_config.json';
  const definition = DEFINITION.replace('config/app.json', path);
  const shell = new Shell({ ...FILES, 'varve.config.mjs': definition, [path]: '{ "tracker": { "token": "x" } }' });
  const env = { RL_OVERLAP_DAYS: '3', NO_COLOR: '1' };
  for (const [line, expected] of [
    ['log', `varve: ${path} keeps\n    no history\n  For a file that git has: git log -p\n    ${path}`],
    ['unset overlap_days', `varve: ${path} does not\n  set overlap_days\n`],
    [
      'set overlap_days 4',
      'warning: no effect now, overridden by env RL_OVERLAP_DAYS=3. Try: unset\n  RL_OVERLAP_DAYS\n',
    ],
  ] as const) {
    const { stderr } = await shell.run(line.split(' '), { env, columns: 80 });
    expect(stderr).toContain(expected);
  }
});

test('log shows the first 1,000 characters of an author and of a note, and --json all of them', async () => {
  const STORE = new URL('../remote-store.ts', import.meta.url).href;
  const shell = new Shell({
    'varve.config.mjs': `import { defineConfig } from '${new URL('../../src/index.ts', import.meta.url).href}';
import { RemoteStore } from '${STORE}';
const store = new RemoteStore('{ "n": 1 }');
const { revision } = await store.read();
await store.write('{ "n": 2 }', { expect: revision, id: 'a', by: 'b'.repeat(5_000), note: 'n\\u202e' + 'n'.repeat(5_000) });
export default defineConfig({ name: 'app', store, settings: { n: 1 } });
`,
  });
  const { code, stdout } = await shell.run(['log']);
  expect([code, stdout]).toEqual([0, expect.stringContaining('n: 1 -> 2')]);
  expect([stdout.match(/b{3,}…/)?.[0].length, stdout.match(/"n\\u202en{3,}…"/)?.[0].length]).toEqual([1_001, 1_008]);
  const { states } = JSON.parse((await shell.run(['log', '--json'])).stdout);
  expect([states[0].by.length, states[0].note.length]).toEqual([5_000, 5_002]);
});
