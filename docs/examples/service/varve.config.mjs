import { defineConfig } from 'varve';

export default defineConfig({
  name: 'greeter',
  file: 'greeter.json',
  envPrefix: 'GREETER',
  dotenv: true,
  // A typing mistake in a deployment is better found at the start than missed.
  strictEnv: true,
  strictFlags: true,
  settings: {
    greeting: { doc: 'What everybody is told; {name} is who asks', format: String, default: 'Hello, {name}!' },
    http: {
      host: { doc: 'The address that is listened at', format: String, default: '127.0.0.1' },
      port: { doc: 'The port; 0: any that is free', format: 'port', default: 8080, arg: 'p' },
    },
    log: {
      level: { doc: 'How much is told', format: ['error', 'info', 'debug'], default: 'info', aliases: ['log_level'] },
      requests: { doc: 'Whether each request is told', format: Boolean, default: false },
    },
    signing: {
      key: { doc: 'Signs the answers', format: String, minLength: 8, sensitive: true, default: null },
    },
    origins: { doc: 'Pages that may ask', format: Array, items: 'url', default: [] },
    limits: { doc: 'What one caller may do', format: Object, default: { perMinute: 60, nameLength: 40 } },
  },
});
