import { readdirSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Difference } from '../../src/cli/diff-sides.ts';
import { mountDisk } from '../faults/harness/mounts.ts';
import { DEFINITION, FILES, golden, VARVE } from './golden.ts';
import { Shell } from './shell.ts';

test('diff', () =>
  golden(
    'diff',
    [
      'diff',
      'diff --json',
      'RL_BATCH_SIZE_DAYS=45 diff',
      'set trust_threshold=0.7 batch_size_days=30 overlap_days=9',
      ['set tracker.token --stdin', 'secret-1'],
      'diff',
      'diff --against other.json',
      'diff --against other.json --json',
      'diff --against nowhere.json',
      (shell) => shell.folder.write('config/app.json', '{ "overlap_days": "few" }'),
      'diff',
      (shell) => shell.folder.write('config/app.json', '{}'),
      'diff',
      'diff --against broken.json',
    ],
    {
      ...FILES,
      'other.json': '{ "overlap_days": 9, "log": { "level": "debug" }, "tracker": { "token": "secret-2" } }\n',
      'broken.json': '{ "overlap_days": 9,, }\n',
    },
  ));

test('diff against the snapshot of a run', () =>
  golden('diff-snapshot', [
    'run --snapshot run.json --set overlap_days=9 -- true',
    'diff --against run.json',
    'diff --against run.json -- --overlap-days 9',
    'RL_LOG__LEVEL=warn diff --against run.json --json -- --overlap-days 9',
  ]));

test('diff against a run whose definition had another setting, and another name for one', () =>
  golden(
    'diff-run-of-before',
    [
      'run --snapshot run.json -- true',
      'diff --against run.json --definition after.config.mjs',
      'diff --against run.json --definition after.config.mjs --json',
    ],
    {
      ...FILES,
      'after.config.mjs': DEFINITION.replace("overlap_days: { format: 'nat', default: 5 },", '').replace(
        'trust_threshold: {',
        "trust: { aliases: ['trust_threshold'],",
      ),
    },
  ));

test('diff of keys that the schema does not have', () =>
  golden('diff-extra', ['diff', 'diff --against other.json'], {
    'varve.config.mjs': DEFINITION.replace('dotenv: true', "unknown: 'allow'"),
    'config/app.json': '{ "note": "mine" }\n',
    'other.json': '{ "remark": [1, 2] }\n',
  }));

test('diff against another environment', () =>
  golden(
    'diff-environment',
    [
      'diff --against production',
      'NODE_ENV=production diff --against staging',
      'RL_OVERLAP_DAYS=9 diff --against production --json',
      'diff --against develpment',
    ],
    {
      ...FILES,
      '.env.production': 'RL_OVERLAP_DAYS=14\nRL_TRACKER__TOKEN=secret-3\n',
      '.env.staging': 'RL_OVERLAP_DAYS=7\n',
    },
  ));

test('diff against another profile', () =>
  golden(
    'diff-profile',
    [
      'diff --against production',
      'RL_STAGE=production diff --against staging',
      'diff --profile production --against production',
      'diff --against prodution',
      'diff --against ./production --json',
    ],
    {
      ...FILES,
      'varve.config.mjs': DEFINITION.replace(
        'dotenv: true',
        "dotenv: true, files: [{ path: '{profile}.json', optional: true }], profile: { values: ['development', 'staging', 'production'], env: 'RL_STAGE', default: 'development' }",
      ),
      'production.json': '{ "overlap_days": 14 }\n',
      '.env.staging': 'RL_OVERLAP_DAYS=7\nRL_TRACKER__TOKEN=secret-3\n',
      production: '{ "overlap_days": 9 }\n',
    },
  ));

