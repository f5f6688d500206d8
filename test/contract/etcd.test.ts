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
    cluster = await TestCluster.start(program, 1);
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
      }),
      kill: () => cluster.restart('SIGKILL'),
      loseQuorum: () => cluster.loseQuorum(),
      wipe: async () => [() => cluster.wipe('first'), () => cluster.wipe('second')],
    },
    [29],
  );
}
