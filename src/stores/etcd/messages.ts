import type { AnswerHeader } from '../remote/lineage.ts';
import { Fields, message } from './protobuf.ts';

// The messages of etcd that a store needs, with the numbers of their fields:
// https://github.com/etcd-io/etcd/blob/v3.5.16/api/etcdserverpb/rpc.proto
// https://github.com/etcd-io/etcd/blob/v3.5.16/api/mvccpb/kv.proto

/** A call of a method. `read` throws a `RangeError` for bytes that are not its answer. */
export interface Request<T> {
  readonly method: string;
  readonly message: Buffer;
  read(bytes: Buffer): T;
}

/** Every answer names its cluster, and the newest revision there. */
export interface Answer {
  readonly header: AnswerHeader;
}

/** A key in one of its states. */
export interface KeyValue {
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  readonly value: Buffer;
}

/** `end`: the first key behind the range; without it, `key` alone. */
export interface KeyRange {
  readonly key: string;
  readonly end?: string;
}

export interface RangeOptions extends KeyRange {
  readonly revision?: number | undefined;
  readonly keysOnly?: boolean;
  readonly minModRevision?: number;
}

export interface RangeAnswer extends Answer {
  readonly kvs: readonly KeyValue[];
  readonly count: number;
}

export function range({ key, end, revision, keysOnly, minModRevision }: RangeOptions): Request<RangeAnswer> {
  const fields = { 1: key, 2: end, 4: revision, 8: keysOnly, 10: minModRevision };
  return request('KV/Range', fields, (answer) => ({ kvs: keyValues(answer), count: answer.number(4) }));
}

export function put(key: string, value: Buffer): Request<Answer> {
  return request('KV/Put', { 1: key, 2: value }, () => ({}));
}

/** What to write if a revision made `key`, and what to read if not. */
export interface Swap {
  readonly key: string;
  readonly modRevision: number;
  readonly puts: Readonly<Record<string, string>>;
  readonly otherwise: KeyRange;
}

export interface SwapAnswer extends Answer {
  readonly succeeded: boolean;
  readonly kvs: readonly KeyValue[];
}

/** The kind of comparison with the revision that made a key. */
const MOD = 2;

export function swap({ key, modRevision, puts, otherwise }: Swap): Request<SwapAnswer> {
  const writes = Object.entries(puts).map(([name, value]) => message({ 2: message({ 1: name, 2: value }) }));
  const read = message({ 1: message({ 1: otherwise.key, 2: otherwise.end }) });
  return request('KV/Txn', { 1: message({ 2: MOD, 3: key, 6: modRevision }), 2: writes, 3: read }, (answer) => ({
    succeeded: answer.number(2) === 1,
    kvs: answer.messages(3).flatMap((response) => keyValues(response.message(1))),
  }));
}

export interface WatchEvent {
  readonly isDelete: boolean;
  readonly kv: KeyValue;
}

/** `isFragment`: more events of the same revision follow in the next answer. */
export interface WatchAnswer extends Answer {
  readonly isCreated: boolean;
  readonly isCanceled: boolean;
  readonly cancelReason: string;
  readonly isFragment: boolean;
  readonly events: readonly WatchEvent[];
}

/** A stream of the changes from a revision on. */
export function watch({ key, end }: KeyRange, startRevision: number): Request<WatchAnswer> {
  const create = message({ 1: key, 2: end, 3: startRevision, 4: true, 8: true });
  return request('Watch/Watch', { 1: create }, (answer) => ({
    isCreated: answer.number(3) === 1,
    isCanceled: answer.number(4) === 1,
    cancelReason: answer.text(6),
    isFragment: answer.number(7) === 1,
    events: answer.messages(11).map((event) => ({ isDelete: event.number(1) === 1, kv: keyValue(event.message(2)) })),
  }));
}

export function authenticate(name: string, password: string): Request<Answer & { readonly token: string }> {
  return request('Auth/Authenticate', { 1: name, 2: password }, (answer) => ({ token: answer.text(2) }));
}

function request<T>(
  method: string,
  fields: Parameters<typeof message>[0],
  read: (answer: Fields) => T,
): Request<Answer & T> {
  return {
    method: `/etcdserverpb.${method}`,
    message: message(fields),
    read: (bytes) => {
      const answer = new Fields(bytes);
      const [header, cluster] = [answer.message(1), answer.message(1).id(1)];
      if (cluster === 0n) throw new RangeError('an answer without a header');
      const server = cluster.toString(16).padStart(16, '0').slice(0, 8);
      return { header: { server, revision: header.number(3) }, ...read(answer) };
    },
  };
}

function keyValues(answer: Fields): readonly KeyValue[] {
  return answer.messages(2).map(keyValue);
}

function keyValue(fields: Fields): KeyValue {
  const [createRevision, modRevision] = [fields.number(2), fields.number(3)];
  return { key: fields.text(1), createRevision, modRevision, value: fields.bytes(5) };
}
