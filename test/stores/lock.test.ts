import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { breakLock, isAbandoned, type LockWait, lifeOf } from '../../src/stores/json-file/abandoned-lock.ts';
import { type FoundLock, type Owner, parseOwner, readLock } from '../../src/stores/json-file/found-lock.ts';
import { ourselves, sweep, threadOf, tryRead } from '../../src/stores/json-file/lock-file.ts';
import { revisionOf } from '../../src/stores/json-file/read-file.ts';
import { temporaryPath } from '../../src/stores/json-file/replace-file.ts';
import { acquireLockFile } from '../../src/stores/json-file/write-lock.ts';
import { jsonFile } from '../../src/stores/json-file.ts';
import { type Built, buildStore } from '../faults/harness/built.ts';
import { startChild, writeInChild } from '../faults/harness/child.ts';
import { failingEnvironment } from '../faults/harness/failing-calls.ts';
import { leftovers, openFilesIn, temporaryFolder } from '../faults/harness/folder.ts';
import { changeResults, recordCalls, replaceNextCall, systemError } from '../faults/harness/replace-call.ts';
import { needRoot, runOrSkip } from '../faults/harness/skip.ts';
import { edit, localOf, underLock } from './local.ts';

let built: Built;
beforeAll(() => {
  built = buildStore();
}, 60_000);
afterAll(() => built.remove());

const nonce = (digit: string): string => digit.repeat(24);
const deadPid = 2 ** 22 + 1;
const soon: LockWait = { name: 'app.json', timeout: 50 };

function us(changes: Partial<Owner> = {}): Owner {
  return { ...ourselves(), since: '2026-01-02T03:04:05.678Z', nonce: nonce('a'), ...changes };
}

/** A target in a new folder, with that in its lock file. */
function lockedTarget(lock?: Owner | string): string {
  const target = join(temporaryFolder(), 'app.json');
  if (lock !== undefined) writeFileSync(`${target}.lock`, typeof lock === 'string' ? lock : JSON.stringify(lock));
  return target;
}

async function takeAndRelease(target: string, waiting: LockWait = soon): Promise<void> {
  (await acquireLockFile(target, waiting)).release();
  expect(readdirSync(join(target, '..'))).toEqual([]);
}

function abortable(reason: Error): { readonly signal: AbortSignal; abort(): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(reason) };
}

