import {
  appendFileSync,
  linkSync,
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { defineConfig, lastRejection, loadConfig } from '../src/index.ts';
import { folder } from './folder.ts';
import { RemoteStore } from './remote-store.ts';
import { byEventsOnly, definition, replace, until, watched } from './watched.ts';

/** A folder as Kubernetes mounts it: the files are links through `..data`, which is swapped. */
function mount(path: string, files: Record<string, string>): (files: Record<string, string>) => void {
  let version = 0;
  const put = (next: Record<string, string>): void => {
    version += 1;
    const name = `..v${version}`;
    mkdirSync(join(path, name), { recursive: true });
    for (const [file, text] of Object.entries(next)) writeFileSync(join(path, name, file), text);
    symlinkSync(name, join(path, '..data_tmp'));
    renameSync(join(path, '..data_tmp'), join(path, '..data'));
    if (version > 1) rmSync(join(path, `..v${version - 1}`), { recursive: true });
  };
  put(files);
  for (const file of Object.keys(files)) symlinkSync(join('..data', file), join(path, file));
  return put;
}

describe('the other sources', () => {
  test('a base file', async () => {
    const { path, write } = folder({ 'app.json': '{ "epochs": 1 }', 'base.json': '{ "twin": 1 }' });
    const { config } = await watched(path);
    write('base.json', '{ "twin": 2, "epochs": 7 }');
    await until(() => expect(config.values).toMatchObject({ twin: 2, epochs: 1 }));
    unlinkSync(join(path, 'base.json'));
    await until(() => expect(lastRejection(config)?.code).toBe('UNAVAILABLE'));
    expect(config.values.twin).toBe(2);
  });

  test('.env files, also those that were not there', async () => {
    const { path, write } = folder();
    const { config } = await watched(path, { NODE_ENV: 'test' });
    write('.env', 'P_EPOCHS=1\n');
    await until(() => expect(config.values.epochs).toBe(1));
    write('.env.test.local', 'P_EPOCHS=2\n');
    await until(() => expect(config.values.epochs).toBe(2));
    write('.env.test.local', 'P_EPOCHS=many\n');
    await until(() => expect(lastRejection(config)?.issues[0]).toMatchObject({ key: 'epochs' }));
    unlinkSync(join(path, '.env.test.local'));
    await until(() =>
      expect(lastRejection(config)?.issues[0]?.message).toMatch(/^\.env\.test\.local does not exist any more/),
    );
    expect(config.values.epochs).toBe(2);
    await config.reload();
    expect(config.values.epochs).toBe(1);
  });

  test('a .env file that is written in place, in pieces, is not taken by half', async () => {
    const { path, write } = folder({ '.env': 'P_EPOCHS=1\n' });
    const { config, events } = await watched(path);
    for (let i = 0; i < 3; i++) {
      write('.env', 'P_EPOCHS=12');
      await pause(20);
      appendFileSync(join(path, '.env'), '34');
      await pause(20);
      appendFileSync(join(path, '.env'), `${i}\n`);
      await until(() => expect(config.values.epochs).toBe(12340 + i));
    }
    expect(events).toHaveLength(3);
  });

  test('a mounted secret that is rotated, and another that a variable names from now on', async () => {
    const { path, write } = folder({ 'a.txt': 'one\n', 'b.txt': 'two\n', '.env': 'P_TOKEN_FILE=a.txt\n' });
    const { config, events } = await watched(path, { P_KEY_FILE: 'c.txt' }).catch(async () => {
      write('c.txt', 'key\n');
      return watched(path, { P_KEY_FILE: 'c.txt' });
    });
    expect(config.values).toMatchObject({ token: 'one', key: 'key' });
    replace(join(path, 'a.txt'), 'uno\n');
    await until(() => expect(config.values.token).toBe('uno'));
    write('.env', 'P_TOKEN_FILE=b.txt\n');
    await until(() => expect(config.values.token).toBe('two'));
    write('b.txt', 'due\n');
    await until(() => expect(config.values.token).toBe('due'));
    unlinkSync(join(path, 'c.txt'));
    await until(() => expect(lastRejection(config)?.issues[0]).toMatchObject({ key: 'key' }));
    expect(config.values.key).toBe('key');
    expect(JSON.stringify(events)).not.toMatch(/uno|due/);
  });

  test('a file and secrets of one mount change together', async () => {
    const { path } = folder({ 'base.json': '{}' });
    const text = (i: number) => ({ 'app.json': `{ "epochs": ${i}, "twin": ${i} }`, token: `t${i}`, key: `t${i}` });
    const swap = mount(path, text(1));
    const { config, events } = await watched(path, { P_TOKEN_FILE: 'token', P_KEY_FILE: 'key' });
    const seen: unknown[] = [];
    config.subscribe(() => seen.push(config.values));
    for (let i = 2; i <= 6; i++) {
      swap(text(i));
      await until(() => expect(config.values.epochs).toBe(i));
    }
    for (const values of seen as (typeof config.values)[])
      expect(values).toMatchObject({ twin: values.epochs, token: `t${values.epochs}`, key: `t${values.epochs}` });
    expect(events).toHaveLength(5);
  });

  test("a source of the program's own that can be watched", async () => {
    let text = '1';
    let changed = (): void => undefined;
    const source = {
      name: 'vault',
      read: () => ({
        entries: new Map([['epochs', { origin: { layer: 'vault', name: 'epochs', location: 'vault' }, raw: text }]]),
      }),
      watch: (watching: { changed(): void }) => {
        changed = watching.changed;
        return { ready: Promise.resolve(), read: () => source.read(), close: async () => undefined };
      },
    };
    const own = defineConfig({ ...definition, layers: ['default', 'file', source] });
    const { path } = folder({ 'base.json': '{}' });
    const config = await loadConfig(own, { cwd: path, env: {}, argv: [] });
    await using watcher = config.watch(byEventsOnly);
    await watcher.ready;
    text = '2';
    changed();
    await until(() => expect(config.values.epochs).toBe(2));
  });
});

describe('where the system reports no changes', () => {
  /** A write through another link to the same file causes no event for this folder. */
  const changedElsewhere = (path: string, text: string): void => {
    const elsewhere = folder().path;
    linkSync(join(path, 'app.json'), join(elsewhere, 'link'));
    writeFileSync(join(elsewhere, 'link'), text);
  };

  test('polling finds it', async () => {
    const { path } = folder({ 'app.json': '{ "epochs": 1 }' });
    const { config } = await watched(path, {}, { poll: 30 });
    changedElsewhere(path, '{ "epochs": 2 }');
    await until(() => expect(config.values.epochs).toBe(2));
  });

  test('and nothing else does', async () => {
    const { path } = folder({ 'app.json': '{ "epochs": 1 }' });
    const { config } = await watched(path);
    changedElsewhere(path, '{ "epochs": 2 }');
    await pause(300);
    expect(config.values.epochs).toBe(1);
  });
});

describe('a store of another machine', () => {
  const settings = { epochs: { format: 'nat', default: 0 }, lr: { format: Number, default: 0.1 } } as const;
  const inputs = () => ({ cwd: folder().path, env: {}, argv: [] });

  test('is followed, also while it is down, and not behind our own writes', async () => {
    const store = new RemoteStore();
    const config = await loadConfig(defineConfig({ name: 'app', store, settings }), inputs());
    const seen: number[] = [];
    config.subscribe(() => seen.push(config.values.epochs));
    const watcher = config.watch();
    await watcher.ready;
    store.put('{ "epochs": 2 }');
    store.put('{ "epochs": 3 }');
    await config.update((draft) => {
      draft.epochs = 4;
    });
    await until(() => expect(config.values.epochs).toBe(4));
    await pause(100);
    expect(seen).toEqual([...seen].sort());
    store.setDown(true);
    await until(() => expect(lastRejection(config)?.code).toBe('UNAVAILABLE'));
    expect(config.values.epochs).toBe(4);
    store.text = '{ "epochs": 5 }';
    store.setDown(false);
    await until(() => expect(config.values.epochs).toBe(5));
    expect(lastRejection(config)).toBeUndefined();
    await watcher.close();
    expect(store.watches).toBe(0);
  });

  test('that is down when the watch begins is followed as soon as it is there', async () => {
    const store = new RemoteStore();
    const config = await loadConfig(defineConfig({ name: 'app', store, settings }), inputs());
    store.isDown = true;
    await using watcher = config.watch();
    await watcher.ready;
    await until(() => expect(lastRejection(config)?.code).toBe('UNAVAILABLE'));
    store.text = '{ "epochs": 2 }';
    store.isDown = false;
    await until(() => expect(config.values.epochs).toBe(2));
  });

  test('has a warning with the first values of another server, whichever read meets it', async () => {
    const store = new RemoteStore();
    const config = await loadConfig(defineConfig({ name: 'app', store, settings }), inputs());
    const codesAt = new Map<number, readonly string[]>();
    config.subscribe(() =>
      codesAt.set(
        config.values.epochs,
        config.warnings.map(({ code }) => code),
      ),
    );
    store.reset('{ "epochs": 2 }');
    await expect(config.reload()).rejects.toMatchObject({ code: 'RESET' });
    await config.reload();
    await using watcher = config.watch();
    await watcher.ready;
    store.reset('{ "epochs": 3 }');
    store.put('{ "epochs": 4 }');
    await until(() => expect(config.values.epochs).toBe(4));
    await config.reload();
    expect([...codesAt.values()].flat()).toEqual(['RESET', 'RESET']);
    expect(config.warnings.map(({ code }) => code)).toEqual(['RESET']);
  });
});
