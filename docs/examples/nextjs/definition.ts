import { defineConfig } from 'varve';

export const definition = defineConfig({
  name: 'site',
  envPrefix: 'SITE',
  settings: {
    title: { format: String, default: 'A site' },
    token: { format: String, sensitive: true, default: null },
  },
});
