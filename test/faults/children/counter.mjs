// Counts up in the document, each time under the lock, and writes every number down once its save was acknowledged.
import { randomUUID } from 'node:crypto';
import { openSync, writeSync } from 'node:fs';
import { isMainThread, workerData } from 'node:worker_threads';

const { url, path, padding, times, log, swap, restMs, options } = workerData ?? JSON.parse(process.argv[2]);
// Ends with whoever started it.
if (isMainThread)
  process.stdin
    .on('end', () => process.exit(1))
    .resume()
    .unref();

const { jsonFile } = await import(url);
const store = jsonFile(path, options);
const acknowledged = openSync(log, 'a');

async function increment() {
  const { text, revision } = await store.read();
  const count = text === null ? 1 : JSON.parse(text).count + 1;
  const next = JSON.stringify({ count, padding: 'x'.repeat(padding), end: count });
  const { ok } = await store.write(next, { expect: revision, id: randomUUID() });
  return ok ? count : undefined;
}

/** With compare and swap alone, a lost race is tried again. */
async function incrementBySwap() {
  for (;;) {
    const count = await increment();
    if (count !== undefined) return count;
  }
}

process.stdout.write('ready\n');
for (let i = 0; i < (times ?? Infinity); i += 1) {
  const count = swap ? await incrementBySwap() : await store.exclusive(increment);
  if (count === undefined) throw new Error('somebody wrote in spite of the lock');
  writeSync(acknowledged, `${count}\n`);
  if (restMs) await new Promise((done) => setTimeout(done, restMs));
}
await store.close();
