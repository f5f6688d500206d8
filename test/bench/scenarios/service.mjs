// The start of a service with and without the compile cache of Node.js, when it has been started before.
import { starts, table } from '../lib/cold-start.mjs';
import { engineWithCompileCache } from '../lib/engines.mjs';
import { freshFolder, inRounds } from '../lib/measure.mjs';
import { makeModel } from '../lib/model.mjs';

const CONTENDERS = ['limit', 'handwired', 'convict', 'zod', 'varve'];

export default async function service({ whole }) {
  const engine = engineWithCompileCache();
  if (!engine) return { tables: [], skipped: 'it needs Node.js 22.1 or later, which could not be installed here' };
  const without = await starts(CONTENDERS, makeModel(60), { engine });
  const kept = { NODE_COMPILE_CACHE: freshFolder('compile-cache') };
  const withCache = (await starts(CONTENDERS, makeModel(60), { engine, env: kept })).map((run) => ({
    ...run,
    name: `${run.name}, compile cache`,
  }));
  // The first start writes the cache.
  inRounds(withCache, 2);
  for (const run of withCache) run.samples.length = 0;
  inRounds([...without, ...withCache], whole ? 30 : 5);
  const [plain, cached] = [without, withCache].map((runs) => table(runs));
  const ratio = (rows, name) => rows.find(({ contender }) => contender.startsWith(name))['of hand-wired'];
  return {
    ratios: { without: ratio(plain, 'varve'), with: ratio(cached, 'varve'), convict: ratio(cached, 'convict') },
    tables: [
      {
        title: `Start of a service on Node.js ${engine.version.slice(1)}, with and without its compile cache`,
        rows: [...plain, ...cached],
      },
    ],
  };
}
