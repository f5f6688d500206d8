import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CLAIM, claimRun, isProcess, releaseRun, supervisorOf } from '../../src/cli/sweep/claim.ts';
import { EMIT, type Emission } from '../../src/cli/sweep/emit.ts';
import { readStatus } from '../../src/cli/sweep/folder-status.ts';
import { LogFiles } from '../../src/cli/sweep/log-files.ts';
import { stopOrphans } from '../../src/cli/sweep/orphans.ts';
import { nameOf, type Point, pointOf } from '../../src/cli/sweep/point.ts';
import { durationText, Progress, runCountText, stateText } from '../../src/cli/sweep/progress.ts';
import { drawnValue, gridValues, parseRange, type Range, searchRange } from '../../src/cli/sweep/range.ts';
import { reportSweep } from '../../src/cli/sweep/report.ts';
import { csvCell, csvText, resultRows, textCell } from '../../src/cli/sweep/results.ts';
import { type RunAllOptions, runAll, type SweepEnd } from '../../src/cli/sweep/run-all.ts';
import { RunFolder } from '../../src/cli/sweep/run-folder.ts';
import type { RunRecord } from '../../src/cli/sweep/run-record.ts';
import { CannotStart, type Outcome, Runner } from '../../src/cli/sweep/runner.ts';
import { leftRun, SupervisionError, superviseRun } from '../../src/cli/sweep/supervised-run.ts';
import { type NewSweep, parseSweep, recordSweep, SWEEP } from '../../src/cli/sweep/sweep-record.ts';
import { ConfigError, defineConfig, each, loadConfigSync, type SnapshotJson } from '../../src/index.ts';
import { mountDisk } from '../faults/harness/mounts.ts';
import { folder } from '../folder.ts';

const definition = defineConfig({
  name: 'app',
  envPrefix: 'A',
  settings: {
    lr: { format: Number, default: 0.1 },
    note: { format: String, default: 'x', identity: false },
    group: { inner: { format: Number, default: 1 }, other: { format: Number, default: 2 } },
    labels: { format: Object, default: { team: 'a' } },
  },
});

const NOTHING_GIVEN = { argv: [], env: {}, cwd: '/' } as const;

/** The definition with a group in place of a setting. */
const otherDefinition = defineConfig({ name: 'app', settings: { lr: 0.1, labels: { team: 'a', tier: 'b' } } });

/** The configuration that these flags give. */
function snapshotOf(...argv: readonly string[]): SnapshotJson {
  return loadConfigSync(definition, { argv, env: {}, cwd: '/' }).snapshot().toJSON();
}

const record: RunRecord = {
  state: 'done',
  values: { lr: 0.5 },
  fingerprint: 'f',
  attempt: 1,
  started: '2026-01-01T00:00:00.000Z',
  host: hostname(),
  pid: process.pid,
  ended: '2026-01-01T00:00:01.000Z',
  exitCode: 0,
};

const sweep = {
  command: ['train'],
  swept: ['lr'],
  constants: snapshotOf(),
  runs: [{ name: 'a', values: { lr: 0.5 } }],
};

