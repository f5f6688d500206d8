// Load, resolve and check in a process that has done so before, by number of settings; 5 % are lists.
import { prepared, withBefore } from '../lib/contender.mjs';
import { answering, exponent, inChild, inTurns, stopwatch } from '../lib/measure.mjs';
import { makeModel } from '../lib/model.mjs';

const CONTENDERS = withBefore(['limit', 'handwired', 'nconf', 'zod', 'varve']);
/** convict's own check would take minutes. */
const TOO_SLOW = { handwired: 10_000 };

export default async function load({ whole }) {
  const sizes = whole ? [10, 100, 1000, 10_000, 100_000] : [100, 1000, 10_000];
  const times = Object.fromEntries(CONTENDERS.map((name) => [name, {}]));
  for (const size of sizes) {
    const names = CONTENDERS.filter((name) => size <= (TOO_SLOW[name] ?? size));
    const budget = whole ? 15_000 : 3_000;
    const answers = inChild(import.meta.url, { size, names, budget }) ?? {};
    for (const [name, time] of Object.entries(answers)) times[name][size] = time;
  }
  const ms = (name, size) => times[name][size]?.ms;
  const growth = (name) =>
    exponent(sizes.filter((size) => size >= 100 && ms(name, size)).map((size) => [size, ms(name, size)]));
  const rows = CONTENDERS.map((name) => ({
    contender: name,
    ...Object.fromEntries(sizes.map((size) => [`${size.toLocaleString('en')}, ms`, ms(name, size)])),
    'exponent from 100': growth(name),
    'of hand-wired at 1,000': ms(name, 1000) / ms('handwired', 1000),
    'of hand-wired at 10,000': ms(name, 10_000) / ms('handwired', 10_000),
    'first load of 1,000, ms': times[name][1000]?.first,
    'schema of 10,000, ms': times[name][10_000]?.schema,
  }));
  const varve = { ...rows.find(({ contender }) => contender === 'varve'), huge: ms('varve', 100_000) };
  return { varve, tables: [{ title: 'Load, warm; 5 % of the settings are lists', rows }] };
}

await answering(import.meta.url, async ({ size, names, budget }) => {
  const model = makeModel(size);
  const calls = {};
  const schemas = {};
  const kept = {};
  for (const name of names) {
    const time = stopwatch();
    const { library, schema, sources } = await prepared(name, model, `load-${size}`);
    schemas[name] = time();
    // As in a program, the configuration is there until the next one is.
    calls[name] = () => {
      kept[name] = library.load(schema, sources);
    };
  }
  const large = size >= 10_000;
  const times = await inTurns(calls, { budget, rounds: [large ? 3 : 5, 40], collect: large });
  return Object.fromEntries(names.map((name) => [name, { ...times[name], schema: schemas[name] }]));
});
