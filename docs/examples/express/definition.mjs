import { defineConfig } from 'varve';

export const definition = defineConfig({
  name: 'greeter',
  envPrefix: 'GREETER',
  settings: {
    port: { format: 'port', default: 3000 },
    greeting: { format: String, default: 'Hello' },
    proxies: { doc: 'Proxies in front of the server', format: 'nat', default: 0 },
  },
});