describe('the runs of a folder', () => {
  const json = (value: unknown): string => JSON.stringify(value);
  const { ended, exitCode, ...begun } = record;
  const running: RunRecord = { ...begun, state: 'running' };
  // The largest number that a process can have on Linux is far below.
  const NO_PROCESS = 2 ** 31 - 1;

  test('are those of the latest sweep, then others that were started, each with what its files tell', () => {
    const at = folder({
      'out/sweep.json': json({ ...sweep, runs: ['z', 'w', 'a'].map((name) => ({ name, values: { lr: name } })) }),
      'out/z/run.json': json(record),
      'out/z/result.json': '{"loss": 1}',
      'out/a/run.json': json({ ...record, state: 'failed', exitCode: 3 }),
      'out/a/result.json': '{"loss": nan}',
      'out/y/run.json': json(running),
      'out/x/run.json': json({ ...running, pid: NO_PROCESS }),
      'out/v/run.json': json({ ...running, pid: 0 }),
      'out/u/run.json': json({ ...running, pid: NO_PROCESS, host: 'another-host' }),
      'out/t/run.json': json({ state: 'odd' }),
      'out/s/other.txt': '',
      'out/file': '',
    });
    const runs = readStatus(join(at.path, 'out'), 'out');
    expect(runs.map(({ folder: path, state }) => [path, state])).toEqual([
      ['out/z', 'done'],
      ['out/w', 'waiting'],
      ['out/a', 'failed'],
      ['out/u', 'running'],
      ['out/v', 'killed'],
      ['out/x', 'killed'],
      ['out/y', 'running'],
    ]);
    const { started, attempt, values } = record;
    expect(runs[0]).toStrictEqual({
      folder: 'out/z',
      state: 'done',
      values,
      started,
      attempt,
      exitCode,
      ended,
      result: { loss: 1 },
    });
    expect(runs[1]).toStrictEqual({ folder: 'out/w', state: 'waiting', values: { lr: 'w' } });
    expect(runs[2]).toMatchObject({
      exitCode: 3,
      problem: expect.stringMatching('out/a/result.json is not valid JSON'),
    });
    expect(runs.at(-1)).toStrictEqual({ folder: 'out/y', state: 'running', values, started, attempt });
  });

  test('are refused where no sweep has been', () => {
    const at = folder({ 'out/sweep.json': '{}' });
    expect(() => readStatus(at.path, 'here')).toThrow('here is not the folder of a sweep');
    expect(() => readStatus(join(at.path, 'out'), 'out')).toThrow('out/sweep.json was not written by varve sweep');
  });

  test.each<readonly [unknown, boolean]>([
    [record, true],
    [{ ...record, state: 'failed' }, true],
    [{ ...record, state: 'stopped' }, true],
    [running, true],
    [{ ...record, state: 'waiting' }, false],
    [{ ...record, values: null }, false],
    [{ ...record, values: 'x' }, false],
    [{ ...record, fingerprint: 1 }, false],
    [{ ...record, attempt: '1' }, false],
    [null, false],
    ['done', false],
  ])('the record %j counts: %s', (value, counts) => {
    const at = folder({ 'run/run.json': json(value) });
    expect(new RunFolder(at.path, 'shown', 'run').record() !== undefined).toBe(counts);
  });

  const numbers = (count: number): object => Object.fromEntries(Array.from({ length: count }, (_, i) => [i, i]));

  test.each([
    ['1', { value: 1 }],
    [json({ a: numbers(999), b: 1 }), { value: { a: numbers(999), b: 1 } }],
    [`{"a": ${'['.repeat(63)}${']'.repeat(63)}}`, { value: { a: JSON.parse('['.repeat(63) + ']'.repeat(63)) } }],
    [
      '{"a": NaN, "b": [Infinity, -Infinity], "c": "NaN"}',
      { value: { a: 'NaN', b: ['Infinity', '-Infinity'], c: 'NaN' } },
    ],
    ['{"a": "NaN \\" NaN", "b": NaN}', { value: { a: 'NaN " NaN', b: 'NaN' } }],
    ['{"a": xNaN}', { problem: 'shown/run/result.json is not valid JSON: its result is left out' }],
    ['{"a": NaNx}', { problem: 'shown/run/result.json is not valid JSON: its result is left out' }],
  ])('the result %.80s is read', (text, result) => {
    const at = folder({ 'run/result.json': text });
    expect(new RunFolder(at.path, 'shown', 'run').result()).toEqual(result);
  });

  test('a result that is not there or cannot be read is left out', () => {
    const at = folder({ 'none/x': '', 'run/result.json/x': '', 'looped/x': '' });
    symlinkSync('result.json', join(at.path, 'looped/result.json'));
    const resultOf = (name: string) => new RunFolder(at.path, 'shown', name).result();
    expect(resultOf('none')).toEqual({});
    for (const [name, reason] of [
      ['run', 'is a folder, not a file'],
      ['looped', 'ELOOP'],
    ] as const) {
      const { problem } = resultOf(name);
      expect(problem).toMatch(/^shown\/\w+\/result\.json cannot be read \(.+\): its result is left out$/);
      expect(problem).toContain(reason);
    }
  });

  test('the configuration of a run is read if it is one', () => {
    const at = folder({ 'run/snapshot.json': json(snapshotOf()), 'other/snapshot.json': '{}', 'none/x': '' });
    const read = ['run', 'other', 'none'].map((name) => new RunFolder(at.path, '', name).snapshot());
    expect(read).toEqual([snapshotOf(), undefined, undefined]);
  });

  test.each([
    [`{"a": ${'['.repeat(65)}${']'.repeat(65)}}`, 'is nested deeper than 64 levels'],
    [`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 'is nested deeper than 64 levels'],
    [json({ a: numbers(1_000), b: 1 }), 'has more than 1000 values'],
    // Each quote may begin a string that has no end.
    [`"${'a\\"'.repeat(1_000_000)}`, 'is not valid JSON'],
    [`"${'a\\"'.repeat(10)}\\`, 'is not valid JSON'],
  ])('a result that no table can show is left out', (text, problem) => {
    const at = folder({ 'run/result.json': text });
    expect(new RunFolder(at.path, 'shown', 'run').result()).toEqual({
      problem: `shown/run/result.json ${problem}: its result is left out`,
    });
  });

  test('a record that is nested too deeply is none', () => {
    const deep = `${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}`;
    const at = folder({ 'run/run.json': json(record).replace('{"lr":0.5}', deep) });
    expect(new RunFolder(at.path, '', 'run').record()).toBeUndefined();
  });

  test('a run was started if it has a record without an error, or a lock', () => {
    const at = folder({
      'none/x': '',
      'done/run.json': json(record),
      'error/run.json': json({ ...record, error: 'no such command' }),
      'locked/run.lock': '',
    });
    const started = ['none', 'done', 'error', 'locked'].map((name) => new RunFolder(at.path, '', name).hasStarted());
    expect(started).toEqual([false, true, false, true]);
  });

  test('a run is locked while it goes on, for every process', async () => {
    const at = folder({ 'run/x': '' });
    const [first, second] = [new RunFolder(at.path, 'shown', 'run'), new RunFolder(at.path, 'shown', 'run')];
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const work = first.locked(() => ended);
    while (!first.hasStarted()) await new Promise(setImmediate);
    await expect(second.locked(async () => 1)).rejects.toMatchObject({ code: 'LOCKED' });
    end();
    await work;
    expect(await second.locked(async () => 2)).toBe(2);
    await expect(second.locked(() => Promise.reject(new Error('of the run')))).rejects.toThrow('of the run');
  });
});

describe('the record of a sweep', () => {
  const recorded = async (at: { readonly path: string }, changes: Partial<NewSweep> = {}) => {
    const asked = {
      definition,
      command: ['train'],
      keys: ['lr'],
      base: snapshotOf(),
      dependent: [],
      snapshots: new Map(),
    };
    await recordSweep(at.path, 'out', { ...asked, runs: [], allowed: [], ...changes });
    return parseSweep(folderText(at), 'out');
  };
  const folderText = (at: { readonly path: string }): string => readFileSync(join(at.path, SWEEP), 'utf8');

  test('has its command, its keys, its runs, and the configuration without them', async () => {
    const at = folder({});
    const runs = [{ name: 'a', values: { lr: 0.5 } }];
    const { constants, ...rest } = await recorded(at, { runs, dependent: ['labels'] });
    expect(rest).toEqual({ command: ['train'], swept: ['lr', 'labels'], runs });
    expect(constants.values).toEqual({ note: 'x', group: { inner: 1, other: 2 } });
    expect(Object.keys(constants.origins)).toEqual(['note', 'group.inner', 'group.other']);
  });

  test('of a folder in which nothing was started belongs to the next sweep', async () => {
    const at = folder({ 'a/model': '' });
    await recorded(at);
    expect(await recorded(at, { command: ['other'], keys: ['note'] })).toMatchObject({
      command: ['other'],
      swept: ['note'],
    });
  });

  const withRun = () => folder({ 'a/run.json': JSON.stringify(record) });

  test('of a folder with runs collects what sweeps swept, and keeps the plan of one that has none', async () => {
    const at = withRun();
    const runs = [{ name: 'a', values: { lr: 0.5 } }];
    await recorded(at, { runs });
    const next = await recorded(at, { keys: ['group.inner'], runs: undefined });
    expect(next).toMatchObject({ swept: ['lr', 'group.inner'], runs });
    // What an earlier sweep swept has a constant value once one does not.
    expect(next.constants.values).toEqual({ lr: 0.1, note: 'x', group: { inner: 1, other: 2 }, labels: { team: 'a' } });
    await expect(recorded(at, { keys: ['group.inner'], base: snapshotOf('--lr', '0.3') })).rejects.toThrow(
      'lr is 0.3 (--lr), and was 0.1 in the runs of this folder',
    );
  });

  test.each<readonly [string, Partial<NewSweep>, string]>([
    ['another command', { command: ['other'] }, 'out/sweep.json is of another command: train. Choose another folder'],
    [
      'another constant',
      { base: snapshotOf('--group.inner', '5') },
      'group.inner is 5 (--group.inner), and was 1 in the runs',
    ],
    [
      'two others',
      { base: snapshotOf('--group.inner', '5', '--group.other', '6') },
      'Or sweep it, or allow the change: --allow-change group.inner,group.other',
    ],
    [
      'a setting that the definition no longer has',
      { definition: defineConfig({ name: 'app', settings: { lr: 0.1 } }), base: withoutGroup() },
      'group.inner is not set, and was 1 in the runs of this folder',
    ],
    [
      'a setting that has become a group',
      { definition: otherDefinition, base: loadConfigSync(otherDefinition, NOTHING_GIVEN).snapshot().toJSON() },
      'labels is {"team":"a","tier":"b"}, and was {"team":"a"} in the runs of this folder',
    ],
  ])('refuses %s', async (_, changes, message) => {
    const at = withRun();
    await recorded(at);
    await expect(recorded(at, changes)).rejects.toThrow(message);
  });

  test('refuses a member of a group by name that is new, and names one that is not there', async () => {
    const members = defineConfig({ name: 'app', settings: { lr: 0.1, regions: each({ pool: 1 }) } });
    const withMember = loadConfigSync(members, { ...NOTHING_GIVEN, argv: ['--regions.eu.pool', '5'] })
      .snapshot()
      .toJSON();
    const without = loadConfigSync(members, NOTHING_GIVEN).snapshot().toJSON();
    for (const [first, second, message] of [
      [without, withMember, 'regions.eu.pool is 5 (--regions.eu.pool), and was not set in the runs of this folder'],
      [withMember, without, 'regions.eu.pool is not set, and was 5 in the runs of this folder'],
    ] as const) {
      const at = withRun();
      await recorded(at, { definition: members, base: first });
      await expect(recorded(at, { definition: members, base: second })).rejects.toThrow(message);
    }
  });

  test('has the value that a setting gets which was swept before', async () => {
    const at = withRun();
    await recorded(at);
    const { constants } = await recorded(at, { keys: ['group.inner'], base: snapshotOf('--lr', '0.3') });
    expect(constants.values['lr']).toBe(0.3);
  });

  test('has the value of a setting that was a group', async () => {
    const at = withRun();
    await recorded(at);
    const flat = defineConfig({ name: 'app', settings: { lr: 0.1, group: 5 } });
    const base = loadConfigSync(flat, NOTHING_GIVEN).snapshot().toJSON();
    const { constants } = await recorded(at, { definition: flat, base, allowed: ['group', 'labels'] });
    expect(constants.values['group']).toBe(5);
  });

  test('names the secrets of its configuration', async () => {
    const secret = { format: String, default: 'x', sensitive: true };
    const snapshot = (settings: object): SnapshotJson =>
      loadConfigSync(defineConfig({ name: 'app', settings: { lr: 0.1, ...settings } } as never), NOTHING_GIVEN)
        .snapshot()
        .toJSON();
    const at = withRun();
    await recorded(at, { base: snapshot({ token: secret }) });
    const { constants } = await recorded(at, { base: snapshot({ token: secret, other: secret }) });
    expect(constants.secrets).toEqual({ token: null, other: null });
  });

  test.each<readonly [string, Partial<NewSweep>]>([
    ['what is swept now', { keys: ['lr', 'group.inner'], base: snapshotOf('--group.inner', '5') }],
    ['what is allowed', { allowed: ['group.inner'], base: snapshotOf('--group.inner', '5') }],
    ['what is in a group that is allowed', { allowed: ['group'], base: snapshotOf('--group.inner', '5') }],
    ['a setting outside the identity', { base: snapshotOf('--note', 'y') }],
  ])('takes %s', async (_, changes) => {
    const at = withRun();
    await recorded(at);
    await recorded(at, changes);
  });

  test('takes an allowed change into the constants, and keeps the others', async () => {
    const at = withRun();
    await recorded(at);
    const { constants } = await recorded(at, {
      allowed: ['group.inner'],
      base: snapshotOf('--group.inner', '5', '--note', 'y'),
    });
    expect(constants.values).toEqual({ note: 'x', group: { inner: 5, other: 2 }, labels: { team: 'a' } });
    expect(constants.origins['group.inner']?.layer).toBe('flag');
    expect(constants.identity.toSorted()).toEqual(['group.inner', 'group.other', 'labels']);
    await expect(recorded(at, { allowed: ['group.innermost'] })).rejects.toThrow('group.inner is 1');
  });

  test('has the constants of each choice of variants', async () => {
    const at = withRun();
    const choice = (value: string) => new Map([[`type=${value}`, snapshotOf('--group.inner', value)]]);
    await recorded(at, { snapshots: choice('7') });
    const { choices } = await recorded(at, { snapshots: choice('8') });
    expect(Object.entries(choices ?? {}).map(([name, { values }]) => [name, values['group']])).toEqual([
      ['type=7', { inner: 7, other: 2 }],
      ['type=8', { inner: 8, other: 2 }],
    ]);
    const changed = new Map([['type=7', snapshotOf('--group.inner', '9')]]);
    await expect(recorded(at, { snapshots: changed })).rejects.toThrow('group.inner is 9');
  });

  test.each<readonly [unknown, boolean]>([
    [sweep, true],
    [{ ...sweep, choices: { a: snapshotOf() } }, true],
    [{ ...sweep, choices: { a: {} } }, false],
    [{ ...sweep, choices: [] }, false],
    [{ ...sweep, command: 'train' }, false],
    [{ ...sweep, swept: undefined }, false],
    [{ ...sweep, constants: {} }, false],
    [{ ...sweep, runs: {} }, false],
    [{ ...sweep, runs: [1] }, false],
    [{ ...sweep, runs: [{ name: 1 }] }, false],
    [null, false],
  ])('%# is a record: %s', (value, isRecord) => {
    const read = () => parseSweep(JSON.stringify(value), 'sweep.json');
    if (isRecord) expect(read()).toEqual(value);
    else expect(read).toThrow('sweep.json was not written by varve sweep');
    expect(() => parseSweep('{', 'sweep.json')).toThrow('was not written by varve sweep');
  });
});

function withoutGroup(): SnapshotJson {
  const other = defineConfig({ name: 'app', settings: { lr: 0.1 } });
  return loadConfigSync(other, { argv: [], env: {}, cwd: '/' }).snapshot().toJSON();
}

describe('the claim of a run', () => {
  test('is that of one process', () => {
    const at = folder({});
    expect([claimRun(at.path), claimRun(at.path)]).toEqual([true, false]);
    expect(readdirSync(at.path)).toEqual([CLAIM]);
    expect(supervisorOf(at.path)).toMatchObject({ pid: process.pid, host: hostname() });
    releaseRun(at.path);
    expect([supervisorOf(at.path), readdirSync(at.path)]).toEqual([undefined, []]);
    releaseRun(at.path);
  });

  test('stays if another host has it, and goes if its process has ended', () => {
    const claims = [
      { pid: 2 ** 31 - 1, host: 'another-host' },
      { pid: 2 ** 31 - 1, host: hostname() },
    ];
    const found = claims.map((claim) => {
      const at = folder({ [CLAIM]: JSON.stringify(claim) });
      return [supervisorOf(at.path)?.host, readdirSync(at.path).length];
    });
    expect(found).toEqual([
      ['another-host', 1],
      [undefined, 0],
    ]);
  });

  test('goes if it is a link to one', () => {
    const [at, other] = [folder({}), folder({})];
    claimRun(other.path);
    symlinkSync(join(other.path, CLAIM), join(at.path, CLAIM));
    expect([supervisorOf(at.path), readdirSync(at.path)]).toEqual([undefined, []]);
    expect(supervisorOf(other.path)).toMatchObject({ pid: process.pid });
  });

  test('goes if it is a link, and is not written through one', () => {
    const at = folder({ 'other.txt': 'other' });
    symlinkSync(join(at.path, 'none'), join(at.path, CLAIM));
    symlinkSync(join(at.path, 'other.txt'), join(at.path, `${CLAIM}.${process.pid}.part`));
    expect([supervisorOf(at.path), claimRun(at.path), at.read('other.txt')]).toEqual([undefined, true, 'other']);
  });

  test.skipIf(process.platform === 'win32')('of a sweep is not written through a link', async () => {
    const at = folder({});
    symlinkSync(join(at.path, 'none'), join(at.path, 'sweep.json'));
    await expect(recordSweep(at.path, 'out', {} as never)).rejects.toThrow(
      /^out\/sweep.json is a link, and not a file/,
    );
    expect(readdirSync(at.path)).toEqual(['sweep.json']);
  });

  test('fails where its folder is not there', () => {
    expect(() => claimRun(join(folder({}).path, 'none'))).toThrow(/^ENOENT: .*, open /);
  });

  test.skipIf(process.platform !== 'linux')('names when its process began, and goes if that is a zombie', async () => {
    const fieldsOf = (pid: number): readonly string[] =>
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
    const at = folder({});
    claimRun(at.path);
    expect(supervisorOf(at.path)).toMatchObject({ pid: process.pid, since: fieldsOf(process.pid)[19] });
    // The shell becomes a program that never asks how its child has ended.
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60']);
    onTestFinished(() => void parent.kill('SIGKILL'));
    const pid = Number(await once(parent.stdout, 'data'));
    while (fieldsOf(pid)[0] !== 'Z') await new Promise(setImmediate);
    at.write(CLAIM, JSON.stringify({ pid, host: hostname(), since: fieldsOf(pid)[19] }));
    expect(supervisorOf(at.path)).toBeUndefined();
  });

  test.each<readonly [unknown, boolean]>([
    [1, true],
    [2 ** 31 - 1, true],
    [2 ** 31, false],
    [0, false],
    [-1, false],
    [1.5, false],
    ['1', false],
    [undefined, false],
  ])('has the number %j, which is that of a process: %s', (pid, isOne) => expect(isProcess(pid)).toBe(isOne));
});

const point = { name: 'a', values: { lr: 0.5, n: 'two' }, pairs: ['lr=0.5', 'n=two'], fingerprint: 'f' };

describe('runs', () => {
  /** Runs points named a, b and c that end so; gives which ones began, with their slots, and which ends were reported. */
  const runs = async (
    ends: readonly (Outcome['state'] | Error | NodeJS.Signals)[],
    { jobs = 1, stopOnFailure = false }: Partial<RunAllOptions> = {},
  ) => {
    const points: readonly Point[] = ['a', 'b', 'c'].map((name) => ({ ...point, name }));
    const begun: string[] = [];
    const reported: string[] = [];
    const runner = {
      signal: undefined as NodeJS.Signals | undefined,
      children: new Set(),
      folderOf: ({ name }: Point) => ({ shown: name }),
      run: async (one: Point, slot: number): Promise<Outcome> => {
        begun.push(`${one.name}${slot}`);
        await new Promise(setImmediate);
        const end = ends[points.indexOf(one)];
        if (end instanceof Error) throw end;
        if (end?.startsWith('SIG')) process.emit(end as NodeJS.Signals);
        return { point: one, folder: one.name, state: end?.startsWith('SIG') ? 'stopped' : (end as Outcome['state']) };
      },
    };
    const { outcomes, ...end } = await runAll(points, runner as unknown as Runner, {
      terminal: { stdin: {} } as never,
      jobs,
      stopOnFailure,
      onOutcome: ({ folder: name }) => reported.push(name),
    });
    expect(outcomes.map((outcome) => [outcome.point, outcome.folder])).toEqual(points.map((one) => [one, one.name]));
    return { begun, reported, states: outcomes.map(({ state }) => state), ...end };
  };
  const of = (begun: string, states: string, reported = 'a b c') => ({
    begun: begun.split(' '),
    states: states.split(' '),
    reported: reported.split(' '),
  });

  test('begin in their order, as many at once as asked for', async () => {
    expect(await runs(['done', 'kept', 'done'])).toStrictEqual(of('a0 b0 c0', 'done kept done'));
    expect(await runs(['done', 'done', 'done'], { jobs: 2 })).toStrictEqual(of('a0 b1 c0', 'done done done'));
    expect(await runs(['done', 'done', 'done'], { jobs: 4 })).toStrictEqual(of('a0 b1 c2', 'done done done'));
  });

  test('begin after one has failed, unless that is to stop them', async () => {
    expect(await runs(['failed', 'done', 'done'])).toStrictEqual(of('a0 b0 c0', 'failed done done'));
    const stopOnFailure = true;
    expect(await runs(['done', 'failed', 'done'], { stopOnFailure })).toStrictEqual(
      of('a0 b0', 'done failed waiting', 'a b'),
    );
    expect(await runs(['done', 'kept', 'elsewhere'], { stopOnFailure })).toStrictEqual(
      of('a0 b0 c0', 'done kept elsewhere'),
    );
  });

  test('begin no more after a signal that asks to stop, or an error', async () => {
    expect(await runs(['SIGTERM', 'done', 'done'])).toStrictEqual({
      ...of('a0', 'stopped waiting waiting', 'a'),
      signal: 'SIGTERM',
    });
    expect(await runs(['SIGUSR1', 'done', 'done'])).toStrictEqual(of('a0 b0 c0', 'stopped done done'));
    expect(await runs(['SIGINT', 'SIGTERM', 'done'], { jobs: 2 })).toStrictEqual({
      ...of('a0 b1', 'stopped stopped waiting', 'a b'),
      signal: 'SIGINT',
    });
    const [first, second] = [new Error('first'), new Error('second')];
    expect(await runs([first, second, 'done'], { jobs: 2 })).toStrictEqual({
      begun: ['a0', 'b1'],
      states: ['waiting', 'waiting', 'waiting'],
      reported: [],
      error: first,
    });
  });

  test('that did not begin are not reported', async () => {
    expect(await runs(['done', 'waiting', 'done'])).toStrictEqual(of('a0 b0 c0', 'done waiting done', 'a c'));
  });
});

describe('a run', () => {
  const json = (value: unknown): string => JSON.stringify(value);

  /** A runner that was asked to stop, so that it starts no command. */
  const stopped = (files: Readonly<Record<string, string>> = {}) => {
    const at = folder(files);
    const notes: string[] = [];
    const context = { note: (text: string) => notes.push(text) };
    const runner = new Runner({ context, output: at.path, shown: 'out' } as never);
    runner.signal = 'SIGTERM';
    return { at, notes, runner };
  };
  const outcome = (state: Outcome['state']) => ({ point, folder: 'out/a', state });
  const sleeping = (env: Readonly<Record<string, string>> = {}) => {
    const child = spawn('sleep', ['60'], { env: { PATH: process.env['PATH'], ...env } });
    onTestFinished(() => void child.kill('SIGKILL'));
    return { child, ended: once(child, 'exit') };
  };

  test('does not begin after a signal that asks to stop', async () => {
    const { runner, notes } = stopped();
    expect([await runner.run(point, 0), notes]).toEqual([outcome('waiting'), []]);
  });

  test('begins once the sweep is recorded, which happens once', async () => {
    const { runner } = stopped();
    let records = 0;
    runner.record = async () => {
      records += 1;
      throw new Error('of another sweep');
    };
    for (const name of ['a', 'b']) await expect(runner.run({ ...point, name }, 0)).rejects.toThrow('of another sweep');
    expect(records).toBe(1);
  });

  test('that is done is kept, also if another process did it meanwhile', async () => {
    const kept = { ...outcome('kept'), exitCode: 0 };
    const { at, runner } = stopped();
    runner.record = async () => at.write('a/run.json', json(record));
    expect(await runner.run(point, 0)).toEqual(kept);
    const done = stopped({ 'a/run.json': json(record) });
    done.runner.record = () => Promise.reject(new Error('it needs no record'));
    expect(await done.runner.run(point, 0)).toEqual(kept);
    expect(readdirSync(join(done.at.path, 'a'))).toEqual(['run.json']);
  });

  test('of another process is elsewhere, but not one whose folder fails', async () => {
    const { at, runner } = stopped({ 'a/x': '' });
    const other = new RunFolder(at.path, 'out', 'a');
    let end = (): void => undefined;
    const work = other.locked(() => new Promise<void>((resolve) => (end = resolve)));
    await until(() => other.hasStarted());
    expect(await runner.run(point, 0)).toEqual(outcome('elsewhere'));
    end();
    await work;
    const failing = stopped();
    failing.runner.record = async () => {
      throw new ConfigError([{ code: 'UNAVAILABLE', message: 'the disk fails' }]);
    };
    await expect(failing.runner.run(point, 0)).rejects.toThrow('the disk fails');
  });

  describe('that is done', () => {
    const config = loadConfigSync(definition, { ...NOTHING_GIVEN, argv: ['--set', 'group.inner=5'] });
    const now = { ...pointOf(config, ['group.inner=5']), name: 'a' };
    const before = { 'a/run.json': json(record), 'a/snapshot.json': json(snapshotOf()) };
    /** Whether the configuration may be another one now, and how often it was loaded. */
    const compared = async (
      files: Readonly<Record<string, string>>,
      allowed: readonly string[] = [],
      { base = snapshotOf(), ...changes }: { readonly base?: SnapshotJson; readonly fingerprint?: string } = {},
    ) => {
      let loads = 0;
      const load = async () => {
        loads += 1;
        return config;
      };
      const runner = new Runner({
        context: { load },
        definition,
        output: folder(files).path,
        shown: 'out',
        allowed,
        base,
      } as never);
      const message = await runner
        .requireSame({ ...now, ...changes })
        .catch((error: Error) => error.message.split('\n')[0]);
      return [message, loads];
    };

    test('had the same configuration', async () => {
      const refused = 'group.inner is 5 (--set group.inner), and was 1 in out/a';
      expect(await compared(before)).toEqual([refused, 1]);
      expect(await compared(before, ['group'])).toEqual([undefined, 1]);
    });

    test('is not compared with a configuration that changed since the sweep began', async () => {
      const fingerprint = 'of the begin';
      const base = snapshotOf('--lr', '0.3');
      expect(await compared(before, ['group'], { fingerprint, base })).toEqual([
        'lr is 0.1 (default), and was 0.3 when this sweep began',
        1,
      ]);
      expect(await compared(before, ['group'], { fingerprint })).toEqual([
        'the configuration of a has changed since this sweep began',
        1,
      ]);
    });

    test.each<readonly [string, Readonly<Record<string, string>>]>([
      ['was never started', {}],
      ['failed', { ...before, 'a/run.json': json({ ...record, state: 'failed' }) }],
      ['had the same fingerprint', { ...before, 'a/run.json': json({ ...record, fingerprint: now.fingerprint }) }],
      ['has no configuration', { 'a/run.json': json(record) }],
    ])('unless it %s', async (_, files) => expect(await compared(files)).toEqual([undefined, 0]));
  });

  test('of another host is elsewhere', async () => {
    const { runner, notes } = stopped({ [`a/${CLAIM}`]: '{ "pid": 7, "host": "another-host" }' });
    expect(await runner.run(point, 0)).toEqual(outcome('elsewhere'));
    expect(notes).toEqual(['note: process 7 on another-host runs out/a; if it does not, remove out/a/supervisor.json']);
  });

  test('of an earlier sweep is waited for, and gets the signal', async () => {
    const { child, ended } = sleeping();
    const since = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
    const { at, runner, notes } = stopped({ [`a/${CLAIM}`]: json({ pid: child.pid, host: hostname(), since }) });
    const run = runner.run(point, 0);
    await until(() => runner.children.size > 0);
    expect([...runner.children]).toMatchObject([{ hasOwnGroup: true }]);
    expect(await ended).toEqual([null, 'SIGTERM']);
    expect([await run, runner.children.size]).toEqual([outcome('waiting'), 0]);
    expect(notes).toEqual(['note: out/a still runs, although its sweep was killed; waiting for its end']);
    expect(readdirSync(join(at.path, 'a'))).toEqual([]);
  });

  test.skipIf(process.platform !== 'linux')('of an earlier sweep without a supervisor is stopped', async () => {
    const { ended: _, exitCode: __, ...begun } = record;
    for (const [state, isStopped] of [
      ['running', true],
      ['failed', false],
    ] as const) {
      const { at, runner, notes } = stopped({ 'a/run.json': json({ ...begun, state }) });
      const { child, ended } = sleeping({ VARVE_RUN_FOLDER: join(at.path, 'a') });
      expect(await runner.run(point, 0)).toEqual(outcome('waiting'));
      expect(notes).toEqual(isStopped ? ['note: out/a still ran after its sweep was killed; it was stopped'] : []);
      if (isStopped) expect(await ended).toEqual([null, 'SIGTERM']);
      else expect(child.exitCode ?? child.signalCode).toBe(null);
    }
    const { runner, notes } = stopped({ 'a/run.json': json({ ...begun, state: 'running' }) });
    expect([await runner.run(point, 0), notes]).toEqual([outcome('waiting'), []]);
  });
});

describe('a supervisor of an earlier sweep', () => {
  const left = () => {
    const at = folder({});
    const child = spawn('sleep', ['60']);
    onTestFinished(() => void child.kill('SIGKILL'));
    const pid = Number(child.pid);
    const since = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[19];
    const claim = (changes: object = {}): void =>
      at.write(CLAIM, JSON.stringify({ pid, host: hostname(), since, ...changes }));
    claim();
    return { at, claim, child, exit: once(child, 'exit'), run: leftRun(at.path, { pid, host: hostname() }) };
  };

  test('is waited for until it has ended', async () => {
    const { child, run } = left();
    expect([run.hasOwnGroup, await Promise.race([run.exit, pause(100, 'it is there')])]).toEqual([true, 'it is there']);
    child.kill('SIGKILL');
    expect(await run.exit).toBeUndefined();
  });

  test('gets signals', async () => {
    const { run, exit } = left();
    run.kill('SIGTERM');
    expect([await exit, await run.exit]).toEqual([[null, 'SIGTERM'], undefined]);
  });

  test.each<readonly [string, (claimed: ReturnType<typeof left>) => void]>([
    ['gives up its claim', ({ at }) => releaseRun(at.path)],
    ['is replaced by one of another host with its number', ({ claim }) => claim({ host: 'another-host' })],
    ['is replaced by another one', ({ claim }) => claim({ pid: process.pid, since: undefined, host: 'another-host' })],
  ])('that %s is not waited for, and gets no signal', async (_, change) => {
    const claimed = left();
    change(claimed);
    expect(await claimed.run.exit).toBeUndefined();
    claimed.run.kill('SIGTERM');
    await pause(50);
    expect(claimed.child.signalCode).toBe(null);
  });
});

test('a supervisor that cannot be started is an error with its exit code', async () => {
  // Only the built package has the program.
  const at = folder({});
  const { exit } = superviseRun({ folder: at.path, command: [], cwd: at.path, env: {}, secrets: [], record });
  await expect(exit).rejects.toThrow(`the run in ${at.path} could not be recorded: exit code 1`);
});

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 30_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error('it never came');
    await new Promise(setImmediate);
  }
}

