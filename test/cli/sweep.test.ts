import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { type Folder, folder } from '../folder.ts';
import { type Built, buildCommandLine } from './built.ts';
import { DEFINITION, FILES, golden, VARVE } from './golden.ts';

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

/** The definition with a setting that has another name, and one that is new. */
const RENAMED = DEFINITION.replace('trust_threshold: {', "trust: { aliases: ['trust_threshold'],").replace(
  'log: {',
  'fresh: 1, log: {',
);

describe('runs', () => {
  let built: Built;
  beforeAll(() => {
    built = buildCommandLine();
  }, 60_000);
  afterAll(() => built.remove());

  /** Prints its settings, waits while a file `hold` exists, and fails if a file `fail-…` exists. In sh, as it runs 150 times. */
  const JOB = `it="$RL_TRUST_THRESHOLD $RL_BATCH_SIZE_DAYS"
echo "begin $it" >> log
grep -q '"trust_threshold": '"$RL_TRUST_THRESHOLD"',*$' "$VARVE_SNAPSHOT" || exit 9
printf '%s' "$it" > "$VARVE_RUN_FOLDER/model"
trap 'if [ -e saves ]; then exit 0; else exit 143; fi' TERM
echo "out $it"
echo "err $it" >&2
while [ -e hold ]; do sleep 0.01; done
echo "end $it" >> log
[ ! -e "fail-$RL_TRUST_THRESHOLD" ] || exit 3
`;

  const project = (files = {}): Folder =>
    folder({ ...FILES, 'varve.config.mjs': DEFINITION.replace(VARVE, built.index), 'job.sh': JOB, log: '', ...files });
  const env = { PATH: process.env['PATH'] };
  const ALLOWED = ['--allow-change', 'overlap_days', '--allow-change', 'tracker.labels'];
  const GRID = ['--trust-threshold', '0.5,0.7', '--batch-size-days', '30,60'];
  const behind = (flags: readonly string[]): string[] => ['sweep', ...flags, '--', 'sh', 'job.sh'];
  const swept = (at: Folder, flags: readonly string[] = GRID) => {
    const { code, stdout, stderr } = built.run(behind(flags), { cwd: at.path, env });
    return { code, stdout, stderr: stderr.replace(/\d+\.\d s/g, 'N s') };
  };
  /** Starts a sweep, which goes on; its output is complete when it has ended. */
  const startSweep = (at: Folder, flags: readonly string[] = GRID) => {
    const child = spawn(process.execPath, [built.main, ...behind(flags)], { cwd: at.path, env });
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => (output.stdout += chunk));
    child.stderr.on('data', (chunk) => (output.stderr += chunk));
    return { child, output, ended: once(child, 'close') };
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
  const filesNamed = (at: Folder, name: string): readonly string[] =>
    files(at).filter((path) => path.endsWith(`/${name}`));
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
      `[1/4] done  trust_threshold=0.5 batch_size_days=30  N s  about N s left
[2/4] done  trust_threshold=0.5 batch_size_days=60  N s  about N s left
[3/4] done  trust_threshold=0.7 batch_size_days=30  N s  about N s left
[4/4] done  trust_threshold=0.7 batch_size_days=60  N s
varve: 4 runs: 4 done
`,
    ]);
    const run = runOf(at, 60, 0.5);
    expect(stdout.split('\n')).toHaveLength(6);
    expect(stdout).toContain(run);
    expect(readdirSync(join(at.path, run)).sort()).toEqual([
      'model',
      'run.json',
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
    const record = JSON.parse(at.read(`${run}/run.json`));
    expect(record).toMatchObject({
      state: 'done',
      attempt: 1,
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

  test('may be of a setting with the name of a member that every object has', () => {
    const at = project({
      'varve.config.mjs': DEFINITION.replace(VARVE, built.index).replace('overlap_days', 'constructor'),
    });
    expect(swept(at, ['--constructor', '5,6'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('constructor=5'),
    });
  });

  test('that are done are not run again; those that failed are, and new ones', () => {
    const at = project({ 'fail-0.5': '' });
    expect(swept(at)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(
        'varve: 4 runs: 2 failed, 2 done; repeat the same command line to run again what failed\n',
      ),
    });
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

  /** A sweep that was killed while its first run went on. */
  const killedSweep = async (): Promise<Folder> => {
    const at = project({ hold: '' });
    const child = spawn(process.execPath, [built.main, ...behind(GRID)], { cwd: at.path, env, stdio: 'ignore' });
    await until(() => log(at)[0] !== '');
    child.kill('SIGKILL');
    await once(child, 'exit');
    return at;
  };
  const states = (at: Folder) =>
    JSON.parse(built.run(['sweep', 'status', '--json'], { cwd: at.path, env }).stdout).runs;
  const begun = (at: Folder): number => log(at).filter((line) => line.startsWith('begin')).length;

  test('end and are recorded after their sweep was killed', async () => {
    const at = await killedSweep();
    expect(states(at)[0]).toMatchObject({ state: 'running', values: { trust_threshold: 0.5 } });
    rmSync(join(at.path, 'hold'));
    await until(() => states(at)[0].state === 'done');
    expect(swept(at)).toMatchObject({ code: 0, stderr: expect.stringContaining('varve: 4 runs: 1 kept, 3 done') });
    expect(begun(at)).toBe(4);
    expect(swept(at)).toMatchObject({ code: 0, stderr: 'varve: 4 runs: 4 kept\n' });
  });

  test('that still run after their sweep was killed are waited for by the next one', async () => {
    const at = await killedSweep();
    const { output, ended } = startSweep(at);
    await until(() => output.stderr.includes('still runs, although its sweep was killed; waiting for its end'));
    rmSync(join(at.path, 'hold'));
    expect(await ended).toEqual([0, null]);
    expect([begun(at), output.stderr.includes('1 kept, 3 done')]).toEqual([4, true]);
  });

  test('that still run after their sweep was killed are stopped with the next one', async () => {
    const at = await killedSweep();
    const { child, output, ended } = startSweep(at);
    await until(() => output.stderr.includes('still runs'));
    child.kill('SIGTERM');
    expect(await ended).toEqual([143, null]);
    expect(states(at)[0]).toMatchObject({ state: 'stopped' });
  });

  test('are stopped and run again where the sweep and the process that watches over them were killed', async () => {
    const at = await killedSweep();
    process.kill(Number(JSON.parse(readFileSync(filesNamed(at, 'run.json')[0] ?? '', 'utf8')).pid), 'SIGKILL');
    await until(() => states(at)[0].state === 'killed');
    rmSync(join(at.path, 'hold'));
    expect(swept(at)).toMatchObject({ code: 0, stderr: expect.stringContaining('varve: 4 runs: 4 done') });
    expect(states(at)[0]).toMatchObject({ state: 'done', attempt: 2 });
  });

  test('that another host has claimed are left to it, and the claim stays', () => {
    const at = project({ 'fail-0.5': '' });
    expect(swept(at).code).toBe(1);
    const claim = `${runOf(at, 30, 0.5)}/supervisor.json`;
    at.write(claim, '{ "pid": 1, "host": "other-host" }\n');
    at.write('log', '');
    rmSync(join(at.path, 'fail-0.5'));
    const { code, stderr } = swept(at);
    expect([code, begun(at)]).toEqual([4, 1]);
    expect(stderr).toContain(`process 1 on other-host runs ${runOf(at, 30, 0.5)}; if it does not, remove ${claim}`);
    expect(stderr).toContain('varve: 4 runs: 1 elsewhere, 1 done, 2 kept');
    expect(existsSync(join(at.path, claim))).toBe(true);
    rmSync(join(at.path, claim));
    expect(swept(at)).toMatchObject({ code: 0, stderr: expect.stringContaining('1 done, 3 kept') });
  });

  test('whose end cannot be recorded end the sweep with the reason', () => {
    const at = project();
    // The supervisor is the parent of the command; it writes this file, and renames it.
    const command = ['sh', '-c', 'mkdir "$VARVE_RUN_FOLDER/run.json.$PPID.part"'];
    const { code, stderr } = built.run(['sweep', ...GRID, '--', ...command], { cwd: at.path, env });
    expect([code, stderr]).toEqual([5, expect.stringMatching(/could not be recorded: EISDIR.*run\.json/)]);
    expect(filesNamed(at, 'run.json')).toHaveLength(1);
    expect(states(at)[0].state).toBe('killed');
  });

  test('run as many at once as asked for, and no more', async () => {
    const at = project({ hold: '' });
    const { child, ended } = startSweep(at, ['-j', '3', ...GRID]);
    onTestFinished(() => void child.kill('SIGTERM'));
    await until(() => log(at).length === 3);
    // A fourth would begin at once, if it were let.
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(log(at)).toHaveLength(3);
    rmSync(join(at.path, 'hold'));
    expect(await ended).toEqual([0, null]);
    expect(log(at).filter((line) => line.startsWith('end'))).toHaveLength(4);
  });

  test.each([
    ['end with it', {}],
    ['save and exit with 0', { saves: '' }],
  ])('that %s when they are asked to stop are not done, and no others start', async (_, files) => {
    const at = project({ hold: '', ...files });
    const { child, output, ended } = startSweep(at, ['-j', '2', ...GRID]);
    await until(() => filesNamed(at, 'stderr.log').filter((path) => statSync(path).size > 0).length === 2);
    child.kill('SIGTERM');
    expect(await ended).toEqual([143, null]);
    expect(output.stderr).toContain('varve: 4 runs: 2 stopped, 2 waiting; repeat the same command line to continue\n');
    expect(output.stdout).toContain('waiting');
    expect(built.run(['sweep', 'status'], { cwd: at.path, env })).toMatchObject({
      code: 1,
      stderr: 'varve: 4 runs: 2 stopped, 2 waiting\n',
    });
    rmSync(join(at.path, 'hold'));
    expect(swept(at)).toMatchObject({ code: 0, stderr: expect.stringContaining('varve: 4 runs: 4 done') });
  });

  test('are started by one sweep at a time', async () => {
    const at = project({ hold: '' });
    const first = startSweep(at);
    await until(() => log(at)[0] !== '');
    const second = startSweep(at);
    await until(() => log(at).length === 2);
    rmSync(join(at.path, 'hold'));
    expect([await first.ended, (await second.ended)[1]]).toEqual([expect.any(Array), null]);
    expect(second.output.stderr).toContain('elsewhere  trust_threshold=0.5 batch_size_days=30');
    const started = log(at).filter((line) => line.startsWith('begin'));
    expect([started.length, new Set(started).size]).toEqual([4, 4]);
  });

  test('of two commands do not mix in one folder, if both begin at the same time', async () => {
    const at = project();
    const days = Array.from({ length: 1_000 }, (_, i) => i + 1).join(',');
    const words = ['sweep', '--stop-on-failure', '--batch-size-days', days, '--', 'false'];
    const first = spawn(process.execPath, [built.main, ...words], { cwd: at.path, env });
    const ended = once(first, 'exit');
    // It has recorded its sweep, and looks through the folders of its runs.
    await until(
      () => ['', '.lock'].map((end) => existsSync(join(at.path, `sweep/sweep.json${end}`))).join() === 'true,false',
    );
    first.kill('SIGSTOP');
    const second = built.run(['sweep', '--batch-size-days', '7', '--', 'true'], { cwd: at.path, env });
    first.kill('SIGCONT');
    const [code] = await ended;
    expect([[code, second.code].includes(4), filesNamed(at, 'run.json').length]).toEqual([true, 1]);
  });

  test('of one folder share the settings that are not swept', async () => {
    const at = project();
    expect(swept(at).code).toBe(0);
    at.write('config/app.json', '{ "overlap_days": 9 }');
    const refused = swept(at, ['--trust-threshold', '0.6', '--batch-size-days', '30']);
    expect([refused.code, refused.stderr]).toEqual([
      4,
      `varve: overlap_days is 9 (config/app.json:1:19), and was 5 in the runs of this folder; tracker.labels is {"team":"rl"} (default), and was {"team":"rl","run":7} in the runs of this folder
  Start another folder: -o FOLDER. Or sweep it, or allow the change: --allow-change overlap_days,tracker.labels
`,
    ]);
    const allowed = swept(at, ['--trust-threshold', '0.6', '--batch-size-days', '30', ...ALLOWED]);
    expect([allowed.code, JSON.parse(at.read(`${runOf(at, 30, 0.6)}/snapshot.json`)).values.overlap_days]).toEqual([
      0, 9,
    ]);
    const other = built.run(['sweep', ...GRID, '--', 'true'], { cwd: at.path, env });
    expect([other.code, other.stderr]).toEqual([4, expect.stringContaining('sweep/sweep.json is of another command')]);
    at.write('sweep/sweep.json', '{}');
    expect(swept(at)).toMatchObject({ code: 4, stderr: expect.stringContaining('was not written by varve sweep') });
  });

  test('stop beginning when the configuration changes meanwhile', async () => {
    const at = project({ hold: '' });
    const { output, ended } = startSweep(at);
    await until(() => log(at)[0] !== '');
    at.write('config/app.json', '{ "overlap_days": 9 }');
    rmSync(join(at.path, 'hold'));
    expect(await ended).toEqual([4, null]);
    expect(output.stderr).toContain('varve: 4 runs: 1 done, 3 waiting');
    expect(output.stderr).toContain('overlap_days is 9 (config/app.json:1:19), and was 5 when this sweep began');
  });

  test('of a command that is not there do not begin', () => {
    const at = project();
    const { code, stderr } = built.run(['sweep', ...GRID, '--', 'no-such-command'], { cwd: at.path, env });
    expect([code, stderr]).toEqual([127, 'varve: 4 runs: 4 waiting\nvarve: no-such-command: command not found\n']);
    // The folder belongs to the first sweep that started a run.
    expect(swept(at, ['--overlap-days', '1'])).toMatchObject({ code: 0 });
    expect(JSON.parse(at.read('sweep/sweep.json'))).toMatchObject({
      command: ['sh', 'job.sh'],
      swept: ['overlap_days'],
    });
    const other = built.run(['sweep', ...GRID, '--', 'no-such-command'], { cwd: at.path, env });
    expect([other.code, other.stderr]).toEqual([4, expect.stringContaining('sweep/sweep.json is of another command')]);
  });

  test('that are asked to stop before their supervisor has started are stopped', async () => {
    const at = project({ hold: '' });
    const { child, output, ended } = startSweep(at);
    const supervisors = (): string => spawnSync('pgrep', ['-P', String(child.pid)], { encoding: 'utf8' }).stdout.trim();
    await until(() => supervisors() !== '');
    const supervisor = Number(supervisors());
    // As a scheduler stops a job: every process of it gets the signal. Later, the sweep would begin another run before its own.
    child.kill('SIGTERM');
    process.kill(supervisor, 'SIGTERM');
    expect(await ended).toEqual([143, null]);
    expect(output.stderr).toContain('varve: 4 runs: 1 stopped, 3 waiting');
    expect(states(at)[0]).toMatchObject({ state: 'stopped', exitCode: 143 });
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

  const SMALL_GRID = ['--trust-threshold', '0.5,0.7', '--overlap-days', '1:2'];

  describe('that a scheduler starts are the same as local ones', () => {
    const command = ['sh', '-c', `echo "$RL_TRUST_THRESHOLD it's $RL_OVERLAP_DAYS" > "$VARVE_RUN_FOLDER/out"`];
    const emitted = (at: Folder, format: string, flags: readonly string[] = []): string =>
      built.run(['sweep', ...SMALL_GRID, ...flags, '--emit', format, '--', ...command], { cwd: at.path, env }).stdout;
    /** Every file of every run, without what tells one process or moment from another. */
    const tree = (at: Folder): object =>
      Object.fromEntries(
        files(at)
          .toSorted()
          .map((path) => {
            const text = readFileSync(path, 'utf8').replace(/"(started|ended|host|pid)": .*/g, '"$1"');
            return [path.slice(at.path.length), text];
          }),
      );
    let localTree: object | undefined;
    const runLocally = (): object => {
      const at = project();
      expect(built.run(['sweep', ...SMALL_GRID, '--', ...command], { cwd: at.path, env }).code).toBe(0);
      return tree(at);
    };
    /** The same runs started by `varve sweep` itself, once for all tests. */
    const local = (): object => {
      localTree ??= runLocally();
      return localTree;
    };

    test('as lines of a shell', () => {
      const at = project();
      for (const line of emitted(at, 'shell').trim().split('\n')) {
        expect(spawnSync('sh', ['-c', line], { cwd: at.path, env }).status).toBe(0);
      }
      expect(tree(at)).toEqual(local());
    });

    test('as a job array of Slurm', () => {
      const at = project();
      const script = emitted(at, 'slurm');
      expect(script).toContain('--array=0-3\n');
      for (const task of ['3', '0', '2', '1']) {
        const variables = { ...env, SLURM_ARRAY_TASK_ID: task };
        execFileSync('bash', ['--norc', '-c', script], { cwd: at.path, env: variables, stdio: 'pipe' });
      }
      expect(tree(at)).toEqual(local());
    });

    test('as an indexed job of Kubernetes, whose tasks may run at the same time', async () => {
      const at = project();
      const job = parse(emitted(at, 'kubernetes', ['--program', `${process.execPath} ${built.main}`]));
      expect(job.spec).toMatchObject({ completionMode: 'Indexed', completions: 4 });
      // Kubernetes replaces `$(NAME)` and `$$` in a command.
      const words: readonly string[] = job.spec.template.spec.containers[0].command;
      const [program = '', ...args] = words.map((word) =>
        word.replaceAll(/\$(\$|\(\w+\))/g, (_, one) => (one === '$' ? '$' : '')),
      );
      const tasks = ['0', '1', '2', '3'].map((task) =>
        once(spawn(program, args, { cwd: at.path, env: { ...env, JOB_COMPLETION_INDEX: task } }), 'exit'),
      );
      expect(await Promise.all(tasks)).toEqual(Array(4).fill([0, null]));
      expect(tree(at)).toEqual(local());
    });

    test('values with dollars, signs that are not seen, and quotes stay as they are', () => {
      const at = folder({ 'varve.config.mjs': `export default { name: 'app', settings: { text: '' } };\n` });
      const texts = [
        'a$$b',
        '$(HOME)',
        '$$(HOME)',
        '`id`',
        "it's",
        '👨‍👩‍👧',
        'right\u202eleft',
        'tab\there',
        '\u0085\u2028',
      ];
      const axis = ['--text', JSON.stringify(texts)];
      const emit = (format: string): string =>
        built.run(['sweep', ...axis, '--emit', format, '--program', 'varve', '--', 'x'], { cwd: at.path, env }).stdout;
      const [line = ''] = emit('shell').split('\n');
      const script = `varve() { printf '%s\\0' "$@"; }; ${line}`;
      const words = execFileSync('sh', ['-c', script], { encoding: 'utf8' }).split('\0');
      expect(words[2]).toBe(`text=${JSON.stringify(texts)}`);
      const command: readonly string[] = parse(emit('kubernetes')).spec.template.spec.containers[0].command;
      expect(command.map((word) => word.replaceAll('$$', '$'))[3]).toBe(`text=${JSON.stringify(texts)}`);
      expect(command.join('').replaceAll('$$', '')).not.toContain('$');
    });

    test('as objects', () => {
      const at = project();
      const jobs = emitted(at, 'jsonl')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const [program, ...args] = jobs[2].command;
      execFileSync(program, args, { cwd: at.path, env, stdio: 'pipe' });
      expect(at.read(`${jobs[2].folder}/out`)).toBe("0.7 it's 1\n");
    });
  });

  test('fail with their task of a scheduler, and are retried', () => {
    const at = project({ 'fail-0.5': '' });
    const { code } = swept(at, [...GRID, '--index', '0', '--retry', '2']);
    const record = JSON.parse(at.read(`${runOf(at, 30, 0.5)}/run.json`));
    expect([code, record.state, record.exitCode, record.attempt]).toEqual([1, 'failed', 3, 3]);
    expect(at.read(`${runOf(at, 30, 0.5)}/stdout.log`)).toBe('out 0.5 30\n'.repeat(3));
  });

  test('do not start after one has failed, if that is asked for', () => {
    const at = project({ 'fail-0.5': '' });
    expect(swept(at, [...GRID, '--stop-on-failure'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('varve: 4 runs: 1 failed, 3 waiting'),
    });
    const { stdout } = built.run(['sweep', 'status', '--format', 'json'], { cwd: at.path, env });
    expect(JSON.parse(stdout).runs.at(-1)).toMatchObject({
      state: 'waiting',
      values: { trust_threshold: 0.7, batch_size_days: 60 },
    });
  });

  test('have the slot of their job, and no secret in their output, however it is cut', () => {
    const at = project({
      'job.sh': `printf 'a very-sec'
sleep 0.05
echo "ret b, slot $VARVE_SLOT very $RL_TRACKER__TOKEN"`,
    });
    swept(at, ['-j', '2', ...GRID]);
    const outputs = filesNamed(at, 'stdout.log').map((path) => readFileSync(path, 'utf8'));
    expect(new Set(outputs)).toEqual(new Set(['0', '1'].map((slot) => `a ******** b, slot ${slot} very ********\n`)));
  });

  test('leave their results in a table', () => {
    const at = project({
      'job.sh': `[ "$RL_TRUST_THRESHOLD" = 0.25 ] && loss=0.75 || loss=0.5
echo '{ "loss": '$loss', "note": "=1+1, \\"a\\"", "by": { "class": [1] } }' > "$VARVE_RUN_FOLDER/result.json"`,
    });
    swept(at, ['--trust-threshold', '0.25,0.5']);
    const results = (...flags: readonly string[]) => built.run(['sweep', 'results', ...flags], { cwd: at.path, env });
    const [first, second] = readdirSync(join(at.path, 'sweep')).filter((name) => name.startsWith('trust'));
    expect(results().stdout.split('\n').slice(0, 2)).toEqual([
      'trust_threshold  state  loss  note       by.class  folder',
      `0.25             done   0.75  =1+1, "a"  [1]       sweep/${first}`,
    ]);
    expect(results('--format', 'csv').stdout.trim().split('\n')).toEqual([
      'trust_threshold,state,loss,note,by.class,folder',
      `0.25,done,0.75,"'=1+1, ""a""",[1],sweep/${first}`,
      `0.5,done,0.5,"'=1+1, ""a""",[1],sweep/${second}`,
    ]);
    const { runs } = JSON.parse(results('--format', 'json').stdout);
    expect(runs[1]).toMatchObject({ values: { trust_threshold: 0.5 }, result: { loss: 0.5 }, state: 'done' });
  });

  const withVariants = (): string =>
    DEFINITION.replace(VARVE, built.index)
      .replace('defineConfig }', 'defineConfig, variants }')
      .replace(
        'log: {',
        "optimizer: variants('type', { adam: { lr: 0.1, beta: 0.9 }, sgd: { lr: 0.2, momentum: 0.9 } }), log: {",
      );

  test('of one variant share its settings that are not swept, whatever the layers choose', () => {
    const at = project({ 'varve.config.mjs': withVariants() });
    const sweep = (flags: readonly string[], variables = {}) =>
      built.run(['sweep', '--optimizer.type', 'adam,sgd', ...flags, '--', 'true'], {
        cwd: at.path,
        env: { ...env, ...variables },
      });
    expect(sweep([]).code).toBe(0);
    expect(sweep([], { RL_OPTIMIZER__TYPE: 'sgd' })).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('varve: 2 runs: 2 kept\n'),
    });
    const other = { RL_OPTIMIZER__TYPE: 'sgd', RL_OPTIMIZER__MOMENTUM: '0.5' };
    expect(sweep(['--overlap-days', '1,2'], other)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(
        'optimizer.momentum is 0.5 (RL_OPTIMIZER__MOMENTUM), and was 0.9 in the runs of this folder',
      ),
    });
    expect(sweep(['--optimizer.momentum', '0.5,0.7'], other).code).toBe(0);
    expect(sweep(['--optimizer.beta', '0.5,0.7']).code).toBe(0);
  });

  test('have only the axes of the variant that they choose', () => {
    const at = project({
      'varve.config.mjs': withVariants(),
      'job.sh': `echo '{ "momentum": "'\${RL_OPTIMIZER__MOMENTUM-none}'" }' > "$VARVE_RUN_FOLDER/result.json"`,
    });
    const axes = ['--optimizer.type', 'adam,sgd', '--optimizer.momentum', '0.8,0.9'];
    const report = (name: string) => built.run(['sweep', name, '--format', 'csv'], { cwd: at.path, env }).stdout;
    const folders = [
      'optimizer.type=adam-317b43eb',
      'optimizer.momentum=0.8,optimizer.type=sgd-f9a8ac08',
      'optimizer.momentum=0.9,optimizer.type=sgd-4e9a6071',
    ].map((name) => `sweep/${name}`);
    const { code, stdout, stderr } = swept(at, axes);
    expect(stderr).toContain('varve: 3 runs: 3 done\n');
    expect([code, stdout]).toEqual([
      0,
      `optimizer.type  optimizer.momentum  STATE  FOLDER
adam            -                   done   ${folders[0]}
sgd             0.8                 done   ${folders[1]}
sgd             0.9                 done   ${folders[2]}
`,
    ]);
    expect(report('results').trim().split('\n')).toEqual([
      'optimizer.type,optimizer.momentum,state,momentum,folder',
      `adam,,done,none,${folders[0]}`,
      `sgd,0.8,done,0.8,"${folders[1]}"`,
      `sgd,0.9,done,0.9,"${folders[2]}"`,
    ]);
    expect(swept(at, axes).stderr).toContain('varve: 3 runs: 3 kept\n');
    const lines = built.run(['sweep', ...axes, '--emit', 'shell', '--', 'sh', 'job.sh'], {
      cwd: at.path,
      env,
    });
    for (const line of lines.stdout.trim().split('\n')) {
      expect(spawnSync('sh', ['-c', line], { cwd: at.path, env }).status).toBe(0);
    }
    expect(filesNamed(at, 'run.json')).toHaveLength(3);
  });

  test('may have results with numbers that JSON does not have, or that cannot be read', () => {
    const at = project({
      'job.sh': `if [ "$RL_TRUST_THRESHOLD" = 0.5 ]; then cat numbers; else echo '{"loss": nan}'; fi > "$VARVE_RUN_FOLDER/result.json"`,
      numbers: '{"loss": NaN, "most": Infinity, "least": [-Infinity, 1], "low": -Infinity, "note": "a NaN, \\"NaN\\""}',
    });
    const result = { loss: 'NaN', most: 'Infinity', least: ['-Infinity', 1], low: '-Infinity', note: 'a NaN, "NaN"' };
    const input = '{"trust_threshold":0.5}\n{"trust_threshold":0.7}\n';
    const started = { cwd: at.path, env, input, encoding: 'utf8', timeout: 50_000 } as const;
    const asked = spawnSync(process.execPath, [built.main, ...behind(['--ask'])], started);
    const answers = asked.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(answers.map((answer) => [answer.state, answer.result])).toEqual([
      ['done', result],
      ['done', undefined],
    ]);
    const note = `note: ${answers[1].folder}/result.json is not valid JSON: its result is left out\n`;
    expect(asked.stderr).toContain(note);
    const results = (format: string) => built.run(['sweep', 'results', '--format', format], { cwd: at.path, env });
    expect(results('csv').stdout.split('\n')[1]).toMatch(/^0\.5,done,NaN,Infinity,"\[.*\]",-Infinity,/);
    expect(results('text').stdout).toMatch(/ NaN +Infinity /);
    const { stdout, stderr } = results('json');
    expect(stderr).toContain(note);
    expect(JSON.parse(stdout).runs.map((run: { result?: unknown }) => run.result)).toEqual([result, undefined]);
  });

  test('can be asked for one by one, by a program that decides by their results', () => {
    const at = project({
      'job.sh': `awk "BEGIN { print ($RL_TRUST_THRESHOLD - 0.3) ^ 2 }" > "$VARVE_RUN_FOLDER/result.json"`,
    });
    const optimizer = `import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
const args = ${JSON.stringify([built.main, ...behind(['--ask'])])};
const sweep = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: sweep.stdout })[Symbol.asyncIterator]();
let [low, high] = [0, 1];
const loss = async (trust_threshold) => {
  sweep.stdin.write(JSON.stringify({ trust_threshold, tracker: { labels: { team: 'a' } } }) + '\\n');
  return JSON.parse((await answers.next()).value).result;
};
for (let i = 0; i < 8; i++) {
  const [a, b] = [low + (high - low) / 3, high - (high - low) / 3];
  if ((await loss(a)) < (await loss(b))) high = b;
  else low = a;
}
console.log(low <= 0.3 && 0.3 <= high, (high - low).toFixed(2));
sweep.stdin.end();
`;
    at.write('optimizer.mjs', optimizer);
    const started = { cwd: at.path, env, encoding: 'utf8', timeout: 50_000 } as const;
    const { stdout, stderr } = spawnSync(process.execPath, ['optimizer.mjs'], started);
    expect([stdout, stderr]).toEqual(['true 0.04\n', '']);
    const input = '{"trust_threshold":7}\n\n[]\n{"nothing":1}\n{"overlap_days":3}\n';
    const asked = spawnSync(process.execPath, [built.main, ...behind(['--ask'])], { ...started, input });
    const answers = asked.stdout
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    expect(answers.map(({ line, state }) => [line, state])).toEqual([
      [1, 'invalid'],
      [3, 'invalid'],
      [4, 'invalid'],
      [5, 'done'],
    ]);
  });

  test('of the same name, but of another configuration, are not taken for done', () => {
    const at = project();
    const other = { cwd: at.path, env: { ...env, RL_TRUST_THRESHOLD: '0.5' } };
    expect(swept(at, ['--overlap-days', '1,2']).code).toBe(0);
    expect(swept(at, ['--overlap-days', '1,2', '--trust-threshold', '0.1,0.2']).code).toBe(0);
    expect(built.run(behind(['--overlap-days', '1,2,3']), other)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining(
        'trust_threshold is 0.5 (RL_TRUST_THRESHOLD), and was 0.85 in the runs of this folder',
      ),
    });
    // The record of the sweep may come from elsewhere: the runs themselves say what they were.
    const sweep = JSON.parse(at.read('sweep/sweep.json'));
    sweep.constants.values.trust_threshold = 0.5;
    at.write('sweep/sweep.json', JSON.stringify(sweep));
    expect(built.run(behind(['--overlap-days', '1,2,3']), other)).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/trust_threshold is 0.5 .* was 0.85 in sweep.overlap_days=1-/),
    });
  });

  test('are compared by a definition that renamed a setting and gained one', () => {
    const at = project();
    const varve = (line: string) => {
      const { code, stdout, stderr } = built.run(line.split(' '), { cwd: at.path, env });
      return [code, stdout, stderr];
    };
    expect(varve('run --snapshot a.json -- true')[0]).toBe(0);
    at.write('varve.config.mjs', RENAMED.replace(VARVE, built.index));
    expect(varve('run --snapshot b.json -- true')[0]).toBe(0);
    expect(varve('diff a.json b.json')).toEqual([
      1,
      '+ fresh  - -> 1  added  - -> schema\n',
      'varve: the fingerprints differ\n' +
        'varve: secrets not compared without VARVE_FINGERPRINT_KEY on both sides: tracker.token\n',
    ]);
    rmSync(join(at.path, 'varve.config.mjs'));
    const [code, stdout] = varve('diff a.json b.json');
    expect([code, stdout]).toEqual([1, expect.stringContaining('- trust_threshold')]);
  });

  test('are still those of a definition that renamed a setting and gained one', () => {
    const at = project();
    expect(swept(at, ['--overlap-days', '1,2']).code).toBe(0);
    at.write('varve.config.mjs', RENAMED.replace(VARVE, built.index));
    expect(swept(at, ['--overlap-days', '1,2'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('varve: 2 runs: 2 kept'),
    });
    const changed = { cwd: at.path, env: { ...env, RL_FRESH: '2' } };
    expect(built.run(behind(['--overlap-days', '1,2']), changed)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('fresh is 2 (RL_FRESH), and was 1 in the runs of this folder'),
    });
  });
});

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error('it never came');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