describe('the lock file', () => {
  test('names its owner, whole, and goes away', async () => {
    const target = lockedTarget();
    const lock = await acquireLockFile(target, soon);
    const owner = parseOwner(readFileSync(`${target}.lock`, 'utf8'));
    expect(owner).toMatchObject({ pid: process.pid, host: hostname() });
    expect(Date.parse(owner?.since ?? '')).toBeGreaterThan(Date.now() - 60_000);
    if (process.platform === 'linux')
      expect(owner).toMatchObject({
        started: expect.stringMatching(/^\d+$/),
        boot: expect.stringMatching(/^[0-9a-f-]{36}$/),
        space: expect.stringMatching(/^pid:\[\d+\] time:\[\d+\]$/),
      });
    expect(readdirSync(join(target, '..'))).toEqual(['app.json.lock']);
    expect(lock.isOurs()).toBe(true);
    lock.release();
    expect(existsSync(`${target}.lock`)).toBe(false);
  });

  test('is held by one at a time; the error of who waits too long names the owner and the remedy', async () => {
    const target = lockedTarget();
    const lock = await acquireLockFile(target, soon);
    const { since } = JSON.parse(readFileSync(`${target}.lock`, 'utf8'));
    const message = new RegExp(
      `locked by process ${process.pid} on ${hostname()} since ${since}.*if that process no longer runs, remove ${target}.lock`,
    );
    await expect(acquireLockFile(target, soon)).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringMatching(message),
    });
    lock.release();
    await takeAndRelease(target);
  });

  test.each<[string, number, number, readonly number[]]>([
    ['doubling', 400, 1, [1, 2, 4, 8, 16, 32, 50, ...Array<number>(57).fill(5), 2]],
    ['up to half as long, by chance', 126, 0, [0.5, 1, 2, 4, 8, 16, ...Array<number>(37).fill(2.5), 2]],
  ])(
    'is tried again after pauses (%s), after a quarter of the timeout short ones',
    async (_, timeout, random, pauses) => {
      vi.useFakeTimers({ toFake: ['performance'] });
      vi.spyOn(Math, 'random').mockReturnValue(random);
      const paused: unknown[] = [];
      vi.spyOn(process.getBuiltinModule('node:timers/promises'), 'setTimeout').mockImplementation(async (ms) => {
        paused.push(ms);
        vi.advanceTimersByTime(Number(ms));
        return undefined as never;
      });
      onTestFinished(() => {
        vi.restoreAllMocks();
        vi.useRealTimers();
      });
      await expect(acquireLockFile(lockedTarget(us()), { ...soon, timeout })).rejects.toMatchObject({ code: 'LOCKED' });
      expect(paused).toEqual(pauses);
    },
  );

  test('is not waited for after an abort', async () => {
    const target = lockedTarget();
    const lock = await acquireLockFile(target, soon);
    const timers = process.getBuiltinModule('node:timers/promises');
    const pause = timers.setTimeout;
    const pauses = vi.spyOn(timers, 'setTimeout').mockImplementation((_, value, options) => pause(1e6, value, options));
    onTestFinished(() => pauses.mockRestore());
    const reason = new Error('enough');
    const { signal, abort } = abortable(reason);
    const waiting = acquireLockFile(target, { ...soon, timeout: 60_000, signal });
    abort();
    await expect(waiting).rejects.toBe(reason);
    expect(readdirSync(join(target, '..'))).toEqual(['app.json.lock']);
    lock.release();
  });

  test('does not count as ours after a takeover, and is not removed', async () => {
    const target = lockedTarget();
    const lock = await acquireLockFile(target, soon);
    unlinkSync(`${target}.lock`);
    expect(lock.isOurs()).toBe(false);
    writeFileSync(`${target}.lock`, 'no record');
    expect(lock.isOurs()).toBe(false);
    unlinkSync(`${target}.lock`);
    const theirs = await acquireLockFile(target, soon);
    expect(lock.isOurs()).toBe(false);
    lock.release();
    expect(theirs.isOurs()).toBe(true);
    theirs.release();
  });

  test('is ours also with another inode, as some network file systems give it', async () => {
    const target = lockedTarget();
    const lock = await acquireLockFile(target, soon);
    copyFileSync(`${target}.lock`, `${target}.copy`);
    renameSync(`${target}.copy`, `${target}.lock`);
    expect(lock.isOurs()).toBe(true);
    lock.release();
    expect(readdirSync(join(target, '..'))).toEqual([]);
  });

  test('is ours also if it can no longer be read', async () => {
    const target = lockedTarget();
    const lock = await acquireLockFile(target, soon);
    replaceNextCall('openSync', () => {
      throw systemError('EACCES');
    });
    expect(lock.isOurs()).toBe(true);
    lock.release();
  });

  test('a writer that lost the lock does not rename', async () => {
    const target = lockedTarget();
    writeFileSync(target, 'old');
    const store = jsonFile(target);
    const { revision } = await store.read();
    const written = underLock(store, async () => {
      writeFileSync(`${target}.lock.new`, JSON.stringify(us()));
      renameSync(`${target}.lock.new`, `${target}.lock`);
      return store.write('new', { expect: revision, id: '1' });
    });
    await expect(written).rejects.toMatchObject({ code: 'LOCKED' });
    expect(readFileSync(target, 'utf8')).toBe('old');
    expect(readdirSync(join(target, '..')).sort()).toEqual(['app.json', 'app.json.lock']);
  });

  test('a link that is turned while another process has the lock: the other file is written', async () => {
    const target = lockedTarget(us());
    const link = join(target, '../link');
    writeFileSync(target, 'old');
    symlinkSync('app.json', link);
    const written = jsonFile(link).write('new', { expect: 'absent', id: '1' });
    await new Promise((turn) => setTimeout(turn, 5));
    unlinkSync(link);
    symlinkSync('other.json', link);
    unlinkSync(`${target}.lock`);
    expect(await written).toMatchObject({ ok: true });
    expect([readFileSync(target, 'utf8'), readFileSync(link, 'utf8')]).toEqual(['old', 'new']);
    expect(readdirSync(join(target, '..')).sort()).toEqual(['app.json', 'link', 'other.json']);
  });

  test('a folder in its place is an error, and is not removed', async () => {
    const target = lockedTarget();
    mkdirSync(`${target}.lock`);
    await expect(acquireLockFile(target, soon)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(existsSync(`${target}.lock`)).toBe(true);
  });

  test('a folder that replaces it does not keep the next writer of this process out once it is gone', async () => {
    const target = lockedTarget();
    writeFileSync(target, 'old');
    const store = jsonFile(target, { lockTimeout: 300 });
    const replaced = edit(store, () => {
      unlinkSync(`${target}.lock`);
      mkdirSync(`${target}.lock`);
      return undefined;
    });
    await expect(replaced).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(openFilesIn(dirname(target))).toEqual([]);
    rmSync(`${target}.lock`, { recursive: true });
    await edit(store, () => 'new');
    expect(readFileSync(target, 'utf8')).toBe('new');
  });

  test('is made without hard links where there are none', async (context) => {
    const target = lockedTarget();
    const env = failingEnvironment(context, { call: 'link', error: 'EPERM', path: '.lock$', always: true });
    const child = startChild('hold.mjs', { url: built.url, path: target, text: 'x' }, { env });
    expect(await child.line()).toBe('held');
    await expect(acquireLockFile(target, soon)).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(`process ${child.process.pid} `),
    });
    child.process.stdin?.write('go\n');
    expect(await child.line()).toBe('released');
    expect(readdirSync(join(target, '..'))).toEqual(['app.json']);
  });
});

