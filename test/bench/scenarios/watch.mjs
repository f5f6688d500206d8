// From the moment a file is written until the new value is seen.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { prepared } from '../lib/contender.mjs';
import { answering, inChild, median, quantile } from '../lib/measure.mjs';
import { getIn, makeModel, setIn } from '../lib/model.mjs';

const CONTENDERS = ['limit', 'handwired', 'varve'];
const SHOWN = { limit: 'fs.watch of the folder (the limit)', handwired: 'chokidar, hand-wired' };

export default async function watch({ whole }) {
  const rows = [];
  const p50 = [];
  for (const name of CONTENDERS) {
    for (const how of ['in place', 'replaced']) {
      const rounds = whole ? 30 : 6;
      const { times } = inChild(import.meta.url, { name, how, rounds }, []) ?? { times: [] };
      rows.push({
        contender: SHOWN[name] ?? name,
        written: how,
        'p50, ms': median(times),
        'p90, ms': quantile(times, 0.9),
        seen: `${times.length}/${rounds}`,
      });
      if (name === 'varve') p50.push(median(times));
    }
  }
  return { ms: Math.max(...p50), tables: [{ title: 'File changed, new value seen, 100 settings', rows }] };
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

await answering(import.meta.url, async ({ name, how, rounds }) => {
  const model = makeModel(100);
  const [, leaf] = model.leaves;
  const { library, schema, sources } = await prepared(name, model, 'watch');
  // No layer above the file is to mask what changes in it.
  writeFileSync(sources.envFile, '');
  for (const variable of Object.keys(sources.env)) delete process.env[variable];
  process.argv.length = 2;
  let wanted;
  let arrived;
  const close = await library.watcher(schema, { ...sources, env: {}, argv: [] }, (values) => {
    if (getIn(values, leaf.keys) === wanted) arrived?.(performance.now());
  });
  const values = JSON.parse(readFileSync(sources.file, 'utf8'));
  const times = [];
  await wait(300);
  for (wanted = 1000; wanted < 1000 + rounds; wanted++) {
    setIn(values, leaf.keys, wanted);
    const text = JSON.stringify(values, null, 2);
    const written = how === 'replaced' ? `${sources.file}.new` : sources.file;
    if (how === 'replaced') writeFileSync(written, text);
    const seen = new Promise((resolve) => {
      arrived = resolve;
    });
    const started = performance.now();
    if (how === 'replaced') renameSync(written, sources.file);
    else writeFileSync(written, text);
    const at = await Promise.race([seen, wait(3_000)]);
    if (at !== undefined) times.push(at - started);
    await wait(150 + Math.random() * 100);
  }
  await close();
  return { times };
});
