import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { TestCluster } from '../etcd/cluster.ts';
import { etcd, type Store } from './built.ts';
import { type Child, child } from './child.ts';
import { type Quantiles, quantiles } from './quantiles.ts';

export interface Programs {
  readonly etcd: string;
  readonly etcdctl: string;
}

/** How soon writes were heard of. */
export interface Propagation {
  readonly count: number;
  /** Of how many writes the watches heard, all together. */
  readonly heard: number;
  readonly ours: Quantiles;
  /** How many watches of etcdctl there were. */
  readonly others: number;
  readonly theirs: Quantiles;
  /** The server's memory for each of our watches, in KiB. */
  readonly memoryEach: number;
  /** The server's processor time for one write to all, in milliseconds. */
  readonly processor: number;
  /** The server's processor time for all our watches in a second without a write, in milliseconds. */
  readonly idle: number;
}

const KEY = 'apps/fleet/prod';
/** Up to this many watches have a process each, as those of etcdctl; of more, some share one, as memory is short. */
const MOST_PROCESSES = 100;
const PER_PROCESS = 25;
const MOST_ETCDCTL = 100;
const ETCDCTL_PER_PROCESS = 25;
/** A document of about sixty settings. */
const FILLER = 'x'.repeat(2_000);
const IDLE_MS = 10_000;

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

export async function propagation(programs: Programs, count: number, writes: number): Promise<Propagation> {
  const cluster = await TestCluster.start(programs.etcd, 1);
  const { endpoints } = cluster;
  const store = etcd({ endpoints, key: KEY });
  const children: Child[] = [];
  const start = async (name: string, each: number, total: number, more = {}): Promise<readonly Child[]> => {
    const started: Child[] = [];
    for (let left = total; left > 0; left -= each) {
      const watching = await child(name, { endpoints, key: KEY, count: Math.min(left, each), ...more });
      children.push(watching);
      started.push(watching);
    }
    return started;
  };
  try {
    await write(store, 0);
    const baseline = await idleCostOf(cluster);
    const empty = costOf(cluster);
    const watchers = await start('watchers', count <= MOST_PROCESSES ? 1 : PER_PROCESS, count);
    await pause(2_000);
    const { memory } = costOf(cluster);
    const idle = (await idleCostOf(cluster)) - baseline;
    const others = Math.min(count, MOST_ETCDCTL);
    const etcdctls = await start('etcdctl', ETCDCTL_PER_PROCESS, others, { etcdctl: programs.etcdctl });
    await pause(5_000);
    await Promise.all([delaysOf(watchers), delaysOf(etcdctls)]);
    const from = { ...costOf(cluster), at: now() };
    for (let i = 0; i < writes; i++) {
      await pause(Math.max(50, count / 2) + 50 * Math.random());
      await write(store, now());
    }
    await pause(3_000);
    const processor = (costOf(cluster).cpu - from.cpu - ((idle + baseline) * (now() - from.at)) / 1_000) / writes;
    const [ours, theirs] = [await delaysOf(watchers), await delaysOf(etcdctls)];
    const memoryEach = (1_024 * (memory - empty.memory)) / count;
    return {
      count,
      heard: ours.length,
      ours: quantiles(ours),
      others,
      theirs: quantiles(theirs),
      memoryEach,
      processor,
      idle,
    };
  } finally {
    for (const watching of children) watching.end();
    await store.close();
    await cluster.remove();
  }
}

async function write(store: Store, at: number): Promise<void> {
  const { revision: expect } = await store.read();
  const text = (): string => JSON.stringify({ at: at === 0 ? 0 : now(), filler: FILLER });
  await store.write(text(), { expect, id: crypto.randomUUID() });
}

async function delaysOf(children: readonly Child[]): Promise<readonly number[]> {
  return (await Promise.all(children.map((watching) => watching.report()))).flat();
}

/** How much processor time the server takes in a second, in milliseconds. */
async function idleCostOf(cluster: TestCluster): Promise<number> {
  const from = costOf(cluster).cpu;
  await pause(IDLE_MS);
  return (1_000 * (costOf(cluster).cpu - from)) / IDLE_MS;
}

/** How much processor time the server has had, in milliseconds, and how much memory it has, in MiB. */
function costOf({ members }: TestCluster): { readonly cpu: number; readonly memory: number } {
  const [pid] = members.map((member) => member.pid);
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  const [, resident] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  // In hundredths of a second.
  return { cpu: 10 * (Number(fields[11]) + Number(fields[12])), memory: Number(resident) / 1_024 };
}
