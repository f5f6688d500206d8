import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ConfigError } from '../../src/index.ts';
import { watch } from '../../src/stores/etcd/messages.ts';
import { message } from '../../src/stores/etcd/protobuf.ts';
import { type EtcdOptions, etcd } from '../../src/stores/etcd.ts';
import { etcdOrSkip } from '../contract/store.ts';
import { TestCluster } from '../etcd/cluster.ts';
import { answerEmpty, type FakeCall, fakeServer, framed, headerMessage, METHODS } from '../etcd/grpc-server.ts';
import { freePort } from '../etcd/member.ts';
import { QUICK } from '../etcd/subject.ts';
import { failure } from '../failure.ts';
import { builtModule } from '../library.ts';
import { unreadableOf } from './local.ts';

const endpoint = 'http://127.0.0.1:2379';

/** What is thrown, as a reader sees it with all that hangs at it. */
function shown(error: unknown): string {
  return inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
}

describe('options', () => {
  test.each<[string, Partial<EtcdOptions>, string]>([
    ['apps/rl/prod', {}, 'etcd:/apps/rl/prod'],
    ['/apps/rl/prod', {}, 'etcd:/apps/rl/prod'],
    ['apps/rl/prod', { namespace: 'canary' }, 'etcd:/canary/apps/rl/prod'],
    ['/apps/rl/prod', { namespace: '/teams/a' }, 'etcd:/teams/a/apps/rl/prod'],
    ['apps/rl/prod', { endpoint: 'unix:/run/etcd.sock' }, 'etcd:/apps/rl/prod'],
  ])('the document %j with %j is %s', (key, more, name) => {
    expect(etcd({ endpoint, key, ...more }).name).toBe(name);
  });

  test.each<[string, Partial<EtcdOptions>]>([
    ['no key', { key: '' }],
    ['a key that ends with a slash', { key: 'apps/' }],
    ['a key with a space', { key: 'apps/r l' }],
    ['a key with the mark of the key for the author', { key: 'apps/rl#write' }],
    ['a key with a control character', { key: 'apps/\0' }],
    ['a namespace with an empty part', { namespace: 'a//b' }],
    ['no endpoint', { endpoints: [] }],
    ['an endpoint with a path', { endpoints: ['http://127.0.0.1:2379/v3'] }],
    ['an endpoint without a protocol', { endpoints: ['127.0.0.1:2379'] }],
    ['a user without a password', { username: 'varve' }],
    ['a time limit of nothing', { staleMs: 0 }],
    ['a certificate without its key', { endpoints: ['https://127.0.0.1:2379'], tls: { cert: 'PEM' } }],
    ['a certificate that is none', { endpoints: ['https://127.0.0.1:2379'], tls: { cert: 'x', key: 'x' } }],
  ])('refuses %s', async (_, options) => {
    const error = await failure(() => etcd({ endpoints: [endpoint], key: 'apps/rl/prod', ...options }));
    expect(error.code).toBe('INVALID_DEFINITION');
    expect(error.issues).toHaveLength(1);
  });

  test('tells every mistake at once, and no password', async () => {
    const error = await failure(() =>
      etcd({ endpoints: ['ftp://me:hunter2@etcd', 'http://me:hunter2@etcd'], key: 'a b', password: 'hunter2' }),
    );
    expect(error.issues).toHaveLength(4);
    expect(shown(error)).not.toContain('hunter2');
  });
});