test('diff against one of several profiles', () =>
  golden(
    'diff-profiles',
    ['diff --against live', 'diff --against region=us', 'diff --against both', 'diff --against region=mars'],
    {
      ...FILES,
      'varve.config.mjs': DEFINITION.replace(
        'dotenv: true',
        "files: ['{stage}-{region}.json'], profiles: { stage: { values: ['test', 'live', 'both'], default: 'test' }, region: { values: ['eu', 'us', 'both'], default: 'eu' } }",
      ),
      'test-eu.json': '{ "overlap_days": 1 }\n',
      'live-eu.json': '{ "overlap_days": 2 }\n',
      'test-us.json': '{ "overlap_days": 3 }\n',
    },
  ));

test('diff against the folder of a run', async () => {
  const shell = new Shell(FILES);
  await shell.run(['run', '--snapshot', 'runs/7/snapshot.json', '--set', 'overlap_days=9', '--', 'true']);
  const { code, stdout } = await shell.run(['diff', '--against', 'runs/7']);
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^~ overlap_days +9 -> 5 +schema\n$/)]);
  shell.folder.write('runs/8/log.txt', '');
  expect(await shell.run(['diff', '--against', 'runs/8'])).toEqual({
    code: 2,
    stdout: '',
    stderr: expect.stringContaining('there is no snapshot.json in runs/8'),
  });
});

const NOT_JSON = {
  ...FILES,
  'comment.json': '{\n  // days\n  "overlap_days": 9\n}\n',
  'lines.json': 'overlap_days: 9\nlog:\n  level: warn\n',
};

test.each(['diff --against', 'set overlap_days 3 --file', 'validate --file', 'list --file'])(
  '%s a .json file in another language names the extension that it should have',
  async (line) => {
    const run = (name: string) => new Shell(NOT_JSON).run([...line.split(' '), name]);
    const [comment, lines] = [await run('comment.json'), await run('lines.json')];
    expect([comment.code, lines.code]).toEqual([3, 3]);
    expect(comment.stderr).toContain('(comment.json:2:3). Rename the file to .jsonc: JSON has no comments.');
    expect(lines.stderr).toContain('(lines.json:1:1). Rename the file to .yaml: it looks like YAML.');
  },
);

test('diff reports a required setting that no layer provides once', async () => {
  const definition = DEFINITION.replace('dotenv: true,', '').replace("sensitive: true, default: ''", 'default: null');
  const { code, stderr } = await new Shell({ ...FILES, 'varve.config.mjs': definition }).run(['diff']);
  expect([code, stderr.split('is required').length - 1]).toEqual([3, 1]);
});

