import { describe, expect, expectTypeOf, test } from 'vitest';
import { defineConfig, each, type LoadOptions, loadConfigSync, redactor, setAll, variants } from '../src/index.ts';
import { describeSettings, jsonSchema } from '../src/tools.ts';
import { messages, thrown } from './failure.ts';
import { folder } from './folder.ts';

const optimizer = variants('type', {
  adam: { lr: 0.001, beta: { min: 0, max: 1, default: 0.9 }, schedule: { warmup: 5 } },
  sgd: { lr: { format: 'nat', default: 1 }, momentum: 0.9, schedule: { warmup: 7, steps: 2 } },
});

const definition = defineConfig({
  name: 'train',
  file: 'app.json',
  files: ['base.json'],
  envPrefix: 'T',
  settings: { seed: 1, optimizer },
});

interface Layers {
  readonly base?: unknown;
  readonly app?: unknown;
}

function load({ base = {}, app }: Layers = {}, options: LoadOptions = {}) {
  const made = folder({
    'base.json': JSON.stringify(base),
    ...(app === undefined ? {} : { 'app.json': JSON.stringify(app) }),
  });
  const config = loadConfigSync(definition, { cwd: made.path, env: {}, argv: [], onWarning: false, ...options });
  return { config, made };
}

const SGD = { optimizer: { type: 'sgd' } };

test('the first variant is the default, and has only its own settings', () => {
  const { config } = load();
  expect(config.values.optimizer).toEqual({ type: 'adam', lr: 0.001, beta: 0.9, schedule: { warmup: 5 } });
  expect(config.explainAll().map(({ key }) => key)).not.toContain('optimizer.momentum');
  expect(() => config.get('optimizer.momentum')).toThrow('optimizer.momentum');
});

test('each input chooses', () => {
  const chosen = { type: 'sgd', lr: 1, momentum: 0.9, schedule: { warmup: 7, steps: 2 } };
  const all: readonly [Layers, LoadOptions][] = [
    [{ base: SGD }, {}],
    [{ app: SGD }, {}],
    [{}, { env: { T_OPTIMIZER__TYPE: 'sgd' } }],
    [{}, { argv: ['--optimizer.type', 'sgd'] }],
    [{}, { argv: ['--set', 'optimizer.type=sgd'] }],
  ];
  for (const [layers, options] of all) expect(load(layers, options).config.values.optimizer).toEqual(chosen);
});

test('the values are a discriminated union', () => {
  const { optimizer: values } = load(undefined, { argv: ['--optimizer.type=sgd'] }).config.values;
  if (values.type === 'sgd') expectTypeOf(values.momentum).toEqualTypeOf<number>();
  else expectTypeOf(values.beta).toEqualTypeOf<number>();
  expectTypeOf(values.type).toEqualTypeOf<'adam' | 'sgd'>();
  // @ts-expect-error: only one variant has it.
  expect(values.beta).toBe(undefined);
});

test('a setting that two variants have is typed by the chosen one', () => {
  const lr = (app: unknown, argv: readonly string[] = []) => load({ app }, { argv }).config.get('optimizer.lr');
  expect(lr({ optimizer: { lr: 0.5 } })).toBe(0.5);
  expect(lr({ optimizer: { type: 'sgd', lr: 2 } })).toBe(2);
  expect(messages(() => lr({ optimizer: { type: 'sgd', lr: 0.5 } }))).toEqual([
    'optimizer.lr must be an integer of at least 0, got 0.5',
  ]);
  expect(messages(() => lr(SGD, ['--optimizer.lr=1e-3']))).toEqual(['optimizer.lr must be an integer, got "1e-3"']);
  expect(lr(SGD, ['--optimizer.lr=3'])).toBe(3);
});

