import { TestCluster } from '../etcd/cluster.ts';
import { etcd } from './built.ts';
import { child } from './child.ts';
import { quantiles } from './quantiles.ts';

/** What became of many processes that count up one setting. */
export interface Writers {
  readonly processes: number;
  readonly updates: number;
  readonly lost: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
}

export async function writers(program: string, processes = 16, updates = 60): Promise<Writers> {
  const cluster = await TestCluster.start(program, 3);
  const { endpoints } = cluster;
  const key = 'apps/fleet/writers';
  const store = etcd({ endpoints, key });
  try {
    const children = await Promise.all(
      Array.from({ length: processes }, () => child('update', { endpoints, key, count: updates })),
    );
    const started = performance.now();
    const took = (await Promise.all(children.map((writer) => writer.report()))).flat();
    const seconds = (performance.now() - started) / 1_000;
    for (const writer of children) writer.end();
    const { count } = JSON.parse((await store.read()).text ?? '{}');
    const { p50, p99 } = quantiles(took);
    return { processes, updates, lost: processes * updates - count, perSecond: took.length / seconds, p50, p99 };
  } finally {
    await store.close();
    await cluster.remove();
  }
}
