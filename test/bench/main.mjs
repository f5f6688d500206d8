// Runs the scenarios one after the other, prints their tables, and writes them into a page. A scenario that fails is left out.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chart } from './lib/chart.mjs';
import { machine, markdown, print, sentences, writePage } from './lib/report.mjs';
import { ratios, summary } from './targets.mjs';

const SCENARIOS = [
  'cold',
  'service',
  'command',
  'load',
  'get',
  'update',
  'save',
  'memory',
  'types',
  'watch',
  'features',
  'inspector',
  'postgres',
  'costs',
];
/** A run that takes longer leaves the other scenarios out. */
const MOST_MINUTES = 14;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { whole: { type: 'boolean', default: false }, write: { type: 'string' }, before: { type: 'string' } },
});
const unknown = positionals.filter((name) => !SCENARIOS.includes(name));
if (unknown.length > 0) {
  console.error(`no scenario is called ${unknown.join(', ')}; there are ${SCENARIOS.join(' ')}`);
  process.exit(2);
}

const { whole } = options;
const begun = performance.now();
const minutes = () => (performance.now() - begun) / 60_000;
const where = machine(whole);
console.log(where);
const results = {};
const left = [];
for (const name of positionals.length > 0 ? positionals : SCENARIOS) {
  if (minutes() > MOST_MINUTES) {
    leave(name, `the run had taken ${MOST_MINUTES} minutes`);
    continue;
  }
  const started = performance.now();
  try {
    const { default: scenario } = await import(`./scenarios/${name}.mjs`);
    const result = await scenario({ whole });
    if (result.skipped) leave(name, result.skipped);
    results[name] = result;
    for (const table of result.tables) print(table);
  } catch (error) {
    leave(name, String(error?.message ?? error).split('\n')[0]);
    console.error(error);
    process.exitCode = 1;
  }
  console.log(`  (${name}: ${((performance.now() - started) / 1000).toFixed(0)} s)`);
}
const targets = summary(results);
print(targets);
if (options.write) {
  const measured = Object.values(results).flatMap((result) => result.tables);
  const duration = `The run took ${minutes().toFixed(0)} minutes.`;
  const missing = left.map(({ name, reason }) => `- Not measured: ${name}. ${reason}.`);
  const head = [`${where}. ${duration}`, ...(missing.length > 0 ? [missing.join('\n')] : [])];
  if (options.before) writePage(options.write, 'before and after', [...head, ...measured.map(markdown)].join('\n\n'));
  else {
    const picture = join(dirname(options.write), 'images/performance.svg');
    mkdirSync(dirname(picture), { recursive: true });
    writeFileSync(picture, chart(ratios(results)));
    writePage(options.write, 'summary', [sentences(targets), markdown(targets)].join('\n\n'));
    writePage(options.write, 'run', [...head, ...measured.map(markdown)].join('\n\n'));
  }
  console.log(`written to ${options.write}`);
}
process.exit(process.exitCode ?? 0);

function leave(name, reason) {
  left.push({ name, reason });
  console.log(`\n${name} is not measured: ${reason}`);
}
