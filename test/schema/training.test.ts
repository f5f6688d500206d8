import { fileURLToPath } from 'node:url';
import { createJiti } from 'jiti';
import { describe, expect, test } from 'vitest';
import { ConfigError, type Definition, type Explanation, loadConfig, loadConfigSync } from '../../src/index.ts';
import { folder } from '../folder.ts';
import { filed, given, type Node } from './doors.ts';

const varve = fileURLToPath(new URL('../../src/index.ts', import.meta.url));
const jiti = createJiti(import.meta.url, { alias: { varve } });

/** An example of the documentation, on the sources of this checkout. */
async function example(name: string): Promise<Definition> {
  return jiti.import<Definition>(`../../docs/examples/schemas/${name}.ts`, { default: true });
}

async function valuesOf(name: string, file: unknown, argv: readonly string[] = [], env = {}): Promise<unknown> {
  const definition = await example(name);
  const { path } = folder({ [String(definition.file)]: JSON.stringify(file) });
  return loadConfigSync(definition, { cwd: path, argv, env }).values;
}

describe('the examples', () => {
  test.each([
    ['nanogpt', 33],
    ['hugging-face-trainer', 49],
    ['detector', 35],
  ])('%s has its settings, each with a default that it takes from the file as well', async (name, count) => {
    const definition = await example(name);
    const { path, read } = folder();
    const config = await loadConfig({ ...definition, layout: 'full', create: true }, { cwd: path, argv: [], env: {} });
    expect(config.explainAll()).toHaveLength(count);
    expect(config.warnings).toEqual([]);
    const written = loadConfigSync(definition, { cwd: path, argv: [], env: {} });
    expect(written.values).toEqual(config.values);
    expect(written.explainAll().every(({ winner }: Explanation) => winner?.layer === 'file')).toBe(true);
    expect(JSON.parse(read(String(definition.file)))).toEqual(JSON.parse(JSON.stringify(config.values)));
  });

  test('nanoGPT is fine-tuned with a file like those of its own, and its own flags', async () => {
    const file = {
      out_dir: 'out-shakespeare',
      eval_iters: 40,
      init_from: 'gpt2-xl',
      batch_size: 1,
      learning_rate: 3e-5,
      decay_lr: false,
    };
    expect(
      await valuesOf('nanogpt', file, ['--device=cpu', '--compile=False', '--max_iters=20', '--min_lr', '5e-7']),
    ).toMatchObject({
      ...file,
      device: 'cpu',
      compile: false,
      max_iters: 20,
      min_lr: 5e-7,
    });
    await expect(valuesOf('nanogpt', { init_from: 'bert' }, ['--dropout=1.5'])).rejects.toThrow(ConfigError);
  });

  test('a trainer takes "auto", null and fractions', async () => {
    const deepspeed = {
      train_micro_batch_size_per_gpu: 4,
      optimizer: { params: { lr: 1e-5 } },
      zero_optimization: { stage: 3 },
    };
    const argv = [
      '--deepspeed.gradient-clipping',
      '0.5',
      '--eval-steps=0.1',
      '--label-names',
      'start,end',
      '--save-total-limit=null',
    ];
    expect(
      await valuesOf('hugging-face-trainer', { deepspeed, tf32: null, num_train_epochs: 0 }, argv, { HF_TOKEN: 'x' }),
    ).toMatchObject({
      deepspeed: {
        train_micro_batch_size_per_gpu: 4,
        gradient_clipping: 0.5,
        optimizer: { type: 'AdamW', params: { lr: 1e-5, betas: [0.9, 0.999], eps: 1e-8 } },
        zero_optimization: { stage: 3 },
      },
      tf32: null,
      num_train_epochs: 0,
      eval_steps: 0.1,
      label_names: ['start', 'end'],
      save_total_limit: null,
      hub_token: 'x',
    });
    await expect(valuesOf('hugging-face-trainer', {}, ['--deepspeed.gradient-clipping=automatic'])).rejects.toThrow(
      'or "auto"',
    );
  });

  test('a detector takes parts by their type, lists of them, and members of them', async () => {
    const file = {
      model: { backbone: { depth: 101 }, loss_bbox: { type: 'GIoULoss', loss_weight: 10 } },
      optim_wrapper: {
        optimizer: { type: 'AdamW', lr: 5e-7, betas: [0.9, 0.999] },
        clip_grad: { max_norm: 35, norm_type: 2 },
      },
    };
    const env = { DET_MODEL__BACKBONE__FROZEN_STAGES: '-1', DET_DATA__MULTI_SCALE: '[[480, 1333], [800, 1333]]' };
    expect(await valuesOf('detector', file, ['--model.anchor-generator.ratios', '0.5,1'], env)).toMatchObject({
      model: {
        backbone: { type: 'ResNet', depth: 101, frozen_stages: -1, out_indices: [0, 1, 2, 3] },
        anchor_generator: { ratios: [0.5, 1] },
        loss_bbox: { type: 'GIoULoss', loss_weight: 10 },
      },
      data: {
        multi_scale: [
          [480, 1333],
          [800, 1333],
        ],
      },
      optim_wrapper: file.optim_wrapper,
    });
    await expect(valuesOf('detector', { param_scheduler: [{ type: 'LinearLR' }, { begin: 0 }] })).rejects.toThrow(
      'element 2 must be an object with a "type"',
    );
  });
});