describe('the lines of a sweep', () => {
  const outcome = (state: Outcome['state'], more: Partial<Outcome> = {}): Outcome => ({
    point,
    folder: 'out/a',
    state,
    ...more,
  });

  test('estimate the time that is left by the runs that ran, and by how many run at once', () => {
    const progress = new Progress(6, 2);
    expect(progress.lineOf(outcome('elsewhere'))).toBe('[1/6] elsewhere  lr=0.5 n=two');
    expect(progress.lineOf(outcome('kept'))).toBeUndefined();
    expect(progress.lineOf(outcome('done', { exitCode: 0, ms: 10_000 }))).toBe(
      '[3/6] done  lr=0.5 n=two  10.0 s  about 15.0 s left',
    );
    expect(progress.lineOf(outcome('failed', { exitCode: 3, ms: 20_000 }))).toBe(
      '[4/6] failed (exit 3)  lr=0.5 n=two  20.0 s  about 15.0 s left',
    );
    expect(progress.lineOf(outcome('elsewhere'))).toBe('[5/6] elsewhere  lr=0.5 n=two  about 7.5 s left');
    expect(progress.lineOf(outcome('done', { ms: 400 }))).toBe('[6/6] done  lr=0.5 n=two  0.4 s');
  });

  test.each([
    [0, '0.0 s'],
    [119_999, '120.0 s'],
    [120_000, '2 min'],
    [7_199_999, '120 min'],
    [7_200_000, '2.0 h'],
    [12_600_000, '3.5 h'],
  ])('%i ms are %s', (ms, text) => expect(durationText(ms)).toBe(text));

  test('count runs, and name their states', () => {
    expect([runCountText(0), runCountText(1), runCountText(2)]).toEqual(['0 runs', '1 run', '2 runs']);
    expect([stateText('failed', 3), stateText('stopped', 143)]).toEqual(['failed (exit 3)', 'stopped']);
  });

  /** What a sweep that ended so writes, and its exit code. */
  const report = (end: Omit<SweepEnd, 'outcomes'>, states: readonly Outcome[], json = false) => {
    const written: { answer: string; notes: string[] } = { answer: '', notes: [] };
    const context = {
      json,
      terminal: { stdout: {} },
      print: (text: string) => (written.answer = text),
      note: (text: string) => written.notes.push(text),
    };
    const code = reportSweep(context as never, { ...end, outcomes: states }, 'out');
    return { code, ...written };
  };

  test.each<readonly [string, Omit<SweepEnd, 'outcomes'>, readonly Outcome['state'][], number, readonly string[]]>([
    ['done', {}, ['done', 'kept', 'done'], 0, ['varve: 3 runs: 2 done, 1 kept']],
    [
      'failed',
      {},
      ['failed', 'elsewhere'],
      1,
      ['varve: 2 runs: 1 failed, 1 elsewhere; repeat the same command line to run again what failed'],
    ],
    ['elsewhere', {}, ['elsewhere'], 4, ['varve: 1 run: 1 elsewhere']],
    [
      'stopped',
      { signal: 'SIGTERM' },
      ['stopped', 'failed'],
      143,
      ['varve: 2 runs: 1 stopped, 1 failed; repeat the same command line to continue'],
    ],
    [
      'waiting',
      { signal: 'SIGINT' },
      ['waiting'],
      130,
      ['varve: 1 run: 1 waiting; repeat the same command line to continue'],
    ],
    [
      'not started',
      { error: new CannotStart('no: not found', 127) },
      ['waiting'],
      127,
      ['varve: 1 run: 1 waiting', 'varve: no: not found'],
    ],
    [
      'not recorded',
      { error: new SupervisionError('EISDIR') },
      ['waiting'],
      5,
      ['varve: 1 run: 1 waiting', 'varve: EISDIR'],
    ],
  ])('tell the end of runs: %s', (_, end, states, code, notes) => {
    expect(
      report(
        end,
        states.map((state) => outcome(state)),
      ),
    ).toMatchObject({ code, notes });
  });

  test('have a row of a table for each run, or a member of an answer', () => {
    const other = { ...outcome('failed', { exitCode: 3 }), point: { ...point, values: { m: [1] } } };
    expect(report({}, [outcome('done', { exitCode: 0 }), other]).answer.split('\n')).toEqual([
      'lr   n    m    STATE            FOLDER',
      '0.5  two  -    done             out/a',
      '-    -    [1]  failed (exit 3)  out/a',
    ]);
    const { answer } = report({}, [outcome('waiting'), other], true);
    expect(JSON.parse(answer)).toEqual({
      schemaVersion: 1,
      output: 'out',
      counts: { waiting: 1, failed: 1 },
      runs: [
        { name: 'a', values: point.values, folder: 'out/a', state: 'waiting' },
        { name: 'a', values: { m: [1] }, folder: 'out/a', state: 'failed', exitCode: 3 },
      ],
    });
    expect(() => report({ error: new Error('of the disk') }, [])).toThrow('of the disk');
  });
});

