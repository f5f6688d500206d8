import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defineConfig, type LoadOptions, loadConfig, loadConfigOrExit } from '../../src/index.ts';
import { configFiles } from '../../src/tools.ts';
import { buildCommandLine } from '../cli/built.ts';
import { VARVE } from '../cli/golden.ts';
import { Shell } from '../cli/shell.ts';
import { failure } from '../failure.ts';
import { folder } from '../folder.ts';

const settings = { port: 80, name: { format: String, default: '' } };

const definition = defineConfig({
  name: 'app',
  file: 'app.json',
  envPrefix: 'APP',
  dotenv: true,
  files: [
    { path: '{userConfig}/app.json', optional: true },
    'config/base.json',
    { path: 'config/{profile}.json', optional: true },
  ],
  profile: { values: ['development', 'staging', 'production'], env: 'APP_PROFILE', default: 'development' },
  overlayFlag: 'config',
  settings,
});

const FILES = {
  'config/base.json': '{ "port": 81 }',
  'config/staging.json': '{\n  "port": 82\n}',
  'config/production.json': '{\n  "port": 83\n}',
  '.env.staging': 'APP_NAME=staging\n',
};

const load = (options: LoadOptions, files: Readonly<Record<string, string>> = FILES) => {
  const at = folder(files);
  return loadConfig(definition, { cwd: at.path, env: { HOME: at.path }, argv: [], ...options });
};

test('the variable of a profile is suggested for a misspelt one', async () => {
  const { warnings } = await load({ env: { APP_PROFLE: 'staging' } });
  expect(warnings.map(({ suggestion }) => suggestion)).toEqual(['Did you mean APP_PROFILE?']);
});

test.each([
  ['the default', {}, 81, 'config/base.json:1:11'],
  ['a variable', { env: { APP_PROFILE: 'staging' } }, 82, 'config/staging.json:2:11'],
  ['an empty variable', { env: { APP_PROFILE: '' } }, 81, 'config/base.json:1:11'],
  [
    'a flag over a variable',
    { env: { APP_PROFILE: 'staging' }, argv: ['--profile', 'production'] },
    83,
    'config/production.json:2:11',
  ],
  ['a flag with =', { argv: ['--profile=production'] }, 83, 'config/production.json:2:11'],
  [
    'the program over a flag',
    { profile: 'staging', argv: ['--profile', 'production'] },
    82,
    'config/staging.json:2:11',
  ],
] as const)('a profile is chosen by %s', async (_, options, port, location) => {
  const config = await load(options);
  expect(config.values.port).toBe(port);
  expect(config.explain('port').winner?.location).toBe(location);
  expect(config.warnings).toEqual([]);
});

test.each([
  [
    { env: { APP_PROFILE: 'prodution' } },
    'profile must be one of development, staging, production, got "prodution" (env APP_PROFILE). Did you mean production?',
  ],
  [
    { argv: ['--profile', 'prod'] },
    'profile must be one of development, staging, production, got "prod" (flag --profile).',
  ],
  [
    { argv: ['--profile', '../secret'] },
    'profile must be one of development, staging, production, got "../secret" (flag --profile).',
  ],
  [{ argv: ['--profile'] }, 'must be given a value (flag --profile).'],
  [{ argv: ['--profle', 'staging'] }, '--profle is not a setting (flag --profle). Did you mean --profile?'],
  [{ profile: { region: 'eu' } }, 'the definition has no profile called "region".'],
  [{ argv: ['--config', 'absent.json'] }, 'absent.json does not exist.'],
])('%j is refused', async (options, message) => {
  expect((await failure(load(options))).message).toBe(message);
});

test.each([
  ['a number', 5, '5'],
  ['an object for a profile', { profile: {} }, '{}'],
  ['a list', ['production'], undefined],
])('%s as the choice of a program is refused', async (_, profile, shown) => {
  const { message, code } = await failure(loadConfig(definition, { env: {}, argv: [], profile } as never));
  const refused = 'profile must be one of development, staging, production, got';
  expect([code, message]).toEqual([
    'INVALID_VALUE',
    expect.stringContaining(shown === undefined ? 'the definition has no profile called "0"' : `${refused} ${shown}`),
  ]);
});

test('a profile may have the name of a member that every object has', async () => {
  const profiles = { constructor: { values: ['a', 'b'], default: 'b' } };
  const files = [{ path: '{constructor}.json', optional: true }];
  const { path } = folder({ 'b.json': '{ "port": 82 }' });
  const named = defineConfig({ name: 'app', profiles, files, settings });
  expect((await loadConfig(named, { env: {}, argv: [], cwd: path })).values.port).toBe(82);
});

