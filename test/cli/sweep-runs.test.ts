import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { CLAIM } from '../../src/cli/sweep/claim.ts';
import type { SupervisedCommand } from '../../src/cli/sweep/supervisor.ts';
import { type Folder, folder } from '../folder.ts';
import { checkBuild, PACKAGE } from '../library.ts';

/** A supervisor is a program of its own, so the command line is the built one, but in this process. */
let program: typeof import('../../src/cli/program.ts');
let supervised: typeof import('../../src/cli/sweep/supervised-run.ts');
beforeAll(() => {
  checkBuild();
  const built = createRequire(join(PACKAGE, 'dist/cli/'));
  program = built('./program.js').program_exports;
  supervised = built('./sweep/supervised-run.js');
});

const DEFINITION = `export default {
  name: 'app', file: 'app.json', envPrefix: 'A',
  settings: { lr: 0.1, steps: 1, note: '', token: { format: String, sensitive: true, default: '' } },
};
`;

const project = (files: Readonly<Record<string, string>> = {}): Folder =>
  folder({ 'varve.config.mjs': DEFINITION, log: '', ...files });

interface Asked {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Readable;
}

/** Runs a sweep whose command is a script of sh. */
async function sweep(at: Folder, flags: readonly string[], script: string, { env = {}, stdin }: Asked = {}) {
  const written = { stdout: '', stderr: '' };
  const terminal = {
    env: { PATH: process.env['PATH'], ...env },
    cwd: at.path,
    stdout: { write: (text: string) => (written.stdout += text) },
    stderr: { write: (text: string) => (written.stderr += text) },
    stdin: stdin ?? Readable.from([]),
  };
  const begun = performance.now();
  const code = await program.runCommandLine(['sweep', ...flags, '--', 'sh', '-c', script], terminal);
  // No run takes longer than its sweep.
  for (const [, seconds] of written.stderr.matchAll(/ {2}(\d+\.\d) s/g))
    expect(Number(seconds)).toBeLessThan((performance.now() - begun) / 1_000 + 0.1);
  return { code, ...written };
}

const runsOf = (at: Folder): readonly string[] =>
  readdirSync(join(at.path, 'sweep')).filter((name) => /^lr=/.test(name));
const recordOf = (at: Folder, name = runsOf(at)[0]) => JSON.parse(at.read(`sweep/${name}/run.json`));
const linesOf = (at: Folder): readonly string[] => at.read('log').split('\n').filter(Boolean);

/** A folder in which one run is done. */
async function swept(): Promise<Folder> {
  const at = project();
  expect(await sweep(at, ['--lr', '1', '--retry', '1'], 'echo ran >> log')).toMatchObject({ code: 0 });
  return at;
}

/** The same, as if the run went on. */
async function running(changes: object = {}): Promise<{ readonly at: Folder; readonly run: string }> {
  const at = await swept();
  const run = `sweep/${runsOf(at)[0]}`;
  const { ended, exitCode, ...begun } = recordOf(at);
  at.write(`${run}/run.json`, JSON.stringify({ ...begun, state: 'running', ...changes }));
  return { at, run };
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error('it never came');
    await pause(5);
  }
}

/** A process that ends when the test does. */
function started(env: Readonly<Record<string, string>> = {}): {
  readonly child: ChildProcess;
  readonly ended: Promise<unknown[]>;
} {
  const child = spawn('sleep', ['60'], { env: { PATH: process.env['PATH'], ...env } });
  onTestFinished(() => void child.kill('SIGKILL'));
  return { child, ended: once(child, 'exit') };
}

const beginOf = (pid = 0): string | undefined =>
  process.platform === 'linux'
    ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19]
    : undefined;

