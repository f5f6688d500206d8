import { defineConfig } from 'varve';

export default defineConfig({
  name: 'greet',
  // The settings of this user, whatever folder the tool starts in.
  file: new URL('settings.json', import.meta.url),
  envPrefix: 'GREET',
  settings: {
    greeting: { doc: 'The greeting', format: String, default: 'Hello' },
    times: { doc: 'How often', format: 'nat', min: 1, default: 1, arg: 'n' },
    api: { token: { doc: 'For the address book', format: String, sensitive: true, default: '' } },
  },
});
