import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import yargs from 'yargs';
import { childEnvironment } from '../../src/cli/child-environment.ts';
import { documentedSettings } from '../../src/cli/docs/documented-variable.ts';
import { dotenvExample } from '../../src/cli/docs/dotenv.ts';
import { markdownReference } from '../../src/cli/docs/markdown.ts';
import { withFlags } from '../../src/cli/yargs/with-flags.ts';
import { defineConfig, each, eachOf, loadConfigSync, variants } from '../../src/index.ts';
import { settingText } from '../../src/tools.ts';
import { folder } from '../folder.ts';
import { type Built, buildCommandLine } from './built.ts';
import { VARVE } from './golden.ts';
import { Shell } from './shell.ts';

let built: Built;
beforeAll(() => {
  built = buildCommandLine();
}, 60_000);
afterAll(() => built.remove());

const definition = defineConfig({
  name: 'shop',
  envPrefix: 'SHOP',
  settings: {
    databases: each({ url: { format: 'url', default: null, sensitive: true }, pool: 10 }),
    optimizer: variants('type', { adam: { lr: 0.001, beta: 0.9 }, sgd: { lr: 0.1, momentum: 0.9 } }),
  },
});

test('a child process gets the settings that exist, and no variable of others', () => {
  const env = {
    SHOP_DATABASES__EU__URL: 'http://eu',
    SHOP_DATABASES__US__URL: 'http://us',
    SHOP_OPTIMIZER__BETA: '0.5',
    OTHER: 'x',
  };
  const argv = ['--databases.us=null', '--databases.eu.pool=3', '--optimizer.type=sgd'];
  const config = loadConfigSync(definition, { env, argv });
  expect(childEnvironment(definition, config, env)).toEqual({
    env: {
      OTHER: 'x',
      SHOP_DATABASES__EU__URL: 'http://eu',
      SHOP_DATABASES__EU__POOL: '3',
      SHOP_DATABASES__US: 'null',
      SHOP_OPTIMIZER__TYPE: 'sgd',
      SHOP_OPTIMIZER__LR: '0.1',
      SHOP_OPTIMIZER__MOMENTUM: '0.9',
    },
    inexpressible: [],
  });
  expect(settingText(definition, 'databases.any.pool', 7)).toBe('7');
});

test('a child process gets the variable of a whole list only to say how many elements there are', () => {
  const own = defineConfig({ name: 'shop', envPrefix: 'SHOP', settings: { servers: eachOf({ port: 80 }) } });
  const env = { SHOP_SERVERS: '[{ "port": 1 }, { "port": 2 }]' };
  const config = loadConfigSync(own, { env, argv: ['--servers=[{ "port": 3 }]'] });
  const given = { SHOP_SERVERS: '[{}]', SHOP_SERVERS__0__PORT: '3' };
  expect(childEnvironment(own, config, env).env).toEqual(given);
  const named = { SHOP_SERVERS_FILE: '/run/secrets/servers' };
  expect(childEnvironment(own, config, named).env).toEqual(given);
});

test('an example of variables has a pattern for the members, commented out', () => {
  const text = dotenvExample({ name: 'shop', file: undefined, settings: documentedSettings(definition) });
  expect(text).toContain('#SHOP_DATABASES__*__URL=');
});

