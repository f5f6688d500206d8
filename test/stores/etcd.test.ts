import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ConfigError } from '../../src/index.ts';
import { type EtcdOptions, etcd } from '../../src/stores/etcd.ts';
import { etcdOrSkip } from '../contract/store.ts';
import { TestCluster } from '../etcd/cluster.ts';
import { freePort } from '../etcd/member.ts';
import { QUICK } from '../etcd/subject.ts';
import { buildLibrary, type Library } from '../library.ts';
import { unreadableOf } from './local.ts';

const endpoint = 'http://127.0.0.1:2379';

/** What is thrown, as a reader sees it with all that hangs at it. */
function shown(error: unknown): string {
  return inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
}

async function thrown(work: () => unknown): Promise<ConfigError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('options', () => {
  test.each<[string, Partial<EtcdOptions>, string]>([
    ['apps/rl/prod', {}, 'etcd:/apps/rl/prod'],
    ['/apps/rl/prod', {}, 'etcd:/apps/rl/prod'],
    ['apps/rl/prod', { namespace: 'canary' }, 'etcd:/canary/apps/rl/prod'],
    ['/apps/rl/prod', { namespace: '/teams/a' }, 'etcd:/teams/a/apps/rl/prod'],
  ])('the document %j with %j is %s', (key, more, name) => {
    expect(etcd({ endpoint, key, ...more }).name).toBe(name);
  });

  test.each<[string, Partial<EtcdOptions>]>([
    ['no key', { key: '' }],
    ['a key that ends with a slash', { key: 'apps/' }],
    ['a key with a space', { key: 'apps/r l' }],
    ['a key with the mark of what stands beside', { key: 'apps/rl#write' }],
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
    const error = await thrown(() => etcd({ endpoints: [endpoint], key: 'apps/rl/prod', ...options }));
    expect(error.code).toBe('INVALID_DEFINITION');
    expect(error.issues).toHaveLength(1);
  });

  test('tells every mistake at once, and no password', async () => {
    const error = await thrown(() =>
      etcd({ endpoints: ['ftp://me:hunter2@etcd', 'http://me:hunter2@etcd'], key: 'a b', password: 'hunter2' }),
    );
    expect(error.issues).toHaveLength(4);
    expect(shown(error)).not.toContain('hunter2');
  });
});

describe('what answers', () => {
  async function answering(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `http://127.0.0.1:${address.port}`;
  }

  test.each<[string, RequestListener, string]>([
    [
      'a gateway that is switched off',
      (_, response) => response.writeHead(404).end('404 page not found'),
      '--enable-grpc-gateway',
    ],
    ['a page', (_, response) => response.end('<html>'), 'not etcd'],
    ['other JSON', (_, response) => response.end('{"ok":true}'), 'not etcd'],
    ['nothing of use', (_, response) => response.writeHead(418).end('{"message":[]}'), 'status 418'],
  ])('%s is no cluster', async (_, listener, message) => {
    const store = etcd({ ...QUICK, timeout: 1_000, endpoint: await answering(listener), key: 'app' });
    const error = await thrown(() => store.read());
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain(message);
    await store.close();
  });

  test('nobody, at any endpoint: nothing was written', async () => {
    const endpoints = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
    const store = etcd({ ...QUICK, endpoints, key: 'app' });
    const error = await thrown(() => store.write('{}', { expect: 'absent', id: '1' }));
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.message).toContain('ECONNREFUSED');
    await store.close();
  });

  test('a watch is told of another cluster, even when a read has met it first', async () => {
    let cluster = '10144879847569953045';
    const endpoint = await answering((request, response) => {
      const header = { cluster_id: cluster, revision: '7' };
      if (request.url === '/v3/watch') response.write(`${JSON.stringify({ result: { header, created: true } })}\n`);
      else response.end(JSON.stringify({ header }));
    });
    const store = etcd({ ...QUICK, endpoint, key: 'app' });
    onTestFinished(() => store.close());
    const told: string[] = [];
    store.watch((await store.read()).revision, {
      stored: ({ revision }) => told.push(revision),
      state: (state, cause) => told.push(cause instanceof ConfigError ? cause.code : state),
    });
    // Between two looks of the watch.
    await new Promise((done) => setTimeout(done, 300));
    cluster = '7250927642056866707';
    expect((await thrown(() => store.read())).code).toBe('RESET');
    await vi.waitFor(() => expect(told).toEqual(['RESET', 'live', 'absent']), { timeout: 15_000 });
  });

  test('no credentials stand in what is thrown or shown', async () => {
    const listener: RequestListener = (_, response) =>
      response
        .writeHead(400)
        .end('{"message":"etcdserver: authentication failed, invalid user ID or password","code":3}');
    const endpoint = await answering(listener);
    const store = etcd({ ...QUICK, endpoint, key: 'app', username: 'varve', password: 'hunter2' });
    const errors = [
      await thrown(() => store.read()),
      await thrown(() => store.write('', { expect: 'absent', id: '1' })),
    ];
    for (const error of errors) {
      expect(error.code).toBe('DENIED');
      expect(shown(error)).not.toContain('hunter2');
    }
    expect(shown(store) + JSON.stringify(store)).not.toContain('hunter2');
    await store.close();
  });
});

const program = etcdOrSkip();
describe.skipIf(program === undefined)('a cluster', () => {
  let cluster: TestCluster;
  let library: Library;
  const open = (key: string, more: Partial<EtcdOptions> = {}) =>
    etcd({ ...QUICK, endpoints: cluster.endpoints, key, ...more });

  beforeAll(async () => {
    library = buildLibrary('stores/etcd.ts');
    cluster = await TestCluster.start(program ?? '', 1);
  }, 120_000);
  afterAll(async () => {
    await cluster?.remove();
    library?.remove();
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
    const module = new URL('./stores/etcd.js', library.url).href;
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

  test('nothing heavy is loaded, and nothing for connections before one is made', () => {
    const { stdout, stderr } = running(`
      const loaded = () => process.moduleLoadList.filter((name) => /^NativeModule (_?http|https|tls|net|crypto)/.test(name));
      const before = loaded();
      await store.read();
      console.log(JSON.stringify([before, loaded().some((name) => name.endsWith(' https')), loaded().includes('NativeModule http')]));
      process.exit();`);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual([[], false, true]);
  });
});