test.each([
  [0, 1],
  [2, 3],
])('a run that fails, with --retry %i, has %i attempts', async (retry, attempts) => {
  const at = project();
  const { code, stderr } = await sweep(at, ['--lr', '1', '--retry', String(retry)], 'echo ran >> log; exit 3');
  expect([code, linesOf(at).length]).toEqual([1, attempts]);
  expect(stderr).toMatch(/^\[1\/1\] failed \(exit 3\) {2}lr=1 {2}\d+\.\d s\nvarve: 1 run: 1 failed; repeat/);
  expect(recordOf(at)).toMatchObject({ state: 'failed', exitCode: 3, attempt: attempts, host: hostname() });
  expect(recordOf(at).pid).not.toBe(process.pid);
  await sweep(at, ['--lr', '1'], 'echo ran >> log; exit 3');
  expect(recordOf(at).attempt).toBe(attempts + 1);
});

test.each([
  [[], 2],
  [['--stop-on-failure'], 1],
])('after a run has failed, with %j, %i runs have begun', async (flags, begun) => {
  const at = project();
  await sweep(at, ['--lr', '1,2', ...flags], 'exit 3');
  expect(runsOf(at).length).toBe(begun);
});

test.skipIf(process.platform === 'win32')(
  'a run does not begin through a link in the place of its folder',
  async () => {
    const [at, other] = [await swept(), folder({})];
    const run = join(at.path, 'sweep', runsOf(at)[0] ?? '');
    rmSync(run, { recursive: true });
    symlinkSync(other.path, run);
    const { code, stderr } = await sweep(at, ['--lr', '1'], 'echo ran >> log');
    expect([code, stderr]).toEqual([4, expect.stringMatching(/^varve: sweep\/\S+ is a link, and not a folder/m)]);
    expect([readdirSync(other.path), linesOf(at).length]).toEqual([[], 1]);
  },
);

test('a run that is done is kept, without a line of its own, and its folder stays as it is', async () => {
  const at = await swept();
  const changed = () => statSync(join(at.path, 'sweep', runsOf(at)[0] ?? '')).mtimeMs;
  const before = [recordOf(at), changed()];
  expect(await sweep(at, ['--lr', '1', '--stop-on-failure'], 'echo ran >> log')).toMatchObject({
    code: 0,
    stderr: 'varve: 1 run: 1 kept\n',
  });
  expect([linesOf(at), [recordOf(at), changed()]]).toEqual([['ran'], before]);
});

test('a command has its settings, its slot, its folder and the words of the shell, and the options of Node.js', async () => {
  const at = project();
  process.env['NODE_OPTIONS'] = '--no-such-option';
  onTestFinished(() => void Reflect.deleteProperty(process.env, 'NODE_OPTIONS'));
  const script = 'echo "$A_LR $VARVE_SLOT $WORD $NODE_OPTIONS"; cat "$VARVE_SNAPSHOT" > "$VARVE_RUN_FOLDER/copy"';
  const { code } = await sweep(at, ['--lr', '1'], script, { env: { WORD: 'word', NODE_OPTIONS: '--trace-exit' } });
  const run = `sweep/${runsOf(at)[0]}`;
  expect([code, at.read(`${run}/stdout.log`)]).toEqual([0, '1 0 word --trace-exit\n']);
  expect(at.read(`${run}/copy`)).toBe(at.read(`${run}/snapshot.json`));
  expect(JSON.parse(at.read(`${run}/copy`)).values).toMatchObject({ lr: 1, steps: 1 });
});

test.each<readonly [string, readonly string[], number, string]>([
  ['is not there', ['no-such-command'], 127, 'no-such-command: command not found'],
  ['may not be started', ['/etc'], 126, '/etc: permission denied'],
  [
    'is too long',
    ['sh', '-c', 'x'.repeat(200_000)],
    126,
    'sh cannot be started: its arguments and variables are longer than the system allows',
  ],
])('a command that %s starts no other run', async (_, command, code, message) => {
  const at = project();
  const stderr: string[] = [];
  const output = { write: () => undefined };
  const terminal = {
    env: { PATH: process.env['PATH'] },
    cwd: at.path,
    stdout: output,
    stderr: { write: (text: string) => stderr.push(text) },
    stdin: Readable.from([]),
  };
  expect(await program.runCommandLine(['sweep', '--lr', '1,2', '--', ...command], terminal)).toBe(code);
  expect(stderr.join('')).toBe(`varve: 2 runs: 2 waiting\nvarve: ${message}\n`);
  expect(recordOf(at)).toMatchObject({ state: 'failed', exitCode: code, error: message });
  expect(runsOf(at).length).toBe(1);
});

