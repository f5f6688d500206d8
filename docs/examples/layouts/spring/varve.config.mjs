import { defineConfig, requires } from 'varve';

/** The layout of a Spring application: a file, one for each profile, and files of the operator beside the program. */
export default defineConfig({
  name: 'customers',
  root: import.meta.dirname,
  files: [
    'application.yml',
    { path: 'application-{profile}.yml', optional: true },
    { path: 'config/application.yml', optional: true },
    { path: 'config/application-{profile}.yml', optional: true },
  ],
  profile: {
    values: ['default', 'docker', 'mysql'],
    env: 'PROFILES_ACTIVE',
    flag: 'profiles.active',
    default: 'default',
  },
  settings: {
    server: { port: { format: 'port', default: 8080, env: 'SERVER_PORT' } },
    datasource: {
      url: { format: String, default: '', env: 'DATASOURCE_URL' },
      username: { format: String, default: '' },
      password: { format: String, sensitive: true, default: '', env: 'DATASOURCE_PASSWORD' },
    },
    tracing: { endpoint: { format: String, default: '' } },
  },
  rules: [requires('datasource.password', { when: 'datasource.username' })],
});
