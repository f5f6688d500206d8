import { execFileSync, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { getEventListeners, once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { lockItself, writeInPlace } from '../../src/stores/json-file/in-place.ts';
import { openQueues } from '../../src/stores/json-file/write-lock.ts';
import { type JsonFileOptions, jsonFile } from '../../src/stores/json-file.ts';
import type { EditResult, Revision, Store, WriteResult } from '../../src/stores/store.ts';
import { failure } from '../failure.ts';
import { leftovers, openFilesIn, temporaryFolder } from '../faults/harness/folder.ts';
import { recordCalls, replaceCalls, replaceNextCall, systemError } from '../faults/harness/replace-call.ts';
import { folder } from '../folder.ts';
import { edit, localOf, underLock, unreadableOf } from './local.ts';

function fileIn(folder: string, options?: JsonFileOptions): { readonly path: string; readonly store: Store } {
  const path = join(folder, 'app.json');
  return { path, store: jsonFile(path, options) };
}

function write(store: Store, text: string, expect: Revision, id: string = randomUUID()): Promise<WriteResult> {
  return store.write(text, { expect, id });
}

/** Writes over whatever is there. */
async function save(store: Store, text: string, id?: string): Promise<WriteResult> {
  return write(store, text, (await store.read()).revision, id);
}

function replaceBy(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

describe('reading', () => {
  test('a file that is not there has no text', async () => {
    const { store } = fileIn(temporaryFolder());
    expect(await store.read()).toEqual({ text: null, revision: 'absent' });
    expect(store.local?.readSync()).toEqual(await store.read());
  });

  test.each([
    ['empty', ''],
    ['a byte order mark', '\ufeff{}\r\n'],
    ['NUL and astral characters', '"\0😀"'],
    ['no newline at the end', '{"a":1}'],
  ])('gives every byte as it is: %s', async (_, text) => {
    const { path, store } = fileIn(temporaryFolder());
    writeFileSync(path, text);
    expect((await store.read()).text).toBe(text);
  });

  test('the same bytes have the same revision, others another', async () => {
    const { path, store } = fileIn(temporaryFolder());
    const revisionOf = (text: string): Revision | undefined => {
      writeFileSync(path, text);
      return store.local?.readSync().revision;
    };
    const [a, b] = [revisionOf('a'), revisionOf('b')];
    expect(a).not.toBe(b);
    expect(revisionOf('a')).toBe(a);
    expect(revisionOf('')).not.toBe('absent');
  });

  test.each([
    ['a Latin-1 letter', Buffer.from([0x7b, 0x0a, 0x22, 0xe4, 0x22]), 'the byte at offset 3 (line 2)', ':2:2'],
    ['a character cut off', Buffer.from([0x22, 0xe2, 0x82]), 'the byte at offset 1 (line 1)', ':1:2'],
    ['U+FFFD cut off', Buffer.from([0x22, 0xef, 0xbf]), 'the byte at offset 1 (line 1)', ':1:2'],
    ['an overlong form', Buffer.from([0xc0, 0xaf]), 'the byte at offset 0 (line 1)', ':1:1'],
    ['half of a surrogate pair', Buffer.from([0x61, 0xed, 0xa0, 0x80]), 'the byte at offset 1 (line 1)', ':1:2'],
    ['UTF-16', Buffer.from('\ufeff{}', 'utf16le'), 'it is UTF-16, not UTF-8', ''],
  ])('refuses what is not UTF-8 and says where: %s', async (_, bytes, message, place) => {
    const { path, store } = fileIn(temporaryFolder(), { name: 'app.json' });
    writeFileSync(path, bytes);
    await expect(store.read()).rejects.toMatchObject({ code: 'CORRUPT', message: expect.stringContaining(message) });
    await expect(store.read()).rejects.toThrow(`app.json${place}`);
    await expect(write(store, '{}', 'absent')).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(readFileSync(path)).toEqual(bytes);
  });

  test('refuses a file with more bytes than it may have', async () => {
    const { path, store } = fileIn(temporaryFolder(), { maxBytes: 4 });
    writeFileSync(path, 'ääx');
    await expect(store.read()).rejects.toMatchObject({ code: 'TOO_LARGE' });
    writeFileSync(path, 'ää');
    expect((await store.read()).text).toBe('ää');
  });

  test('reads a file that tells no size', { skip: process.platform !== 'linux' }, async () => {
    expect((await jsonFile('/proc/version').read()).text).toBe(readFileSync('/proc/version', 'utf8'));
  });
});

describe('writing', () => {
  test('any text comes back byte for byte, with the revision that the write gave', async () => {
    const { store } = fileIn(temporaryFolder());
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
        expect(await save(store, text)).toEqual({ ok: true, revision: store.local?.readSync().revision });
        expect((await store.read()).text).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  test('a stale revision loses: the result has the current document, and nothing changes', async () => {
    const { path, store } = fileIn(temporaryFolder());
    const first = await store.read();
    await write(store, 'mine', first.revision);
    const lost = await write(jsonFile(path), 'yours', first.revision);
    expect(lost).toEqual({ ok: false, current: await store.read() });
    expect(readFileSync(path, 'utf8')).toBe('mine');
  });

  test('of many who create it, one wins', async () => {
    const { path } = fileIn(temporaryFolder());
    const written = await Promise.all(Array.from({ length: 20 }, (_, i) => write(jsonFile(path), `${i}`, 'absent')));
    expect(written.filter(({ ok }) => ok)).toHaveLength(1);
    expect(readFileSync(path, 'utf8')).toBe(String(written.findIndex(({ ok }) => ok)));
  });

  test('equal bytes are not written', async () => {
    const { path, store } = fileIn(temporaryFolder());
    await save(store, 'same');
    utimesSync(path, 1, 1);
    const { ino } = statSync(path);
    expect(await save(store, 'same')).toMatchObject({ ok: true });
    expect(statSync(path)).toMatchObject({ ino, mtimeMs: 1_000 });
  });

  test('the same id is the same write', async () => {
    const { path, store } = fileIn(temporaryFolder());
    const first = await write(store, 'a', 'absent', 'once');
    await save(store, 'b');
    expect(await write(store, 'a', 'absent', 'once')).toEqual(first);
    expect(readFileSync(path, 'utf8')).toBe('b');
  });

  test('the same id at the same time is written once', async () => {
    const { store } = fileIn(temporaryFolder());
    const both = await Promise.all([write(store, 'a', 'absent', 'once'), write(store, 'a', 'absent', 'once')]);
    expect(both).toEqual([both[0], both[0]]);
    expect(both[0]).toMatchObject({ ok: true });
  });

  test('the same id after a lost race stays lost', async () => {
    const { store } = fileIn(temporaryFolder());
    await save(store, 'a');
    expect(await write(store, 'b', 'absent', 'late')).toMatchObject({ ok: false });
    expect(await write(store, 'b', (await store.read()).revision, 'late')).toMatchObject({ ok: false });
  });

  test('an attempt that failed may be made again under its id', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    mkdirSync(path);
    await expect(write(store, 'a', 'absent', 'again')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    rmdirSync(path);
    expect(await write(store, 'a', 'absent', 'again')).toMatchObject({ ok: true });
  });

  test('the last 16 ids are known', async () => {
    const { store } = fileIn(temporaryFolder());
    const { revision } = await store.read();
    for (let i = 0; i <= 16; i++) await save(store, `${i}`, `${i}`);
    expect(await write(store, '1', revision, '1')).toMatchObject({ ok: true });
    expect(await write(store, '0', revision, '0')).toMatchObject({ ok: false, current: { text: '16' } });
  });

  test.each([
    ['too long', 'ääx', 'TOO_LARGE'],
    ['half of a surrogate pair', '\ud800', 'CORRUPT'],
  ])('refuses text that is %s before it touches anything', async (_, text, code) => {
    const folder = temporaryFolder();
    await expect(write(fileIn(folder, { maxBytes: 4 }).store, text, 'absent')).rejects.toMatchObject({ code });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('leaves nothing beside the file', async () => {
    const folder = temporaryFolder();
    const { store } = fileIn(folder);
    for (const text of ['a', 'b', 'b', 'c']) await save(store, text);
    await write(store, 'd', 'absent');
    expect(readdirSync(folder)).toEqual(['app.json']);
  });

  test('makes the folders that are missing', async () => {
    const store = jsonFile(join(temporaryFolder(), 'a/b/c/app.json'));
    expect(await write(store, 'x', 'absent')).toMatchObject({ ok: true });
    expect((await store.read()).text).toBe('x');
  });

  test('a document that is too large, or a file that is not text, is kept for a writer who has not seen it', async () => {
    const { path, store } = fileIn(temporaryFolder(), { maxBytes: 8 });
    for (const [bytes, code] of [
      [Buffer.from([0xff]), 'CORRUPT'],
      [Buffer.alloc(100, 'x'), 'TOO_LARGE'],
    ] as const) {
      writeFileSync(path, bytes);
      await expect(write(store, '{}', 'absent')).rejects.toMatchObject({ code });
      expect(readFileSync(path)).toEqual(bytes);
    }
  });

  test('an error that is not one of the system is thrown as it is', async () => {
    const { store } = fileIn(temporaryFolder());
    const defect = new TypeError('a defect');
    replaceNextCall('statSync', () => {
      throw defect;
    });
    await expect(edit(store, () => 'new')).rejects.toBe(defect);
  });

  test('a file that the disk does not read is not written, even by its revision', async () => {
    const { path, store } = fileIn(temporaryFolder());
    writeFileSync(path, 'old');
    const { revision } = await store.read();
    replaceNextCall('readSync', () => {
      throw systemError('EIO');
    });
    await expect(write(store, 'new', revision)).rejects.toMatchObject({ code: 'UNAVAILABLE', cause: { code: 'EIO' } });
    expect(readFileSync(path, 'utf8')).toBe('old');
  });

  test('a document that is too large is not replaced after it changed once more', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder, { maxBytes: 8 });
    writeFileSync(path, 'x'.repeat(100));
    const revision = await unreadableOf(store).revision();
    replaceNextCall('fsyncSync', () => writeFileSync(path, 'y'.repeat(100)));
    await expect(write(store, '{}', revision)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect([readFileSync(path, 'utf8'), leftovers(folder)]).toEqual(['y'.repeat(100), []]);
    const nowRevision = await unreadableOf(store).revision();
    const temporary = (name = '', flags = '', mode = ''): number => {
      writeFileSync(path, 'z'.repeat(100));
      return openSync(name, Number(flags), Number(mode));
    };
    // After the lock, and two reads.
    replaceNextCall('openSync', temporary, 3);
    await expect(write(store, '{}', nowRevision)).rejects.toMatchObject({ code: 'TOO_LARGE' });
    expect([readFileSync(path, 'utf8'), leftovers(folder)]).toEqual(['z'.repeat(100), []]);
  });

  test('a document that can not be read can be replaced by its revision, and its mode stays', async () => {
    const { path, store } = fileIn(temporaryFolder(), { maxBytes: 8 });
    for (const bytes of [Buffer.from([0xff]), Buffer.alloc(100, 'x')]) {
      writeFileSync(path, bytes);
      chmodSync(path, 0o640);
      const revision = await unreadableOf(store).revision();
      const kept = await unreadableOf(store).keepAside();
      expect(await write(store, '{}', revision)).toMatchObject({ ok: true });
      expect(readFileSync(kept)).toEqual(bytes);
      expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['{}', 0o640]);
    }
  });

  test('a document of any size is replaced without keeping the event loop', async () => {
    const { path, store } = fileIn(temporaryFolder(), { maxBytes: 8 });
    writeFileSync(path, 'x');
    truncateSync(path, 2 ** 28);
    const reads = replaceNextCall('readSync', () => expect.unreachable());
    const revision = await unreadableOf(store).revision();
    expect(reads()).toBe(0);
    vi.restoreAllMocks();
    syncBuiltinESMExports();
    let turns = 0;
    const count = setInterval(() => {
      turns += 1;
    });
    const kept = await unreadableOf(store).keepAside();
    clearInterval(count);
    expect(turns).toBeGreaterThan(1);
    expect(statSync(kept).size).toBe(2 ** 28);
    expect(await write(store, '{}', revision)).toMatchObject({ ok: true });
  });

  test('obeys an abort, before it begins and while it waits for its turn', async () => {
    const { path, store } = fileIn(temporaryFolder());
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(store.write('a', { expect: 'absent', id: '1', signal })).rejects.toBe(reason);
    await expect(store.read({ signal })).rejects.toBe(reason);
    const later = new AbortController();
    const holding = underLock(store, () => new Promise<void>((done) => setTimeout(done, 20)));
    const waiting = jsonFile(path).write('a', { expect: 'absent', id: '2', signal: later.signal });
    setImmediate(() => later.abort(reason));
    await expect(waiting).rejects.toBe(reason);
    await holding;
    expect(existsSync(path)).toBe(false);
    expect(await save(store, 'after')).toMatchObject({ ok: true });
  });
});

describe('editing', () => {
  test('gives the document before and after, and the revisions that reading gives', async () => {
    const { path, store } = fileIn(temporaryFolder());
    const made = await edit(store, ({ text }) => `${text} and more`);
    expect(made).toEqual({ before: { text: null, revision: 'absent' }, after: await store.read() });
    expect(readFileSync(path, 'utf8')).toBe('null and more');
    const changed = await edit(store, () => 'x');
    expect(changed).toEqual({ before: made.after, after: await jsonFile(path).read() });
    expect(await write(store, 'y', changed.after.revision)).toMatchObject({ ok: true });
  });

  test('leaves a document as it is', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    expect(await edit(store, () => undefined)).toMatchObject({ before: { text: null }, after: { text: null } });
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(path, 'a');
    utimesSync(path, 1, 1);
    const { before, after } = await edit(store, () => undefined);
    expect([before, statSync(path).mtimeMs]).toEqual([after, 1_000]);
  });

  const meanwhile: [string, (path: string) => void, string | null][] = [
    ['is written over', (path) => writeFileSync(path, 'b'), 'b'],
    ['is replaced', (path) => replaceBy(path, 'b'), 'b'],
    ['is removed', unlinkSync, null],
  ];
  test.each(meanwhile)(
    'a file that %s meanwhile, by an editor that takes no lock, is read again',
    async (_, act, now) => {
      const folder = temporaryFolder();
      const { path, store } = fileIn(folder);
      writeFileSync(path, 'a');
      const seen: (string | null)[] = [];
      const { before } = await edit(store, ({ text }) => {
        seen.push(text);
        if (seen.length === 1) act(path);
        return `${text}!`;
      });
      expect([seen, before.text]).toEqual([['a', now], now]);
      expect(readFileSync(path, 'utf8')).toBe(`${now}!`);
      expect(readdirSync(folder)).toEqual(['app.json']);
    },
  );

  test('a file that is made meanwhile is read', async () => {
    const { path, store } = fileIn(temporaryFolder());
    const { before } = await edit(store, ({ text }) => {
      if (text === null) writeFileSync(path, 'theirs');
      return `${text}, mine`;
    });
    expect([before.text, readFileSync(path, 'utf8')]).toEqual(['theirs', 'theirs, mine']);
  });

  test.each([
    ['is removed', unlinkSync, 'null!'],
    ['is replaced', (path: string) => replaceBy(path, 'cd'), 'cd!'],
  ])('a file that %s after a write of the store is read again', async (_, act, text) => {
    const { path, store } = fileIn(temporaryFolder());
    await localOf(store).edit(() => '0', { isSynchronous: true });
    await localOf(store).edit(() => 'ab', { isSynchronous: true });
    act(path);
    await localOf(store).edit((before) => `${before.text}!`, { isSynchronous: true });
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  test('a synchronous function gets only texts that the file had', async () => {
    const { path, store } = fileIn(temporaryFolder());
    writeFileSync(path, 'first');
    const seen: (string | null)[] = [];
    const editNow = (text?: string): Promise<EditResult> =>
      localOf(store).edit(
        (before) => {
          seen.push(before.text);
          return text;
        },
        { isSynchronous: true },
      );
    const { after } = await editNow('saved');
    replaceNextCall('fsyncSync', () => {
      throw systemError('EIO');
    });
    await expect(write(store, 'never', after.revision)).rejects.toMatchObject({ cause: { code: 'EIO' } });
    await editNow('again');
    await editNow();
    expect(seen).toEqual(['first', 'saved', 'again']);
  });

  test('a store reads the file of its last write only to compare it before the rename', async () => {
    const { path, store } = fileIn(temporaryFolder());
    const opened = recordCalls('openSync');
    const opens: number[] = [];
    for (const text of ['a', 'b', 'c']) {
      const before = opened().filter((name) => name === path).length;
      await localOf(store).edit(() => text, { isSynchronous: true });
      opens.push(opened().filter((name) => name === path).length - before);
    }
    // The first look is for a file, and the second save asks the system for the access of the file.
    expect(opens).toEqual([1, 2, 1]);
  });

  test('another name or time does not count as another text, and a warning names the hard link', async () => {
    const { path, store } = fileIn(temporaryFolder());
    writeFileSync(path, 'a');
    let asked = 0;
    const { warning } = await edit(store, () => {
      asked += 1;
      linkSync(path, `${path}.twin`);
      utimesSync(path, 5, 5);
      return 'b';
    });
    expect([asked, readFileSync(path, 'utf8'), warning]).toEqual([1, 'b', expect.stringMatching(/hard links/)]);
  });

  test.each<[string, (store: Store) => Promise<unknown>]>([
    ['an edit', (store) => edit(store, () => 'b')],
    ['a write', (store) => save(store, 'b')],
  ])('a mode that is set during %s stays', async (_, change) => {
    const { path, store } = fileIn(temporaryFolder());
    writeFileSync(path, 'a', { mode: 0o600 });
    replaceNextCall('fsyncSync', () => chmodSync(path, 0o640));
    await change(store);
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual(['b', 0o640]);
  });

  test.each<[string, (path: string) => void, object]>([
    ['the mode', (path) => chmodSync(path, 0o640), { mode: 0o100_640 }],
    ['the user', (path) => chownSync(path, 1_234, 0), { uid: 1_234 }],
    ['the group', (path) => chownSync(path, 0, 5_678), { gid: 5_678 }],
  ])('%s that is set while the text is made stays', async (_, act, access) => {
    const { path, store } = fileIn(temporaryFolder());
    writeFileSync(path, 'a', { mode: 0o600 });
    let asked = 0;
    const changing = edit(store, () => {
      if (asked++ === 0) act(path);
      return 'b';
    });
    if (process.getuid?.() !== 0 && !('mode' in access)) return void (await failure(changing));
    await changing;
    expect([readFileSync(path, 'utf8'), asked]).toEqual(['b', 2]);
    expect(statSync(path)).toMatchObject(access);
  });

  test('a link that comes into its place meanwhile is refused, and followed the next time', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    const real = join(folder, 'real');
    for (const file of [path, real]) writeFileSync(file, 'a');
    const turning = edit(store, () => {
      unlinkSync(path);
      symlinkSync('real', path);
      return 'b';
    });
    await expect(turning).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/path leads to another file/),
    });
    expect(readFileSync(real, 'utf8')).toBe('a');
    await edit(store, () => 'c');
    expect([readFileSync(real, 'utf8'), lstatSync(path).isSymbolicLink()]).toEqual(['c', true]);
    expect(readdirSync(folder).sort()).toEqual(['app.json', 'real']);
  });

  test('links that change meanwhile are an error, and followed the next time', async () => {
    const folder = temporaryFolder();
    for (const version of ['v1', 'v2']) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'app.json'), version);
    }
    symlinkSync('v1', join(folder, 'now'));
    const store = jsonFile(join(folder, 'now/app.json'));
    const editing = edit(store, () => {
      symlinkSync('v2', join(folder, 'next'));
      renameSync(join(folder, 'next'), join(folder, 'now'));
      return 'mine';
    });
    await expect(editing).rejects.toMatchObject({ message: expect.stringMatching(/path leads to another file/) });
    expect(['v1', 'v2'].map((version) => readFileSync(join(folder, version, 'app.json'), 'utf8'))).toEqual([
      'v1',
      'v2',
    ]);
    expect(await edit(store, ({ text }) => `${text}, mine`)).toMatchObject({ after: { text: 'v2, mine' } });
    expect(leftovers(join(folder, 'v1'))).toEqual([]);
  });

  test('a dangling link where there was no file is refused at once', async () => {
    const { path, store } = fileIn(temporaryFolder());
    let asked = 0;
    const editing = edit(store, () => {
      asked += 1;
      if (asked === 1) symlinkSync('elsewhere', path);
      return 'x';
    });
    await expect(editing).rejects.toMatchObject({ message: expect.stringMatching(/path leads to another file/) });
    expect(asked).toBe(1);
  });

  test('an abort ends the attempts', async () => {
    const { path, store } = fileIn(temporaryFolder());
    const reason = new Error('enough');
    const abort = new AbortController();
    let asked = 0;
    const editing = edit(
      store,
      () => {
        asked += 1;
        if (asked === 3) abort.abort(reason);
        writeFileSync(path, `theirs ${asked}`);
        return 'mine';
      },
      abort.signal,
    );
    await expect(editing).rejects.toBe(reason);
    expect(asked).toBe(3);
  });

  test('a file that is changed again and again is given up', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    vi.spyOn(Math, 'random').mockReturnValue(0);
    // Each attempt asks for the access of the file, and syncs the new one: 100 times, they take seconds.
    const noAttributes = { status: 0, stdout: '# file: old\n\n# file: new' };
    vi.spyOn(process.getBuiltinModule('node:child_process'), 'spawnSync').mockReturnValue(noAttributes as never);
    onTestFinished(() => void vi.restoreAllMocks());
    replaceCalls('fsyncSync', () => undefined);
    let asked = 0;
    const disturbed = edit(store, () => {
      asked += 1;
      writeFileSync(path, `theirs ${asked}`);
      return 'mine';
    });
    const message = expect.stringMatching(
      /nothing was written: another program keeps changing the file without taking the lock/,
    );
    await expect(disturbed).rejects.toMatchObject({ code: 'UNAVAILABLE', message });
    expect([asked, readFileSync(path, 'utf8')]).toEqual([100, 'theirs 100']);
    expect(readdirSync(folder)).toEqual(['app.json']);
  });

  test('what the function throws is its own, and nothing is written', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    writeFileSync(path, 'a');
    const failure = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
    const failing = (): never => {
      throw failure;
    };
    await expect(edit(store, failing)).rejects.toBe(failure);
    expect([readFileSync(path, 'utf8'), leftovers(folder)]).toEqual(['a', []]);
    expect(await edit(store, () => 'b')).toMatchObject({ after: { text: 'b' } });
  });

  test('what cannot be read or stored is refused, and nothing is written', async () => {
    const { path, store } = fileIn(temporaryFolder(), { maxBytes: 8 });
    writeFileSync(path, Buffer.from([0xff]));
    await expect(edit(store, () => 'x')).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(readFileSync(path)).toEqual(Buffer.from([0xff]));
    writeFileSync(path, 'more than it may');
    await expect(edit(store, () => 'x')).rejects.toMatchObject({ code: 'TOO_LARGE' });
    writeFileSync(path, 'a');
    await expect(edit(store, () => 'more than it may')).rejects.toMatchObject({ code: 'TOO_LARGE' });
    await expect(edit(store, () => '\ud800')).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(readFileSync(path, 'utf8')).toBe('a');
  });

  test('is one step to others, and does not wait for the work around it', async () => {
    const { path } = fileIn(temporaryFolder());
    const count = async (): Promise<void> => {
      const store = jsonFile(path);
      for (let i = 0; i < 10; i++) await edit(store, ({ text }) => `${Number(text) + 1}`);
      await underLock(store, () => edit(store, ({ text }) => `${Number(text) + 1}`));
    };
    await Promise.all(Array.from({ length: 4 }, count));
    expect(readFileSync(path, 'utf8')).toBe('44');
  });

  test('obeys an abort and a closed store', async () => {
    const { store } = fileIn(temporaryFolder());
    const reason = new Error('enough');
    const signal = AbortSignal.abort(reason);
    await expect(edit(store, () => 'x', signal)).rejects.toBe(reason);
    await store.close();
    await expect(edit(store, () => 'x')).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('creating at once', () => {
  test('writes where there is nothing, through links, into folders that are missing', () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder, { private: true });
    symlinkSync('a/b/real.json', path);
    localOf(store).createSync('x');
    expect(readFileSync(join(folder, 'a/b/real.json'), 'utf8')).toBe('x');
    expect(statSync(path).mode & 0o7777).toBe(0o600);
    expect(readdirSync(join(folder, 'a/b'))).toEqual(['real.json']);
  });

  test('leaves an existing file', () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    writeFileSync(path, 'old');
    localOf(store).createSync('new');
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['app.json']);
  });
});

