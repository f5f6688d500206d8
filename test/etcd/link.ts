import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Link } from '../../src/testing/index.ts';

/** What a write looks like on its way. */
const WRITE = '/v3/kv/txn';
const SUCCESS = 'HTTP/1.1 200';

type Fault = 'none' | 'cut' | 'hold' | 'lose answer' | 'lose request';

interface Pair {
  readonly client: Socket;
  server: Socket | undefined;
  /** What the server says now is lost. */
  isDeaf: boolean;
}

/** Ways to several servers, that fail together. */
export class TcpLink implements Link {
  readonly #servers: Server[] = [];
  readonly #pairs = new Set<Pair>();
  #fault: Fault = 'none';
  /** How many connections were made, and what was asked for over them, where it can be read. */
  connections = 0;
  readonly asked = new Map<string, number>();

  /** Gives an endpoint that leads to `target`, a URL. */
  async to(target: string): Promise<string> {
    const { protocol, port, hostname } = new URL(target);
    const server = createServer((client) => this.#connected(client, Number(port), hostname));
    this.#servers.push(server.listen(0, '127.0.0.1'));
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return `${protocol}//127.0.0.1:${address.port}`;
  }

  cut(): void {
    this.#fault = 'cut';
    for (const pair of this.#pairs) this.#break(pair);
  }

  hold(): void {
    this.#fault = 'hold';
    for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket?.pause();
  }

  heal(): void {
    const wasHeld = this.#fault === 'hold';
    this.#fault = 'none';
    if (wasHeld) for (const { client, server } of this.#pairs) for (const socket of [client, server]) socket?.resume();
  }

  loseAnswer(): void {
    this.#fault = 'lose answer';
  }

  loseRequest(): void {
    this.#fault = 'lose request';
  }

  async close(): Promise<void> {
    this.cut();
    for (const server of this.#servers) server.close();
  }

  #connected(client: Socket, port: number, host: string): void {
    this.connections += 1;
    client.on('error', () => undefined);
    if (this.#fault === 'cut') return void client.resetAndDestroy();
    const server = connect({ port, host, noDelay: true });
    const pair: Pair = { client, server, isDeaf: false };
    this.#pairs.add(pair);
    server.on('error', () => undefined);
    client.setNoDelay();
    client.on('data', (bytes) => this.#said(pair, bytes));
    server.on('data', (bytes) => this.#answered(pair, bytes));
    for (const socket of [client, server]) socket.on('close', () => this.#break(pair));
    if (this.#fault === 'hold') for (const socket of [client, server]) socket.pause();
  }

  #said(pair: Pair, bytes: Buffer): void {
    const text = bytes.toString('latin1');
    for (const [, path = ''] of text.matchAll(/^POST (\S+)/gm)) this.asked.set(path, (this.asked.get(path) ?? 0) + 1);
    if (text.includes(WRITE)) {
      if (this.#fault === 'lose answer') pair.isDeaf = true;
      if (this.#fault === 'lose request') {
        this.#fault = 'none';
        this.#break(pair);
        return;
      }
    }
    pair.server?.write(bytes);
  }

  #answered(pair: Pair, bytes: Buffer): void {
    // An answer that says that nothing was written, as after an election, is not the one to be lost.
    const isApplied = bytes.toString('latin1', 0, SUCCESS.length) === SUCCESS;
    if (pair.isDeaf && isApplied) this.cut();
    else pair.client.write(bytes);
    pair.isDeaf = false;
  }

  #break(pair: Pair): void {
    this.#pairs.delete(pair);
    pair.client.resetAndDestroy();
    pair.server?.destroy();
  }
}