test('a run whose end cannot be recorded ends the sweep', async () => {
  const at = project();
  const { code, stderr } = await sweep(at, ['--lr', '1,2'], 'mkdir "$VARVE_RUN_FOLDER/run.json.$PPID.part"');
  expect([code, stderr]).toEqual([
    5,
    expect.stringMatching(/^varve: 2 runs: 2 waiting\nvarve: the run in .*lr=1-\w+ could not be recorded: EISDIR/),
  ]);
});

describe('a run that a sweep left when it was killed', () => {
  test('is left to another host that has claimed it', async () => {
    const { at, run } = await running();
    at.write(`${run}/${CLAIM}`, '{ "pid": 1, "host": "another-host" }');
    const { code, stderr } = await sweep(at, ['--lr', '1,2'], 'echo ran >> log');
    expect([code, linesOf(at).length]).toEqual([4, 2]);
    expect(stderr).toContain(`note: process 1 on another-host runs ${run}; if it does not, remove ${run}/${CLAIM}\n`);
    expect(stderr).toContain('varve: 2 runs: 1 elsewhere, 1 done\n');
  });

  test('is waited for while its supervisor is there', async () => {
    const { at, run } = await running();
    const { child } = started();
    at.write(`${run}/${CLAIM}`, JSON.stringify({ pid: child.pid, host: hostname(), since: beginOf(child.pid) }));
    const ended = sweep(at, ['--lr', '1'], 'echo ran >> log');
    await until(() => existsSync(join(at.path, `${run}/run.lock`)));
    await pause(200);
    at.write(`${run}/run.json`, JSON.stringify({ ...recordOf(at), state: 'done' }));
    child.kill('SIGKILL');
    expect(await ended).toMatchObject({
      code: 0,
      stderr: `note: ${run} still runs, although its sweep was killed; waiting for its end\nvarve: 1 run: 1 kept\n`,
    });
    expect(linesOf(at).length).toBe(1);
  });

  test('gets the signals of the sweep that waits for it', async () => {
    const { at, run } = await running();
    const { child, ended } = started();
    at.write(`${run}/${CLAIM}`, JSON.stringify({ pid: child.pid, host: hostname(), since: beginOf(child.pid) }));
    const swept = sweep(at, ['--lr', '1'], 'echo ran >> log');
    await until(() => existsSync(join(at.path, `${run}/run.lock`)));
    await pause(100);
    process.emit('SIGTERM');
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect(await swept).toMatchObject({
      code: 143,
      stderr: expect.stringContaining('varve: 1 run: 1 waiting; repeat'),
    });
    expect(linesOf(at).length).toBe(1);
  });

  test.skipIf(process.platform !== 'linux')(
    'is stopped and started again where its supervisor was killed, too',
    async () => {
      const { at, run } = await running({ attempt: 4 });
      const { ended } = started({ VARVE_RUN_FOLDER: join(at.path, run) });
      const { code, stderr } = await sweep(at, ['--lr', '1'], 'echo ran >> log');
      expect(await ended).toEqual([null, 'SIGTERM']);
      expect([code, stderr]).toEqual([
        0,
        expect.stringContaining(`note: ${run} still ran after its sweep was killed; it was stopped\n`),
      ]);
      expect(recordOf(at)).toMatchObject({ state: 'done', attempt: 5 });
    },
  );

  test('is started again without a note where it has ended, too', async () => {
    const { at } = await running({ pid: 2 ** 31 - 1 });
    const { code, stderr } = await sweep(at, ['--lr', '1'], 'echo ran >> log');
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('note:')]);
    expect(recordOf(at)).toMatchObject({ state: 'done', attempt: 2 });
  });
});

