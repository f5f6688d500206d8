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
  const blocks = issues.flatMap((issue) => issueBlock(issue, width));
  return issues.length === 1 ? blocks.join('\n') : [`${issues.length} problems in ${title}:`, ...blocks].join('\n');
}

function issueBlock({ key, message, origin, suggestion, frame }: Issue, width: number): readonly string[] {
  const head = printable(key === undefined ? message : `${key}: ${message}`);
  const below = [origin && describeOrigin(origin), suggestion].filter((part) => part !== undefined).map(printable);
  const lines = [...wrap(head, width - 4), ...below.flatMap((part) => wrap(part, width - 4))];
  const shown = lines.map((line, i) => `${i === 0 ? '  ' : '    '}${line}`);
  return frame === undefined ? shown : [...shown, ...frame.split('\n').map((line) => `    ${line}`)];
}
