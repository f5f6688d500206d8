import { defineConfig } from 'varve';

export default defineConfig({
  name: 'trainer',
  file: 'trainer.json',
  envPrefix: 'TRAINER',
  settings: {
    lr: { doc: 'Learning rate', format: Number, min: 1e-6, max: 1, search: 'log', default: 1 },
    steps: { doc: 'Steps of a whole run', format: 'nat', default: 3 },
    resume_from: { doc: 'A checkpoint', format: String, nullable: true, default: null },
    shuffle: { doc: 'Whether the data is shuffled', format: Boolean, default: true },
    betas: { doc: 'Of Adam', format: Array, items: Number, default: [0.9, 0.999] },
    optimizer: {
      name: { doc: 'Which one', format: ['adam', 'sgd'], default: 'adam' },
      kwargs: { doc: 'Its other arguments', format: Object, default: { eps: 1e-8 } },
    },
    lambda: { doc: 'A name that Python reserves', format: Number, default: 0.5 },
    tracker: { token: { doc: 'Of the experiment tracker', format: String, sensitive: true, default: '' } },
  },
});
