import { afterAll, beforeAll } from 'vitest';
import { etcd } from '../../src/stores/etcd.ts';
import { TestCluster } from '../etcd/cluster.ts';
import { QUICK } from '../etcd/subject.ts';
import { ETCD_LINK } from './link.ts';
import { NginxSubject, WITHOUT_PROXY } from './over-nginx.ts';
import { contractOf, etcdOrSkip, programOrSkip } from './store.ts';

const program = etcdOrSkip();
const nginx = program === undefined ? undefined : programOrSkip('nginx');
if (program !== undefined && nginx !== undefined) {
  let cluster: TestCluster;
  const proxied = new NginxSubject(nginx, {
    kind: 'grpc',
    protocol: ETCD_LINK,
    url: () => cluster.endpoints[0] ?? '',
    open: (key, endpoint) => etcd({ ...QUICK, endpoint, key }),
  });

  beforeAll(async () => {
    cluster = await TestCluster.start(program, 1);
    await proxied.start();
  }, 60_000);

  afterAll(async () => {
    await proxied.remove();
    await cluster?.remove();
  });

  contractOf({ ...proxied.subject, compact: () => cluster.compact() }, WITHOUT_PROXY);
}
