// The versions of Node.js that whole processes are measured with: the one that runs this, and a later one that is installed
// beside the peers where it could be.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { temp } from './measure.mjs';

const LATER = join(temp, 'node_modules/node/bin/node');

/** The path and the version of each. */
export function engines() {
  const own = { path: process.execPath, version: process.version };
  if (!existsSync(LATER)) return [own];
  const { stdout, status } = spawnSync(LATER, ['--version'], { encoding: 'utf8' });
  const version = (stdout ?? '').trim();
  return status === 0 && version !== own.version ? [own, { path: LATER, version }] : [own];
}

/** The first of them that can keep compiled code: Node.js 22.1 and later. */
export function engineWithCompileCache() {
  return engines().find(({ path }) => {
    const { stdout } = spawnSync(path, ['-p', "typeof require('module').enableCompileCache"], { encoding: 'utf8' });
    return stdout?.trim() === 'function';
  });
}
