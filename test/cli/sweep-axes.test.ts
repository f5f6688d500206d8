import { describe, expect, test } from 'vitest';
import { VARVE } from './golden.ts';
import { Shell } from './shell.ts';

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
  },
});
`;

type Values = Readonly<Record<string, unknown>>;

/** The values of the runs that a sweep would start. */
async function runsOf(line: string): Promise<readonly Values[]> {
  const words = ['sweep', ...line.split(' '), '--emit', 'jsonl', '--', 'true'];
  const { code, stdout, stderr } = await new Shell({ 'varve.config.mjs': DEFINITION }).run(words);
  expect([code, stderr]).toEqual([0, '']);
  const lines = stdout.trim().split('\n');
  return lines.map((text) => JSON.parse(text).values);
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

  test('paired settings are drawn together', async () => {
    const runs = await runsOf('--sample 8 --sample-seed 7 --n-layer 2,4 --seed 10,20 --pair n_layer,seed');
    for (const { n_layer, seed } of runs) expect(seed).toBe(n_layer === 2 ? 10 : 20);
    expect(new Set(runs.map(({ n_layer }) => n_layer)).size).toBe(2);
  });
});
