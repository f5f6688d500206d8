import { defineConfig } from 'varve';

/** The layout of a node-config folder: default, deployment, local, and variables by their own names. */
export default defineConfig({
  name: 'chat',
  root: import.meta.dirname,
  files: [
    'config/default.json',
    { path: 'config/{profile}.json', optional: true },
    { path: 'config/local.json', optional: true },
    { path: 'config/local-{profile}.json', optional: true },
  ],
  profile: { values: ['development', 'test', 'production'], env: 'NODE_ENV', default: 'development' },
  settings: {
    host: 'localhost',
    port: { format: 'port', default: 3030, env: 'PORT' },
    page: { size: 10, most: 50 },
    authentication: { secret: { format: String, sensitive: true, default: null, env: 'CHAT_SECRET' } },
  },
});
