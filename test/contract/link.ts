import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Link } from '../../src/testing/index.ts';

/** How a link recognises a write on its way, and the answer that says it was applied. */
export interface LinkProtocol {
  isWrite(sent: Buffer): boolean;
  isApplied(received: Buffer): boolean;
  requestsIn(sent: Buffer): number;
}

type Fault = 'none' | 'cut' | 'hold' | 'lose answer' | 'lose request' | 'lose rest';

/** How much of an answer arrives before its rest is lost, in bytes. */
const HEAD_BYTES = 12;

interface Pair {
  readonly client: Socket;
  readonly server: Socket;
  /** What the server sends from now on is lost. */
  isDeaf: boolean;
}

/** TCP proxies to several servers, which fail together. */
export class TcpLink implements Link {
  readonly #protocol: LinkProtocol;
  readonly #servers: Server[] = [];
  readonly #pairs = new Set<Pair>();
  #fault: Fault = 'none';
  #delay = 0;
  #target: number | undefined;
  /** The number of connections so far, and of requests where they can be read. */
  connections = 0;
  requests = 0;

  constructor(protocol: LinkProtocol) {
    this.#protocol = protocol;
  }

  /** The port of a proxy to `host:port`. */
  async to(port: number, host = '127.0.0.1'): Promise<number> {
    const server = createServer((client) => this.#accept(client, port, host));
    this.#servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  /** The URL of a proxy to the server of a URL. */
  async toUrl(target: string): Promise<string> {
    const { port, hostname } = new URL(target);
    return target.replace(`${hostname}:${port}`, `127.0.0.1:${await this.to(Number(port), hostname)}`);
  }

  /** New connections lead to another port, and the present ones break. */
  redirect(port: number): void {
    this.#target = port;
    for (const pair of this.#pairs) this.#break(pair);
  }

  cut(): void {
    this.#fault = 'cut';
    for (const pair of this.#pairs) this.#break(pair);
  }

  hold(): void {
    this.#fault = 'hold';
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.pause();
  }

  heal(): void {
    const wasHeld = this.#fault === 'hold';
    this.#fault = 'none';
    this.#delay = 0;
    if (wasHeld) for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket.resume();
    else for (const pair of this.#pairs) if (pair.isDeaf) this.#break(pair);
  }

  delay(ms: number): void {
    this.#delay = ms;
  }

  loseAnswer(): void {
    this.#fault = 'lose answer';
  }

  loseRequest(): void {
    this.#fault = 'lose request';
  }

  loseRest(): void {
    this.#fault = 'lose rest';
  }

  async close(): Promise<void> {
    this.cut();
    for (const server of this.#servers) server.close();
  }

  #accept(client: Socket, port: number, host: string): void {
    this.connections += 1;
    client.on('error', () => undefined);
    if (this.#fault === 'cut') return void client.resetAndDestroy();
    const server = connect({ port: this.#target ?? port, host, noDelay: true });
    const pair: Pair = { client, server, isDeaf: false };
    this.#pairs.add(pair);
    server.on('error', () => undefined);
    client.setNoDelay();
    client.on('data', (bytes) => this.#delayed(() => this.#sent(pair, bytes)));
    server.on('data', (bytes) => this.#delayed(() => this.#received(pair, bytes)));
    for (const socket of [client, server]) socket.on('close', () => this.#delayed(() => this.#break(pair)));
    if (this.#fault === 'hold') for (const socket of [client, server]) socket.pause();
  }

  #delayed(pass: () => void): void {
    if (this.#delay > 0) setTimeout(pass, this.#delay);
    else pass();
  }

  #sent(pair: Pair, bytes: Buffer): void {
    this.requests += this.#protocol.requestsIn(bytes);
    if (this.#protocol.isWrite(bytes)) {
      if (this.#fault === 'lose answer') pair.isDeaf = true;
      if (this.#fault === 'lose request') {
        this.#fault = 'none';
        this.#break(pair);
        return;
      }
    }
    pair.server.write(bytes);
  }

  #received(pair: Pair, bytes: Buffer): void {
    if (this.#fault === 'lose rest' && !pair.isDeaf) {
      pair.client.write(bytes.subarray(0, HEAD_BYTES));
      pair.isDeaf = true;
      return;
    }
    if (!pair.isDeaf) pair.client.write(bytes);
    // An answer that refuses the write, as after an election, is not the one to lose.
    else if (this.#fault === 'lose answer') {
      if (this.#protocol.isApplied(bytes)) this.cut();
      else pair.client.write(bytes);
    }
  }

  #break(pair: Pair): void {
    this.#pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server.destroy();
  }
}

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
const FRAME_HEAD_BYTES = 9;
const DATA_FRAME = 0;
const HEADERS_FRAME = 1;

/** The types of the frames of HTTP/2 that begin in these bytes. */
function framesOf(bytes: Buffer): readonly number[] {
  const types: number[] = [];
  let offset = bytes.indexOf(PREFACE) === 0 ? PREFACE.length : 0;
  for (; offset + FRAME_HEAD_BYTES <= bytes.length; offset += FRAME_HEAD_BYTES + bytes.readUIntBE(offset, 3))
    types.push(bytes[offset + 3] ?? 0);
  return types;
}

/** etcd by gRPC: only a transaction names the key beside the text, and only an answer that is not an error has data. */
export const ETCD_LINK: LinkProtocol = {
  isWrite: (sent) => sent.includes('#write'),
  isApplied: (received) => framesOf(received).includes(DATA_FRAME),
  requestsIn: (sent) => framesOf(sent).filter((type) => type === HEADERS_FRAME).length,
};

/** The types of the messages of PostgreSQL that begin in these bytes. */
function messagesOf(bytes: Buffer): readonly string[] {
  const types: string[] = [];
  for (let offset = 0; offset + 5 <= bytes.length; offset += 1 + bytes.readUInt32BE(offset + 1))
    types.push(String.fromCharCode(bytes[offset] ?? 0));
  return types;
}

/** PostgreSQL: a write runs the prepared statement of that name, and `CommandComplete` answers it. */
export const POSTGRES_LINK: LinkProtocol = {
  isWrite: (sent) => sent.includes('varve_write'),
  isApplied: (received) => messagesOf(received).includes('C'),
  requestsIn: (sent) => messagesOf(sent).filter((type) => type === 'Q' || type === 'B').length,
};
