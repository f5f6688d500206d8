import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { spawnServer } from '../contract/programs.ts';

/**
 * A free port that the system does not give to an outgoing connection: a server that is down for a moment has to
 * find it free again.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/** Where a member listens. */
export interface Ports {
  readonly name: string;
  readonly client: string;
  readonly peer: string;
}

export async function freePorts(name: string): Promise<Ports> {
  const [client, peer] = [await freePort(), await freePort()];
  return { name, client: `http://127.0.0.1:${client}`, peer: `http://127.0.0.1:${peer}` };
}

/** How a member is started. */
export interface MemberOptions {
  /** Where it listens for clients besides. */
  readonly listen?: readonly string[];
  readonly args?: readonly string[];
}

/** One server of a cluster, with its data in a temporary folder. */
export class Member {
  readonly ports: Ports;
  readonly #etcd: string;
  readonly #args: readonly string[];
  #folder = '';
  #process: ChildProcess | undefined;
  #token = 'first';
  readonly #end = (): void => void this.#process?.kill('SIGKILL');

  constructor(etcd: string, ports: Ports, all: readonly Ports[], { listen = [], args = [] }: MemberOptions = {}) {
    this.ports = ports;
    this.#etcd = etcd;
    this.#folder = mkdtempSync(join(tmpdir(), 'varve-etcd-'));
    this.#args = [
      ...['--name', ports.name, '--initial-cluster', all.map(({ name, peer }) => `${name}=${peer}`).join(',')],
      ...['--listen-peer-urls', ports.peer, '--initial-advertise-peer-urls', ports.peer],
      ...['--advertise-client-urls', ports.client],
      ...['--listen-client-urls', [ports.client, ...listen].join()],
      ...args,
    ];
    process.on('exit', this.#end);
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  start(): void {
    const log = openSync(join(this.#folder, 'log'), 'a');
    const args = [...this.#args, '--data-dir', join(this.#folder, 'data'), '--initial-cluster-token', this.#token];
    this.#process = spawnServer(this.#etcd, args, { stdio: ['ignore', log, log] });
    closeSync(log);
  }

  /** Waits until it answers. */
  async healthy(): Promise<void> {
    for (const end = performance.now() + 60_000; !(await this.#isHealthy()); await pause(50)) {
      const { exitCode } = this.#process ?? {};
      if (exitCode !== null || performance.now() > end)
        throw new Error(`etcd did not start:\n${readFileSync(join(this.#folder, 'log'), 'utf8').slice(-2_000)}`);
    }
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const running = this.#process;
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return;
    const ended = once(running, 'exit');
    running.kill(signal);
    await ended;
  }

  /** Forgets everything, and belongs to another cluster from now on if `token` is another one. */
  wipe(token: string): void {
    rmSync(join(this.#folder, 'data'), { recursive: true });
    this.#token = token;
  }

  async remove(): Promise<void> {
    await this.stop('SIGKILL');
    process.off('exit', this.#end);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Asks as its operator does. */
  async ask(path: string, question: object, token?: string): Promise<Record<string, unknown>> {
    const headers = token === undefined ? {} : { authorization: token };
    const body = JSON.stringify(question);
    const response = await fetch(this.ports.client + path, { method: 'POST', body, headers });
    const answer: Record<string, unknown> = JSON.parse(await response.text());
    if (!response.ok) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  async #isHealthy(): Promise<boolean> {
    try {
      const response = await fetch(`${this.ports.client}/health`, { signal: AbortSignal.timeout(10_000) });
      return JSON.parse(await response.text()).health === 'true';
    } catch {
      return false;
    }
  }
}
