// Tables: on the terminal, and as Markdown in a page.
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';

/** Where and when a run was made. */
export function machine(whole) {
  const [{ model } = { model: 'unknown' }] = os.cpus();
  const load = os.loadavg()[0].toFixed(1);
  const day = new Date().toISOString().slice(0, 10);
  const run = whole ? 'Whole run' : 'Quick run (±20 %)';
  return `${run} of ${day}: Node.js ${process.version}, ${os.cpus().length} × ${model.trim()}, ${os.type()}, load ${load} at the start`;
}

function shown(value) {
  if (value === undefined || Number.isNaN(value)) return '';
  return typeof value === 'number' ? String(Number(value.toPrecision(3))) : String(value);
}

function cells({ rows }) {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return [columns, ...rows.map((row) => columns.map((column) => shown(row[column])))];
}

export function print(table) {
  const lines = cells(table);
  const widths = lines[0].map((_, i) => Math.max(...lines.map((line) => line[i].length)));
  console.log(`\n${table.title}`);
  for (const line of lines) {
    console.log(
      `  ${line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  ')}`.trimEnd(),
    );
  }
}

export function markdown(table) {
  const [head, ...lines] = cells(table);
  const row = (line) => `| ${line.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [`### ${table.title}`, '', row(head), row(head.map(() => '---')), ...lines.map(row)].join('\n');
}

/** How many targets were met. */
export function sentences({ rows }) {
  const met = rows.filter(({ result }) => result !== 'not met').length;
  const strict = rows.filter(({ result }) => result.includes('stretch')).length;
  return `In the last run, varve met ${met} of ${rows.length} targets, and ${strict} of the stricter ones.`;
}

/** Puts `text` between the two markers of that name in a page. */
export function writePage(path, place, text) {
  const page = readFileSync(path, 'utf8');
  const [begin, end] = [`<!-- ${place}: begin -->`, `<!-- ${place}: end -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`${path} has no place for this: ${begin} … ${end}`);
  writeFileSync(path, `${page.slice(0, from + begin.length)}\n${text}\n${page.slice(to)}`);
}
