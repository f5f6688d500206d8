// Start of a whole process: import, define, load 60 settings from a file, 20 variables and 5 flags.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contender, withBefore } from '../lib/contender.mjs';
import { freshFolder, median, shuffled, temp, timed } from '../lib/measure.mjs';
import { agreement, makeModel, makeSources } from '../lib/model.mjs';

const CONTENDERS = withBefore(['limit', 'handwired', 'convict', 'nconf', 'node-config', 'rc', 'zod', 'varve']);

const program = (name) => `import library from './contenders/${name}.mjs';
import { readFileSync } from 'node:fs';
const { model, sources } = JSON.parse(readFileSync(process.env.BENCH_FIXTURE, 'utf8'));
const schema = library.schema(model);
const ready = library.prepare?.(schema) ?? schema;
const loaded = library.load(ready, sources);
if (process.env.BENCH_CHECK) console.log(JSON.stringify(library.plain(loaded, ready)));
`;

async function start(name, model) {
  const library = await contender(name);
  const sources = makeSources(model, freshFolder(`cold/${name}`));
  library.place?.(library.schema(model), sources);
  const fixture = join(sources.dir, 'fixture.json');
  writeFileSync(fixture, JSON.stringify({ model, sources }));
  const file = join(temp, 'bench', `cold-${name}.mjs`);
  writeFileSync(file, program(name));
  const options = { cwd: sources.dir, env: { ...process.env, ...sources.env, BENCH_FIXTURE: fixture } };
  const args = [file, ...sources.argv];
  const { stdout } = timed(process.execPath, args, { ...options, env: { ...options.env, BENCH_CHECK: '1' } });
  return {
    name,
    does: library.does ?? library.layers,
    same: agreement(model, JSON.parse(stdout)),
    args,
    options,
    samples: [],
  };
}

export default async function cold({ whole }) {
  const model = makeModel(60);
  const runs = [{ name: 'bare Node.js', args: ['-e', '0'], options: { cwd: temp }, samples: [] }];
  for (const name of CONTENDERS) runs.push(await start(name, model));
  for (let round = 0; round < (whole ? 40 : 7); round++) {
    for (const { args, options, samples } of shuffled(runs)) samples.push(timed(process.execPath, args, options));
  }
  const cpu = ({ samples }) => median(samples.map((one) => one.cpu));
  const over = (run) => cpu(run) - cpu(runs[0]);
  const handwired = over(runs.find(({ name }) => name === 'handwired'));
  const ratios = Object.fromEntries(runs.map((run) => [run.name, over(run) / handwired]));
  const rows = runs.map((run) => ({
    contender: run.name,
    'CPU ms': cpu(run),
    'over bare Node.js': over(run),
    'of hand-wired': ratios[run.name],
    'wall ms': median(run.samples.map(({ wall }) => wall)),
    'same values': run.same,
    does: run.does,
  }));
  return { ratios, tables: [{ title: 'Cold start: import and load of 60 settings, whole process', rows }] };
}