describe('the table of results', () => {
  const run = (values: Record<string, unknown>, result?: unknown) =>
    ({ folder: 'f', state: 'done', values, ...(result !== undefined && { result }) }) as const;

  test('has no cell for a name that every object has', () => {
    const runs = [
      { folder: 'a', state: 'done', values: {}, result: { constructor: 1 } },
      { folder: 'b', state: 'done', values: {} },
    ];
    const rows = resultRows(runs as never, csvCell);
    expect(rows).toEqual([
      ['state', 'constructor', 'folder'],
      ['done', '1', 'a'],
      ['done', '', 'b'],
    ]);
  });

  test('has the values, the state, and the members of the results by dotted names', () => {
    const runs = [run({ a: 1 }, { loss: 0.5, by: { x: null, y: [1] } }), run({ b: 'two' }, 7), run({})];
    expect(resultRows(runs, csvCell)).toEqual([
      ['a', 'b', 'state', 'loss', 'by.x', 'by.y', 'result', 'folder'],
      ['1', '', 'done', '0.5', 'null', '[1]', '', 'f'],
      ['', 'two', 'done', '', '', '', '7', 'f'],
      ['', '', 'done', '', '', '', '', 'f'],
    ]);
    expect(resultRows([run({ 'a\n': undefined })], textCell)).toEqual([
      ['a\\u000a', 'state', 'folder'],
      ['-', 'done', 'f'],
    ]);
  });

  test.each([
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "x"', '"say ""x"""'],
    ['a\nb', '"a\nb"'],
    ['a\rb', '"a\rb"'],
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['@a', "'@a"],
    ['\ta', "'\ta"],
    ['\ra', `"'\ra"`],
    ['-a', "'-a"],
    ['-1', '-1'],
    ['-.5', '-.5'],
    ['-Infinity', '-Infinity'],
    ['-Infinity+1', "'-Infinity+1"],
    ['a=1', 'a=1'],
    ['a-b', 'a-b'],
  ])('has the field %j as %j', (text, field) => {
    expect(csvText([['x', text], ['y']])).toBe(`x,${field}\ny`);
  });
});

