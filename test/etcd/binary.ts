import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The program `etcd`, or why there is none. */
export type Found = { readonly path: string } | { readonly reason: string };

const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'varve', 'etcd');

/** From `VARVE_ETCD`, from the PATH, or downloaded into the cache of this user: no service starts, and no root is needed. */
export function findEtcd(): Found {
  const given = process.env['VARVE_ETCD'];
  if (given !== undefined && given !== '')
    return runs(given) ? { path: given } : { reason: `VARVE_ETCD is ${given}, which does not run` };
  if (runs('etcd')) return { path: 'etcd' };
  const cached = join(CACHE, 'usr/bin/etcd');
  if (!existsSync(cached)) {
    const reason = download();
    if (reason !== undefined) return { reason };
  }
  return runs(cached) ? { path: cached } : { reason: `${cached} does not run` };
}

/** Whether tests without a server fail. */
export function isEtcdRequired(): boolean {
  return process.env['VARVE_REQUIRE_ETCD'] === '1';
}

function runs(path: string): boolean {
  return spawnSync(path, ['--version'], { timeout: 10_000 }).status === 0;
}

/** Gives why it can't be had. */
function download(): string | undefined {
  mkdirSync(join(CACHE, '..'), { recursive: true });
  const folder = mkdtempSync(`${CACHE}-`);
  try {
    let packed = run(folder, 'apt-get', 'download', 'etcd-server');
    // A new machine does not know yet what there is.
    if (packed !== undefined && process.getuid?.() === 0 && run(folder, 'apt-get', 'update') === undefined)
      packed = run(folder, 'apt-get', 'download', 'etcd-server');
    if (packed !== undefined) return packed;
    const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.deb'));
    const unpacked = run(folder, 'dpkg-deb', '-x', file, 'etcd');
    if (unpacked !== undefined) return unpacked;
    renameSync(join(folder, 'etcd'), CACHE);
    return undefined;
  } catch (error) {
    // Another test was faster.
    if (existsSync(join(CACHE, 'usr/bin/etcd'))) return undefined;
    return String(error);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function run(cwd: string, command: string, ...args: readonly string[]): string | undefined {
  const { status, error, stderr } = spawnSync(command, args, { cwd, encoding: 'utf8', timeout: 120_000 });
  if (status === 0) return undefined;
  return `etcd is not installed, and \`${[command, ...args].join(' ')}\` failed: ${error?.message ?? stderr.trim()}`;
}
