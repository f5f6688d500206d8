// Measures a fleet over real etcd servers on this machine: how soon a write is heard of beside `etcdctl watch`, what many
// writers and faults cost, and what follows for more readers.
//   node node_modules/jiti/lib/jiti-cli.mjs test/fleet/measure.ts [--watchers 1,100,1000] [--writes 100] [--write docs/fleet.md]
// It needs etcd and etcdctl (VARVE_ETCD, VARVE_ETCDCTL, or on the PATH), and the package built.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { findProgram } from '../contract/programs.ts';
import { capacity } from './capacity.ts';
import { faults } from './faults.ts';
import { propagation } from './propagation.ts';
import { writers } from './writers.ts';

const { values: options } = parseArgs({
  options: {
    watchers: { type: 'string', default: '1,100,1000' },
    writes: { type: 'string', default: '100' },
    times: { type: 'string', default: '10' },
    write: { type: 'string' },
  },
});

const found = findProgram('etcd');
if ('reason' in found) throw new Error(found.reason);
const programs = { etcd: found.path, etcdctl: process.env['VARVE_ETCDCTL'] ?? 'etcdctl' };

const print = (text: string): void => void process.stdout.write(`${text}\n`);

const day = new Date().toISOString().slice(0, 10);
const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
const machine = `On a virtual machine with ${cpus().length} cores (${cpus()[0]?.model}), ${memory}, Node.js ${process.version}, etcd and all its clients beside each other, ${day}.`;

const spread = [];
for (const count of options.watchers.split(',').map(Number)) {
  const heard = await propagation(programs, count, Number(options.writes));
  spread.push(heard);
  print(JSON.stringify(heard));
}
const written = await writers(programs.etcd);
print(JSON.stringify(written));
const survived = await faults(programs.etcd, Number(options.times));
for (const row of survived) print(JSON.stringify(row));

const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;

const measured = [
  machine,
  '',
  `A document of 2 KB is written ${options.writes} times. Up to 100 watches have a process each, and of 1,000 connections 25 share one; beside them as many`,
  'processes of `etcdctl watch`, 100 at the most, hear of the same writes. Milliseconds from before the write to the handler, all watches together.',
  '',
  row('watches', 'heard of all', 'varve p50', 'p99', 'etcdctl (how many)', 'p50', 'p99', 'ratio p50', 'p99'),
  row(...Array.from({ length: 9 }, () => '---')),
  ...spread.map(({ count, heard, ours, others, theirs }) =>
    row(
      count,
      `${heard} of ${count * Number(options.writes)}`,
      ms(ours.p50),
      ms(ours.p99),
      others,
      ms(theirs.p50),
      ms(theirs.p99),
      (ours.p50 / theirs.p50).toFixed(2),
      (ours.p99 / theirs.p99).toFixed(2),
    ),
  ),
  '',
  `${written.processes} processes × ${written.updates} \`update\`s of one counter: **${written.lost}** of ${written.processes * written.updates} lost, ${written.perSecond.toFixed(0)} a second; p50 ${ms(written.p50)} ms, p99 ${ms(written.p99)} ms.`,
  '',
  row('fault', 'times', 'acknowledged lost', 'newest missed', 'until all is well again, median', 'longest'),
  row(...Array.from({ length: 6 }, () => '---')),
  ...survived.map(({ name, times, lost, missed, median, longest }) =>
    row(name, times, lost, missed, `${ms(median)} ms`, `${ms(longest)} ms`),
  ),
].join('\n');

const calculated = capacity(spread);
print(`\n${measured}\n\n${calculated}`);
if (options.write !== undefined) {
  const page = readFileSync(options.write, 'utf8');
  writeFileSync(options.write, between(between(page, 'measured', measured), 'calculated', calculated));
}

/** The page with `text` between the marks of `name`. */
function between(page: string, name: string, text: string): string {
  const [start, end] = [page.indexOf('-->', page.indexOf(`<!-- ${name}`)) + 3, page.indexOf(`<!-- /${name}`)];
  if (start < 3 || end < start) throw new Error(`the page has no place for what is ${name}`);
  return `${page.slice(0, start)}\n${text}\n${page.slice(end)}`;
}
