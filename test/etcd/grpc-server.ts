import { once } from 'node:events';
import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { message } from '../../src/stores/etcd/protobuf.ts';

const HEADER_BYTES = 5;

/** A message with the prefix of gRPC. */
export function framed(message: Buffer): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** Answers one call: `ok` and `fail` end it as gRPC does, and `stream` is there for nonsense. */
export interface FakeCall {
  readonly path: string;
  readonly stream: ServerHttp2Stream;
  ok(message: Buffer): void;
  /** Sends a message and leaves the stream open. */
  send(message: Buffer): void;
  fail(status: number, message: string): void;
}

/** A server of HTTP/2 that answers calls as a test says. Returns its endpoint. */
export async function fakeServer(answer: (call: FakeCall) => void): Promise<string> {
  const server: Http2Server = createServer();
  const sessions = new Set<{ destroy(): void }>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('error', () => undefined);
  });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => undefined);
    let isBegun = false;
    answer({
      path: String(headers[':path']),
      stream,
      send: (message) => {
        if (!isBegun) stream.respond({ ':status': 200, 'content-type': 'application/grpc' });
        isBegun = true;
        stream.write(framed(message));
      },
      ok: (message) => {
        stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true });
        stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
        stream.end(framed(message));
      },
      fail: (status, message) => {
        const headers = { 'grpc-status': String(status), 'grpc-message': encodeURIComponent(message) };
        stream.respond({ ':status': 200, 'content-type': 'application/grpc', ...headers }, { endStream: true });
      },
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The methods of etcd that a store calls. */
export const METHODS = {
  range: '/etcdserverpb.KV/Range',
  txn: '/etcdserverpb.KV/Txn',
  watch: '/etcdserverpb.Watch/Watch',
  authenticate: '/etcdserverpb.Auth/Authenticate',
} as const;

/** The header of an answer. */
export function headerMessage(clusterId: bigint, revision: number): Buffer {
  return message({ 1: clusterId, 3: revision });
}

/** Answers as a cluster without any key does. */
export function answerEmpty(call: FakeCall, { clusterId = 17n, revision = 7 } = {}): void {
  const header = headerMessage(clusterId, revision);
  if (call.path === METHODS.range) call.ok(message({ 1: header }));
  else if (call.path === METHODS.txn) call.ok(message({ 1: header, 2: true }));
  else if (call.path === METHODS.watch) call.send(message({ 1: header, 3: true }));
  else call.fail(12, 'unknown method');
}
