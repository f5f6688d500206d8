import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimRun, releaseRun, supervisorOf } from '../../src/cli/sweep/claim.ts';
import { defineConfig, loadConfigSync } from '../../src/index.ts';
import { folder } from '../folder.ts';
import { type Built, buildCommandLine } from './built.ts';
import { DEFINITION, VARVE } from './golden.ts';

/** How many runs; VARVE_SWEEP_RUNS=200 is the long run. */
const RUNS = Number(process.env['VARVE_SWEEP_RUNS'] ?? 12);
const JOBS = '4';

let built: Built;
beforeAll(() => {
  built = buildCommandLine();
}, 60_000);
afterAll(() => built.remove());

/** Notes its begin and its end, whether another process has the same folder, and what it was given. */
const JOB = `import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
const { RL_BATCH_SIZE_DAYS: days, RL_TRACKER__TOKEN: token, VARVE_RUN_FOLDER: folder, VARVE_SNAPSHOT } = process.env;
// A zombie has no command line.
const isAlive = (pid) => { try { return readFileSync('/proc/' + pid + '/cmdline', 'utf8').includes('job.mjs'); } catch { return false; } };
const note = (word) => appendFileSync('log', word + ' ' + days + '\\n');
const mine = folder + '/pid';
if (existsSync(mine) && isAlive(Number(readFileSync(mine, 'utf8')))) note('overlap');
writeFileSync(mine, String(process.pid));
note('begin');
const { values } = JSON.parse(readFileSync(VARVE_SNAPSHOT, 'utf8'));
if (values.batch_size_days !== Number(days)) note('wrong');
console.log('token', token);
await new Promise((resolve) => setTimeout(resolve, 150 + 250 * Math.random()));
writeFileSync(folder + '/result.json', JSON.stringify({ days: Number(days) }));
note('end');
rmSync(mine);
`;

interface RunRecord {
  readonly state: string;
  readonly started: string;
  readonly attempt: number;
  readonly values: Readonly<Record<string, unknown>>;
}

test(`a sweep of ${RUNS} runs that is killed at random moments completes each of them once`, async () => {
  const definition = DEFINITION.replace(VARVE, built.index);
  const files = { 'varve.config.mjs': definition, 'job.mjs': JOB, log: '', '.env': 'RL_TRACKER__TOKEN=very-secret\n' };
  const at = folder(files);
  const env = { PATH: process.env['PATH'] };
  const argv = [
    'sweep',
    '-j',
    JOBS,
    '--retry',
    '1',
    '--batch-size-days',
    `1:${RUNS}`,
    '--',
    process.execPath,
    'job.mjs',
  ];
  const start = (): ChildProcess =>
    spawn(process.execPath, [built.main, ...argv], { cwd: at.path, env, stdio: ['ignore', 'ignore', 'pipe'] });
  const sweep = join(at.path, 'sweep');
  const folders = (): readonly string[] =>
    existsSync(sweep) ? readdirSync(sweep).filter((name) => name.startsWith('batch')) : [];
  const record = (name: string): RunRecord | undefined => {
    const path = join(sweep, name, 'run.json');
    return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined;
  };
  const done = (): ReadonlyMap<string, RunRecord> =>
    new Map(
      folders().flatMap((name) => {
        const found = record(name);
        return found?.state === 'done' ? [[name, found] as const] : [];
      }),
    );
  /** The runs that go on, by their folders. */
  const runPids = (): readonly (readonly [name: string, pid: number])[] =>
    folders().flatMap((name) => {
      try {
        const pid = Number(readFileSync(join(sweep, name, 'pid'), 'utf8'));
        return pid === 0 ? [] : [[name, pid] as const];
      } catch {
        return [];
      }
    });
  /** The runs that a signal may have reached between their end and its record: only those may run again. */
  const hit = new Set<string>();
  const kill = (pid: number | undefined, signal: NodeJS.Signals): void => {
    try {
      if (pid !== undefined) process.kill(pid, signal);
    } catch {
      // It has ended by itself.
    }
  };

  let starts = 0;
  let kills = 0;
  for (;;) {
    const before = done();
    const child = start();
    let stderr = '';
    child.stderr?.on('data', (chunk) => (stderr += chunk));
    starts += 1;
    const exit = once(child, 'close');
    let isOver = false;
    for (let isKilled = false; !isKilled && !isOver; ) {
      // Time for a start on a busy machine, and some runs.
      const timer = pause(kills === 0 ? 600 : 400 + 1_200 * Math.random());
      isOver = await Promise.race([exit.then(() => true), timer.then(() => false)]);
      if (isOver) break;
      kills += 1;
      const what = kills % 4;
      const running = runPids();
      const [name, pid] = running[Math.floor(Math.random() * running.length)] ?? [];
      if (what !== 1 && name !== undefined) {
        hit.add(name);
        kill(pid, 'SIGKILL');
      }
      isKilled = what !== 2;
      if (isKilled && what === 3)
        for (const stopped of folders()) if (record(stopped)?.state === 'running') hit.add(stopped);
      if (isKilled) kill(child.pid, what === 3 ? 'SIGTERM' : 'SIGKILL');
    }
    const [code] = await exit;
    for (const [name, was] of before) expect(record(name), name).toEqual(was);
    expect(stderr).not.toMatch(/should not have happened|very-secret/);
    if (isOver && code === 0) break;
    expect(starts).toBeLessThan(30 * RUNS);
  }
  const log = at.read('log').trim().split('\n');
  expect(log.filter((line) => /^(overlap|wrong)/.test(line))).toEqual([]);
  const days = [...done().values()].map(({ values }) => values['batch_size_days']);
  expect(days.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: RUNS }, (_, i) => i + 1));
  for (const [name, { values }] of done()) {
    expect(JSON.parse(at.read(`sweep/${name}/result.json`))).toEqual({ days: values['batch_size_days'] });
    expect(JSON.parse(at.read(`sweep/${name}/snapshot.json`)).values).toMatchObject(values);
    expect(at.read(`sweep/${name}/stdout.log`)).toMatch(/^(token \*{8}\n)+$/);
  }
  const ends = log.filter((line) => line.startsWith('end'));
  const begins = log.filter((line) => line.startsWith('begin'));
  const figures = `${RUNS} runs: ${starts} starts, ${kills} kills, ${begins.length} begun, ${ends.length} ended`;
  expect(kills, figures).toBeGreaterThan(0);
  if (RUNS > 100) console.log(figures);
  for (const [name, { values }] of done()) {
    const times = ends.filter((line) => line === `end ${values['batch_size_days']}`).length;
    if (!hit.has(name)) expect([name, times, figures]).toEqual([name, 1, figures]);
    else expect(times).toBeGreaterThan(0);
  }
}, 600_000);