describe('owner and mode', () => {
  test.each([0o600, 0o640, 0o664, 0o666])('mode %o stays', async (mode) => {
    const { path, store } = fileIn(temporaryFolder());
    writeFileSync(path, 'a');
    chmodSync(path, mode);
    await save(store, 'b');
    expect(statSync(path).mode & 0o7777).toBe(mode);
  });

  test.runIf(process.getuid?.() === 0).each([
    ['its user', 1_234, 0],
    ['its group', 0, 5_678],
  ])('a file keeps %s', async (_, uid, gid) => {
    const { path, store } = fileIn(temporaryFolder());
    writeFileSync(path, 'a');
    chownSync(path, uid, gid);
    expect(await save(store, 'b')).not.toHaveProperty('warning');
    expect(statSync(path)).toMatchObject({ uid, gid });
  });

  test.runIf(process.getuid?.() === 0)('a group that is set meanwhile stays', async () => {
    const { path, store } = fileIn(temporaryFolder());
    writeFileSync(path, 'a');
    for (const [uid, gid] of [
      [0, 5_678],
      [1_234, 5_678],
    ] as const) {
      replaceNextCall('fsyncSync', () => chownSync(path, uid, gid));
      await edit(store, ({ text }) => `${text}!`);
      expect(statSync(path)).toMatchObject({ uid, gid });
    }
    expect(readFileSync(path, 'utf8')).toBe('a!!');
  });

  test('a file that may not be written is not replaced', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    writeFileSync(path, 'a');
    const { revision } = await store.read();
    for (const earlierCalls of [0, 1]) {
      const refuse = (): never => {
        throw systemError('EACCES', { syscall: 'access' });
      };
      replaceNextCall('accessSync', refuse, earlierCalls);
      await expect(write(store, 'b', revision)).rejects.toMatchObject({ code: 'DENIED' });
      expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['a', ['app.json']]);
    }
  });

  test('the system is not asked for the owner that a new file has anyway, as some file systems refuse that', async () => {
    const { path, store } = fileIn(temporaryFolder());
    writeFileSync(path, 'a');
    const asked = recordCalls('fchownSync');
    await save(store, 'b');
    expect(asked()).toEqual([]);
  });

  test.runIf(process.getuid?.() === 0).each([
    ['the user: a warning', 0, ['EPERM', 'EPERM'], 0, 'new'],
    ['the user, while the group can: a warning', 5_678, ['EPERM'], 0, 'new'],
    ['the group: refused', 5_678, ['EPERM', 'EPERM'], 1_234, 'old'],
    ['the user, as the disk fails: refused', 0, ['EIO'], 1_234, 'old'],
  ])('what cannot be kept is %s', async (_, gid, errors, uid, text) => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    writeFileSync(path, 'old');
    chownSync(path, 1_234, gid);
    for (const code of errors)
      replaceNextCall('fchownSync', () => {
        throw systemError(code, { syscall: 'fchown' });
      });
    const warning = await edit(store, () => 'new').then(
      (saved) => saved.warning,
      () => 'refused',
    );
    expect(warning).toBe(text === 'new' ? 'The file belonged to user 1234 and now belongs to user 0.' : 'refused');
    expect(statSync(path)).toMatchObject({ uid, gid });
    expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual([text, ['app.json']]);
  });

  test('one warning follows another', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    writeFileSync(path, 'old');
    linkSync(path, join(folder, 'twin'));
    const fail = (): never => {
      throw systemError('EIO');
    };
    replaceNextCall('fsyncSync', fail, 1);
    expect((await edit(store, () => 'new')).warning).toBe(
      'The file had other names (hard links); they keep the old text. ' +
        'The file is saved, but a power cut may undo that: syncing its folder failed (EIO).',
    );
  });

  test.each([
    [{ private: true }, 0o600],
    [{}, 0o666 & ~process.umask()],
  ])('a new file with %j', async (options, mode) => {
    const { path, store } = fileIn(temporaryFolder(), options);
    await save(store, 'a');
    expect(statSync(path).mode & 0o7777).toBe(mode);
  });
});