describe('a sweep for a scheduler', () => {
  const emission: Emission = {
    name: 'My app!',
    points: [point, { ...point, name: 'b' }],
    program: ['varve'],
    sweep: ['--lr', '1,2'],
    command: ['train', "it's"],
    output: '/out',
    jobs: 1,
  };
  const emitted = (format: string, changes: Partial<Emission> = {}): readonly string[] =>
    (EMIT[format]?.({ ...emission, ...changes }) ?? '').split('\n');

  test('is a line for each run', () => {
    expect(emitted('shell')).toEqual([
      `varve sweep --lr 1,2 --index 0 -- train 'it'\\''s'`,
      `varve sweep --lr 1,2 --index 1 -- train 'it'\\''s'`,
    ]);
    expect(() => emitted('shell', { command: ['a\nb'] })).toThrow('can not hold a line break');
    expect(emitted('jsonl').map((line) => JSON.parse(line))[1]).toEqual({
      index: 1,
      name: 'b',
      values: point.values,
      folder: '/out/b',
      command: ['varve', 'sweep', '--lr', '1,2', '--index', '1', '--', 'train', "it's"],
    });
  });

  test.each([
    [1, '0-1'],
    [2, '0-1%2'],
  ])('is an array of Slurm that runs %i at once', (jobs, array) => {
    expect(emitted('slurm', { jobs, name: 'My, app!' }).slice(0, 3)).toEqual([
      '#!/bin/bash',
      '#SBATCH --job-name=My_app_',
      `#SBATCH --array=${array}`,
    ]);
  });

  test.each([
    ['My, app!!', 1, '"my-app-"', 2],
    ['--x--', 3, '"x-"', 3],
    ['日本', 2, '"sweep-"', 2],
  ])('is a job of Kubernetes with the name of %j', (name, jobs, shown, parallelism) => {
    const lines = emitted('kubernetes', { name, jobs, output: '/ö$', command: ['$x', '$$'] });
    expect(lines).toContain(`  generateName: ${shown}`);
    expect(lines).toContain('  completions: 2');
    expect(lines).toContain(`  parallelism: ${parallelism}`);
    expect(lines.at(-2)).toMatch(/"\$\$x","\$\$\$\$"\]$/);
    expect(lines.at(-1)).toBe('          # mount a volume that all pods share at /?$');
  });
});

