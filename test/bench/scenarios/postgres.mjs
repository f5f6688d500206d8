// A setting that is set and saved in PostgreSQL, and until another process's reader sees it; beside the statement alone.
import { defineConfig, loadConfig } from 'varve';
import { postgresStore, postgresTables } from 'varve/postgres';
import varve from '../contenders/varve.mjs';
import { answering, inChild, median, quantile } from '../lib/measure.mjs';
import { makeModel, nest } from '../lib/model.mjs';
import { startPostgres } from '../lib/postgres-server.mjs';

const LIMITS = { save: 'UPDATE of one row (the limit)', seen: 'NOTIFY to LISTEN (the limit)' };

export default async function postgres({ whole }) {
  const answer = inChild(import.meta.url, { rounds: whole ? 200 : 20 }, []);
  if (answer?.skipped) return { tables: [], skipped: answer.skipped };
  const row = (what, ms, limit) => ({
    what,
    'p50, ms': median(ms),
    'p99, ms': quantile(ms, 0.99),
    'of the limit': median(ms) / median(limit),
  });
  const { save, seen } = answer;
  return {
    save: median(save.varve) / median(save.limit),
    seen: median(seen.varve),
    tables: [
      {
        title: 'PostgreSQL, 100 settings',
        rows: [
          row(LIMITS.save, save.limit, save.limit),
          row('varve: set and save', save.varve, save.limit),
          row(LIMITS.seen, seen.limit, seen.limit),
          row('varve: saved by one process, seen by another', seen.varve, seen.limit),
        ],
      },
    ],
  };
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

await answering(import.meta.url, async ({ rounds }) => {
  const server = await startPostgres();
  if (server.skipped) return { skipped: server.skipped };
  try {
    return await measured(server.url, rounds);
  } finally {
    await server.stop();
  }
});

async function measured(url, rounds) {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  const listener = new pg.Client({ connectionString: url });
  await Promise.all([client.connect(), listener.connect()]);
  await client.query(postgresTables());
  const model = makeModel(100);
  const text = JSON.stringify(nest(model.leaves.map(({ keys, file }) => [keys, file])), null, 2);
  await client.query('CREATE TABLE bench (name text PRIMARY KEY, text bytea)');
  await client.query('INSERT INTO bench VALUES ($1, $2)', ['bench', Buffer.from(text)]);
  const store = () => postgresStore({ connection: url, name: 'bench' });
  const definition = (own) => defineConfig({ name: 'bench', store: own, settings: varve.schema(model) });
  const inputs = { env: {}, argv: [] };
  const writer = await loadConfig(definition(store()), inputs);
  const reader = await loadConfig(definition(store()), inputs);
  const { path } = model.leaves[1];
  const save = { limit: [], varve: [] };
  const seen = { limit: [], varve: [] };
  let arrived;
  reader.subscribe(() => arrived?.(performance.now()));
  listener.on('notification', () => arrived?.(performance.now()));
  await writer.set(path, 999);
  await writer.save();
  const watcher = reader.watch();
  await watcher.ready;
  await reader.reload();
  await listener.query('LISTEN bench');
  await wait(300);
  const timed = async (times, seenTimes, change) => {
    const notice = new Promise((resolve) => {
      arrived = resolve;
    });
    const started = performance.now();
    await change();
    times?.push(performance.now() - started);
    if (!seenTimes) return;
    const at = await Promise.race([notice, wait(3_000)]);
    if (at !== undefined) seenTimes.push(at - started);
  };
  for (let i = 0; i < rounds; i++) {
    const port = 1000 + i;
    const next = Buffer.from(text.replace('9090', String(port)));
    await timed(save.limit, undefined, () =>
      client.query('UPDATE bench SET text = $1 WHERE name = $2', [next, 'bench']),
    );
    await timed(undefined, seen.limit, () => client.query('NOTIFY bench'));
    await timed(save.varve, seen.varve, () => {
      writer.set(path, port);
      return writer.save();
    });
    await wait(20);
  }
  await watcher.close();
  await Promise.all([client.end(), listener.end()]);
  return { save, seen };
}