describe('links', () => {
  test('are followed and stay, over folders, relative and absolute', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'real'));
    mkdirSync(join(folder, 'via'));
    symlinkSync('../via/second.json', join(folder, 'real/app.json'));
    symlinkSync(join(folder, 'data/third.json'), join(folder, 'via/second.json'));
    symlinkSync('real', join(folder, 'data'));
    writeFileSync(join(folder, 'real/third.json'), 'a');
    const store = jsonFile(join(folder, 'data/app.json'));
    expect((await store.read()).text).toBe('a');
    await save(store, 'b');
    expect(readFileSync(join(folder, 'real/third.json'), 'utf8')).toBe('b');
    expect(lstatSync(join(folder, 'real/app.json')).isSymbolicLink()).toBe(true);
    expect(readdirSync(join(folder, 'real')).sort()).toEqual(['app.json', 'third.json']);
    expect(readdirSync(join(folder, 'via'))).toEqual(['second.json']);
  });

  test('a dangling one is written through', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    symlinkSync('missing/there.json', path);
    expect((await store.read()).text).toBeNull();
    await save(store, 'x');
    expect(readFileSync(join(folder, 'missing/there.json'), 'utf8')).toBe('x');
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
  });

  test('a circle is refused', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    symlinkSync('other', path);
    symlinkSync('app.json', join(folder, 'other'));
    const refused = { code: 'UNAVAILABLE', message: expect.stringContaining('symbolic links form a loop') };
    await expect(store.read()).rejects.toMatchObject(refused);
    await expect(write(store, 'x', 'absent')).rejects.toMatchObject(refused);
    expect(readdirSync(folder).sort()).toEqual(['app.json', 'other']);
  });

  test.each([
    [40, true],
    [41, false],
  ])('%i in a row: %s', async (length, ok) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '0'), 'end');
    for (let i = 1; i <= length; i += 1) symlinkSync(`${i - 1}`, join(folder, `${i}`));
    const store = jsonFile(join(folder, `${length}`));
    const written = write(store, 'x', (await jsonFile(join(folder, '0')).read()).revision);
    await (ok
      ? expect(written).resolves.toMatchObject({ ok })
      : expect(written).rejects.toMatchObject({ code: 'UNAVAILABLE' }));
  });

  test('two paths to one file take turns', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    symlinkSync('app.json', join(folder, 'alias'));
    const alias = jsonFile(join(folder, 'alias'));
    writeFileSync(path, '0');
    const increment = (of: Store): Promise<WriteResult> =>
      underLock(of, async () => {
        const { text, revision } = await of.read();
        await new Promise(setImmediate);
        return write(of, String(Number(text) + 1), revision);
      });
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => increment(i % 2 ? store : alias)));
    expect(all.every(({ ok }) => ok)).toBe(true);
    expect(readFileSync(path, 'utf8')).toBe('20');
  });

  test('a link that is turned between two saves is followed', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    for (const name of ['one', 'two']) writeFileSync(join(folder, name), name);
    symlinkSync('one', path);
    for (const text of ['a', 'b']) await edit(store, () => text);
    unlinkSync(path);
    symlinkSync('two', path);
    await edit(store, ({ text }) => `${text}!`);
    expect(['one', 'two'].map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(['b', 'two!']);
  });

  test('a link that is turned while we wait: the other file is written', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    writeFileSync(join(folder, 'one'), '1');
    symlinkSync('one', path);
    const other = jsonFile(join(folder, 'one'));
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const holding = underLock(other, async () => {
      begin();
      await new Promise((done) => setTimeout(done, 20));
      unlinkSync(path);
      symlinkSync('two', path);
    });
    await begun;
    const written = write(store, 'x', 'absent');
    await holding;
    expect(await written).toMatchObject({ ok: true });
    expect(readFileSync(join(folder, 'one'), 'utf8')).toBe('1');
    expect(readFileSync(join(folder, 'two'), 'utf8')).toBe('x');
  });

  test('a link that is turned while we hold its file: the write is one of the other file', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    writeFileSync(join(folder, 'one'), '1');
    symlinkSync('one', path);
    const { revision } = await store.read();
    const written = underLock(store, async () => {
      unlinkSync(path);
      symlinkSync('two', path);
      return write(store, 'x', revision);
    });
    expect(await written).toMatchObject({ ok: false, current: { text: null } });
    expect(readFileSync(join(folder, 'one'), 'utf8')).toBe('1');
    expect(existsSync(join(folder, 'two'))).toBe(false);
  });

  test('another name of the file (a hard link) keeps the old text, and the answer says so', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    writeFileSync(path, 'a');
    linkSync(path, join(folder, 'twin'));
    expect(await save(store, 'b')).toMatchObject({ ok: true, warning: expect.stringContaining('hard links') });
    expect(readFileSync(path, 'utf8')).toBe('b');
    expect(readFileSync(join(folder, 'twin'), 'utf8')).toBe('a');
    expect(await save(store, 'c')).not.toHaveProperty('warning');
  });
});

