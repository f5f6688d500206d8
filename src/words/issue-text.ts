import { describeIssues, describeOrigin, type Issue } from '../index.ts';
import { printable } from './terminal-text.ts';
import { wrap } from './wrap.ts';

/** How issues are shown. */
export interface IssueLayout {
  /** What the issues are in: `the configuration of trainer`. */
  readonly title: string;
  /** Cells per line. */
  readonly width: number;
}

/** Issues in aligned columns; where those are wider than the terminal, each issue as a block of lines. */
export function issuesText(issues: readonly Issue[], { title, width }: IssueLayout): string {
  const columns = describeIssues(issues, title);
  if (columns.split('\n').every((line) => line.length <= width)) return columns;
  const [only] = issues;
  if (only && issues.length === 1) return issueLines(only, width - 2).join('\n  ');
  const blocks = issues.map((issue) => `  ${issueLines(issue, width - 4).join('\n    ')}`);
  return [`${issues.length} problems in ${title}:`, ...blocks].join('\n');
}

/** The message, the location and the remedy, each on lines of their own. */
function issueLines(
  { key, message, origin, origins = {}, suggestion, frame }: Issue,
  width: number,
): readonly string[] {
  const head = key === undefined ? message : `${key}: ${message}`;
  const all = Object.entries(origins).map(([name, one]) => `${name} ${describeOrigin(one)}`);
  const places = all.length > 0 ? all : [origin && describeOrigin(origin)];
  const parts = [head, ...places, suggestion].filter((part) => part !== undefined);
  const lines = parts.flatMap((part) => wrap(printable(part), width));
  return frame === undefined ? lines : [...lines, ...frame.split('\n')];
}
