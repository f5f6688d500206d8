import { defineConfig, loadConfigSync } from 'varve';

const definition = defineConfig({
  name: 'tool',
  file: 'tool.json',
  envPrefix: 'TOOL',
  settings: { port: { format: 'port', default: 3000 }, tags: { format: Array, default: [] } },
});
const config = loadConfigSync(definition);
process.stdout.write(`${JSON.stringify(config.values)} ${config.explain('port').winner.name}\n`);
