import { defineConfig } from 'varve';

export default defineConfig({
  name: 'orders',
  root: import.meta.dirname,
  file: 'config.json',
  envPrefix: 'ORDERS',
  settings: {
    port: { doc: 'The port of the service', format: 'port', default: 8080 },
    pool: { doc: 'Database connections', format: 'nat', default: 10 },
  },
});
