import { spawn, spawnSync } from 'node:child_process';

const env = { ...process.env, PORT: '3907', HOSTNAME: '127.0.0.1', SITE_TITLE: 'Configured', SITE_TOKEN: 'secret' };
const SERVER = ['.next/standalone/server.js'];

const wrong = spawnSync(process.execPath, SERVER, {
  env: { ...env, SITE_TOKEN: '' },
  encoding: 'utf8',
  timeout: 30_000,
});
if (wrong.status !== 3 || !wrong.stderr.includes('SITE_TOKEN')) throw new Error(`${wrong.status} ${wrong.stderr}`);

const server = spawn(process.execPath, SERVER, { env, stdio: 'inherit' });
try {
  for (let attempt = 0; ; attempt += 1) {
    const page = await fetch('http://127.0.0.1:3907').then(
      (answer) => answer.text(),
      () => undefined,
    );
    if (page?.includes('<h1>Configured</h1>')) break;
    if (attempt === 100) throw new Error(page);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
} finally {
  server.kill();
}
