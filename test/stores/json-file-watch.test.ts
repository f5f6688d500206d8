import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { type JsonFileOptions, jsonFile } from '../../src/stores/json-file.ts';
import type { StoredDocument } from '../../src/stores/store.ts';
import { type Built, buildStore } from '../faults/harness/built.ts';
import { startChild } from '../faults/harness/child.ts';
import { temporaryFolder } from '../faults/harness/folder.ts';
import {
  changeResults,
  recordCalls,
  recordWatchers,
  replaceNextCall,
  systemError,
} from '../faults/harness/replace-call.ts';
import { needRoot } from '../faults/harness/skip.ts';
import { localOf } from './local.ts';

let built: Built;
beforeAll(() => {
  built = buildStore();
}, 60_000);
afterAll(() => built.remove());

/** What a watch told, in order: texts, and states with the code of their cause. */
interface Watched {
  readonly told: (string | null)[];
  readonly stored: StoredDocument[];
  close(): Promise<void>;
}

/** Looked at by itself only once an hour, so that a test of events is one. */
const byEventsOnly = { poll: 3_600_000 };

async function watch(path: string, options: JsonFileOptions = byEventsOnly): Promise<Watched> {
  const store = jsonFile(path, options);
  const watched: Watched = { told: [], stored: [], close: () => store.close() };
  onTestFinished(() => store.close());
  store.watch(store.local?.readSync().revision ?? '', {
    stored: (stored) => {
      watched.told.push(stored.text);
      watched.stored.push(stored);
    },
    state: (state, cause) => void watched.told.push(cause ? `${state} ${Object(cause).code}` : state),
  });
  // The folders are watched once the first look was taken.
  await pause(20);
  return watched;
}

function pause(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

/** Waits until the last thing told is `text`. */
async function lastTold({ told }: Watched, text: string | null): Promise<void> {
  await vi.waitFor(() => expect(told.at(-1)).toBe(text), { timeout: 5_000, interval: 5 });
}

function replace(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

describe('a change is reported', () => {
  test.each<[string, (path: string) => void]>([
    ['a rename onto it', (path) => replace(path, 'new')],
    ['a write in place', (path) => writeFileSync(path, 'new')],
    ['an append', (path) => appendFileSync(path, ' new')],
    [
      'delete and create',
      (path) => {
        unlinkSync(path);
        writeFileSync(path, 'new');
      },
    ],
  ])('%s', async (_, change) => {
    const path = join(temporaryFolder(), 'app.json');
    writeFileSync(path, 'old');
    const watched = await watch(path);
    change(path);
    await lastTold(watched, readFileSync(path, 'utf8'));
    expect(watched.told).toHaveLength(1);
  });

  test('its creation, and that it is gone for good', async () => {
    const path = join(temporaryFolder(), 'app.json');
    const watched = await watch(path);
    writeFileSync(path, 'made');
    await lastTold(watched, 'made');
    unlinkSync(path);
    await lastTold(watched, null);
    expect(watched.told).toEqual(['made', null]);
    expect(watched.stored.at(-1)).toEqual({ text: null, revision: 'absent' });
  });

  test('one between the read and the watch', async () => {
    const path = join(temporaryFolder(), 'app.json');
    writeFileSync(path, 'old');
    const store = jsonFile(path, byEventsOnly);
    onTestFinished(() => store.close());
    const { revision } = await store.read();
    writeFileSync(path, 'new');
    const stored = vi.fn();
    store.watch(revision, { stored, state: () => undefined });
    await vi.waitFor(() => expect(stored).toHaveBeenCalledTimes(1));
  });

  test('a save by a store; not its temporary files', async () => {
    const path = join(temporaryFolder(), 'app.json');
    const watched = await watch(path);
    const store = jsonFile(path);
    for (const text of ['1', '2', '3'])
      await store.write(text, { expect: (await store.read()).revision, id: text }).then(() => lastTold(watched, text));
    expect(watched.told).toEqual(['1', '2', '3']);
  });
});

describe('not told', () => {
  test('the same text again, a touched file, or another file', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'app.json');
    writeFileSync(path, 'old');
    const watched = await watch(path);
    replace(path, 'old');
    writeFileSync(path, 'old');
    chmodSync(path, 0o600);
    writeFileSync(join(folder, 'other.json'), 'x');
    await pause(100);
    expect(watched.told).toEqual([]);
    writeFileSync(path, 'new');
    await lastTold(watched, 'new');
  });

  test('a file that is gone only for a moment', async () => {
    const path = join(temporaryFolder(), 'app.json');
    writeFileSync(path, 'old');
    const watched = await watch(path);
    unlinkSync(path);
    await pause(30);
    writeFileSync(path, 'new');
    await lastTold(watched, 'new');
    expect(watched.told).toEqual(['new']);
  });

  test('a blank file, until it has stayed so', async () => {
    const path = join(temporaryFolder(), 'app.json');
    writeFileSync(path, '{"a":1}');
    const watched = await watch(path);
    writeFileSync(path, '');
    await pause(300);
    writeFileSync(path, '{"a":2}');
    await lastTold(watched, '{"a":2}');
    expect(watched.told).toEqual(['{"a":2}']);
    writeFileSync(path, '\n');
    await lastTold(watched, '\n');
  });
});

