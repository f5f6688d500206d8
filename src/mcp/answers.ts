import type { CallToolResult } from '@modelcontextprotocol/server';
import { type Config, ConfigError, describeIssues } from '../index.ts';
import { jsonMember, printable } from '../words/values.ts';
import type { Session } from './session.ts';
import { cut } from './shown.ts';

/** A tool's answer, as text and as data, with a warning if the configuration is not valid. */
export function answer(session: Session, config: Config, text: string, data: object): CallToolResult {
  const envSeen = session.envSeen(config);
  const problems = config.issues.length;
  const lines = [text, ...('issues' in data ? [] : problemLines(problems)), envText(envSeen)];
  return {
    content: [{ type: 'text', text: plain(lines.join('\n')) }],
    structuredContent: JSON.parse(JSON.stringify({ ...data, problems, envSeen }, jsonMember)),
  };
}

/** A tool's answer when nothing was changed: the reason and the remedy. */
export function refused(session: Session, config: Config, text: string): CallToolResult {
  const lines = [text, envText(session.envSeen(config))];
  return { isError: true, content: [{ type: 'text', text: plain(lines.join('\n')) }] };
}

/** A text of several lines with control characters escaped, so that a value cannot forge a line. */
function plain(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** Values of a layer with issues are missing from the answer: warn about it. */
function problemLines(problems: number): readonly string[] {
  if (problems === 0) return [];
  const what = problems === 1 ? '1 problem' : `${problems} problems`;
  return [`warning: the configuration has ${what}, and no program starts with it: call validate_config`];
}

function envText(seen: number): string {
  const why = seen === 0 ? ': a server sees only the variables that its client passes' : '';
  return `(envSeen: ${seen} of this configuration's variables${why})`;
}

/** Turns a `ConfigError` into a tool's answer. */
export async function answering<T>(session: Session, work: () => Promise<T>): Promise<T | CallToolResult> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return refused(session, await session.load(), String(cut(describeIssues(error.issues, session.definition.name))));
  }
}
