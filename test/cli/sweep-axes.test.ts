import { readdirSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, test } from 'vitest';
import { axesByChoice } from '../../src/cli/sweep/choices.ts';
import { combine, requireFewRuns } from '../../src/cli/sweep/combinations.ts';
import { type Definition, defineConfig, loadConfig, variants } from '../../src/index.ts';
import { golden, VARVE } from './golden.ts';
import { type Answer, Shell } from './shell.ts';

const DEFINITION = `import { defineConfig } from '${VARVE}';
export default defineConfig({
  name: 'gpt',
  settings: {
    lr: { format: Number, default: 0.001, min: 0.00001, max: 0.1, search: 'log' },
    dropout: { format: Number, default: 0, min: 0, max: 0.5, search: 'linear' },
    batch_size: { format: 'nat', default: 32, min: 8, max: 128, search: 'log' },
    n_layer: { format: 'nat', default: 4 },
    seed: { format: 'nat', default: 1 },
    labels: { format: Object, default: { team: 'rl' } },
    title: 'a',
  },
});
`;

/** Settings of one name with another range, a choice inside a variant, and an `Object` in one. */
const VARIANTS = `import { defineConfig, variants } from '${VARVE}';
const rate = (min, max) => ({ format: Number, default: min, min, max, search: 'log' });
export default defineConfig({
  name: 'gpt',
  settings: {
    optimizer: variants('type', {
      adam: { lr: rate(0.001, 0.1), beta: { format: Number, default: 0.9, min: 0.5, max: 0.9, search: 'linear' } },
      sgd: {
        lr: rate(1, 100),
        momentum: { format: Number, default: 0.9 },
        schedule: variants('kind', { none: {}, step: { gamma: { format: Number, default: 0.5 } } }),
        more: { format: Object, default: { nesterov: false } },
      },
      lion: { sign: { format: 'nat', default: 1 } },
    }),
    seed: { format: 'nat', default: 1 },
  },
});
`;

test('what a sweep refuses before anything starts', () =>
  golden('sweep-refused', [
    'sweep --trust-threshold 0.5,7,x --batch-size-days 30,-1 -- true',
    'sweep --trust-threshold 0.5,7 --json -- true',
    'RL_OVERLAP_DAYS=few sweep --trust-threshold 0.5 -- true',
    'sweep --trust-treshold 0.5 -- true',
    'sweep --tracker.token secret-1,secret-2 -- true',
    'sweep --trust-threshold -- true',
    'sweep --trust-threshold 0.5 true',
    'sweep --trust-threshold 0.5 python train.py',
    'sweep --trust-threshold 0.5 0.7 -- true',
    'sweep trust_threshold=0.5,0.7 -- true',
    'sweep --trust-threshold 0.5 --job 2 -- true',
    'sweep reslts',
    'sweep --trust-threshold 0.5',
    'sweep -- true',
    'sweep --jobs 0 --trust-threshold 0.5 -- true',
    'sweep --emit sge --trust-threshold 0.5 -- true',
    'sweep --trust-threshold 0.9:0.1:3 -- true',
    'sweep --trust-threshold 0:1:log:3 -- true',
    'sweep --trust-threshold 0:1 -- true',
    'sweep --trust-threshold search:3 -- true',
    'sweep --trust-threshold 0.1,0.2 --batch-size-days 1 --pair trust_threshold,batch_size_days -- true',
    'sweep --trust-threshold 0.1,0.2 --each overlap_days -- true',
    'sweep --batch-size-days 1:200 --overlap-days 1:200 -- true',
    'sweep --trust-threshold 0.1 --seed 7 -- true',
    'sweep --sample 0 -- true',
    'sweep --trust-threshold 0.1 --index 3 -- true',
    'sweep --trust-threshold 0.1 --index NO_SUCH_VARIABLE -- true',
    'sweep status -o nowhere',
    'sweep --set trust_threshold -- true',
    'sweep --tracker.labels [1 -- true',
    'sweep --tracker.labels [] -- true',
    (shell) => expect(readdirSync(shell.folder.path).sort()).toEqual(['.env', 'config', 'varve.config.mjs']),
  ]));

