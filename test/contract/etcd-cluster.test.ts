import { afterAll, beforeAll } from 'vitest';
import { TestCluster } from '../etcd/cluster.ts';
import { etcdSubject } from '../etcd/subject.ts';
import { builtModule } from '../library.ts';
import type { TcpLink } from './link.ts';
import { contractOf, etcdOrSkip } from './store.ts';

const program = etcdOrSkip();
if (program !== undefined) {
  let cluster: TestCluster;
  const links: TcpLink[] = [];

  beforeAll(async () => {
    cluster = await TestCluster.start(program, 3);
  }, 60_000);

  afterAll(async () => {
    await Promise.all(links.map((link) => link.close()));
    await cluster?.remove();
  });

  contractOf(
    {
      ...etcdSubject(() => cluster, {
        module: () => builtModule('varve/etcd'),
        links,
        // Nothing answers without a quorum until the time is up.
        limits: { timeout: 3_000, requestTimeout: 1_000, staleMs: 2_000 },
      }),
      killLeader: () => cluster.killLeader(),
      loseQuorum: () => cluster.loseQuorum(),
    },
    [9, 19, 20, 24, 25, 31],
  );
}