describe('a signal', () => {
  test('that asks to stop ends the run, which is not retried, and no other starts', async () => {
    const at = project();
    const ended = sweep(at, ['--lr', '1,2', '--retry', '2'], 'echo ran >> log; sleep 60');
    await until(() => linesOf(at).length > 0);
    process.emit('SIGINT');
    process.emit('SIGTERM');
    expect(await ended).toMatchObject({
      code: 130,
      stderr: expect.stringContaining(
        'varve: 2 runs: 1 stopped, 1 waiting; repeat the same command line to continue\n',
      ),
    });
    expect([linesOf(at).length, recordOf(at).state]).toEqual([1, 'stopped']);
  });

  test('that is for the command only reaches it, and the sweep goes on', async () => {
    const at = project();
    const script = `trap 'echo usr1 >> log; exit 0' USR1; echo ran >> log; while true; do sleep 0.01; done`;
    const ended = sweep(at, ['--lr', '1'], script);
    await until(() => linesOf(at).length > 0);
    process.emit('SIGUSR1');
    expect(await ended).toMatchObject({ code: 0, stderr: expect.stringContaining('varve: 1 run: 1 done\n') });
    expect([linesOf(at), recordOf(at).state]).toEqual([['ran', 'usr1'], 'done']);
  });

  test.each([
    ['SIGKILL', 'failed', 137],
    ['SIGTERM', 'stopped', 143],
  ])('%s that a supervisor gets leaves a run that has %s', async (signal, state, exitCode) => {
    const at = project();
    const { code } = await sweep(at, ['--lr', '1'], `kill -${signal.slice(3)} $PPID; sleep 60`);
    expect(recordOf(at)).toMatchObject({ state, exitCode, ended: expect.any(String), attempt: 1 });
    expect(code).toBe(state === 'failed' ? 1 : 0);
  });

  test('that asks to stop stops a run whose supervisor is killed by then', async () => {
    const at = project();
    const script = `trap 'kill -9 $PPID; exit 0' TERM; echo ran >> log; while true; do sleep 0.01; done`;
    const ended = sweep(at, ['--lr', '1'], script);
    await until(() => linesOf(at).length > 0);
    process.emit('SIGTERM');
    expect(await ended).toMatchObject({ code: 143, stderr: expect.stringContaining('varve: 1 run: 1 stopped;') });
    expect(recordOf(at)).toMatchObject({ state: 'stopped', exitCode: 143 });
  });

  test.skipIf(process.platform !== 'linux')(
    'that kills a supervisor before it records the begin leaves a run that has failed',
    async () => {
      const at = project();
      const ended = sweep(at, ['--lr', '1'], 'echo ran >> log');
      const children = (): string => readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, 'utf8').trim();
      await until(() => children() !== '');
      process.kill(Number(children()), 'SIGKILL');
      expect(await ended).toMatchObject({ code: 1, stderr: expect.stringContaining('failed (exit 137)') });
      expect([recordOf(at), linesOf(at)]).toMatchObject([
        { state: 'failed', exitCode: 137, attempt: 1, pid: process.pid },
        [],
      ]);
    },
  );
});