describe.skipIf(process.platform !== 'linux')('a file with another name, overwritten where that is allowed', () => {
  test('keeps both names, for all of its writers', async () => {
    const folder = temporaryFolder();
    const [path, twin] = [join(folder, 'app.json'), join(folder, 'twin.json')];
    writeFileSync(path, '0');
    linkSync(path, twin);
    const count = async (name: string): Promise<void> => {
      const store = jsonFile(name, { inPlace: true });
      for (let i = 0; i < 3; i++)
        expect(await edit(store, ({ text }) => `${Number(text) + 1}`)).not.toHaveProperty('warning');
    };
    await Promise.all([count(path), count(twin)]);
    expect([readFileSync(path, 'utf8'), readFileSync(twin, 'utf8'), statSync(path).nlink]).toEqual(['6', '6', 2]);
    expect(readdirSync(folder)).toEqual(['app.json', 'twin.json']);
  });

  test('is made if it is missing, and replaced if it is too large to be copied', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder, { inPlace: true, maxBytes: 8 });
    await edit(store, () => 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    writeFileSync(path, 'x'.repeat(100));
    linkSync(path, join(folder, 'twin'));
    const written = await write(store, '{}', await unreadableOf(store).revision());
    expect(written).toMatchObject({ ok: true, warning: expect.stringContaining('hard links') });
    expect([readFileSync(path, 'utf8'), statSync(join(folder, 'twin')).size]).toEqual(['{}', 100]);
  });

  test('leaves a copy of the old text that cannot be removed, with a warning', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder, { inPlace: true });
    writeFileSync(path, 'a');
    linkSync(path, join(folder, 'twin'));
    const refuse = (): never => {
      throw systemError('EIO');
    };
    // The first one is of the lock.
    replaceNextCall('unlinkSync', refuse, 1);
    const { warning = '' } = await edit(store, () => 'b');
    const [copy = ''] = /\/[^ ]+[^ .]/.exec(warning) ?? [];
    expect(warning).toBe(`The copy of the old text could not be removed: ${copy}.`);
    expect([readFileSync(path, 'utf8'), readFileSync(copy, 'utf8')]).toEqual(['b', 'a']);
  });

  test('is overwritten under its new number if a program replaced it meanwhile by the same text', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder, { inPlace: true });
    writeFileSync(path, 'a');
    linkSync(path, join(folder, 'twin'));
    await edit(store, () => {
      replaceBy(path, 'a');
      return 'b';
    });
    expect([readFileSync(path, 'utf8'), readFileSync(join(folder, 'twin'), 'utf8')]).toEqual(['b', 'a']);
  });

  test.each([
    ['renameSync', 'rename', 'EBUSY', 'written over'],
    ['renameSync', 'rename', 'EXDEV', 'written over'],
    ['renameSync', 'rename', 'EPERM', 'refused'],
    ['renameSync', 'rename', 'EIO', 'refused'],
    ['openSync', 'open', 'EBUSY', 'refused'],
    ['fsyncSync', 'fsync', 'ENOTSUP', 'refused'],
    ['fchmodSync', 'fchmod', 'EPERM', 'refused'],
  ] as const)('after an error of %s (%s %s), a file with one name is %s', async (call, syscall, code, outcome) => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder, { inPlace: true });
    writeFileSync(path, 'old');
    const { ino } = statSync(path);
    replaceNextCall(call, () => {
      throw systemError(code, { syscall });
    });
    const saved = await edit(store, () => 'new').then(
      () => 'written over',
      () => 'refused',
    );
    expect([saved, statSync(path).ino, readdirSync(folder)]).toEqual([outcome, ino, ['app.json']]);
    expect(readFileSync(path, 'utf8')).toBe(outcome === 'refused' ? 'old' : 'new');
  });

  test('is replaced once it has no other name', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder, { inPlace: true });
    writeFileSync(path, 'a');
    linkSync(path, join(folder, 'old'));
    unlinkSync(path);
    renameSync(join(folder, 'old'), path);
    const { ino } = statSync(path);
    await edit(store, () => 'b');
    expect(statSync(path).ino).not.toBe(ino);
    expect(readFileSync(path, 'utf8')).toBe('b');
  });

  test('is not overwritten after it changed, nor while another program has locked it', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder, { inPlace: true, lockTimeout: 20 });
    writeFileSync(path, 'a');
    linkSync(path, join(folder, 'twin'));
    const seen: (string | null)[] = [];
    await edit(store, ({ text }) => {
      seen.push(text);
      if (text === 'a') writeFileSync(path, 'b');
      return `${text}!`;
    });
    expect([seen, readFileSync(path, 'utf8')]).toEqual([['a', 'b'], 'b!']);
    const locking = spawn('flock', ['-x', path, 'sh', '-c', 'echo locked; read line'], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    onTestFinished(() => void locking.kill());
    await once(locking.stdout, 'data');
    const refused = { code: 'LOCKED', message: expect.stringContaining('another program has locked the file itself') };
    await expect(edit(store, () => 'c')).rejects.toMatchObject(refused);
    const reason = new Error('enough');
    const abort = new AbortController();
    const waiting = edit(jsonFile(path, { inPlace: true }), () => 'c', abort.signal);
    setTimeout(() => abort.abort(reason), 20);
    await expect(waiting).rejects.toBe(reason);
    locking.stdin.end('\n');
    await edit(jsonFile(path, { inPlace: true }), () => 'c');
    expect([readFileSync(path, 'utf8'), readdirSync(folder)]).toEqual(['c', ['app.json', 'twin']]);
    expect(openFilesIn(folder)).toEqual([]);
  });
});

