import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { folder } from '../folder.ts';
import { builtModule } from '../library.ts';

const FLAG = process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission';

/** Runs a program under the permission model of Node.js, which may read these paths and write nothing. */
function run(code: string, cwd: string, readable: readonly string[]): { readonly out: string; readonly err: string } {
  const program = `
    const { defineConfig, loadConfig } = await import('${builtModule()}');
    const definition = defineConfig({ name: 'app', file: 'app.json', settings: { port: 80 } });
    const config = await loadConfig(definition, { env: {}, argv: [] });
    const shown = (error) => console.log(error.name, error.code, error.message);
    ${code}`;
  const options = readable.map((path) => `--allow-fs-read=${path}`);
  const line = [FLAG, '--no-warnings', ...options, '--input-type=module', '-e', program];
  const { stdout, stderr } = spawnSync(process.execPath, line, { cwd, encoding: 'utf8' });
  return { out: stdout, err: stderr };
}

test('a save under the permission model is one error that says what to do', () => {
  const { path } = folder({ 'app.json': '{ "port": 81 }' });
  const { out, err } = run(`config.set('port', 82); await config.save().catch(shown);`, path, ['*']);
  expect(err).toBe('');
  expect(out).toContain(
    'ConfigError DENIED could not be saved: the permission model of Node.js does not allow it (app.json). Start the program without `--permission`',
  );
});

test('a watch of a folder whose parents may not be read reports it, and does not end the program', () => {
  const { path } = folder({ 'app.json': '{ "port": 81 }' });
  const code = `
    const { lastRejection } = await import('${builtModule()}');
    const watcher = config.watch();
    await new Promise((done) => setTimeout(done, 300));
    shown(lastRejection(config) ?? { name: 'no rejection' });
    await watcher.close();`;
  const { out, err } = run(code, path, [`${path}/*`, `${process.cwd()}/*`]);
  expect(err).toBe('');
  expect(out).toMatch(/^ConfigError DENIED .*the permission model of Node\.js does not allow it/s);
});