describe('when a system call fails', () => {
  type Linking = (from: string, to: string) => void;
  const failing =
    (code: string, act: Linking = () => undefined): Linking =>
    (from, to) => {
      act(from, to);
      throw systemError(code);
    };
  const sweptDraft: Linking = (from) => unlinkSync(from);
  const taken: Linking = (_, to) => writeFileSync(to, JSON.stringify(us()));
  const fullDisk: Linking = () => void replaceNextCall('openSync', failing('ENOSPC'));

  test.each<[string, Linking, string, number]>([
    ['the link is made and its reply lost', failing('EEXIST', linkSync), 'held', 1],
    ['the lock is released before it can be read', failing('EEXIST'), 'held', 2],
    ['the draft was swept', failing('ENOENT', sweptDraft), 'held', 2],
    ['the folder is gone', failing('ENOENT'), 'ENOENT', 1],
    ['the disk fails', failing('EIO'), 'EIO', 1],
    ['there are no hard links', failing('EPERM'), 'held', 1],
    ['there are no hard links, and no space', failing('EPERM', fullDisk), 'ENOSPC', 1],
    ['there are no hard links, and another process has the lock', failing('EPERM', taken), 'LOCKED', 1],
  ])('%s', async (_, link, outcome, calls) => {
    const target = lockedTarget();
    const linkCalls = replaceNextCall('linkSync', (from = '', to = '') => link(from, to));
    const lock = await acquireLockFile(target, { ...soon, timeout: 0 }).catch(({ code }) => code);
    expect([typeof lock === 'string' ? lock : 'held', linkCalls()]).toEqual([outcome, calls]);
    expect(readdirSync(join(target, '..'))).toEqual(/^E/.test(outcome) ? [] : ['app.json.lock']);
    if (typeof lock !== 'string') lock.release();
  });

  test('the link is made and its reply lost, where inode numbers are beyond 2^53', async () => {
    const large = (ino: number | bigint) => (typeof ino === 'bigint' ? ino + 2n ** 60n : ino + 2 ** 60);
    for (const call of ['fstatSync', 'lstatSync'] as const)
      changeResults(call, (stat) => stat && Object.assign(stat, { ino: large(stat.ino) }));
    replaceNextCall('linkSync', failing('EEXIST', linkSync));
    await takeAndRelease(lockedTarget(), { ...soon, timeout: 0 });
  });

  test('a lock that cannot be removed does not undo the save, and is removed later', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const target = lockedTarget();
    const lock = await acquireLockFile(target, soon);
    replaceNextCall('unlinkSync', failing('EIO'));
    lock.release();
    expect(lock.isOurs()).toBe(true);
    vi.advanceTimersByTime(1_000);
    expect(vi.getTimerCount()).toBe(0);
    await takeAndRelease(target);
    const other = await acquireLockFile(lockedTarget(), soon);
    replaceNextCall('unlinkSync', () => {
      throw new TypeError('a defect');
    });
    expect(() => other.release()).toThrow('a defect');
  });

  test.each<[string, (lock: string) => void, readonly string[]]>([
    ['tried again until it succeeds', () => void replaceNextCall('unlinkSync', failing('EIO')), []],
    [
      'given up once another process has the lock, even under the same inode number',
      (lock) => writeFileSync(lock, JSON.stringify(us())),
      ['app.json.lock'],
    ],
    [
      'given up once a folder is there',
      (lock) => {
        unlinkSync(lock);
        mkdirSync(lock);
      },
      ['app.json.lock'],
    ],
  ])('the removal of a lock is %s', async (_, act, left) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const target = lockedTarget();
    const lock = await acquireLockFile(target, soon);
    replaceNextCall('unlinkSync', failing('EIO'));
    lock.release();
    act(`${target}.lock`);
    vi.advanceTimersByTime(2_000);
    expect([readdirSync(dirname(target)), vi.getTimerCount()]).toEqual([left, 0]);
  });

  test('a prepared lock that cannot be removed is closed once', async () => {
    replaceNextCall('linkSync', failing('EPERM'));
    replaceNextCall('unlinkSync', failing('EISDIR'));
    // To close it again would be EBADF, or would close a file of the program.
    await expect(acquireLockFile(lockedTarget(), soon)).rejects.toMatchObject({ code: 'EISDIR' });
  });

  test('a sign of life that cannot be given is left out', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    onTestFinished(() => void vi.useRealTimers());
    const lock = await acquireLockFile(lockedTarget(), soon);
    replaceNextCall('futimesSync', failing('EIO'));
    vi.advanceTimersByTime(5_000);
    replaceNextCall('futimesSync', () => {
      throw new TypeError('a defect');
    });
    expect(() => vi.advanceTimersByTime(5_000)).toThrow('a defect');
    lock.release();
  });

  test('other errors are not taken for those of the system', () => {
    const failure = new TypeError('a defect');
    expect(() =>
      tryRead(() => {
        throw failure;
      }),
    ).toThrow(failure);
  });
});