const CLAIMS = ['0', '-1', '1.5', '4294967296', '"x"', 'null', '1e400'].map((pid) => `{"pid":${pid},"host":"HOST"}`);

test.each([...CLAIMS, '', '{', '[]', 'null', '7', '{"pid":5}'])(
  'the claim %j, which no supervisor has written, is removed',
  (text) => {
    const at = folder({ 'supervisor.json': text.replace('HOST', hostname()) });
    expect(supervisorOf(at.path)).toBeUndefined();
    expect(readdirSync(at.path)).toEqual([]);
    expect(claimRun(at.path)).toBe(true);
    expect(supervisorOf(at.path)).toMatchObject({ pid: process.pid });
    releaseRun(at.path);
  },
);

test('a claim that names a living process, but not when it began, is removed where supervisors name it', () => {
  const at = folder({ 'supervisor.json': JSON.stringify({ pid: process.ppid, host: hostname() }) });
  const isKept = process.platform !== 'linux';
  expect(supervisorOf(at.path) !== undefined).toBe(isKept);
});

test('a claim that names a process of another user counts as long as that is the process that made it', (context) => {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    context.skip('only root can run a program as another user, and only Linux tells when a process began');
  const began = readFileSync(`/proc/${process.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
  const read = (since: string | undefined): string => {
    const at = folder({ 'supervisor.json': JSON.stringify({ pid: process.pid, host: hostname(), since }) });
    chmodSync(at.path, 0o777);
    const module = new URL('../../dist/cli/sweep/claim.js', import.meta.url).href;
    const program = `const { supervisorOf } = await import('${module}'); console.log(supervisorOf('${at.path}')?.pid)`;
    const user = { uid: 65_534, gid: 65_534 };
    return spawnSync(process.execPath, ['--input-type=module', '-e', program], { ...user, encoding: 'utf8' }).stdout;
  };
  expect([read(began), read('7')]).toEqual([`${process.pid}\n`, 'undefined\n']);
});

test('a run that a process of another user watches over goes on', (context) => {
  if (process.getuid?.() !== 0) context.skip('only root can run a program as another user');
  const run = { state: 'running', values: {}, fingerprint: 'f', attempt: 1, host: hostname(), pid: process.pid };
  const at = folder({ 'a/run.json': JSON.stringify(run) });
  for (const path of [at.path, join(at.path, 'a')]) chmodSync(path, 0o755);
  const module = (name: string): string => new URL(`../../dist/cli/sweep/${name}.js`, import.meta.url).href;
  const settings = loadConfigSync(defineConfig({ name: 'app', settings: {} }), { argv: [], env: {} });
  const constants = settings.snapshot().toJSON();
  at.write('sweep.json', JSON.stringify({ command: [], swept: [], constants, runs: [] }));
  const program = `const { readStatus } = await import('${module('folder-status')}'); console.log(readStatus('${at.path}', '')[0].state)`;
  const user = { uid: 65_534, gid: 65_534 };
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { ...user, encoding: 'utf8' });
  expect(stdout).toBe('running\n');
});

test('a sweep goes on over claims and records whose numbers are no process', () => {
  const at = folder({ 'varve.config.mjs': DEFINITION.replace(VARVE, built.index) });
  const options = { cwd: at.path, env: { PATH: process.env['PATH'] } };
  const argv = ['sweep', '-o', 'runs', '--batch-size-days', '1,2', '--', process.execPath, '-e', '0'];
  expect(built.run(argv, options).code).toBe(0);
  for (const name of readdirSync(join(at.path, 'runs')).filter((one) => one !== 'sweep.json')) {
    const path = join('runs', name, 'run.json');
    at.write(path, JSON.stringify({ ...JSON.parse(at.read(path)), state: 'running', pid: 2 ** 40 }));
    at.write(join('runs', name, 'supervisor.json'), JSON.stringify({ pid: 0, host: hostname() }));
  }
  expect(built.run(['sweep', 'status', '-o', 'runs'], options)).toMatchObject({
    stdout: expect.stringContaining('killed'),
  });
  expect(built.run(argv, options)).toMatchObject({ code: 0, stderr: expect.stringContaining('2 done') });
}, 60_000);
