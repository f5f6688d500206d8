// Watches a folder under random edits, killed editors and broken files, and counts what was delivered.
// node --expose-gc test/soak/watch.mjs [--minutes 30] [--library URL of another build than dist/]
import { fork } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    library: { type: 'string', default: new URL('../../dist/index.mjs', import.meta.url).href },
  },
});
const { defineConfig, lastRejection, loadConfig } = await import(options.library);

/** How long a final state may take until it counts as missed, in milliseconds. */
const PATIENCE_MS = 30_000;

const folder = mkdtempSync(join(tmpdir(), 'varve-soak-'));
mkdirSync(join(folder, 'mount/..v0'), { recursive: true });
writeFileSync(join(folder, 'mount/..v0/token'), 't0-0\n');
symlinkSync('..v0', join(folder, 'mount/..data'));
symlinkSync('..data/token', join(folder, 'mount/token'));
writeFileSync(join(folder, 'app.json'), '{ "a": 1, "b": 1 }');

const definition = defineConfig({
  name: 'soak',
  file: 'app.json',
  dotenv: true,
  settings: {
    a: { format: 'nat', default: 0 },
    b: { format: 'nat', default: 0 },
    filler: { format: String, default: '' },
    env: { format: 'nat', default: 0, env: 'SOAK_ENV' },
    token: { format: String, default: '', env: 'SOAK_TOKEN', sensitive: true },
  },
});

const counts = { events: 0, rejected: 0, finals: 0, missed: 0, invalid: 0, emptied: 0, kills: 0, uncaught: 0 };
const latencies = [];
process.on('uncaughtException', (error) => {
  counts.uncaught += 1;
  console.error(error);
});
process.on('unhandledRejection', (error) => {
  counts.uncaught += 1;
  console.error(error);
});

const config = await loadConfig(definition, { cwd: folder, env: { SOAK_TOKEN_FILE: 'mount/token' }, argv: [] });
let awaited;
let highest = 0;
let isAfterKill = false;

function check({ a, b, env, token }) {
  const isToken = /^t(\d+)-\1$/.test(token);
  if (a !== b || env % 7 !== 0 || !isToken) {
    counts.invalid += 1;
    console.error('invalid', { a, b, env, token });
  } else if (a === 0) {
    // An editor that was killed left the file empty for longer than a second: then the empty file counts.
    counts.emptied += 1;
    if (!isAfterKill) console.error('emptied without a kill');
  }
  highest = Math.max(highest, a);
}

function lookForFinal() {
  const { a, env, token } = config.values;
  if (!awaited || a !== awaited.file || env !== awaited.env || token !== awaited.token) return;
  latencies.push(performance.now() - awaited.since);
  counts.finals += 1;
  isAfterKill = false;
  clearTimeout(awaited.timer);
  awaited.done();
  awaited = undefined;
}

config.subscribe((event) => {
  counts.events += 1;
  if ('rejected' in event) counts.rejected += 1;
  check(config.values);
  lookForFinal();
});
const watcher = config.watch();
await watcher.ready;

let editor;
let number = 1;
function begin() {
  number += 1_000_000;
  editor = fork(fileURLToPath(new URL('editor.mjs', import.meta.url)), [folder, String(number)]);
  const mine = editor;
  mine.on('message', ({ final }) => {
    const timer = setTimeout(() => {
      counts.missed += 1;
      console.error('missed', final, { ...config.values, filler: '…' }, lastRejection(config)?.message);
      awaited = undefined;
      mine.send('missed');
    }, PATIENCE_MS);
    awaited = { ...final, since: performance.now(), timer, done: () => mine.connected && mine.send('seen') };
    lookForFinal();
  });
  mine.on('error', () => undefined);
}

function kill() {
  counts.kills += 1;
  isAfterKill = true;
  clearTimeout(awaited?.timer);
  awaited = undefined;
  editor.kill('SIGKILL');
  editor.once('exit', begin);
}

function memory() {
  globalThis.gc?.();
  const { heapUsed, rss } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  return { heapMb: +(heapUsed / 1e6).toFixed(2), rssMb: +(rss / 1e6).toFixed(1), handles };
}

function report(when) {
  const sorted = [...latencies].sort((x, y) => x - y);
  const at = (part) => +(sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(1);
  console.log(
    JSON.stringify({ when, ...counts, finalMs: { p50: at(0.5), p99: at(0.99), max: at(0.9999) }, ...memory() }),
  );
}

begin();
const started = Date.now();
const minutes = Number(options.minutes);
const reporting = setInterval(() => report(`${Math.round((Date.now() - started) / 60_000)} min`), 60_000);
for (;;) {
  await new Promise((resolve) => setTimeout(resolve, 2_000 + Math.random() * 8_000));
  if (Date.now() - started > minutes * 60_000) break;
  kill();
}
clearInterval(reporting);
clearTimeout(awaited?.timer);
editor.kill('SIGKILL');
await watcher.close();
report('end');
rmSync(folder, { recursive: true, force: true });
process.exit(counts.missed + counts.invalid + counts.uncaught === 0 ? 0 : 1);