describe('links and folders', () => {
  test('a mounted ConfigMap whose `..data` link is swapped', async () => {
    const folder = temporaryFolder();
    const version = (name: string, text: string): void => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'app.json'), text);
      symlinkSync(name, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    version('..1', 'one');
    symlinkSync('..data/app.json', join(folder, 'app.json'));
    const watched = await watch(join(folder, 'app.json'));
    version('..2', 'two');
    rmSync(join(folder, '..1'), { recursive: true });
    await lastTold(watched, 'two');
    version('..3', 'three');
    await lastTold(watched, 'three');
    expect(watched.told).toEqual(['two', 'three']);
  });

  test('a link to a file elsewhere: both its turn and a change there', async () => {
    const [here, there] = [temporaryFolder(), temporaryFolder()];
    const path = join(here, 'app.json');
    for (const name of ['a', 'b']) writeFileSync(join(there, name), name);
    symlinkSync(join(there, 'a'), path);
    const watched = await watch(path);
    replace(join(there, 'a'), 'a2');
    await lastTold(watched, 'a2');
    symlinkSync(join(there, 'b'), `${path}.new`);
    renameSync(`${path}.new`, path);
    await lastTold(watched, 'b');
    replace(join(there, 'b'), 'b2');
    await lastTold(watched, 'b2');
    writeFileSync(join(there, 'a'), 'a3');
    await pause(50);
    expect(watched.told).toEqual(['a2', 'b', 'b2']);
    const watches = systemWatches();
    unlinkSync(path);
    await lastTold(watched, null);
    expect(systemWatches()).toBeLessThan(watches);
  });

  test('a release folder that a link above it is turned to', async () => {
    const folder = temporaryFolder();
    for (const name of ['1', '2']) {
      mkdirSync(join(folder, name, 'config'), { recursive: true });
      writeFileSync(join(folder, name, 'config/app.json'), name);
    }
    symlinkSync('1', join(folder, 'current'));
    const watched = await watch(join(folder, 'current/config/app.json'));
    symlinkSync('2', join(folder, 'next'));
    renameSync(join(folder, 'next'), join(folder, 'current'));
    await lastTold(watched, '2');
  });

  test.each<[string, (stat: object | undefined) => unknown]>([
    ['a number and a birth time of its own', (stat) => stat],
    [
      'the number of the old one, and no birth time',
      (stat) => stat && Object.assign(stat, { ino: 1n, birthtimeNs: 0n }),
    ],
  ])('folders that are missing, made, removed and made again, where each gets %s', async (_, change) => {
    changeResults('statSync', (stat) => (stat?.isDirectory() ? change(stat) : stat));
    const folder = temporaryFolder();
    const path = join(folder, 'a/b/app.json');
    const watched = await watch(path);
    for (const text of ['1', '2', '3']) {
      mkdirSync(join(folder, 'a/b'), { recursive: true });
      writeFileSync(path, text);
      await lastTold(watched, text);
      rmSync(join(folder, 'a'), { recursive: true });
      if (text !== '2') await lastTold(watched, null);
    }
    expect(watched.told).toEqual(['1', null, '2', '3', null]);
  });

  test('a folder that is moved away while another takes its place', async () => {
    const folder = temporaryFolder();
    const [conf, next] = [join(folder, 'conf'), join(folder, 'next')];
    for (const path of [conf, next]) mkdirSync(path);
    writeFileSync(join(conf, 'app.json'), '1');
    writeFileSync(join(next, 'app.json'), '2');
    const watched = await watch(join(conf, 'app.json'));
    renameSync(conf, join(folder, 'old'));
    renameSync(next, conf);
    await lastTold(watched, '2');
    replace(join(conf, 'app.json'), '3');
    await lastTold(watched, '3');
    replace(join(folder, 'old/app.json'), 'not ours');
    await pause(50);
    expect(watched.told).toEqual(['2', '3']);
  });
});

