import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test, vi } from 'vitest';
import type { State } from '../../src/inspector/model.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 30_000 });
const EXAMPLES = fileURLToPath(new URL('../../docs/examples/inspector/', import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address ? address.port : 0;
}

/** The answer of a server that is starting. */
async function get(url: string, isRunning: () => boolean): Promise<Response> {
  for (const end = Date.now() + 30_000; ; ) {
    try {
      return await fetch(url);
    } catch (error) {
      if (Date.now() > end || !isRunning()) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

test.each(['node-http', 'hono', 'express', 'fastify'])(
  'the example for %s serves the page of its own process',
  async (name) => {
    const port = await freePort();
    const env = { PATH: process.env['PATH'], ORDERS_PORT: String(port) };
    const child = spawn(process.execPath, [`${name}.mjs`], { cwd: EXAMPLES, env });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    onTestFinished(async () => {
      child.kill('SIGKILL');
      if (child.exitCode === null) await once(child, 'exit');
    });
    const base = `http://127.0.0.1:${port}/config/`;
    const state = await get(`${base}api/state`, () => child.exitCode === null);
    expect(stderr).toBe('');
    const { name: application, rows } = (await state.json()) as State;
    expect(application).toBe('orders');
    expect(rows[0]).toMatchObject({ key: 'port', text: String(port), layer: 'env', location: 'ORDERS_PORT' });
    const page = await fetch(base);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(await page.text()).toContain('<div id="app">');
    expect((await fetch(`${base}app.js`)).headers.get('content-type')).toContain('javascript');
    expect(
      (await fetch(`${base}api/save`, { method: 'POST', headers: { origin: `http://127.0.0.1:${port}` } })).status,
    ).toBe(404);
    const events = await fetch(`${base}api/events`);
    const first = await events.body?.getReader().read();
    expect(new TextDecoder().decode(first?.value)).toMatch(/^: connected\n\n/);
  },
);

test('the documentation states the size of what is served', () => {
  const page = fileURLToPath(new URL('../../dist/inspector/page/', import.meta.url));
  const bytes = readdirSync(page).reduce((sum, name) => sum + statSync(page + name).size, 0);
  const [, documented] =
    /The page has (\d+) KB/.exec(readFileSync(new URL('../../docs/inspector.md', import.meta.url), 'utf8')) ?? [];
  expect(Math.abs(bytes / 1000 - Number(documented))).toBeLessThan(1);
});
