import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
  statSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { closeToOthers, createFile, makeFolder } from '../../src/stores/json-file/create-file.ts';
import { fileError, lockedBy, notUtf8, systemCode } from '../../src/stores/json-file/file-errors.ts';
import { followLinks } from '../../src/stores/json-file/follow-links.ts';
import { isNoFile, parseObject, parseOwner, readLock, readSmallFile } from '../../src/stores/json-file/found-lock.ts';
import { keepCopy } from '../../src/stores/json-file/in-place.ts';
import {
  destinationOf,
  encode,
  fileHasBytes,
  isUntouched,
  Revisions,
  readContents,
  readRegularFile,
  readStored,
  revisionOf,
  revisionOfFile,
} from '../../src/stores/json-file/read-file.ts';
import {
  keepAccess,
  onWrite,
  randomHex,
  runProgram,
  syncFolder,
  writeTemporary,
} from '../../src/stores/json-file/replace-file.ts';
import { jsonFile } from '../../src/stores/json-file.ts';
import { openFilesIn, temporaryFolder } from '../faults/harness/folder.ts';
import { replaceNextCall, systemError } from '../faults/harness/replace-call.ts';

const isLinux = process.platform === 'linux';

describe('the errors of the system', () => {
  test.each([
    ['EACCES', 'DENIED', 'permission denied'],
    ['EROFS', 'DENIED', 'the file system is read-only'],
    [
      'EBUSY',
      'UNAVAILABLE',
      'the file is mounted by itself (as into a container), so it cannot be replaced in one step',
    ],
    ['ENOSPC', 'UNAVAILABLE', 'the disk is full'],
    ['EWEIRD', 'UNAVAILABLE', 'the system reported EWEIRD'],
  ])('%s is %s: %s', (system, code, message) => {
    const error = systemError(system);
    const shown = fileError(error, 'app.json', 'saved');
    expect(shown).toMatchObject({ code, cause: error });
    expect((shown as { issues: readonly object[] }).issues).toStrictEqual([
      {
        code,
        message: `could not be saved: ${message}`,
        origin: { layer: 'file', name: 'app.json', location: 'app.json' },
        ...(system !== 'EWEIRD' && { suggestion: expect.any(String) }),
      },
    ]);
  });

  test('of a program that could not run name the program', () => {
    const error = systemError('EAGAIN', { syscall: 'spawnSync flock' });
    expect(fileError(error, 'app.json', 'saved')).toMatchObject({
      message: expect.stringContaining('the system could not run the program `flock` to its end (EAGAIN)'),
    });
  });

  test.each([
    ['an error of a program', new Error('x')],
    ['a code without a system call', systemError('EIO', {})],
    ['a number for a code', systemError(5)],
    ['no error', { code: 'EIO', syscall: 'open' }],
  ])('%s is not one of them', (_, error) => {
    expect(systemCode(error)).toBeUndefined();
    expect(fileError(error, 'app.json', 'saved')).toBe(error);
  });

  test.skipIf(!isLinux)('have their name on Linux where Node.js has none for them', () => {
    const unknown = (errno: number): unknown =>
      systemCode(systemError(`Unknown system error ${errno}`, { syscall: 'open', errno }));
    expect([unknown(-122), unknown(-116)]).toEqual(['EDQUOT', 'ESTALE']);
    expect(unknown(-9999)).toBe('Unknown system error -9999');
    expect(systemCode(systemError('Unknown system error -122'))).toBe('Unknown system error -122');
    expect(systemCode(systemError('EIO', { syscall: 'open', errno: -122 }))).toBe('EIO');
  });
});

test.each<readonly [string, readonly number[], string, string]>([
  ['UTF-16, the low byte first', [0xff, 0xfe, 0x41, 0], 'it is UTF-16, not UTF-8', 'app.json'],
  ['UTF-16, the high byte first', [0xfe, 0xff, 0, 0x41], 'it is UTF-16, not UTF-8', 'app.json'],
  ['an invalid first byte', [0xff, 0x41], 'the byte at offset 0 (line 1)', 'app.json:1:1'],
  ['another invalid first byte', [0xfe, 0x41], 'the byte at offset 0 (line 1)', 'app.json:1:1'],
  ['an invalid second byte', [0x41, 0xff], 'the byte at offset 1 (line 1)', 'app.json:1:2'],
  ['another invalid second byte', [0x41, 0xfe], 'the byte at offset 1 (line 1)', 'app.json:1:2'],
  ['U+FEFF in a line', [0x41, 0xef, 0xbb, 0xbf, 0xff], 'the byte at offset 4 (line 1)', 'app.json:1:3'],
  [
    'an invalid byte behind a byte order mark',
    [0xef, 0xbb, 0xbf, 0x41, 0xff],
    'the byte at offset 4 (line 1)',
    'app.json:1:2',
  ],
  [
    'an invalid byte in a line',
    [0x61, 0x0d, 0x0a, 0x62, 0x0a, 0x63, 0xff],
    'the byte at offset 6 (line 3)',
    'app.json:3:2',
  ],
  [
    'a valid U+FFFD before',
    [0xef, 0xbf, 0xbd, 0x0d, 0xc3, 0xa9, 0xff, 0x41],
    'the byte at offset 6 (line 2)',
    'app.json:2:2',
  ],
])('a document with %s is refused with its location', (_, bytes, message, location) => {
  const buffer = Buffer.from(bytes);
  const error = notUtf8(buffer, buffer.toString('utf8'), 'app.json');
  expect(error).toMatchObject({
    code: 'CORRUPT',
    issues: [{ message: expect.stringContaining(message), origin: { location } }],
  });
});