describe('the server that answers', () => {
  // A busy machine takes longer to load it than these requests may.
  beforeAll(() => import('@grpc/grpc-js'), 60_000);

  /** A server of HTTP/1.1, as the HTTP port of etcd 3.5 or an old proxy is. */
  async function http1(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const header = headerMessage(17n, 7);
  const page = (call: FakeCall, status: number): void => {
    call.stream.respond({ ':status': status, 'content-type': 'text/html' });
    call.stream.end('<html>');
  };
  test.each<[string, (call: FakeCall) => void]>([
    ['a page', (call) => page(call, 200)],
    ['a page that is not found', (call) => page(call, 404)],
    ['another service', (call) => call.fail(12, 'unknown service')],
    ['bytes that are not a message', (call) => call.ok(Buffer.from([0xff, 0xff, 0xff]))],
    ['a message without a header', (call) => call.ok(Buffer.alloc(0))],
    ['an empty header', (call) => call.ok(Buffer.from([0x0a, 0x00]))],
    ['a length beyond the message', (call) => call.ok(Buffer.from([0x0a, 0x7f, 0x08]))],
    ['a group', (call) => call.ok(Buffer.from([0x0b, 0x0c]))],
  ])('with %s is not etcd', async (_, answer) => {
    const store = etcd({ ...QUICK, timeout: 1_000, endpoint: await fakeServer(answer), key: 'app' });
    onTestFinished(() => store.close());
    const error = await failure(() => store.read());
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toMatch(/is not etcd|request failed/);
  });

  test.each<[string, (call: FakeCall) => void]>([
    [
      'a malformed header',
      ({ stream }) =>
        stream.respond(
          { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': 'x', 'grpc-message': '%zz' },
          { endStream: true },
        ),
    ],
    [
      'a message of 4 GiB',
      ({ stream }) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
        stream.write(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]));
      },
    ],
    [
      'a compressed message',
      ({ stream }) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
        stream.end(Buffer.from([1, 0, 0, 0, 1, 1]));
      },
    ],
    ['a stream that ends at once', ({ stream }) => stream.close()],
    ['a broken connection', ({ stream }) => stream.session?.destroy()],
    [
      'data without trailers',
      ({ stream }) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
        stream.write(framed(message({ 1: header })));
      },
    ],
  ])('with %s neither harms a watch nor hangs a read', async (_, nonsense) => {
    let isSane = true;
    const endpoint = await fakeServer((call) => (isSane ? answerEmpty(call) : nonsense(call)));
    const store = etcd({ endpoint, key: 'app', timeout: 400, staleMs: 400 });
    onTestFinished(() => store.close());
    const states: string[] = [];
    store.watch((await store.read()).revision, {
      stored: () => states.push('stored'),
      state: (state) => states.push(state),
    });
    isSane = false;
    expect((await failure(() => store.read())).code).toBe('UNAVAILABLE');
    await vi.waitFor(() => expect(states).toEqual(['stale']), { timeout: 5_000 });
    isSane = true;
    await vi.waitFor(() => expect(states).toEqual(['stale', 'live']), { timeout: 10_000 });
  });

  test('with HTTP/1.1 only is refused, and the message says why', async () => {
    const endpoint = await http1((_, response) => response.writeHead(404).end('404 page not found'));
    const store = etcd({ ...QUICK, endpoint, key: 'app' });
    onTestFinished(() => store.close());
    const started = performance.now();
    const error = await failure(() => store.read());
    expect(error.message).toContain('does not answer in HTTP/2');
    expect(error.issues[0]?.suggestion).toContain('--listen-client-http-urls');
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test('nowhere: nothing was written', async () => {
    const endpoints = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
    const store = etcd({ ...QUICK, endpoints, key: 'app' });
    const error = await failure(() => store.write('{}', { expect: 'absent', id: '1' }));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain('ECONNREFUSED');
    await store.close();
  });

  test('as another cluster is reported to a watch, even when a read has met it first', async () => {
    let clusterId = 10144879847569953045n;
    const endpoint = await fakeServer((call) => answerEmpty(call, { clusterId }));
    const store = etcd({ ...QUICK, endpoint, key: 'app' });
    onTestFinished(() => store.close());
    const told: string[] = [];
    store.watch((await store.read()).revision, {
      stored: ({ revision }) => told.push(revision),
      state: (state, cause) => told.push(cause instanceof ConfigError ? cause.code : state),
    });
    // Between two looks of the watch.
    await new Promise((done) => setTimeout(done, 300));
    clusterId = 7250927642056866707n;
    expect((await failure(() => store.read())).code).toBe('RESET');
    await vi.waitFor(() => expect(told).toEqual(['RESET', 'live', 'absent']), { timeout: 15_000 });
  });

  test('as another cluster is reported to a watch before its documents are', async () => {
    let clusterId = 10144879847569953045n;
    let subscription: FakeCall | undefined;
    const endpoint = await fakeServer((call) => {
      answerEmpty(call, { clusterId });
      if (call.path === METHODS.watch) subscription = call;
    });
    const store = etcd({ ...QUICK, staleMs: 30_000, endpoint, key: 'app' });
    onTestFinished(() => store.close());
    const told: string[] = [];
    store.watch((await store.read()).revision, {
      stored: ({ text }) => told.push(String(text)),
      state: (state, cause) => told.push(cause instanceof ConfigError ? cause.code : state),
    });
    await vi.waitFor(() => expect(subscription).toBeDefined(), { timeout: 5_000 });
    clusterId = 7250927642056866707n;
    expect((await failure(() => store.read())).code).toBe('RESET');
    const kv = message({ 1: '/app', 2: 9, 3: 9, 5: 'new' });
    subscription?.send(message({ 1: headerMessage(clusterId, 9), 11: message({ 2: kv }) }));
    await vi.waitFor(() => expect(told[0]).toBe('RESET'), { timeout: 5_000 });
  });

  test('sees no credentials in what is thrown or shown', async () => {
    const endpoint = await fakeServer((call) =>
      call.fail(3, 'etcdserver: authentication failed, invalid user ID or password'),
    );
    const store = etcd({ ...QUICK, endpoint, key: 'app', username: 'varve', password: 'hunter2' });
    const errors = [
      await failure(() => store.read()),
      await failure(() => store.write('', { expect: 'absent', id: '1' })),
    ];
    for (const error of errors) {
      expect(error.code).toBe('DENIED');
      expect(shown(error)).not.toContain('hunter2');
    }
    expect(shown(store) + JSON.stringify(store)).not.toContain('hunter2');
    await store.close();
  });

  test('is sent one login at a time, however many requests and stores wait for it', async () => {
    let [logins, most, answered] = [0, 0, 0];
    const endpoint = await fakeServer((call) => {
      if (call.path !== METHODS.authenticate) return answerEmpty(call);
      logins += 1;
      most = Math.max(most, logins - answered);
      setTimeout(() => {
        answered += 1;
        call.ok(message({ 1: header, 2: 'token' }));
      }, 700);
    });
    const options = { ...QUICK, requestTimeout: 200, endpoint, key: 'app', username: 'varve', password: 'x' };
    const stores = [etcd(options), etcd(options)];
    onTestFinished(async () => void (await Promise.all(stores.map((store) => store.close()))));
    await Promise.all(stores.flatMap((store) => [store.read(), store.read(), store.read()]));
    expect({ logins, most }).toEqual({ logins: 2, most: 1 });
  });
});

