import { setTimeout as pause } from 'node:timers/promises';
import { ETCD_LINK, TcpLink } from '../contract/link.ts';
import { TestCluster } from '../etcd/cluster.ts';
import { etcd, type Store } from './built.ts';
import { quantiles } from './quantiles.ts';

/** What a fault cost. */
export interface Fault {
  readonly name: string;
  readonly times: number;
  /** Writes that were acknowledged and are not there. */
  readonly lost: number;
  /** Newest states that a watch did not see within half a minute. */
  readonly missed: number;
  /** Until a write is acknowledged again, or until the watch has seen what it missed, in milliseconds. */
  readonly median: number;
  readonly longest: number;
}

const KEY = 'apps/fleet/faults';
const PATIENCE_MS = 30_000;

/** One cluster, and a link that breaks between it and a watch. */
class Scene {
  readonly cluster: TestCluster;
  readonly link = new TcpLink(ETCD_LINK);
  /** Writes past the link. */
  readonly writer: Store;
  seen = 0;
  state = 'live';
  #written = 0;
  #watcher: Store | undefined;

  constructor(cluster: TestCluster) {
    this.cluster = cluster;
    this.writer = etcd({ endpoints: cluster.endpoints, key: KEY, timeout: 20_000 });
  }

  async watch(): Promise<void> {
    const endpoints = await Promise.all(this.cluster.endpoints.map((endpoint) => this.link.toUrl(endpoint)));
    this.#watcher = etcd({ endpoints, key: KEY, staleMs: 5_000 });
    await this.write();
    this.#watcher.watch((await this.#watcher.read()).revision, {
      stored: ({ text }) => {
        this.seen = Number(JSON.parse(text ?? '{}').n);
      },
      state: (state) => {
        this.state = state;
      },
    });
    await pause(500);
  }

  /** Resolves when the write is acknowledged, with how long that took. */
  async write(): Promise<number> {
    const started = performance.now();
    const n = this.#written + 1;
    const { revision: expect } = await this.writer.read();
    const written = await this.writer.write(JSON.stringify({ n }), { expect, id: crypto.randomUUID() });
    if (!written.ok) throw new Error('another writer was faster');
    this.#written = n;
    return performance.now() - started;
  }

  /** How long the watch takes from now on to see the newest; `undefined` where it never does. */
  async caughtUp(): Promise<number | undefined> {
    const started = performance.now();
    while (this.seen !== this.#written || this.state !== 'live') {
      if (performance.now() - started > PATIENCE_MS) return undefined;
      await pause(1);
    }
    return performance.now() - started;
  }

  /** Whether what was acknowledged last is there. */
  async hasLost(): Promise<boolean> {
    return Number(JSON.parse((await this.writer.read()).text ?? '{}').n) < this.#written;
  }

  async close(): Promise<void> {
    await Promise.all([this.writer.close(), this.#watcher?.close(), this.link.close()]);
  }
}

interface Breaking {
  readonly name: string;
  /** Breaks something and mends it; gives how long a write took, or nothing where the watch is what has to recover. */
  readonly once: (scene: Scene) => Promise<number | undefined>;
}

const breakings: readonly Breaking[] = [
  {
    name: 'the leader of three members is killed, and a write follows at once',
    once: async (scene) => {
      const killed = scene.cluster.killLeader();
      const took = await scene.write();
      await killed;
      return took;
    },
  },
  {
    name: 'the connection is cut for three seconds, and a write happens meanwhile',
    once: async (scene) => {
      scene.link.cut();
      await scene.write();
      await pause(3_000);
      scene.link.heal();
      return undefined;
    },
  },
  {
    name: 'the same, and etcd compacts the missed revisions',
    once: async (scene) => {
      scene.link.cut();
      for (let i = 0; i < 3; i++) await scene.write();
      await scene.cluster.compact();
      await pause(1_000);
      scene.link.heal();
      return undefined;
    },
  },
  {
    name: 'the connection is half-open until the watch is stale',
    once: async (scene) => {
      scene.link.hold();
      await scene.write();
      while (scene.state === 'live') await pause(10);
      scene.link.heal();
      return undefined;
    },
  },
  {
    name: 'the connection is cut twice within 100 ms, with a write in between (flapping)',
    once: async (scene) => {
      scene.link.cut();
      scene.link.heal();
      await pause(100 * Math.random());
      scene.link.cut();
      await scene.write();
      scene.link.heal();
      await scene.write();
      return undefined;
    },
  },
];

/** Each fault a number of times, one after the other. */
export async function faults(program: string, times: number): Promise<readonly Fault[]> {
  const results: Fault[] = [];
  const cluster = await TestCluster.start(program, 3);
  const scene = new Scene(cluster);
  try {
    await scene.watch();
    for (const { name, once } of breakings) {
      const took: number[] = [];
      let [lost, missed] = [0, 0];
      for (let i = 0; i < times; i++) {
        const written = await once(scene);
        const caughtUp = await scene.caughtUp();
        if (caughtUp === undefined) missed += 1;
        else took.push(written ?? caughtUp);
        if (await scene.hasLost()) lost += 1;
      }
      const { p50: median, longest } = quantiles(took);
      results.push({ name, times, lost, missed, median, longest });
    }
  } finally {
    await scene.close();
    await cluster.remove();
  }
  return results;
}