test('a lock that is held is an error with its owner', () => {
  const owner = { pid: 7, host: 'h', since: '2026' };
  expect(lockedBy(owner, '/a.lock', 'a').message).toContain('it is locked by process 7 on h since 2026');
  expect(lockedBy(undefined, '/a.lock', 'a').message).toContain('it is locked by an unknown owner');
  expect(lockedBy(owner, '/a.lock', 'a')).not.toHaveProperty('cause');
});

const OWNER = { pid: 7, host: 'h', since: '2026', nonce: '0123456789abcdef01234567' };

test.each<readonly [string, object, boolean]>([
  ['all that it must have', {}, true],
  ['all that it may have', { thread: 8, started: '1', boot: 'b', space: 's' }, true],
  ['the highest process', { pid: 2 ** 31 - 1 }, true],
  ['a process that cannot be', { pid: 2 ** 31 }, false],
  ['the process 0', { pid: 0 }, false],
  ['a fraction of a process', { pid: 1.5 }, false],
  ['a text for a process', { pid: '7' }, false],
  ['a thread above the highest process', { thread: 2 ** 31 }, true],
  ['the thread 0', { thread: 0 }, false],
  ['a number for its start', { started: 1 }, false],
  ['a number for its boot', { boot: 1 }, false],
  ['a number for its space', { space: 1 }, false],
  ['no host', { host: undefined }, false],
  ['no time', { since: 1 }, false],
  ['no nonce', { nonce: undefined }, false],
  ['a longer nonce', { nonce: `${OWNER.nonce}0` }, false],
  ['a nonce behind something', { nonce: `x${OWNER.nonce}` }, false],
])('the record of a lock with %s counts: %s', (_, changes, counts) => {
  const text = JSON.stringify({ ...OWNER, ...changes });
  expect(parseOwner(text)).toEqual(counts ? JSON.parse(text) : undefined);
});

test.each([
  ['{"a": 1}', { a: 1 }],
  ['[1]', { 0: 1 }],
  ['null', undefined],
  ['"a"', undefined],
  ['{', undefined],
  ['', undefined],
])('the text %j is the object %j', (text, value) => {
  expect(parseObject(text)).toEqual(value);
});

test('a lock file is read if it is one, at most 4 KiB of it', () => {
  const at = temporaryFolder();
  const path = (name: string): string => join(at, name);
  writeFileSync(path('whole'), JSON.stringify(OWNER));
  writeFileSync(path('torn'), '{');
  writeFileSync(path('long'), 'x'.repeat(5_000));
  symlinkSync('whole', path('link'));
  expect(readLock(path('none'))).toBeUndefined();
  expect(readLock(path('whole'))).toMatchObject({ id: OWNER.nonce, owner: OWNER, hidden: false });
  expect(readLock(path('torn'))).toMatchObject({ id: expect.stringMatching(/^[0-9a-f]{24}$/), hidden: false });
  expect(readLock(path('torn'))?.owner).toBeUndefined();
  expect(() => readLock(at)).toThrow('it is not a lock file');
  expect(() => readLock(path('link'))).toThrow('it is not a lock file');
  expect(readSmallFile(path('long'))?.text).toHaveLength(4_096);
  expect([readSmallFile(path('none')), readSmallFile(at)]).toEqual([undefined, undefined]);
  expect(() => readSmallFile(path('link'))).toThrow('ELOOP');
  expect(['none', 'whole', 'link', '.'].map((name) => isNoFile(path(name)))).toEqual([false, false, true, true]);
});

describe('a lock file that is there', () => {
  const readFailing = (path: string, code: string) => {
    replaceNextCall('openSync', () => {
      throw systemError(code);
    });
    return readLock(path);
  };

  test.each(['EACCES', 'EPERM'])('and may not be read (%s) is hidden, and shows when it was touched', (code) => {
    const path = file(JSON.stringify(OWNER));
    utimesSync(path, 1, 1);
    const first = readFailing(path, code);
    expect(first).toMatchObject({ owner: undefined, hidden: true });
    expect(readFailing(path, code)).toEqual(first);
    utimesSync(path, 1, 1.001);
    expect(readFailing(path, code)?.trace).not.toBe(first?.trace);
  });

  test('and cannot be read is an error; one that went meanwhile is none', () => {
    const path = file(JSON.stringify(OWNER));
    expect(() => readFailing(path, 'EIO')).toThrow('from the system');
    expect(readFailing(path, 'ENOENT')).toBeUndefined();
  });
});

