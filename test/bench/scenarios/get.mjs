// Reads by key, random over 1,000 settings, and of one in a loop.

import { frozen } from '../contenders/limit.mjs';
import { prepared, withBefore } from '../lib/contender.mjs';
import { answering, inChild, median, shuffled, stopwatch } from '../lib/measure.mjs';
import { makeModel } from '../lib/model.mjs';

const CONTENDERS = withBefore(['convict', 'nconf', 'varve']);
const MAP = 'Map by key (the limit)';
const CHAIN = 'a.b.c of a frozen object';
const VALUES = 'varve, values.a.b.c';
/** How many a sample has. */
const READS = 50_000;

export default async function get({ whole }) {
  const answers = Array.from({ length: whole ? 5 : 3 }, () => inChild(import.meta.url, { rounds: whole ? 25 : 9 }));
  const time = (name, kind) => median(answers.map((answer) => answer[name][kind]));
  const rows = Object.keys(answers[0]).map((name) => ({
    contender: name,
    'keys in random order, ns': time(name, 'random'),
    'one key again, ns': time(name, 'one'),
    'random order, of Map': time(name, 'random') / time(MAP, 'random'),
  }));
  const ofMap = time('varve', 'random') / time(MAP, 'random');
  const ofChain = time(VALUES, 'random') / time(CHAIN, 'random');
  return { ofMap, ofChain, tables: [{ title: 'Reads, 1,000 settings', rows }] };
}

let loops = 0;

/**
 * A loop of its own for each, so that its call sites see one kind of function only, as in a program. The engine takes two
 * functions of one text for the same: so no two have one.
 */
function loop(expression, scope) {
  loops += 1;
  const body = `return (n) => { let hits = 0; for (let i = 0; i < n; i++) if (${expression} === never) hits++; return hits; } // ${loops}`;
  return new Function('never', ...Object.keys(scope), body)({}, ...Object.values(scope));
}

await answering(import.meta.url, async ({ rounds }) => {
  const model = makeModel(1000);
  const keys = shuffled(model.leaves.map(({ path }) => path));
  const timed = {};
  const byKey = (name, read, own = keys) => {
    timed[name] = {
      random: loop('get(keys[i % 1000])', { get: read, keys: own }),
      one: loop('get(key)', { get: read, key: own[0] }),
    };
  };
  const chain = (name, values) => {
    // Eight objects in turn, so that no read is moved out of the loop.
    const copies = Array.from({ length: 8 }, () => frozen(structuredClone(values)));
    const readers = keys.map((key) => new Function('config', `return config.${key} // ${name}`));
    timed[name] = {
      random: loop('read[i % 1000](copies[i & 7])', { read: readers, copies }),
      one: loop(`copies[i & 7].${keys[0]}`, { copies }),
    };
  };
  const limit = await prepared('limit', model, 'get');
  const values = limit.library.load(limit.schema, limit.sources);
  chain(CHAIN, values);
  byKey(MAP, limit.library.getter(values, limit.schema));
  for (const name of CONTENDERS) {
    const { library, schema, sources } = await prepared(name, model, 'get');
    const loaded = library.load(schema, sources);
    byKey(name, library.getter(loaded, schema), library.nativePath && keys.map(library.nativePath));
    if (name === 'varve') timed[VALUES] = valuesLoops(loaded, keys);
  }
  return timesOf(timed, rounds);
});

/** Reads of the values that varve itself gives. */
function valuesLoops(config, keys) {
  const copies = Array.from({ length: 8 }, () => config);
  const readers = keys.map((key) => new Function('values', `return values.${key} // varve`));
  const { values } = config;
  const all = copies.map(() => values);
  return {
    random: loop('read[i % 1000](copies[i & 7])', { read: readers, copies: all }),
    one: loop(`copies[i & 7].${keys[0]}`, { copies: all }),
  };
}

function timesOf(timed, rounds) {
  const all = Object.entries(timed).flatMap(([name, kinds]) =>
    Object.entries(kinds).map(([kind, run]) => ({ name, kind, run, samples: [] })),
  );
  for (let round = 0; round < rounds; round++) {
    for (const { run, samples } of shuffled(all)) {
      const time = stopwatch();
      run(READS);
      if (round > 0) samples.push((time() * 1e6) / READS);
    }
  }
  const times = {};
  for (const { name, kind, samples } of all) times[name] = { ...times[name], [kind]: median(samples) };
  return times;
}
