import { defineConfig, loadConfig } from 'varve';

export const definition = defineConfig({
  name: 'notes',
  file: 'notes.json',
  settings: {
    theme: { doc: 'Colours of the window', format: ['light', 'dark'], default: 'light' },
    fontSize: { doc: 'Size of the text, in pixels', format: 'nat', min: 8, max: 40, default: 14 },
  },
});

/** Loads the settings of the user; `app` is Electron's. The arguments of Electron are not flags of the program. */
export const loadSettings = (app) => loadConfig(definition, { cwd: app.getPath('userData'), argv: [] });
