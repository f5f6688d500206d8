import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { defineConfig, type Issue, loadConfig, loadConfigSync } from '../../src/index.ts';
import { failure, issueLines, messages } from '../failure.ts';
import { folder } from '../folder.ts';

const settings = { lr: 0.1, seed: { format: 'nat', default: 1 } } as const;
const inputs = { argv: [], env: {} } as const;

describe('warnings of a load', () => {
  const definition = defineConfig({ name: 'app', envPrefix: 'RL', settings });
  const env = { RL_LRR: '1', RL_SEEED: '2' };

  test.each([
    ['loadConfig', loadConfig],
    ['loadConfigSync', loadConfigSync],
  ])('reach onWarning with %s', async (_, load) => {
    const heard: Issue[] = [];
    const config = await load(definition, { ...inputs, env, onWarning: (warning) => heard.push(warning) });
    expect(heard.map(({ message }) => message)).toEqual(['RL_LRR matches no setting', 'RL_SEEED matches no setting']);
    expect(heard).toEqual(config.warnings);
  });

  test('are warnings of the process by default, and none with false', () => {
    const index = new URL('../../dist/index.mjs', import.meta.url).href;
    const program = (more: string): string => `
      import { defineConfig, loadConfigSync } from ${JSON.stringify(index)};
      loadConfigSync(defineConfig({ name: 'app', envPrefix: 'RL', settings: { lr: 1 } }), { argv: [], env: { RL_LRR: 's3cret' }, ${more} });`;
    const stderr = (more: string): string =>
      spawnSync(process.execPath, ['--input-type=module', '-e', program(more)], { encoding: 'utf8' }).stderr;
    expect(stderr('')).toContain('ConfigWarning: RL_LRR matches no setting (env RL_LRR). Did you mean RL_LR?');
    expect(stderr('')).not.toContain('s3cret');
    expect(stderr('onWarning: false')).toBe('');
  });

  test('are at most 50, and the number of the others', () => {
    const heard: Issue[] = [];
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, i) => [`RL_X${i}`, '1']));
    loadConfigSync(definition, { ...inputs, env: many, onWarning: (warning) => heard.push(warning) });
    expect(heard).toHaveLength(51);
    expect(heard.at(-1)?.message).toBe('there are 150 more warnings, in config.warnings');
  });

  test('of a reload or a watch reach it too, each once while it lasts', async () => {
    const { path, write } = folder({ 'app.json': '{ "lrr": 1 }' });
    const heard: string[] = [];
    const file = defineConfig({ name: 'app', file: 'app.json', settings });
    const onWarning = ({ key }: Issue): void => void heard.push(String(key));
    const config = await loadConfig(file, { ...inputs, cwd: path, onWarning });
    const reload = async (text: string): Promise<void> => {
      write('app.json', text);
      await config.reload();
    };
    await reload('{ "lr": 2,\n "lrr": 1 }');
    expect(heard).toEqual(['lrr']);
    await reload('{ "lrr": 1, "seeed": 2 }');
    expect(heard).toEqual(['lrr', 'seeed']);
    await reload('{ "seeed": 2 }');
    await reload('{ "lrr": 1, "seeed": 2 }');
    expect(heard).toEqual(['lrr', 'seeed', 'lrr']);
    await using watcher = config.watch({ poll: 20 });
    await watcher.ready;
    write('app.json', '{ "lrr": 1, "other": 2 }');
    await expect.poll(() => heard, { timeout: 15_000 }).toEqual(['lrr', 'seeed', 'lrr', 'other']);
  });
});

describe('root', () => {
  const files = {
    'app/config/app.json': '{ "lr": 0.2 }',
    'app/.env': 'RL_SEED=7\n',
    'app/base.json': '{ "seed": 3 }',
    'elsewhere/config/app.json': '{ "lr": 0.9 }',
  };

  test('is what relative paths of the definition start from, wherever the program is started', () => {
    const { path } = folder(files);
    const own = {
      name: 'app',
      envPrefix: 'RL',
      file: 'config/app.json',
      files: ['base.json'],
      dotenv: true,
      settings,
    } as const;
    for (const root of [join(path, 'app'), pathToFileURL(join(path, 'app'))]) {
      const config = loadConfigSync(defineConfig({ ...own, root }), { ...inputs, cwd: join(path, 'elsewhere') });
      expect(config.values).toEqual({ lr: 0.2, seed: 7 });
      expect(config.location).toBe(join(path, 'app/config/app.json'));
    }
    const config = loadConfigSync(defineConfig({ ...own, root: join(path, 'app') }), { ...inputs, cwd: path });
    expect(config.explain('lr').winner?.location).toBe(join('app', 'config/app.json:1:9'));
  });

  test('is not what a file of the load options starts from', () => {
    const { path } = folder(files);
    const definition = defineConfig({ name: 'app', root: join(path, 'app'), file: 'config/app.json', settings });
    const config = loadConfigSync(definition, { ...inputs, cwd: join(path, 'elsewhere'), file: 'config/app.json' });
    expect(config.get('lr')).toBe(0.9);
  });
});