test('a profile that is not an object is refused', async () => {
  const given = { name: 'app', profiles: { stage: null }, settings } as never;
  expect((await failure(() => defineConfig(given))).message).toContain('"values" of stage must list the names');
});

test('the files that were looked for are listed, the missing ones too', async () => {
  const config = await load(
    { argv: ['--profile', 'production', '--config', 'over.json'] },
    { ...FILES, 'over.json': '{ "port": 90 }' },
  );
  expect(configFiles(config).map(({ name, isFound }) => `${name} ${isFound}`)).toEqual([
    '.config/app.json false',
    'config/base.json true',
    'config/production.json true',
    'app.json false',
    'over.json true',
    '.env false',
    '.env.production false',
    '.env.local false',
    '.env.production.local false',
  ]);
});

test('.env files of a profile are above .env, and below all local ones', async () => {
  const files = { ...FILES, '.env': 'APP_NAME=shared\nAPP_PORT=1\n', '.env.local': 'APP_PORT=2\n' };
  const config = await load({ profile: 'staging' }, files);
  expect(config.values).toEqual({ port: 2, name: 'staging' });
});

test("the user's own file is where XDG_CONFIG_HOME says, if that is an absolute path", async () => {
  const at = folder({
    'config/base.json': '{}',
    'xdg/app.json': '{ "name": "xdg" }',
    '.config/app.json': '{ "name": "home" }',
  });
  const named = async (env: Record<string, string>) =>
    (await loadConfig(definition, { cwd: at.path, env: { HOME: at.path, ...env }, argv: [] })).values.name;
  expect(await named({})).toBe('home');
  expect(await named({ XDG_CONFIG_HOME: `${at.path}/xdg` })).toBe('xdg');
  expect(await named({ XDG_CONFIG_HOME: 'xdg' })).toBe('home');
});

test('overlays are above the file and below .env, the last the highest, and part of a snapshot', async () => {
  const files = {
    ...FILES,
    'app.json': '{ "port": 1, "name": "file" }',
    'a.json': '{ "port": 2 }',
    'b.json': '{ "port": 3 }',
  };
  const config = await load({ argv: ['--config', 'a.json', '--config=b.json'] }, files);
  expect(config.explain('port').candidates.map(({ layer }) => layer)).toEqual([
    'b.json',
    'a.json',
    'file',
    'config/base.json',
    'default',
  ]);
  expect(config.snapshot().toJSON().origins['port']).toEqual({
    layer: 'b.json',
    name: 'port',
    location: 'b.json:1:11',
  });
  const program = await load(
    { argv: ['--config', 'b.json'], overlays: ['a.json'] },
    { ...files, '.env': 'APP_NAME=env\n' },
  );
  expect(program.values).toEqual({ port: 2, name: 'env' });
});

test('a file of a profile that is created later is watched', async () => {
  const at = folder({ 'config/base.json': '{}' });
  const config = await loadConfig(definition, { cwd: at.path, env: { HOME: at.path }, argv: [] });
  await using watcher = config.watch({ poll: 20 });
  await watcher.ready;
  const changed = new Promise((resolve) => config.subscribe(resolve));
  at.write('config/development.json', '{ "port": 99 }');
  await changed;
  expect(config.values.port).toBe(99);
});

test('several profiles name one file', async () => {
  const several = defineConfig({
    name: 'app',
    files: ['{env}-{region}.json'],
    profiles: {
      env: { values: ['test', 'live'], default: 'test' },
      region: { values: ['eu', 'us'], env: 'REGION', flag: false },
    },
    settings,
  });
  const at = folder({ 'live-us.json': '{ "port": 7 }', 'test-eu.json': '{ "port": 8 }' });
  const inputs = { cwd: at.path, env: {}, argv: [] };
  expect((await loadConfig(several, { ...inputs, argv: ['--env', 'live'], env: { REGION: 'us' } })).values.port).toBe(
    7,
  );
  expect((await loadConfig(several, { ...inputs, profile: { region: 'eu' } })).values.port).toBe(8);
  expect((await failure(loadConfig(several, inputs))).message).toBe(
    'region must be chosen: one of eu, us. Set REGION.',
  );
  expect((await failure(loadConfig(several, { ...inputs, profile: { region: 'us' } }))).message).toContain(
    'test-us.json does not exist',
  );
});