test('the folder of a run is named by its values, whatever their order, and fits into a file system', () => {
  expect(nameOf({ b: 'x y', a: 1 })).toBe(nameOf({ a: 1, b: 'x y' }));
  expect(nameOf({ a: 1, b: 'x/y' })).toMatch(/^a=1,b=x_y-[0-9a-f]{8}$/);
  expect(nameOf({ a: 'x: y' })).toMatch(/^a=x_y-/);
  expect(nameOf({ a: 'x'.repeat(200) })).toHaveLength(120 + 9);
  expect(nameOf({ a: 'x/y' })).not.toBe(nameOf({ a: 'x:y' }));
});

test('a run has the values of the settings that its names address', () => {
  const lr = { format: Number, default: 0.1, aliases: ['rate'] } as const;
  const aliased = defineConfig({ name: 'app', settings: { first: 1, lr } });
  const valuesOf = (pair: string) =>
    pointOf(loadConfigSync(aliased, { argv: ['--set', pair], env: {}, cwd: '/', onWarning: false }), [pair]).values;
  expect([valuesOf('lr=0.5'), valuesOf('rate=0.5')]).toEqual([{ lr: 0.5 }, { lr: 0.5 }]);
});

describe('the output of a run', () => {
  /** What a command with this program of Node.js leaves in its log files, started again with each of the programs. */
  const logsOf = async (secrets: readonly string[], ...programs: readonly string[]): Promise<readonly string[]> => {
    const at = folder({});
    for (const program of programs) {
      const logs = new LogFiles(at.path, secrets);
      const child = spawn(process.execPath, ['-e', program], { stdio: [...logs.stdio] });
      logs.follow(child);
      await once(child, 'close');
      logs.close();
    }
    return ['stdout.log', 'stderr.log'].map((name) => at.read(name));
  };
  const program = `process.stdout.write('a tok'); setTimeout(() => process.stdout.write('en é'), 20); console.error('token');`;

  test('is in its files, those of all attempts', async () => {
    expect(await logsOf([], program, 'console.log(2)')).toEqual(['a token é2\n', 'token\n']);
  });

  test('is written by the command itself, unless something may have to be redacted', () => {
    const stdioOf = (secrets: readonly string[]) => {
      const logs = new LogFiles(folder({}).path, secrets);
      logs.close();
      return logs.stdio;
    };
    expect(stdioOf([])).toEqual(['ignore', expect.any(Number), expect.any(Number)]);
    expect(stdioOf(['token'])).toEqual(['ignore', 'pipe', 'pipe']);
  });

  test.skipIf(process.platform === 'win32')('is incomplete if one of its files can not grow', () => {
    const at = folder({});
    const module = new URL('../../dist/cli/sweep/log-files.js', import.meta.url).href;
    const job = `process.stdout.write('x'.repeat(100_000)); console.error('short')`;
    const source = `
      import { spawn } from 'node:child_process';
      import { LogFiles } from '${module}';
      const logs = new LogFiles('${at.path}', ['token']);
      const child = spawn(process.execPath, ['-e', ${JSON.stringify(job)}], { stdio: logs.stdio });
      logs.follow(child);
      child.once('close', () => console.log(logs.isIncomplete));`;
    const limited = [
      '-c',
      `trap '' XFSZ; ulimit -f 16; exec "$@"`,
      'sh',
      process.execPath,
      '--input-type=module',
      '-e',
    ];
    expect(execFileSync('sh', [...limited, source], { encoding: 'utf8' })).toBe('true\n');
    expect(at.read('stderr.log')).toBe('short\n');
    expect(statSync(join(at.path, 'stdout.log')).size).toBeLessThan(50_000);
  });

  test('is redacted, wherever it is cut', async () => {
    expect(await logsOf(['token'], program, 'console.log(2)')).toEqual(['a ******** é2\n', '********\n']);
  });

  test('keeps every other byte, and the end that may begin a secret', async () => {
    const at = folder({});
    const logs = new LogFiles(at.path, ['tökén']);
    const script = `process.stdout.write(Buffer.from([255, 0, 195])); process.stdout.write('tökén'); setTimeout(() => process.stdout.write(' tök'), 20)`;
    const child = spawn(process.execPath, ['-e', script], { stdio: [...logs.stdio] });
    logs.follow(child);
    await once(child, 'close');
    logs.close();
    expect(readFileSync(join(at.path, 'stdout.log'))).toEqual(
      Buffer.concat([Buffer.from([255, 0, 195]), Buffer.from('******** tök')]),
    );
  });

  test.skipIf(process.platform === 'win32')('is not written through a link, or into a pipe', () => {
    const at = folder({ 'other.txt': '' });
    symlinkSync('other.txt', join(at.path, 'stdout.log'));
    expect(() => new LogFiles(at.path, [])).toThrow('stdout.log is not a regular file');
    const other = folder({});
    const pipe = join(other.path, 'stderr.log');
    execFileSync('mkfifo', [pipe]);
    expect(() => new LogFiles(other.path, [])).toThrow('stderr.log is not a regular file');
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    expect(() => new LogFiles(other.path, [])).toThrow('stderr.log is not a regular file');
    closeSync(reader);
    const third = folder({ 'stderr.log/file': '' });
    expect(() => new LogFiles(third.path, [])).toThrow('stderr.log is not a regular file');
    expect(() => new LogFiles(join(third.path, 'none'), [])).toThrow('ENOENT');
  });

  test('that the disk does not take is lost, and the command sees that', async (context) => {
    const at = folder({});
    const disk = mountDisk(context, join(at.path, 'disk'), 64 * 1024);
    try {
      const logs = new LogFiles(join(at.path, 'disk'), ['token']);
      const script = `process.stdout.write('x'.repeat(1_000_000)); setTimeout(() => process.exit(0), 5_000)`;
      const child = spawn(process.execPath, ['-e', script], { stdio: [...logs.stdio] });
      logs.follow(child);
      expect((await once(child, 'exit'))[0]).not.toBe(0);
      logs.close();
      expect([logs.isIncomplete, statSync(join(at.path, 'disk/stdout.log')).size > 32 * 1024]).toEqual([true, true]);
    } finally {
      disk.unmount();
    }
  });

  test('that a process in the background would write later is not waited for', async () => {
    const at = folder({});
    const logs = new LogFiles(at.path, ['token']);
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => 0, 60_000)'], { stdio: [...logs.stdio] });
    logs.follow(child);
    logs.close();
    expect([child.stdout?.destroyed, child.stderr?.destroyed]).toEqual([true, true]);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });
});

