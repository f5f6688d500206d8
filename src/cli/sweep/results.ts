import { printable, valueText } from '../../words/values.ts';
import { isObject } from '../value-tree.ts';
import type { RunStatus } from './folder-status.ts';
import { stateText } from './progress.ts';

/** The runs with their values and their results, as a table whose first row has the names of the columns. */
export function resultRows(
  runs: readonly RunStatus[],
  cell: (value: unknown) => string,
): readonly (readonly string[])[] {
  const flat = runs.map((run) => ({
    run,
    values: new Map(Object.entries(run.values)),
    result: flatten(run.result),
  }));
  const swept = [...new Set(flat.flatMap(({ values }) => [...values.keys()]))];
  const measured = [...new Set(flat.flatMap(({ result }) => [...result.keys()]))];
  const head = [...swept, 'state', ...measured, 'folder'];
  const rows = flat.map(({ run, values, result }) => [
    ...swept.map((key) => cell(values.get(key))),
    stateText(run.state, run.exitCode),
    ...measured.map((name) => cell(result.get(name))),
    run.folder,
  ]);
  return [head.map(printable), ...rows];
}

/** For a person. */
export function textCell(value: unknown): string {
  return valueText(value);
}

/** For a program: text as it is, an absent value empty, everything else as JSON. */
export function csvCell(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

/** Rows by RFC 4180, with the line ends of the terminal. A text that a spreadsheet would take for a formula stays a text. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map(csvField).join(',')).join('\n');
}

function csvField(text: string): string {
  const harmless = /^[=+@\t\r]|^-(?![\d.]|Infinity$)/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** The members of nested objects by dotted names; a result that is not an object is the column `result`. */
function flatten(value: unknown, name = ''): ReadonlyMap<string, unknown> {
  if (value === undefined) return new Map();
  if (!isObject(value)) return new Map([[name === '' ? 'result' : name, value]]);
  const inner = Object.entries(value).map(([member, one]) => flatten(one, name === '' ? member : `${name}.${member}`));
  return new Map(inner.flatMap((members) => [...members]));
}
