// What is measured is the package as it is built.
export type { Store } from 'varve';
export { etcd } from 'varve/etcd';
