import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { moveInto } from '../../src/stores/json-file/replace-file.ts';
import { jsonFile } from '../../src/stores/json-file.ts';
import type { StoredDocument } from '../../src/stores/store.ts';
import { edit, localOf } from '../stores/local.ts';
import { type Built, buildStore } from './harness/built.ts';
import { type Writing, writeInChild } from './harness/child.ts';
import { failingEnvironment } from './harness/failing-calls.ts';
import { leftovers, temporaryFolder } from './harness/folder.ts';
import { mount, mountDisk } from './harness/mounts.ts';
import { needRoot, runOrSkip } from './harness/skip.ts';

let built: Built;
beforeAll(() => {
  built = buildStore();
}, 60_000);
afterAll(() => built.remove());

const unprivileged = { uid: 65_534, gid: 65_534 };

function save(path: string, text: string, options?: Parameters<typeof jsonFile>[1]): Promise<unknown> {
  const store = jsonFile(path, options);
  return store.read().then(({ revision }) => store.write(text, { expect: revision, id: 'save' }));
}

/** An `app.json` with the text `old` in a folder of its own. */
function oldFile(parent?: string): { readonly folder: string; readonly path: string } {
  const folder = temporaryFolder(parent);
  const path = join(folder, 'app.json');
  writeFileSync(path, 'old');
  return { folder, path };
}

function expectOld(folder: string, path: string): void {
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(leftovers(folder)).toEqual([]);
}

function inChild(path: string, text: string, options: object = {}): Writing {
  return { url: built.url, path, text, options };
}

test('a change of the same length within one tick of a coarse clock is seen before the rename', async (context) => {
  const place = join(temporaryFolder(), 'ramfs');
  mkdirSync(place);
  mount(context, place, '-t', 'ramfs', 'varve-test');
  const path = join(place, 'app.json');
  const store = jsonFile(path);
  const texts: string[] = [];
  for (let i = 0; i < 20; i++) {
    writeFileSync(path, 'a');
    await edit(store, ({ text }) => {
      if (text === 'a') writeFileSync(path, 'b');
      return `${text}!`;
    });
    texts.push(readFileSync(path, 'utf8'));
  }
  expect(new Set(texts)).toEqual(new Set(['b!']));
});

describe('a text of the same length that another program writes within one tick of a coarse clock, after a save', () => {
  test.for([
    ['is never lost', ({ text }: StoredDocument) => `${text}!`, 'b!'],
    ['is the result of an edit that changes nothing', () => undefined, 'b'],
  ] as const)('%s', async ([, next, expected], context) => {
    const place = join(temporaryFolder(), 'ramfs');
    mkdirSync(place);
    mount(context, place, '-t', 'ramfs', 'varve-test');
    const path = join(place, 'app.json');
    const store = jsonFile(path);
    const texts: unknown[] = [];
    for (let i = 0; i < 20; i++) {
      await localOf(store).edit(() => 'a', { isSynchronous: true });
      writeFileSync(path, 'b');
      const { after } = await localOf(store).edit(next, { isSynchronous: true });
      texts.push(after.text, readFileSync(path, 'utf8'));
    }
    expect(new Set(texts)).toEqual(new Set([expected]));
  });
});

test('a mode that forbids it meanwhile is obeyed', async (context) => {
  needRoot(context);
  const { folder, path } = oldFile();
  for (const entry of [folder, path]) chownSync(entry, unprivileged.uid, unprivileged.gid);
  const written = await writeInChild({ ...inChild(path, 'new'), mode: 0o444 }, unprivileged);
  expect(written).toMatchObject({ code: 'DENIED' });
  expectOld(folder, path);
});

describe('a full disk', () => {
  test.for([['old'], [undefined]])('with %s there: said, and nothing changes', async ([old], context) => {
    const disk = join(temporaryFolder(), 'disk');
    mountDisk(context, disk, 65_536);
    const path = join(disk, 'app.json');
    if (old !== undefined) writeFileSync(path, old);
    await expect(save(path, 'x'.repeat(2 ** 20))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/disk is full.*Free some space/),
      cause: { code: 'ENOSPC' },
    });
    expect(readdirSync(disk)).toEqual(old === undefined ? [] : ['app.json']);
    if (old !== undefined) expect(readFileSync(path, 'utf8')).toBe(old);
    await save(path, 'small');
    expect(readFileSync(path, 'utf8')).toBe('small');
  });

  test('to the last byte: even the lock does not fit', async (context) => {
    const disk = join(temporaryFolder(), 'disk');
    mountDisk(context, disk, 65_536);
    const path = join(disk, 'app.json');
    writeFileSync(path, 'old');
    spawnSync('sh', ['-c', `cat /dev/zero > '${join(disk, 'full')}' 2>/dev/null`]);
    await expect(save(path, 'new')).rejects.toMatchObject({ code: 'UNAVAILABLE', cause: { code: 'ENOSPC' } });
    expectOld(disk, path);
  });

  test('the limit of a file’s size', async (context) => {
    runOrSkip(context, 'prlimit', '--version');
    const { folder, path } = oldFile();
    const outcome = await writeInChild(
      { ...inChild(path, 'x'), times: 2 ** 20 },
      { under: ['prlimit', '--fsize=65536'] },
    );
    expect(outcome).toMatchObject({
      ok: false,
      code: 'UNAVAILABLE',
      cause: 'EFBIG',
      message: expect.stringContaining('ulimit -f'),
    });
    expectOld(folder, path);
  });
});

