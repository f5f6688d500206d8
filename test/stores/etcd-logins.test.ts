import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Store } from '../../src/index.ts';
import { type EtcdOptions, etcd } from '../../src/stores/etcd.ts';
import { etcdOrSkip, isLong } from '../contract/store.ts';
import { tokensFor } from '../etcd/certificates.ts';
import { TestCluster } from '../etcd/cluster.ts';
import { type Child, child } from '../fleet/child.ts';

/** How many clients return at once, and how many of them share a process. In full, a password costs the server a tenth of a second. */
const CLIENTS = isLong ? 300 : 40;
const PER_PROCESS = isLong ? 25 : 10;

/** How long all of them may take, in milliseconds. */
const PATIENCE_MS = isLong ? 300_000 : 60_000;
const PATIENCE = { timeout: PATIENCE_MS, interval: 100 };

const USER = { username: 'service', password: 'right' } as const;
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** How many passwords the cluster has checked since it started. */
async function loginsOf(cluster: TestCluster): Promise<number> {
  const metrics = await (await fetch(`${cluster.endpoints[0]}/metrics`)).text();
  const counts = [...metrics.matchAll(/^grpc_server_handled_total\{.*grpc_method="Authenticate".*\} (\d+)$/gm)];
  return counts.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Changes what users may do, which makes every token too old. */
async function endTokens(cluster: TestCluster): Promise<void> {
  const { token } = await cluster.ask('/v3/auth/authenticate', { name: 'root', password: 'r00t' });
  await cluster.ask('/v3/auth/role/add', { name: 'other' }, String(token));
}

async function write(store: Store): Promise<void> {
  const { revision: expect } = await store.read();
  const text = JSON.stringify({ at: performance.now() });
  const result = await store.write(text, { expect, id: crypto.randomUUID() });
  if (!result.ok) throw new Error('the write lost a race');
}

/** Waits until every client has reported one more write. */
async function seenByAll(children: readonly Child[]): Promise<void> {
  let seen = 0;
  await vi.waitFor(async () => {
    for (const one of children) seen += (await one.report()).length;
    expect(seen).toBe(CLIENTS);
  }, PATIENCE);
}

const program = etcdOrSkip();
describe.skipIf(program === undefined)('a cluster whose tokens are too old when it has restarted', () => {
  let cluster: TestCluster;
  let keys: string;
  beforeAll(async () => {
    keys = mkdtempSync(join(tmpdir(), 'varve-tokens-'));
    cluster = await TestCluster.start(program ?? '', 1, {
      args: ['--auth-token', tokensFor(keys, 600), '--bcrypt-cost', isLong ? '10' : '6'],
    });
    for (const [name, password, role] of [
      ['root', 'r00t', 'root'],
      [USER.username, USER.password, 'reader'],
    ] as const) {
      await cluster.ask('/v3/auth/user/add', { name, password });
      await cluster.ask('/v3/auth/role/add', { name: role });
      await cluster.ask('/v3/auth/user/grant', { user: name, role });
    }
    const perm = { permType: 'READWRITE', key: base64('/storm'), range_end: base64('/storm~') };
    await cluster.ask('/v3/auth/role/grant', { name: 'reader', perm });
    await cluster.ask('/v3/auth/enable', {});
  }, 60_000);
  afterAll(async () => {
    await cluster?.remove();
    rmSync(keys, { recursive: true, force: true });
  });

  test(
    `is followed again by ${CLIENTS} clients with passwords, which do not storm it`,
    async () => {
      const options: EtcdOptions = { ...USER, endpoints: cluster.endpoints, key: 'storm', timeout: PATIENCE_MS };
      const store = etcd(options);
      onTestFinished(() => store.close());
      await write(store);
      const opening = { module: 'varve/etcd', name: 'etcd', options };
      const children = await Promise.all(
        Array.from({ length: CLIENTS / PER_PROCESS }, () => child('watchers', { opening, count: PER_PROCESS })),
      );
      onTestFinished(() => {
        for (const one of children) one.end();
      });
      await endTokens(cluster);
      await cluster.restart('SIGKILL');
      const started = performance.now();
      await write(store);
      await seenByAll(children);
      // A change may arrive before its watch is known to be current, which needs a login.
      await vi.waitFor(async () => expect(await loginsOf(cluster)).toBeGreaterThan(CLIENTS), PATIENCE);
      await write(store);
      await seenByAll(children);
      const logins = await loginsOf(cluster);
      const seconds = ((performance.now() - started) / 1_000).toFixed(1);
      process.stderr.write(`${CLIENTS} clients were back after ${seconds} s and ${logins} logins\n`);
      expect(logins).toBeLessThanOrEqual(3 * CLIENTS);
    },
    3 * PATIENCE_MS,
  );
});