test.each(['old.env', '.env.old', '.env'])('diff against %s says that a .env file cannot be compared', async (name) => {
  const shell = new Shell({ ...FILES, [name]: 'RL_OVERLAP_DAYS=9\n' });
  const { code, stdout, stderr } = await shell.run(['diff', '--against', name]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(`${name} is a .env file, which cannot be compared`);
  expect(stderr).toContain(`node --env-file=${name} node_modules/.bin/varve list`);
  const answer = JSON.parse((await shell.run(['diff', '--against', name, '--json'])).stdout);
  expect(answer).toMatchObject({ error: { code: 'USAGE', message: expect.stringContaining('.env file') } });
});

test('diff shows no differences where one side cannot be read', async () => {
  const shell = new Shell({ ...FILES, 'torn.json': '{ "overlap_days": 9' });
  const { code, stdout } = await shell.run(['diff', '--against', 'torn.json']);
  expect([code, stdout]).toEqual([3, '']);
  const json = await shell.run(['diff', '--against', 'torn.json', '--json']);
  expect([json.code, JSON.parse(json.stdout)]).toEqual([
    3,
    { schemaVersion: 1, error: expect.objectContaining({ code: 'CORRUPT' }) },
  ]);
});

test('diff of another variant', async () => {
  const definition = DEFINITION.replace('defineConfig }', 'defineConfig, variants }').replace(
    'log: {',
    "optimizer: variants('type', { adam: { lr: 0.1, key: { format: String, default: 'k', sensitive: true } }, sgd: { lr: 0.2, momentum: 0.9 } }), log: {",
  );
  const shell = new Shell({
    ...FILES,
    'varve.config.mjs': definition,
    'config/app.json': '{ "optimizer": { "type": "sgd" } }',
    'wrong.json': '{ "optimizer": { "type": "adam", "lr": "fast" } }',
  });
  const { code, stdout, stderr } = await shell.run(['diff', '--json']);
  const changes = JSON.parse(stdout).differences.map(({ key, before, after }: Difference) => [key, before, after]);
  expect([code, stderr]).toEqual([1, '']);
  expect(changes).toEqual([
    ['optimizer.type', 'adam', 'sgd'],
    ['optimizer.lr', 0.1, 0.2],
    ['optimizer.momentum', undefined, 0.9],
    ['optimizer.key', '********', undefined],
  ]);
  expect((await shell.run(['diff', '--against', 'wrong.json'])).stderr).toContain('optimizer.lr');
});

test('a rule that the file alone breaks is not a problem if another layer keeps it', async () => {
  const rules = `settings: { tls: { enabled: false, cert: { format: String, nullable: true, default: null } }, min: 1, max: 9 },
    rules: ({ requires, rule }) => [
      requires('tls.cert', { when: 'tls.enabled' }),
      rule(['min', 'max'], (min, max) => min <= max || 'min must not exceed max'),
    ],`;
  const shell = new Shell({
    'varve.config.mjs': DEFINITION.replace(/settings: [\s\S]*\n {2}\},\n\}/, `${rules} }`),
    'config/app.json': '{ "tls": { "enabled": true } }\n',
    'before.json': '{ "tls": { "enabled": true }, "min": 3 }\n',
    'broken.json': '{ "min": 30 }\n',
  });
  const env = { RL_TLS__CERT: '/etc/tls.pem' };
  const diff = async (...argv: readonly string[]) => await shell.run(['diff', ...argv], { env });
  expect(await diff()).toEqual({ code: 1, stdout: '~ tls.enabled  false -> true  config/app.json:1:23\n', stderr: '' });
  expect(await diff('--against', 'before.json')).toEqual({ code: 1, stdout: '~ min  3 -> 1  schema\n', stderr: '' });
  // A rule that another layer does not keep is a problem, on whichever side.
  expect(await diff('--against', 'broken.json')).toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/^min must not/),
  });
  expect(await shell.run(['diff'])).toMatchObject({ code: 3, stderr: expect.stringMatching(/^tls.cert is required/) });
});

test('diff does not compare values that the other document has redacted', async () => {
  const shell = new Shell({ ...FILES, '.env': '' });
  await shell.run(['set', 'tracker.token', '--stdin'], { stdin: 'secret-1' });
  const { stdout } = await shell.run(['list', '--values']);
  shell.folder.write('values.json', stdout);
  expect(await shell.run(['diff', '--against', 'values.json'])).toEqual({
    code: 0,
    stdout: '',
    stderr:
      'varve: no differences from values.json\nvarve: not compared, because values.json has them redacted: tracker.token\n',
  });
  const { stdout: json } = await shell.run(['diff', '--against', 'values.json', '--json']);
  expect(JSON.parse(json)).toMatchObject({ differences: [], notCompared: ['tracker.token'] });
});

const SECRET_DEFINITION = `import { defineConfig } from '${VARVE}';
export default defineConfig({
  name: 'shop',
  envPrefix: 'SHOP',
  settings: { token: { format: String, sensitive: true, nullable: true, default: null } },
});
`;

const NOT_COMPARED = 'varve: secrets not compared without VARVE_FINGERPRINT_KEY on both sides: token\n';

