import { appendFileSync, mkdirSync, renameSync, rmdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { lastRejection, loadConfig, type Watcher } from '../src/index.ts';
import { folder } from './folder.ts';
import { byEventsOnly, definition, replace, until, watched } from './watched.ts';

describe('a change of the file is delivered', () => {
  test.each<[string, (path: string) => void | Promise<void>]>([
    ['replaced', (path) => replace(path, '{ "epochs": 2 }')],
    ['written in place', (path) => writeFileSync(path, '{ "epochs": 2 }')],
    [
      'deleted and made anew',
      (path) => {
        unlinkSync(path);
        writeFileSync(path, '{ "epochs": 2 }');
      },
    ],
    [
      'half written for a while',
      async (path) => {
        writeFileSync(path, '{ "epo');
        await pause(400);
        appendFileSync(path, 'chs": 2');
        await pause(400);
        appendFileSync(path, ' }');
      },
    ],
    [
      'replaced by a link',
      (path) => {
        writeFileSync(`${path}.target`, '{ "epochs": 2 }');
        symlinkSync(`${basename(path)}.target`, `${path}.link`);
        renameSync(`${path}.link`, path);
      },
    ],
  ])('%s', async (_, change) => {
    const { path } = folder({ 'app.json': '{ "epochs": 1 }' });
    const { config, events } = await watched(path);
    await change(join(path, 'app.json'));
    await until(() => expect(config.values.epochs).toBe(2));
    const values = events.flatMap((event) => ('changes' in event ? event.changes.map(({ after }) => after) : []));
    expect(values).toEqual([2]);
    replace(join(path, 'app.json'), '{ "epochs": 3 }');
    await until(() => expect(config.values.epochs).toBe(3));
  });

  test('back to what it was before a save of our own, at once', async () => {
    const { path } = folder({ 'app.json': '{ "epochs": 1 }' });
    const { config } = await watched(path);
    for (let i = 2; i < 12; i++) {
      config.set('epochs', i);
      await config.save();
      writeFileSync(join(path, 'app.json'), '{ "epochs": 1 }');
      await until(() => expect(config.values.epochs).toBe(1));
    }
  });

  test('that was made between loading and watching', async () => {
    const { path, write } = folder({ 'app.json': '{ "epochs": 1 }', 'base.json': '{}' });
    const config = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
    write('app.json', '{ "epochs": 2 }');
    await using watcher = config.watch(byEventsOnly);
    await watcher.ready;
    expect(config.values.epochs).toBe(2);
  });

  test('that is created; when it disappears, the last values stay until `reload` takes its absence', async () => {
    const { path, write } = folder();
    const { config, events } = await watched(path);
    write('app.json', '{ "epochs": 2 }');
    await until(() => expect(config.values.epochs).toBe(2));
    unlinkSync(join(path, 'app.json'));
    await until(() =>
      expect(events.at(-1)).toMatchObject({
        rejected: { code: 'UNAVAILABLE', message: expect.stringContaining('app.json does not exist any more') },
      }),
    );
    expect(config.values.epochs).toBe(2);
    write('base.json', '{ "twin": 3 }');
    await config.reload();
    expect(config.values).toMatchObject({ epochs: 0, twin: 3 });
    expect(lastRejection(config)).toBeUndefined();
    write('base.json', '{ "twin": 4 }');
    await until(() => expect(config.values.twin).toBe(4));
  });

  test('that disappears for a second', async () => {
    const { path, write } = folder({ 'app.json': '{ "epochs": 1 }' });
    const { config, events } = await watched(path);
    unlinkSync(join(path, 'app.json'));
    await until(() => expect(events).toMatchObject([{ rejected: { code: 'UNAVAILABLE' } }]));
    write('app.json', '{ "epochs": 1 }');
    await until(() => expect(events).toMatchObject([{ rejected: {} }, { changes: [] }]));
    expect(lastRejection(config)).toBeUndefined();
  });

  test('the last of a thousand at once', async () => {
    const { path, write } = folder({ 'app.json': '{}' });
    const { config, events } = await watched(path);
    for (let i = 1; i <= 1_000; i++) {
      const text = JSON.stringify({ epochs: i, twin: i });
      if (i % 2 === 0) replace(join(path, 'app.json'), text);
      else write('app.json', text);
      if (i % 100 === 0) await pause(1);
    }
    await until(() => expect(config.values.epochs).toBe(1_000));
    expect(events.every((event) => 'changes' in event)).toBe(true);
  });
});

describe('what is invalid', () => {
  test.each([
    ['half written', '{ "epochs": 2, "lr"', 'CORRUPT'],
    ['out of bounds', '{ "epochs": 2, "lr": 7 }', 'INVALID_VALUE'],
    ['no text', Buffer.from('{ "epochs": 2, "x": "\xff" }', 'latin1'), 'CORRUPT'],
  ])('%s is reported once and never taken, and the next valid content is taken', async (_, bytes, code) => {
    const { path } = folder({ 'app.json': '{ "epochs": 1 }' });
    const { config, events } = await watched(path);
    const before = config.values;
    writeFileSync(join(path, 'app.json'), bytes);
    await until(() => expect(lastRejection(config)?.code).toBe(code));
    await pause(300);
    expect(config.values).toBe(before);
    const rejected = lastRejection(config);
    expect(events).toEqual([{ rejected }]);
    // Another source changes: the same problem is found again.
    writeFileSync(join(path, '.env'), 'P_TWIN=1\n');
    await until(() => expect(lastRejection(config)).not.toBe(rejected));
    expect(events).toEqual([{ rejected }]);
    replace(join(path, 'app.json'), '{ "epochs": 1 }');
    await until(() => expect(lastRejection(config)).toBeUndefined());
    expect(events.at(-1)).toMatchObject({ changes: [{ key: 'twin' }], waiting: [] });
    replace(join(path, 'app.json'), '{ "epochs": 2 }');
    await until(() => expect(config.values.epochs).toBe(2));
  });

  test('is not reported if it was mended at once', async () => {
    const { path } = folder({ 'app.json': '{ "epochs": 1 }' });
    const { config, events } = await watched(path);
    const rejections = (): number => events.filter((event) => 'rejected' in event).length;
    let quick = 0;
    for (let i = 2; quick < 28 && i < 1_000; i++) {
      const before = rejections();
      const broken = performance.now();
      writeFileSync(join(path, 'app.json'), '{ "epochs"');
      await pause(10);
      writeFileSync(join(path, 'app.json'), `{ "epochs": ${i} }`);
      const lasted = performance.now() - broken;
      await until(() => expect(config.values.epochs).toBe(i));
      // A busy machine may let the mistake stand for longer than varve waits.
      if (lasted > 50) continue;
      quick += 1;
      expect(rejections()).toBe(before);
    }
    expect(quick).toBe(28);
  });

  test('an emptied file does not bring the defaults, until it stays empty', async () => {
    const { path, write } = folder({ 'app.json': '{ "epochs": 1 }' });
    const { config, events } = await watched(path);
    write('app.json', '');
    // Another source changes meanwhile: what it causes must not read the emptied file.
    write('.env', 'P_LR=0.5\n');
    await pause(300);
    expect(config.values.epochs).toBe(1);
    write('app.json', '{ "epochs": 1, "twin": 5 }');
    await until(() => expect(config.values).toMatchObject({ epochs: 1, twin: 5, lr: 0.5 }));
    const keys = events.flatMap((event) => ('changes' in event ? event.changes.map(({ key }) => key) : ['rejected']));
    expect(keys.sort()).toEqual(['lr', 'twin']);
    write('app.json', '');
    await until(() => expect(config.values.epochs).toBe(0));
    expect(config.warnings).toMatchObject([{ message: 'app.json is empty, which counts as no settings' }]);
  });

  test('a folder in its place', async () => {
    const { path, write } = folder({ 'app.json': '{ "epochs": 1 }' });
    const { config } = await watched(path);
    unlinkSync(join(path, 'app.json'));
    mkdirSync(join(path, 'app.json'));
    await until(() => expect(lastRejection(config)?.code).toBe('UNAVAILABLE'));
    expect(config.values.epochs).toBe(1);
    rmdirSync(join(path, 'app.json'));
    write('app.json', '{ "epochs": 2 }');
    await until(() => expect(config.values.epochs).toBe(2));
    expect(lastRejection(config)).toBeUndefined();
  });
});

describe('with changes of our own', () => {
  test('unsaved ones survive, and saved ones cause no further event', async () => {
    const { path, write } = folder({ 'app.json': '{ "epochs": 1 }' });
    const { config, events } = await watched(path);
    config.set('lr', 0.5);
    write('app.json', '{ "epochs": 2, "lr": 0.3 }');
    await until(() => expect(config.values.epochs).toBe(2));
    expect(config.values.lr).toBe(0.5);
    await config.save({ conflict: 'mine' });
    await config.update((draft) => {
      draft.twin = 7;
    });
    await pause(200);
    const keys = events.map((event) => ('changes' in event ? event.changes.map(({ key }) => key) : event));
    expect(keys).toEqual([['lr'], ['epochs'], ['twin']]);
  });

  test('no process goes back in time while many write', async () => {
    const { path } = folder({ 'app.json': '{}' });
    const { config } = await watched(path);
    const other = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
    const seen: number[] = [];
    config.subscribe(() => seen.push(config.values.epochs));
    const count = (one: typeof config) =>
      one.update((draft) => {
        draft.epochs += 1;
        draft.twin = draft.epochs;
      });
    for (let i = 0; i < 40; i++) await Promise.all([count(config), count(other), i % 4 === 0 && config.reload()]);
    await until(() => expect(config.values.epochs).toBe(80));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });
});

describe('the end', () => {
  test.each<[string, (watcher: Watcher, controller: AbortController) => unknown]>([
    ['close()', (watcher) => watcher.close()],
    ['an abort', (_, controller) => controller.abort()],
    ['await using', (watcher) => watcher[Symbol.asyncDispose]()],
  ])('%s: no further reload', async (_, end) => {
    const { path, write } = folder({ 'app.json': '{ "epochs": 1 }' });
    const controller = new AbortController();
    const { config, watcher } = await watched(path, {}, { ...byEventsOnly, signal: controller.signal });
    write('app.json', '{ "epochs": 2 }');
    await end(watcher, controller);
    const { values } = config;
    write('app.json', '{ "epochs": 3 }');
    await pause(200);
    expect(config.values).toBe(values);
    await watcher.close();
  });
});