describe('in one process', () => {
  test('exclusive work comes one after the other, and its writes do not wait for it', async () => {
    const { path, store } = fileIn(temporaryFolder());
    const seen: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      seen.push(`${name} begins`);
      await save(store, name);
      await underLock(store, () => save(jsonFile(path), `${name} inside`));
      await new Promise((done) => setTimeout(done, 5));
      seen.push(`${name} ends`);
    };
    await Promise.all([underLock(store, work('a')), underLock(jsonFile(path), work('b'))]);
    expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(readFileSync(path, 'utf8')).toBe('b inside');
  });

  test('a write from outside waits for it', async () => {
    const { path, store } = fileIn(temporaryFolder());
    let begin = (): void => undefined;
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    const inside = underLock(store, async () => {
      begin();
      await new Promise((done) => setTimeout(done, 20));
      expect(existsSync(path)).toBe(false);
      await write(store, 'inside', 'absent');
    });
    await begun;
    const outside = write(jsonFile(path), 'outside', 'absent');
    await inside;
    expect(await outside).toMatchObject({ ok: false });
    expect(readFileSync(path, 'utf8')).toBe('inside');
  });

  test('writes at once inside it come one after the other', async () => {
    const { store } = fileIn(temporaryFolder());
    const written = await underLock(store, () =>
      Promise.all([write(store, 'a', 'absent'), write(store, 'b', 'absent')]),
    );
    expect(written.map(({ ok }) => ok)).toEqual([true, false]);
  });

  test('what it leaves running is an outsider', async () => {
    const { path, store } = fileIn(temporaryFolder());
    let late: Promise<WriteResult> | undefined;
    await underLock(store, async () => {
      late = new Promise((resolve) => setTimeout(() => resolve(save(store, 'late')), 10));
    });
    await underLock(jsonFile(path), async () => {
      await new Promise((done) => setTimeout(done, 30));
      expect(existsSync(path)).toBe(false);
    });
    expect(await late).toMatchObject({ ok: true });
  });

  test('a failure inside it is the caller’s own, and the lock is released', async () => {
    const folder = temporaryFolder();
    const { store } = fileIn(folder);
    const failure = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
    await expect(underLock(store, () => Promise.reject(failure))).rejects.toBe(failure);
    expect(leftovers(folder)).toEqual([]);
    expect(await save(store, 'x')).toMatchObject({ ok: true });
  });

  test('work that does not end is an error of the next writer', async () => {
    const { path, store } = fileIn(temporaryFolder());
    let end = (): void => undefined;
    const endless = underLock(
      store,
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    await new Promise(setImmediate);
    const other = jsonFile(path, { lockTimeout: 20 });
    await expect(save(other, 'x')).rejects.toMatchObject({ code: 'LOCKED' });
    end();
    await endless;
    expect(await save(other, 'x')).toMatchObject({ ok: true });
  });

  test('each waits for the present holder only, however many are ahead', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { store } = fileIn(temporaryFolder(), { lockTimeout: 100 });
    const ends: (() => void)[] = [];
    const hold = (): Promise<EditResult> => edit(store, () => new Promise((end) => ends.push(() => end(undefined))));
    const begun = async (count: number): Promise<void> => {
      while (ends.length < count) await new Promise(setImmediate);
    };
    const holders = [hold(), hold(), hold()];
    for (const ended of [0, 1]) {
      await begun(ended + 1);
      vi.advanceTimersByTime(90);
      ends[ended]?.();
    }
    await begun(3);
    const late = failure(hold());
    // It joins the queue after the event loop turned.
    await new Promise(setImmediate);
    vi.advanceTimersByTime(110);
    expect(await late).toMatchObject({ code: 'LOCKED', message: expect.stringContaining('for more than 100 ms') });
    ends[2]?.();
    await Promise.all(holders);
    expect([ends.length, openQueues(), vi.getTimerCount()]).toEqual([3, 0, 0]);
  });

  test('no listener of a signal stays after the wait', async () => {
    const { path, store } = fileIn(temporaryFolder(), { lockTimeout: 5 });
    const { signal } = new AbortController();
    const reason = new Error('enough');
    const stopped = new AbortController();
    const ends: (() => void)[] = [];
    const holding = underLock(store, () => new Promise<void>((end) => ends.push(end)));
    const tooLate = expect(edit(store, () => 'too late', signal)).rejects.toMatchObject({ code: 'LOCKED' });
    const aborted = expect(edit(jsonFile(path), () => 'aborted', stopped.signal)).rejects.toBe(reason);
    const inTime = edit(jsonFile(path), () => 'in time', signal);
    await new Promise(setImmediate);
    stopped.abort(reason);
    await Promise.all([tooLate, aborted]);
    ends[0]?.();
    await Promise.all([holding, inTime]);
    expect(readFileSync(path, 'utf8')).toBe('in time');
    expect([signal, stopped.signal].flatMap((one) => getEventListeners(one, 'abort'))).toEqual([]);
  });

  test('saves that are awaited one after the other let the event loop turn', async () => {
    const { store } = fileIn(temporaryFolder());
    let turns = 0;
    const count = setInterval(() => {
      turns += 1;
    });
    for (let i = 0; turns < 2 && i < 500; i++) await edit(store, () => `${i}`);
    clearInterval(count);
    expect(turns).toBe(2);
  });

  test('the event loop turns when saves in a row have taken more than 20 ms since its last turn', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const { store } = fileIn(temporaryFolder());
    let saves = 0;
    /** Whether it turns during a save that begins so many milliseconds later. */
    const turnsAfter = async (ms: number): Promise<boolean> => {
      let isTurned = false;
      const turn = setImmediate(() => {
        isTurned = true;
      });
      vi.advanceTimersByTime(ms);
      await edit(store, () => `${++saves}`);
      clearImmediate(turn);
      return isTurned;
    };
    await new Promise(setImmediate);
    expect([await turnsAfter(100), await turnsAfter(20), await turnsAfter(1)]).toEqual([false, false, true]);
    await new Promise(setImmediate);
    expect([await turnsAfter(100), await turnsAfter(20)]).toEqual([false, false]);
  });

  test('nothing is kept of files without writers', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    await Promise.all([save(store, 'a'), save(jsonFile(path), 'b'), save(jsonFile(join(folder, 'other')), 'c')]);
    await expect(save(jsonFile(join(path, 'below')), 'd')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(openQueues()).toBe(0);
  });

  test('nothing is kept of an edit that has ended', async () => {
    const { store } = fileIn(temporaryFolder());
    const ended = await (async () => new WeakRef(await edit(store, () => 'x')))();
    await new Promise(setImmediate);
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
    expect(ended.deref()).toBeUndefined();
    expect((await store.read()).text).toBe('x');
  });

  test('work on one file still shares its lock after work on another file has ended', async () => {
    const folder = temporaryFolder();
    const [a, b] = [jsonFile(join(folder, 'a'), { lockTimeout: 200 }), jsonFile(join(folder, 'b'))];
    const ends: (() => void)[] = [];
    const first = underLock(a, async () => {
      await new Promise<void>((end) => ends.push(end));
      return save(a, '1');
    });
    while (ends.length === 0) await new Promise(setImmediate);
    await underLock(b, () => save(b, '2'));
    ends[0]?.();
    expect(await first).toMatchObject({ ok: true });
  });

  test('what marks the work slows down no other promise of the process once all work has ended', async () => {
    const folder = temporaryFolder();
    const [a, b] = [jsonFile(join(folder, 'a')), jsonFile(join(folder, 'b'))];
    const { AsyncLocalStorage } = process.getBuiltinModule('node:async_hooks');
    const disabled = vi.spyOn(AsyncLocalStorage.prototype, 'disable');
    onTestFinished(() => disabled.mockRestore());
    await underLock(a, async () => {
      await underLock(b, async () => undefined);
      expect(disabled).not.toHaveBeenCalled();
    });
    expect(disabled).toHaveBeenCalledTimes(1);
    await expect(underLock(a, () => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    expect(disabled).toHaveBeenCalledTimes(2);
  });

  test('a lock that cannot be had leaves the queue to the next writer', async () => {
    const { path, store } = fileIn(temporaryFolder(), { lockTimeout: 100 });
    mkdirSync(`${path}.lock`);
    await expect(save(store, 'x')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    rmdirSync(`${path}.lock`);
    expect(await save(store, 'x')).toMatchObject({ ok: true });
  });

  test('a folder that is removed during an edit does not fail its end', async () => {
    const folder = join(temporaryFolder(), 'below');
    mkdirSync(folder);
    const { store } = fileIn(folder);
    const unchanged = edit(store, () => {
      rmSync(folder, { recursive: true });
      return undefined;
    });
    expect(await unchanged).toMatchObject({ after: { text: null } });
  });

  test('a folder that is removed while a writer waits is an error of that writer', async () => {
    const folder = join(temporaryFolder(), 'below');
    mkdirSync(folder);
    const { path, store } = fileIn(folder);
    const ends: (() => void)[] = [];
    const holding = underLock(store, () => new Promise<void>((end) => ends.push(end)));
    while (ends.length === 0) await new Promise(setImmediate);
    const waiting = failure(edit(jsonFile(path), () => 'x'));
    for (let turns = 0; turns < 5; turns++) await new Promise(setImmediate);
    rmSync(folder, { recursive: true });
    ends[0]?.();
    await holding;
    expect(await waiting).toMatchObject({ code: 'UNAVAILABLE', cause: { code: 'ENOENT' } });
    expect(await edit(store, () => 'x')).toMatchObject({ after: { text: 'x' } });
  });

  test('two files may be held at once', async () => {
    const folder = temporaryFolder();
    const [a, b] = [jsonFile(join(folder, 'a')), jsonFile(join(folder, 'b'))];
    await underLock(a, () => underLock(b, () => Promise.all([save(a, '1'), save(b, '2')])));
    expect([readFileSync(join(folder, 'a'), 'utf8'), readFileSync(join(folder, 'b'), 'utf8')]).toEqual(['1', '2']);
  });
});

describe('keeping bytes aside', () => {
  test('copies them as they are, for the owner only', async () => {
    const folder = temporaryFolder();
    const { path, store } = fileIn(folder);
    writeFileSync(path, Buffer.from([0xff, 0x00]));
    const [first, second] = [await unreadableOf(store).keepAside(), await unreadableOf(store).keepAside()];
    for (const kept of [first, second]) {
      expect(kept).toMatch(/\/app\.json\.invalid-\d{8}T\d{6}\.\d{3}Z(-\d+)?$/);
      expect(readFileSync(kept)).toEqual(Buffer.from([0xff, 0x00]));
      expect(statSync(kept).mode & 0o777).toBe(0o600);
    }
    expect(first).not.toBe(second);
  });

  test('of nothing is refused', async () => {
    await expect(unreadableOf(fileIn(temporaryFolder()).store).keepAside()).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    });
  });
});