describe('an input for a setting that two variants have', () => {
  const TEXT = { format: String, default: 'x' };
  const OF_TEXTS = { format: Array, items: String, default: [] };
  const OF_NUMBERS = { format: Array, items: 'nat', default: [7] };
  const OBJECT = { format: Object, default: { a: '1' } };
  const NO_NUMBER = 'o.it must be a number, got ""';

  test.each<[string, settings: [unknown, unknown], LoadOptions, expected: [unknown, unknown]]>([
    ['a text', [1, TEXT], { env: { T_O__IT: '8' } }, [8, '8']],
    ['an empty variable, for numbers', [1, 2], { env: { T_O__IT: '' } }, [1, 2]],
    ['an empty variable, for a number and a text', [1, TEXT], { env: { T_O__IT: '' } }, [1, '']],
    [
      'an empty variable, for a text that is required and one that is not',
      [{ format: String, default: null }, TEXT],
      { env: { T_O__IT: '' } },
      ['o.it is required, and T_O__IT is empty', ''],
    ],
    ['an empty flag', [1, TEXT], { argv: ['--o.it='] }, [NO_NUMBER, '']],
    ['a flag without a value', [false, true], { argv: ['--o.it'] }, [true, true]],
    ['a negated flag', [false, true], { argv: ['--no-o.it'] }, [false, false]],
    [
      'a flag without a value, for a boolean and a text',
      [false, TEXT],
      { argv: ['--o.it'] },
      ['o.it must be given a value', 'o.it must be given a value'],
    ],
    [
      'a repeated flag',
      [OF_TEXTS, OF_NUMBERS],
      { argv: ['--o.it=5', '--o.it=6'] },
      [
        ['5', '6'],
        [5, 6],
      ],
    ],
    ['an element', [OF_TEXTS, OF_NUMBERS], { env: { T_O__IT__0: '5' } }, [['5'], [5]]],
    [
      'a member',
      [OBJECT, { ...OBJECT, members: 'nat' }],
      { env: { T_O__IT__B: '2' } },
      [
        { a: '1', b: '2' },
        { a: 1, b: 2 },
      ],
    ],
    [
      'an empty member',
      [OBJECT, { ...OBJECT, members: 'nat' }],
      { env: { T_O__IT__B: '' } },
      [{ a: '1', b: '' }, { a: 1 }],
    ],
  ])('%s', (_, [a, b], inputs, expected) => {
    const o = variants('kind', { a: { it: a }, b: { it: b } } as never);
    const own = defineConfig({ name: 'train', envPrefix: 'T', settings: { o } } as never);
    const valueFor = (kind: string): unknown => {
      const env = { ...inputs.env, T_O__KIND: kind };
      const load = (): unknown => loadConfigSync(own, { argv: [], ...inputs, env }).get('o.it' as never);
      return messages(load)[0] ?? load();
    };
    expect(['a', 'b'].map(valueFor)).toEqual(expected);
  });

  test.each([
    ['b', { sensitive: true }, {}],
    ['a', {}, { sensitive: true }],
  ])('is a secret if it is one in another variant than %s', (kind, a, b) => {
    const o = variants('kind', { a: { it: { ...TEXT, ...a } }, b: { it: { format: 'nat', default: 1, ...b } } });
    const argv = [`--o.kind=${kind}`, '--o.it=12345'];
    const config = loadConfigSync(defineConfig({ name: 'train', settings: { o } }), { env: {}, argv });
    expect(redactor(config)('12345')).toBe('********');
  });
});