test('a sweep for a scheduler', () =>
  golden('sweep-emit', [
    'sweep --trust-threshold 0.5,0.7 --set batch_size_days=30,60 --emit jsonl -- python train.py',
    'sweep --trust-threshold 0.5,0.50,0.7 --emit shell -o runs/a --file config/app.json --retry 2 -- python train.py',
    'sweep --trust-threshold=0.5 --trust-threshold=0.7 --log.level debug -j 2 --emit slurm -- sh -c $X',
    `sweep --tracker.labels [{"a":1},{"a":"it's"}] --emit kubernetes -- sh -c $(X)`,
    'sweep --sample 2 --trust-threshold 0:1 --seed 7 --program varve --emit shell -- true',
  ]));

type Values = Readonly<Record<string, unknown>>;

/** The values of the runs that a sweep would start. */
async function runsOf(line: string, definition = DEFINITION): Promise<readonly Values[]> {
  const { code, stdout, stderr } = await emitted(line, definition);
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.trim().split('\n');
  return lines.map((text) => JSON.parse(text).values);
}

function emitted(line: string, definition: string): Promise<Answer> {
  const words = ['sweep', ...line.split(' '), '--emit', 'jsonl', '--', 'true'];
  return new Shell({ 'varve.config.mjs': definition }).run(words);
}

describe('the runs of a sweep', () => {
  test.each<readonly [line: string, runs: readonly Values[]]>([
    [
      '--lr 0.1,0.05 --batch-size 16,32 --pair lr,batch_size --seed 1:2',
      [
        { lr: 0.1, batch_size: 16, seed: 1 },
        { lr: 0.1, batch_size: 16, seed: 2 },
        { lr: 0.05, batch_size: 32, seed: 1 },
        { lr: 0.05, batch_size: 32, seed: 2 },
      ],
    ],
    [
      '--lr 0.1,0.05 --batch-size 16,32 --n-layer 2,4 --pair lr,batch_size,n_layer',
      [
        { lr: 0.1, batch_size: 16, n_layer: 2 },
        { lr: 0.05, batch_size: 32, n_layer: 4 },
      ],
    ],
    ['--lr search:3', [{ lr: 0.00001 }, { lr: 0.001 }, { lr: 0.1 }]],
    ['--dropout search:3', [{ dropout: 0 }, { dropout: 0.25 }, { dropout: 0.5 }]],
    ['--batch-size search:5', [8, 16, 32, 64, 128].map((batch_size) => ({ batch_size }))],
    ['--labels.team a,b', [{ 'labels.team': 'a' }, { 'labels.team': 'b' }]],
    ['--labels.n 1:3:3', [{ 'labels.n': '1' }, { 'labels.n': '2' }, { 'labels.n': '3' }]],
    ['--title 1:3', [{ title: '1:3' }]],
    ['--lr 0.01:0.03:3', [{ lr: 0.01 }, { lr: 0.02 }, { lr: 0.03 }]],
    ['--lr 1e-2:+1E-1:log:3', [{ lr: 0.01 }, { lr: 0.0316228 }, { lr: 0.1 }]],
    ['--lr .01:0.1:linear:2', [{ lr: 0.01 }, { lr: 0.1 }]],
    ['--lr 0.1:0.1:3', [{ lr: 0.1 }]],
    ['--lr 0.0123456789:0.0987654321:2', [{ lr: 0.0123456789 }, { lr: 0.0987654321 }]],
    ['--lr 0.0123456789:0.0123456789:3', [{ lr: 0.0123456789 }]],
    ['--n-layer 9000:9001', [{ n_layer: 9000 }, { n_layer: 9001 }]],
    ['--lr 0.01:0.1:1', [{ lr: 0.01 }]],
    ['--dropout 0:0.5:3', [{ dropout: 0 }, { dropout: 0.25 }, { dropout: 0.5 }]],
    ['--n-layer 2:4', [{ n_layer: 2 }, { n_layer: 3 }, { n_layer: 4 }]],
    ['--n-layer 1:9:3', [{ n_layer: 1 }, { n_layer: 5 }, { n_layer: 9 }]],
    ['--n-layer 1:3:9', [{ n_layer: 1 }, { n_layer: 2 }, { n_layer: 3 }]],
    ['--batch-size search:12', [8, 10, 13, 17, 22, 28, 36, 47, 60, 77, 99, 128].map((batch_size) => ({ batch_size }))],
    [
      '--set seed=1,2 --n-layer 3',
      [
        { seed: 1, n_layer: 3 },
        { seed: 2, n_layer: 3 },
      ],
    ],
    ['--seed 1,2 --seed 3', [{ seed: 1 }, { seed: 2 }, { seed: 3 }]],
    ['--n-layer \t2:3\t', [{ n_layer: 2 }, { n_layer: 3 }]],
    ['--title \t["a,b"]', [{ title: 'a,b' }]],
    ['--title \ta,\tb', [{ title: 'a' }, { title: 'b' }]],
    ['--title ["a",1,[true]]', [{ title: 'a' }, { title: '1' }, { title: '[true]' }]],
  ])('%s', async (line, runs) => expect(await runsOf(line)).toEqual(runs));

  test('draws take every setting that declares a search, between its bounds', async () => {
    const runs = await runsOf('--sample 40 --sample-seed 7');
    expect(runs).toHaveLength(40);
    for (const { lr, dropout, batch_size, ...others } of runs as readonly Record<string, number>[]) {
      expect(others).toEqual({});
      expect([lr, dropout, batch_size].every(Number.isFinite)).toBe(true);
      expect(lr).toBeGreaterThanOrEqual(0.00001);
      expect(lr).toBeLessThanOrEqual(0.1);
      expect(dropout).toBeLessThanOrEqual(0.5);
      expect(Number.isInteger(batch_size) && (batch_size ?? 0) >= 8 && (batch_size ?? 0) <= 128).toBe(true);
    }
    // On a logarithmic scale, half of the draws lie below the geometric mean.
    const low = runs.filter(({ lr }) => Number(lr) < 0.001).length;
    expect([low > 10, low < 30]).toEqual([true, true]);
  });

  test('more draws begin with the same ones, and another seed gives others', async () => {
    const [four, two, other] = [
      await runsOf('--sample 4 --sample-seed 7'),
      await runsOf('--sample 2 --sample-seed 7'),
      await runsOf('--sample 2 --sample-seed 8'),
    ];
    expect(four.slice(0, 2)).toEqual(two);
    expect(other).not.toEqual(two);
  });

  test('values that are given narrow the search of a setting, and --each is not drawn', async () => {
    const runs = await runsOf('--sample 3 --sample-seed 7 --dropout 0.1,0.2 --seed 1,2 --each seed');
    expect(runs.map(({ seed }) => seed)).toEqual([1, 2, 1, 2, 1, 2]);
    expect(runs.every(({ dropout }) => dropout === 0.1 || dropout === 0.2)).toBe(true);
    expect(runs[0]?.['lr']).toBe(runs[1]?.['lr']);
  });

  test('paired settings are drawn together, and none of them if one is not drawn', async () => {
    const pair = '--sample-seed 7 --n-layer 2,4 --seed 10,20 --pair n_layer,seed';
    const each = await runsOf(`--sample 1 ${pair} --each seed`);
    expect(each.map(({ n_layer, seed }) => [n_layer, seed])).toEqual([
      [2, 10],
      [4, 20],
    ]);
    const runs = await runsOf('--sample 8 --sample-seed 7 --n-layer 2,4 --seed 10,20 --pair n_layer,seed');
    for (const { n_layer, seed } of runs) expect(seed).toBe(n_layer === 2 ? 10 : 20);
    expect(new Set(runs.map(({ n_layer }) => n_layer)).size).toBe(2);
  });
});

