import { etcd } from '../src/stores/etcd.ts';
import { ETCD_LINK } from './contract/link.ts';
import { etcdOrSkip } from './contract/store.ts';
import { TestCluster } from './etcd/cluster.ts';
import { fleetCases } from './fleet/cases.ts';

const program = etcdOrSkip();
if (program !== undefined)
  fleetCases({
    name: (document) => `etcd:/${document}`,
    protocol: ETCD_LINK,
    nowhere: 'http://127.0.0.1:1',
    start: async () => {
      const cluster = await TestCluster.start(program, 1);
      return {
        url: cluster.endpoints[0] ?? '',
        put: (document, bytes) => cluster.put(`/${document}`, bytes),
        delete: (document) =>
          cluster.ask('/v3/kv/deleterange', { key: Buffer.from(`/${document}`).toString('base64') }),
        wipe: () => cluster.wipe('another'),
        remove: () => cluster.remove(),
      };
    },
    open: (key, endpoint, limits) => etcd({ endpoint, key, ...limits }),
    variable: 'ETCD_URL',
    module: new URL('../src/stores/etcd.ts', import.meta.url),
    expression: (key, endpoint, limits) => `module.etcd(${JSON.stringify({ endpoint, key, ...limits })})`,
  });
