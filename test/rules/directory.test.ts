import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { defineConfig, directory, loadConfig, loadConfigSync, type SchemaView } from '../../src/index.ts';
import { failure } from '../failure.ts';
import { type Folder, folder } from '../folder.ts';

const settings = {
  port: 80,
  db: { url: { format: 'url', default: null, nullable: true, sensitive: true }, pool: { format: 'nat', default: 1 } },
} as const;

const definitionOf = (path: string, optional = false) =>
  defineConfig({
    name: 'app',
    envPrefix: 'APP',
    layers: ['default', 'file', optional ? directory(path, { optional }) : directory(path), 'env', 'flag', 'override'],
    settings,
  });

const load = (path: string, env: Record<string, string> = {}) =>
  loadConfig(definitionOf(path), { cwd: path, env, argv: [], onWarning: false });

/** Prints the issues of two folders as a user who does not own them. */
const UNPRIVILEGED_LOAD = `
  import { defineConfig, directory, loadConfigSync } from ${JSON.stringify(new URL('../../dist/index.mjs', import.meta.url).href)};
  process.setgid(65534);
  process.setuid(65534);
  for (const path of ['closed', 'open']) {
    const definition = defineConfig({ name: 'app', layers: ['default', directory(path)], settings: { port: 80 } });
    const { issues } = loadConfigSync(definition, { argv: [], env: {}, invalid: 'report' });
    for (const { code, message } of issues) console.log(code, message);
  }`;

/** Writes the files as Kubernetes does: into a folder of their own, which a link names in one step. */
function mount({ path }: Folder, revision: string, files: Readonly<Record<string, string>>): void {
  mkdirSync(join(path, `..${revision}`));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, `..${revision}`, name), text);
  symlinkSync(`..${revision}`, join(path, '..data_tmp'));
  renameSync(join(path, '..data_tmp'), join(path, '..data'));
  for (const name of Object.keys(files)) {
    rmSync(join(path, name), { force: true });
    symlinkSync(`..data/${name}`, join(path, name));
  }
}

test('each file of a mounted volume is a value, by key or by variable, with its path as the location', async () => {
  const at = folder();
  mount(at, '2026_1', { port: '443\n', APP_DB__POOL: '7', 'db.url': 'postgres://u:secret@h/d\n' });
  const config = await load(at.path);
  expect(config.values).toEqual({ port: 443, db: { url: 'postgres://u:secret@h/d', pool: 7 } });
  expect(config.explain('db.pool').winner).toEqual({
    layer: at.path,
    name: 'APP_DB__POOL',
    location: `${at.path}/APP_DB__POOL`,
  });
  expect(JSON.stringify(config.explainAll())).not.toContain('secret');
  expect(config.warnings).toEqual([]);
  expect((await load(at.path, { APP_PORT: '1' })).values.port).toBe(1);
});

test('files in folders have the keys of their paths, and what begins with a dot is skipped', async () => {
  const config = await load(folder({ 'db/pool': '3', '.hidden': 'x', '..old/port': '1' }).path);
  expect(config.values).toMatchObject({ port: 80, db: { pool: 3 } });
  expect(config.warnings).toEqual([]);
});

test('a name that is near a setting is a warning, and a wrong value an error with the path', async () => {
  const at = folder({ prot: '1' });
  expect((await load(at.path)).warnings).toMatchObject([{ key: 'prot', suggestion: 'Did you mean port?' }]);
  at.write('port', 'many');
  expect((await failure(load(at.path))).message).toBe(`port: must be a number, got "many" (${at.path}/port).`);
});

test('a missing folder is an error unless it is optional, and only regular files of text are read', async () => {
  const { path } = folder();
  const absent = join(path, 'absent');
  expect((await failure(load(absent))).message).toBe(`${absent} does not exist (${absent}).`);
  const config = await loadConfig(definitionOf(absent, true), { cwd: path, env: {}, argv: [] });
  expect(config.values.port).toBe(80);
  execFileSync('mkfifo', [join(path, 'port')]);
  writeFileSync(join(path, 'db.pool'), Buffer.from([0xff]));
  writeFileSync(join(path, 'db.url'), 'x'.repeat((1 << 20) + 1));
  const { issues } = await failure(load(path));
  expect(issues.map(({ code, message }) => `${code} ${message}`)).toEqual([
    `UNAVAILABLE ${path}/db.pool is not UTF-8 text`,
    `UNAVAILABLE ${path}/db.url is larger than 1 MiB`,
    `UNAVAILABLE ${path}/port is not a regular file`,
  ]);
  const file = join(path, 'db.pool');
  const notFolder = defineConfig({ name: 'app', layers: ['default', directory(file, { optional: true })], settings });
  expect((await failure(loadConfig(notFolder, { env: {}, argv: [] }))).issues).toMatchObject([
    { code: 'UNAVAILABLE', message: `${file} cannot be read as a folder (ENOTDIR)` },
  ]);
});