describe('links', () => {
  test('lead to a file, through the folders and links that decide where', () => {
    const at = followLinks(temporaryFolder()).target;
    mkdirSync(join(at, 'real/deep'), { recursive: true });
    writeFileSync(join(at, 'real/deep/file'), '');
    symlinkSync('real', join(at, 'folder'));
    symlinkSync(join(at, 'folder/deep/file'), join(at, 'link'));
    const end = [
      { folder: join(at, 'real/deep'), name: 'file' },
      { folder: join(at, 'real'), name: 'deep' },
    ];
    const { target, found, steps } = followLinks(join(at, 'link'));
    expect([target, found?.isFile()]).toEqual([join(at, 'real/deep/file'), true]);
    expect(steps).toEqual([{ folder: at, name: 'link' }, { folder: at, name: 'folder' }, ...end]);
    expect(followLinks(`${at}//real/./deep/../deep/file`).target).toBe(target);
  });

  test('to nothing lead to where it would be', () => {
    const at = followLinks(temporaryFolder()).target;
    symlinkSync('none/deep/file', join(at, 'link'));
    const { target, found, steps } = followLinks(join(at, 'link'));
    expect([target, found]).toEqual([join(at, 'none/deep/file'), undefined]);
    expect(steps).toEqual([
      { folder: at, name: 'link' },
      { folder: at, name: 'none' },
      { folder: join(at, 'none/deep'), name: 'file' },
      { folder: join(at, 'none'), name: 'deep' },
    ]);
  });

  test.skipIf(process.platform === 'win32')('have names that may contain a backslash', () => {
    const at = followLinks(temporaryFolder()).target;
    expect(followLinks(join(at, 'a\\b'))).toMatchObject({
      target: join(at, 'a\\b'),
      steps: [{ folder: at, name: 'a\\b' }, {}, {}],
    });
  });

  test('are followed 40 times', () => {
    const at = temporaryFolder();
    writeFileSync(join(at, 'l0'), '');
    for (let i = 1; i <= 41; i += 1) symlinkSync(`l${i - 1}`, join(at, `l${i}`));
    expect(followLinks(join(at, 'l40')).target).toMatch(/l0$/);
    expect(() => followLinks(join(at, 'l41'))).toThrow(
      expect.objectContaining({ code: 'ELOOP', path: join(at, 'l41'), syscall: 'readlink' }),
    );
  });

  test.skipIf(!isLinux)('that come meanwhile are followed too, and files that go meanwhile are missing', () => {
    const at = followLinks(temporaryFolder()).target;
    const [path, other] = [join(at, 'file'), join(at, 'other')];
    for (const name of [path, other]) writeFileSync(name, '');
    const meanwhile = (act: () => void): unknown => {
      replaceNextCall('lstatSync', (name = '') => {
        act();
        return lstatSync(name);
      });
      return destinationOf(path);
    };
    const link = (): void => {
      unlinkSync(path);
      symlinkSync('other', path);
    };
    expect(meanwhile(() => undefined)).toMatchObject({ target: path, found: expect.anything() });
    expect(meanwhile(link)).toMatchObject({ target: other, found: expect.anything() });
    expect(meanwhile(() => unlinkSync(other))).toMatchObject({ target: other, found: undefined });
    writeFileSync(other, '');
    const defect = (): never => {
      throw new TypeError('a defect');
    };
    expect(() => meanwhile(defect)).toThrow('a defect');
  });

  test('of the root are none', () => {
    expect(followLinks('/')).toMatchObject({ target: '/' });
    expect(followLinks('/no-such-name').steps).toEqual([
      { folder: '/', name: 'no-such-name' },
      { folder: '/', name: 'no-such-name' },
    ]);
  });
});

function file(text: string): string {
  const path = join(temporaryFolder(), 'file');
  writeFileSync(path, text);
  return path;
}

