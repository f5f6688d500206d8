import { defineConfig } from 'varve';

export default defineConfig({
  name: 'trainer',
  file: 'trainer.json',
  envPrefix: 'TRAIN',
  settings: {
    steps: { doc: 'Steps of a whole run', format: 'nat', default: 1000 },
    lr: { doc: 'Learning rate', format: Number, min: 0, default: 3e-4 },
    step_ms: { doc: 'Pause after each step, in milliseconds', format: 'nat', default: 20, identity: false },
    workers: { doc: 'Processes that load data', format: 'nat', default: 2, identity: false, reload: false },
    tracker: { token: { doc: 'Of the experiment tracker', format: String, default: '', sensitive: true } },
  },
});
