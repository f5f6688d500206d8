import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfigOrExit, type Values } from 'varve';
import definition from './varve.config.ts';

type Settings = Values<typeof definition>;
type Point = readonly [x: readonly number[], y: number];

/** Numbers between -1 and 1 that are the same for the same seed. */
function noise(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (2 * state) / 2_147_483_647 - 1;
  };
}

/** What the model sees of a number. */
function features(model: Settings['model'], x: number): readonly number[] {
  if (model.kind === 'linear') return model.bias ? [1, x] : [x];
  return Array.from({ length: model.degree + 1 }, (_, power) => x ** power);
}

function points({ data, model, training }: Settings): readonly Point[] {
  const next = noise(training.seed);
  return Array.from({ length: 64 }, (): Point => {
    const x = next();
    const y = data.set === 'line' ? data.slope * x : Math.sin(data.frequency * x);
    return [features(model, x), y + data.noise * next()];
  });
}

/** The function that changes the weights by one gradient; it keeps the state of the optimizer. */
function optimizer(
  settings: Settings['optimizer'],
  size: number,
): (weights: number[], gradient: readonly number[], rate: number) => void {
  const mean = new Array<number>(size).fill(0);
  const square = new Array<number>(size).fill(0);
  let step = 0;
  return (weights, gradient, rate) => {
    step += 1;
    for (const [i, slope] of gradient.entries()) {
      if (settings.type === 'sgd') {
        mean[i] = settings.momentum * (mean[i] ?? 0) + slope;
        weights[i] = (weights[i] ?? 0) - rate * mean[i];
      } else {
        const [first = 0.9, second = 0.999] = settings.betas;
        mean[i] = first * (mean[i] ?? 0) + (1 - first) * slope;
        square[i] = second * (square[i] ?? 0) + (1 - second) * slope ** 2;
        const scale = Math.sqrt(square[i] / (1 - second ** step)) + 1e-8;
        weights[i] = (weights[i] ?? 0) - (rate * mean[i]) / (1 - first ** step) / scale;
      }
    }
  };
}

/** The part of the rate that counts after a part of the training. */
function shape(schedule: Settings['schedule'], progress: number): number {
  if (schedule.shape === 'constant') return 1;
  return schedule.least + (1 - schedule.least) * (1 + Math.cos(Math.PI * progress)) * 0.5;
}

function train(settings: Settings): number {
  const all = points(settings);
  const size = features(settings.model, 0).length;
  const weights = new Array<number>(size).fill(0);
  const change = optimizer(settings.optimizer, size);
  let loss = 0;
  for (let step = 0; step < settings.training.steps; step++) {
    const gradient = new Array<number>(size).fill(0);
    loss = 0;
    for (const [inputs, y] of all) {
      const error = inputs.reduce((sum, input, i) => sum + input * (weights[i] ?? 0), -y);
      loss += error ** 2 / all.length;
      for (const [i, input] of inputs.entries()) gradient[i] = (gradient[i] ?? 0) + (2 * error * input) / all.length;
    }
    change(weights, gradient, settings.optimizer.lr * shape(settings.schedule, step / settings.training.steps));
  }
  return loss;
}

const { values } = await loadConfigOrExit(definition);
const result = { optimizer: values.optimizer.type, loss: Number(train(values).toPrecision(3)) };
const folder = process.env['VARVE_RUN_FOLDER'];
if (folder !== undefined) writeFileSync(join(folder, 'result.json'), JSON.stringify(result));
process.stdout.write(`${JSON.stringify(result)}\n`);
