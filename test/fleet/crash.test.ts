import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { programOrSkip } from '../contract/store.ts';
import { until } from '../watched.ts';

const path = (url: string): string => fileURLToPath(new URL(url, import.meta.url));
const hasSetpriv = process.platform === 'linux' && spawnSync('setpriv', ['--version']).status === 0;

/** A process that ended and was not waited for counts as ended. */
function isRunning(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

for (const [title, name] of [
  ['etcd', 'etcd'],
  ['PostgreSQL', 'postgres'],
] as const) {
  if (programOrSkip(name) === undefined) continue;
  test.skipIf(!hasSetpriv)(`a measurement of ${title} that crashes leaves neither servers nor children`, async () => {
    const args = [path('../../node_modules/jiti/lib/jiti-cli.mjs'), path('./crash.ts'), title];
    const parent = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed] = await once(parent.stdout, 'data');
    const pids: readonly number[] = JSON.parse(String(printed));
    expect(pids.map(isRunning)).toEqual([true, true]);
    parent.kill('SIGKILL');
    await until(() => expect(pids.map(isRunning)).toEqual([false, false]));
  });
}