describe('many changes', () => {
  test.each<[string, (path: string, text: string) => void]>([
    ['renames', replace],
    ['writes in place', writeFileSync],
  ])('1,000 %s: the watch reports the newest, in order, none twice', async (_, change) => {
    const path = join(temporaryFolder(), 'app.json');
    writeFileSync(path, '0');
    const watched = await watch(path);
    for (let i = 1; i <= 1_000; i += 1) {
      change(path, String(i));
      if (i % 50 === 0) await pause(1);
    }
    await lastTold(watched, '1000');
    const numbers = watched.told.map(Number);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
  });

  test('the handler gets one state at a time, and may write', async () => {
    const path = join(temporaryFolder(), 'app.json');
    const store = jsonFile(path, byEventsOnly);
    onTestFinished(() => store.close());
    let depth = 0;
    const seen: string[] = [];
    store.watch('absent', {
      stored: ({ text }) => {
        depth += 1;
        expect(depth).toBe(1);
        seen.push(text ?? '');
        if (seen.length < 5) writeFileSync(path, `${text}+`);
        depth -= 1;
      },
      state: () => undefined,
    });
    writeFileSync(path, 'x');
    await vi.waitFor(() => expect(seen).toEqual(['x', 'x+', 'x++', 'x+++', 'x++++']));
  });
});

describe('staleness', () => {
  test('a file that can not be read makes it stale, once; then it is live again', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'app.json');
    writeFileSync(path, 'old');
    const watched = await watch(path);
    unlinkSync(path);
    mkdirSync(path);
    await lastTold(watched, 'stale UNAVAILABLE');
    mkdirSync(join(path, 'more'));
    rmSync(path, { recursive: true });
    writeFileSync(path, Buffer.from([0xff]));
    await pause(50);
    replace(path, 'new');
    await lastTold(watched, 'new');
    expect(watched.told).toEqual(['stale UNAVAILABLE', 'live', 'new']);
  });

  test('a handler that throws makes the watch stale, and the watch continues', async () => {
    const path = join(temporaryFolder(), 'app.json');
    const store = jsonFile(path, byEventsOnly);
    onTestFinished(() => store.close());
    const state = vi.fn();
    const stored = vi.fn().mockImplementationOnce(() => {
      throw new Error('mine');
    });
    store.watch('absent', { stored, state });
    writeFileSync(path, '1');
    await vi.waitFor(() => expect(state).toHaveBeenCalledWith('stale', new Error('mine')));
    writeFileSync(path, '2');
    await vi.waitFor(() => expect(stored).toHaveBeenLastCalledWith(expect.objectContaining({ text: '2' })));
    expect(state.mock.calls.map(([name]) => name)).toEqual(['stale', 'live']);
    stored.mockImplementationOnce(() => {
      throw 'no error';
    });
    writeFileSync(path, '3');
    await vi.waitFor(() => expect(state).toHaveBeenLastCalledWith('stale', new Error('no error')));
  });

  test('a folder whose watch fails is watched anew', async () => {
    const path = join(temporaryFolder(), 'app.json');
    const watchers = recordWatchers();
    const watched = await watch(path);
    const [first] = watchers;
    const before = systemWatches();
    first?.emit('error', systemError('EIO'));
    await vi.waitFor(() => expect(watchers.length).toBe(3));
    writeFileSync(path, 'new');
    await lastTold(watched, 'new');
    // An error of the old one does not end the new one.
    first?.emit('error', systemError('EIO'));
    await pause(20);
    expect([watchers.length, systemWatches()]).toEqual([3, before]);
    await watched.close();
    expect(systemWatches()).toBe(before - 2);
  });
});

