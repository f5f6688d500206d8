// How often functions of the package are called: the engine counts, whatever the machine. Prints JSON.
import fs, { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { defineConfig, loadConfigSync } from '../../dist/index.mjs';

/** The built package: its file, and the chunks that are loaded when they are used. */
const DIST = new URL('../../dist/', import.meta.url).href;

const session = new Session();
session.connect();
await session.post('Profiler.enable');
await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false });

/** The calls that `work` comes to. */
async function callsOf(work) {
  await session.post('Profiler.takePreciseCoverage');
  const made = await work();
  const { result } = await session.post('Profiler.takePreciseCoverage');
  const own = result.filter(({ url }) => url.startsWith(DIST));
  // Whether the making of an object's fields is a call differs between versions of the engine.
  const called = own.flatMap(({ functions }) => functions.filter(({ functionName }) => !functionName.startsWith('<')));
  const counts = called.map(({ ranges }) => ranges[0].count);
  return { made, calls: counts.reduce((sum, count) => sum + count, 0) };
}

/** How often `work` calls synchronous functions of `node:fs`, each of which is one system call. */
async function fileCallsOf(work) {
  let count = 0;
  const originals = Object.entries(fs).filter(([name, value]) => name.endsWith('Sync') && typeof value === 'function');
  for (const [name, original] of originals) {
    const counted = (make) =>
      function (...args) {
        count += 1;
        return make.apply(this, args);
      };
    fs[name] = Object.assign(counted(original), original.native && { native: counted(original.native) });
  }
  await work();
  for (const [name, original] of originals) fs[name] = original;
  return count;
}

/** Settings in groups of ten, and the file that sets them all. */
function tree(size, leaf) {
  const groups = {};
  for (let i = 0; i < size; i++) {
    groups[`g${Math.floor(i / 10)}`] ??= {};
    groups[`g${Math.floor(i / 10)}`][`s${i % 10}`] = leaf(i);
  }
  return groups;
}

const cwd = process.argv[2];
const answers = {};
for (const size of [100, 1000, 10_000]) {
  const settings = tree(size, (i) =>
    i % 2 === 0 ? { format: 'port', default: 80 } : { format: String, default: 'a' },
  );
  writeFileSync(`${cwd}/app.json`, JSON.stringify(tree(size, (i) => (i % 2 === 0 ? 8080 : 'b'))));
  const inputs = { cwd, env: {}, argv: [] };
  // What is made once in a process is not counted.
  loadConfigSync(defineConfig({ name: 'first', file: 'app.json', settings }), inputs);
  const define = await callsOf(() => defineConfig({ name: 'counted', file: 'app.json', settings }));
  const load = await callsOf(() => loadConfigSync(define.made, inputs));
  const config = load.made;
  config.get('g0.s0');
  config.set('g1.s0', 1);
  // Values are made at the first read after a change.
  config.values.g0.s0;
  const get = await callsOf(() => config.get('g0.s0'));
  const values = await callsOf(() => config.values.g0.s0);
  // A value that convict has not accepted before.
  const set = await callsOf(() => config.set('g1.s0', size));
  // The first save asks the system for the access of the file.
  await config.save();
  const saved = (value) => async () => {
    config.set('g1.s0', value);
    await config.save();
  };
  const save = await callsOf(saved(3));
  const files = await fileCallsOf(saved(4));
  answers[size] = {
    define: define.calls,
    load: load.calls,
    get: get.calls,
    values: values.calls,
    set: set.calls,
    save: save.calls,
    files,
  };
}
console.log(JSON.stringify(answers));
