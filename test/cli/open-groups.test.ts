import { expect, test } from 'vitest';
import { childEnvironment } from '../../src/cli/child-environment.ts';
import { dotenvExample } from '../../src/cli/docs/dotenv.ts';
import { defineConfig, each, loadConfigSync, variants } from '../../src/index.ts';
import { describeSettings, settingText } from '../../src/tools.ts';

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
