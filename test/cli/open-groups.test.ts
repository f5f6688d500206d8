import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childEnvironment } from '../../src/cli/child-environment.ts';
import { dotenvExample } from '../../src/cli/docs/dotenv.ts';
import { defineConfig, each, loadConfigSync, variants } from '../../src/index.ts';
import { describeSettings, settingText } from '../../src/tools.ts';
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
      SHOP_OPTIMIZER__TYPE: 'sgd',
      SHOP_OPTIMIZER__LR: '0.1',
      SHOP_OPTIMIZER__MOMENTUM: '0.9',
    },
    inexpressible: [],
  });
  expect(settingText(definition, 'databases.any.pool', 7)).toBe('7');
});

test('an example of variables has a pattern for the members, commented out', () => {
  const text = dotenvExample({ name: 'shop', file: undefined, settings: describeSettings(definition) });
  expect(text).toContain('#SHOP_DATABASES__*__URL=');
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
