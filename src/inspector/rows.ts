import {
  type Config,
  describeIssue,
  type ExplainedCandidate,
  type Explanation,
  type Issue,
  LAYERS,
  lastRejection,
  type SettingDescription,
} from '../index.ts';
import { jsonMember, locationText, printable, valueText } from '../words/values.ts';
import type { Cell, Detail, DetailCandidate, Problem, Row, Summary } from './model.ts';

/** The longest value in a row and in a detail, in characters. */
const ROW_LENGTH = 160;
const DETAIL_LENGTH = 20_000;

/** The rows of all settings, in the schema's order. */
export function rowsOf(config: Config): readonly Row[] {
  const issues = byKey(config.issues);
  const warnings = byKey(config.warnings);
  return config.explainAll().map((setting) => rowOf(setting, issues.get(setting.key), warnings.get(setting.key)));
}

function rowOf(setting: Explanation, issue: Issue | undefined, warning: Issue | undefined): Row {
  const { key, doc, value, winner, redacted, candidates } = setting;
  const [first] = candidates;
  const invalid = candidates.find(({ state }) => state === 'invalid');
  const problem = issue ? textOf(issue) : first?.state === 'invalid' ? first.problem : undefined;
  const doubt = warning ? textOf(warning) : invalid && invalid !== first ? invalid.problem : undefined;
  return {
    key,
    ...(doc !== undefined && { doc: printable(doc) }),
    text: shorten(valueText(value), ROW_LENGTH),
    ...(winner && { layer: winner.layer, location: locationText(winner) }),
    redacted,
    cells: candidates.map(cellOf),
    ...(problem !== undefined && { issue: printable(problem) }),
    ...(doubt !== undefined && { warning: printable(doubt) }),
  };
}

function cellOf(candidate: ExplainedCandidate): Cell {
  const { layer, state, value, raw } = candidate;
  const text = state === 'invalid' && raw !== undefined ? raw : valueText(value);
  return { layer, state, text: shorten(printable(text), ROW_LENGTH), location: locationText(candidate) };
}

function byKey(issues: readonly Issue[]): ReadonlyMap<string, Issue> {
  return new Map(issues.flatMap((issue) => (issue.key === undefined ? [] : [[issue.key, issue] as const])));
}

function textOf(issue: Issue): string {
  const { frame: _, ...oneLine } = issue;
  return describeIssue(oneLine);
}

/** The state that does not belong to one setting. */
export function summaryOf(config: Config, rows: readonly Row[], isWritable: boolean): Summary {
  const { name, location } = config;
  const rejected = rejectionOf(config);
  return {
    name,
    ...(location !== undefined && { location }),
    fingerprint: config.snapshot().fingerprint,
    layers: layersOf(rows),
    issues: config.issues.map(problemOf),
    warnings: config.warnings.map(problemOf),
    ...(rejected !== undefined && { rejected }),
    isWritable,
  };
}

function rejectionOf(config: Config): string | undefined {
  const rejected = lastRejection(config);
  return rejected && printable(rejected.message);
}

function problemOf(issue: Issue): Problem {
  return { ...(issue.key !== undefined && { key: issue.key }), text: textOf(issue) };
}

/** The layers of all rows, lowest first. Files and sources of the program are placed by the order within each row. */
export function layersOf(rows: readonly Row[]): readonly string[] {
  const order: string[] = [...LAYERS];
  const present = new Set<string>();
  for (const { cells } of rows) {
    let at = 0;
    for (const { layer } of cells.toReversed()) {
      present.add(layer);
      const known = order.indexOf(layer);
      if (known < 0) order.splice(at, 0, layer);
      at = (known < 0 ? at : known) + 1;
    }
  }
  return order.filter((layer) => present.has(layer));
}

/** Everything about one setting. Throws `UNKNOWN_KEY`. */
export function detailOf(config: Config, key: string, description: SettingDescription | undefined): Detail {
  const setting = config.explain(key);
  const { doc, value, redacted, format, atNextStart, candidates } = setting;
  const file = candidates.find(({ layer }) => layer === 'file');
  return {
    key,
    ...(doc !== undefined && { doc: printable(doc) }),
    value: shorten(valueText(value), DETAIL_LENGTH),
    redacted,
    ...(format !== undefined && { format }),
    constraints: description ? constraintsOf(description) : [],
    ...(description?.variable !== undefined && { variable: description.variable }),
    ...(description?.flag !== undefined && { flag: description.flag }),
    ...(atNextStart && { atNextStart: shorten(valueText(atNextStart.value), ROW_LENGTH) }),
    candidates: candidates.map((candidate) => candidateOf(setting, candidate)),
    copies: redacted || value === undefined ? [] : copiesOf(key, value, description),
    ...(file && !redacted && { fileText: shorten(editText(file.value), DETAIL_LENGTH) }),
  };
}

function candidateOf({ value, without }: Explanation, candidate: ExplainedCandidate): DetailCandidate {
  const { name, raw, problem, state } = candidate;
  const rest = state === 'wins' ? (without ? valueText(without.value) : 'no value') : valueText(value);
  return {
    ...cellOf(candidate),
    name,
    ...(raw !== undefined && { raw: shorten(printable(raw), DETAIL_LENGTH) }),
    ...(problem !== undefined && { problem: printable(problem) }),
    without: state === 'merged' ? 'without its members' : shorten(rest, ROW_LENGTH),
  };
}

function constraintsOf({ constraints, options, nullable, required, sensitive }: SettingDescription): readonly string[] {
  const { min, max, minLength, maxLength, pattern } = constraints;
  const numbers = Object.entries({ min, max, minLength, maxLength, pattern }).filter(
    ([, value]) => value !== undefined,
  );
  return [
    ...numbers.map(([name, value]) => `${name} ${value}`),
    ...(options ? [`one of ${options.map((option) => JSON.stringify(option)).join(', ')}`] : []),
    ...(nullable ? ['nullable'] : []),
    ...(required ? ['required'] : []),
    ...(sensitive ? ['sensitive'] : []),
  ];
}

function copiesOf(key: string, value: unknown, description: SettingDescription | undefined): Detail['copies'] {
  const text = editText(value);
  const word = /^[\w./:@%+,-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
  const { variable, flag } = description ?? {};
  return [
    ...(variable === undefined ? [] : [{ label: 'variable', text: `${variable}=${word}` }]),
    ...(flag === undefined ? [] : [{ label: 'flag', text: `${flag}=${word}` }]),
    { label: 'JSON', text: `${JSON.stringify(key)}: ${JSON.stringify(value, jsonMember)}` },
  ];
}

/** A value as a person would type it: text as it is, everything else as JSON. */
export function editText(value: unknown): string {
  if (value instanceof RegExp) return value.source;
  return typeof value === 'string' ? value : (JSON.stringify(value, jsonMember) ?? '');
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