describe('sweeping', () => {
  test('removes a temporary file of the name that a save gives it', () => {
    const target = lockedTarget();
    const path = temporaryPath(target);
    expect(dirname(path)).toBe(dirname(target));
    writeFileSync(path, '');
    sweep(target, nonce('a'));
    expect(readdirSync(dirname(target))).toEqual([]);
  });

  const own = nonce('a');
  const old = nonce('b');

  test('removes what processes that were killed left of the file and its lock, and nothing else', () => {
    const at = temporaryFolder();
    const removed = [
      '.app.json.7.0123456789ab.tmp',
      '.app.json.lock.7.0123456789ab.tmp',
      `.app.json.lock.${old}.claim.7.0123456789ab.tmp`,
      `app.json.lock.${old}.claim`,
      'app.json.lock.seen',
      `app.json.lock.${old}.claim.seen`,
    ];
    const kept = [
      '.app.json.seen.7.0123456789ab.tmp',
      `.other.json.lock.${old}.claim.7.0123456789ab.tmp`,
      'app.json.lock',
      'app.json.seen',
      'app.json.lock.seen.bak',
      '.seen',
      'other.json.lock.seen',
      `other.json.lock.${old}.claim`,
      `other.json.lock.${old}.claim.seen`,
    ];
    for (const name of [...removed, ...kept]) writeFileSync(join(at, name), '');
    mkdirSync(join(at, '.app.json.1.0123456789ab.tmp'));
    sweep(join(at, 'app.json'), own);
    expect(readdirSync(at)).toEqual(['.app.json.1.0123456789ab.tmp', ...kept].sort());
  });

  test('happens after each change of the folder by others, and otherwise once in a second', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const target = lockedTarget();
    const store = jsonFile(target);
    const listed = recordCalls('readdirSync');
    const sweepsAfter = async (ms: number): Promise<number> => {
      const before = listed().length;
      vi.advanceTimersByTime(ms);
      await edit(store, ({ text }) => `${text}!`);
      return listed().length - before;
    };
    expect([await sweepsAfter(0), await sweepsAfter(0), await sweepsAfter(999)]).toEqual([1, 0, 0]);
    expect([await sweepsAfter(1), await sweepsAfter(999), await sweepsAfter(2)]).toEqual([1, 0, 1]);
    writeFileSync(join(target, '../other'), '');
    expect([await sweepsAfter(0), await sweepsAfter(0)]).toEqual([1, 0]);
  });

  test('and a read happen after another process had the lock, however short', async () => {
    const target = lockedTarget();
    const store = jsonFile(target);
    const seen: (string | null)[] = [];
    const editNow = (text: string): Promise<unknown> =>
      localOf(store).edit(
        (before) => {
          seen.push(before.text);
          return text;
        },
        { isSynchronous: true },
      );
    for (const text of ['a', 'b']) await editNow(text);
    replaceNextCall('linkSync', (_, to = '') => {
      writeFileSync(to, JSON.stringify(us()));
      writeFileSync(temporaryPath(target), '');
      writeFileSync(target, 'theirs');
      setTimeout(() => unlinkSync(to), 5);
      throw systemError('EEXIST');
    });
    await editNow('c');
    expect([readdirSync(dirname(target)), seen]).toEqual([['app.json'], [null, 'a', 'theirs']]);
  });

  test('removes nothing for a path without a name', () => {
    const at = temporaryFolder();
    for (const name of ['package.json', '.git']) writeFileSync(join(at, name), '');
    const before = process.cwd();
    process.chdir(at);
    try {
      sweep('', own);
    } finally {
      process.chdir(before);
    }
    expect(readdirSync(at)).toEqual(['.git', 'package.json']);
  });

  test('leaves the claims while another process is breaking our lock, and a folder that is gone', () => {
    const at = temporaryFolder();
    for (const name of [own, old]) writeFileSync(join(at, `app.json.lock.${name}.claim`), '');
    sweep(join(at, 'app.json'), own);
    expect(readdirSync(at)).toHaveLength(2);
    sweep(join(at, 'none/app.json'), own);
  });
});

