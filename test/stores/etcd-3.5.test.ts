import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Store } from '../../src/index.ts';
import { etcd } from '../../src/stores/etcd.ts';
import { spawnServer } from '../contract/programs.ts';
import { programOrSkip } from '../contract/store.ts';
import { freePort } from '../etcd/member.ts';
import { QUICK } from '../etcd/subject.ts';

const program = programOrSkip('etcd35');
describe.skipIf(program === undefined)('etcd 3.5 with its HTTP interface on a port of its own', () => {
  let folder: string;
  let server: ChildProcess;
  let grpc: string;
  let http: string;
  const open = (endpoint: string, key = 'app'): Store => {
    const store = etcd({ ...QUICK, endpoint, key });
    onTestFinished(() => store.close());
    return store;
  };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'varve-etcd35-'));
    const peer = `http://127.0.0.1:${await freePort()}`;
    [grpc, http] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`];
    const args = [
      ...['--data-dir', join(folder, 'data'), '--initial-cluster', `default=${peer}`],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--listen-client-urls', `${grpc},unix://${folder}/etcd.sock`, '--advertise-client-urls', grpc],
      ...['--listen-client-http-urls', http],
    ];
    server = spawnServer(program ?? '', args, { stdio: 'ignore' });
    const isHealthy = async () => expect((await fetch(`${http}/health`)).ok).toBe(true);
    await vi.waitFor(isHealthy, { timeout: 30_000 });
  }, 60_000);

  afterAll(async () => {
    if (server?.kill('SIGKILL')) await once(server, 'exit');
    rmSync(folder, { recursive: true, force: true });
  });

  test('is read, written and watched by its port for gRPC, and by its socket file', async () => {
    const [store, other] = [open(grpc), open(`unix:${folder}/etcd.sock`)];
    const texts: (string | null)[] = [];
    other.watch((await other.read()).revision, { stored: ({ text }) => texts.push(text), state: () => undefined });
    expect(await store.write('a', { expect: 'absent', id: '1' })).toMatchObject({ ok: true });
    await vi.waitFor(() => expect(texts).toEqual(['a']), { timeout: 15_000 });
    expect(await other.history?.({ limit: 9 })).toHaveLength(1);
  });

  test('is refused by its port for HTTP, with the reason', async () => {
    await expect(open(http).read()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('does not answer in HTTP/2'),
      issues: [{ suggestion: expect.stringContaining('--listen-client-http-urls') }],
    });
  });
});
