// One setting is set and saved.
import { readFileSync } from 'node:fs';
import { writeDurably } from '../contenders/limit.mjs';
import { prepared, withBefore } from '../lib/contender.mjs';
import { answering, freshFolder, inChild, median, quantile, shuffled } from '../lib/measure.mjs';
import { makeModel, makeSources } from '../lib/model.mjs';

const LIMIT = 'write, fsync, rename, fsync of the folder (the limit)';
const CONTENDERS = withBefore(['handwired', 'nconf', 'conf', 'varve']);
const PROMISES = {
  [LIMIT]: 'survives a power cut',
  handwired: 'nothing: no fsync, no rename',
  nconf: 'nothing: no fsync, no rename',
  conf: 'old or new; no fsync of the folder',
  varve: 'survives a power cut; lock, and merge with other writers',
  before: 'the same',
};

export default async function save({ whole }) {
  const tables = [];
  const ratios = {};
  for (const size of [100, 10_000]) {
    const samples = inChild(import.meta.url, { size, budget: whole ? 25_000 : 3_000 });
    const limit = median(samples[LIMIT]);
    ratios[size] = median(samples['varve']) / limit;
    const rows = Object.entries(samples).map(([name, ms]) => ({
      contender: name,
      'p50, ms': median(ms),
      'p99, ms': quantile(ms, 0.99),
      'of the limit': median(ms) / limit,
      promises: PROMISES[name],
    }));
    tables.push({ title: `Set and save, ${size.toLocaleString('en')} settings`, rows });
  }
  return { ratios, tables };
}

await answering(import.meta.url, async ({ size, budget }) => {
  const model = makeModel(size);
  const { path } = model.leaves[1];
  const saves = { [LIMIT]: limit(model) };
  for (const name of CONTENDERS) {
    const { library, schema, sources } = await prepared(name, model, `save-${size}`);
    const set = library.saver(schema, { ...sources, argv: [] });
    saves[name] = (value) => set(library.nativePath?.(path) ?? path, value);
  }
  const samples = Object.fromEntries(Object.keys(saves).map((name) => [name, []]));
  const end = performance.now() + budget;
  for (let i = 0; i < 5 || (i < 400 && performance.now() < end); i++) {
    for (const [name, set] of shuffled(Object.entries(saves))) {
      const started = performance.now();
      await set(1000 + (i % 100));
      if (i > 0) samples[name].push(performance.now() - started);
    }
  }
  return samples;
});

/** Writes a text that is ready: nothing is set, checked or printed. */
function limit(model) {
  const { file } = makeSources(model, freshFolder(`save-${model.n}/limit`));
  const text = readFileSync(file, 'utf8');
  return () => writeDurably(file, text);
}
