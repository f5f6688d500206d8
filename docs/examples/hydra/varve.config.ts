import { defineConfig, defineSettings, variants } from 'varve';

const rate = { doc: 'Size of a step', format: Number, min: 0, default: 0.1 } as const;

/** One group for each folder of `conf/`, with a file for each choice. */
const groups = defineSettings({
  data: variants(
    'set',
    { line: { slope: 2, noise: 0 }, wave: { frequency: { format: Number, min: 0, default: 1 }, noise: 0 } },
    { doc: 'What is learnt', files: 'conf/data/{set}.yaml' },
  ),
  model: variants(
    'kind',
    { linear: { bias: true }, polynomial: { degree: { format: 'nat', min: 1, max: 9, default: 3 } } },
    { files: 'conf/model/{kind}.yaml' },
  ),
  optimizer: variants(
    'type',
    {
      adam: { lr: rate, betas: { format: Array, items: Number, default: [0.9, 0.999] } },
      sgd: { lr: rate, momentum: { format: Number, min: 0, max: 1, default: 0 } },
    },
    { files: 'conf/optimizer/{type}.yaml' },
  ),
  schedule: variants(
    'shape',
    { constant: {}, cosine: { least: { doc: 'Part of the rate that is left at the end', default: 0 } } },
    { files: { path: 'conf/schedule/{shape}.yaml', optional: true } },
  ),
});

export default defineConfig({
  name: 'fit',
  root: import.meta.dirname,
  files: ['conf/config.yaml'],
  envPrefix: 'FIT',
  references: true,
  settings: {
    training: {
      steps: { format: 'nat', default: 100 },
      lr: { ...rate, doc: 'The rate that the optimizers refer to' },
      seed: { format: 'nat', default: 0 },
    },
    ...groups,
  },
});
