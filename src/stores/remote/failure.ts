import { isUtf8 } from 'node:buffer';
import { ConfigError, type ErrorCode } from '../../index.ts';
import { within } from './pause.ts';

/** Why a request to a server failed. */
export interface Failure {
  readonly code: ErrorCode;
  /** A clause: `permission denied`. */
  readonly message: string;
  readonly suggestion?: string;
  readonly cause?: unknown;
  /** Whether the server may have applied the request. */
  readonly mayBeApplied: boolean;
  /** Whether a retry may help: at another server, or also at the same one after a pause. */
  readonly retry: 'no' | 'elsewhere' | 'later';
  /** Whether a new login may help. */
  readonly needsLogin?: true;
  /** Whether no connection could be made at all. */
  readonly isUnreachable?: true;
}

/** Thrown inside a store: the request failed. */
export class RequestError extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** The error for one problem with the document `name`. */
export function problem(
  name: string,
  { code, message, suggestion, cause }: Pick<Failure, 'code' | 'message' | 'suggestion' | 'cause'>,
): ConfigError {
  const origin = { layer: 'file', name, location: name } as const;
  const issue = suggestion === undefined ? { code, message, origin } : { code, message, origin, suggestion };
  return new ConfigError([issue], cause === undefined ? {} : { cause });
}

export function closedError(name: string): ConfigError {
  return problem(name, { code: 'CLOSED', message: 'the store is closed' });
}

export function resetError(name: string, message: string): ConfigError {
  const suggestion = 'Check the document that the server has now before you write.';
  return problem(name, { code: 'RESET', message, suggestion });
}

/** The result of a request, or `undefined` for a revision that the server has deleted. */
export async function unlessGone<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof RequestError && error.failure.code === 'GONE') return undefined;
    throw error;
  }
}

export function tooLarge(name: string, maxBytes: number): ConfigError {
  return problem(name, {
    code: 'TOO_LARGE',
    message: `the document has more than ${maxBytes} bytes`,
    suggestion: 'Raise `maxBytes`, and the limit of the server, if documents of this size are expected.',
  });
}

/** The text of a stored document. Throws `TOO_LARGE` or `CORRUPT`. */
export function textOf(
  bytes: Buffer,
  { name, maxBytes }: { readonly name: string; readonly maxBytes: number },
): string {
  if (bytes.length > maxBytes) throw tooLarge(name, maxBytes);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw problem(name, {
    code: 'CORRUPT',
    message: 'the document is not UTF-8',
    suggestion: 'Write it again, as UTF-8.',
  });
}

/** The answer to a request that was sent. Rejects with a {@link RequestError} after `ms`, or with the reason of an abort. */
export async function answered<T>(ms: number, signal: AbortSignal, request: Promise<T>): Promise<T> {
  const result = await within(ms, signal, request);
  if (result === undefined) throw new RequestError(timeoutFailure(ms, true));
  return result;
}

export function timeoutFailure(ms: number, mayBeApplied: boolean): Failure {
  const message = `there was no answer within ${Math.round(ms)} ms`;
  return { code: 'UNAVAILABLE', message, mayBeApplied, retry: 'later' };
}

/** The failure of a connection where one side refuses the certificate of the other; `undefined` for another error. */
export function tlsFailure(error: Error): Failure | undefined {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const isTls =
    /^ERR_(SSL|TLS|OSSL)_|CERT|SIGNATURE|^UNABLE_TO_/.test(code) ||
    (code === 'EPROTO' && /SSL|TLS/i.test(error.message));
  if (!isTls) return undefined;
  return {
    code: 'DENIED',
    message: `the secure connection failed: ${error.message.split('\n')[0]}`,
    suggestion: 'Check the certificates of both sides: their authority, names and dates.',
    cause: error,
    mayBeApplied: false,
    retry: 'no',
  };
}