test('a link to nothing is skipped, and a text loses the line break at its end', async () => {
  const { path } = folder({ 'db.url': 'postgres://u@h/d\n', name: 'a\nb\n\n' });
  symlinkSync('nowhere', join(path, 'port'));
  const layers = ['default', directory(path)] as const;
  const named = defineConfig({ name: 'app', layers, settings: { ...settings, name: 'none' } });
  const config = await loadConfig(named, { env: {}, argv: [] });
  expect(config.values).toMatchObject({ port: 80, db: { url: 'postgres://u@h/d' }, name: 'a\nb\n' });
  expect([config.issues, config.warnings]).toEqual([[], []]);
});

test('a change in place is reported by the system, one in a folder below is found at intervals', async () => {
  const at = folder({ port: '1', 'db/pool': '1' });
  const config = await load(at.path);
  const slow = config.watch({ poll: 60_000 });
  await slow.ready;
  at.write('port', '2');
  await expect.poll(() => config.values.port, { timeout: 15_000 }).toBe(2);
  await slow.close();
  await using quick = config.watch({ poll: 20 });
  await quick.ready;
  at.write('db/pool', '2');
  await expect.poll(() => config.values.db.pool, { timeout: 15_000 }).toBe(2);
});

test('an optional folder is found when it appears', async () => {
  const at = folder();
  const config = await loadConfig(definitionOf(join(at.path, 'late'), true), { cwd: at.path, env: {}, argv: [] });
  await using watcher = config.watch({ poll: 20 });
  await watcher.ready;
  at.write('late/port', '2');
  await expect.poll(() => config.values.port, { timeout: 15_000 }).toBe(2);
  const rejections: string[] = [];
  config.subscribe((event) => 'rejected' in event && rejections.push(event.rejected.message));
  rmSync(join(at.path, 'late'), { recursive: true });
  await expect.poll(() => rejections[0], { timeout: 15_000 }).toContain('late does not exist any more');
  expect(config.values.port).toBe(2);
});

test.skipIf(process.getuid?.() !== 0)('what may not be read is denied', () => {
  const at = folder({ 'open/port': '2', 'open/inner/pool': '1', 'closed/port': '2' });
  chmodSync(join(at.path, 'open/port'), 0o600);
  for (const name of ['open/inner', 'closed']) chmodSync(join(at.path, name), 0o700);
  for (const name of ['', 'open']) chmodSync(join(at.path, name), 0o755);
  at.write('load.mjs', UNPRIVILEGED_LOAD);
  const answer = execFileSync(process.execPath, [join(at.path, 'load.mjs')], { cwd: at.path, encoding: 'utf8' });
  expect(answer.trim().split('\n')).toEqual([
    'DENIED closed cannot be read as a folder (EACCES)',
    'DENIED open/inner cannot be read (EACCES)',
    'DENIED open/port cannot be read (EACCES)',
  ]);
});

/** The settings as a source sees them. */
function schemaView(): SchemaView {
  const views: SchemaView[] = [];
  const read = (view: SchemaView) => {
    views.push(view);
    return { entries: new Map() };
  };
  const layers = ['default', { name: 'test', read }] as const;
  loadConfigSync(defineConfig({ name: 'app', layers, settings }), { argv: [], env: {} });
  return views[0] as SchemaView;
}

