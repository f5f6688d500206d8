// Start of a whole process: import, define, load 60 settings from a file, 20 variables and 5 flags.
import { starts, table } from '../lib/cold-start.mjs';
import { withBefore } from '../lib/contender.mjs';
import { inRounds } from '../lib/measure.mjs';
import { makeModel } from '../lib/model.mjs';

const CONTENDERS = withBefore(['limit', 'handwired', 'convict', 'nconf', 'node-config', 'rc', 'zod', 'varve']);

export default async function cold({ whole }) {
  const runs = await starts(CONTENDERS, makeModel(60), { engine: { path: process.execPath } });
  inRounds(runs, whole ? 40 : 7);
  const rows = table(runs);
  const ratios = Object.fromEntries(rows.map((row) => [row.contender, row['of hand-wired']]));
  return { ratios, tables: [{ title: 'Cold start: import and load of 60 settings, whole process', rows }] };
}