describe('orphans', () => {
  const deadPid = 2 ** 22 + 1;
  test.each([
    [`.app.json.${deadPid}.0123456789ab.tmp`, false],
    [`.app.json.lock.${deadPid}.0123456789ab.tmp`, false],
    [`.app.json.${process.pid}.0123456789ab.tmp`, false],
    [`.app.json.${process.ppid}.0123456789ab.tmp`, false],
    [`.app.json.${deadPid}.0123456789a.tmp`, true],
    [`.app.json.${deadPid}.0123456789AB.tmp`, true],
    [`.app_json.${deadPid}.0123456789ab.tmp`, true],
    [`.other.app.json.${deadPid}.0123456789ab.tmp`, true],
    [`app.json.${deadPid}.0123456789ab.tmp`, true],
    ['.app.json.tmp', true],
    ['app.json.lock.0123456789abcdef01234567.claim', false],
    ['other.json.lock.0123456789abcdef01234567.claim', true],
  ])('%s stays: %s', async (name, stays) => {
    const { path, store } = fileIn(temporaryFolder());
    const orphan = join(dirname(path), name);
    writeFileSync(orphan, '');
    await save(store, 'x');
    expect(existsSync(orphan)).toBe(stays);
  });

  test('are swept also by a store that saves for long', async () => {
    const { path, store } = fileIn(temporaryFolder());
    await save(store, 'x');
    const orphan = join(dirname(path), `.app.json.${deadPid}.0123456789ab.tmp`);
    writeFileSync(orphan, '');
    await save(store, 'y');
    expect(existsSync(orphan)).toBe(false);
  });
});

