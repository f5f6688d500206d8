import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ConfigError, type Store } from '../../src/index.ts';
import { type EtcdOptions, etcd } from '../../src/stores/etcd.ts';
import { ETCD_LINK, TcpLink } from '../contract/link.ts';
import { startNginx } from '../contract/nginx.ts';
import { etcdOrSkip, programOrSkip } from '../contract/store.ts';
import { TestCluster } from '../etcd/cluster.ts';
import { QUICK } from '../etcd/subject.ts';

const program = etcdOrSkip();
const nginx = program === undefined ? undefined : programOrSkip('nginx');

describe.skipIf(program === undefined)('between a store and its cluster', () => {
  let cluster: TestCluster;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'varve-unix-'));
    cluster = await TestCluster.start(program ?? '', 1);
  }, 60_000);
  afterAll(async () => {
    await cluster?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (key: string, options: Partial<EtcdOptions> = {}): Store => {
    const store = etcd({ ...QUICK, endpoints: cluster.endpoints, key, ...options });
    onTestFinished(() => store.close());
    return store;
  };

  async function watched(store: Store) {
    const texts: (string | null)[] = [];
    const states: string[] = [];
    store.watch((await store.read()).revision, {
      stored: ({ text }) => texts.push(text),
      state: (state) => states.push(state),
    });
    return { texts, states };
  }

  async function write(store: Store, text: string): Promise<void> {
    const { revision: expect } = await store.read();
    await store.write(text, { expect, id: crypto.randomUUID() });
  }

  /** Accepts connections and never answers. */
  async function silent(): Promise<string> {
    const server = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test.skipIf(nginx === undefined)(
    'nginx reloads again and again: every write is applied once, and is seen',
    async () => {
      const proxy = await startNginx(nginx ?? '', cluster.endpoints[0] ?? '', 'grpc');
      onTestFinished(() => proxy.remove());
      const through = open('nginx', { endpoints: [proxy.url] });
      const { texts, states } = await watched(through);
      for (let i = 1; i <= 30; i++) {
        if (i % 5 === 0) proxy.reload();
        await write(through, `${i}`);
      }
      await vi.waitFor(() => expect(texts.at(-1)).toBe('30'), { timeout: 15_000 });
      expect(await through.history?.({ limit: 99 })).toHaveLength(30);
      expect(states).toEqual([]);
    },
  );

  test.skipIf(nginx === undefined)(
    'a proxy that speaks HTTP/1.1 only is refused, and the message says why',
    async () => {
      const proxy = await startNginx(nginx ?? '', cluster.endpoints[0] ?? '', 'http1');
      onTestFinished(() => proxy.remove());
      const error = await open('http1', { endpoints: [proxy.url] })
        .read()
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConfigError);
      expect((error as ConfigError).message).toContain('does not answer in HTTP/2');
    },
  );

  test('a member that is silent costs a start less than half a second', async () => {
    const endpoints = [await silent(), ...cluster.endpoints, await silent()];
    for (let i = 0; i < 6; i++) {
      const started = performance.now();
      const store = etcd({ endpoints, key: 'silent' });
      expect((await store.read()).text).toBeNull();
      expect(performance.now() - started).toBeLessThan(1_500);
      await store.close();
    }
  });

  test('a cluster that is silent fails a read by its deadline', async () => {
    const started = performance.now();
    const error = await open('silent', { endpoints: [await silent()], timeout: 1_000, requestTimeout: 300 })
      .read()
      .catch((reason: unknown) => reason);
    expect((error as ConfigError).code).toBe('UNAVAILABLE');
    expect(performance.now() - started).toBeLessThan(3_000);
  });

  test('a socket file is an endpoint', async () => {
    const { port } = new URL(cluster.endpoints[0] ?? '');
    const server = createServer((socket) => {
      const onward = connect(Number(port), '127.0.0.1');
      for (const each of [socket, onward]) each.on('error', () => undefined);
      socket.pipe(onward).pipe(socket);
    }).listen(join(folder, 'etcd.sock'));
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const store = open('unix', { endpoints: [`unix:${folder}/etcd.sock`] });
    await write(store, 'a');
    expect((await open('unix').read()).text).toBe('a');
  });

  test('a megabyte at a round trip of 50 ms does not wait for window after window', async () => {
    const link = new TcpLink(ETCD_LINK);
    onTestFinished(() => link.close());
    const far = open('far', { endpoints: [await link.toUrl(cluster.endpoints[0] ?? '')], timeout: 20_000 });
    await write(open('far'), JSON.stringify('x'.repeat(1_000_000)));
    await far.read();
    link.delay(25);
    const started = performance.now();
    await far.read();
    expect(performance.now() - started).toBeLessThan(600);
  });
});