describe('settings of another variant', () => {
  test('below the chooser are dropped in silence', () => {
    const { config } = load({ base: { optimizer: { type: 'adam', beta: 0.5 } }, app: SGD });
    expect(config.values.optimizer).not.toHaveProperty('beta');
    expect(config.warnings).toEqual([]);
    expect(load({ app: { optimizer: { beta: 0.5 } } }, { argv: ['--optimizer.type=sgd'] }).config.warnings).toEqual([]);
  });

  test.each<[string, Layers, LoadOptions, string]>([
    ['the layer of the chooser', { app: { optimizer: { type: 'sgd', beta: 0.5 } } }, {}, 'app.json:1:22'],
    ['a layer above it', { base: SGD, app: { optimizer: { beta: 0.5 } } }, {}, 'base.json:1:22'],
  ])('in %s are a warning', (_, layers, options, place) => {
    const { config } = load(layers, options);
    expect(config.values.optimizer).not.toHaveProperty('beta');
    expect(config.warnings).toMatchObject([
      {
        code: 'UNKNOWN_KEY',
        key: 'optimizer.beta',
        message: `belongs to optimizer.type adam, but ${place} sets optimizer.type to "sgd"`,
        suggestion: 'Remove it, or choose adam by optimizer.type.',
        origin: { layer: 'file' },
      },
    ]);
  });

  test.each<[string, Layers, LoadOptions, string]>([
    ['a flag', { app: SGD }, { argv: ['--optimizer.beta=0.5'] }, 'app.json:1:22'],
    ['a variable', { app: SGD }, { env: { T_OPTIMIZER__BETA: '0.5' } }, 'app.json:1:22'],
    [
      'a flag beside the chooser',
      {},
      { argv: ['--optimizer.type=sgd', '--optimizer.beta=1'] },
      'flag --optimizer.type',
    ],
    [
      'a flag against a variable',
      {},
      { env: { T_OPTIMIZER__TYPE: 'sgd' }, argv: ['--optimizer.beta=1'] },
      'env T_OPTIMIZER__TYPE',
    ],
  ])('%s is refused', (_, layers, options, place) => {
    expect(messages(() => load(layers, options))).toEqual([
      `optimizer.beta belongs to optimizer.type adam, but ${place} sets optimizer.type to "sgd"`,
    ]);
  });

  test('a variable below the flag that chooses is dropped: the deployment meant another choice', () => {
    const { config } = load({}, { env: { T_OPTIMIZER__BETA: '0.5' }, argv: ['--optimizer.type=sgd'] });
    expect(config.values.optimizer).toMatchObject({ type: 'sgd', momentum: 0.9 });
    expect(config.values.optimizer).not.toHaveProperty('beta');
    expect(config.warnings).toEqual([]);
  });

  test('a wrong value of one that is dropped is not reported', () => {
    expect(load({ base: { optimizer: { beta: 'x' } }, app: SGD }).config.warnings).toEqual([]);
  });
});

test('a wrong choice is one issue, with the nearest', () => {
  const error = thrown(() => load({ app: { optimizer: { type: 'sdg', momentum: 1 } } }));
  expect(error).toMatchObject({ issues: [{ key: 'optimizer.type', suggestion: 'Did you mean sgd?' }] });
});

test('a default of null makes a choice required', () => {
  const required = defineConfig({
    name: 'x',
    envPrefix: 'X',
    settings: { o: variants('kind', { a: { n: 1 }, b: { m: 2 } }, { default: null }) },
  });
  expect(messages(() => loadConfigSync(required, { env: {}, argv: [] }))).toEqual([
    'o.kind is required, and no layer gives it',
  ]);
  expect(loadConfigSync(required, { env: { X_O__KIND: 'b' }, argv: [] }).values).toEqual({ o: { kind: 'b', m: 2 } });
});

describe('a program changes the choice', () => {
  test('with one event for all settings, and back', async () => {
    const { config, made } = load({ base: { optimizer: { beta: 0.5 } } });
    const events: unknown[] = [];
    config.subscribe((event) => events.push('changes' in event && event.changes.map(({ key }) => key)));
    config.set('optimizer.type', 'sgd');
    expect(config.values.optimizer).toEqual({ type: 'sgd', lr: 1, momentum: 0.9, schedule: { warmup: 7, steps: 2 } });
    config.unset('optimizer.type');
    expect(config.values.optimizer).toEqual({ type: 'adam', lr: 0.001, beta: 0.5, schedule: { warmup: 5 } });
    expect(events).toEqual(
      Array(2).fill(expect.arrayContaining(['optimizer.type', 'optimizer.lr', 'optimizer.beta', 'optimizer.momentum'])),
    );
    config.set('optimizer.type', 'sgd');
    await config.save();
    expect(JSON.parse(made.read('app.json'))).toEqual(SGD);
  });

  test('and settings of the new variant together', async () => {
    const { config, made } = load();
    expect(messages(() => config.set('optimizer.momentum', 0.5))).toEqual([
      'optimizer.momentum is a setting of optimizer.type "sgd", which is not chosen',
    ]);
    setAll(config, { 'optimizer.type': 'sgd', 'optimizer.momentum': 0.5 });
    await config.save();
    await config.update((draft) => {
      Object.assign(draft.optimizer, { type: 'adam', beta: 0.1 });
    });
    expect(config.values.optimizer).toMatchObject({ type: 'adam', beta: 0.1 });
    expect(JSON.parse(made.read('app.json'))).toEqual({ optimizer: { type: 'adam', momentum: 0.5, beta: 0.1 } });
    expect(config.warnings).toHaveLength(1);
    await config.reset();
    expect(JSON.parse(made.read('app.json'))).toEqual({});
  });

  test('not to a state that a flag contradicts', () => {
    const { config } = load({}, { argv: ['--optimizer.beta=0.5'] });
    expect(messages(() => config.set('optimizer.type', 'sgd'))).toEqual([
      expect.stringMatching(/^optimizer.beta belongs to optimizer.type adam, but .* sets optimizer.type to "sgd"/),
    ]);
    expect(config.values.optimizer.type).toBe('adam');
  });

  test('by an override, and by a reload', async () => {
    const { config, made } = load();
    config.override('optimizer.type', 'sgd');
    expect(config.values.optimizer).toHaveProperty('momentum');
    config.override('optimizer.type', undefined);
    made.write('app.json', JSON.stringify({ optimizer: { type: 'sgd', momentum: 0.1 } }));
    await config.reload();
    expect(config.values.optimizer).toMatchObject({ type: 'sgd', momentum: 0.1 });
  });
});

