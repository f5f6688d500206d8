import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { spawnServer } from '../contract/programs.ts';
import { freePort } from '../etcd/member.ts';
import type { PostgresServer } from './server.ts';

const UNPRIVILEGED = { uid: 65_534, gid: 65_534 } as const;
const isRoot = process.getuid?.() === 0;

/** PgBouncer before a server. */
export class Pooler {
  readonly url: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(url: string, folder: string, pooler: ChildProcess) {
    this.url = url;
    this.#folder = folder;
    this.#process = pooler;
  }

  static async start(pgbouncer: string, server: PostgresServer, mode: 'session' | 'transaction'): Promise<Pooler> {
    const port = await freePort();
    const folder = mkdtempSync(join(tmpdir(), 'varve-pgbouncer-'));
    const config = `[databases]
postgres = host=127.0.0.1 port=${server.port} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
default_pool_size = 5
`;
    writeFileSync(join(folder, 'pgbouncer.ini'), config);
    if (isRoot) chownSync(folder, UNPRIVILEGED.uid, UNPRIVILEGED.gid);
    const user = isRoot ? UNPRIVILEGED : {};
    const pooler = spawnServer(pgbouncer, [join(folder, 'pgbouncer.ini')], { stdio: 'ignore', ...user });
    const started = new Pooler(`postgres://postgres@127.0.0.1:${port}/postgres`, folder, pooler);
    await reachable(port);
    return started;
  }

  async remove(): Promise<void> {
    if (this.#process.exitCode === null) {
      const ended = once(this.#process, 'exit');
      this.#process.kill('SIGKILL');
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