describe('reading', () => {
  test('takes as many bytes as are allowed, and no more', () => {
    const path = file('12345');
    expect(readRegularFile(path, 5)).toMatchObject({ bytes: Buffer.from('12345') });
    expect(readRegularFile(path, 4)).toBe('too large');
    // A buffer for all of its bytes would be an error.
    truncateSync(path, 2 ** 42);
    expect(readRegularFile(path, 5)).toBe('too large');
    truncateSync(path, 5);
    expect(() => readContents({ path, name: 'app', maxBytes: 4 })).toThrow('it has more than 4 bytes');
    expect(readRegularFile(`${path}.none`, 5)).toBe('missing');
    expect(readContents({ path: `${path}.none`, name: 'app', maxBytes: 4 })).toBeUndefined();
    for (const isRegular of [false, true]) expect(readRegularFile(dirname(path), 5, { isRegular })).toBe('a folder');
    expect(() => readContents({ path: dirname(path), name: 'app', maxBytes: 4 })).toThrow('it is a folder, not a file');
  });

  test.skipIf(!isLinux)('leaves no descriptor', () => {
    const path = file('text');
    for (const one of [path, dirname(path)]) {
      readSmallFile(one);
      readRegularFile(one, 100);
      fileHasBytes(one, Buffer.from('text'));
    }
    revisionOfFile({ path, name: 'app', maxBytes: 1_000_000 });
    replaceNextCall('fstatSync', () => {
      throw systemError('EIO');
    });
    expect(() => readRegularFile(path, 100)).toThrow('from the system');
    expect(openFilesIn(dirname(path))).toEqual([]);
  });

  test.skipIf(!isLinux)('does not open a socket', async () => {
    const path = join(temporaryFolder(), 'socket');
    const server = createServer().listen(path);
    await once(server, 'listening');
    expect(readRegularFile(path, 5)).toBe('a socket');
    expect(() => revisionOfFile({ path, name: 'app', maxBytes: 1_000_000 })).toThrow('it is a socket, not a file');
    server.close();
  });

  test.skipIf(!isLinux)('stops at the limit in a file that tells no size', () => {
    for (const limit of [0, 1, 100]) expect(readRegularFile('/proc/self/status', limit)).toBe('too large');
    expect(readRegularFile('/proc/self/status', 1_000_000)).toMatchObject({ bytes: expect.any(Buffer) });
    expect(readRegularFile('/dev/null', 100)).toBe('a device');
    expect(fileHasBytes('/proc/version', Buffer.from(''))).toBe(false);
  });

  test('gives the known bytes if the file has them, whatever their length', () => {
    for (const length of [0, 1, 65_536, 65_537, 200_000]) {
      const text = 'x'.repeat(length);
      const path = file(text);
      const bytes = Buffer.from(text);
      expect((readRegularFile(path, 1_000_000, { bytes }) as { bytes: Buffer }).bytes).toBe(bytes);
      expect(fileHasBytes(path, bytes)).toBe(true);
      const others = [
        Buffer.from(`${text}y`),
        ...(length > 0 ? [Buffer.from(`${text.slice(1)}y`), Buffer.from(text.slice(1))] : []),
      ];
      for (const other of others) {
        expect(fileHasBytes(path, other)).toBe(false);
        expect(String((readRegularFile(path, 1_000_000, { bytes: other }) as { bytes: Buffer }).bytes)).toBe(text);
      }
    }
    expect(fileHasBytes(join(temporaryFolder(), 'none'), Buffer.from(''))).toBe(false);
    const truncated = file('text');
    replaceNextCall('readSync', () => 0);
    expect(fileHasBytes(truncated, Buffer.from('text'))).toBe(false);
  });

  test('of a file that cannot be opened any more is an error, unless it is missing', () => {
    const readFailing = (code: string): unknown => {
      const path = file('text');
      replaceNextCall('openSync', () => {
        throw systemError(code);
      });
      return readRegularFile(path, 5);
    };
    expect(readFailing('ENOENT')).toBe('missing');
    expect(() => readFailing('EIO')).toThrow('from the system');
  });

  test.skipIf(!isLinux)('gives a file that tells no size, and is too large, the revision of its identity', () => {
    const path = '/proc/self/status';
    const { dev, ino, size, ctimeMs } = statSync(path);
    expect(revisionOfFile({ path, name: 'app', maxBytes: 100 })).toBe(revisionOf(`${dev}:${ino}:${size}:${ctimeMs}`));
    const exact = file('12345');
    expect(revisionOfFile({ path: exact, name: 'app', maxBytes: 5 })).toBe(revisionOf('12345'));
  });

  const read = { ino: 1, dev: 2, size: 3, mtimeMs: 5_001, ctimeMs: 5_001 };
  test.each<[string, object, object, number, boolean]>([
    ['its state', {}, {}, 9_000, true],
    ['another number', {}, { ino: 9 }, 9_000, false],
    ['another device', {}, { dev: 9 }, 9_000, false],
    ['another size', {}, { size: 9 }, 9_000, false],
    ['another time', {}, { mtimeMs: 9 }, 9_000, false],
    ['another time of its state', {}, { ctimeMs: 9 }, 9_000, false],
    ['its state of the last 300 ms', {}, {}, 5_300, false],
    ['its state of 300 ms ago', {}, {}, 5_301, true],
    ['its state, of the last 300 ms by one of its times', { mtimeMs: 1 }, {}, 5_300, false],
    ['its state, of the last 300 ms by the other one', { ctimeMs: 1 }, {}, 5_300, false],
    ['its state of the last 3 s, in whole seconds', { mtimeMs: 5_000, ctimeMs: 5_000 }, {}, 7_999, false],
    ['its state of 3 s ago, in whole seconds', { mtimeMs: 5_000, ctimeMs: 5_000 }, {}, 8_000, true],
  ])('proves by a file with %s whether it is untouched', (_, found, now, readAt, proved) => {
    const before = { ...read, ...found } as Stats;
    expect(isUntouched({ found: before, readAt }, { ...before, ...now } as Stats)).toBe(proved);
  });

  test.each([4, 65_537])('does not find the known %i bytes in a file that grows meanwhile', (length) => {
    const bytes = Buffer.alloc(length, 'x');
    const path = file(String(bytes));
    const grow = (fd = ''): Stats => {
      const found = fstatSync(Number(fd));
      appendFileSync(path, 'x');
      return found;
    };
    replaceNextCall('fstatSync', grow);
    expect(readRegularFile(path, 1_000_000, { bytes })).toMatchObject({ bytes: Buffer.alloc(length + 1, 'x') });
    writeFileSync(path, bytes);
    replaceNextCall('fstatSync', grow);
    expect(fileHasBytes(path, bytes)).toBe(false);
  });

  test('computes the revision of the bytes, also of those that it refuses', () => {
    const path = file('x'.repeat(200_000));
    const revision = revisionOf('x'.repeat(200_000));
    expect(revision).toMatch(/^[0-9a-f]{32}$/);
    expect([
      revisionOfFile({ path, name: 'app', maxBytes: 1_000_000 }),
      revisionOf(Buffer.from('x'.repeat(200_000))),
    ]).toEqual([revision, revision]);
    expect(revisionOfFile({ path: `${path}.none`, name: 'app', maxBytes: 8 })).toBe('absent');
    const revisions = new Revisions();
    const read = readStored({ path, name: 'app', maxBytes: 200_000 }, revisions);
    expect([read.text?.length, read.revision, revisions.lastBytes?.length]).toEqual([200_000, revision, 200_000]);
    expect(readStored({ path: `${path}.none`, name: 'app', maxBytes: 9 }, revisions)).toMatchObject({
      text: null,
      revision: 'absent',
    });
  });

  test('knows the last bytes and their text', () => {
    const revisions = new Revisions();
    const [a, b] = [Buffer.from('a'), Buffer.from('b')];
    expect([revisions.lastBytes, revisions.textOf(a)]).toEqual([undefined, undefined]);
    const written = revisions.afterWrite('a', a);
    expect([revisions.textOf(Buffer.from('a')), revisions.textOf(b), revisions.lastBytes]).toEqual(['a', undefined, a]);
    expect([revisions.of(b), revisions.textOf(b), revisions.of(null)]).toEqual([revisionOf('b'), undefined, 'absent']);
    expect([written.revision, revisions.of(b)]).toEqual([revisionOf('a'), revisionOf('b')]);
    const c = Buffer.from('c');
    expect([revisions.document('c', c).revision, revisions.textOf(c)]).toEqual([revisionOf('c'), 'c']);
  });

  test.each([
    ['', 0],
    ['é', 2],
    ['x'.repeat(5_000), 5_000],
    [`${'x'.repeat(5_000)}é`, 5_002],
    [`${'é'.repeat(3_000)}😀`, 6_004],
  ])('encodes %j', (text, length) => {
    const bytes = encode(text, { name: 'app', maxBytes: length });
    expect([bytes.toString('utf8'), bytes.length]).toEqual([text, length]);
    if (length > 0) expect(() => encode(text, { name: 'app', maxBytes: length - 1 })).toThrow('bytes');
  });

  test('does not encode half of a character', () => {
    expect(() => encode('a\ud800', { name: 'app', maxBytes: 10 })).toThrow('unpaired surrogate');
  });
});

