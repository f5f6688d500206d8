import { ConfigError, type ErrorCode } from '../../index.ts';

/** Why a request came to nothing. */
export interface Failure {
  readonly code: ErrorCode;
  /** A clause: `permission denied`. */
  readonly message: string;
  readonly suggestion?: string;
  readonly cause?: unknown;
  /** Whether the cluster may have done what was asked. */
  readonly mayBeApplied: boolean;
  /** Whether asking again may help: at another endpoint, or also a moment later. */
  readonly retry: 'no' | 'elsewhere' | 'later';
  /** Whether a new token may help. */
  readonly needsLogin?: true;
}

/** One problem with the document `name`. */
export function problem(
  name: string,
  { code, message, suggestion, cause }: Pick<Failure, 'code' | 'message' | 'suggestion' | 'cause'>,
): ConfigError {
  const origin = { layer: 'file', name, location: name } as const;
  const issue = suggestion === undefined ? { code, message, origin } : { code, message, origin, suggestion };
  return new ConfigError([issue], cause === undefined ? {} : { cause });
}

export function closed(name: string): ConfigError {
  return problem(name, { code: 'CLOSED', message: 'its store was closed' });
}

type Said = readonly [pattern: RegExp, Omit<Failure, 'cause'>];

const refused = { mayBeApplied: false, retry: 'no' } as const;

/** What a cluster says: https://github.com/etcd-io/etcd/blob/v3.4.23/etcdserver/api/v3rpc/rpctypes/error.go */
const SAID: readonly Said[] = [
  [
    /request is too large|message larger than max/,
    {
      ...refused,
      code: 'TOO_LARGE',
      message: 'it is larger than the cluster takes',
      suggestion: 'Make it smaller, or raise --max-request-bytes of the cluster.',
    },
  ],
  [/revision has been compacted/, { ...refused, code: 'GONE', message: 'that revision is no longer kept' }],
  [
    /invalid auth token|user name is empty|revision of auth store is old|auth token is not provided/,
    {
      ...refused,
      code: 'DENIED',
      message: 'the cluster wants a user and a password',
      suggestion: 'Give `username` and `password`; the name of a certificate is not taken for a user.',
      needsLogin: true,
    },
  ],
  [
    /authentication failed/,
    {
      ...refused,
      code: 'DENIED',
      message: 'the cluster refuses the user or the password',
      suggestion: 'Check `username` and `password`.',
    },
  ],
  [
    /CommonName of client/,
    {
      ...refused,
      code: 'DENIED',
      message: 'the cluster refuses a certificate with a common name, because it knows its users by their passwords',
      suggestion: 'Give `tls.cert` a certificate whose subject has no common name (CN).',
    },
  ],
  [/permission denied/, { ...refused, code: 'DENIED', message: 'permission denied' }],
  [
    /database space exceeded/,
    {
      ...refused,
      code: 'UNAVAILABLE',
      message: 'the disk space of the cluster is used up',
      suggestion: 'Compact and defragment it, then disarm its alarm (`etcdctl alarm disarm`).',
    },
  ],
  [
    /too many requests/,
    { code: 'UNAVAILABLE', message: 'the cluster is overloaded', mayBeApplied: false, retry: 'later' },
  ],
];

const UNDEFINED_PATH: Failure = {
  code: 'UNAVAILABLE',
  message: 'the server does not have the JSON gateway of etcd',
  suggestion: 'Start etcd 3.4 or later with --enable-grpc-gateway.',
  mayBeApplied: false,
  retry: 'elsewhere',
};

/** What a status other than 200 means, with what the server said; other text than that of etcd is not repeated. */
export function failureOf(status: number, said: string, text: string = said): Failure {
  for (const [pattern, failure] of SAID) if (pattern.test(text)) return failure;
  if (status === 404) return UNDEFINED_PATH;
  const message = said === '' ? `the server answered with status ${status}` : `the cluster said "${said}"`;
  const isPassing = status >= 500 || status === 408 || status === 499;
  return { code: 'UNAVAILABLE', message, mayBeApplied: isPassing, retry: isPassing ? 'later' : 'elsewhere' };
}

/** An answer with status 200 that etcd does not give. */
export const NOT_ETCD: Failure = {
  code: 'UNAVAILABLE',
  message: 'what answers there is not etcd',
  suggestion: 'Check the endpoints.',
  mayBeApplied: true,
  retry: 'elsewhere',
};

/** The connection failed, or its server did not answer in time. */
export function connectionFailure(error: Error, isSent: boolean): Failure {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  if (isFromTls(code, error))
    return {
      code: 'DENIED',
      message: `the secure connection failed: ${error.message.split('\n')[0]}`,
      suggestion: 'Check `tls`: the authority (`ca`), the certificate of the client (`cert`, `key`) and its dates.',
      cause: error,
      mayBeApplied: false,
      retry: 'elsewhere',
    };
  const message = code === '' ? error.message : `the connection failed with ${code}`;
  return { code: 'UNAVAILABLE', message, cause: error, mayBeApplied: isSent, retry: 'later' };
}

/** A certificate that one side refuses: asking again does not help. */
function isFromTls(code: string, { message }: Error): boolean {
  return (
    /^ERR_(SSL|TLS|OSSL)_|CERT|SIGNATURE|^UNABLE_TO_/.test(code) || (code === 'EPROTO' && /SSL|TLS/i.test(message))
  );
}