describe('polling', () => {
  test('finds what no event told of: a folder far above it was moved', async () => {
    const folder = temporaryFolder();
    for (const name of ['a', 'next']) {
      mkdirSync(join(folder, name, 'b/c'), { recursive: true });
      writeFileSync(join(folder, name, 'b/c/app.json'), name);
    }
    const watched = await watch(join(folder, 'a/b/c/app.json'), { poll: 30 });
    renameSync(join(folder, 'a'), join(folder, 'old'));
    renameSync(join(folder, 'next'), join(folder, 'a'));
    await lastTold(watched, 'next');
  });
});

describe('by the clock, while no event comes', () => {
  /** A watch of a file with the text `old`, and what it tells in so many milliseconds after `act`: the event loop does not turn. */
  function watchByClock(handle: (told: string | null) => void = () => undefined) {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const path = join(temporaryFolder(), 'app.json');
    writeFileSync(path, 'old');
    const store = jsonFile(path, { poll: 5_000 });
    onTestFinished(() => store.close());
    let told: (string | null)[] = [];
    const tell = (what: string | null): void => {
      told.push(what);
      handle(what);
    };
    const { revision } = localOf(store).readSync();
    const watched = store.watch(revision, { stored: ({ text }) => tell(text), state: tell });
    const toldIn = (ms: number, act: () => void = () => undefined): readonly (string | null)[] => {
      told = [];
      act();
      vi.advanceTimersByTime(ms);
      return told;
    };
    expect(toldIn(1)).toEqual([]);
    return { path, store, watched, toldIn };
  }

  test('it looks once in each interval, however old the file', () => {
    const { path, toldIn } = watchByClock();
    expect(toldIn(4_998, () => writeFileSync(path, 'new'))).toEqual([]);
    expect(toldIn(2)).toEqual(['new']);
    utimesSync(path, 1, 1);
    expect(toldIn(5_000)).toEqual([]);
    const withOldTime = (): void => {
      writeFileSync(path, 'two');
      utimesSync(path, 1, 1);
    };
    expect(toldIn(5_000, withOldTime)).toEqual(['two']);
    const opened = recordCalls('openSync');
    expect([toldIn(10_000), opened().includes(path)]).toEqual([[], false]);
  });

  test.each<[string, (path: string) => void, number, string | null]>([
    ['is removed', (path) => unlinkSync(path), 100, null],
    ['is emptied', (path) => writeFileSync(path, ''), 1_000, ''],
    ['gets blank lines', (path) => writeFileSync(path, ' \n'), 1_000, ' \n'],
  ])('a file that %s is reported when it stays so', (_, change, ms, text) => {
    const { path, toldIn } = watchByClock();
    expect(toldIn(5_000, () => change(path))).toEqual([]);
    expect(toldIn(ms - 1)).toEqual([]);
    expect(toldIn(5_000, () => writeFileSync(path, 'old'))).toEqual([]);
    expect(toldIn(5_001 - ms, () => change(path))).toEqual([]);
    expect(toldIn(ms - 1)).toEqual([]);
    expect(toldIn(1)).toEqual([text]);
    expect(toldIn(5_000)).toEqual([]);
  });

  test.each([0, 1, 2, 3])('an error that is not one of the system is thrown (after %i calls)', (after) => {
    const { path, toldIn } = watchByClock();
    writeFileSync(path, 'new');
    replaceNextCall(
      'statSync',
      () => {
        throw new TypeError('a defect');
      },
      after,
    );
    expect(() => toldIn(5_000)).toThrow('a defect');
  });

  test.each<[number, readonly string[]]>([
    [2_999, ['new']],
    [3_000, []],
  ])('a file whose times stand still is read again for 3 s after them (%i ms)', (age, told) => {
    const time = 1_000_000;
    const clock = vi.spyOn(Date, 'now').mockReturnValue(time + age);
    onTestFinished(() => clock.mockRestore());
    changeResults(
      'statSync',
      (stat) => stat && Object.assign(stat, { mtimeMs: BigInt(time), mtimeNs: 0n, ctimeNs: 0n }),
    );
    const { path, toldIn } = watchByClock();
    expect(toldIn(5_000, () => writeFileSync(path, 'new'))).toEqual(told);
  });

  test('an event brings forward a look that is due later', () => {
    const watchers = recordWatchers();
    const { path, toldIn } = watchByClock();
    expect(toldIn(5_000, () => writeFileSync(path, ''))).toEqual([]);
    const writeAndReport = (): void => {
      writeFileSync(path, 'new');
      for (const watcher of watchers) watcher.emit('change', 'change', 'app.json');
    };
    expect(toldIn(1, writeAndReport)).toEqual(['new']);
  });

  test('a handler that closes the watch leaves no timer', () => {
    const { path, store, toldIn } = watchByClock((told) => void (told === 'live' && store.close()));
    const replaceByFolder = (): void => {
      unlinkSync(path);
      mkdirSync(path);
    };
    expect(toldIn(5_000, replaceByFolder)).toEqual(['stale']);
    expect(toldIn(5_000, () => rmdirSync(path))).toEqual(['live']);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('what was reported before a write of this process is reported again after it', async () => {
    const { path, store, watched, toldIn } = watchByClock();
    await localOf(store).edit(() => 'mine');
    expect(toldIn(5_000, () => writeFileSync(path, 'old'))).toEqual(['old']);
    // Since the edit was awaited, other work of this process may have set timers too.
    const timers = vi.getTimerCount();
    const closed = watched.close();
    expect(vi.getTimerCount()).toBe(timers - 1);
    await closed;
    expect(toldIn(10_000, () => writeFileSync(path, 'new'))).toEqual([]);
    expect(await store.read()).toMatchObject({ text: 'new' });
  });
});

test('a folder that may not be watched is looked at from time to time', async (context) => {
  needRoot(context);
  const folder = temporaryFolder();
  const path = join(folder, 'app.json');
  chmodSync(folder, 0o711);
  writeFileSync(path, 'old');
  const child = startChild('watch.mjs', { url: built.url, path, options: byEventsOnly, stay: true }, { uid: 65_534 });
  expect(await child.line()).toBe('watching');
  expect(await child.line()).toBe('old');
  replace(path, 'new');
  expect(await child.line()).toBe('new');
});

describe('its end', () => {
  test('after close nothing runs and nothing is left', async () => {
    const path = join(temporaryFolder(), 'app.json');
    writeFileSync(path, 'old');
    const before = systemWatches();
    const watched = await watch(path);
    if (process.platform === 'linux') expect(systemWatches()).toBeGreaterThan(before);
    writeFileSync(path, 'new');
    await watched.close();
    expect(systemWatches()).toBe(before);
    writeFileSync(path, 'newer');
    await pause(50);
    expect(watched.told).toEqual([]);
  });

  test('a handler that closes the watch gets no further state', async () => {
    const path = join(temporaryFolder(), 'app.json');
    const store = jsonFile(path, byEventsOnly);
    mkdirSync(path);
    const stored = vi.fn();
    const states: string[] = [];
    store.watch('', {
      stored,
      state: (state) => {
        states.push(state);
        if (state === 'live') void store.close();
      },
    });
    await vi.waitFor(() => expect(states).toEqual(['stale']));
    rmSync(path, { recursive: true });
    writeFileSync(path, 'new');
    await vi.waitFor(() => expect(states).toEqual(['stale', 'live']));
    await pause(50);
    expect(stored).not.toHaveBeenCalled();
  });

  test('a watch keeps no process alive', async () => {
    const path = join(temporaryFolder(), 'app.json');
    writeFileSync(path, 'old');
    const child = startChild('watch.mjs', { url: built.url, path });
    expect(await child.ended).toBe(0);
    expect(child.lines).toEqual(['watching', 'old']);
  });
});

/** How many folders this process watches, as Linux counts them. */
function systemWatches(): number {
  if (process.platform !== 'linux') return 0;
  const infos = readdirSync('/proc/self/fdinfo').map((fd) => readIfThere(`/proc/self/fdinfo/${fd}`));
  return infos.join('').split('inotify wd:').length - 1;
}

/** The descriptor that lists the others is gone when it is looked at. */
function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
