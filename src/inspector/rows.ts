import {
  type Config,
  describeIssue,
  type ExplainedCandidate,
  type Explanation,
  type Issue,
  lastRejection,
} from '../index.ts';
import { layerNames, nearest } from '../tools.ts';
import { locationText, printable, valueText } from '../words/values.ts';
import type { Cell, Problem, Row, Summary } from './model.ts';

/** The longest value in a row, in characters. */
export const ROW_LENGTH = 160;

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
  const problem = issue ? textOf(issue, key) : first?.state === 'invalid' ? first.problem : undefined;
  const doubt = warning ? textOf(warning, key) : invalid && invalid !== first ? invalid.problem : undefined;
  return {
    key,
    ...(doc !== undefined && { doc: printable(doc) }),
    text: shorten(valueText(value), ROW_LENGTH),
    ...(winner && { layer: winner.layer, location: printable(locationText(winner)) }),
    redacted,
    cells: candidates.map(cellOf),
    ...(problem !== undefined && { issue: printable(problem) }),
    ...(doubt !== undefined && { warning: printable(doubt) }),
  };
}

/** A candidate as a cell of the table. */
export function cellOf(candidate: ExplainedCandidate): Cell {
  const { layer, state, value, raw } = candidate;
  const text = state === 'invalid' && raw !== undefined ? raw : valueText(value);
  return { layer, state, text: shorten(printable(text), ROW_LENGTH), location: printable(locationText(candidate)) };
}

function byKey(issues: readonly Issue[]): ReadonlyMap<string, Issue> {
  return new Map(
    issues.flatMap((issue) => [issue.key ?? [], issue.keys ?? []].flat().map((key) => [key, issue] as const)),
  );
}

/** An issue on one line; without its key where that is shown beside it. */
function textOf({ frame: _, key, ...issue }: Issue, shownKey?: string): string {
  return describeIssue(key === undefined || key === shownKey ? issue : { ...issue, key });
}

/** The state that does not belong to one setting. */
export function summaryOf(config: Config, rows: readonly Row[]): Omit<Summary, 'isWritable' | 'hasHistory'> {
  const { name, location } = config;
  const rejected = rejectionOf(config);
  const opened = openedRows(rows);
  return {
    name,
    ...(location !== undefined && { location }),
    fingerprint: config.snapshot().fingerprint,
    layers: layersOf(config, rows),
    issues: config.issues.map((issue) => problemOf(issue, opened)),
    warnings: config.warnings.map((warning) => problemOf(warning, opened)),
    ...(rejected !== undefined && { rejected }),
  };
}

function rejectionOf(config: Config): string | undefined {
  const rejected = lastRejection(config);
  return rejected && printable(rejected.message);
}

/** An issue with the setting to open. */
function problemOf(issue: Issue, openedRow: (key: string) => string | undefined): Problem {
  const { key } = issue;
  const opened = key === undefined ? undefined : openedRow(key);
  return { ...(opened !== undefined && { key: opened }), text: textOf(issue) };
}

/** How many keys without a row open the row of a similar key: a search compares a key with all others. */
const MOST_SEARCHED = 50;

/** Finds the row to open for a key: its own, the one that it is in, or the one that an unknown key resembles. */
function openedRows(rows: readonly Row[]): (key: string) => string | undefined {
  const keys = new Set(rows.map((row) => row.key));
  let searched = 0;
  return (key) => {
    for (let end = key.length; end > 0; end = key.lastIndexOf('.', end - 1)) {
      const around = key.slice(0, end);
      if (keys.has(around)) return around;
    }
    searched += 1;
    return searched > MOST_SEARCHED ? undefined : nearest(key, [...keys]);
  };
}

/** The layers that rows have entries of, lowest first. */
function layersOf(config: Config, rows: readonly Row[]): readonly string[] {
  const present = new Set(rows.flatMap(({ cells }) => cells.map(({ layer }) => layer)));
  return layerNames(config).filter((layer) => present.has(layer));
}

/** A text of at most `length` characters. */
export function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