describe('the configuration of a run', () => {
  const CHANGED = `echo '{ "steps": 2 }' > app.json`;

  test.each<readonly [string, readonly string[], string]>([
    ['is another one', [], 'steps is 2 (app.json:1:12), and was 1 when this sweep began'],
    ['has an allowed change', ['--allow-change', 'steps'], 'has changed since this sweep began'],
  ])('is the same until the sweep ends, and none starts that %s', async (_, flags, message) => {
    const at = project();
    const { code, stderr } = await sweep(at, ['--lr', '1,2', ...flags], CHANGED);
    expect([code, stderr]).toEqual([4, expect.stringContaining(message)]);
    expect(stderr).toContain('varve: 2 runs: 1 done, 1 waiting');
  });

  /** A folder whose run has another configuration than its sweep says, and the variables that give the latter. */
  const changed = async () => {
    const at = await swept();
    const plan = JSON.parse(at.read('sweep/sweep.json'));
    plan.constants.values.steps = 2;
    at.write('sweep/sweep.json', JSON.stringify(plan));
    return { at, env: { A_STEPS: '2' } };
  };

  test.each<readonly [string, (at: Folder, run: string) => void, number]>([
    ['that failed', (at, run) => at.write(run, JSON.stringify({ ...JSON.parse(at.read(run)), state: 'failed' })), 2],
    ['whose configuration is not known', (at, run) => rmSync(join(at.path, run, '../snapshot.json')), 1],
  ])('may be another one than that of a run %s', async (_, change, begun) => {
    const { at, env } = await changed();
    change(at, `sweep/${runsOf(at)[0]}/run.json`);
    expect(await sweep(at, ['--lr', '1'], 'echo ran >> log', { env })).toMatchObject({ code: 0 });
    expect(linesOf(at).length).toBe(begun);
  });

  test('may be another one than that of a run which is done only where that is allowed', async () => {
    const { at, env } = await changed();
    const refused = await sweep(at, ['--lr', '1'], 'echo ran >> log', { env });
    expect([refused.code, refused.stderr]).toEqual([
      4,
      expect.stringContaining(`steps is 2 (A_STEPS), and was 1 in sweep/${runsOf(at)[0]}`),
    ]);
    expect(await sweep(at, ['--lr', '1', '--allow-change', 'steps'], 'echo ran >> log', { env })).toMatchObject({
      code: 0,
    });
    expect(linesOf(at).length).toBe(1);
  });
});

