// The memory in use after a load: the heap, with the schema and everything else.
import { contender, prepared, withBefore } from '../lib/contender.mjs';
import { answering, freshFolder, inChild, median } from '../lib/measure.mjs';
import { expected, makeModel, makeSources } from '../lib/model.mjs';

const CONTENDERS = withBefore(['plain object', 'handwired', 'node-config', 'zod', 'varve']);

export default async function memory({ whole }) {
  const sizes = whole ? [10_000, 100_000] : [10_000];
  const bytes = Object.fromEntries(CONTENDERS.map((name) => [name, {}]));
  for (const size of sizes) {
    for (const name of CONTENDERS) {
      // With lists, convict's check of 100,000 settings would take minutes.
      if (name === 'handwired' && size > 10_000) continue;
      const answers = Array.from({ length: whole ? 5 : 3 }, () => inChild(import.meta.url, { size, name }));
      bytes[name][size] = median(answers.map((answer) => answer.bytes / size));
    }
  }
  const rows = CONTENDERS.map((name) => ({
    contender: name,
    ...Object.fromEntries(sizes.map((size) => [`bytes a setting, of ${size.toLocaleString('en')}`, bytes[name][size]])),
  }));
  return { bytes: bytes['varve'][10_000], tables: [{ title: 'Heap held after a load', rows }] };
}

function heap() {
  for (let i = 0; i < 4; i++) globalThis.gc();
  return process.memoryUsage().heapUsed;
}

await answering(import.meta.url, async ({ size, name }) => {
  const model = makeModel(size);
  if (name === 'plain object') {
    const before = heap();
    const kept = JSON.parse(JSON.stringify(expected(model)));
    return { bytes: heap() - before, kept: Object.keys(kept).length };
  }
  // What a library keeps since its first use is its own.
  const few = await prepared(name, makeModel(10), 'memory-few');
  few.library.load(few.schema, few.sources);
  const library = await contender(name);
  const sources = makeSources(model, freshFolder(`memory/${name}`));
  Object.assign(process.env, sources.env);
  const before = heap();
  const written = library.schema(model);
  library.place?.(written, sources);
  const schema = library.prepare?.(written) ?? written;
  const loaded = library.load(schema, sources);
  const bytes = heap() - before;
  return { bytes, kept: [schema, loaded].length };
});