test('explain is right without a layer that chooses', () => {
  const { config } = load({ app: { optimizer: { lr: 0.5 } } }, { argv: ['--optimizer.type=sgd', '--optimizer.lr=4'] });
  expect(config.explain('optimizer.lr')).toMatchObject({ value: 4, format: 'nat' });
  expect(config.explain('optimizer.lr', { without: 'flag' })).toMatchObject({ value: 0.5, format: 'number' });
});

test('variants inside groups by name, and groups by name inside variants', () => {
  const own = defineConfig({
    name: 'x',
    envPrefix: 'X',
    settings: {
      stores: each({ backend: variants('type', { file: { path: 'x' }, remote: { urls: each({ url: '' }) } }) }),
    },
  });
  const env = { X_STORES__A__BACKEND__TYPE: 'remote', X_STORES__A__BACKEND__URLS__EU__URL: 'http://eu' };
  const config = loadConfigSync(own, { env, argv: ['--stores.b.backend.path=y'] });
  expect(config.values.stores).toEqual({
    a: { backend: { type: 'remote', urls: { eu: { url: 'http://eu' } } } },
    b: { backend: { type: 'file', path: 'y' } },
  });
});

test('a program gives a member to a group by name inside the chosen variant, and to no other', async () => {
  const store = variants('type', { file: { paths: each({ path: '/' }) }, remote: { urls: each({ url: '' }) } });
  const own = defineConfig({ name: 'x', file: 'app.json', settings: { store, pools: each({ size: 1 }) } });
  const made = folder({ 'app.json': '{ "store": { "type": "remote" } }' });
  const config = loadConfigSync(own, { cwd: made.path, env: {}, argv: [] });
  config.set('store.urls.eu.url' as never, 'http://eu' as never);
  config.set('pools.own.size' as never, 5 as never);
  expect(config.values).toEqual({
    store: { type: 'remote', urls: { eu: { url: 'http://eu' } } },
    pools: { own: { size: 5 } },
  });
  for (const [key, message] of [
    ['store.paths.a.path', 'store.paths.a.path is a setting of store.type "file", which is not chosen'],
    ['store.nope', 'store.nope is not a setting'],
    ['store.urls.eu.nope', 'store.urls.eu.nope is not a setting'],
  ] as const)
    expect(messages(() => config.set(key as never, 'x' as never))).toEqual([message]);
  await config.save();
  expect(JSON.parse(made.read('app.json'))).toEqual(config.values);
});

test('setAll makes the outer choice before the one inside it, in any order', () => {
  const inner = variants('kind', { x: { p: 1 }, y: { q: 2 } });
  const o = variants('type', { a: { n: 1 }, b: { inner } });
  const changes = [
    ['o.inner.q', 5],
    ['o.inner.kind', 'y'],
    ['o.type', 'b'],
  ] as const;
  for (const order of [changes, changes.toReversed(), [changes[1], changes[0], changes[2]]]) {
    const config = loadConfigSync(defineConfig({ name: 'x', file: 'app.json', settings: { o } }), {
      cwd: folder().path,
      env: {},
      argv: [],
    });
    setAll(config, Object.fromEntries(order as never));
    expect(config.values).toEqual({ o: { type: 'b', inner: { kind: 'y', q: 5 } } });
  }
});