describe('a supervisor', () => {
  const commandIn = (at: Folder, script: string, attempt = 2): SupervisedCommand => ({
    folder: at.path,
    command: ['sh', '-c', script],
    cwd: at.path,
    env: { PATH: process.env['PATH'] },
    secrets: [],
    record: { values: { lr: 1 }, fingerprint: 'f', attempt, started: '2026-01-01T00:00:00.000Z' },
  });
  const superviseIn = (at: Folder, script: string, attempt = 2) =>
    supervised.superviseRun(commandIn(at, script, attempt));

  const forked = () => {
    const child = fork(join(PACKAGE, 'dist/cli/sweep/supervisor.js'), [], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    return { child, ended: once(child, 'exit') };
  };

  test('records the command while it runs and when it has ended', async () => {
    const at = folder({});
    const run = superviseIn(at, 'cat run.json > begun.json; echo ran; echo wrong >&2');
    expect([run.hasOwnGroup, await run.exit]).toEqual([true, undefined]);
    const begun = JSON.parse(at.read('begun.json'));
    expect(begun).toEqual({ ...commandIn(at, '').record, state: 'running', host: hostname(), pid: expect.any(Number) });
    const ended = { ...begun, state: 'done', exitCode: 0, ended: expect.any(String) };
    expect(JSON.parse(at.read('run.json'))).toEqual(ended);
    expect(readdirSync(at.path).toSorted()).toEqual(['begun.json', 'run.json', 'stderr.log', 'stdout.log']);
    expect([at.read('stdout.log'), at.read('stderr.log')]).toEqual(['ran\n', 'wrong\n']);
  });

  const recorded = (attempt: number): string =>
    JSON.stringify({ ...commandIn(folder({}), '', attempt).record, state: 'done' });

  test.each([
    ['an attempt as late', 2],
    ['a later attempt', 3],
  ])('that starts after %s has begun does nothing', async (_, attempt) => {
    const record = recorded(attempt);
    const at = folder({ 'run.json': record });
    expect(await superviseIn(at, 'echo ran').exit).toBeUndefined();
    expect([readdirSync(at.path), at.read('run.json')]).toEqual([['run.json'], record]);
  });

  test('starts a command after an earlier attempt, but not one that another process has claimed', async () => {
    const at = folder({ 'run.json': recorded(1), [CLAIM]: '{}' });
    expect(await superviseIn(at, 'echo ran').exit).toBeUndefined();
    expect(readdirSync(at.path).toSorted()).toEqual(['run.json', CLAIM].toSorted());
    for (const record of [recorded(1), '{ "attempt": 9 }', '[', 'null']) {
      const other = folder({ 'run.json': record });
      expect(await superviseIn(other, 'echo ran').exit).toBeUndefined();
      expect(other.read('stdout.log')).toBe('ran\n');
    }
  });

  test('that gets a signal before its command ends that at once', async () => {
    const at = folder({});
    const { child, ended } = forked();
    child.send({ signal: 'SIGTERM' });
    child.send(commandIn(at, 'sleep 60'));
    expect(await ended).toEqual([0, null]);
    expect(JSON.parse(at.read('run.json'))).toMatchObject({ state: 'stopped', exitCode: 143 });
  });

  test.skipIf(process.platform === 'win32').each([
    ['0 fails', 0, 5],
    ['3 keeps it', 3, 3],
  ])('whose command loses output and exits with %s', async (_, code, exitCode) => {
    const at = folder({});
    const limited = [
      `trap '' XFSZ; ulimit -f 16; exec "$@"`,
      'sh',
      process.execPath,
      join(PACKAGE, 'dist/cli/sweep/supervisor.js'),
    ];
    const child = spawn('sh', ['-c', ...limited], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const ended = once(child, 'exit');
    child.send({ ...commandIn(at, `head -c 100000 /dev/zero; exit ${code}`), secrets: ['token'] });
    expect(await ended).toEqual([0, null]);
    expect(JSON.parse(at.read('run.json'))).toMatchObject({ state: 'failed', exitCode });
  });

  test('that gets a signal after its command ends that, too', async () => {
    const at = folder({});
    const run = superviseIn(at, 'sleep 60');
    run.kill('SIGTERM');
    await run.exit;
    expect(JSON.parse(at.read('run.json'))).toMatchObject({ state: 'stopped', exitCode: 143 });
    // It has ended.
    run.kill('SIGTERM');
  });

  test.skipIf(process.platform !== 'linux')(
    'and its command lead groups of their own, which a terminal does not signal',
    async () => {
      const at = folder({});
      await superviseIn(at, 'cat "/proc/$PPID/stat" "/proc/$$/stat"').exit;
      const groups = at
        .read('stdout.log')
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[4]);
      const pids = at
        .read('stdout.log')
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]);
      expect([groups, pids[0]]).toEqual([pids, String(JSON.parse(at.read('run.json')).pid)]);
    },
  );

  test('whose sweep was killed ends without a command, but with one only after it', async () => {
    const waiting = forked();
    await once(waiting.child, 'spawn');
    waiting.child.disconnect();
    expect(await waiting.ended).toEqual([0, null]);
    const at = folder({});
    const { child, ended } = forked();
    child.send(commandIn(at, 'until [ -e go ]; do sleep 0.01; done; echo ran'));
    await until(() => existsSync(join(at.path, 'stdout.log')));
    child.disconnect();
    await pause(50);
    at.write('go', '');
    expect([await ended, at.read('stdout.log')]).toEqual([[0, null], 'ran\n']);
    expect(JSON.parse(at.read('run.json'))).toMatchObject({ state: 'done' });
  });

  test('that fails after its sweep was killed ends with 1', async () => {
    const at = folder({});
    const { child, ended } = forked();
    child.send(commandIn(at, 'until [ -e go ]; do sleep 0.01; done; mkdir run.json.$PPID.part'));
    await until(() => existsSync(join(at.path, 'stdout.log')));
    child.disconnect();
    at.write('go', '');
    expect(await ended).toEqual([1, null]);
  });

  test.each([
    ['SIGTERM', 'echo ran; exit 0', 'stopped', 0],
    ['SIGUSR1', 'exit 0', 'done', 0],
    ['SIGUSR1', 'exit 3', 'failed', 3],
  ] as const)(
    'that passes %s to a command which then does %j records that it is %s',
    async (signal, last, state, exitCode) => {
      const at = folder({});
      const run = superviseIn(at, `trap '${last}' TERM USR1; touch begun; while true; do sleep 0.01; done`);
      await until(() => existsSync(join(at.path, 'begun')));
      run.kill(signal);
      await run.exit;
      expect(JSON.parse(at.read('run.json'))).toMatchObject({ state, exitCode });
    },
  );

  test('says why the folder of a run cannot be written', async () => {
    const at = folder({});
    mkdirSync(join(at.path, 'stdout.log'));
    await expect(superviseIn(at, 'echo ran').exit).rejects.toThrow(
      `the run in ${at.path} could not be recorded: ${at.path}/stdout.log is not a regular file`,
    );
  });
});

