// Counts up in the document in one of three ways, and writes every number down once its save was acknowledged.
import { randomUUID } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';

const { url, path, padding, times, log, way = 'edit', restMs, options } = workerData ?? JSON.parse(process.argv[2]);
// Ends with its parent.
if (isMainThread)
  process.stdin
    .on('end', () => process.exit(1))
    .resume()
    .unref();

const { jsonFile } = await import(url);
const store = jsonFile(path, options);
const acknowledged = openSync(log, 'a');

const countIn = (text) => (text === null ? 0 : JSON.parse(text).count);
const textOf = (count) => JSON.stringify({ count, padding: 'x'.repeat(padding), end: count });

async function attempt() {
  const { text, revision } = await store.read();
  const count = countIn(text) + 1;
  const { ok } = await store.write(textOf(count), { expect: revision, id: randomUUID() });
  return ok ? count : undefined;
}

/** Each gives the number that was saved. */
const WAYS = {
  /** In one step, as `save` does. */
  async edit() {
    const { after } = await store.local.edit(({ text }) => textOf(countIn(text) + 1));
    return countIn(after.text);
  },
  /** Holding the lock around reading and writing, as `update` does. */
  async underLock() {
    let count;
    await store.local.edit(async () => {
      count = await attempt();
      return undefined;
    });
    if (count === undefined) throw new Error('another writer ignored the lock');
    return count;
  },
  /** With compare and swap alone, a lost race is tried again. */
  async swap() {
    for (;;) {
      const count = await attempt();
      if (count !== undefined) return count;
    }
  },
};

process.stdout.write('ready\n');
for (let i = 0; i < (times ?? Infinity); i += 1) {
  writeSync(acknowledged, `${await WAYS[way]()}\n`);
  if (restMs) await new Promise((done) => setTimeout(done, restMs));
}
await store.close();
