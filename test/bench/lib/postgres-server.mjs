// A PostgreSQL of this run's own, in a temporary folder.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** PostgreSQL refuses to run as root. */
const isRoot = process.getuid?.() === 0;
const user = isRoot ? { uid: 65_534, gid: 65_534 } : {};

/** Its address, and how it stops; or why it could not start. */
export async function startPostgres() {
  const programs = folderOfPrograms();
  if (programs === undefined) return { skipped: 'PostgreSQL is not installed here' };
  const folder = mkdtempSync(join(tmpdir(), 'varve-bench-postgres-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  chmodSync(folder, 0o755);
  if (isRoot) chownSync(folder, user.uid, user.gid);
  const data = join(folder, 'data');
  const args = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C'];
  const made = spawnSync(join(programs, 'initdb'), args, { ...user, cwd: folder, encoding: 'utf8' });
  if (made.status !== 0) {
    remove();
    return { skipped: `initdb failed: ${(made.stderr ?? '').trim().split('\n')[0]}` };
  }
  const port = await freePort();
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
  const server = spawn(join(programs, 'postgres'), options, { ...user, cwd: folder, stdio: 'ignore' });
  const kill = () => server.kill('SIGQUIT');
  process.on('exit', kill);
  // The run ends a scenario that takes too long.
  process.once('SIGTERM', () => process.exit(1));
  const stop = async () => {
    const ended = once(server, 'exit');
    if (server.exitCode === null && server.kill('SIGINT')) await ended;
    process.off('exit', kill);
    remove();
  };
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  if (await answers(url, server)) return { url, stop };
  await stop();
  return { skipped: 'PostgreSQL did not start within 30 seconds' };
}

function folderOfPrograms() {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).map((version) => join(debian, version, 'bin')) : [];
  const folders = [...(process.env['PATH'] ?? '').split(':'), ...versions.reverse()];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name))));
}

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  return port;
}

async function answers(url, server) {
  const { default: pg } = await import('pg');
  for (const end = performance.now() + 30_000; performance.now() < end && server.exitCode === null; ) {
    const client = new pg.Client({ connectionString: url });
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      await client.end().catch(() => undefined);
    }
  }
  return false;
}
