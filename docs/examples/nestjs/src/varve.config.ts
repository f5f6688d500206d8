import { defineConfig } from 'varve';

export default defineConfig({
  name: 'greeter',
  file: 'greeter.json',
  envPrefix: 'GREETER',
  dotenv: true,
  settings: {
    port: { doc: 'The port; 0: any free port', format: 'port', default: 3000 },
    greeting: { doc: 'The first word of an answer', format: String, default: 'Hello' },
    signing: { key: { doc: 'Signs the answers', format: String, minLength: 8, sensitive: true, default: null } },
  },
});