describe('runs that a program asks for', () => {
  /** The answers to these requests, one a line. */
  const answersTo = async (at: Folder, requests: readonly unknown[], script: string, flags: readonly string[] = []) => {
    const text = requests.map((one) => `${typeof one === 'string' ? one : JSON.stringify(one)}\n`).join('');
    const { code, stdout, stderr } = await sweep(at, ['--ask', ...flags], script, { stdin: Readable.from([text]) });
    return {
      code,
      stderr,
      answers: stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line)),
    };
  };
  const RESULT = 'echo ran >> log; echo "{\\"loss\\": $A_LR}" > "$VARVE_RUN_FOLDER/result.json"';

  test('are answered with their values, their folders and their results', async () => {
    const at = project();
    const { code, stderr, answers } = await answersTo(at, [{ lr: 0.5 }, ' ', { lr: 0.5 }], RESULT);
    const [name] = runsOf(at);
    const answer = { values: { lr: 0.5 }, folder: `sweep/${name}`, exitCode: 0, result: { loss: 0.5 } };
    expect([code, stderr, answers]).toEqual([
      0,
      '',
      [
        { line: 1, state: 'done', ...answer },
        { line: 3, state: 'kept', ...answer },
      ],
    ]);
    expect(linesOf(at).length).toBe(1);
  });

  test('are run as many at once as asked for, and equal ones once', async () => {
    const at = project();
    const script = `${RESULT}; while [ "$(wc -l < log)" -lt 2 ]; do sleep 0.01; done`;
    const { answers } = await answersTo(at, [{ lr: 1 }, { lr: 1 }, { lr: 2 }], script, ['-j', '3']);
    const found = answers.map(({ line, state, result }) => [line, state, result.loss]);
    expect(found.toSorted(([a], [b]) => a - b)).toEqual([
      [1, 'done', 1],
      [2, 'done', 1],
      [3, 'done', 2],
    ]);
    expect(linesOf(at).length).toBe(2);
  });

  test('are answered by nothing if their line is empty', async () => {
    expect(await answersTo(project(), ['', ' \t', ''], RESULT)).toEqual({ code: 0, stderr: '', answers: [] });
  });

  test.each<readonly [unknown, string]>([
    ['{', 'must be a JSON object'],
    [[1], 'must be a JSON object'],
    ['null', 'must be a JSON object'],
    [{ lr: 'x' }, 'must be a number'],
    [{ nothing: 1 }, '--set nothing: there is no such setting'],
  ])('are refused if their line is %j', async (request, message) => {
    const at = project();
    const { code, answers } = await answersTo(at, [request], RESULT);
    expect([code, answers]).toMatchObject([0, [{ line: 1, state: 'invalid', issues: [{ code: 'INVALID_VALUE' }] }]]);
    expect(answers[0].issues[0].message).toContain(message);
    expect(runsOf(at)).toEqual([]);
  });

  test('give groups as objects or by dotted keys, and texts as they are', async () => {
    const at = project({
      'varve.config.mjs': `export default { name: 'app', envPrefix: 'A', settings: {
        opt: { lr: 0.1, note: '' }, labels: { format: Object, default: {} }, list: { format: Array, default: [] } } };`,
    });
    const values = [{ 'opt.lr': 1, 'opt.note': 'a b' }, { 'opt.lr': 2, labels: { a: { b: 1 } } }, { list: [1, 2] }];
    const requests = [{ opt: { lr: 1, note: 'a b' } }, { 'opt.lr': 2, labels: { a: { b: 1 } } }, { list: [1, 2] }];
    const { answers } = await answersTo(at, requests, 'exit 0');
    expect(answers.map((answer) => answer.values)).toEqual(values);
  });

  test('that fail have no result, also if there is one of an earlier attempt', async () => {
    const at = project();
    const { answers } = await answersTo(at, [{ lr: 0.5 }], `${RESULT}; exit 3`);
    expect(answers).toEqual([
      { line: 1, state: 'failed', values: { lr: 0.5 }, folder: `sweep/${runsOf(at)[0]}`, exitCode: 3 },
    ]);
  });

  test('have no result that cannot be read, and a note says why', async () => {
    const at = project();
    const { answers, stderr } = await answersTo(at, [{ lr: 0.5 }], 'echo "{" > "$VARVE_RUN_FOLDER/result.json"');
    expect(answers).toEqual([
      { line: 1, state: 'done', values: { lr: 0.5 }, folder: `sweep/${runsOf(at)[0]}`, exitCode: 0 },
    ]);
    expect(stderr).toBe(`note: sweep/${runsOf(at)[0]}/result.json is not valid JSON: its result is left out\n`);
  });

  test('are refused where the folder has runs of another configuration', async () => {
    const at = project();
    await sweep(at, ['--lr', '1'], RESULT, { env: { A_STEPS: '7' } });
    const { code, answers } = await answersTo(at, [{ lr: 2 }, { lr: 2, steps: 5 }], RESULT);
    expect([code, answers]).toEqual([
      0,
      [
        {
          line: 1,
          state: 'refused',
          message: expect.stringContaining('steps is 1 (default), and was 7 in the runs of this folder'),
        },
        {
          line: 2,
          state: 'done',
          values: { lr: 2, steps: 5 },
          folder: expect.any(String),
          exitCode: 0,
          result: { loss: 2 },
        },
      ],
    ]);
  });

  test('are not answered where the record of the sweep cannot be read', async () => {
    const at = project({ 'sweep/sweep.json/file': '' });
    const { code, stderr, answers } = await answersTo(at, [{ lr: 1 }], RESULT);
    expect([code, answers, linesOf(at)]).toEqual([5, [], []]);
    expect(stderr).toContain('sweep/sweep.json');
  });

  test.each([
    ['the only one goes on', '{"lr":1}\n'],
    ['another one waits', '{"lr":1}\n{"lr":2}\n'],
  ])('are stopped by a signal while %s, and the input is read no more', async (_, requests) => {
    const at = project();
    const stdin = new PassThrough();
    const ended = sweep(at, ['--ask'], 'echo ran >> log; sleep 60', { stdin });
    stdin.write(requests);
    await until(() => linesOf(at).length > 0);
    process.emit('SIGTERM');
    const { code, stdout } = await ended;
    expect([code, JSON.parse(stdout)]).toMatchObject([143, { line: 1, state: 'stopped', exitCode: 143 }]);
    expect(linesOf(at).length).toBe(1);
  });
});

test('a record of a sweep that says the same is not written again', async () => {
  const at = await swept();
  const before = statSync(join(at.path, 'sweep/sweep.json')).ino;
  await sweep(at, ['--lr', '1'], 'echo ran >> log');
  expect(statSync(join(at.path, 'sweep/sweep.json')).ino).toBe(before);
});
