import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

interface ProxyServerParts {
  readonly url: string;
  readonly folder: string;
  readonly process: ChildProcess;
  readonly endSignal: NodeJS.Signals;
}

/** A process between a store and its server, with its files in a temporary folder. */
export class ProxyServer {
  /** The URL of the server, by way of this process. */
  readonly url: string;
  readonly #folder: string;
  readonly #process: ChildProcess;
  readonly #endSignal: NodeJS.Signals;

  constructor({ url, folder, process, endSignal }: ProxyServerParts) {
    this.url = url;
    this.#folder = folder;
    this.#process = process;
    this.#endSignal = endSignal;
  }

  /** Of nginx, new workers take over, and the old ones end their connections: in order where the protocol permits it. */
  reload(): void {
    this.#process.kill('SIGHUP');
  }

  async remove(): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill(this.#endSignal);
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Waits until something accepts connections. */
export async function reachable(port: number): Promise<void> {
  for (const end = performance.now() + 20_000; performance.now() < end; await pause(50)) {
    const socket = connect(port, '127.0.0.1');
    const isOpen = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
    });
    socket.destroy();
    if (isOpen) return;
  }
  throw new Error(`nothing accepts connections at port ${port}`);
}