describe('creating', () => {
  test('a file and its folders happens once', () => {
    const at = temporaryFolder();
    const target = join(at, 'a/b/file');
    createFile(target, Buffer.from('one'), true);
    createFile(target, Buffer.from('two'), true);
    expect([readFileSync(target, 'utf8'), statSync(target).mode & 0o777]).toEqual(['one', 0o600]);
    expect(readdirSync(dirname(target))).toEqual(['file']);
    makeFolder(dirname(target));
    expect(() => makeFolder(join(target, 'x'))).toThrow('ENOTDIR');
  });

  /** What becomes of a file that is created while the system's first link fails with `code`, after `meanwhile`. */
  function createdWithout(code: string, meanwhile: (from: string, to: string) => void): readonly [string, number] {
    const at = temporaryFolder();
    const links = replaceNextCall('linkSync', (from = '', to = '') => {
      meanwhile(from, to);
      throw systemError(code);
    });
    const target = join(at, 'file');
    let failed = '';
    try {
      createFile(target, Buffer.from('mine'), false);
    } catch (error) {
      failed = `${systemCode(error)}, `;
    }
    expect(readdirSync(at)).toEqual(existsSync(target) ? ['file'] : []);
    return [`${failed}${existsSync(target) ? readFileSync(target, 'utf8') : 'none'}`, links()];
  }

  const nothing = (): void => undefined;
  const swept = (from: string): void => unlinkSync(from);
  const made = (_: string, to: string): void => writeFileSync(to, 'theirs');

  test.each<readonly [string, string, (from: string, to: string) => void, string, number]>([
    ['the temporary file was swept', 'ENOENT', swept, 'mine', 2],
    ['a folder on the way is gone', 'ENOENT', nothing, 'ENOENT, none', 1],
    ['the disk fails, and the temporary file was swept', 'EIO', swept, 'EIO, none', 1],
    ['there are no hard links', 'EPERM', nothing, 'mine', 1],
    ['the system calls a hard link invalid', 'EINVAL', nothing, 'mine', 1],
    ['there are no hard links, and another process was faster', 'EPERM', made, 'theirs', 1],
    ['another process was faster', 'EEXIST', made, 'theirs', 1],
    ['the disk fails', 'EIO', nothing, 'EIO, none', 1],
  ])('a file where %s: %s', (_, code, meanwhile, outcome, links) => {
    expect(createdWithout(code, meanwhile)).toEqual([outcome, links]);
  });

  test.skipIf(!isLinux || process.getuid?.() !== 0)('what is closed to others loses their rights only', () => {
    const at = temporaryFolder();
    const path = join(at, 'file');
    const closed = (mode: number): number => {
      chmodSync(path, mode);
      closeToOthers(path, 'app');
      return statSync(path).mode & 0o7777;
    };
    closeToOthers(path, 'app');
    writeFileSync(path, '');
    expect([0o644, 0o602, 0o700, 0o400].map(closed)).toEqual([0o600, 0o600, 0o700, 0o400]);
    chownSync(at, 1, 1);
    expect(closed(0o640)).toBe(0o600);
    chownSync(path, 1, 1);
    expect(closed(0o640)).toBe(0o600);
    chownSync(path, 2, 2);
    chmodSync(path, 0o640);
    expect(() => closeToOthers(path, 'app')).toThrow('it belongs to another user');
    expect([statSync(path).mode & 0o777, openFilesIn(at)]).toEqual([0o640, []]);
  });

  test.skipIf(!isLinux)('a folder where none can be fails', () => {
    expect(() => makeFolder('/proc/none/deep')).toThrow('ENOENT');
  });

  test('copies of a file have other names, and all of its bytes', async () => {
    const at = temporaryFolder();
    const path = join(at, 'file');
    writeFileSync(path, 'x'.repeat(150_000));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2026-01-02T03:04:05.678Z') });
    onTestFinished(() => void vi.useRealTimers());
    const copies = await Promise.all(Array.from({ length: 3 }, () => keepCopy(path, 'app', 'kept')));
    expect(copies).toEqual(['', '-2', '-3'].map((number) => `${path}.kept-20260102T030405.678Z${number}`));
    for (const copy of copies) expect(readFileSync(copy, 'utf8')).toBe('x'.repeat(150_000));
    await expect(keepCopy(join(at, 'none'), 'app', 'kept')).rejects.toThrow('there is no file to keep a copy of');
  });
});