describe('closing', () => {
  test('refuses what comes after, having finished what came before', async () => {
    const { path, store } = fileIn(temporaryFolder());
    const before = write(store, 'x', 'absent');
    await store.close();
    expect(readFileSync(path, 'utf8')).toBe('x');
    expect(await before).toMatchObject({ ok: true });
    await expect(store.read()).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(write(store, 'y', 'absent')).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(underLock(store, async () => 1)).rejects.toMatchObject({ code: 'CLOSED' });
    await expect(unreadableOf(store).keepAside()).rejects.toMatchObject({ code: 'CLOSED' });
    expect(() => store.watch('absent', { stored: () => undefined, state: () => undefined })).toThrow(/closed/);
  });

  test('inside exclusive work lets it end', async () => {
    const { path, store } = fileIn(temporaryFolder());
    await underLock(store, async () => {
      await store.close();
      await write(store, 'x', 'absent');
    });
    expect(readFileSync(path, 'utf8')).toBe('x');
    await expect(store.read()).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

test('overwriting in place never writes to a file that took the place of the one that was read', () => {
  const { path, write, read } = folder({ 'app.json': 'old', 'other.json': 'other' });
  const target = join(path, 'app.json');
  const found = statSync(target);
  renameSync(join(path, 'other.json'), target);
  const overwrite = (): unknown =>
    writeInPlace(target, Buffer.from('new'), { name: 'app.json', before: Buffer.from('old'), found });
  expect(overwrite).toThrow('its path leads to another file now');
  const onOtherDevice = Object.assign(statSync(target), { dev: -1 });
  const before = Buffer.from('other');
  const overwriteOther = (): unknown =>
    writeInPlace(target, Buffer.from('new'), { name: 'app.json', before, found: onOtherDevice });
  expect(overwriteOther).toThrow('its path leads to another file now');
  expect([read('app.json'), readdirSync(path)]).toEqual(['other', ['app.json']]);
  write('app.json', 'old');
  writeInPlace(target, Buffer.from('new'), { name: 'app.json', before: Buffer.from('old'), found: statSync(target) });
  expect([read('app.json'), readdirSync(path)]).toEqual(['new', ['app.json']]);
});

test('overwriting in place on a disk that takes no byte gives the old text back', () => {
  const { path, read } = folder({ 'app.json': 'old' });
  const target = join(path, 'app.json');
  const file = { name: 'app.json', before: Buffer.from('old'), found: statSync(target) };
  // The first call writes the copy of the old text.
  replaceNextCall('writeSync', () => 0, 1);
  expect(() => writeInPlace(target, Buffer.from('new'), file)).toThrow('ENOSPC');
  expect([read('app.json'), readdirSync(path)]).toEqual(['old', ['app.json']]);
});

test.skipIf(process.platform === 'win32')(
  'a pipe or a link in the place of a file that is overwritten is refused without waiting',
  async () => {
    const { path } = folder({ 'other.json': 'other' });
    const target = join(path, 'app.json');
    execFileSync('mkfifo', [target]);
    const waiting = { name: 'app.json', timeout: 1_000 };
    expect((await failure(lockItself(target, waiting))).message).toContain('it is a pipe, not a file');
    unlinkSync(target);
    symlinkSync('other.json', target);
    await expect(lockItself(target, waiting)).rejects.toMatchObject({ code: 'ELOOP' });
  },
);

describe('a file that an editor replaces in two steps is read after the second', () => {
  const steps: readonly (readonly [string, (path: string) => void])[] = [
    ['renames, then writes anew', (path) => renameSync(path, `${path}~`)],
    ['empties, then fills', (path) => writeFileSync(path, '')],
  ];

  test.each(steps)('by an edit: the editor %s', async (_, first) => {
    const { path, read, write } = folder({ 'app.json': 'old' });
    const target = join(path, 'app.json');
    const store = jsonFile(target);
    await store.read();
    first(target);
    setTimeout(() => write('app.json', 'new'), 30);
    const { before } = await edit(store, ({ text }) => `${text}er`);
    expect([before.text, read('app.json')]).toEqual(['new', 'newer']);
  });

  test.each(steps)('by a write: the editor %s', async (_, first) => {
    const { path, read, write } = folder({ 'app.json': 'old' });
    const target = join(path, 'app.json');
    const store = jsonFile(target);
    const { revision } = await store.read();
    first(target);
    setTimeout(() => write('app.json', 'new'), 30);
    const written = await store.write('mine', { expect: revision, id: randomUUID() });
    expect(written).toMatchObject({ ok: false, current: { text: 'new' } });
    expect(read('app.json')).toBe('new');
  });

  test.skipIf(process.platform === 'win32')(
    'one that is emptied again and again is waited for once',
    async () => {
      const { path } = folder({ 'app.json': 'old' });
      const target = join(path, 'app.json');
      const emptying = spawn('sh', ['-c', 'while :; do : > "$0"; done', target]);
      onTestFinished(() => void emptying.kill('SIGKILL'));
      await once(emptying, 'spawn');
      const start = performance.now();
      await edit(jsonFile(target), () => 'new').catch((error) => expect(error.code).toBe('UNAVAILABLE'));
      expect(performance.now() - start).toBeLessThan(20_000);
    },
    200_000,
  );

  const emptied = (age: number) => (path: string) => {
    writeFileSync(path, '');
    utimesSync(path, (Date.now() - age) / 1_000, (Date.now() - age) / 1_000);
  };
  test.each<[string, number, (path: string) => void]>([
    ['has gone', 10, unlinkSync],
    ['has just become empty', 100, emptied(0)],
    ['became empty less than a second ago', 100, emptied(999)],
    ['became empty a second ago', 0, emptied(1_000)],
    ['became empty less than a second ahead of the clock', 100, emptied(-999)],
    ['became empty a second ahead of the clock', 0, emptied(-1_000)],
  ])('one that %s is looked at again %i times', async (_, looks, act) => {
    vi.useFakeTimers({ toFake: ['performance', 'Date'], now: Date.parse('2026-01-02T03:04:05Z') });
    const { path, read } = folder({ 'app.json': 'old' });
    const target = join(path, 'app.json');
    const store = jsonFile(target);
    await store.read();
    act(target);
    const pauses: unknown[] = [];
    vi.spyOn(process.getBuiltinModule('node:timers/promises'), 'setTimeout').mockImplementation(async (ms) => {
      pauses.push(ms);
      vi.advanceTimersByTime(Number(ms));
      vi.setSystemTime(Date.parse('2026-01-02T03:04:05Z'));
      return undefined as never;
    });
    onTestFinished(() => {
      vi.restoreAllMocks();
      vi.useRealTimers();
    });
    await edit(store, () => 'new');
    expect([pauses, read('app.json')]).toEqual([Array<number>(looks).fill(10), 'new']);
  });

  test('one that stays away, or empty, is written again, and what was not there at the last look at once', async () => {
    const { path, read } = folder({ 'app.json': 'old', 'empty.json': '' });
    const target = join(path, 'app.json');
    const store = jsonFile(target);
    await store.read();
    rmSync(target);
    await edit(store, ({ text }) => String(text));
    expect(read('app.json')).toBe('null');
    const start = performance.now();
    utimesSync(join(path, 'empty.json'), 1, 1);
    await edit(jsonFile(join(path, 'empty.json')), ({ text }) => `${text}x`);
    await edit(jsonFile(join(path, 'other.json')), ({ text }) => `${text}`);
    const paused = vi.spyOn(process.getBuiltinModule('node:timers/promises'), 'setTimeout');
    onTestFinished(() => paused.mockRestore());
    const newStore = jsonFile(join(path, 'new.json'));
    await newStore.read();
    await edit(newStore, ({ text }) => `${text}`);
    expect([read('empty.json'), read('other.json'), read('new.json')]).toEqual(['x', 'null', 'null']);
    expect(paused).not.toHaveBeenCalled();
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
