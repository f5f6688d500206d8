import { defineConfig } from 'varve';

export default defineConfig({
  name: 'greet',
  // Where the settings of this user live, wherever the tool is started.
  file: new URL('settings.json', import.meta.url),
  envPrefix: 'GREET',
  settings: {
    greeting: { doc: 'What everybody is told', format: String, default: 'Hello' },
    times: { doc: 'How often', format: 'nat', min: 1, default: 1, arg: 'n' },
    api: { token: { doc: 'For the address book', format: String, sensitive: true, default: '' } },
  },
});