test('JSON Schema has a shape for each variant', () => {
  const { properties } = jsonSchema(definition) as {
    properties: Record<string, { properties: object; anyOf: unknown[] }>;
  };
  expect(properties['optimizer']?.properties).toEqual({ type: { enum: ['adam', 'sgd'], default: 'adam' } });
  expect(properties['optimizer']?.anyOf).toMatchObject([
    { properties: { type: { const: 'adam' }, beta: { maximum: 1 } }, additionalProperties: false },
    { properties: { type: { const: 'sgd' }, lr: { type: 'integer' }, momentum: {} } },
  ]);
});

test('the chooser has the description of the choice', () => {
  const settings = { o: variants('type', { a: { n: 1 }, b: { n: 1 } }, { default: 'b', doc: 'How it is done.' }) };
  const [chooser] = describeSettings(defineConfig({ name: 'x', settings }));
  expect(chooser).toMatchObject({ key: 'o.type', doc: 'How it is done.', default: 'b' });
});

test('a description names the choices that a setting exists with', () => {
  const rules = Object.fromEntries(describeSettings(definition).map((one) => [one.key, one.rules]));
  expect(rules).toMatchObject({
    'optimizer.type': undefined,
    'optimizer.lr': ['only with optimizer.type "adam" or "sgd"'],
    'optimizer.schedule.steps': ['only with optimizer.type "sgd"'],
  });
});

const SHARED = 'o.p must be a setting in both of the variants a and b, or a plain group in both';

test.each<[object, string]>([
  [variants('type', {}), 'o has no variants'],
  [variants('type', undefined as never), 'o has no variants'],
  [variants('type', { a: { type: 1 } }), 'o has the variant a, which has a member type like the chooser'],
  [variants('a.b', { a: { n: 1 } }), 'o has a dot in its name'],
  [variants('type', { a: { n: { format: 'nat', default: -1 } } }), 'o.n has a default that it refuses'],
  [variants('type', { a: { n: 1 } }, { default: 'b' as never }), 'o.type has a default that it refuses'],
  [variants('type', { a: { p: each({ n: 1 }) }, b: { p: each({ n: 1 }) } }), SHARED],
  [variants('type', { a: { p: each({ n: 1 }) }, b: { p: { n: 1 } } }), SHARED],
  [variants('type', { a: { p: variants('k', { x: {} }) }, b: { p: variants('k', { y: {} }) } }), SHARED],
  [variants('type', { a: { p: 1 }, b: { p: { n: 1 } } }), SHARED],
  [variants('type', { a: { g: { p: 1 } }, b: {}, c: { g: { p: { n: 1 } } } }), 'o.g.p must be a setting'],
])('a mistake of the declaration: %j', (o, message) => {
  expect(messages(() => defineConfig({ name: 'x', settings: { o } as never })).join()).toContain(message);
});

test('to read or explain a setting of another variant names the choice', () => {
  const { config } = load();
  const expected = ['optimizer.momentum is a setting of optimizer.type "sgd", which is not chosen'];
  for (const read of [
    () => config.explain('optimizer.momentum' as never),
    () => config.get('optimizer.momentum' as never),
  ])
    expect(messages(read).map((line) => line.split('.').slice(0, 3).join('.'))).toEqual(expected);
});

test('a choice and settings of it are set together in any order', () => {
  const { config } = load();
  setAll(config, { 'optimizer.momentum': 0.5, 'optimizer.type': 'sgd' });
  expect(config.values.optimizer).toMatchObject({ type: 'sgd', momentum: 0.5 });
  expect(config.pending.map(({ key }) => key)).toEqual(['optimizer.momentum', 'optimizer.type']);
  expect(messages(() => setAll(config, { 'optimizer.momentum': 0.7, 'optimizer.type': 'adam' })).join()).toContain(
    'is a setting of optimizer.type "sgd", which is not chosen',
  );
});