test('a change is looked for at intervals and read once the files are quiet, until the watch is closed', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const at = folder({ port: '1' });
  symlinkSync('nowhere', join(at.path, 'db'));
  const changed = vi.fn();
  const watch = directory(at.path).watch?.({ schema: schemaView(), poll: 30, changed });
  vi.advanceTimersByTime(60);
  expect(changed).toHaveBeenCalledTimes(0);
  at.write('port', '12');
  vi.advanceTimersByTime(29);
  expect(changed).toHaveBeenCalledTimes(0);
  vi.advanceTimersByTime(1);
  expect([changed.mock.calls.length, watch?.read()]).toEqual([1, undefined]);
  vi.advanceTimersByTime(90);
  at.write('port', '123');
  expect(watch?.read()).toBeUndefined();
  vi.advanceTimersByTime(99);
  expect(changed).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1);
  expect(changed).toHaveBeenCalledTimes(2);
  expect(watch?.read()).toMatchObject({ entries: new Map([['port', { raw: '123' }]]), issues: [] });
  vi.advanceTimersByTime(100);
  expect(changed).toHaveBeenCalledTimes(2);
  rmSync(join(at.path, 'db'));
  symlinkSync('db', join(at.path, 'db'));
  expect(watch?.read()).toBeUndefined();
  await watch?.close();
  expect(vi.getTimerCount()).toBe(0);
});

test('a watch does not keep its process alive', async () => {
  const before = process.getActiveResourcesInfo();
  const watch = directory(folder({ port: '1' }).path).watch?.({ schema: schemaView(), changed: () => undefined });
  expect(process.getActiveResourcesInfo()).toEqual(before);
  await watch?.close();
});

test('a volume that changes is watched, with files that are new', async () => {
  const at = folder();
  mount(at, '2026_1', { port: '1' });
  const config = await load(at.path);
  await using watcher = config.watch({ poll: 50 });
  await watcher.ready;
  const reached = new Promise<void>((resolve) => {
    config.subscribe(() => config.values.port === 2 && config.values.db.pool === 5 && resolve());
  });
  mount(at, '2026_2', { port: '2', 'db.pool': '5' });
  await reached;
  expect(config.explain('db.pool').winner?.location).toBe(`${at.path}/db.pool`);
});

test('a folder is read up to a number of files and folders, a depth and a size', async () => {
  const many = folder(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`f${i}`, '1'])));
  for (let i = 0; i < 500; i++) mkdirSync(join(many.path, `d${i}`));
  expect((await load(many.path)).issues).toEqual([]);
  many.write('port', '1');
  const first = await loadConfig(definitionOf(many.path), { cwd: many.path, env: {}, argv: [], invalid: 'report' });
  expect(first.issues).toMatchObject([{ message: `${many.path} has more than 1000 files and folders` }]);
  expect(first.values.port).toBe(80);
  const deep = folder({ 'a/b/c/d/e/f/g/h': '1' });
  expect((await load(deep.path)).issues).toEqual([]);
  rmSync(join(deep.path, 'a/b/c/d/e/f/g/h'));
  deep.write('a/b/c/d/e/f/g/h/i', '1');
  expect((await failure(load(deep.path))).message).toContain('has folders deeper than 8 levels');
  const large = folder(Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`f${i}`, 'x'.repeat(1 << 20)])));
  expect((await load(large.path)).issues).toEqual([]);
  large.write('f8', 'x');
  const { issues } = await failure(load(large.path));
  expect(issues).toMatchObject([{ code: 'TOO_LARGE', message: `${large.path} has files of more than 8 MiB` }]);
});

test('a link to a folder that contains it is skipped', async () => {
  const { path } = folder({ port: '443', 'db/pool': '3' });
  for (const name of ['a', 'b', 'c', 'd', 'e']) symlinkSync('.', join(path, name));
  symlinkSync('..', join(path, 'db', 'up'));
  const config = await load(path);
  expect(config.values).toMatchObject({ port: 443, db: { pool: 3 } });
  expect(config.warnings).toEqual([]);
});

test('an entry that cannot be read is an issue of its own, and the others count', async () => {
  const { path } = folder({ port: '443' });
  symlinkSync('loop', join(path, 'loop'));
  const config = await loadConfig(definitionOf(path), { cwd: path, env: {}, argv: [], invalid: 'report' });
  expect(config.issues).toMatchObject([
    { code: 'UNAVAILABLE', message: `${path}/loop cannot be read (ELOOP)`, origin: { location: `${path}/loop` } },
  ]);
  expect(config.values.port).toBe(443);
});

test('two files for one setting are a warning with both paths', async () => {
  const { path } = folder({ 'db/pool': '3', 'db.pool': '4', APP_DB__POOL: '5' });
  const config = await load(path);
  expect(config.values.db.pool).toBe(4);
  expect(config.warnings.map(({ key, message }) => `${key} ${message}`)).toEqual([
    `db.pool has two files: ${path}/db/pool is used, ${path}/APP_DB__POOL is not`,
    `db.pool has two files: ${path}/db.pool is used, ${path}/db/pool is not`,
  ]);
});
