import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  mkdtempSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, type TestContext, test, vi } from 'vitest';
import { ourselves } from '../../src/stores/json-file/lock-file.ts';
import { keepAccess } from '../../src/stores/json-file/replace-file.ts';
import { jsonFile } from '../../src/stores/json-file.ts';
import { programOrSkip } from '../contract/store.ts';
import { edit } from '../stores/local.ts';
import { type Built, buildStore } from './harness/built.ts';
import { type Outcome, writeInChild } from './harness/child.ts';
import { leftovers, temporaryFolder } from './harness/folder.ts';
import { replaceNextCall } from './harness/replace-call.ts';
import { needRoot, runOrSkip } from './harness/skip.ts';

const getfattr = programOrSkip('getfattr');
const setfattr = programOrSkip('setfattr');

let built: Built;
let programs: string;
beforeAll(() => {
  built = buildStore();
}, 60_000);
afterAll(() => built?.remove());

const daemon = 1;
/** Named user 1 may read, the owning group may not: the mode shows 0640. */
const FOR_DAEMON = acl([
  [0x01, 6],
  [0x02, 4, daemon],
  [0x04, 0],
  [0x10, 4],
  [0x20, 0],
]);
/** Named user 1 may read and write whatever is created in the folder. */
const DEFAULT_FOR_DAEMON = acl([
  [0x01, 7],
  [0x02, 7, daemon],
  [0x04, 5],
  [0x10, 7],
  [0x20, 0],
]);

/** The kernel's form of a POSIX access control list: tag, permission and id of each entry (linux/posix_acl_xattr.h). */
function acl(entries: readonly (readonly [tag: number, permission: number, id?: number])[]): string {
  const bytes = Buffer.alloc(4 + 8 * entries.length);
  bytes.writeUInt32LE(2);
  entries.forEach(([tag, permission, id = 0xffffffff], i) => {
    bytes.writeUInt16LE(tag, 4 + 8 * i);
    bytes.writeUInt16LE(permission, 6 + 8 * i);
    bytes.writeUInt32LE(id, 8 + 8 * i);
  });
  return `0x${bytes.toString('hex')}`;
}

function setAttribute(context: TestContext, path: string, name: string, value: string): void {
  runOrSkip(context, setfattr as string, '-n', name, '-v', value, path);
}

/** The access control list and the attributes of a file, as lines. */
function attributesOf(path: string): readonly string[] {
  const args = ['--absolute-names', '-d', '-m', '-', '-e', 'hex', path];
  return execFileSync(getfattr as string, args, { encoding: 'utf8' })
    .trim()
    .split('\n')
    .slice(1)
    .sort();
}

/** A file `old` of mode 0640 for root and group 65534. */
function oldFile(): { readonly folder: string; readonly path: string } {
  const folder = temporaryFolder();
  const path = join(folder, 'app.json');
  writeFileSync(path, 'old');
  chmodSync(path, 0o640);
  chownSync(path, 0, 65_534);
  chmodSync(folder, 0o755);
  return { folder, path };
}

/** An old file and an open new one, which have these attributes. */
function newFile(context: TestContext, before: readonly string[], after: readonly string[]) {
  const { folder, path } = oldFile();
  const file = { path: join(folder, 'new'), fd: openSync(join(folder, 'new'), 'wx', 0o600) };
  onTestFinished(() => closeSync(file.fd));
  for (const name of before) setAttribute(context, path, name, 'kept');
  for (const name of after) setAttribute(context, file.path, name, 'kept');
  return { path, file };
}

function canRead(path: string, user: { readonly uid: number; readonly gid: number }): boolean {
  try {
    return execFileSync('cat', [path], { ...user, stdio: ['ignore', 'pipe', 'ignore'] }).length > 0;
  } catch {
    return false;
  }
}