test('documents say with which choice a setting exists, and where its default depends on the choice', () => {
  const own = defineConfig({
    name: 'trainer',
    envPrefix: 'TR',
    settings: {
      opt: variants('type', {
        adam: { lr: { format: Number, default: 0.001, doc: 'Step.' }, eps: 1e-8, clip: 1 },
        sgd: { lr: { format: Number, default: null }, momentum: 0.9, clip: 1 },
        lion: { lr: 0.1, momentum: 0.9, clip: 1 },
      }),
    },
  });
  const documented = { name: 'trainer', file: undefined, settings: documentedSettings(own) };
  expect(dotenvExample(documented).split('\n').slice(8)).toEqual([
    '# opt.lr: Step.',
    '#   number',
    '#   with opt.type adam: 0.001',
    '#   with opt.type sgd: required',
    '#   with opt.type lion: 0.1',
    '#TR_OPT__LR=0.001',
    '',
    '# opt.eps',
    '#   number',
    '#   only with opt.type adam',
    '#TR_OPT__EPS=1e-8',
    '',
    '# opt.clip',
    '#   number',
    '#TR_OPT__CLIP=1',
    '',
    '# opt.momentum',
    '#   number',
    '#   only with opt.type sgd or lion',
    '#TR_OPT__MOMENTUM=0.9',
    '',
  ]);
  expect(markdownReference(documented).split('\n').slice(9)).toEqual([
    expect.stringMatching(/^\| `opt\.type` /),
    expect.stringContaining(
      '| Step. with opt.type adam: 0.001; with opt.type sgd: required; with opt.type lion: 0.1 |',
    ),
    expect.stringContaining('| only with opt.type adam |'),
    expect.stringMatching(/^\| `opt\.clip` .* {2}\|$/),
    expect.stringContaining('| only with opt.type sgd or lion |'),
    '',
  ]);
});

describe('the command line and members of a group by name', () => {
  const start = (words: readonly string[]) => {
    const at = folder({
      'varve.config.mjs': `import { defineConfig, each } from ${JSON.stringify(built.index)};
        export default defineConfig({ name: 'shop', files: ['base.json'], file: 'shop.json', settings: {
          databases: each({ url: { format: 'url', default: null, sensitive: true }, pool: 10 }), regions: each({ zones: 1 }) } });`,
      'base.json': '{ "databases": { "eu": { "url": "http://u:hunter22@eu" } } }',
      'shop.json': '{ "databases": { "us": { "url": "http://u:hunter33@us", "pool": 5 } } }',
    });
    const { status, stdout, stderr } = spawnSync(process.execPath, [built.main, ...words], {
      cwd: at.path,
      encoding: 'utf8',
    });
    expect(stdout + stderr).not.toContain('hunter');
    return { status, output: stdout + stderr, file: JSON.parse(at.read('shop.json')) };
  };
  const us = { url: 'http://u:hunter33@us', pool: 5 };

  test.each([
    ['set', 'databases.eu:=null', { databases: { us, eu: null } }],
    ['set', 'regions.north:={"zones":3}', { databases: { us }, regions: { north: { zones: 3 } } }],
    ['unset', 'databases.us', { databases: {} }],
    ['reset', 'databases.us', { databases: {} }],
  ])('%s %s', (command, word, file) => {
    const done = start([command, word]);
    expect([done.status, done.file], done.output).toEqual([0, file]);
  });

  test('a secret inside a member is not an argument', () => {
    const refused = start(['set', 'databases.us:={"url":"http://x"}']);
    expect([refused.status, refused.output]).toEqual([2, expect.stringContaining('--stdin')]);
  });
});

