import type { Store } from '../index.ts';
import { EtcdDocument } from './etcd/document.ts';
import { type EtcdOptions, settingsOf } from './etcd/settings.ts';
import { RemoteStore } from './remote/remote-store.ts';

export type { EtcdOptions, EtcdTls } from './etcd/settings.ts';

/**
 * One key of an etcd cluster as a store: durable once a quorum has it, with the history that the cluster keeps. Needs the
 * package `@grpc/grpc-js`. Throws `INVALID_DEFINITION` for options that contradict each other.
 * @example
 * import { etcd } from 'varve/etcd';
 *
 * const store = etcd({ endpoint: 'https://etcd-1.example:2379', key: 'apps/shop' }); // connects with the first request
 * console.log(store.name); // etcd:/apps/shop
 * await store.close();
 */
export function etcd(options: EtcdOptions): Store {
  return new RemoteStore(new EtcdDocument(settingsOf(options)));
}
