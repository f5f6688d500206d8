import { type Definition, defineConfig } from '../index.ts';

const settings = {
  variables: {
    doc: 'Series that rules are learned from',
    format: 'Array',
    items: 'String',
    minLength: 1,
    default: ['spx_close', 'us_10y_yield', 'wb_gdp_growth_annual', 'wb_unemployment_total'],
  },
  batch_size_days: { doc: 'Days of history in one training batch', format: 'nat', min: 1, default: 30 },
  max_workers: { doc: 'Worker processes; null: one per core', format: 'nat', min: 1, nullable: true, default: null },
  overlap_days: { doc: 'Days that two batches in a row share', format: 'nat', default: 5 },
  metrics_retention_days: { doc: 'Days that metrics are kept', format: 'nat', min: 1, default: 30 },
  trust_threshold: { doc: 'Least trust that a rule needs', format: 'Number', min: 0, max: 1, default: 0.7 },
  enable_visualizations: { doc: 'Whether results are drawn as charts', format: 'Boolean', default: true },
} as const;

/** The settings of recursive learning, with their file and the names of their variables. */
export const definition: Definition<typeof settings, 'allow'> = defineConfig({
  name: 'recursive-learning',
  file: { path: 'config/recursive_learning_config.json', env: 'RECURSIVE_LEARNING_CONFIG' },
  envPrefix: 'RL',
  dotenv: true,
  layout: 'full',
  create: true,
  unknown: 'allow',
  settings,
});
