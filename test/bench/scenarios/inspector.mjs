// What the inspector's page asks for: the rows of 10,000 settings, of the configuration of a running program.
import { loadConfigSync } from 'varve';
import { inspector } from 'varve/inspector';
import varve from '../contenders/varve.mjs';
import { answering, freshFolder, inChild, inTurns } from '../lib/measure.mjs';
import { applyGlobals, makeModel, makeSources } from '../lib/model.mjs';

const LIMIT = 'explainAll() and JSON.stringify (the limit)';
const ROWS = 'the rows of the inspector';

export default async function inspectorRows({ whole }) {
  const { times, bytes } = inChild(import.meta.url, { budget: whole ? 8_000 : 2_000 });
  const row = (what) => ({ what, 'first, ms': times[what].first, ms: times[what].ms, KiB: bytes[what] / 1024 });
  return {
    ofLimit: times[ROWS].ms / times[LIMIT].ms,
    tables: [{ title: 'Inspector, 10,000 rows', rows: [LIMIT, ROWS].map(row) }],
  };
}

await answering(import.meta.url, async ({ budget }) => {
  const model = makeModel(10_000);
  const sources = makeSources(model, freshFolder('inspector'));
  applyGlobals(sources);
  const config = loadConfigSync(varve.prepare(varve.schema(model)), {
    env: process.env,
    argv: sources.argv,
    cwd: sources.dir,
  });
  const inspect = inspector(config);
  const calls = {
    [LIMIT]: async () => JSON.stringify(config.explainAll()),
    [ROWS]: async () => {
      const response = await inspect(new Request('http://localhost/api/state'));
      if (response.status !== 200) throw new Error(`the inspector answered ${response.status}`);
      return response.text();
    },
  };
  const times = await inTurns(calls, { budget, rounds: [3, 40] });
  const bytes = {};
  for (const [what, call] of Object.entries(calls)) bytes[what] = Buffer.byteLength(await call());
  return { times, bytes };
});
