import { ConfigError, describeIssue, type ErrorCode } from '../index.ts';
import { EXIT } from './command.ts';
import { UsageError } from './usage-error.ts';

/** What is told of an error, and the exit code. */
export interface Failure {
  readonly code: number;
  readonly text: string;
}

const EXIT_OF: Readonly<Record<ErrorCode, number>> = {
  INVALID_DEFINITION: EXIT.invalid,
  INVALID_VALUE: EXIT.invalid,
  CORRUPT: EXIT.invalid,
  UNKNOWN_KEY: EXIT.usage,
  CONFLICT: EXIT.refused,
  READ_ONLY: EXIT.refused,
  LOCKED: EXIT.refused,
  DENIED: EXIT.refused,
  TOO_LARGE: EXIT.io,
  UNAVAILABLE: EXIT.io,
  UNCLEAR: EXIT.io,
  GONE: EXIT.io,
  RESET: EXIT.io,
  CLOSED: EXIT.io,
};

/** What a person is told of an error; only what nobody expected shows where in the code it happened. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError) {
    return { code: EXIT.usage, text: `varve: ${error.message}${error.remedy ? `\n  ${error.remedy}` : ''}` };
  }
  if (error instanceof ConfigError) return { code: EXIT_OF[error.code], text: configText(error) };
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: EXIT.bug, text: `varve: this should not have happened, please report it\n${stack}` };
}

function configText({ code, issues, message }: ConfigError): string {
  const [issue] = issues;
  if (issue === undefined || issues.length > 1) return message;
  if (code !== 'UNKNOWN_KEY') return `varve: ${describeIssue(issue)}`;
  const what =
    issue.message === 'is not a setting' ? `unknown setting "${issue.key}"` : `${issue.key} ${issue.message}`;
  return `varve: ${what}${issue.suggestion ? `\n  ${issue.suggestion}` : ''}`;
}
