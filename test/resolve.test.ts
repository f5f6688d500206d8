import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Config, ConfigError, defineConfig, loadConfig, loadConfigSync, type Source } from '../src/index.ts';
import { folder } from './folder.ts';
import { definitionOf, type GeneratedSetting, layerOf, nested, type Spoken, settings } from './generated.ts';

type SaidLayer = ReadonlyMap<string, Spoken>;

/** The rule of precedence, as plainly as it can be said. */
function modelOf(all: readonly GeneratedSetting[], layers: readonly SaidLayer[]): Record<string, unknown> {
  const merged = (below: unknown, above: unknown): unknown => {
    if (!isObject(below) || !isObject(above)) return above;
    const names = new Set([...Object.keys(below), ...Object.keys(above)]);
    const member = (name: string): unknown =>
      !Object.hasOwn(above, name)
        ? below[name]
        : !Object.hasOwn(below, name)
          ? above[name]
          : merged(below[name], above[name]);
    return Object.fromEntries([...names].map((name) => [name, member(name)]));
  };
  return nested(
    all.map(({ key, node }) => [
      key,
      layers.reduce((below, layer) => (layer.has(key) ? merged(below, layer.get(key)!.value) : below), node['default']),
    ]),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const variable = (key: string): string =>
  `P_${key
    .split('.')
    .map((name) =>
      name
        .replace(/([a-z])([A-Z])/g, '$1_$2')
        .replace(/-/g, '_')
        .toUpperCase(),
    )
    .join('__')}`;

const cases = settings.chain((all) =>
  fc.tuple(fc.constant(all), fc.tuple(layerOf(all), layerOf(all), layerOf(all), layerOf(all))),
);

describe('the values of all layers', () => {
  test('are those of the rule of precedence', () => {
    const { path, write } = folder();
    fc.assert(
      fc.property(cases, ([all, layers]) => {
        const [file, env, flag, override] = layers;
        write('app.json', JSON.stringify(nested([...file].map(([key, { value }]) => [key, value]))));
        const config = loadConfigSync(definitionOf(all), {
          cwd: path,
          env: Object.fromEntries([...env].map(([key, { text }]) => [variable(key), text])),
          argv: [...flag].map(([key, { text }]) => `--${key}=${text}`),
        });
        for (const [key, { value }] of override) config.override(key as never, value as never);
        expect(config.values).toEqual(modelOf(all, layers));
        for (const { key } of all) expect(config.get(key as never)).toEqual(config.explain(key as never).value);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the layers of a program', () => {
  const settings = { lr: 0.1, seed: 1, name: 'd', tags: { format: Object, default: { a: 1 } } };

  test('base files stand below the writable one, each with its own origins', () => {
    const { path } = folder({
      'base.json': '{ "lr": 0.2, "seed": 2, "tags": { "b": 2 } }',
      'gpu.json': '{\n  "seed": 3\n}',
      'app.json': '{ "tags": { "c": 3 } }',
    });
    const definition = defineConfig({ name: 'x', file: 'app.json', files: ['base.json', 'gpu.json'], settings });
    const config = loadConfigSync(definition, { cwd: path, env: {}, argv: [] });
    expect(config.values).toEqual({ lr: 0.2, seed: 3, name: 'd', tags: { a: 1, b: 2, c: 3 } });
    expect(config.explain('seed').candidates.map(({ layer, location }) => [layer, location])).toEqual([
      ['gpu.json', 'gpu.json:2:11'],
      ['base.json', 'base.json:1:22'],
      ['default', 'schema'],
    ]);
    expect(config.explain('tags').candidates.map(({ layer, state }) => [layer, state])).toEqual([
      ['file', 'wins'],
      ['base.json', 'merged'],
      ['default', 'merged'],
    ]);
  });

  test('a base file that does not exist is a problem', () => {
    const definition = defineConfig({ name: 'x', files: ['base.json'], settings });
    expect(() => loadConfigSync(definition, { cwd: folder().path, env: {}, argv: [] })).toThrow(
      /base\.json does not exist/,
    );
  });

  test('stand in the order that the program gives, its own sources among them', async () => {
    const entries = new Map([
      ['lr', { value: '0.9', origin: { layer: 'vault', name: 'lr', location: 'vault:kv/x#2' } }],
    ]);
    const simple: Source = { name: 'vault', read: async () => ({ entries }) };
    const order = (source: Source) => ['default', 'env', 'file', source, 'override'] as const;
    const files = { 'app.json': '{ "seed": 5 }' };
    const { path } = folder(files);
    const definition = defineConfig({ name: 'x', file: 'app.json', envPrefix: 'P', layers: order(simple), settings });
    const config = await loadConfig(definition, { cwd: path, env: { P_SEED: '4', P_LR: '3' }, argv: ['--lr', '2'] });
    expect(config.values).toMatchObject({ lr: 0.9, seed: 5 });
    expect(config.explain('lr').winner).toEqual({ layer: 'vault', name: 'lr', location: 'vault:kv/x#2' });
    expect(() => loadConfigSync(definition, { cwd: path, env: {}, argv: [] })).toThrow(/has to be waited for/);
  });

  test('a source that fails is reported together with all other problems', async () => {
    const failing: Source = { name: 'vault', read: () => Promise.reject(new Error('no route')) };
    const definition = defineConfig({ name: 'x', envPrefix: 'P', layers: ['default', 'env', failing], settings });
    const error = await loadConfig(definition, { cwd: folder().path, env: { P_LR: 'x' }, argv: [] }).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).issues.map(({ message }) => message)).toEqual([
      'the source "vault" failed: no route',
      'must be a number, got "x"',
    ]);
  });
});

describe('what is refused', () => {
  const load = (more: object): Config => {
    const { path } = folder({ 'app.json': '{ "lr": "x", "seed": 5, "other": 9007199254740993 }' });
    const settings = { lr: 0.1, seed: 1, ...more };
    const definition = defineConfig({ name: 'x', file: 'app.json', unknown: 'allow', settings });
    return loadConfigSync(definition, { cwd: path, env: {}, argv: [], invalid: 'report', onWarning: false }) as never;
  };

  test('leaves the other values of its layer', () => {
    expect(load({}).values).toEqual({ lr: 0.1, seed: 5 });
  });

  test('is reported for one required setting beside another that is given', () => {
    const required = { format: Number, default: null };
    expect(load({ seed: required, port: required }).issues.map(({ key }) => key)).toEqual(['lr', 'other', 'port']);
  });
});

describe('problems', () => {
  const definition = defineConfig({
    name: 'recursive-learning',
    file: 'config/app.json',
    envPrefix: 'RL',
    dotenv: true,
    strictFlags: true,
    settings: {
      trust_threshold: { format: Number, min: 0, max: 1, default: 0.7 },
      batch_size_days: { format: 'nat', default: 30 },
      overlap_days: { format: 'nat', default: 5 },
      token: { format: String, default: null },
    },
  });
  const files = { 'config/app.json': '{\n  "trust_threshold": 1.7\n}\n', '.env': 'RL_OVERLAP_DAYS=few\n' };

  test('of all layers are reported at once, each with its location and remedy', () => {
    const load = (): Config =>
      loadConfigSync(definition, {
        cwd: folder(files).path,
        env: { RL_BATCH_SIZE_DAYS: 'abc' },
        argv: ['--trust-treshold', '1'],
      });
    expect(load).toThrow(ConfigError);
    try {
      load();
    } catch (error) {
      expect((error as ConfigError).code).toBe('INVALID_VALUE');
      expect((error as ConfigError).message).toBe(
        `5 problems in the configuration of recursive-learning:
  --trust-treshold is not a setting                    flag --trust-treshold  Did you mean --trust-threshold?
  trust_threshold  must be at most 1, got 1.7          config/app.json:2:22
        1 | {
        2 |   "trust_threshold": 1.7
          |                      ^^^
  overlap_days     must be an integer, got "few"       .env:1 RL_OVERLAP_DAYS
  batch_size_days  must be an integer, got "abc"       env RL_BATCH_SIZE_DAYS
  token            is required, and no layer gives it  Set RL_TOKEN or --token or "token" in the file.`,
      );
    }
  });

  test.each([
    [{ sensitive: true }, 'Set RL_KEY, or RL_KEY_FILE to a file that holds it.'],
    [{ sensitive: true, envFile: false }, 'Set RL_KEY.'],
    [{ sensitive: true, env: 'TOKEN' }, 'Set TOKEN, or TOKEN_FILE to a file that holds it.'],
    [{ sensitive: true, env: false } as const, 'Set --key or "key" in the file.'],
    [{}, 'Set RL_KEY or --key or "key" in the file.'],
    [{ arg: 'k' }, 'Set RL_KEY or -k or "key" in the file.'],
    [{ arg: false } as const, 'Set RL_KEY or "key" in the file.'],
    [{ arg: false, env: false } as const, 'Set "key" in the file.'],
  ])('of a missing setting with %j', (members, suggestion) => {
    const settings = { key: { format: String, default: null, ...members } };
    const { issues } = loadConfigSync({ ...definition, settings }, { env: {}, argv: [], invalid: 'report' });
    expect(issues).toMatchObject([{ suggestion }]);
  });

  test('that something valid shadows are warnings', () => {
    const env = { RL_BATCH_SIZE_DAYS: 'abc', RL_TOKEN: 't', RL_OVERLAP_DAYS: '1' };
    const argv = ['--trust-threshold', '0.5', '--batch-size-days', '4'];
    const config = loadConfigSync(definition, {
      cwd: folder({ 'config/app.json': files['config/app.json'] }).path,
      env,
      argv,
    });
    expect(config.values).toMatchObject({ trust_threshold: 0.5, batch_size_days: 4 });
    expect(config.issues).toEqual([]);
    expect(config.warnings.map(({ key, message, suggestion }) => `${key} ${message} | ${suggestion}`)).toEqual([
      'trust_threshold must be at most 1, got 1.7 | It is not used: flag --trust-threshold wins.',
      'batch_size_days must be an integer, got "abc" | It is not used: flag --batch-size-days wins.',
    ]);
    expect(config.explain('batch_size_days').candidates.map(({ layer, state }) => [layer, state])).toEqual([
      ['flag', 'wins'],
      ['env', 'invalid'],
      ['default', 'shadowed'],
    ]);
  });

  test('are kept for tools that ask for a report; the highest valid layer wins then', () => {
    const options = { cwd: folder(files).path, env: { RL_TOKEN: 't' }, argv: [], invalid: 'report' } as const;
    const config = loadConfigSync(definition, options);
    expect(config.values).toMatchObject({ trust_threshold: 0.7, overlap_days: 5 });
    expect(config.issues.map(({ key }) => key)).toEqual(['trust_threshold', 'overlap_days']);
  });
});

describe('settings that only the file has', () => {
  const definition = defineConfig({
    name: 'app',
    file: 'app.json',
    unknown: 'allow',
    settings: { group: { known: { format: 'nat', default: 1 } } },
  });
  const load = (text: string) =>
    loadConfigSync(definition, { cwd: folder({ 'app.json': text }).path, env: {}, argv: [] });

  test('stand beside those of the schema, in their groups', () => {
    const { values } = load('{ "group": { "known": 2, "extra": { "a": 1 } }, "other": [1] }');
    expect(values).toEqual({ group: { known: 2, extra: { a: 1 } }, other: [1] });
    expect(Object.isFrozen(values.group)).toBe(true);
    expect(load('{}').values).toEqual({ group: { known: 1 } });
  });

  test('may be very many', () => {
    const members = Array.from({ length: 20_000 }, (_, i) => [`k${i}`, i] as const);
    const { values } = load(JSON.stringify(Object.fromEntries(members)));
    expect(values).toEqual({ ...Object.fromEntries(members), group: { known: 1 } });
  }, 60_000);
});

test('each required setting has to be given, whatever others are', () => {
  const required = { format: String, default: null };
  const definition = defineConfig({ name: 'app', settings: { a: required, b: required, c: 1 } });
  for (const argv of [[], ['--a=x'], ['--b=x']]) {
    const missing = ['a', 'b'].filter((key) => !argv.includes(`--${key}=x`));
    const { issues } = loadConfigSync(definition, { env: {}, argv, invalid: 'report' });
    expect(issues.map(({ key, message }) => `${key} ${message}`)).toEqual(
      missing.map((key) => `${key} is required, and no layer gives it`),
    );
  }
});

test.each([1, 16, 17, 200, 600])('a group of %d settings has all of their values, in their order', (size) => {
  const group = Object.fromEntries(Array.from({ length: size }, (_, i) => [`s${i}`, i]));
  const { values } = loadConfigSync(defineConfig({ name: 'app', settings: { group } }), { env: {}, argv: [] });
  expect(Object.entries(values.group)).toEqual(Object.entries(group));
});
