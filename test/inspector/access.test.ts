import { execFile } from 'node:child_process';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { type Config, defineConfig, loadConfigSync } from '../../src/index.ts';
import { FileEditor } from '../../src/inspector/editor.ts';
import { inspector, serveInspector } from '../../src/inspector/index.ts';
import type { State } from '../../src/inspector/model.ts';
import { folder } from '../folder.ts';

const SECRET = 'sk_live_do_not_show_me';

function load(settings: Parameters<typeof defineConfig>[0]['settings'] = {}) {
  const at = folder({ 'app.json': '{ "token": "sk_live_do_not_show_me", "lr": 0.2 }' });
  const definition = defineConfig({
    name: 'guarded',
    file: 'app.json',
    settings: { lr: 0.1, token: { format: String, default: '', sensitive: true }, ...settings },
  });
  return { at, config: loadConfigSync(definition, { cwd: at.path, env: {}, argv: [] }) as unknown as Config };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A raw request: `fetch` does not let a test set `Host` or `Origin`. */
function send(
  base: string,
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  body?: string,
): Promise<Answer> {
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ hostname, port, path, method, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => (text += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A served inspector with its one session. */
async function serve(canWrite = false) {
  const { at, config } = load();
  const served = await serveInspector({ config, load: async () => config, canWrite });
  const { origin: base, search } = new URL(served.address);
  const opened = await send(base, `/${search}`);
  const cookie = String(opened.headers['set-cookie']?.[0]).split(';')[0] ?? '';
  return { at, config, served, base, token: search, opened, cookie, host: new URL(base).host };
}

describe('the token', () => {
  test('works once, and becomes a cookie that neither scripts nor other sites can use', async () => {
    const { served, base, token, opened, cookie } = await serve();
    expect(opened.status).toBe(303);
    const path = String(opened.headers.location);
    // A server on another port of this host gets the cookies of `/`.
    expect(path).toMatch(/^\/[\w-]{43}\/$/);
    expect(opened.headers['set-cookie']?.[0]).toMatch(new RegExp(`; HttpOnly; SameSite=Strict; Path=${path}$`));
    expect((await send(base, `${path}api/state`, { cookie })).status).toBe(200);
    expect((await send(base, `/${token}`)).status).toBe(401);
    expect((await send(base, `/${token}`, { cookie })).status).toBe(401);
    expect((await send(base, '/api/state')).status).toBe(401);
    expect((await send(base, '/api/state', { cookie: `${cookie}x` })).status).toBe(401);
    expect((await send(base, '/api/state', { cookie })).status).toBe(200);
    await served.close();
  });
});

describe('another page or machine', () => {
  test.each(['evil.example', 'localhost.evil.example', '127.0.0.1', '127.0.0.1:1', '[::1]'])(
    'the Host %j is refused, also with the cookie (DNS rebinding)',
    async (host) => {
      const { served, base, cookie } = await serve();
      expect([400, 421]).toContain((await send(base, '/api/state', { cookie, host })).status);
      await served.close();
    },
  );

  test('a request of another origin is refused, and one that writes needs the own origin', async () => {
    const { served, base, cookie, host } = await serve(true);
    const body = JSON.stringify({ key: 'lr', text: '0.3' });
    const post = (headers: Record<string, string>) => send(base, '/api/preview', { cookie, ...headers }, 'POST', body);
    for (const origin of ['http://evil.example', 'null', `http://${host}.evil.example`, 'http://127.0.0.1:1'])
      expect([origin, (await post({ origin })).status]).toEqual([origin, 403]);
    expect((await post({})).status).toBe(403);
    expect((await post({ origin: `http://${host}`, 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await send(base, '/api/state', { cookie, origin: 'http://evil.example' })).status).toBe(403);
    expect((await post({ origin: `http://${host}` })).status).toBe(200);
    await served.close();
  });

  test.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)(
    'another user of this machine is refused with the token and with the cookie, and does not use up the token',
    async () => {
      const { config } = load();
      const served = await serveInspector({ config, load: async () => config });
      const asOther = async (url: string, cookie = ''): Promise<string> => {
        const program =
          'fetch(process.argv[1], { headers: { cookie: process.argv[2] } }).then((answer) => console.log(answer.status))';
        const words = ['--reuid', '65534', '--clear-groups', process.execPath, '-e', program, url, cookie];
        return (await promisify(execFile)('setpriv', words, { cwd: '/' })).stdout.trim();
      };
      expect(await asOther(served.address)).toBe('403');
      const { origin, search } = new URL(served.address);
      const { status, headers } = await send(origin, `/${search}`);
      expect(status).toBe(303);
      const cookie = String(headers['set-cookie']?.[0]).split(';')[0] ?? '';
      expect(await asOther(`${origin}/api/state`, cookie)).toBe('403');
      expect((await send(origin, '/api/state', { cookie })).status).toBe(200);
      await served.close();
    },
  );

  test('the server listens on 127.0.0.1 only', async () => {
    const { served, base } = await serve();
    expect(new URL(base).hostname).toBe('127.0.0.1');
    await served.close();
  });
});

test('every answer has the headers that keep other pages out, errors included', async () => {
  const { served, base, cookie } = await serve();
  for (const path of ['/api/state', '/api/setting?key=nope', '/nothing', '/api/save']) {
    const { headers } = await send(base, path, { cookie });
    expect(headers['content-security-policy'], path).toContain("default-src 'none'");
    expect(headers['content-security-policy'], path).toContain("frame-ancestors 'none'");
    expect(headers['x-content-type-options'], path).toBe('nosniff');
    expect(headers['cache-control'], path).toBe('no-store');
    expect(headers['access-control-allow-origin'], path).toBeUndefined();
  }
  await served.close();
});

test('the secret is in no answer', async () => {
  const { served, base, cookie, host } = await serve(true);
  const origin = `http://${host}`;
  const post = (path: string, body: unknown) => send(base, path, { cookie, origin }, 'POST', JSON.stringify(body));
  const answers = [
    await send(base, '/api/state', { cookie }),
    await send(base, '/api/setting?key=token', { cookie }),
    await send(base, '/api/history', { cookie }),
    await post('/api/preview', { key: 'token', text: 'new' }),
    await post('/api/preview', { key: 'lr', text: SECRET.slice(0, 4) }),
    await post('/api/compare', { name: 'x' }),
    await post('/api/save', { revision: 'x' }),
  ];
  expect(answers.map(({ body }) => body).join('\n')).not.toContain(SECRET);
  expect(answers[0]?.body).toContain('********');
  expect(answers[3]?.status).toBe(422);
  await served.close();
});

test('a read-only inspector has no routes that write', async () => {
  const { served, base, cookie, host } = await serve();
  for (const path of ['/api/preview', '/api/save', '/api/undo'])
    expect((await send(base, path, { cookie, origin: `http://${host}` }, 'POST', '{}')).status).toBe(404);
  await served.close();
});

test.each([
  '',
  '{',
  '[]',
  'null',
  '{"key":1}',
  '{"key":"lr","text":1}',
  '{"key":"__proto__","text":"1"}',
  '{"key":"nope","text":"1"}',
])('the body %j of an edit is refused with a message', async (body) => {
  const { served, base, cookie, host } = await serve(true);
  const { status, body: text } = await send(base, '/api/preview', { cookie, origin: `http://${host}` }, 'POST', body);
  expect([400, 404, 422]).toContain(status);
  expect(JSON.parse(text)).toHaveProperty('error');
  await served.close();
});

test.each(['TRACE', 'CONNECT', 'OPTIONS', 'PROPFIND'])('%s ends neither the server nor its program', async (method) => {
  const { served, base, cookie } = await serve();
  // The server closes the connection of `CONNECT`.
  const answer = await send(base, '/api/state', { cookie }, method).catch(() => undefined);
  if (method !== 'CONNECT') expect([403, 405]).toContain(answer?.status);
  expect((await send(base, '/api/state', { cookie })).status).toBe(200);
  await served.close();
});

test('a body of another form is refused, however deep it is nested', async () => {
  const { served, base, cookie, config } = await serve(true);
  const headers = { cookie, origin: base };
  const post = (path: string, body: string) => send(base, path, headers, 'POST', body);
  const snapshot = JSON.stringify(config.snapshot());
  const deep = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
  for (const values of [`"lr":${deep}`, `"lr":${'['.repeat(100_000)}${']'.repeat(100_000)}`])
    expect(await post('/api/compare', snapshot.replace(/"lr":[0-9.]+/, values))).toMatchObject({ status: 400 });
  for (const body of ['null', '[]', '{"revision":{"toString":1}}', '{"revision":1}', deep])
    for (const path of ['/api/save', '/api/undo']) expect(await post(path, body)).toMatchObject({ status: 400 });
  await served.close();
});

test('a page undoes only the save that it knows, not one that another page made since', async () => {
  const at = folder({ 'app.json': '{"lr":0.1}' });
  const definition = defineConfig({ name: 'tabs', file: 'app.json', settings: { lr: 0.5 } });
  const reload = async () => loadConfigSync(definition, { cwd: at.path, env: {}, argv: [] }) as unknown as Config;
  const served = await serveInspector({ config: await reload(), load: reload, canWrite: true });
  const { origin, search } = new URL(served.address);
  const opened = await send(origin, `/${search}`);
  const headers = { cookie: String(opened.headers['set-cookie']?.[0]).split(';')[0] ?? '', origin };
  const post = async (path: string, body: unknown): Promise<{ readonly revision: string; readonly code?: string }> =>
    JSON.parse((await send(origin, path, headers, 'POST', JSON.stringify(body))).body);
  const save = async (text: string): Promise<string> => {
    const { revision } = await post('/api/preview', { key: 'lr', text });
    await post('/api/save', { revision });
    return revision;
  };
  const [first, second] = [await save('0.2'), await save('0.3')];
  expect(await post('/api/undo', { revision: first })).toMatchObject({ code: 'CONFLICT' });
  expect(at.read('app.json')).toBe('{"lr":0.3}');
  await post('/api/undo', { revision: second });
  expect(at.read('app.json')).toBe('{"lr":0.2}');
  await served.close();
});

test('a diff says that the save also migrates the file', async () => {
  const at = folder({ 'app.json': '{"rate":0.1}' });
  const migrations = { 2: ({ rate }: Record<string, unknown>) => ({ lr: rate }) };
  const definition = defineConfig({ name: 'old', file: 'app.json', version: 2, migrations, settings: { lr: 0.5 } });
  const load = async () => loadConfigSync(definition, { cwd: at.path, env: {}, argv: [], onWarning: false });
  const editor = new FileEditor(load as unknown as () => Promise<Config>);
  const notes = [expect.stringMatching(/^app\.json is of version 1, .* The next save writes it/)];
  expect(await editor.preview({ key: 'lr', text: '0.2' })).toMatchObject({ changes: [{ after: '0.2' }], notes });
});

test('a request that breaks off is not a warning', async () => {
  const { served, base, cookie, host } = await serve(true);
  const warnings: Error[] = [];
  const listen = (warning: Error): unknown => warnings.push(warning);
  process.on('warning', listen);
  const { hostname, port } = new URL(base);
  const headers = { cookie, origin: `http://${host}`, 'content-length': '100' };
  const sent = httpRequest({ hostname, port, path: '/api/preview', method: 'POST', headers });
  const closed = new Promise((resolve) => sent.once('error', resolve));
  sent.write('{');
  await pause(100);
  sent.destroy(new Error('broken off'));
  await closed;
  expect((await send(base, '/api/state', { cookie })).status).toBe(200);
  await pause(100);
  process.off('warning', listen);
  expect(warnings).toEqual([]);
  await served.close();
});

describe('inside a program', () => {
  test('the handler serves loopback hosts, or exactly the given ones', async () => {
    const { config } = load();
    const get = async (handler: (request: Request) => Promise<Response>, url: string, headers = {}) =>
      (await handler(new Request(url, { headers }))).status;
    expect(await get(inspector(config), 'http://localhost:3000/config/api/state')).toBe(200);
    expect(await get(inspector(config), 'http://localhost:3000/config/api/state', { host: 'config.example.com' })).toBe(
      421,
    );
    const named = inspector(config, { hosts: ['config.example.com'] });
    expect(await get(named, 'http://config.example.com/config/api/state', { host: 'config.example.com' })).toBe(200);
    expect(await get(named, 'http://localhost/config/api/state', { host: 'localhost' })).toBe(421);
  });

  test('it shows the effective values of that process', async () => {
    const { config } = load();
    const handler = inspector(config);
    const state = async () => (await (await handler(new Request('http://localhost/x/api/state'))).json()) as State;
    (config as { override(key: string, value: unknown): void }).override('lr', 0.5);
    expect((await state()).rows[0]).toMatchObject({ key: 'lr', text: '0.5', layer: 'override' });
    expect((await state()).isWritable).toBe(false);
  });

  test('it shows a rejected reload while the old values stay', async () => {
    const { at, config } = load();
    const handler = inspector(config);
    const state = async () => (await (await handler(new Request('http://localhost/x/api/state'))).json()) as State;
    at.write('app.json', '{ "lr": ');
    await (config as { reload(): Promise<unknown> }).reload().catch(() => undefined);
    const { rejected, rows } = await state();
    expect(rejected).toContain('app.json is not valid JSON');
    expect(rows[0]).toMatchObject({ key: 'lr', text: '0.2' });
  });
});