describe('values of training', () => {
  const numberOrAuto = (value: unknown): void => {
    if (value !== 'auto' && typeof value !== 'number') throw new Error('must be a number or "auto"');
  };

  test.each<[string, Node, string, unknown]>([
    ['a float of seven places', { format: Number, default: 1 }, '0.0000005', 5e-7],
    ['a float with an exponent', { format: Number, default: 1 }, '5e-7', 5e-7],
    ['0 for a Number', { format: Number, default: 0.5 }, '0', 0],
    ['a list of numbers', { format: Array, items: Number, default: [] }, '[1, 2.5, 1e-7]', [1, 2.5, 1e-7]],
    [
      'a nested list',
      { format: Array, items: { format: Array, items: Number }, default: [] },
      '[[1, 2], [], [3]]',
      [[1, 2], [], [3]],
    ],
    [
      'a mixed list',
      { format: Array, default: [] },
      '[1, "two", null, [3], {"four": 4}, true]',
      [1, 'two', null, [3], { four: 4 }, true],
    ],
    [
      'a list of objects',
      { format: Array, items: Object, default: [] },
      '[{"type": "Resize", "scale": [1333, 800]}]',
      [{ type: 'Resize', scale: [1333, 800] }],
    ],
    ['a number or "auto": a number', { format: numberOrAuto, default: 'auto' }, '0.1', 0.1],
    ['a number or "auto": "auto"', { format: numberOrAuto, default: 0.1 }, 'auto', 'auto'],
    [
      'an object of a type',
      { format: Object, default: {} },
      '{"type": "Adam", "args": {"lr": 1e-3}}',
      { type: 'Adam', args: { lr: 1e-3 } },
    ],
    ['an open object', { format: Object, default: { a: 1 } }, '{"b": {"c": [1]}}', { a: 1, b: { c: [1] } }],
  ])('%s, as text and in the file', (_, node, text, value) => {
    const json = text === 'auto' ? '"auto"' : text;
    expect(filed(node, json)).toEqual({ value });
    for (const door of ['env', 'flag'] as const) expect(given(door, node, text)).toEqual({ value });
  });

  test('a number or "auto" refuses in its own words', () => {
    for (const value of ['auto', 1]) {
      for (const door of ['env', 'flag', 'set'] as const) {
        expect(given(door, { format: numberOrAuto, default: value }, 'some')).toMatchObject({
          refused: [{ message: 'must be a number or "auto", got "some"' }],
        });
      }
    }
  });
});
