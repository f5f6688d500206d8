import { shared } from '@acme/shared';
import { defineConfig, loadConfigSync } from 'varve';

const definition = defineConfig({
  name: 'worker',
  envPrefix: 'WORKER',
  settings: { ...shared, jobs: { format: 'nat', default: 1 } },
});
export const { values } = loadConfigSync(definition, { cwd: import.meta.dirname });
const level: 'debug' | 'info' | 'warn' = values.log.level;
process.stdout.write(`${level} ${values.jobs}\n`);
