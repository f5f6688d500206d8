import { ConfigError, describeIssue, type ErrorCode } from '../index.ts';
import { EXIT } from './command.ts';
import { DefinitionError, InterruptedError, RefusedError } from './command-errors.ts';
import { UsageError } from './usage-error.ts';

/** An error as the command line shows it, with the exit code. */
export interface Failure {
  readonly code: number;
  /** For a person; empty if there is nothing to show. */
  readonly text: string;
  /** For a program, with `--json`. */
  readonly answer: object;
}

const EXIT_OF: Readonly<Record<ErrorCode, number>> = {
  INVALID_DEFINITION: EXIT.invalid,
  INVALID_VALUE: EXIT.invalid,
  CORRUPT: EXIT.invalid,
  UNKNOWN_KEY: EXIT.usage,
  DEPRECATED: EXIT.invalid,
  NEEDS_RESTART: EXIT.invalid,
  IDENTITY_CHANGED: EXIT.invalid,
  CONFLICT: EXIT.refused,
  READ_ONLY: EXIT.refused,
  LOCKED: EXIT.refused,
  DENIED: EXIT.refused,
  TOO_LARGE: EXIT.io,
  UNAVAILABLE: EXIT.io,
  UNCLEAR: EXIT.io,
  GONE: EXIT.io,
  RESET: EXIT.io,
  STALE: EXIT.io,
  CLOSED: EXIT.io,
};

/** An error as the command line shows it; only a bug has a stack trace. */
export function failureOf(error: unknown): Failure {
  if (error instanceof InterruptedError)
    return { code: EXIT.interrupted, text: '', answer: errorAnswer('INTERRUPTED', '') };
  if (error instanceof UsageError) {
    const text = `varve: ${error.message}${error.remedy ? `\n${error.remedy.replace(/^/gm, '  ')}` : ''}`;
    return { code: EXIT.usage, text, answer: errorAnswer('USAGE', error.message, { suggestion: error.remedy }) };
  }
  if (error instanceof ConfigError) {
    const { code, message, issues } = error;
    return { code: EXIT_OF[code], text: configText(error), answer: errorAnswer(code, message, { issues }) };
  }
  if (error instanceof DefinitionError) {
    const { message } = error;
    return { code: EXIT.invalid, text: `varve: ${message}`, answer: errorAnswer('INVALID_DEFINITION', message) };
  }
  if (error instanceof RefusedError) {
    return { code: EXIT.refused, text: `varve: ${error.message}`, answer: errorAnswer('REFUSED', error.message) };
  }
  return unexpectedFailure(error);
}

/** The system refused something (exit code 5), or this is a bug (exit code 70). */
function unexpectedFailure(error: unknown): Failure {
  if (error instanceof Error && 'syscall' in error && 'code' in error) {
    const { message } = error;
    return { code: EXIT.io, text: `varve: ${message}`, answer: errorAnswer(String(error.code), message) };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const text = `varve: this should not have happened, please report it\n${stack}`;
  return { code: EXIT.bug, text, answer: errorAnswer('BUG', stack) };
}

function errorAnswer(code: string, message: string, more: object = {}): object {
  return { schemaVersion: 1, error: { code, message, ...more } };
}

function configText({ code, issues, message }: ConfigError): string {
  const [issue] = issues;
  if (issue === undefined || issues.length > 1) return message;
  if (code === 'CONFLICT') return `varve: ${describeIssue({ ...issue, suggestion: 'See: varve diff' })}`;
  if (code !== 'UNKNOWN_KEY' || issue.key === undefined) return `varve: ${describeIssue(issue)}`;
  const what =
    issue.message === 'is not a setting' ? `unknown setting "${issue.key}"` : `${issue.key} ${issue.message}`;
  return `varve: ${what}${issue.suggestion ? `\n  ${issue.suggestion}` : ''}`;
}