describe('a disk that fails', () => {
  test.for([
    ['the fsync of the new file', { call: 'fsync', error: 'EIO', path: '.app.json.' }],
    ['the write', { call: 'write', error: 'EIO', path: '.app.json.' }],
    ['the rename', { call: 'rename', error: 'EIO', path: 'app.json$' }],
  ] as const)('at %s: said, and the old file stays', async ([, failure], context) => {
    const { folder, path } = oldFile();
    const outcome = await writeInChild(inChild(path, 'new'), { env: failingEnvironment(context, failure) });
    expect(outcome).toMatchObject({
      ok: false,
      code: 'UNAVAILABLE',
      cause: 'EIO',
      message: expect.stringContaining('could not be saved: the disk reported an error'),
    });
    expectOld(folder, path);
  });

  test('at the quota', async (context) => {
    const { folder, path } = oldFile();
    const env = failingEnvironment(context, { call: 'write', error: 'EDQUOT', path: '.app.json.' });
    const outcome = await writeInChild(inChild(path, 'new'), { env });
    expect(outcome).toMatchObject({ ok: false, code: 'UNAVAILABLE', message: expect.stringContaining('quota') });
    expectOld(folder, path);
  });

  test('at the fsync of the folder: saved, with a warning', async (context) => {
    const { folder, path } = oldFile();
    const env = failingEnvironment(context, { call: 'fsync', error: 'EIO', path: `${folder.slice(-12)}$` });
    const outcome = await writeInChild(inChild(path, 'new'), { env });
    expect(outcome).toMatchObject({ ok: true, warning: expect.stringMatching(/a power cut may undo that.*EIO/) });
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(leftovers(folder)).toEqual([]);
  });

  test('syncs the file before the rename, and the folder after it', async (context) => {
    runOrSkip(context, 'strace', '-V');
    const { folder, path } = oldFile();
    const log = join(temporaryFolder(), 'calls');
    const calls = 'trace=openat,write,fsync,fdatasync,rename,renameat,renameat2,link,linkat,unlink,unlinkat';
    const under = ['strace', '-f', '-y', '-s', '0', '-o', log, '-e', calls, '--'];
    expect(await writeInChild(inChild(path, 'new'), { under })).toMatchObject({ ok: true });
    const seen = readFileSync(log, 'utf8')
      .split('\n')
      .flatMap((line) => step(line, folder));
    expect(seen).toEqual([
      'link app.json.lock',
      'write temporary',
      'fsync temporary',
      'rename temporary app.json',
      'fsync folder',
      'unlink app.json.lock',
    ]);
  });
});

/** What one line of strace says of the files in `folder`, without numbers. */
function step(line: string, folder: string): readonly string[] {
  const names = line
    .replaceAll(/\.app\.json\.\d+\.[0-9a-f]{12}\.tmp/g, 'temporary')
    .replaceAll(/\.app\.json\.lock\.\d+\.[0-9a-f]{12}\.tmp/g, 'draft');
  const [, call, args = ''] = /^\d+ +(\w+)\((.*)\) += \d/.exec(names) ?? [];
  if (call === undefined || !args.includes(folder) || call === 'openat') return [];
  const found = [...args.matchAll(/temporary|draft|app\.json\.lock|app\.json/g)].map(([name]) => name);
  if (found[0] === 'draft') return call === 'link' ? [`link ${found[1]}`] : [];
  return [`${call} ${found.length === 0 ? 'folder' : found.join(' ')}`];
}