describe('a file that a variable moves', () => {
  const file = { path: 'app.json', env: 'RL_CONFIG' };
  const load = (env: Record<string, string>) => {
    const { path } = folder({ 'app.json': '{ "lr": 0.2 }', 'other.json': '{ "lr": 0.3 }' });
    return loadConfigSync(defineConfig({ name: 'app', envPrefix: 'RL', file, settings }), {
      argv: [],
      env,
      cwd: path,
      onWarning: false,
    });
  };

  test.each([
    [{}, 0.2, 'app.json'],
    [{ RL_CONFIG: '' }, 0.2, 'app.json'],
    [{ RL_CONFIG: 'other.json' }, 0.3, 'other.json'],
  ])('%j', (env, lr, location) => {
    const config = load(env);
    expect([config.get('lr'), config.location, config.warnings]).toEqual([lr, location, []]);
  });

  test('is suggested for a misspelt one', () => {
    const { suggestion } = load({ RL_CONFG: 'other.json' }).warnings[0] ?? {};
    expect(suggestion).toBe('Did you mean RL_CONFIG?');
  });
});

test('dotenv takes URLs', () => {
  const { path } = folder({ 'deploy/app.env': 'RL_LR=5\n' });
  const dotenv = [pathToFileURL(join(path, 'deploy/app.env'))];
  const config = loadConfigSync(defineConfig({ name: 'app', envPrefix: 'RL', dotenv, settings }), {
    ...inputs,
    cwd: path,
  });
  expect(config.explain('lr').winner).toEqual({ layer: 'deploy/app.env', name: 'RL_LR', location: 'deploy/app.env:1' });
});

describe('create: true', () => {
  test('in a folder that cannot be written is a warning', async () => {
    const { path } = folder({ file: 'in the way' });
    const definition = defineConfig({ name: 'app', file: 'file/app.json', create: true, settings });
    for (const load of [loadConfig, loadConfigSync]) {
      const config = await load(definition, { ...inputs, cwd: path, onWarning: false, invalid: 'report' });
      expect(config.get('lr')).toBe(0.1);
    }
  });

  test.skipIf(!existsSync('/proc/self'))('in /proc is a warning', async () => {
    const definition = defineConfig({ name: 'app', file: '/proc/varve/app.json', create: true, settings });
    for (const load of [loadConfig, loadConfigSync]) {
      const config = await load(definition, { ...inputs, onWarning: false });
      expect(config.warnings.map(({ message }) => message)).toEqual([expect.stringMatching(/^was not created: /)]);
      expect(config.values).toEqual({ lr: 0.1, seed: 1 });
    }
  });
});

test('a variable that moves the file to a missing path is a warning that names both', () => {
  const { path } = folder();
  const moved = defineConfig({ name: 'app', file: { path: 'a.json', env: 'APP_CONFIG' }, settings: { port: 80 } });
  const warnings = (env: Record<string, string>) =>
    loadConfigSync(moved, { cwd: path, env, argv: [], onWarning: false }).warnings.map(({ message }) => message);
  expect(warnings({ APP_CONFIG: 'etc/shp.json' })).toEqual(['APP_CONFIG names etc/shp.json, which does not exist']);
  expect(warnings({})).toEqual([]);
});

describe('arguments of another type', () => {
  const options = { argv: [], env: {}, onWarning: false } as const;
  const definition = defineConfig({ name: 'app', file: 'app.json', settings });

  test.each<[object, string]>([
    [{ argv: null }, '"argv" must be a list of texts, got null'],
    [{ argv: '--port=1' }, '"argv" must be a list of texts, got "--port=1"'],
    [{ argv: ['a', Symbol('b')] }, '"argv" must have a text as its element 2, got Symbol(b)'],
    [{ env: null }, '"env" must be an object of texts by name, got null'],
    [{ cwd: null }, '"cwd" must be the path of a folder, got null'],
    [{ cwd: 1n }, '"cwd" must be the path of a folder, got 1'],
    [{ onWarning: null }, '"onWarning" must be a function or false, got null'],
  ])('an option of a load is named: %o', async (wrong, message) => {
    const given = { ...options, ...wrong } as never;
    expect(messages(() => loadConfigSync(definition, given))).toEqual([message]);
    expect(issueLines(await failure(loadConfig(definition, given)))).toEqual([message]);
  });

  test.each([null, 1, 'text', Symbol('s')])('options that are not an object: %s', (given) => {
    const [line] = messages(() => loadConfigSync(definition, given as never));
    expect(line).toMatch(/^the options of a load must be an object, got /);
  });

  test.each([null, 1, 1n, Symbol('s'), {}, [], Object.create(null)])('a key that is not a text: %s', async (key) => {
    const config = loadConfigSync(definition, options);
    const calls = [
      () => config.get(key as never),
      () => config.explain(key as never),
      () => config.set(key as never, 1 as never),
      () => config.unset(key as never),
      () => config.override(key as never, 1 as never),
      () => config.subscribe(() => {}, { keys: [key as never] }),
    ];
    for (const call of calls)
      expect(messages(call)).toEqual([expect.stringContaining('is not a key, which is a text')]);
    await expect(config.reset(key as never)).rejects.toThrow('is not a key, which is a text');
  });

  test('a function of an update, and a choice for conflicts', async () => {
    const config = loadConfigSync(definition, options);
    await expect(config.update(null as never)).rejects.toThrow(
      'update: needs a function that changes a draft, got null',
    );
    const saved = config.save({ conflict: 'Mine' as never });
    await expect(saved).rejects.toThrow('save: "conflict" must be "fail", "mine", "theirs" or a function, got "Mine"');
  });
});
