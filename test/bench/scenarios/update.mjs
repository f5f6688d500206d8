// One of 10,000 settings is changed and checked.
import { prepared, withBefore } from '../lib/contender.mjs';
import { answering, inChild, inTurns } from '../lib/measure.mjs';
import { makeModel } from '../lib/model.mjs';

const CONTENDERS = withBefore(['limit', 'convict', 'zod', 'varve']);
const CHECKS = { limit: 'that one', varve: 'that one', before: 'that one', convict: 'all', zod: 'all' };

export default async function update({ whole }) {
  const sizes = [1000, 10_000];
  const budget = whole ? 15_000 : 2_000;
  const [small, large] = sizes.map((size) => inChild(import.meta.url, { size, budget }));
  const rows = CONTENDERS.map((name) => ({
    contender: name,
    'of 1,000, µs': small[name].ms * 1000,
    'of 10,000, µs': large[name].ms * 1000,
    checks: CHECKS[name],
  }));
  const flat = inChild(import.meta.url, { size: 10_000, budget: budget / 3, isFlat: true });
  for (const row of rows) row['of 10,000 in one group, µs'] = flat[row.contender]?.ms * 1000;
  const us = large['varve'].ms * 1000;
  const flatUs = flat['varve'].ms * 1000;
  return { us, flatUs, tables: [{ title: 'Change of one setting', rows }] };
}

/** The same settings, all in the root. */
function flattened(model) {
  const leaves = model.leaves.map((leaf) => {
    const name = leaf.keys.join('_');
    return { ...leaf, keys: [name], path: name };
  });
  return { ...model, leaves };
}

await answering(import.meta.url, async ({ size, budget, isFlat }) => {
  const model = isFlat ? flattened(makeModel(size)) : makeModel(size);
  const ports = model.leaves.filter(({ type }) => type === 'port');
  const calls = {};
  let count = 0;
  for (const name of isFlat ? withBefore(['limit', 'varve']) : CONTENDERS) {
    const { library, schema, sources } = await prepared(name, model, `update-${size}`);
    const set = library.setter(library.load(schema, sources), schema);
    calls[name] = () => {
      count += 1;
      return set(ports[count % ports.length].path, 1 + (count % 60_000));
    };
  }
  return inTurns(calls, { budget, rounds: [3, 60] });
});