describe.skipIf(!isLinux)('what fails leaves no file and no descriptor', () => {
  const failingSync = (error: Error): void =>
    void replaceNextCall('fsyncSync', () => {
      throw error;
    });

  test('of a copy', async () => {
    const path = file('text');
    failingSync(systemError('EIO'));
    await expect(keepCopy(path, 'app', 'kept')).rejects.toThrow('from the system');
    await expect(keepCopy('/proc/version', 'app', 'kept')).rejects.toThrow(/ENOENT|EACCES|EPERM/);
    expect([readdirSync(dirname(path)), openFilesIn(dirname(path))]).toEqual([['file'], []]);
    await keepCopy(path, 'app', 'kept');
    expect(openFilesIn(dirname(path))).toEqual([]);
  });

  test('of a new file, which is closed to others until it has its access', () => {
    const path = file('text');
    chmodSync(path, 0o644);
    const access = { before: statSync(path), isPrivate: false, isPlain: true };
    failingSync(systemError('EIO'));
    expect(() => writeTemporary(path, Buffer.from('new'), access)).toThrow('from the system');
    const modes: number[] = [];
    replaceNextCall('fchmodSync', (fd) => void modes.push(fstatSync(Number(fd)).mode & 0o777));
    const temporary = writeTemporary(path, Buffer.from('new'), access);
    expect([modes, readFileSync(temporary.path, 'utf8'), openFilesIn(dirname(path))]).toEqual([[0o600], 'new', []]);
    expect(readdirSync(dirname(path))).toHaveLength(2);
  });

  test('of a new file that cannot be opened', () => {
    const path = file('text');
    replaceNextCall('openSync', () => {
      throw systemError('EMFILE');
    });
    expect(() => writeTemporary(path, Buffer.from('new'), { before: undefined, isPrivate: false })).toThrow(
      'from the system',
    );
    expect(readdirSync(dirname(path))).toEqual(['file']);
  });

  test('of a folder that cannot be synced', () => {
    const folder = dirname(file('text'));
    failingSync(systemError('EIO'));
    expect(syncFolder(folder)).toContain('a power cut may undo that: syncing its folder failed (EIO)');
    failingSync(new TypeError('a defect'));
    expect(() => syncFolder(folder)).toThrow('a defect');
    expect([syncFolder(folder), openFilesIn(folder)]).toEqual([undefined, []]);
  });
});

