import { shared } from '@acme/shared';
import { defineConfig, loadConfigSync } from 'varve';

const definition = defineConfig({
  name: 'api',
  envPrefix: 'API',
  settings: { ...shared, port: { format: 'port', default: 3000 } },
});
export const { values } = loadConfigSync(definition, { cwd: import.meta.dirname });
const level: 'debug' | 'info' | 'warn' = values.log.level;
process.stdout.write(`${level} ${values.port}\n`);
