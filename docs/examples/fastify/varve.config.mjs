import { defineConfig } from 'varve';

export default defineConfig({
  name: 'greeter',
  file: 'greeter.json',
  envPrefix: 'GREETER',
  dotenv: true,
  settings: {
    port: { doc: 'Port to listen on; 0 takes a free one', format: 'port', default: 3000, reload: false },
    greeting: { doc: 'The greeting', format: String, default: 'Hello' },
    log: {
      level: { doc: 'Lowest severity that is logged', format: ['debug', 'info', 'warn', 'error'], default: 'info' },
    },
    signing: { key: { doc: 'Signs the answers', format: String, minLength: 8, sensitive: true, default: null } },
  },
});
