import type { Failure } from '../remote/failure.ts';

const refused = { mayBeApplied: false, retry: 'no' } as const;
const unavailable = { code: 'UNAVAILABLE', mayBeApplied: false } as const;

/** What a cluster answers, by its text, as etcd's own client does: https://github.com/etcd-io/etcd/blob/v3.5.16/api/v3rpc/rpctypes/error.go */
const MESSAGES: Readonly<Record<string, Omit<Failure, 'cause'>>> = {
  'request is too large|grpc: received message larger than max': {
    ...refused,
    code: 'TOO_LARGE',
    message: 'the document is larger than the cluster accepts',
    suggestion: 'Make it smaller, or raise --max-request-bytes of the cluster.',
  },
  'revision has been compacted': { ...refused, code: 'GONE', message: 'that revision is compacted away' },
  'invalid auth token|user name is empty|revision of auth store is old|auth token is not provided': {
    ...refused,
    code: 'DENIED',
    message: 'the cluster requires a user',
    suggestion: 'Give `username` and `password`, or a client certificate whose common name is a user.',
    needsLogin: true,
  },
  'authentication failed': {
    ...refused,
    code: 'DENIED',
    message: 'the cluster refuses the user or the password',
    suggestion: 'Check `username` and `password`.',
  },
  'permission denied|user name not found': { ...refused, code: 'DENIED', message: 'permission denied' },
  'database space exceeded': {
    ...unavailable,
    message: 'the cluster has no disk space left',
    suggestion: 'Compact and defragment it, then disarm its alarm (`etcdctl alarm disarm`).',
    retry: 'no',
  },
  'too many requests': { ...unavailable, message: 'the cluster is overloaded', retry: 'later' },
};

/** The status codes of gRPC: https://grpc.io/docs/guides/status-codes/ */
export const UNAVAILABLE = 14;
const PASSING: ReadonlySet<number> = new Set([1, 2, 4, 8, 10, 13, 14, 15]);
const UNIMPLEMENTED = 12;
const DENIED: ReadonlySet<number> = new Set([7, 16]);

/** What a status of gRPC means, with the message of the server. */
export function failureOf(code: number, details: string, cause?: unknown): Failure {
  const [, known] = Object.entries(MESSAGES).find(([texts]) => new RegExp(texts).test(details)) ?? [];
  if (known) return { ...known, cause };
  if (code === UNIMPLEMENTED) return { ...NOT_ETCD, cause };
  if (DENIED.has(code)) return { ...refused, code: 'DENIED', message: `access was refused: ${details}`, cause };
  const isPassing = PASSING.has(code);
  return {
    code: 'UNAVAILABLE',
    message: details === '' ? `the request failed with gRPC status ${code}` : `the request failed: ${details}`,
    cause,
    mayBeApplied: isPassing,
    retry: isPassing ? 'later' : 'elsewhere',
  };
}

/** Whether an answer is longer than the connection takes: a document that is too long, or the answer of another server. */
export function isTooLong({ message }: Failure): boolean {
  return message.includes('Received message larger than max');
}

/** Whether the cluster has no users. */
export function isSwitchedOff({ message }: Failure): boolean {
  return message.includes('authentication is not enabled');
}

/** An answer that etcd would not give. */
export const NOT_ETCD: Failure = {
  code: 'UNAVAILABLE',
  message: 'the server that answers is not etcd',
  suggestion: 'Check the endpoints.',
  mayBeApplied: true,
  retry: 'elsewhere',
};

/** The endpoint accepts a connection, and answers in another protocol, or, as the HTTP port of etcd 3.5 does, not at all. */
export const NOT_HTTP2: Failure = {
  code: 'UNAVAILABLE',
  message: 'the endpoint does not answer in HTTP/2, which gRPC needs',
  suggestion:
    'Use the gRPC port of etcd (--listen-client-urls, not --listen-client-http-urls), and a proxy that passes HTTP/2 on.',
  mayBeApplied: false,
  // A server that ends in the midst of a handshake looks the same.
  retry: 'later',
  isUnreachable: true,
};