test('diff with a snapshot says which secrets it does not compare', async () => {
  const shell = new Shell({ 'varve.config.mjs': SECRET_DEFINITION });
  const run = async (line: string, env: Readonly<Record<string, string>>) => await shell.run(line.split(' '), { env });
  await run('run --snapshot a.json -- true', { SHOP_TOKEN: 'a' });
  await run('run --snapshot b.json -- true', { SHOP_TOKEN: 'b' });
  await run('run --snapshot c.json -- true', { SHOP_TOKEN: 'a', VARVE_FINGERPRINT_KEY: 'k' });
  const isSame = { code: 0, stdout: '' };
  expect(await run('diff --against a.json', { SHOP_TOKEN: 'b' })).toEqual({
    ...isSame,
    stderr: `varve: no differences from a.json\n${NOT_COMPARED}`,
  });
  expect(await run('diff a.json b.json', {})).toEqual({ ...isSame, stderr: `varve: no differences\n${NOT_COMPARED}` });
  for (const line of ['diff --against a.json --json', 'diff --against c.json --json', 'diff a.json c.json --json']) {
    const { code, stdout } = await run(line, { SHOP_TOKEN: 'b' });
    expect([line, code, JSON.parse(stdout)]).toMatchObject([line, 0, { differences: [], notCompared: ['token'] }]);
  }
  const keyed = await run('diff --against c.json', { SHOP_TOKEN: 'b', VARVE_FINGERPRINT_KEY: 'k' });
  expect(keyed).toEqual({ code: 1, stdout: expect.stringContaining('~ token  ******** -> ********'), stderr: '' });
  expect(await run('run --resume a.json -- true', { SHOP_TOKEN: 'b' })).toMatchObject({
    stderr: expect.stringContaining(NOT_COMPARED.replace('varve:', 'note:')),
  });
});

test('diff with a snapshot shows a secret that only one side has', async () => {
  const shell = new Shell({
    'varve.config.mjs': SECRET_DEFINITION,
    'older.config.mjs': SECRET_DEFINITION.replace('token:', 'lr: 0.1, key:'),
  });
  const run = async (line: string, env: Readonly<Record<string, string>>) => await shell.run(line.split(' '), { env });
  await run('run --definition older.config.mjs --snapshot a.json -- true', {});
  const env = { SHOP_TOKEN: 'a' };
  const { code, stdout } = await run('diff --against a.json', env);
  expect([code, stdout]).toEqual([1, expect.stringMatching(/^\+ token +- -> \*+ +SHOP_TOKEN$/m)]);
});

test('a snapshot that is nested too deeply is not one', async () => {
  const shell = new Shell(FILES);
  await shell.run(['run', '--snapshot', 'run.json', '--', 'true']);
  const deep = `${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`;
  shell.folder.write('run.json', shell.folder.read('run.json').replace('"values": {', `"values": { "deep": ${deep},`));
  for (const line of [
    ['diff', '--against', 'run.json'],
    ['run', '--repeat', 'run.json', '--', 'true'],
  ]) {
    const { code, stderr } = await shell.run(line);
    expect([2, 3]).toContain(code);
    expect(stderr).toMatch(/too large|snapshot/);
  }
});

test('a full disk leaves the snapshot of the run before', async (context) => {
  const shell = new Shell(FILES);
  const disk = join(shell.folder.path, 'runs');
  mountDisk(context, disk, 16_384);
  const run = ['run', '--snapshot', 'runs/run.json', '--', 'true'];
  expect((await shell.run(run)).code).toBe(0);
  const before = shell.folder.read('runs/run.json');
  expect(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(65_536))).toThrow('ENOSPC');
  const { code, stderr } = await shell.run(run);
  expect([code, stderr]).toEqual([5, expect.stringContaining('ENOSPC')]);
  expect(shell.folder.read('runs/run.json')).toBe(before);
  expect(readdirSync(disk)).toEqual(['filler', 'run.json']);
});

test('a snapshot takes the place of no device', async () => {
  const shell = new Shell(FILES);
  symlinkSync('/dev/null', join(shell.folder.path, 'null'));
  const { code, stderr } = await shell.run(['run', '--snapshot', 'null', '--', 'true']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('null is not a regular file')]);
  expect(readlinkSync(join(shell.folder.path, 'null'))).toBe('/dev/null');
});
