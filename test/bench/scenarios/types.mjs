// How much work typed reads are for TypeScript: instantiations of types, which do not depend on the machine.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { contender } from '../lib/contender.mjs';
import { freshFolder, median, shuffled, temp, timed } from '../lib/measure.mjs';
import { makeModel } from '../lib/model.mjs';

const CONTENDERS = ['limit', 'handwired', 'zod', 'varve'];
const SHOWN = { limit: 'plain interface (the limit)', handwired: '@types/convict' };
const OPTIONS = {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  module: 'nodenext',
  target: 'es2022',
  types: [],
  esModuleInterop: true,
};

export default async function types({ whole }) {
  const model = makeModel(1000);
  const used = model.leaves.filter((_, i) => i % 10 === Math.floor(i / 100));
  const runs = [];
  for (const name of CONTENDERS) {
    const { types: source } = await contender(name);
    const dir = freshFolder(`types/${name}`);
    writeFileSync(
      join(dir, 'main.ts'),
      `${name === 'varve' ? await source(model, used) : await source({ model, used })}\n`,
    );
    writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify({ compilerOptions: OPTIONS, files: ['main.ts'] }));
    writeFileSync(join(dir, 'package.json'), '{"type":"module"}');
    runs.push({ name, dir, cpu: [], instantiations: Number.NaN });
  }
  const compiler = join(temp, 'node_modules/typescript/bin/tsc');
  for (let round = 0; round < (whole ? 7 : 2); round++) {
    for (const run of shuffled(runs)) {
      const { cpu, stdout } = timed(process.execPath, [compiler, '-p', run.dir, '--extendedDiagnostics'], {
        mayFail: true,
      });
      if (stdout.includes('error TS')) console.error(`${run.name}: ${/.*error TS.*/.exec(stdout)?.[0]}`);
      run.cpu.push(cpu);
      run.instantiations = Number(/Instantiations:\s+(\d+)/.exec(stdout)?.[1]);
    }
  }
  const rows = runs.map(({ name, instantiations, cpu }) => ({
    contender: SHOWN[name] ?? name,
    instantiations,
    'CPU ms of tsc': median(cpu),
  }));
  const { instantiations } = runs.find(({ name }) => name === 'varve');
  return { instantiations, tables: [{ title: 'Type check, 1,000 settings, 100 typed reads', rows }] };
}
