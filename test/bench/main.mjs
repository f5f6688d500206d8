// Runs the scenarios one after the other, prints their tables, and writes them into a page.
import { parseArgs } from 'node:util';
import { machine, markdown, print, writePage } from './lib/report.mjs';
import { summary } from './targets.mjs';

const SCENARIOS = ['cold', 'load', 'get', 'update', 'save', 'memory', 'types', 'watch', 'costs'];

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { whole: { type: 'boolean', default: false }, write: { type: 'string' }, before: { type: 'string' } },
});
const unknown = positionals.filter((name) => !SCENARIOS.includes(name));
if (unknown.length > 0) {
  console.error(`no scenario is called ${unknown.join(', ')}; there are ${SCENARIOS.join(' ')}`);
  process.exit(2);
}

const whole = options.whole;
console.log(machine(whole));
const results = {};
for (const name of positionals.length > 0 ? positionals : SCENARIOS) {
  const started = performance.now();
  const { default: scenario } = await import(`./scenarios/${name}.mjs`);
  results[name] = await scenario({ whole });
  for (const table of results[name].tables) print(table);
  console.log(`  (${name}: ${((performance.now() - started) / 1000).toFixed(0)} s)`);
}
const targets = summary(results);
print(targets);
if (options.write) {
  const measured = Object.values(results).flatMap((result) => result.tables);
  const tables = options.before ? measured : [targets, ...measured];
  const place = options.before ? 'before and after' : 'run';
  writePage(options.write, place, [`${machine(whole)}.`, ...tables.map(markdown)].join('\n\n'));
  console.log(`written to ${options.write}`);
}
process.exit(0);