test.each<readonly [line: string, message: string]>([
  ['--lr 0.1:0.01:3', 'the range 0.1:0.01:3 of lr begins above its end'],
  ['--lr 0:0.1:log:3', 'a log range begins above 0; lr begins at 0'],
  ['--lr 0.01:0.1:log', 'Add their number: 0.01:0.1:log:5.'],
  ['--lr 0.01:0.1', 'Add their number: 0.01:0.1:5.'],
  ['--lr 0.01:0.1:0', 'how many values of lr?'],
  ['--lr 0.01:0.1:10001', 'lr has 10001 values, more than 10000'],
  ['--n-layer search', 'n-layer declares no search space'],
  ['--n-layer 1:3 --n-layer 5', 'n-layer has a range and other values'],
  ['--n-layer 5 --n-layer 1:3', 'n-layer has a range and other values'],
  ['--n-layer 1:100 --seed 1:101', 'these are 10100 runs, more than 10000'],
  ['--seed 1,2 --n-layer 1,2,3 --pair seed,n_layer', 'n_layer and seed are paired, but have 3 and 2 values'],
  ['--seed 1,2 --each n_layer', 'n_layer has no values to combine'],
  ['--lr [0.1', 'the values of lr begin with [, but are not a JSON list'],
  ['-q 1', '-q is neither an option nor a setting'],
  ['--labels[0] 1', '--labels[0] is neither an option nor a setting'],
])('%s is refused', async (line, message) => {
  const { code, stderr } = await emitted(line, DEFINITION);
  expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
});

