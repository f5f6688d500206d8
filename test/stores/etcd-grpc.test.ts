import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { createServer as createHttp2Server, type Http2Server } from 'node:http2';
import { type AddressInfo, createServer as createNetServer, type Server as NetServer } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { MessageReader, prefixed } from '../../src/stores/etcd/grpc-frames.ts';
import { watchResponse } from '../../src/stores/etcd/grpc-messages.ts';
import { etcd } from '../../src/stores/etcd.ts';
import { etcdOrSkip } from '../contract/store.ts';
import { TestCluster } from '../etcd/cluster.ts';
import { until } from '../watched.ts';

async function listening(server: NetServer): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A watch, with what it was told. */
function watched(endpoint: string, key: string) {
  const store = etcd({ endpoint, key, staleMs: 4_000 });
  const texts: (string | null)[] = [];
  const states: string[] = [];
  store.watch('absent', { stored: ({ text }) => texts.push(text), state: (state) => states.push(state) });
  onTestFinished(() => store.close());
  return { store, texts, states };
}

const program = etcdOrSkip();
describe.skipIf(program === undefined)('a watch', () => {
  let cluster: TestCluster;
  const paths: string[] = [];
  beforeAll(async () => {
    if (program !== undefined) cluster = await TestCluster.start(program, 1);
  }, 60_000);
  afterAll(() => cluster?.remove());

  /** Passes HTTP/1.1 on, as many a reverse proxy does, and knows no other. */
  const proxy = (passes: (request: IncomingMessage) => boolean = () => true): Server =>
    createServer((request, response) => {
      paths.push(request.url ?? '');
      if (!passes(request)) {
        response.writeHead(503).end();
        return;
      }
      const { method, headers } = request;
      const onward = httpRequest(new URL(request.url ?? '', cluster.endpoints[0]), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      response.on('close', () => onward.destroy());
      request.pipe(onward);
    });

  test('comes through a proxy that speaks HTTP/1.1 only, by the JSON gateway', async () => {
    const { texts } = watched(await listening(proxy()), 'grpc/proxied');
    await until(() => expect(paths).toContain('/v3/watch'));
    for (const text of ['{ "a": 1 }', '{ "a": 2 }']) {
      await cluster.put('/grpc/proxied', Buffer.from(text));
      await until(() => expect(texts.at(-1)).toBe(text));
    }
  });

  test('takes no other way where gRPC is spoken', async () => {
    const before = paths.length;
    const { texts } = watched(cluster.endpoints[0] ?? '', 'grpc/direct');
    await cluster.put('/grpc/direct', Buffer.from('{ "a": 1 }'));
    await until(() => expect(texts).toEqual(['{ "a": 1 }']));
    expect(paths.length).toBe(before);
  });

  test('of a document of a megabyte sees each of its states whole', async () => {
    const { texts } = watched(cluster.endpoints[0] ?? '', 'grpc/large');
    for (const letter of ['a', 'b', 'ä']) {
      const text = JSON.stringify(letter.repeat(600_000));
      await cluster.put('/grpc/large', Buffer.from(text));
      await until(() => expect(texts.at(-1) === text).toBe(true));
    }
  });

  describe('whose server speaks HTTP/2, but says nonsense', () => {
    const answering =
      (bytes: Buffer, type = 'application/grpc') =>
      (server: Http2Server) => {
        server.on('stream', (stream) => {
          stream.on('error', () => undefined);
          stream.respond({ ':status': 200, 'content-type': type });
          stream.write(bytes);
        });
      };
    const kinds: readonly [string, (server: Http2Server) => void][] = [
      ['a message that is none', answering(prefixed(Buffer.from([0xff, 0xff, 0xff])))],
      ['a message of 4 GiB', answering(Buffer.from([0, 0xff, 0xff, 0xff, 0xff, 1]))],
      ['a compressed message', answering(Buffer.from([1, 0, 0, 0, 1, 1]))],
      ['a page', answering(Buffer.from('<html>'), 'text/html')],
      ['nothing', (server) => server.on('stream', (stream) => stream.close())],
      ['a broken connection', (server) => server.on('session', (session) => setImmediate(() => session.destroy()))],
    ];

    test.each(kinds)('as %s, sees the newest all the same', async (kind, speak) => {
      const http2 = createHttp2Server();
      http2.on('sessionError', () => undefined);
      speak(http2);
      let sessions = 0;
      http2.on('session', () => {
        sessions += 1;
      });
      // A range is answered; a watch by the JSON gateway is not.
      const http = proxy(({ url }) => url !== '/v3/watch');
      const server = createNetServer((socket) => {
        socket.on('error', () => undefined);
        socket.once('readable', () => {
          const first: Buffer | null = socket.read();
          if (first === null) return;
          socket.unshift(first);
          (first.toString('latin1').startsWith('PRI ') ? http2 : http).emit('connection', socket);
        });
      });
      const key = `grpc/nonsense/${kind.replaceAll(' ', '-')}`;
      const { store, states, texts } = watched(await listening(server), key);
      await until(() => expect(sessions).toBeGreaterThan(1));
      await cluster.put(`/${key}`, Buffer.from('{ "a": 1 }'));
      await until(() => expect(texts).toEqual(['{ "a": 1 }']));
      expect(states).toEqual([]);
      await store.close();
    });
  });
});

describe('messages', () => {
  test('are put together however they are cut', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 });
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 8 }), cuts, (messages, sizes) => {
        const whole = Buffer.concat(messages.map((message) => prefixed(Buffer.from(message))));
        const found: (Buffer | undefined)[] = [];
        const reader = new MessageReader(1_000, (message) => found.push(message));
        let offset = 0;
        for (const size of [...sizes, whole.length]) {
          reader.add(whole.subarray(offset, offset + size));
          offset += size;
        }
        expect(found.map((message) => [...(message ?? [])])).toEqual(messages.map((message) => [...message]));
      }),
    );
  });

  test('of any bytes are responses, or are refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          watchResponse(Buffer.from(bytes));
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
