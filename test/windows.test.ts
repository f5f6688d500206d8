import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { defineConfig, loadConfig } from '../src/index.ts';
import { describeOrigin, dotenvLayer, isVariable } from '../src/layer.ts';
import { folder } from './folder.ts';
import { loaded } from './sources/loaded.ts';

const settings = { lr: 1, token: { format: String, sensitive: true, nullable: true, default: null } };

/** The rules that hold on Windows alone, with its name for the platform. Paths and the file system are those of the machine. */
describe('where the platform is called win32', () => {
  const platform = Object.getOwnPropertyDescriptor(process, 'platform') as PropertyDescriptor;

  beforeEach(() => {
    Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
  });

  afterEach(() => {
    Object.defineProperty(process, 'platform', platform);
  });

  test.each(['RL_LR', 'rl_lr', 'Rl_Lr'])('the variable %s is found, without a warning', (name) => {
    const config = loaded({ settings, env: { [name]: '5' } });
    expect(config.get('lr' as never)).toBe(5);
    expect(config.warnings).toEqual([]);
    expect(config.explain('lr' as never).winner).toMatchObject({ layer: 'env', location: 'process.env' });
  });

  test('so are a secret file, a member and a name that matches nothing', () => {
    const { path } = folder({ secret: 'hidden\r\n' });
    const all = { ...settings, labels: { format: Object, default: {} } };
    const env = { rl_token_file: 'secret', rl_labels__team: 'x', rl_lrr: '3' };
    const config = loaded({ settings: all, cwd: path, env });
    expect(config.get('token' as never)).toBe('hidden');
    expect(config.get('labels' as never)).toEqual({ team: 'x' });
    expect(config.warnings).toMatchObject([{ suggestion: expect.stringContaining('RL_LR') }]);
  });

  test('a save keeps the line ends, and can be followed by another', async () => {
    const { path, read } = folder({ 'app.json': '{\r\n  "lr": 2\r\n}\r\n' });
    const definition = defineConfig({ name: 'app', file: 'app.json', settings: { lr: 1, epochs: 3 } });
    const config = await loadConfig(definition, { argv: [], env: {}, cwd: path });
    for (const lr of [3, 4]) {
      config.set('lr', lr);
      expect(await config.save()).toMatchObject({ written: [{ key: 'lr', after: lr }] });
      expect(read('app.json')).toBe(`{\r\n  "lr": ${lr}\r\n}\r\n`);
    }
    config.set('epochs', 9);
    await config.save();
    expect(read('app.json')).toBe('{\r\n  "lr": 4,\r\n  "epochs": 9\r\n}\r\n');
  });
});

describe('a path of Windows', () => {
  test.each([
    ['C:\\app\\.env', true],
    ['config\\.env.local', true],
    ['C:\\app\\.env\\app.json', false],
    ['C:\\app\\env', false],
  ])('%s names a .env file: %s', (path, isDotenv) => {
    expect(isVariable({ layer: path })).toBe(isDotenv);
    expect(dotenvLayer(path)).toBe(isDotenv ? path : `.env ${path}`);
  });

  test('is shown in an origin as it is', () => {
    const origin = { layer: 'file', name: 'lr', location: 'C:\\app\\config.json:7:22' };
    expect(describeOrigin(origin)).toBe('C:\\app\\config.json:7:22');
    const variable = { layer: 'C:\\app\\.env', name: 'RL_LR', location: 'C:\\app\\.env:3' };
    expect(describeOrigin(variable)).toBe('C:\\app\\.env:3 RL_LR');
  });
});