test.skipIf(process.platform !== 'linux')(
  'the processes of a run whose sweep was killed are stopped, and no others',
  async () => {
    const start = async (path: string, program: string) => {
      const child = spawn(process.execPath, ['-e', `${program}; console.log(1); setTimeout(() => 0, 60_000)`], {
        env: { VARVE_RUN_FOLDER: path },
      });
      await once(child.stdout, 'data');
      return { child, exit: once(child, 'exit') };
    };
    const [ours, saving, other] = [
      await start('/runs/a', ''),
      await start('/runs/a', `process.on('SIGTERM', () => setTimeout(() => process.exit(5), 50))`),
      await start('/runs/ab', ''),
    ];
    expect(await stopOrphans('/runs/a')).toBe(2);
    expect([await ours.exit, await saving.exit, other.child.exitCode]).toEqual([[null, 'SIGTERM'], [5, null], null]);
    expect(await stopOrphans('/runs/a')).toBe(0);
    other.child.kill('SIGKILL');
    await other.exit;
  },
);

describe('a range', () => {
  const integers: Range = { low: 2, high: 4, scale: 'linear', isInteger: true };

  test.each<readonly [string, Range, number, number]>([
    ['integers, the first third', integers, 0.33, 2],
    ['integers, the second third', integers, 0.34, 3],
    ['integers, the last third', integers, 0.99, 4],
    ['integers of a logarithmic scale', { ...integers, low: 1, high: 100, scale: 'log' }, 0.5, 10],
    ['numbers', { ...integers, isInteger: false }, 0.25, 2.5],
    ['numbers, at the beginning', { ...integers, isInteger: false, low: 1 / 3 }, 0, 1 / 3],
    ['one number', { ...integers, isInteger: false, low: 1 / 3, high: 1 / 3 }, 0.5, 1 / 3],
    ['numbers with six digits', { ...integers, isInteger: false, low: 0, high: 1 }, 1 / 3, 0.333333],
  ])('of %s is drawn from: %j at %d is %d', (_, range, share, value) => {
    expect(drawnValue(range, share)).toBe(value);
  });

  test('of a grid has both ends as they are, and at most 10,000 values', () => {
    const range = { low: 1 / 3, high: 2 / 3, scale: 'linear', isInteger: false } as const;
    expect(gridValues({ ...range, count: 3 }, 'x')).toEqual([1 / 3, 0.5, 2 / 3]);
    expect(gridValues({ ...range, count: 10_000 }, 'x')).toHaveLength(10_000);
    expect(gridValues({ low: 5, high: 7, scale: 'linear', isInteger: true }, 'x')).toEqual([5, 6, 7]);
  });

  const setting = { format: 'number', constraints: { min: 1, max: 2 }, search: 'log', key: 'x', merges: false };

  test.each<readonly [string, object]>([
    ['no search', { search: undefined }],
    ['no minimum', { constraints: { max: 2 } }],
    ['no maximum', { constraints: { min: 1 } }],
  ])('is not that of a search with %s', (_, changes) => {
    expect(() => searchRange({ ...setting, ...changes } as never)).toThrow('x declares no search space');
  });

  test.each<readonly [string, string, object | undefined]>([
    ['number', 'search', { low: 1, high: 2, scale: 'log', isInteger: false }],
    ['number', 'search:12', { low: 1, high: 2, scale: 'log', isInteger: false, count: 12 }],
    ['port', 'search', { low: 1, high: 2, scale: 'log', isInteger: true }],
    ['int', '-1:1', { low: -1, high: 1, scale: 'linear', isInteger: true }],
    ['number', 'research', undefined],
    ['number', 'search:', undefined],
    ['number', 'search:x', undefined],
    ['number', 'searching', undefined],
    ['number', '1:2:3:4', undefined],
    ['string', '1:2', undefined],
  ])('of a %s is written as %s', (format, text, range) => {
    expect(parseRange(text, 'x', { ...setting, format } as never)).toEqual(range);
  });
});

test('the record of a sweep, which has its configuration, is for its owner only', async () => {
  const at = folder({});
  const base = snapshotOf();
  const asked = { definition, command: [], keys: [], base, dependent: [], snapshots: new Map(), allowed: [] };
  await recordSweep(at.path, 'out', { ...asked, runs: undefined });
  expect(statSync(join(at.path, SWEEP)).mode & 0o777).toBe(0o600);
  expect(parseSweep(at.read(SWEEP), 'out').runs).toEqual([]);
});