describe('a definition with groups by name, in a folder', () => {
  const DEFINITION = `import { defineConfig, each, variants } from '${VARVE}';
export default defineConfig({ name: 'shop', file: 'shop.json', settings: {
  databases: each({
    pool: { format: 'nat', default: 10, doc: 'Connections' },
    labels: { format: Object, default: { a: 1 } },
    mode: variants('kind', { fast: { cache: 5 }, safe: { copies: 2 } }),
    tracing: false,
  }),
} });
`;
  const FILE = '{ "databases": { "eu": { "pool": 3 }, "euWest": {} } }';
  const shell = (): Shell => new Shell({ 'varve.config.mjs': DEFINITION, 'shop.json': FILE });

  test('run --repeat takes the values of members from the snapshot, of the members that it has', async () => {
    const at = shell();
    await at.run(['run', '--set', 'databases.eu.mode.kind=safe', '--snapshot', 'a.json', '--', 'true']);
    at.folder.write('shop.json', '{ "databases": { "eu": { "pool": 4 }, "us": {} } }');
    const { code, stderr } = await at.run(['run', '--repeat', 'a.json', '--snapshot', 'b.json', '--', 'true']);
    const [a, b] = ['a.json', 'b.json'].map((name) => JSON.parse(at.folder.read(name)));
    expect([code, stderr]).toEqual([0, `varve: repeats a.json: the same fingerprint ${a.fingerprint.slice(0, 12)}\n`]);
    expect([b.values, b.fingerprint]).toEqual([a.values, a.fingerprint]);
  });

  const pools = (name: string) => [{ [name]: 1 }, { [name]: 2 }];
  test.each([
    ['--databases.us.pool 1,2', pools('databases.us.pool')],
    ['--databases.eu.pool 1,2', pools('databases.eu.pool')],
    ['--set databases.eu.labels.a=1,2', pools('databases.eu.labels.a')],
    ['--databases.eu-west.pool 1,2', pools('databases.euWest.pool')],
    [
      '--databases.us.mode.kind fast,safe --databases.us.mode.cache 1,2',
      [
        ...pools('databases.us.mode.cache').map((run) => ({ 'databases.us.mode.kind': 'fast', ...run })),
        { 'databases.us.mode.kind': 'safe' },
      ],
    ],
  ])('sweep %s', async (line, runs) => {
    const { code, stdout, stderr } = await shell().run(['sweep', ...line.split(' '), '--emit', 'jsonl', '--', 'true']);
    expect([code, stderr]).toEqual([0, '']);
    const lines = stdout.trim().split('\n');
    expect(lines.map((text) => JSON.parse(text).values)).toEqual(runs);
  });

  test('sweep --ask takes nested members, and each request is a run of its own', () => {
    const requests = [1, 2].map((pool) => ({ databases: { eu: { pool, labels: { b: pool } }, 'eu-west': { pool } } }));
    const stdin = requests.map((request) => JSON.stringify(request)).join('\n');
    const at = folder({ 'varve.config.mjs': DEFINITION.replace(VARVE, built.index), 'shop.json': FILE });
    const words = [built.main, 'sweep', '--ask', '--', 'true'];
    const { stdout, stderr } = spawnSync(process.execPath, words, { cwd: at.path, encoding: 'utf8', input: stdin });
    expect(stderr).toBe('');
    const lines = stdout.trim().split('\n');
    expect(lines.map((text) => JSON.parse(text).values)).toEqual(
      [1, 2].map((pool) => ({
        'databases.eu.pool': pool,
        'databases.eu.labels': { a: 1, b: pool },
        'databases.euWest.pool': pool,
      })),
    );
  });

  test('a sweep over the variants of a member knows the settings that differ with them', () => {
    const at = folder({ 'varve.config.mjs': DEFINITION.replace(VARVE, built.index), 'shop.json': FILE });
    const words = [built.main, 'sweep', '--databases.us.mode.kind', 'fast,safe', '--', 'true'];
    const { status, stderr } = spawnSync(process.execPath, words, { cwd: at.path, encoding: 'utf8' });
    expect(status, stderr).toBe(0);
    const { swept } = JSON.parse(at.read('sweep/sweep.json'));
    expect(swept).toEqual(expect.arrayContaining(['databases.us.mode.cache', 'databases.us.mode.copies']));
  });

  test.each([
    ['get databases.eu.p', ['databases.eu.pool']],
    ['list --prefix databases.', ['databases.eu', 'databases.eu.mode', 'databases.euWest', 'databases.euWest.mode']],
    ['list -- --databases.eu-west.p', ['--databases.eu-west.pool']],
    ['set databases.eu.mode.kind ', ['fast', 'safe']],
  ])('%j is completed with the names that the layers give', async (line, expected) => {
    const at = shell();
    const env = { HOME: at.folder.path };
    await at.run(['validate'], { env });
    const { stdout } = await at.run(['completion', 'bash', '--line', `varve ${line}`], { env });
    expect(stdout.split('\n').filter((text) => text !== '')).toEqual(expected);
  });

  test('explain shows every setting of a member', async () => {
    const { code, stdout } = await shell().run(['explain', 'databases.eu']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^databases\.eu\.pool = 3 .*\n {2}> file +3 +shop\.json:1:\d+ +wins\n/);
    expect(stdout.match(/^databases\.\S+/gm)).toEqual(
      ['pool', 'labels', 'mode.kind', 'mode.cache', 'tracing'].map((name) => `databases.eu.${name}`),
    );
    const { stdout: json } = await shell().run(['explain', 'databases.eu', '--json']);
    expect(JSON.parse(json).settings[0]).toMatchObject({ key: 'databases.eu.pool', value: 3 });
  });

  test.each([
    ['--databases.us.pool=9', 'ok'],
    ['--databases.us.labels.b=9', 'ok'],
    ['--databases.us.polo=9', 'Unknown argument: databases.us.polo. Did you mean databases.us.pool?'],
    ['--no-databases.us.tracing', 'ok'],
    ['--no-databases.us.pool', '--no-databases.us.pool: only what is true or false can be turned off'],
  ])('a strict yargs program and %s', async (flag, expected) => {
    const settings = { databases: each({ pool: 10, labels: { format: Object, default: {} }, tracing: false }) };
    const parser = withFlags(yargs([flag]).strict().exitProcess(false), defineConfig({ name: 'shop', settings }));
    let told = 'ok';
    parser.fail((message) => {
      told = message;
    });
    await parser.parseAsync();
    expect(told).toBe(expected);
  });
});