test('any bytes decode to a message or are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        watch({ key: 'app' }, 1).read(Buffer.from(bytes));
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError);
      }
    }),
    { numRuns: 2_000 },
  );
});

const program = etcdOrSkip();
describe.skipIf(program === undefined)('a cluster', () => {
  let cluster: TestCluster;
  const open = (key: string, more: Partial<EtcdOptions> = {}) =>
    etcd({ ...QUICK, endpoints: cluster.endpoints, key, ...more });

  beforeAll(async () => {
    cluster = await TestCluster.start(program ?? '', 1);
  }, 120_000);
  afterAll(async () => {
    await cluster?.remove();
  });

  test('a document too long for the connection is TOO_LARGE at once, and hides none of those before it', async () => {
    const [store, writer] = [open('long', { maxBytes: 1_000 }), open('long')];
    const first = await store.write('{}', { expect: 'absent', id: 'a' });
    expect(first).toMatchObject({ ok: true });
    const revisionBefore = first.ok ? first.revision : '';
    expect(await writer.write('x'.repeat(1_200_000), { expect: revisionBefore, id: 'b' })).toMatchObject({ ok: true });
    expect((await failure(() => store.read())).code).toBe('TOO_LARGE');
    expect((await store.history?.({ limit: 9 }))?.map(({ text }) => text)).toEqual(['{}']);
    const { revision } = unreadableOf(store);
    expect(await store.write('{"a":1}', { expect: await revision(), id: 'c' })).toMatchObject({ ok: true });
    expect((await store.read()).text).toBe('{"a":1}');
    await Promise.all([store.close(), writer.close()]);
  });

  test('keeps who wrote it, when and why', async () => {
    const store = open('who');
    await store.write('a', { expect: 'absent', id: '1', by: 'ann', note: 'to begin with' });
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const stored = { text: 'a', writeId: '1', by: 'ann', note: 'to begin with', at };
    expect(await store.read()).toMatchObject(stored);
    expect(await store.history?.({ limit: 1 })).toMatchObject([stored]);
    await store.close();
  });

  test('knows a write by its id wherever it is tried again', async () => {
    const [store, other] = [open('again'), open('again')];
    const first = await store.write('a', { expect: 'absent', id: 'once' });
    for (const text of ['b', 'c', 'd']) await store.write(text, { expect: (await store.read()).revision, id: text });
    expect(await other.write('a', { expect: 'absent', id: 'once' })).toEqual(first);
    expect((await other.read()).text).toBe('d');
    await Promise.all([store.close(), other.close()]);
  });

  test('goes to the next endpoint when one refuses', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`;
    const store = open('next', { endpoints: [dead, ...cluster.endpoints, dead] });
    for (let i = 0; i < 3; i += 1) expect((await store.read()).text).toBeNull();
    await store.close();
  });

  test('keeps bytes that can not be read beside, and writes over them by their revision', async () => {
    const store = open('aside');
    await cluster.put('/aside', Uint8Array.of(0xff));
    const revision = await unreadableOf(store).revision();
    const kept = await unreadableOf(store).keepAside();
    expect(kept).toMatch(/^etcd:\/aside\$invalid-\d{4}-/);
    expect(await store.write('{}', { expect: revision, id: '1' })).toMatchObject({ ok: true });
    const key = Buffer.from(kept.replace('etcd:', '')).toString('base64');
    expect(await cluster.ask('/v3/kv/range', { key })).toMatchObject({ kvs: [{ value: '/w==' }] });
    await store.close();
  });

  test('a namespace is another document', async () => {
    const [store, canary] = [open('spaced'), open('spaced', { namespace: 'canary' })];
    await canary.write('canary', { expect: 'absent', id: '1' });
    expect((await store.read()).text).toBeNull();
    expect((await canary.read()).text).toBe('canary');
    await Promise.all([store.close(), canary.close()]);
  });

  /** Runs a module that has the store, and says what it printed. */
  function running(code: string) {
    const module = builtModule('varve/etcd');
    const setUp = `import { etcd } from ${JSON.stringify(module)};
      const store = etcd(${JSON.stringify({ ...QUICK, endpoints: cluster.endpoints, key: 'running' })});\n`;
    const args = ['--input-type=module', '-e', setUp + code];
    return spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 60_000 });
  }

  test('a watch keeps no process alive', () => {
    const { stdout, status, signal } = running(`
      const { revision } = await store.read();
      store.watch(revision, { stored() {}, state() {} });
      await new Promise((done) => setTimeout(done, 500));
      console.log('at its end');`);
    expect({ stdout, status, signal }).toEqual({ stdout: 'at its end\n', status: 0, signal: null });
  });

  test('gRPC is loaded with the first request', () => {
    const { stdout, stderr } = running(`
      const isLoaded = () => process.moduleLoadList.includes('NativeModule http2');
      const before = isLoaded();
      await store.read();
      console.log(JSON.stringify([before, isLoaded()]));
      await store.close();`);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([false, true]);
  });

  test('a document of a megabyte is watched whole', async () => {
    const store = open('large');
    onTestFinished(() => store.close());
    const texts: (string | null)[] = [];
    store.watch('absent', { stored: ({ text }) => texts.push(text), state: () => undefined });
    for (const letter of ['a', 'b', 'ä']) {
      const text = JSON.stringify(letter.repeat(600_000));
      await cluster.put('/large', Buffer.from(text));
      await vi.waitFor(() => expect(texts.at(-1) === text).toBe(true), { timeout: 10_000 });
    }
  });
});
