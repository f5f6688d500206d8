import { defineConfig, directory } from 'varve';

/** Where deployment.yaml mounts the volumes; here beside this file. */
const mounted = (name) => new URL(`volumes/${name}`, import.meta.url);

/** A ConfigMap with a whole file, one with a value a key, and a Secret. */
export default defineConfig({
  name: 'mailer',
  envPrefix: 'MAILER',
  files: [mounted('file/mailer.yaml')],
  layers: ['default', 'file', directory(mounted('settings')), directory(mounted('secrets')), 'env', 'flag', 'override'],
  settings: {
    port: { format: 'port', default: 8080 },
    smtp: {
      host: { format: String, default: null },
      username: { format: String, default: '' },
      password: { format: String, sensitive: true, default: '' },
    },
    retries: { format: 'nat', default: 3 },
  },
  rules: ({ requires }) => [requires('smtp.password', { when: 'smtp.username' })],
});
