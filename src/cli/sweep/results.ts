import { printable, valueText } from '../../words/values.ts';
import type { RunStatus } from './folder-status.ts';
import { stateText } from './progress.ts';

/** The runs with their values and their results, as a table whose first row has the names of the columns. */
export function resultRows(
  runs: readonly RunStatus[],
  cell: (value: unknown) => string,
): readonly (readonly string[])[] {
  const flat = runs.map((run) => ({ run, values: run.values, result: flatten(run.result) }));
  const swept = [...new Set(flat.flatMap(({ values }) => Object.keys(values)))];
  const measured = [...new Set(flat.flatMap(({ result }) => Object.keys(result)))];
  const head = [...swept, 'state', ...measured, 'folder'];
  const rows = flat.map(({ run, values, result }) => [
    ...swept.map((key) => cell(values[key])),
    stateText(run.state, run.exitCode),
    ...measured.map((name) => cell(result[name])),
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
function flatten(value: unknown, name = ''): Readonly<Record<string, unknown>> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return { [name === '' ? 'result' : name]: value };
  return Object.assign(
    {},
    ...Object.entries(value).map(([member, inner]) => flatten(inner, name === '' ? member : `${name}.${member}`)),
  );
}