describe('the axes of a sweep', () => {
  let loads = 0;
  const plan = (definition: Definition, axes: Readonly<Record<string, string>>) => {
    const context = {
      define: async () => ({ definition, root: '/' }),
      load: (options: object) => {
        loads += 1;
        return loadConfig(definition, { env: {}, cwd: '/', ...options });
      },
    };
    const given = Object.entries(axes).map(([name, list]) => [name, [list]] as const);
    return axesByChoice(context, { given, isSearched: false });
  };
  const nested = defineConfig({
    name: 'gpt',
    settings: {
      optimizer: variants('type', {
        adam: { beta: 0.9 },
        sgd: { schedule: variants('kind', { step: { gamma: 0.5 }, none: {} }) },
      }),
      model: variants('kind', { mlp: { width: 8 }, cnn: { kernel: 3 } }),
      seed: 1,
    },
  });

  test('over variants have the settings that depend on a choice, and its configuration', async () => {
    const axes = { 'optimizer.type': 'adam,sgd', 'optimizer.schedule.gamma': '0.1', seed: '1,2' };
    const { keys, choices, unused, dependent, snapshots } = await plan(nested, axes);
    expect(keys).toEqual(Object.keys(axes));
    expect(choices.map(({ choice, axes: own }) => [choice, own.map(({ key }) => key)])).toEqual([
      [['optimizer.type=adam'], ['optimizer.type', 'seed']],
      [['optimizer.type=sgd'], ['optimizer.type', 'optimizer.schedule.gamma', 'seed']],
    ]);
    expect([unused, dependent.toSorted()]).toEqual([
      [],
      ['optimizer.beta', 'optimizer.schedule.gamma', 'optimizer.schedule.kind'],
    ]);
    expect([...snapshots].map(([choice, { values }]) => [choice, values['optimizer']])).toEqual([
      ['optimizer.type=adam', { type: 'adam', beta: 0.9 }],
      ['optimizer.type=sgd', { type: 'sgd', schedule: { kind: 'step', gamma: 0.5 } }],
    ]);
  });

  test('of one variant depend on nothing, and have no configuration of their own', async () => {
    const { choices, dependent, snapshots } = await plan(nested, { 'optimizer.beta': '0.5,0.6' });
    expect(choices).toEqual([{ choice: [], axes: [{ key: 'optimizer.beta', values: ['0.5', '0.6'] }] }]);
    expect([dependent, snapshots.size]).toEqual([[], 0]);
  });

  test('without variants are known without a configuration', async () => {
    loads = 0;
    const plain = defineConfig({ name: 'gpt', settings: { seed: 1 } });
    expect((await plan(plain, { seed: '1,2' })).choices).toEqual([
      { choice: [], axes: [{ key: 'seed', values: ['1', '2'] }] },
    ]);
    expect(loads).toBe(0);
  });

  test('that are paired give each run one value of both', () => {
    const axes = [
      { key: 'a', values: ['1', '2'] },
      { key: 'b', values: ['3', '4'] },
    ];
    const choices = [{ choice: [], axes }];
    expect(combine({ keys: ['a', 'b'], choices }, { seed: '', pairs: [['b', 'a']], each: [] })).toEqual([
      ['a=1', 'b=3'],
      ['a=2', 'b=4'],
    ]);
  });

  test('are refused if they have more than 10,000 choices, or runs', async () => {
    const names = Array.from({ length: 101 }, (_, i) => `k${i}`);
    const many = () => variants('kind', Object.fromEntries(names.map((name) => [name, { x: 1 }])));
    const definition = defineConfig({ name: 'gpt', settings: { a: many(), b: many() } });
    const axes = { 'a.kind': names.join(','), 'b.kind': names.join(',') };
    await expect(plan(definition, axes)).rejects.toThrow('these are 10201 runs, more than 10000');
    expect(() => requireFewRuns(10_001)).toThrow('these are 10001 runs');
    requireFewRuns(10_000);
  });
});

