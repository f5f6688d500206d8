import { chownSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnServer } from '../contract/programs.ts';
import { ProxyServer, reachable } from '../contract/proxy-server.ts';
import { freePort } from '../etcd/member.ts';
import type { PostgresServer } from './server.ts';

const UNPRIVILEGED = { uid: 65_534, gid: 65_534 } as const;
const isRoot = process.getuid?.() === 0;

/** Starts PgBouncer before a server. */
export async function startPooler(
  pgbouncer: string,
  server: PostgresServer,
  mode: 'session' | 'transaction',
): Promise<ProxyServer> {
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
  const process = spawnServer(pgbouncer, [join(folder, 'pgbouncer.ini')], { stdio: 'ignore', ...user });
  await reachable(port);
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  return new ProxyServer({ url, folder, process, endSignal: 'SIGKILL' });
}