describe('whether an owner lives', () => {
  const linux = { skip: process.platform !== 'linux' };
  const folder = process.cwd();

  test.each<[string, Partial<Owner>, string]>([
    ['ourselves', {}, 'alive'],
    ['another process', { pid: process.ppid, thread: process.ppid, started: startOf(process.ppid) }, 'alive'],
    ['a process that ended', { pid: deadPid }, 'dead'],
    ['its number, given out again', { started: '1' }, 'dead'],
    ['a thread that ended', { thread: deadPid }, 'dead'],
    ['another pid namespace of this boot', { pid: deadPid, space: 'pid:[4026539999] time:[1]' }, 'unknown'],
    ['a container with a boot id of its own', { boot: 'x', space: 'pid:[4026539999] time:[1]' }, 'unknown'],
    ['another system', { boot: undefined as never, space: undefined as never, host: 'other' }, 'unknown'],
  ])('%s', linux, (_, changes, life) => {
    expect(lifeOf(us(changes), folder)).toBe(life);
  });

  test.each<[string, Partial<Owner>, string, string]>([
    ['proves that an owner outside of containers is gone', {}, folder, 'dead'],
    ['proves nothing on a file system that others may mount too', {}, '/proc', 'unknown'],
    ['proves nothing in a folder that is gone', {}, '/nowhere', 'unknown'],
    ['proves nothing of an owner in a container', { space: 'pid:[4026539999] time:[1]' }, folder, 'unknown'],
    ['proves nothing of an owner without a known space', { space: undefined as never }, folder, 'unknown'],
    ['that is unknown proves nothing', { boot: undefined as never }, folder, 'unknown'],
  ])('an earlier boot %s', linux, (_, changes, at, life) => {
    const space = 'pid:[4026531836] time:[1]';
    expect(lifeOf(us({ boot: 'x', space, ...changes }), at, { ...ourselves(), space })).toBe(life);
    expect(lifeOf(us({ boot: 'x', space, ...changes }), at, { ...ourselves(), space: 'other' })).toBe('unknown');
  });

  test.each<[string, Partial<Owner>, Partial<Owner>, string]>([
    ['a process of this host', {}, {}, 'alive'],
    ['a process of this host that ended', {}, { pid: deadPid }, 'dead'],
    ['another host', {}, { pid: deadPid, host: 'other' }, 'unknown'],
    ['a container of this host that knows its boot', {}, { pid: deadPid, boot: 'x' }, 'unknown'],
    ['a container of this host that knows its space', {}, { pid: deadPid, space: 'x' }, 'unknown'],
    ['another host with the same boot', { boot: 'x' }, { pid: deadPid, boot: 'x', host: 'other' }, 'unknown'],
    ['another host with the same space', { space: 'x' }, { pid: deadPid, space: 'x', host: 'other' }, 'unknown'],
  ])('on a system that does not tell both boot and space: %s', (_, ours, theirs, life) => {
    const self = { pid: process.pid, host: 'here' };
    const owner = { ...self, since: '2026-01-02T03:04:05.678Z', nonce: nonce('a'), ...theirs };
    expect(lifeOf(owner, folder, { ...self, ...ours })).toBe(life);
  });

  test.each<[string, Partial<Owner>, object]>([
    ['that the owner does not know', { started: undefined as never }, {}],
    ['that we do not know', {}, { started: undefined }],
  ])('a start %s proves nothing of a thread that ended', linux, (_, theirs, ours) => {
    expect(lifeOf(us({ thread: deadPid, ...theirs }), folder, { ...ourselves(), ...ours })).toBe('alive');
  });

  test.each([
    ['ESRCH', 'dead'],
    ['EPERM', 'alive'],
    ['EIO', 'EIO'],
  ])('a process that a signal does not reach (%s): %s', linux, (code, outcome) => {
    const kill = vi.spyOn(process, 'kill').mockImplementation(() => {
      throw systemError(code, { syscall: 'kill' });
    });
    onTestFinished(() => kill.mockRestore());
    const life = (): string => lifeOf(us(), folder);
    if (code === outcome) expect(life).toThrow(expect.objectContaining({ code }));
    else expect(life()).toBe(outcome);
  });

  test('a process that is hidden in /proc is alive', linux, () => {
    const hide = (): never => {
      throw systemError('ENOENT');
    };
    for (let i = 0; i < 2; i++) replaceNextCall('readFileSync', hide);
    expect(lifeOf(us(), folder)).toBe('alive');
  });

  test('a process that ended and was not waited for', linux, async () => {
    const parent = startChild('zombie.mjs', {});
    const pid = Number(await parent.line());
    expect(lifeOf(us({ pid, thread: pid, started: startOf(pid) }), folder)).toBe('dead');
  });

  test.each([
    ['nothing', ''],
    ['no object', 'null'],
    ['half a record', JSON.stringify(us()).slice(0, 40)],
    ['no process', JSON.stringify(us({ pid: -1 }))],
    ['a number that no process can have', JSON.stringify(us({ pid: 2 ** 31 }))],
    ['a nonce that leads out of the folder', JSON.stringify(us({ nonce: '../../../../../etc/x' }))],
    ['members of other types', JSON.stringify({ ...us(), boot: 1 })],
  ])('no record: %s', (_, text) => {
    expect(parseOwner(text)).toBeUndefined();
  });

  test('the status of a thread is read behind its name, and not used when it is cut', () => {
    const status = `7 (a) (b) S ${'0 '.repeat(18)}99 5`;
    expect(threadOf(status)).toEqual({ id: 7, state: 'S', started: '99' });
    expect(threadOf(status.slice(0, 30))).toBeUndefined();
    expect(threadOf('')).toBeUndefined();
  });
});

function startOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

describe('breaking a lock', () => {
  test('of a process that was killed: at once', async () => {
    const target = lockedTarget();
    const child = startChild('hold.mjs', { url: built.url, path: target });
    await child.line();
    expect(existsSync(`${target}.lock`)).toBe(true);
    child.process.kill('SIGKILL');
    await child.ended;
    await takeAndRelease(target);
  });

  test('of a process that ended: without a pause', async () => {
    await takeAndRelease(lockedTarget(us({ pid: deadPid })), { ...soon, timeout: 0 });
  });

  test('of a living process: never', async () => {
    const target = lockedTarget();
    const child = startChild('hold.mjs', { url: built.url, path: target, text: 'x' });
    await child.line();
    const waiting = { ...soon, timeout: 300, foreignMs: 10, unparsableMs: 10 };
    await expect(acquireLockFile(target, waiting)).rejects.toMatchObject({ code: 'LOCKED' });
    child.process.kill('SIGSTOP');
    await expect(acquireLockFile(target, waiting)).rejects.toMatchObject({ code: 'LOCKED' });
    child.process.kill('SIGCONT');
    child.process.stdin?.write('go\n');
    expect(await child.line()).toBe('released');
    expect(readFileSync(target, 'utf8')).toBe('x');
  });

  test('of a worker that was terminated', { skip: process.platform !== 'linux' }, async () => {
    const target = lockedTarget();
    const script = `
      const { parentPort, workerData } = require('node:worker_threads');
      import(workerData.url).then(({ jsonFile }) => jsonFile(workerData.path).local.edit(() => {
        parentPort.postMessage('held');
        return new Promise((done) => setTimeout(done, 1e6));
      }));`;
    const worker = new Worker(script, { eval: true, workerData: { url: built.url, path: target } });
    await new Promise((held) => worker.once('message', held));
    await expect(acquireLockFile(target, soon)).rejects.toMatchObject({ code: 'LOCKED' });
    await worker.terminate();
    await takeAndRelease(target);
  });

  test.each([
    ['empty', ''],
    ['half-written', JSON.stringify(us()).slice(0, 50)],
    ['zeroed', '\0'.repeat(200)],
    ['longer than any record', `${' '.repeat(100_000)}${JSON.stringify(us())}`],
  ])('that can not be parsed (%s): once it has stayed so', async (_, text) => {
    const target = lockedTarget(text);
    await expect(acquireLockFile(target, soon)).rejects.toMatchObject({ code: 'LOCKED' });
    await takeAndRelease(target, { ...soon, timeout: 5_000, unparsableMs: 100 });
  });

  test('of another container: once it gave no sign of life, as we saw it, over several attempts', async () => {
    const target = lockedTarget(us({ boot: 'x', space: 'other', host: 'other' }));
    const waiting = { ...soon, timeout: 30, foreignMs: 200 };
    await expect(acquireLockFile(target, waiting)).rejects.toMatchObject({
      code: 'LOCKED',
      message: expect.stringContaining(`process ${process.pid} on other since 2026-01-02`),
    });
    utimesSync(`${target}.lock`, 1, 1);
    await expect(acquireLockFile(target, waiting)).rejects.toMatchObject({ code: 'LOCKED' });
    await takeAndRelease(target, { ...waiting, timeout: 5_000 });
  });

  test('of another container that gives signs of life: never', async () => {
    const target = lockedTarget(us({ boot: 'x', space: 'other', host: 'other' }));
    let time = 1;
    const beat = setInterval(() => {
      time += 1;
      utimesSync(`${target}.lock`, time, time);
    }, 5);
    await expect(acquireLockFile(target, { ...soon, timeout: 600, foreignMs: 300 })).rejects.toMatchObject({
      code: 'LOCKED',
    });
    clearInterval(beat);
    await takeAndRelease(target, { ...soon, timeout: 5_000, foreignMs: 100 });
  });
});