/** Saves in a process that does not find these programs. */
function saveWithout(context: TestContext, hidden: readonly string[], path: string, options = {}): Promise<Outcome> {
  runOrSkip(context, 'unshare', '--mount', 'true');
  const hide = hidden.map((name) => `mount --bind /dev/null "$(command -v ${name})" 2>/dev/null;`).join(' ');
  const under = ['unshare', '--mount', 'sh', '-c', `${hide} exec "$@"`, 'sh'];
  const env = { ...process.env, PATH: `${process.env['PATH']}:${hidden.includes('getfattr') ? '' : programs}` };
  return writeInChild({ url: built.url, path, text: 'new', options }, { under, env });
}

describe.skipIf(getfattr === undefined || setfattr === undefined)('a save keeps the access of the file', () => {
  beforeAll(() => {
    // A program that was unpacked for these tests has another name.
    programs = temporaryPrograms();
    vi.stubEnv('PATH', `${process.env['PATH']}:${programs}`);
  });
  afterAll(() => void vi.unstubAllEnvs());

  test('a named user may still read it, and the owning group may not', async (context) => {
    needRoot(context);
    const { folder, path } = oldFile();
    setAttribute(context, path, 'system.posix_acl_access', FOR_DAEMON);
    const before = attributesOf(path);
    expect(before).toHaveLength(1);
    for (const text of ['new', 'newer']) {
      expect(await writeInChild({ url: built.url, path, text })).toEqual({ ok: true, revision: expect.any(String) });
      expect(readFileSync(path, 'utf8')).toBe(text);
      expect(attributesOf(path)).toEqual(before);
      expect(statSync(path)).toMatchObject({ uid: 0, gid: 65_534 });
      expect(canRead(path, { uid: daemon, gid: daemon })).toBe(true);
      expect(canRead(path, { uid: 65_534, gid: 65_534 })).toBe(false);
    }
    expect(leftovers(folder)).toEqual([]);
  });

  test('extended attributes stay', async (context) => {
    needRoot(context);
    const { path } = oldFile();
    setAttribute(context, path, 'user.note', 'kept');
    setAttribute(context, path, 'trusted.note', 'kept');
    setAttribute(context, path, 'security.note', 'kept');
    const before = attributesOf(path);
    expect(before).toHaveLength(3);
    await edit(jsonFile(path), () => 'new');
    expect(attributesOf(path)).toEqual(before);
  });

  test('a security label that this user may not set is a warning', async (context) => {
    needRoot(context);
    const { folder, path } = oldFile();
    for (const entry of [folder, path]) chownSync(entry, 65_534, 65_534);
    setAttribute(context, path, 'security.note', 'kept');
    const unprivileged = { uid: 65_534, gid: 65_534 };
    const outcome = await writeInChild({ url: built.url, path, text: 'new' }, unprivileged);
    expect(outcome).toMatchObject({ ok: true, warning: 'The security label of the file could not be kept.' });
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777, attributesOf(path)]).toEqual(['new', 0o640, []]);
  });

  test.for<readonly [string, readonly string[], readonly string[], boolean]>([
    ['has no attribute', [], [], true],
    ['has the label that its folder gives', ['security.note'], ['security.note'], true],
    ['has an attribute', ['user.note'], [], false],
    ['has the attribute of the new one', ['user.note'], ['user.note'], false],
  ])('a new file gets the access of a file that %s', ([, before, after, isPlain], context) => {
    needRoot(context);
    const { path, file } = newFile(context, before, after);
    const old = statSync(path);
    expect(keepAccess(file, path, old, false)).toEqual({ isPlain, keptAt: old.ctimeMs, warnings: [] });
    expect([attributesOf(file.path), statSync(file.path).mode & 0o777]).toEqual([attributesOf(path), 0o640]);
  });

  test('a signature of the old text is not kept', (context) => {
    needRoot(context);
    const { path, file } = newFile(context, ['security.ima'], []);
    const old = statSync(path);
    expect(keepAccess(file, path, old, false)).toEqual({ isPlain: true, keptAt: old.ctimeMs, warnings: [] });
    expect(attributesOf(file.path)).toEqual([]);
  });

  test('a new file with an attribute that the old one does not have is refused', (context) => {
    needRoot(context);
    const { path, file } = newFile(context, [], ['user.note']);
    expect(() => keepAccess(file, path, statSync(path), false)).toThrow('ENOTSUP');
  });

  test.for(['before the first save', 'between two saves'])(
    'a default list of the folder, set %s, opens nothing',
    async (when, context) => {
      needRoot(context);
      const { folder, path } = oldFile();
      const store = jsonFile(path);
      if (when === 'between two saves') await edit(store, () => 'first');
      setAttribute(context, folder, 'system.posix_acl_default', DEFAULT_FOR_DAEMON);
      for (const text of ['a', 'b']) {
        await edit(store, () => text);
        expect(attributesOf(path)).toEqual([]);
        expect(statSync(path).mode & 0o777).toBe(0o640);
        expect(canRead(path, { uid: daemon, gid: daemon })).toBe(false);
      }
    },
  );

  test('a list that a new file gets from its folder stays', async (context) => {
    needRoot(context);
    const folder = temporaryFolder();
    setAttribute(context, folder, 'system.posix_acl_default', DEFAULT_FOR_DAEMON);
    const path = join(folder, 'app.json');
    const store = jsonFile(path);
    await edit(store, () => 'first');
    const list = attributesOf(path);
    expect(list).toHaveLength(1);
    await edit(store, () => 'second');
    expect(attributesOf(path)).toEqual(list);
  });

  test('a list that is set between two saves stays', async (context) => {
    needRoot(context);
    const { path } = oldFile();
    const store = jsonFile(path);
    await edit(store, () => 'first');
    setAttribute(context, path, 'system.posix_acl_access', FOR_DAEMON);
    const before = attributesOf(path);
    await edit(store, () => 'second');
    expect(attributesOf(path)).toEqual(before);
  });

  test.for(['set', 'taken away'])(
    'a list that is %s while a save writes the new file stays so',
    async (change, context) => {
      needRoot(context);
      const { path } = oldFile();
      const list = 'system.posix_acl_access';
      if (change === 'taken away') setAttribute(context, path, list, FOR_DAEMON);
      const store = jsonFile(path);
      await edit(store, () => 'first');
      replaceNextCall('fsyncSync', () => {
        if (change === 'set') setAttribute(context, path, list, FOR_DAEMON);
        else runOrSkip(context, setfattr as string, '-x', list, path);
      });
      await edit(store, () => 'second');
      expect(readFileSync(path, 'utf8')).toBe('second');
      expect(canRead(path, { uid: daemon, gid: daemon })).toBe(change === 'set');
    },
  );

  test('without `getfattr`, `ls` finds the list', async (context) => {
    needRoot(context);
    const { path } = oldFile();
    setAttribute(context, path, 'system.posix_acl_access', FOR_DAEMON);
    const before = attributesOf(path);
    expect(await saveWithout(context, ['getfattr'], path)).toEqual({ ok: true, revision: expect.any(String) });
    expect([readFileSync(path, 'utf8'), attributesOf(path)]).toEqual(['new', before]);
  });

  test('where the list cannot be copied, the save is refused; with `inPlace`, the file is overwritten', async (context) => {
    needRoot(context);
    const { folder, path } = oldFile();
    setAttribute(context, path, 'system.posix_acl_access', FOR_DAEMON);
    const before = attributesOf(path);
    expect(await saveWithout(context, ['cp'], path)).toMatchObject({
      ok: false,
      code: 'DENIED',
      message: expect.stringMatching(/access control list.*`inPlace`/),
    });
    expect([readFileSync(path, 'utf8'), leftovers(folder)]).toEqual(['old', []]);
    expect(await saveWithout(context, ['cp'], path, { inPlace: true })).toMatchObject({ ok: true });
    expect([readFileSync(path, 'utf8'), attributesOf(path)]).toEqual(['new', before]);
  });

  test.for([
    ['640', 'unknown'],
    ['644', undefined],
    ['600', undefined],
  ] as const)('where nothing shows a list, mode %s is saved; warning: %s', async ([mode, warning], context) => {
    needRoot(context);
    const { path } = oldFile();
    chmodSync(path, Number.parseInt(mode, 8));
    const outcome = await saveWithout(context, ['getfattr', 'ls'], path);
    expect(outcome.ok).toBe(true);
    expect(outcome.warning).toEqual(warning && expect.stringMatching(/access control list is unknown.*getfattr/));
    expect((statSync(path).mode & 0o777).toString(8)).toBe(mode);
  });

  test.for(['EAGAIN', 'ETIMEDOUT'])(
    '%s of `getfattr` refuses the save; the next one keeps the attributes',
    async (code, context) => {
      needRoot(context);
      const { folder, path } = oldFile();
      setAttribute(context, path, 'user.owner', 'kept');
      const before = attributesOf(path);
      const store = jsonFile(path);
      const error = Object.assign(new Error(`spawnSync getfattr ${code}`), { code, syscall: 'spawnSync getfattr' });
      const failed = { pid: 0, output: [], stdout: '', stderr: '', status: null, signal: null, error };
      vi.spyOn(process.getBuiltinModule('node:child_process'), 'spawnSync').mockReturnValueOnce(failed);
      await expect(edit(store, () => 'new')).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining(`could not run the program \`getfattr\` to its end (${code})`),
      });
      expect([readFileSync(path, 'utf8'), leftovers(folder)]).toEqual(['old', []]);
      await edit(store, () => 'new');
      expect([readFileSync(path, 'utf8'), attributesOf(path)]).toEqual(['new', before]);
      vi.restoreAllMocks();
    },
  );

  test('a plain file costs one look, then none', async () => {
    const path = join(temporaryFolder(), 'app.json');
    writeFileSync(path, 'old');
    const started = vi.spyOn(process.getBuiltinModule('node:child_process'), 'spawnSync');
    const store = jsonFile(path);
    for (let i = 0; i < 20; i++) await edit(store, () => `text ${i}`);
    expect(started).toHaveBeenCalledTimes(1);
    started.mockRestore();
  });

  test('after others had the lock, a plain file costs one look a second, or when its mode has changed', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    onTestFinished(() => void vi.useRealTimers());
    const path = join(temporaryFolder(), 'app.json');
    writeFileSync(path, 'old', { mode: 0o644 });
    const started = vi.spyOn(process.getBuiltinModule('node:child_process'), 'spawnSync');
    onTestFinished(() => started.mockRestore());
    const store = jsonFile(path);
    const owner = { ...ourselves(), since: '2026-01-02T03:04:05.678Z', nonce: 'a'.repeat(24) };
    let text = 0;
    /** How often the system has been asked after a save `ms` later, which waits for another owner of the lock. */
    const looksAfterOthers = async (ms: number, act: () => void = () => undefined): Promise<number> => {
      vi.advanceTimersByTime(ms);
      writeFileSync(`${path}.lock`, JSON.stringify(owner));
      const saving = edit(store, () => `${++text}`);
      await new Promise((waited) => setTimeout(waited, 5));
      act();
      unlinkSync(`${path}.lock`);
      await saving;
      return started.mock.calls.length;
    };
    await edit(store, () => 'first');
    expect([await looksAfterOthers(0), await looksAfterOthers(900)]).toEqual([1, 1]);
    await edit(store, () => 'own');
    expect([await looksAfterOthers(101), await looksAfterOthers(0)]).toEqual([2, 2]);
    expect(await looksAfterOthers(0, () => chmodSync(path, 0o600))).toBe(3);
    expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o777]).toEqual([`${text}`, 0o600]);
  });
});

/** A folder with the programs of these tests under their own names. */
function temporaryPrograms(): string {
  const folder = mkdtempSync(join(built.folder, 'programs-'));
  // Processes of other users find it too.
  chmodSync(folder, 0o755);
  symlinkSync(
    execFileSync('sh', ['-c', 'command -v "$1"', 'sh', getfattr as string], { encoding: 'utf8' }).trim(),
    join(folder, 'getfattr'),
  );
  return folder;
}
