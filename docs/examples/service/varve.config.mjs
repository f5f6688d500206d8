import { defineConfig } from 'varve';

export default defineConfig({
  name: 'greeter',
  file: 'greeter.json',
  envPrefix: 'GREETER',
  dotenv: true,
  // Find a misspelt name of a deployment at the start.
  strictEnv: true,
  strictFlags: true,
  settings: {
    greeting: { doc: 'The answer; {name} is the name of the caller', format: String, default: 'Hello, {name}!' },
    http: {
      host: { doc: 'Address to listen on', format: String, default: '127.0.0.1' },
      port: { doc: 'Port to listen on; 0 takes a free one', format: 'port', default: 8080, arg: 'p' },
    },
    log: {
      level: {
        doc: 'Lowest level that is logged',
        format: ['error', 'info', 'debug'],
        default: 'info',
        aliases: ['log_level'],
      },
      requests: { doc: 'Whether each request is logged', format: Boolean, default: false },
    },
    signing: {
      key: { doc: 'Signs the answers', format: String, minLength: 8, sensitive: true, default: null },
    },
    origins: { doc: 'Pages that may ask', format: Array, items: 'url', default: [] },
    limits: { doc: 'What one caller may do', format: Object, default: { perMinute: 60, nameLength: 40 } },
  },
});
