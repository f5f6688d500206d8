// A contender's module is imported only where it is measured: a cold start imports exactly one.

import { freshFolder } from './measure.mjs';
import { applyGlobals, makeSources } from './model.mjs';

export const contender = async (name) => (await import(`../contenders/${name}.mjs`)).default;

/** A contender with its schema and its files for a model, ready to load. */
export async function prepared(name, model, folder) {
  const library = await contender(name);
  const sources = makeSources(model, freshFolder(`${folder}/${name}`));
  const schema = library.schema(model);
  applyGlobals(sources);
  library.place?.(schema, sources);
  return { library, sources, schema: library.prepare?.(schema) ?? schema };
}

/** These, and varve as it was before, where another build of it was given. */
export const withBefore = (names) => (process.env['BENCH_BEFORE'] ? [...names, 'before'] : names);
