import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type Folder, folder } from '../folder.ts';
import { type Built, buildCommandLine } from './built.ts';
import { DEFINITION, FILES, golden, VARVE } from './golden.ts';

test('what a sweep refuses before anything starts', () =>
  golden('sweep-refused', [
    'sweep --trust-threshold 0.5,7,x --batch-size-days 30,-1 -- true',
    'sweep --trust-threshold 0.5,7 --json -- true',
    'RL_OVERLAP_DAYS=few sweep --trust-threshold 0.5 -- true',
    'sweep --trust-treshold 0.5 -- true',
    'sweep --tracker.token secret-1,secret-2 -- true',
    'sweep --trust-threshold -- true',
    'sweep --trust-threshold 0.5 true',
    'sweep --trust-threshold 0.5',
    'sweep -- true',
    'sweep --jobs 0 --trust-threshold 0.5 -- true',
    'sweep --emit sge --trust-threshold 0.5 -- true',
    'sweep --set trust_threshold -- true',
    'sweep --tracker.labels [1 -- true',
    'sweep --tracker.labels [] -- true',
    (shell) => expect(readdirSync(shell.folder.path).sort()).toEqual(['.env', 'config', 'varve.config.mjs']),
  ]));

test('a sweep for a scheduler', () =>
  golden('sweep-emit', [
    'sweep --trust-threshold 0.5,0.7 --set batch_size_days=30,60 --emit jsonl -- python train.py',
    'sweep --trust-threshold 0.5,0.50,0.7 --emit parallel -o runs/a --file config/app.json -- python train.py',
    'sweep --trust-threshold=0.5 --trust-threshold=0.7 --log.level debug -j 2 --emit slurm -- sh -c $X',
    `sweep --tracker.labels [{"a":1},{"a":"it's"}] --emit parallel -- true`,
  ]));

test('two runs compared', () =>
  golden(
    'diff-runs',
    [
      'run --snapshot a/snapshot.json -- true',
      'run --snapshot b.json --set overlap_days=9 -- true',
      'RL_LOG__LEVEL=warn run --snapshot c.json --set overlap_days=9 -- true',
      'diff a b.json',
      'diff b.json c.json',
      'diff a c.json --json',
      'diff a a/snapshot.json',
      'diff a a --json',
      'diff a',
      'diff a b.json c.json',
      'diff a b.json --against c.json',
      'diff a nowhere',
      'diff a config/app.json',
      (shell) => shell.folder.write('torn.json', shell.folder.read('b.json').slice(0, 200)),
      'diff a torn.json',
      (shell) => shell.folder.write('other.json', shell.folder.read('b.json').replace('"layer"', '"layr"')),
      'diff a other.json',
    ],
    {
      ...FILES,
      'varve.config.mjs': DEFINITION.replace("default: 'info'", "default: 'info', identity: false"),
    },
  ));

