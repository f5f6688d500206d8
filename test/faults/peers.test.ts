import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { type Built, buildStore } from './harness/built.ts';
import { startChild } from './harness/child.ts';
import { acknowledged, counterText, countOf, sizeFrom } from './harness/counter.ts';
import { temporaryFolder } from './harness/folder.ts';
import { mountDisk } from './harness/mounts.ts';
import { skipLoudly } from './harness/skip.ts';

/** What else saves settings or files, measured by the same harness; only when it is asked for, as it installs them. */
const isAsked = sizeFrom('VARVE_PEERS', 0) > 0;
const kills = sizeFrom('VARVE_KILLS', 300);
const writers = sizeFrom('VARVE_WRITERS', 8);
const updates = sizeFrom('VARVE_UPDATES', 50);
const longestLifeMs = sizeFrom('VARVE_KILL_WITHIN_MS', 40);

let built: Built;
beforeAll(() => {
  built = buildStore();
}, 60_000);
afterAll(() => built.remove());

interface Peer {
  readonly library: string;
  readonly version: string;
  readonly url: string;
}

function installed(names: readonly string[]): readonly Peer[] {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'package.json'), '{"private":true}');
  const { status, stderr } = spawnSync('npm', ['install', '--no-audit', '--no-fund', ...names], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`the peers could not be installed: ${stderr}`);
  const { resolve } = createRequire(join(folder, 'index.js'));
  return names.map((library) => {
    const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', library, 'package.json'), 'utf8'));
    return { library, version, url: pathToFileURL(resolve(library)).href };
  });
}

function start({ library, url }: Peer, args: object): ReturnType<typeof startChild> {
  return startChild('peer.mjs', { library, url, ...args }, { stdio: ['pipe', 'pipe', 'ignore'] });
}

/** The number in the file; `undefined` where it is torn, empty or gone. */
function countIn(path: string): number | undefined {
  try {
    return countOf(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

async function killed(peer: Peer): Promise<Record<string, number>> {
  const folder = temporaryFolder();
  const path = join(folder, 'app.json');
  const log = join(temporaryFolder(), 'acknowledged');
  const args = { path, padding: 2_000_000, log };
  await start(peer, { ...args, times: 1 }).ended;
  let [torn, lost] = [0, 0];
  for (let i = 0; i < kills; i += 1) {
    const child = start(peer, args);
    await child.line();
    await new Promise((done) => setTimeout(done, Math.random() * longestLifeMs));
    child.process.kill('SIGKILL');
    await child.ended;
    const count = countIn(path);
    if (count === undefined) {
      torn += 1;
      writeFileSync(path, counterText(acknowledged(log).at(-1) ?? 0, 0));
    } else if (count < (acknowledged(log).at(-1) ?? 0)) lost += 1;
  }
  await start(peer, { ...args, times: 1 }).ended;
  return { torn, lost, left: readdirSync(folder).length - 1 };
}

async function raced(peer: Peer): Promise<number> {
  const folder = temporaryFolder();
  const path = join(folder, 'app.json');
  const logs = temporaryFolder();
  const children = Array.from({ length: writers }, (_, i) =>
    start(peer, { path, padding: 10_000, log: join(logs, String(i)), times: updates }),
  );
  await Promise.all(children.map(({ ended }) => ended));
  const told = readdirSync(logs).flatMap((name) => acknowledged(join(logs, name)));
  return Math.round((100 * (told.length - (countIn(path) ?? 0))) / told.length);
}

async function filled(peer: Peer, context: TestContext): Promise<string> {
  const disk = join(temporaryFolder(), 'disk');
  mountDisk(context, disk, 65_536);
  const [path, log] = [join(disk, 'app.json'), join(temporaryFolder(), 'acknowledged')];
  writeFileSync(path, counterText(1, 0));
  await start(peer, { path, padding: 2 ** 20, log, times: 1 }).ended;
  const said = acknowledged(log).length > 0 ? 'said it was saved' : 'said so';
  const count = countIn(path);
  return `${said}, ${count === undefined ? 'destroyed the file' : 'kept the old file'}`;
}

test(
  'what others do under the same faults',
  async (context) => {
    if (!isAsked) skipLoudly(context, 'it installs other libraries and takes minutes; VARVE_PEERS=1 runs it');
    const peers = [{ library: 'varve', version: '', url: built.url }, ...installed(['conf', 'write-file-atomic'])];
    const rows: string[] = [];
    for (const peer of peers) {
      const { torn, lost, left } = await killed(peer);
      const lostUpdates = await raced(peer);
      const disk = await filled(peer, context);
      rows.push(
        `| ${`${peer.library} ${peer.version}`.trim()} | ${torn} | ${lost} | ${left} | ${lostUpdates} % | ${disk} |`,
      );
      if (peer.library !== 'varve') continue;
      expect({ torn, lost, left, lostUpdates }).toEqual({ torn: 0, lost: 0, left: 0, lostUpdates: 0 });
      expect(disk).toBe('said so, kept the old file');
    }
    const what = `${kills} kills; ${writers} writers with ${updates} updates each; a full disk`;
    const head = '| | torn | acknowledged saves lost | temporary files left | updates lost | full disk |';
    process.stdout.write(`${what}\n${head}\n|---|---|---|---|---|---|\n${rows.join('\n')}\n`);
  },
  600_000 + kills * 3_000,
);
