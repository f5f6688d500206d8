// Measures a fleet over real servers of both engines on this machine: how soon a write arrives beside the engine's own
// client, what many writers and kills cost, how a start and 300 clients get over a server that is down.
//   node node_modules/jiti/lib/jiti-cli.mjs test/fleet/measure.ts [--watchers 1,100,1000] [--writes 100] [--write docs/fleet.md]
// It needs etcd, etcdctl and PostgreSQL (VARVE_ETCD, VARVE_ETCDCTL, VARVE_POSTGRES, the PATH, or Debian's packages), and the
// package built.
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { findProgram } from '../contract/programs.ts';
import { capacity } from './capacity.ts';
import { ENGINES } from './engines.ts';
import { faults } from './faults.ts';
import { propagation } from './propagation.ts';
import { recovery } from './recovery.ts';
import { startDown } from './start-down.ts';
import { writers } from './writers.ts';

const { values: options } = parseArgs({
  options: {
    watchers: { type: 'string', default: '1,100,1000' },
    writes: { type: 'string', default: '100' },
    times: { type: 'string', default: '5' },
    clients: { type: 'string', default: '300' },
    write: { type: 'string' },
  },
});
const clients = Number(options.clients);
/** Fewer to so many watches: each write takes them a second. */
const writesTo = (count: number): number =>
  count > 100 ? Math.ceil(Number(options.writes) / 2) : Number(options.writes);

const print = (text: string): void => void process.stdout.write(`${text}\n`);
/** The minutes of this run so far. */
const minutes = (): number => Math.round(performance.now() / 6_000) / 10;
const ms = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0));
const row = (...cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const lines = (count: number): string => row(...Array.from({ length: count }, () => '---'));

const day = new Date().toISOString().slice(0, 10);
const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
const machine = `On a virtual machine with ${cpus().length} cores (${cpus()[0]?.model}), ${memory}, Node.js ${process.version}, servers and all their clients beside each other, ${day}.`;

const spread: string[] = [];
const other: string[] = [];
const etcdSpread = [];
for (const engine of ENGINES) {
  for (const count of options.watchers.split(',').map(Number)) {
    const writes = writesTo(count);
    const result = await propagation(engine, count, writes);
    print(JSON.stringify({ engine: engine.title, ...result, minutes: minutes() }));
    if (engine.title === 'etcd') etcdSpread.push(result);
    const { heard, ours, others, theirs } = result;
    const [p50, p99] = [(ours.p50 / theirs.p50).toFixed(2), (ours.p99 / theirs.p99).toFixed(2)];
    const their = `${others} × ${engine.baseline.title}`;
    spread.push(
      row(
        engine.title,
        count,
        `${heard} of ${count * writes}`,
        ms(ours.p50),
        ms(ours.p99),
        their,
        ms(theirs.p50),
        ms(theirs.p99),
        p50,
        p99,
      ),
    );
  }
  const calm = await writers(engine);
  const many = await writers(engine, { processes: 48, updates: 20 });
  const killed = await writers(engine, { kills: 10 });
  const down = await startDown(engine);
  const recovered = await recovery(engine, clients);
  print(JSON.stringify({ engine: engine.title, calm, many, killed, down, recovered, minutes: minutes() }));
  const updates = ({ perSecond, p50, p99, longest }: typeof calm): string =>
    `${perSecond.toFixed(0)} a second; p50 ${ms(p50)}, p99 ${ms(p99)}, longest ${ms(longest)} ms`;
  const lost = ({ lost: count, processes, updates: each }: typeof calm): string => `${count} of ${processes * each}`;
  other.push(
    row(engine.title, '16 processes × 60 `update`s of one setting', updates(calm), lost(calm)),
    row(engine.title, '48 processes × 20', updates(many), lost(many)),
    row(engine.title, '16 × 60, the server killed ten times', updates(killed), lost(killed)),
    row(engine.title, 'a start with a local copy, the port refuses', `${ms(down.refused)} ms`, ''),
    row(engine.title, 'the same, the server is silent', `${ms(down.silent)} ms`, ''),
    row(
      engine.title,
      `${clients} clients after their server was killed, until all have the next write`,
      `${ms(recovered)} ms`,
      '',
    ),
  );
}
const found = findProgram('etcd');
if ('reason' in found) throw new Error(found.reason);
const survived = await faults(found.path, Number(options.times));
for (const fault of survived) print(JSON.stringify(fault));

const measured = [
  machine,
  '',
  `The test writes a document of 2 KB: ${writesTo(1)} times with up to 100 watches, ${writesTo(1_000)} times with more. Up to 100 watches have a process each; 1,000 watches have 40 processes. An equal number`,
  "of processes of the engine's own client, at most 100, receives the same writes. Times are in milliseconds, from the start of the write to the call of the handler, over all watches.",
  'A watch that is behind skips to the newest state.',
  '',
  row('engine', 'watches', 'arrived', 'varve p50', 'p99', 'its own client', 'p50', 'p99', 'ratio p50', 'p99'),
  lines(10),
  ...spread,
  '',
  row('engine', 'what', 'figures', 'acknowledged lost'),
  lines(4),
  ...other,
  '',
  row('fault of etcd, three members', 'times', 'acknowledged lost', 'newest missed', 'recovery, median', 'longest'),
  lines(6),
  ...survived.map(({ name, times, lost, missed, median, longest }) =>
    row(name, times, lost, missed, `${ms(median)} ms`, `${ms(longest)} ms`),
  ),
].join('\n');

const calculated = capacity(etcdSpread);
/** Where few writes cost less than the noise of an idle server, nothing can be calculated from them. */
const isCalculable = etcdSpread.every(({ processor }) => processor > 0);
print(`\n${measured}\n\n${calculated}`);
if (options.write !== undefined) {
  const page = readFileSync(options.write, 'utf8');
  const withMeasured = between(page, 'measured', measured);
  writeFileSync(options.write, isCalculable ? between(withMeasured, 'calculated', calculated) : withMeasured);
  if (!isCalculable) print('the calculated part of the page was kept: the cost of a write was lost in the noise');
}

/** The page with `text` between the marks of `name`. */
function between(page: string, name: string, text: string): string {
  const [start, end] = [page.indexOf('-->', page.indexOf(`<!-- ${name}`)) + 3, page.indexOf(`<!-- /${name}`)];
  if (start < 3 || end < start) throw new Error(`the page has no place for what is ${name}`);
  return `${page.slice(0, start)}\n${text}\n${page.slice(end)}`;
}