describe('runs', () => {
  let built: Built;
  beforeAll(() => {
    built = buildCommandLine();
  }, 60_000);
  afterAll(() => built.remove());

  /** Says what it was given, waits while a file `hold` is there, and fails where it is told. */
  const JOB = `import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
const { RL_TRUST_THRESHOLD: trust, RL_BATCH_SIZE_DAYS: days, VARVE_SNAPSHOT, VARVE_RUN_FOLDER } = process.env;
const { values } = JSON.parse(readFileSync(VARVE_SNAPSHOT, 'utf8'));
appendFileSync('log', 'begin ' + trust + ' ' + days + '\\n');
if (values.trust_threshold !== Number(trust)) process.exit(9);
writeFileSync(VARVE_RUN_FOLDER + '/model', trust + ' ' + days);
console.log('out', trust, days);
console.error('err', trust, days);
process.on('SIGTERM', () => process.exit(143));
while (existsSync('hold')) await new Promise((resolve) => setTimeout(resolve, 10));
appendFileSync('log', 'end ' + trust + ' ' + days + '\\n');
process.exit(existsSync('fail-' + trust) ? 3 : 0);
`;

  const project = (files = {}): Folder =>
    folder({ ...FILES, 'varve.config.mjs': DEFINITION.replace(VARVE, built.index), 'job.mjs': JOB, log: '', ...files });
  const env = { PATH: process.env['PATH'] };
  const GRID = ['--trust-threshold', '0.5,0.7', '--batch-size-days', '30,60'];
  const behind = (flags: readonly string[]): string[] => ['sweep', ...flags, '--', process.execPath, 'job.mjs'];
  const swept = (at: Folder, flags: readonly string[] = GRID) => {
    const { code, stdout, stderr } = built.run(behind(flags), { cwd: at.path, env });
    return { code, stdout, stderr: stderr.replace(/\d+\.\d s$/gm, 'N s') };
  };
  const log = (at: Folder): readonly string[] => at.read('log').trim().split('\n');
  const files = (at: Folder): readonly string[] => {
    const entries = existsSync(join(at.path, 'sweep'))
      ? readdirSync(at.path, { recursive: true, withFileTypes: true })
      : [];
    return entries
      .filter((entry) => entry.isFile() && entry.parentPath.startsWith(join(at.path, 'sweep')))
      .map(({ parentPath, name }) => join(parentPath, name));
  };
  const runOf = (at: Folder, days: number, trust: number): string => {
    const name = readdirSync(join(at.path, 'sweep')).find((entry) =>
      entry.startsWith(`batch_size_days=${days},trust_threshold=${trust}-`),
    );
    return join('sweep', name ?? 'none');
  };

  test('each have their values, their snapshot, their folder and their output', () => {
    const at = project();
    const { code, stdout, stderr } = swept(at);
    expect([code, stderr]).toEqual([
      0,
      `[1/4] done  trust_threshold=0.5 batch_size_days=30  N s
[2/4] done  trust_threshold=0.5 batch_size_days=60  N s
[3/4] done  trust_threshold=0.7 batch_size_days=30  N s
[4/4] done  trust_threshold=0.7 batch_size_days=60  N s
varve: 4 runs: 4 done
`,
    ]);
    const run = runOf(at, 60, 0.5);
    expect(stdout.split('\n')).toHaveLength(6);
    expect(stdout).toContain(run);
    expect(readdirSync(join(at.path, run)).sort()).toEqual([
      'model',
      'result.json',
      'snapshot.json',
      'stderr.log',
      'stdout.log',
    ]);
    expect([at.read(`${run}/model`), at.read(`${run}/stdout.log`), at.read(`${run}/stderr.log`)]).toEqual([
      '0.5 60',
      'out 0.5 60\n',
      'err 0.5 60\n',
    ]);
    const snapshot = JSON.parse(at.read(`${run}/snapshot.json`));
    expect(snapshot.values).toMatchObject({ trust_threshold: 0.5, batch_size_days: 60, overlap_days: 5 });
    const result = JSON.parse(at.read(`${run}/result.json`));
    expect(result).toMatchObject({
      values: { trust_threshold: 0.5, batch_size_days: 60 },
      exitCode: 0,
      fingerprint: snapshot.fingerprint,
    });
    expect(files(at)).toHaveLength(4 * 5 + 1);
    for (const path of files(at)) expect(readFileSync(path, 'utf8'), path).not.toContain('very-secret');
    expect(statSync(join(at.path, run, 'snapshot.json')).mode & 0o777).toBe(0o600);
    const other = built.run(['diff', run, runOf(at, 60, 0.7)], { cwd: at.path, env });
    expect([other.code, other.stdout]).toEqual([1, '~ trust_threshold  0.5 -> 0.7  identity  --set trust_threshold\n']);
  });

  test('that are done are not run again; those that failed are, and new ones', () => {
    const at = project({ 'fail-0.5': '' });
    expect(swept(at)).toMatchObject({ code: 1, stderr: expect.stringContaining('varve: 4 runs: 2 failed, 2 done') });
    at.write('log', '');
    rmSync(join(at.path, 'fail-0.5'));
    const again = swept(at, ['--batch-size-days', '30,60,90', '--trust-threshold', '0.5,0.7']);
    expect(again).toMatchObject({ code: 0, stderr: expect.stringContaining('varve: 6 runs: 4 done, 2 kept') });
    expect(log(at).filter((line) => line.startsWith('begin'))).toEqual([
      'begin 0.5 30',
      'begin 0.5 60',
      'begin 0.5 90',
      'begin 0.7 90',
    ]);
  });

  test('go on where a sweep was killed', async () => {
    const at = project({ hold: '' });
    const child = spawn(process.execPath, [built.main, ...behind(GRID)], { cwd: at.path, env, stdio: 'ignore' });
    await until(() => log(at).length === 1 && log(at)[0] !== '');
    child.kill('SIGKILL');
    await once(child, 'exit');
    rmSync(join(at.path, 'hold'));
    await until(() => log(at).includes('end 0.5 30'));
    expect(swept(at)).toMatchObject({ code: 0, stderr: expect.stringContaining('varve: 4 runs: 4 done') });
    expect(swept(at)).toMatchObject({ code: 0, stderr: 'varve: 4 runs: 4 kept\n' });
  });

  test('are as many at once as is told, and no more', async () => {
    const at = project({ hold: '' });
    const child = spawn(process.execPath, [built.main, ...behind(['-j', '3', ...GRID])], {
      cwd: at.path,
      env,
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    onTestFinished(() => void child.kill('SIGTERM'));
    await until(() => log(at).length === 3);
    // A fourth would begin at once, if it were let.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(log(at)).toHaveLength(3);
    rmSync(join(at.path, 'hold'));
    expect(await ended).toEqual([0, null]);
    expect(log(at).filter((line) => line.startsWith('end'))).toHaveLength(4);
  });

  test('are told of a signal, and no others begin; the same line goes on later', async () => {
    const at = project({ hold: '' });
    const child = spawn(process.execPath, [built.main, ...behind(['-j', '2', ...GRID])], { cwd: at.path, env });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += chunk));
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const ended = once(child, 'close');
    await until(() => files(at).filter((path) => path.endsWith('/stderr.log') && statSync(path).size > 0).length === 2);
    child.kill('SIGTERM');
    expect(await ended).toEqual([143, null]);
    expect(stderr).toContain('varve: 4 runs: 2 stopped, 2 waiting');
    expect(stdout).toContain('waiting');
    rmSync(join(at.path, 'hold'));
    expect(swept(at)).toMatchObject({ code: 0, stderr: expect.stringContaining('varve: 4 runs: 4 done') });
  });

  test('of one folder belong to one sweep at a time', async () => {
    const at = project({ hold: '' });
    const child = spawn(process.execPath, [built.main, ...behind(GRID)], { cwd: at.path, env, stdio: 'ignore' });
    const ended = once(child, 'exit');
    await until(() => log(at)[0] !== '');
    const second = swept(at);
    expect([second.code, second.stderr]).toEqual([4, expect.stringContaining(`process ${child.pid}`)]);
    rmSync(join(at.path, 'hold'));
    expect(await ended).toEqual([0, null]);
    expect(log(at)).toHaveLength(8);
  });

  test('are no others than those that the sweep began with', async () => {
    const at = project();
    expect(swept(at).code).toBe(0);
    at.write('config/app.json', '{ "overlap_days": 9 }');
    expect(swept(at, ['--trust-threshold', '0.6', '--batch-size-days', '30'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('overlap_days changed from 5 to 9'),
    });
    const other = built.run(['sweep', ...GRID, '--', 'true'], { cwd: at.path, env });
    expect([other.code, other.stderr]).toEqual([4, expect.stringContaining('sweep/sweep.json is of another command')]);
    at.write('sweep/sweep.json', '{}');
    expect(swept(at)).toMatchObject({ code: 4, stderr: expect.stringContaining('is not what a sweep wrote') });
  });

  test('stop beginning when the configuration changes meanwhile', async () => {
    const at = project({ hold: '' });
    const child = spawn(process.execPath, [built.main, ...behind(GRID)], { cwd: at.path, env });
    let stderr = '';
    child.stderr.on('data', (chunk) => (stderr += chunk));
    const ended = once(child, 'close');
    await until(() => log(at)[0] !== '');
    at.write('config/app.json', '{ "overlap_days": 9 }');
    rmSync(join(at.path, 'hold'));
    expect(await ended).toEqual([4, null]);
    expect(stderr).toContain('varve: 4 runs: 1 done, 3 waiting');
    expect(stderr).toContain('overlap_days changed from 5 to 9');
  });

  test('of a command that is not there do not begin', () => {
    const at = project();
    const { code, stderr } = built.run(['sweep', ...GRID, '--', 'no-such-command'], { cwd: at.path, env });
    expect([code, stderr]).toEqual([
      127,
      'varve: 4 runs: 4 waiting\nvarve: no-such-command: there is no such command\n',
    ]);
  });

  test('stand in an answer for programs', () => {
    const at = project({ 'fail-0.7': '' });
    const { code, stdout } = built.run(behind(['--json', ...GRID]), { cwd: at.path, env });
    const answer = JSON.parse(stdout);
    expect([code, answer.schemaVersion, answer.counts]).toEqual([1, 1, { done: 2, failed: 2 }]);
    expect(answer.runs[3]).toMatchObject({
      values: { trust_threshold: 0.7, batch_size_days: 60 },
      folder: runOf(at, 60, 0.7),
      state: 'failed',
      exitCode: 3,
    });
  });

  test('that slurm and parallel were handed are the same', () => {
    const at = project({ 'bin/varve': `#!/bin/sh\nexec '${process.execPath}' '${built.main}' "$@"\n` });
    chmodSync(join(at.path, 'bin/varve'), 0o755);
    const path = { PATH: `${join(at.path, 'bin')}:${env.PATH}` };
    const emitted = (format: string): string =>
      built.run(
        ['sweep', ...GRID, '--emit', format, '--', 'sh', '-c', `echo "$RL_TRUST_THRESHOLD it's $RL_BATCH_SIZE_DAYS"`],
        { cwd: at.path, env },
      ).stdout;
    const script = emitted('slurm');
    const tasks = ['0', '1', '2', '3'].map((task) =>
      execFileSync('bash', ['--norc', '-c', script], {
        cwd: at.path,
        env: { ...path, SLURM_ARRAY_TASK_ID: task },
        encoding: 'utf8',
      }),
    );
    expect(tasks).toEqual(["0.5 it's 30\n", "0.5 it's 60\n", "0.7 it's 30\n", "0.7 it's 60\n"]);
    const lines = emitted('parallel').trim().split('\n');
    expect(
      lines.map((line) => execFileSync('sh', ['-c', line], { cwd: at.path, env: path, encoding: 'utf8' })),
    ).toEqual(tasks);
    const jobs = emitted('jsonl')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const [program, ...args] = jobs[2].command;
    expect(execFileSync(join(at.path, 'bin', program), args, { cwd: at.path, env: path, encoding: 'utf8' })).toBe(
      tasks[2],
    );
    expect(JSON.parse(at.read(jobs[2].snapshot)).values).toMatchObject(jobs[2].values);
  });
});

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