describe.skipIf(!isLinux)('the access of a new file, by what the programs of the system print', () => {
  /** What `getfattr` prints for the old and the new file, which have these attributes. */
  const attributes = (...files: readonly string[]): string =>
    files.map((names) => `# file: name\n${names.split(' ').join('=0x1\n')}=0x1\n\n`).join('');
  const [plain, kept] = [
    { isPlain: true, warnings: [] },
    { isPlain: false, warnings: [] },
  ];
  const label = { isPlain: false, warnings: ['The security label of the file could not be kept.'] };
  const unknown = { isPlain: false, warnings: [expect.stringContaining('install `getfattr`')] };
  const modes = (...signs: readonly string[]): string => signs.map((sign) => `-rw-r-----${sign} 1 root`).join('\n');

  test.each<[string, { readonly getfattr?: readonly string[]; readonly ls?: readonly string[] }, unknown]>([
    ['neither has an attribute', { getfattr: [''] }, plain],
    ['both have the same label', { getfattr: [attributes('security.a', 'security.a')] }, plain],
    ['both have the same attribute', { getfattr: [attributes('user.a', 'user.a')] }, kept],
    [
      'one has an attribute, which is copied',
      { getfattr: [attributes('user.a'), attributes('user.a', 'user.a')] },
      kept,
    ],
    ['one has an attribute that is cleared', { getfattr: [attributes('user.a'), ''] }, kept],
    ['a label is not copied', { getfattr: [attributes('security.a'), attributes('security.a')] }, label],
    [
      'a label is not copied, and an attribute is',
      { getfattr: [attributes('security.a user.a'), attributes('security.a user.a', 'user.a')] },
      label,
    ],
    ['an attribute is not copied', { getfattr: [attributes('user.a'), attributes('user.a')] }, 'ENOTSUP'],
    [
      'neither a label nor an attribute is copied',
      { getfattr: [attributes('security.a user.a'), attributes('security.a user.a')] },
      'ENOTSUP',
    ],
    [
      'the new one has an attribute more',
      { getfattr: [attributes('user.a', 'user.a user.b'), attributes('user.a', 'user.a user.b')] },
      'ENOTSUP',
    ],
    ['without `getfattr`: neither has a list', { ls: [modes('', '')] }, plain],
    ['without `getfattr`: both have a list', { ls: [modes('+', '+')] }, kept],
    ['without `getfattr`: a list is copied', { ls: [modes('+', ''), modes('+', '+')] }, kept],
    ['without `getfattr`: a list is not copied', { ls: [modes('+', ''), modes('+', '')] }, 'ENOTSUP'],
    ['without `getfattr` and `ls`', {}, unknown],
  ])('%s', (_, printed, expected) => {
    const path = file('old');
    chmodSync(path, 0o640);
    const created = { path: `${path}.new`, fd: openSync(`${path}.new`, 'wx') };
    const texts = { getfattr: [...(printed.getfattr ?? [])], ls: [...(printed.ls ?? [])], cp: ['', ''] };
    const run = (program: string): object => {
      const stdout = texts[program as keyof typeof texts].shift();
      return { status: stdout === undefined ? 1 : 0, stdout: stdout ?? 'an error' };
    };
    // Another test of this process may not have found the programs on the PATH as it was.
    vi.stubEnv('PATH', `${process.env['PATH']}:${dirname(path)}`);
    const started = vi
      .spyOn(process.getBuiltinModule('node:child_process'), 'spawnSync')
      .mockImplementation(run as never);
    onTestFinished(() => {
      closeSync(created.fd);
      started.mockRestore();
      vi.unstubAllEnvs();
    });
    const keep = (): unknown => keepAccess(created, path, statSync(path));
    if (expected === 'ENOTSUP') expect(keep).toThrow(expected);
    else expect(keep()).toMatchObject(expected as object);
  });

  test('without any program, each save warns', async () => {
    const path = file('old');
    chmodSync(path, 0o640);
    const store = jsonFile(path);
    vi.stubEnv('PATH', dirname(path));
    const none = { error: systemError('ENOENT', { syscall: 'spawnSync' }) };
    const started = vi
      .spyOn(process.getBuiltinModule('node:child_process'), 'spawnSync')
      .mockReturnValue(none as never);
    onTestFinished(() => {
      vi.unstubAllEnvs();
      started.mockRestore();
    });
    for (const text of ['a', 'b'])
      expect(await store.local?.edit(() => text)).toMatchObject({
        warning: expect.stringContaining('install `getfattr`'),
      });
  });
});

test('a listener is called after each write of its file, until it is removed', async () => {
  const folder = temporaryFolder();
  const [path, other] = [join(folder, 'app.json'), join(folder, 'other.json')];
  const seen: string[] = [];
  const endFirst = onWrite(path, () => seen.push('first'));
  const endSecond = onWrite(path, () => seen.push('second'));
  await jsonFile(path).local?.edit(() => '1');
  await jsonFile(other).local?.edit(() => '1');
  expect(seen.splice(0)).toEqual(['first', 'second']);
  endFirst();
  await jsonFile(path).local?.edit(() => '2');
  expect(seen.splice(0)).toEqual(['second']);
  endSecond();
  await jsonFile(path).local?.edit(() => '3');
  expect(seen).toEqual([]);
});