test('unset removes a setting of a variant that is not chosen, as its warning says', async () => {
  const definition = `import { defineConfig, variants } from '${VARVE}';
const optimizer = variants('type', { adam: { lr: 0.001, beta: 0.9 }, sgd: { lr: 0.1 } });
export default defineConfig({ name: 'train', file: 'train.yaml', settings: { optimizer } });
`;
  const file = 'optimizer:\n  beta: 0.5\n  type: sgd\n';
  const shell = new Shell({ 'varve.config.mjs': definition, 'train.yaml': file });
  expect((await shell.run(['validate'])).stderr).toContain('optimizer.beta: belongs to optimizer.type adam');
  const { code, stdout } = await shell.run(['unset', 'optimizer.beta']);
  expect([code, stdout]).toEqual([0, 'train.yaml  optimizer.beta: 0.5 -> nothing   saved\n']);
  expect(shell.folder.read('train.yaml')).toBe('optimizer:\n  type: sgd\n');
  expect(await shell.run(['validate'])).toMatchObject({ code: 0, stderr: '' });
});

test('unset of an element shows every setting of the list that changes, also of the elements that move', async () => {
  const shell = new Shell({
    'varve.config.mjs': `import { defineConfig, eachOf } from '${VARVE}';
      export default defineConfig({ name: 'proxy', file: 'app.json', settings: { servers: eachOf({ host: 'x', port: 80 }) } });`,
    'app.json': '{ "servers": [{ "host": "a" }, { "host": "b", "port": 81 }, { "host": "c" }] }',
  });
  const { stdout } = await shell.run(['unset', 'servers.0', '--dry-run']);
  expect(stdout.split('\n').slice(0, -1)).toEqual([
    'app.json  servers.0.host: a -> b   not saved',
    'app.json  servers.0.port: nothing -> 81   not saved',
    'app.json  servers.1.host: b -> c   not saved',
    'app.json  servers.1.port: 81 -> default 80   not saved',
    'app.json  servers.2.host: c -> nothing   not saved',
  ]);
});

test('--allow-change takes a member or a list for all settings in it', async () => {
  const shell = new Shell({
    'varve.config.mjs': `import { defineConfig, each, eachOf } from '${VARVE}';
      export default defineConfig({ name: 'train', file: 'app.json', settings: { models: each({ size: 1, lr: 1 }), stages: eachOf({ epochs: 1 }) } });`,
    'app.json': '{ "models": { "a": { "size": 2 } }, "stages": [{}] }',
  });
  await shell.run(['run', '--snapshot', 'run.json', '--', 'true']);
  shell.folder.write('app.json', '{ "models": { "a": { "size": 2 }, "b": {} }, "stages": [{ "epochs": 2 }, {}] }');
  const resume = (...allowed: readonly string[]) =>
    shell.run(['run', '--resume', 'run.json', ...allowed.flatMap((key) => ['--allow-change', key]), '--', 'true']);
  expect((await resume()).code).toBe(3);
  expect((await resume('models.b')).stderr).not.toContain('models.b.lr  was');
  expect(await resume('models', 'stages')).toMatchObject({ code: 0 });
});