test.each([
  [
    { files: ['{profle}.json'], profile: { values: ['a'] } },
    '{profle} in "{profle}.json" is not a profile. Did you mean profile?',
  ],
  [{ profile: { values: ['a', '../b'] } }, '"../b" of profile must be a name of letters, digits, "-", "_" and ".".'],
  [{ profile: { values: [] } }, '"values" of profile must list the names that may be chosen.'],
  [{ profile: { values: ['a'], default: 'b' } }, 'the default of profile must be one of a.'],
  [{ profile: { values: ['a'], flag: 'port' } }, '--port is also the flag of port.'],
  [{ profile: { values: ['a'] }, overlayFlag: 'profile' }, '--profile chooses two things.'],
  [{ overlayFlag: '--config' }, '"--config" cannot be a flag.'],
])('%j is a mistake of a definition', async (parts, message) => {
  const error = await failure((async () => defineConfig({ name: 'app', settings, ...parts } as never))());
  expect(error.message).toBe(message);
});

const DEFINITION = `import { defineConfig } from '${VARVE}';
export default defineConfig({
  name: 'app',
  files: ['base.json', { path: '{profile}.json', optional: true }],
  file: 'app.json',
  profile: { values: ['development', 'production'], env: 'APP_PROFILE', default: 'development' },
  overlayFlag: 'config',
  settings: { port: 80, lr: 0.1 },
});
`;

const PROJECT = {
  'varve.config.mjs': DEFINITION,
  'base.json': '{ "port": 1 }',
  'production.json': '{ "port": 2 }',
  'over.json': '{ "port": 3 }',
};

test('the command line chooses a profile and overlays, and lists what is missing', async () => {
  const shell = new Shell(PROJECT);
  const answer = async (line: string, env = {}) => (await shell.run(line.split(' '), { env })).stdout;
  expect(await answer('get port')).toBe('1\n');
  expect(await answer('get port --profile production')).toBe('2\n');
  expect(await answer('get port', { APP_PROFILE: 'production' })).toBe('2\n');
  expect(await answer('get port --profile production --overlay over.json')).toBe('3\n');
  expect(await answer('explain port --overlay over.json')).toContain('over.json:1:11');
  expect((await shell.run(['validate'])).stderr).toBe('varve: development.json does not exist\n');
  expect(await answer('doctor')).toContain('base.json (found), development.json (missing), app.json (missing)');
  expect((await shell.run(['get', 'port', '--profile', 'prod'])).stderr).toContain('profile must be one of');
});

test('a run with an overlay is repeated without it', async () => {
  const shell = new Shell(PROJECT);
  const program = `${process.execPath} -e console.log(JSON.parse(require('fs').readFileSync(process.env.VARVE_SNAPSHOT)).values.port)`;
  const first = await shell.run([
    'run',
    '--overlay',
    'over.json',
    '--snapshot',
    'run.json',
    '--',
    ...program.split(' '),
  ]);
  expect(first).toMatchObject({ code: 0 });
  const { values, origins } = JSON.parse(shell.folder.read('run.json'));
  expect([values.port, origins.port.location]).toEqual([3, 'over.json:1:11']);
  shell.folder.write('over.json', '{ "port": 4 }');
  const again = await shell.run([
    'run',
    '--repeat',
    'run.json',
    '--snapshot',
    'again.json',
    '--',
    ...program.split(' '),
  ]);
  expect(again.stderr).toContain('the same fingerprint');
  expect(JSON.parse(shell.folder.read('again.json')).values.port).toBe(3);
});

test('a sweep runs with the overlay', () => {
  const built = buildCommandLine();
  const at = folder({ ...PROJECT, 'varve.config.mjs': DEFINITION.replace(VARVE, built.index) });
  const line = [
    'sweep',
    '--lr',
    '0.1,0.2',
    '--overlay',
    'over.json',
    '--output',
    'runs',
    '--',
    process.execPath,
    '-e',
    '0',
  ];
  expect(built.run(line, { cwd: at.path, env: { PATH: process.env['PATH'] } })).toMatchObject({ code: 0 });
  const runs = readdirSync(join(at.path, 'runs'), { withFileTypes: true }).filter((one) => one.isDirectory());
  const snapshots = runs.map(({ name }) => JSON.parse(at.read(`runs/${name}/snapshot.json`)));
  expect(snapshots.map(({ values }) => [values.lr, values.port]).sort()).toEqual([
    [0.1, 3],
    [0.2, 3],
  ]);
});

test('help lists the flags that choose files', async () => {
  let text = '';
  const write = (written: string, done: () => void): void => {
    text += written;
    done();
  };
  const exit = (code: number): never => {
    throw new Error(`exit ${code}`);
  };
  const terminal = { stdout: { columns: 100, write }, stderr: { write }, exit };
  const at = folder(FILES);
  const help = loadConfigOrExit(definition, { cwd: at.path, env: {}, argv: ['--help'], terminal });
  await expect(help).rejects.toThrow('exit 0');
  expect(text).toMatch(/Files:\n +--profile +\[one of development, staging, production\]\n +--config +A file above/);
});
