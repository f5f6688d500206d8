import { app, BrowserWindow, ipcMain } from 'electron';
import { loadSettings } from './settings.mjs';

await app.whenReady();
const config = await loadSettings(app);

ipcMain.handle('settings:get', () => config.values);
ipcMain.handle('settings:set', async (_event, key, value) => {
  config.set(key, value);
  await config.save();
});

const preload = new URL('preload.cjs', import.meta.url).pathname;
const window = new BrowserWindow({ webPreferences: { preload } });
config.subscribe(() => window.webContents.send('settings:changed', config.values));
await window.loadFile('index.html');