describe('a file system that refuses', () => {
  test('read-only', async (context) => {
    const disk = join(temporaryFolder(), 'disk');
    mountDisk(context, disk, 65_536);
    const path = join(disk, 'app.json');
    writeFileSync(path, 'old');
    runOrSkip(context, 'mount', '-o', 'remount,ro', disk);
    for (const file of [path, join(disk, 'new.json'), join(disk, 'folder/new.json')])
      await expect(save(file, 'new')).rejects.toMatchObject({
        code: 'DENIED',
        message: expect.stringContaining('read-only'),
        cause: { code: 'EROFS' },
      });
    expect((await jsonFile(path).read()).text).toBe('old');
  });

  test('immutable', async (context) => {
    const { folder, path } = oldFile();
    runOrSkip(context, 'chattr', '+i', path);
    try {
      await expect(save(path, 'new')).rejects.toMatchObject({ code: 'DENIED' });
      expectOld(folder, path);
    } finally {
      spawnSync('chattr', ['-i', path]);
    }
  });

  test('a file that is mounted by itself can not be replaced', async (context) => {
    const { folder, path } = mountedAlone(context);
    await expect(save(path, 'new')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/mounted by itself.*Mount its folder.*`inPlace`/),
      cause: { code: 'EBUSY' },
    });
    expectOld(folder, path);
  });

  test.for(['', 'a longer text than it was', 'new'])(
    'with `inPlace`, it is written over: %j',
    async (text, context) => {
      const { folder, path, outside } = mountedAlone(context);
      expect(await save(path, text, { inPlace: true })).toMatchObject({ ok: true });
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect(readFileSync(outside, 'utf8')).toBe(text);
      expect(readdirSync(folder)).toEqual(['app.json']);
    },
  );

  test('with `inPlace`, one that was replaced outside is refused, as the save would be lost', async (context) => {
    const { folder, path, outside } = mountedAlone(context);
    writeFileSync(`${outside}.new`, 'replaced');
    renameSync(`${outside}.new`, outside);
    await expect(save(path, 'new', { inPlace: true })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/a program outside has replaced or removed it.*Mount the folder/),
    });
    expectOld(folder, path);
    expect(readFileSync(outside, 'utf8')).toBe('replaced');
  });

  test('a file with another name is not overwritten without `flock`', async (context) => {
    const { folder, path } = oldFile();
    linkSync(path, join(folder, 'twin.json'));
    runOrSkip(context, 'unshare', '--mount', 'true');
    const under = ['unshare', '--mount', 'sh', '-c', 'mount --bind /dev/null "$(command -v flock)"; exec "$@"', 'sh'];
    const args = inChild(path, 'new', { inPlace: true });
    expect(await writeInChild(args, { under })).toMatchObject({
      ok: false,
      code: 'UNAVAILABLE',
      message: expect.stringMatching(/without the program `flock`.*util-linux/),
    });
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(readdirSync(folder).sort()).toEqual(['app.json', 'twin.json']);
  });

  test('a disk that is full while it is written over gets the old text back', async (context) => {
    const disk = join(temporaryFolder(), 'disk');
    mountDisk(context, disk, 65_536);
    const outside = join(disk, 'outside.json');
    const old = 'old '.repeat(1_000);
    writeFileSync(outside, old);
    const { folder, path } = oldFile();
    mount(context, path, '--bind', outside);
    await expect(save(path, 'x'.repeat(2 ** 20), { inPlace: true })).rejects.toMatchObject({
      cause: { code: 'ENOSPC' },
    });
    expect(readFileSync(path, 'utf8')).toBe(old);
    expect(readdirSync(folder)).toEqual(['app.json']);
  });
});

function mountedAlone(context: Parameters<typeof mount>[0]): ReturnType<typeof oldFile> & { readonly outside: string } {
  const outside = oldFile().path;
  const inside = oldFile();
  writeFileSync(inside.path, '');
  mount(context, inside.path, '--bind', outside);
  return { ...inside, outside };
}