test('random digits are not used twice', () => {
  const made = Array.from({ length: 200 }, () => randomHex(12));
  expect(made.every((digits) => /^[0-9a-f]{24}$/.test(digits))).toBe(true);
  expect(new Set(made).size).toBe(200);
});

test.skipIf(process.platform === 'win32')('a program that is not there is looked for once in each PATH', () => {
  const folder = temporaryFolder();
  const program = join(folder, 'varve-program');
  writeFileSync(program, '#!/bin/sh\necho found', { mode: 0o755 });
  const started = vi.spyOn(process.getBuiltinModule('node:child_process'), 'spawnSync');
  const path = process.env['PATH'];
  onTestFinished(() => {
    started.mockRestore();
    vi.unstubAllEnvs();
  });
  vi.stubEnv('PATH', `${path}:${join(folder, 'none')}`);
  for (let i = 0; i < 2; i++) expect(runProgram('varve-program', [])).toBeUndefined();
  expect(started).toHaveBeenCalledTimes(1);
  vi.stubEnv('PATH', `${path}:${folder}`);
  expect(runProgram('varve-program', [])).toMatchObject({ status: 0, stdout: 'found\n' });
});

test('a store tells its name and its limits', () => {
  const store = jsonFile(join(temporaryFolder(), 'app.json'), { name: 'the app', maxBytes: 5, poll: 7 });
  expect([store.name, store.limits]).toEqual(['the app', { maxBytes: 5, staleMs: 7, durability: 'fsync' }]);
  expect(jsonFile('x.json').limits).toEqual({ maxBytes: 16 * 2 ** 20, staleMs: 5_000, durability: 'fsync' });
});

test.each<[options: object, message: string]>([
  [{ lockTimeout: '10s' }, '"lockTimeout" must be a number of at least 0, got string'],
  [{ lockTimeout: '1' }, '"lockTimeout" must be a number of at least 0, got string'],
  [{ lockTimeout: -1 }, '"lockTimeout" must be a number of at least 0, got -1'],
  [{ poll: 0 }, '"poll" must be a number of at least 1, got 0'],
  [{ poll: Number.NaN }, '"poll" must be a number of at least 1, got NaN'],
  [{ maxBytes: undefined }, '"maxBytes" must be a number of at least 0, got undefined'],
])('a store names an option that is not a number in its range: %o', (options, message) => {
  const least = { lockTimeout: 0, poll: 1, maxBytes: 0 };
  expect(jsonFile('app.json', least).limits).toMatchObject({ maxBytes: 0, staleMs: 1 });
  expect(() => jsonFile('app.json', { ...least, ...options })).toThrow(`jsonFile: ${message}`);
});

test('a store refuses a text that is too long, and reads none', async () => {
  const path = join(temporaryFolder(), 'app.json');
  const store = jsonFile(path, { name: 'the app', maxBytes: 5 });
  const tooLong = { code: 'TOO_LARGE', message: expect.stringContaining('the app') };
  await expect(store.write('123456', { expect: 'absent', id: '1' })).rejects.toMatchObject(tooLong);
  writeFileSync(path, '123456');
  await expect(store.read()).rejects.toMatchObject(tooLong);
  const before = await store.unreadable?.revision();
  expect(await store.unreadable?.revision()).toBe(before);
  writeFileSync(path, '1234567');
  expect(await store.unreadable?.revision()).not.toBe(before);
  await store.close();
  await expect(store.unreadable?.revision()).rejects.toMatchObject({ code: 'CLOSED' });
  expect(() => store.local?.createSync('x')).toThrow('the store is closed');
});

test.runIf(process.platform === 'linux')('a folder that the system does not let anybody make is an error', async () => {
  const store = jsonFile('/proc/none/inner/app.json');
  const refused = { code: 'UNAVAILABLE', message: expect.stringContaining('could not be saved') };
  await expect(store.write('{}', { expect: 'absent', id: '1' })).rejects.toMatchObject(refused);
});

test.each([2 ** 29, 2 ** 42])('a file of %i bytes is TOO_LARGE, also where maxBytes allows more', async (size) => {
  const path = join(temporaryFolder(), 'app.json');
  writeFileSync(path, '');
  truncateSync(path, size);
  const store = jsonFile(path, { maxBytes: Number.POSITIVE_INFINITY });
  const error = { code: 'TOO_LARGE', message: expect.stringContaining('it is larger than the engine can read') };
  await expect(store.read()).rejects.toMatchObject(error);
  await expect(store.local?.edit(() => '{}')).rejects.toMatchObject(error);
  const states: unknown[] = [];
  const watch = store.watch('', { stored: () => undefined, state: (_, cause) => states.push(cause) });
  await expect.poll(() => states, { timeout: 10_000 }).toEqual([expect.objectContaining(error)]);
  await watch.close();
});
