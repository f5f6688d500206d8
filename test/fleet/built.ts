// The package is measured as it is built.
export type { Store } from 'varve';
export { etcd } from 'varve/etcd';
export { postgresStore } from 'varve/postgres';