describe('a lock of another container, waited for by processes that each save once', () => {
  // A process looks once; the second that sees the same state breaks the lock.
  const waiting = { timeout: 0, foreignMs: 1 };
  const foreign = us({ space: 'pid:[4026539999] time:[1]' });

  /** What a process of its own prints: `held`, or the code of its error. */
  async function takeOnce(target: string): Promise<string> {
    const child = startChild('take.mjs', { url: built.url, path: target, waiting });
    const outcome = await child.line();
    await child.ended;
    return outcome;
  }

  test('is broken once it has been silent for long to all of them together', async () => {
    const target = lockedTarget(foreign);
    expect([await takeOnce(target), await takeOnce(target)]).toEqual(['LOCKED', 'held']);
    expect(readdirSync(join(target, '..'))).toEqual([]);
  });

  test('is as old as another process saw it, but not older than the machine has run', () => {
    const target = lockedTarget(foreign);
    /** Whether a lock like this one counts as abandoned, if it was first seen at this time. */
    const isOld = (name: string, foreignMs: number, seenAt?: (now: number) => unknown): boolean => {
      const path = `${target}.${name}`;
      linkSync(`${target}.lock`, path);
      if (seenAt !== undefined) {
        const text = readFileSync(`${target}.now.seen`, 'utf8');
        const observation = text.replace(/(":)(\d+)/, (_, mark, now) => mark + JSON.stringify(seenAt(Number(now))));
        writeFileSync(`${path}.seen`, observation);
      }
      return isAbandoned(readLock(path) as FoundLock, path, { foreignMs });
    };
    expect([isOld('now', 900), isOld('earlier', 900, (now) => now - 1_000)]).toEqual([false, true]);
    expect([isOld('later', 900, (now) => now + 1e9), isOld('just-now', 0, (now) => now + 1e9)]).toEqual([false, true]);
    expect([isOld('text', 900, () => '0'), isOld('fraction', 900, () => 0.5)]).toEqual([false, false]);
    utimesSync(`${target}.lock`, 1, 1);
    expect(isOld('touched', 900, (now) => now - 1_000)).toBe(false);
  });

  test.skipIf(process.platform !== 'linux')(
    'is observed by a clock of the machine, in a file that all may read',
    () => {
      const target = lockedTarget(foreign);
      const path = `${target}.lock`;
      const umask = process.umask(0);
      onTestFinished(() => void process.umask(umask));
      const observe = (): boolean => isAbandoned(readLock(path) as FoundLock, path, {});
      // As if the process were killed then.
      replaceNextCall('renameSync', () => undefined);
      expect([observe(), leftovers(dirname(target))]).toEqual([
        false,
        [expect.stringMatching(/\.tmp$/), 'app.json.lock'],
      ]);
      sweep(target, nonce('b'));
      expect(leftovers(dirname(target))).toEqual(['app.json.lock']);
      utimesSync(path, 1, 1);
      expect([observe(), leftovers(dirname(target))]).toEqual([false, ['app.json.lock', 'app.json.lock.seen']]);
      const { boot, space = '' } = ourselves();
      const since = { [`${boot} ${space.slice(space.indexOf('time:'))}`]: expect.any(Number) };
      expect(JSON.parse(readFileSync(`${path}.seen`, 'utf8'))).toEqual({ trace: readLock(path)?.trace, since });
      expect(statSync(`${path}.seen`).mode & 0o777).toBe(0o644);
    },
  );

  test('is as good as hidden, not torn, if it may not be read', () => {
    const waits = { foreignMs: 900, unparsableMs: 0 };
    const path = join(temporaryFolder(), 'lock');
    const found = { id: nonce('a'), trace: 'x', owner: undefined };
    expect([true, false].map((hidden) => isAbandoned({ ...found, hidden }, path, waits))).toEqual([false, true]);
  });

  test('leaves no observation after the next save, even if its owner released it', async () => {
    const target = lockedTarget(foreign);
    await expect(acquireLockFile(target, { ...soon, foreignMs: 10_000 })).rejects.toMatchObject({ code: 'LOCKED' });
    unlinkSync(`${target}.lock`);
    expect(readdirSync(join(target, '..'))).toEqual(['app.json.lock.seen']);
    await jsonFile(target).local?.edit(() => '{}');
    expect(readdirSync(join(target, '..'))).toEqual(['app.json']);
  });

  test('is not broken while its owner gives signs of life between them', async () => {
    const target = lockedTarget(foreign);
    for (let time = 1; time <= 4; time += 1) {
      utimesSync(`${target}.lock`, time, time);
      expect(await takeOnce(target)).toBe('LOCKED');
    }
    expect(await takeOnce(target)).toBe('held');
  });

  test.each<[string, (seen: string) => void]>([
    ['a folder', (seen) => mkdirSync(seen)],
    ['a pipe', (seen) => execFileSync('mkfifo', [seen])],
    ['a link', (seen) => symlinkSync('elsewhere', seen)],
    ['not an observation', (seen) => writeFileSync(seen, '[1]')],
    ['an observation without times', (seen) => writeFileSync(seen, '{"trace":"x","since":null}')],
  ])('%s in place of the observation neither stops nor hurries a save', async (_, plant) => {
    const target = lockedTarget(foreign);
    plant(`${target}.lock.seen`);
    await expect(acquireLockFile(target, { ...soon, foreignMs: 10_000 })).rejects.toMatchObject({ code: 'LOCKED' });
    expect(leftovers(dirname(target)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
    (await acquireLockFile(target, { ...soon, timeout: 5_000, foreignMs: 100 })).release();
    expect(existsSync(join(target, '../elsewhere'))).toBe(false);
  });

  test('an observation by another user is not believed', async (context) => {
    needRoot(context);
    const target = lockedTarget(foreign);
    await expect(acquireLockFile(target, soon)).rejects.toMatchObject({ code: 'LOCKED' });
    const seen = `${target}.lock.seen`;
    chownSync(seen, 65_534, 65_534);
    const observation = readFileSync(seen, 'utf8');
    const waiting = { timeout: 100, foreignMs: 100_000 };
    expect(await startChild('take.mjs', { url: built.url, path: target, waiting }).line()).toBe('LOCKED');
    expect(readFileSync(seen, 'utf8')).not.toBe(observation);
  });

  test('a process that was killed in a pid namespace of its own: its lock and files go', async (context) => {
    const target = lockedTarget();
    writeFileSync(target, '{}');
    const under = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
    runOrSkip(context, 'unshare', '--pid', '--fork', '--mount-proc', 'true');
    const dying = startChild('take.mjs', { url: built.url, path: target, keep: true }, { under });
    expect(await dying.line()).toBe('held');
    dying.process.kill('SIGKILL');
    await dying.ended;
    // The first process of a namespace has the number 1, as a process here has.
    writeFileSync(join(target, '../.app.json.1.0123456789ab.tmp'), '{');
    expect(JSON.parse(readFileSync(`${target}.lock`, 'utf8')).pid).toBe(1);
    expect([await takeOnce(target), await takeOnce(target)]).toEqual(['LOCKED', 'held']);
    await jsonFile(target).local?.edit(() => '{"a":1}');
    expect(readdirSync(join(target, '..'))).toEqual(['app.json']);
  });
});

test('the owner of a lock gives signs of life', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  onTestFinished(() => void vi.useRealTimers());
  const target = lockedTarget();
  const lock = await acquireLockFile(target, soon);
  for (const time of [1, 2]) {
    utimesSync(`${target}.lock`, time, time);
    vi.advanceTimersByTime(5_000);
    expect(statSync(`${target}.lock`).mtimeMs).toBeGreaterThan(2_000);
  }
  lock.release();
  expect(vi.getTimerCount()).toBe(0);
});

test('the owner of a lock gives signs of life also while the clock stands still or is set back', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], now: new Date('2026-01-02') });
  onTestFinished(() => void vi.useRealTimers());
  const target = lockedTarget();
  const lock = await acquireLockFile(target, soon);
  const traces = [readLock(`${target}.lock`)?.trace];
  for (const clock of ['2026-01-02', '2026-01-02', '2025-12-31']) {
    vi.setSystemTime(new Date(clock).getTime() - 5_000);
    vi.advanceTimersByTime(5_000);
    traces.push(readLock(`${target}.lock`)?.trace);
  }
  expect(new Set(traces).size).toBe(4);
  lock.release();
});

