import type { CallToolResult } from '@modelcontextprotocol/server';
import { type Config, ConfigError, describeIssues } from '../index.ts';
import { printable } from '../words/values.ts';
import { envSeen, type Session } from './session.ts';
import { cut } from './shown.ts';

/** The answer of a tool: a text to be read, and the same as data. */
export function answer(config: Config, text: string, data: object): CallToolResult {
  const seen = envSeen(config);
  return {
    content: [{ type: 'text', text: plain(`${text}\n${seenText(seen)}`) }],
    structuredContent: JSON.parse(JSON.stringify({ ...data, envSeen: seen })),
  };
}

/** What went wrong, and what to do: nothing was changed. */
export function refused(config: Config | undefined, text: string): CallToolResult {
  const seen = config === undefined ? '' : `\n${seenText(envSeen(config))}`;
  return { isError: true, content: [{ type: 'text', text: plain(`${text}${seen}`) }] };
}

/** A text of several lines, without what could pass for more than it is: control characters are escapes. */
function plain(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

function seenText(seen: number): string {
  const why = seen === 0 ? ': a server sees only those that its client passes' : '';
  return `(envSeen: ${seen} of this configuration's variables${why})`;
}

/** What a tool answers where the configuration can't be used, or does not take what it is given. */
export async function answering<T>(session: Session, work: () => Promise<T>): Promise<T | CallToolResult> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const config = await session.load().catch(() => undefined);
    return refused(config, String(cut(describeIssues(error.issues, session.definition.name))));
  }
}
