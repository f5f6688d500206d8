import { findProgram, type ProgramName } from '../contract/programs.ts';
import { TestCluster } from '../etcd/cluster.ts';
import { PostgresServer } from '../postgres/server.ts';
import { etcd, postgresStore, type Store } from './built.ts';

/** How a process of its own opens a document. */
export interface StoreModule {
  readonly module: 'varve/etcd' | 'varve/postgres';
  readonly name: 'etcd' | 'postgresStore';
  readonly options: object;
}

/** A running server of one engine. */
export interface RunningEngine {
  readonly pid: number | undefined;
  open(document: string, options?: object): Store;
  opening(document: string, options?: object): StoreModule;
  /** What the engine's own client needs: see `children/etcdctl.mjs` and `children/listen.mjs`. */
  baseline(document: string): object;
  kill(): Promise<void>;
  remove(): Promise<void>;
}

/** An engine that is measured. */
export interface MeasuredEngine {
  readonly title: string;
  /** Its own client, and the child that runs it. */
  readonly baseline: { readonly title: string; readonly child: string };
  /** Starts one server. */
  start(): Promise<RunningEngine>;
}

function programOf(name: ProgramName): string {
  const found = findProgram(name);
  if ('reason' in found) throw new Error(found.reason);
  return found.path;
}

export const ENGINES: readonly MeasuredEngine[] = [
  {
    title: 'etcd',
    baseline: { title: '`etcdctl watch`', child: 'etcdctl' },
    async start() {
      const cluster = await TestCluster.start(programOf('etcd'), 1);
      const etcdctl = programOf('etcdctl');
      const options = (key: string, more: object) => ({ endpoints: cluster.endpoints, key, ...more });
      return {
        get pid() {
          return cluster.members[0]?.pid;
        },
        open: (key, more = {}) => etcd(options(key, more)),
        opening: (key, more = {}) => ({ module: 'varve/etcd', name: 'etcd', options: options(key, more) }),
        baseline: (key) => ({ etcdctl, endpoints: cluster.endpoints, key }),
        kill: () => cluster.restart('SIGKILL'),
        remove: () => cluster.remove(),
      };
    },
  },
  {
    title: 'PostgreSQL',
    baseline: { title: '`LISTEN` and a `SELECT` by `pg`', child: 'listen' },
    async start() {
      const server = await PostgresServer.start(programOf('postgres'), { settings: { max_connections: 1_500 } });
      const options = (name: string, more: object) => ({ connection: server.url, name, ...more });
      return {
        get pid() {
          return server.pid;
        },
        open: (name, more = {}) => postgresStore(options(name, more)),
        opening: (name, more = {}) => ({
          module: 'varve/postgres',
          name: 'postgresStore',
          options: options(name, more),
        }),
        baseline: (name) => ({ connectionString: server.url, name }),
        kill: () => server.restart('SIGKILL'),
        remove: () => server.remove(),
      };
    },
  },
];