describe('the runs of a sweep over variants', () => {
  const [adam, sgd, lion] = ['adam', 'sgd', 'lion'].map((type) => ({ 'optimizer.type': type }));
  const momentum = (value: number) => ({ 'optimizer.momentum': value });

  test.each<readonly [line: string, runs: readonly Values[]]>([
    [
      '--optimizer.momentum 0.8,0.9 --seed 1,2 --optimizer.type adam,sgd',
      [
        { ...adam, seed: 1 },
        { ...adam, seed: 2 },
        { ...sgd, ...momentum(0.8), seed: 1 },
        { ...sgd, ...momentum(0.8), seed: 2 },
        { ...sgd, ...momentum(0.9), seed: 1 },
        { ...sgd, ...momentum(0.9), seed: 2 },
      ],
    ],
    [
      '--optimizer.type adam,sgd --optimizer.lr search:2',
      [
        { ...adam, 'optimizer.lr': 0.001 },
        { ...adam, 'optimizer.lr': 0.1 },
        { ...sgd, 'optimizer.lr': 1 },
        { ...sgd, 'optimizer.lr': 100 },
      ],
    ],
    [
      '--optimizer.type adam,sgd --optimizer.momentum 0.8,0.9 --pair optimizer.momentum,optimizer.type',
      [adam ?? {}, { ...sgd, ...momentum(0.9) }],
    ],
    [
      '--optimizer.type lion,sgd --optimizer.schedule.kind none,step --optimizer.schedule.gamma 0.1,0.2',
      [
        lion ?? {},
        { ...sgd, 'optimizer.schedule.kind': 'none' },
        { ...sgd, 'optimizer.schedule.kind': 'step', 'optimizer.schedule.gamma': 0.1 },
        { ...sgd, 'optimizer.schedule.kind': 'step', 'optimizer.schedule.gamma': 0.2 },
      ],
    ],
    [
      '--optimizer.type adam,sgd --optimizer.more.nesterov true,false',
      [adam ?? {}, { ...sgd, 'optimizer.more.nesterov': true }, { ...sgd, 'optimizer.more.nesterov': false }],
    ],
    ['--optimizer.beta 0.6,0.7', [{ 'optimizer.beta': 0.6 }, { 'optimizer.beta': 0.7 }]],
  ])('%s', async (line, runs) => {
    const own = await runsOf(line, VARIANTS);
    expect(own).toEqual(runs);
  });

  test('draws take the searches of the variant that they draw, each between its own bounds', async () => {
    const line = '--optimizer.type adam,sgd,lion --sample-seed 7 --sample';
    const runs = await runsOf(`${line} 30`, VARIANTS);
    const keys = { adam: ['beta', 'lr'], sgd: ['lr'], lion: [] };
    const drawn = new Set(runs.map((run) => run['optimizer.type']));
    expect(drawn).toEqual(new Set(['adam', 'sgd', 'lion']));
    for (const { 'optimizer.type': type, ...others } of runs) {
      const names = keys[type as keyof typeof keys].map((name) => `optimizer.${name}`);
      expect(Object.keys(others).toSorted()).toEqual(names);
      if (type !== 'lion') expect(Number(others['optimizer.lr']) >= 1).toBe(type === 'sgd');
    }
    expect((await runsOf(`${line} 4`, VARIANTS)).every((run) => runs.some((one) => isDeepStrictEqual(one, run)))).toBe(
      true,
    );
  });

  test('draws without a choice search the variant that the layers choose', async () => {
    const runs = await runsOf('--sample 3 --sample-seed 7', VARIANTS);
    for (const run of runs) expect(Object.keys(run).toSorted()).toEqual(['optimizer.beta', 'optimizer.lr']);
  });

  test.each<readonly [line: string, code: number, message: string]>([
    [
      '--optimizer.type adam,lion --optimizer.momentum 0.8,0.9',
      2,
      'varve: optimizer.momentum exists only with optimizer.type "sgd", which no run of this sweep has\n' +
        '  Leave it out, or sweep optimizer.type with that choice.\n',
    ],
    [
      '--sample 1 --sample-seed 7 --optimizer.type adam,adam --optimizer.sign 1:3',
      2,
      'optimizer.sign exists only with optimizer.type "lion", which no run of this sweep has',
    ],
    ['--optimizer.momentum 0.8', 3, 'belongs to optimizer.type sgd, but the default of optimizer.type is "adam"'],
    ['--optimizer.type adam,sdg --optimizer.momentum 0.8', 3, 'Did you mean sgd?'],
  ])('%s is refused', async (line, code, message) => {
    const answer = await emitted(line, VARIANTS);
    expect([answer.code, answer.stderr]).toEqual([code, expect.stringContaining(message)]);
  });
});