describe('claims', () => {
  const dead = us({ pid: deadPid });

  test('while a living breaker has the claim, no other process breaks the lock', async () => {
    const target = lockedTarget(dead);
    const claim = `${target}.lock.${dead.nonce}.claim`;
    writeFileSync(claim, JSON.stringify(us({ nonce: nonce('b') })));
    await expect(acquireLockFile(target, soon)).rejects.toMatchObject({ code: 'LOCKED' });
    expect(parseOwner(readFileSync(`${target}.lock`, 'utf8'))).toEqual(dead);
    rmSync(claim);
    await takeAndRelease(target);
  });

  test('a claim that is withdrawn before it can be read stops no save', async () => {
    const target = lockedTarget(dead);
    const refuse = (): never => {
      throw systemError('EEXIST');
    };
    replaceNextCall('linkSync', refuse, 1);
    await takeAndRelease(target);
  });

  test('the claims of breakers who died, one upon the other, are broken too', async () => {
    const target = lockedTarget(dead);
    const claims = ['b', 'c', 'd'].map((digit) => us({ pid: deadPid, nonce: nonce(digit) }));
    let broken = dead.nonce;
    for (const claim of claims) {
      writeFileSync(`${target}.lock.${broken}.claim`, JSON.stringify(claim));
      broken = claim.nonce;
    }
    await takeAndRelease(target, { ...soon, timeout: 2_000 });
  });

  test.each<[string, (claim: string) => void]>([
    ['with the nonce of the lock itself', (claim) => writeFileSync(claim, JSON.stringify(dead))],
    ['that is a folder', (claim) => mkdirSync(claim)],
    ['that is a pipe', (claim) => execFileSync('mkfifo', [claim])],
    ['that is a link to nothing', (claim) => symlinkSync('nowhere', claim)],
  ])('a planted claim %s neither stops a save nor loops', async (_, plant) => {
    const target = lockedTarget(dead);
    plant(`${target}.lock.${dead.nonce}.claim`);
    const linked = recordCalls('linkSync');
    const lock = await acquireLockFile(target, { ...soon, timeout: 2_000 });
    expect(lock.isOurs()).toBe(true);
    lock.release();
    // A sweep knows all of these names.
    for (const name of linked())
      expect(name).toMatch(/\/\.app\.json\.lock(\.[0-9a-f]{24}\.claim)?\.\d+\.[0-9a-f]{12}\.tmp$/);
    await jsonFile(target).local?.edit(() => '{}');
    expect(readFileSync(target, 'utf8')).toBe('{}');
  });

  test('planted claims that name one another do not loop', async () => {
    const target = lockedTarget(dead);
    writeFileSync(`${target}.lock.${dead.nonce}.claim`, JSON.stringify(us({ pid: deadPid, nonce: nonce('b') })));
    writeFileSync(`${target}.lock.${nonce('b')}.claim`, JSON.stringify(dead));
    await jsonFile(target).local?.edit(() => '{}');
    expect(readFileSync(target, 'utf8')).toBe('{}');
  });

  const nth = (n: number): string => n.toString(16).padStart(24, '0');
  test.each<[string, (lock: string) => void]>([
    [
      'each on the one before',
      (lock) => {
        for (let n = 0; n < 300; n += 1)
          writeFileSync(`${lock}.${nth(n)}.claim`, JSON.stringify(us({ pid: deadPid, nonce: nth(n + 1) })));
      },
    ],
    [
      'that no breaker can have made',
      (lock) => {
        for (let id = nth(0), n = 0; n < 300; n += 1, id = revisionOf(id).slice(0, 24))
          mkdirSync(`${lock}.${id}.claim`);
      },
    ],
  ])('hundreds of planted claims %s are refused', async (_, plant) => {
    const target = lockedTarget(us({ pid: deadPid, nonce: nth(0) }));
    plant(`${target}.lock`);
    await expect(acquireLockFile(target, soon)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('more than 100 files claim to remove it'),
    });
  });

  test.each([
    [99, 'held'],
    [100, 'UNAVAILABLE'],
  ])('%i planted claims that no breaker can have made: %s', async (count, outcome) => {
    const target = lockedTarget(dead);
    for (let id = dead.nonce, n = 0; n < count; n += 1, id = revisionOf(id).slice(0, 24))
      mkdirSync(`${target}.lock.${id}.claim`);
    const lock = await acquireLockFile(target, soon).catch(({ code }) => code);
    expect(typeof lock === 'string' ? lock : 'held').toBe(outcome);
    if (typeof lock !== 'string') lock.release();
  });

  test('a breaker who comes late, with a lock in mind that is gone, leaves the new one', async () => {
    const target = lockedTarget(dead);
    const path = `${target}.lock`;
    const inMind = readLock(path);
    if (inMind === undefined) throw new Error('there is a lock');
    const lock = await acquireLockFile(target, soon);
    breakLock(inMind, path, soon);
    expect(lock.isOurs()).toBe(true);
    lock.release();
    breakLock(inMind, path, soon);
    expect(readdirSync(join(target, '..'))).toEqual([]);
  });

  test('many breakers at once: one owner at a time', async () => {
    const target = lockedTarget();
    for (let round = 0; round < 20; round += 1) {
      writeFileSync(
        `${target}.lock`,
        JSON.stringify(us({ pid: deadPid, nonce: round.toString(16).padStart(24, '0') })),
      );
      let owners = 0;
      const take = async (): Promise<void> => {
        const lock = await acquireLockFile(target, { ...soon, timeout: 10_000 });
        owners += 1;
        expect(owners).toBe(1);
        await new Promise(setImmediate);
        owners -= 1;
        lock.release();
      };
      await Promise.all(Array.from({ length: 10 }, take));
    }
    expect(leftovers(join(target, '..'))).toEqual([]);
  }, 30_000);
});

test('another user who may not read the lock waits, then gets an error', async (context) => {
  needRoot(context);
  const folder = temporaryFolder();
  const target = join(folder, 'app.json');
  chmodSync(folder, 0o777);
  writeFileSync(`${target}.lock`, JSON.stringify(us()), { mode: 0o600 });
  // Longer than a lock that can be read and not parsed would last.
  const options = { lockTimeout: 1_500 };
  const outcome = await writeInChild({ url: built.url, path: target, text: 'x', options }, { uid: 65_534 });
  expect(outcome).toMatchObject({ ok: false, code: 'LOCKED' });
});
