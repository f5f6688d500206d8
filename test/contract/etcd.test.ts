import { afterAll, beforeAll } from 'vitest';
import { TestCluster } from '../etcd/cluster.ts';
import { etcdSubject } from '../etcd/subject.ts';
import { buildLibrary, type Library } from '../library.ts';
import type { TcpLink } from './link.ts';
import { contractOf, etcdOrSkip } from './store.ts';

const program = etcdOrSkip();
if (program !== undefined) {
  let library: Library;
  let cluster: TestCluster;
  const links: TcpLink[] = [];

  beforeAll(async () => {
    library = buildLibrary('stores/etcd.ts');
    cluster = await TestCluster.start(program, 1);
  }, 60_000);

  afterAll(async () => {
    await Promise.all(links.map((link) => link.close()));
    await cluster?.remove();
    library?.remove();
  });

  contractOf(
    {
      ...etcdSubject(() => cluster, {
        module: () => new URL('./stores/etcd.js', library.url).href,
        links,
      }),
      kill: () => cluster.restart('SIGKILL'),
      loseQuorum: () => cluster.loseQuorum(),
      wipe: async () => [() => cluster.wipe('first'), () => cluster.wipe('second')],
    },
    [29],
  );
}
