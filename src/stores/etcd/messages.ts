import type { AnswerHeader } from '../remote/lineage.ts';
import { decode, type Message } from './protobuf.ts';

// The messages of etcd that a store needs:
// https://github.com/etcd-io/etcd/blob/v3.5.16/api/etcdserverpb/rpc.proto
// https://github.com/etcd-io/etcd/blob/v3.5.16/api/mvccpb/kv.proto

export const METHODS = {
  range: '/etcdserverpb.KV/Range',
  put: '/etcdserverpb.KV/Put',
  txn: '/etcdserverpb.KV/Txn',
  watch: '/etcdserverpb.Watch/Watch',
  authenticate: '/etcdserverpb.Auth/Authenticate',
} as const;

// A declaration file needs each table in full, so that the parts of a message are repeated here.

/** `end`: the first key behind the range; without it, `key` alone. */
export const RANGE_REQUEST = {
  key: [1, 'text'],
  end: [2, 'text'],
  revision: [4, 'number'],
  keysOnly: [8, 'flag'],
  minModRevision: [10, 'number'],
} as const;
export const RANGE_RESPONSE = {
  header: [1, { clusterId: [1, 'id'], revision: [3, 'number'] }],
  kvs: [2, [{ key: [1, 'text'], createRevision: [2, 'number'], modRevision: [3, 'number'], value: [5, 'bytes'] }]],
  count: [4, 'number'],
} as const;

export const PUT_REQUEST = { key: [1, 'text'], value: [2, 'bytes'] } as const;

/** The target of a comparison with `modRevision`. */
export const MOD = 2;
export const TXN_REQUEST = {
  compare: [1, [{ target: [2, 'number'], key: [3, 'text'], modRevision: [6, 'number'] }]],
  success: [2, [{ put: [2, { key: [1, 'text'], value: [2, 'bytes'] }] }]],
  failure: [3, [{ range: [1, { key: [1, 'text'], end: [2, 'text'] }] }]],
} as const;
export const TXN_RESPONSE = {
  header: [1, { clusterId: [1, 'id'], revision: [3, 'number'] }],
  succeeded: [2, 'flag'],
  responses: [
    3,
    [
      {
        range: [
          1,
          {
            kvs: [
              2,
              [{ key: [1, 'text'], createRevision: [2, 'number'], modRevision: [3, 'number'], value: [5, 'bytes'] }],
            ],
          },
        ],
      },
    ],
  ],
} as const;

export const WATCH_REQUEST = {
  create: [
    1,
    {
      key: [1, 'text'],
      end: [2, 'text'],
      startRevision: [3, 'number'],
      progressNotify: [4, 'flag'],
      fragment: [8, 'flag'],
    },
  ],
} as const;
/** `isFragment`: more events of the same revision follow in the next response. */
export const WATCH_RESPONSE = {
  header: [1, { clusterId: [1, 'id'], revision: [3, 'number'] }],
  created: [3, 'flag'],
  canceled: [4, 'flag'],
  compactRevision: [5, 'number'],
  cancelReason: [6, 'text'],
  isFragment: [7, 'flag'],
  events: [
    11,
    [
      {
        type: [1, 'number'],
        kv: [2, { key: [1, 'text'], createRevision: [2, 'number'], modRevision: [3, 'number'], value: [5, 'bytes'] }],
      },
    ],
  ],
} as const;
/** The type of an event. */
export const DELETE = 1;

export const AUTHENTICATE_REQUEST = { name: [1, 'text'], password: [2, 'text'] } as const;
export const AUTHENTICATE_RESPONSE = {
  header: [1, { clusterId: [1, 'id'], revision: [3, 'number'] }],
  token: [2, 'text'],
} as const;

/** A key in one of its states. */
export type KeyValue = Message<typeof RANGE_RESPONSE>['kvs'][number];
export type WatchResponse = Message<typeof WATCH_RESPONSE>;

type ResponseSchema =
  | typeof RANGE_RESPONSE
  | typeof TXN_RESPONSE
  | typeof WATCH_RESPONSE
  | typeof AUTHENTICATE_RESPONSE;

/** Every answer of etcd names its cluster. Throws a `RangeError` for other bytes. */
export function decodeResponse<S extends ResponseSchema>(schema: S, bytes: Buffer): Message<S> {
  const message = decode(schema, bytes);
  if ((message as Message<typeof AUTHENTICATE_RESPONSE>).header.clusterId === 0n)
    throw new RangeError('an answer without a header');
  return message;
}

export function headerOf({ clusterId, revision }: WatchResponse['header']): AnswerHeader {
  return { server: clusterId.toString(16).padStart(16, '0').slice(0, 8), revision };
}
