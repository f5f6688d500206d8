// Starts of whole processes: import, define, load settings from a file, variables and flags.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contender } from './contender.mjs';
import { freshFolder, median, temp, timed } from './measure.mjs';
import { agreement, makeSources } from './model.mjs';

const program = (name) => `import library from './contenders/${name}.mjs';
import { readFileSync } from 'node:fs';
const { model, sources } = JSON.parse(readFileSync(process.env.BENCH_FIXTURE, 'utf8'));
const schema = library.schema(model);
const ready = library.prepare?.(schema) ?? schema;
const loaded = library.load(ready, sources);
if (process.env.BENCH_CHECK) console.log(JSON.stringify(library.plain(loaded, ready)));
`;

/** The environment of this run; Node.js 20 would read these certificates at each start, which takes it as long again. */
function environment() {
  const { NODE_EXTRA_CA_CERTS: _, ...others } = process.env;
  return others;
}

/** What is started: Node.js without a program, and one program for each contender. */
export async function starts(contenders, model, { engine, env: more = {} }) {
  const bare = { args: ['-e', '0'], options: { cwd: temp, env: { ...environment(), ...more } } };
  const runs = [{ name: 'bare Node.js', command: engine.path, samples: [], ...bare }];
  for (const name of contenders) {
    const library = await contender(name);
    const sources = makeSources(model, freshFolder(`cold/${name}`));
    library.place?.(library.schema(model), sources);
    const fixture = join(sources.dir, 'fixture.json');
    writeFileSync(fixture, JSON.stringify({ model, sources }));
    const file = join(temp, 'bench', `cold-${name}.mjs`);
    writeFileSync(file, program(name));
    const options = { cwd: sources.dir, env: { ...environment(), ...more, ...sources.env, BENCH_FIXTURE: fixture } };
    const args = [file, ...sources.argv];
    const check = { ...options, env: { ...options.env, BENCH_CHECK: '1' } };
    const { stdout } = timed(engine.path, args, check);
    runs.push({
      name,
      does: library.does ?? library.layers,
      same: agreement(model, JSON.parse(stdout)),
      command: engine.path,
      args,
      options,
      samples: [],
    });
  }
  return runs;
}

/** The rows of these starts; the first is bare Node.js, and one is hand-wired. */
export function table(runs) {
  const cpu = ({ samples }) => median(samples.map((one) => one.cpu));
  const over = (run) => cpu(run) - cpu(runs[0]);
  const handwired = over(runs.find(({ name }) => name.startsWith('handwired')));
  return runs.map((run) => ({
    contender: run.name,
    'CPU ms': cpu(run),
    'over bare Node.js': over(run),
    'of hand-wired': over(run) / handwired,
    'wall ms': median(run.samples.map(({ wall }) => wall)),
    'same values': run.same,
    does: run.does,
  }));
}