describe('anything but a regular file is refused without waiting for it', () => {
  test.for([
    ['a folder', 'mkdir'],
    ['a pipe', 'mkfifo'],
  ] as const)('%s', async ([kind, command], context) => {
    const folder = temporaryFolder();
    const path = join(folder, 'app.json');
    runOrSkip(context, command, path);
    await expectRefused(path, kind);
    expect(readdirSync(folder)).toEqual(['app.json']);
  });

  test('a device, over a link', async () => {
    const path = join(temporaryFolder(), 'app.json');
    symlinkSync('/dev/zero', path);
    await expectRefused(path, 'a device');
  });

  async function expectRefused(path: string, kind: string): Promise<void> {
    const refused = { code: 'UNAVAILABLE', message: expect.stringContaining(`it is ${kind}, not a file`) };
    const store = jsonFile(path);
    await expect(store.read()).rejects.toMatchObject(refused);
    await expect(store.write('x', { expect: 'absent', id: '1' })).rejects.toMatchObject(refused);
    await expect(edit(store, () => 'x')).rejects.toMatchObject(refused);
    await expect(store.unreadable?.keepAside()).rejects.toMatchObject(refused);
    await expect(store.unreadable?.revision()).rejects.toMatchObject(refused);
  }

  test('a file where a folder must be', async () => {
    const { path } = oldFile();
    await expect(save(join(path, 'app.json'), 'x')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      cause: { code: 'ENOTDIR' },
    });
  });

  test('a name that is too long', async () => {
    const folder = temporaryFolder();
    await expect(save(join(folder, 'x'.repeat(250)), 'x')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('name is too long'),
    });
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('as a user without rights', () => {
  test.for([
    ['a file of mode 0444 in a folder of its own', 0o444, unprivileged, 0o755, 'DENIED'],
    ['a file that it may not write', 0o644, { uid: 0, gid: 0 }, 0o777, 'DENIED'],
    ['a file that it may not read', 0o200, unprivileged, 0o777, 'DENIED'],
    ['a folder that it may not write', 0o666, unprivileged, 0o555, 'DENIED'],
  ] as const)('%s: refused', async ([, mode, owner, folderMode, code], context) => {
    needRoot(context);
    const { folder, path } = oldFile();
    chownSync(path, owner.uid, owner.gid);
    chownSync(folder, unprivileged.uid, unprivileged.gid);
    chmodSync(path, mode);
    chmodSync(folder, folderMode);
    expect(await writeInChild(inChild(path, 'new'), unprivileged)).toMatchObject({
      ok: false,
      code,
      message: expect.stringContaining('permission'),
      cause: 'EACCES',
    });
    expectOld(folder, path);
  });

  test('a file that belongs to another user: its group and mode stay, a warning names the new owner', async (context) => {
    needRoot(context);
    const { folder, path } = oldFile();
    chmodSync(folder, 0o777);
    chownSync(path, 0, unprivileged.gid);
    chmodSync(path, 0o664);
    const outcome = await writeInChild(inChild(path, 'new'), unprivileged);
    expect(outcome).toMatchObject({ ok: true, warning: 'The file belonged to user 0 and now belongs to user 65534.' });
    expect(statSync(path)).toMatchObject(unprivileged);
    expect(statSync(path).mode & 0o7777).toBe(0o664);
    expect(leftovers(folder)).toEqual([]);
  });

  test('a file of another group, whose bits would open it to ours: refused, or written over if that is allowed', async (context) => {
    needRoot(context);
    const { folder, path } = oldFile();
    chmodSync(folder, 0o777);
    chmodSync(path, 0o666);
    expect(await writeInChild(inChild(path, 'new'), unprivileged)).toMatchObject({
      ok: false,
      code: 'DENIED',
      cause: 'EPERM',
    });
    expectOld(folder, path);
    expect(await writeInChild(inChild(path, 'new', { inPlace: true }), unprivileged)).toMatchObject({ ok: true });
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path)).toMatchObject({ uid: 0, gid: 0 });
    expect(readdirSync(folder)).toEqual(['app.json']);
  });

  test('root keeps owner, group and mode of another’s file', async (context) => {
    needRoot(context);
    const { path } = oldFile();
    chownSync(path, 1_234, 5_678);
    chmodSync(path, 0o640);
    expect(await save(path, 'new')).toEqual({ ok: true, revision: expect.any(String) });
    expect(statSync(path)).toMatchObject({ uid: 1_234, gid: 5_678 });
    expect(statSync(path).mode & 0o7777).toBe(0o640);
  });
});

describe('a rename that is refused, as by Windows while a program reads the file', () => {
  async function refusedRename(context: Parameters<typeof mount>[0]) {
    const { folder, path } = oldFile();
    const temporary = join(folder, 'temporary');
    writeFileSync(temporary, 'new');
    const { unmount } = mount(context, path, '--bind', oldFile().path);
    return { folder, path, temporary: { path: temporary }, unmount };
  }

  test('is tried again until it is allowed', async (context) => {
    const { path, temporary, unmount } = await refusedRename(context);
    const check = vi.fn();
    const moved = moveInto(path, temporary, { platform: 'win32', check });
    setTimeout(unmount, 60);
    await moved;
    expect(readFileSync(path, 'utf8')).toBe('new');
    // The lock is looked at before every attempt.
    expect(check.mock.calls.length).toBeGreaterThan(2);
  });

  test('throws in the end, and the old file is as it was', async (context) => {
    const { folder, path, temporary, unmount } = await refusedRename(context);
    const check = vi.fn();
    await expect(moveInto(path, temporary, { platform: 'win32', retryMs: 100, check })).rejects.toMatchObject({
      code: 'EBUSY',
    });
    unmount();
    // At once, and after 10, 30, 70 and 100 ms; timers are a millisecond early or late.
    expect(check.mock.calls.length).toBeLessThanOrEqual(7);
    expect(readFileSync(path, 'utf8')).toBe('old');
    expect(existsSync(join(folder, 'temporary'))).toBe(false);
  });

  test('throws at once elsewhere', async (context) => {
    const { path, temporary } = await refusedRename(context);
    const check = vi.fn();
    await expect(moveInto(path, temporary, { platform: 'linux', check })).rejects.toMatchObject({ code: 'EBUSY' });
    expect(check).toHaveBeenCalledTimes(1);
  });
});
