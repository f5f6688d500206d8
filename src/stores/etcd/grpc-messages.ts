import type { Answer, KeyValue, RangeNewer, WatchCreate, WatchResponse } from './messages.ts';
import { fieldsOf, message } from './protobuf.ts';

// The messages of a watch as gRPC writes them, by the numbers of their fields:
// https://github.com/etcd-io/etcd/blob/v3.4.23/etcdserver/etcdserverpb/rpc.proto
// https://github.com/etcd-io/etcd/blob/v3.4.23/mvcc/mvccpb/kv.proto

/** A `WatchRequest`. */
export function watchRequest({ key, range_end, start_revision, progress_notify, fragment }: WatchCreate): Buffer {
  const from = Number(start_revision);
  const create = { 1: bytesOf(key), 2: bytesOf(range_end), 3: from, 4: progress_notify, 8: fragment };
  return message({ 1: message(create) });
}

/** A `WatchResponse`. Throws a `RangeError` for what is none. */
export function watchResponse(bytes: Buffer): WatchResponse {
  const events: NonNullable<WatchResponse['events']>[number][] = [];
  const response: { -readonly [Name in keyof WatchResponse]: WatchResponse[Name] } = { events };
  for (const { number, value } of fieldsOf(bytes)) {
    if (typeof value === 'bigint') {
      if (number === 3) response.created = value !== 0n;
      else if (number === 4) response.canceled = value !== 0n;
      else if (number === 5) response.compact_revision = String(value);
      else if (number === 7) response.fragment = value !== 0n;
    } else if (number === 1) response.header = headerOf(value);
    else if (number === 6) response.cancel_reason = value.toString();
    else if (number === 11) events.push(eventOf(value));
  }
  return response;
}

/** A `RangeRequest`. */
export function rangeRequest({ key, min_mod_revision, keys_only }: RangeNewer): Buffer {
  return message({ 1: bytesOf(key), 8: keys_only, 10: Number(min_mod_revision) });
}

/** A `RangeResponse`. Throws a `RangeError` for what is none. */
export function rangeResponse(bytes: Buffer): Answer {
  const kvs: KeyValue[] = [];
  const response: { -readonly [Name in keyof Answer]: Answer[Name] } = { kvs };
  for (const { number, value } of fieldsOf(bytes)) {
    if (number === 4) response.count = String(value);
    else if (number === 1) response.header = headerOf(value);
    else if (number === 2) kvs.push(keyValueOf(value));
  }
  return response;
}

type Value = bigint | Buffer | undefined;

function headerOf(value: Value): NonNullable<Answer['header']> {
  const { 1: cluster = 0n, 3: revision = 0n } = membersOf(value);
  return { cluster_id: String(cluster), revision: String(revision) };
}

function eventOf(value: Value): NonNullable<WatchResponse['events']>[number] {
  const { 1: type, 2: kv } = membersOf(value);
  return { ...(type === 1n && { type: 'DELETE' }), kv: keyValueOf(kv) };
}

function keyValueOf(member: Value): KeyValue {
  const { 1: key, 2: created = 0n, 3: modified = 0n, 5: value } = membersOf(member);
  return { key: base64(key), value: base64(value), mod_revision: String(modified), create_revision: String(created) };
}

function membersOf(value: Value): Readonly<Record<number, Value>> {
  if (!Buffer.isBuffer(value)) return {};
  return Object.fromEntries(Array.from(fieldsOf(value), (field) => [field.number, field.value]));
}

function base64(value: Value): string {
  return Buffer.isBuffer(value) ? value.toString('base64') : '';
}

function bytesOf(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
