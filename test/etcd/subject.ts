import { type EtcdOptions, etcd } from '../../src/stores/etcd.ts';
import type { StoreSubject } from '../../src/testing/index.ts';
import { ETCD_LINK, TcpLink } from '../contract/link.ts';
import type { TestCluster } from './cluster.ts';

/** Limits for tests: long enough for a busy machine, short enough to be waited for. */
export const QUICK: Pick<EtcdOptions, 'timeout' | 'requestTimeout' | 'staleMs'> = {
  timeout: 6_000,
  requestTimeout: 2_000,
  staleMs: 2_000,
};

/** What any cluster can do. `limits` are those of all stores. */
export function etcdSubject(
  cluster: () => TestCluster,
  {
    module,
    links,
    limits = QUICK,
  }: { readonly module: () => string; readonly links: TcpLink[]; readonly limits?: typeof QUICK },
): Required<
  Pick<StoreSubject, 'open' | 'keepsHistory' | 'opening' | 'writeByHand' | 'openOverLink' | 'restart' | 'compact'>
> {
  const options = (document: string): EtcdOptions => ({ ...limits, endpoints: cluster().endpoints, key: document });
  return {
    open: (document) => etcd(options(document)),
    keepsHistory: true,
    opening: (document) => ({ module: module(), name: 'etcd', args: [options(document)] }),
    writeByHand: (document, bytes) => cluster().put(`/${document}`, bytes),
    openOverLink: async (document) => {
      const link = new TcpLink(ETCD_LINK);
      links.push(link);
      const endpoints = await Promise.all(cluster().endpoints.map((endpoint) => link.toUrl(endpoint)));
      return { store: etcd({ ...options(document), endpoints }), link };
    },
    restart: () => cluster().restart('SIGTERM'),
    compact: () => cluster().compact(),
  };
}
