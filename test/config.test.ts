import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import {
  Config,
  type Conflict,
  defineConfig,
  each,
  loadConfig,
  loadConfigSync,
  rollback,
  setAll,
} from '../src/index.ts';
import { failure, issueLines } from './failure.ts';
import { folder } from './folder.ts';
import { definitionOf, layerOf, nested, settings } from './generated.ts';
import { RemoteStore } from './remote-store.ts';

const definition = defineConfig({
  name: 'app',
  file: 'app.json',
  envPrefix: 'P',
  settings: {
    lr: { format: Number, max: 1, default: 0.1 },
    epochs: { format: 'nat', default: 3 },
    optimizer: { name: { format: ['adam', 'sgd'], default: 'adam' }, momentum: { format: Number, default: 0.9 } },
    tags: { format: Object, default: {} },
  },
});

const open = (cwd: string, env: Record<string, string> = {}, argv: readonly string[] = []) =>
  loadConfig(definition, { cwd, env, argv });

test('what few programs need is a function over a configuration, not a member of it', () => {
  const reading = ['get', 'values', 'explain', 'explainAll', 'snapshot', 'warnings', 'issues', 'name', 'location'];
  const changing = ['set', 'unset', 'override', 'pending', 'save', 'update', 'reset'];
  const following = ['reload', 'subscribe', 'watch'];
  const printing = ['toJSON', 'toString'];
  const members = Object.getOwnPropertyNames(Config.prototype).filter((name) => name !== 'constructor');
  expect(members.toSorted()).toEqual([...reading, ...changing, ...following, ...printing].toSorted());
});

describe('reading', () => {
  test('values are deeply frozen, and a snapshot outlives a change', async () => {
    const config = await open(folder().path);
    const before = config.values;
    config.set('optimizer.name', 'sgd');
    expect(before.optimizer.name).toBe('adam');
    expect(config.values.optimizer.name).toBe('sgd');
    expect(() => Object.assign(config.values.optimizer, { name: 'x' })).toThrow(TypeError);
    expect(() => Object.assign(config.values.tags, { name: 'x' })).toThrow(TypeError);
    expect(config.values.tags).toBe(before.tags);
  });

  test('get knows settings and groups, and names what was probably meant', async () => {
    const config = await open(folder().path);
    expect(config.get('optimizer.momentum')).toBe(0.9);
    expect(config.get('optimizer')).toEqual({ name: 'adam', momentum: 0.9 });
    for (const key of ['optimizer.momemtum', 'momentum', 'Optimizer.momentum']) {
      const error = await failure(() => config.get(key as never));
      expect(error).toMatchObject({
        code: 'UNKNOWN_KEY',
        issues: [{ key, suggestion: 'Did you mean optimizer.momentum?' }],
      });
    }
  });

  test.each(['__proto__', 'optimizer.__proto__', '__proto__.polluted', 'constructor.prototype.polluted'])(
    '%s is not a key for any method',
    async (key) => {
      const config = await open(folder().path);
      for (const use of [
        () => config.get(key as never),
        () => config.set(key as never, 1 as never),
        () => config.override(key as never, 1 as never),
        () => config.explain(key as never),
        () => config.reset(key as never),
      ]) {
        expect((await failure(use)).code).toBe('UNKNOWN_KEY');
      }
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
    },
  );
});

test('as JSON it says what a file would, whatever the values are', async () => {
  const settings = {
    pattern: { format: RegExp, default: /x+/ },
    list: { format: Array, items: RegExp, default: ['a', /b/] },
    secret: { format: RegExp, default: /hidden/, sensitive: true },
  };
  const config = await loadConfig(defineConfig({ name: 'app', settings }), { env: {}, argv: [] });
  expect(JSON.parse(JSON.stringify(config))).toEqual({ pattern: 'x+', list: ['a', 'b'], secret: '********' });
  expect(String(config)).toContain('"pattern": "x+"');
  expect(inspect(config)).toContain('pattern: /x+/');
});

describe('changing', () => {
  test('set changes the file layer in memory, and its explanation tells what masks it', async () => {
    const { path } = folder({ 'app.json': '{ "lr": 0.2 }' });
    const config = await open(path, { P_LR: '0.3' });
    const explanation = config.set('lr', 0.4);
    expect(config.values.lr).toBe(0.3);
    expect(explanation).toMatchObject({
      value: 0.3,
      winner: { layer: 'env', name: 'P_LR' },
      without: { layer: 'file', value: 0.4 },
    });
    const overriddenBy = { layer: 'env', name: 'P_LR', location: 'process.env' };
    expect(config.pending).toEqual([{ key: 'lr', before: 0.2, after: 0.4, redacted: false, overriddenBy }]);
    expect(config.unset('lr').without).toEqual({ layer: 'default', value: 0.1 });
    expect(config.pending).toEqual([{ key: 'lr', before: 0.2, after: undefined, redacted: false, overriddenBy }]);
  });

  test.each([
    ['lr', 2, 'must be at most 1, got 2'],
    ['lr', Number.NaN, 'must be a finite number'],
    ['epochs', 1.5, 'must be an integer of at least 0, got 1.5'],
    ['epochs', 'many', 'must be an integer, got "many"'],
    ['optimizer.name', 'lion', 'must be "adam" or "sgd"'],
    ['tags', new Map(), 'must be a value that JSON can hold'],
    ['tags', JSON.parse('{ "__proto__": { "x": 1 } }'), 'must not have a member called __proto__'],
  ])('set refuses %s = %j and changes nothing', async (key, value, message) => {
    const config = await open(folder().path);
    const before = config.values;
    const error = await failure(() => config.set(key as never, value as never));
    expect(error.code).toBe('INVALID_VALUE');
    expect(error.message).toContain(message);
    expect(config.values).toBe(before);
    expect(config.pending).toEqual([]);
  });

  test('an override is above all, for this process only', async () => {
    const { path, read } = folder({ 'app.json': '{}' });
    const config = await open(path, {}, ['--lr', '0.3']);
    expect(config.override('lr', 0.5).winner).toEqual({ layer: 'override', name: 'lr', location: 'override' });
    expect(config.values.lr).toBe(0.5);
    await config.save();
    expect(read('app.json')).toBe('{}');
    config.override('lr', undefined);
    expect(config.values.lr).toBe(0.3);
  });

  test('subscribers are called with each change, until they unsubscribe', async () => {
    const config = await open(folder().path);
    const heard: unknown[] = [];
    const controller = new AbortController();
    const stop = config.subscribe((event) => heard.push(event), { keys: ['optimizer'] });
    config.subscribe((event) => heard.push(event), { keys: ['lr'], signal: controller.signal });
    config.set('optimizer.name', 'sgd');
    config.set('optimizer.name', 'sgd');
    config.set('lr', 0.2);
    stop();
    controller.abort();
    config.set('optimizer.name', 'adam');
    config.set('lr', 0.1);
    const change = { redacted: false, from: { layer: 'default' }, to: { layer: 'file' } };
    expect(heard).toMatchObject([
      { changes: [{ key: 'optimizer.name', before: 'adam', after: 'sgd', ...change }] },
      { changes: [{ key: 'lr', before: 0.1, after: 0.2, ...change }] },
    ]);
  });
});

describe('saving', () => {
  test('writes what was set, and nothing of defaults, environment, flags and overrides', async () => {
    const { path, read } = folder({ 'app.json': '{\n  "epochs": 1.0,\n  "unknown": -0\n}\n' });
    const config = await open(path, { P_TAGS__A: 'x' }, ['--lr', '0.3']);
    config.override('optimizer.momentum', 0.5);
    config.set('optimizer.name', 'sgd');
    const saved = await config.save();
    expect(saved).toEqual({ written: [{ key: 'optimizer.name', before: undefined, after: 'sgd', redacted: false }] });
    expect(read('app.json')).toBe(
      '{\n  "epochs": 1.0,\n  "unknown": -0,\n  "optimizer": {\n    "name": "sgd"\n  }\n}\n',
    );
    expect(config.pending).toEqual([]);
    expect(config.explain('optimizer.name').winner?.location).toBe('app.json:5:13');
  });

  test('without changes it leaves the file alone', async () => {
    const { path, read } = folder({ 'app.json': '{"lr":0.10}' });
    const config = await open(path);
    expect(await config.save()).toEqual({ written: [] });
    config.set('lr', 0.1);
    await config.save();
    expect(read('app.json')).toBe('{"lr":0.10}');
  });

  test('keeps what others changed meanwhile, and takes it over', async () => {
    const { path, read, write } = folder({ 'app.json': '{ "lr": 0.2 }' });
    const config = await open(path);
    write('app.json', '{ "lr": 0.2, "epochs": 8 }');
    config.set('optimizer.name', 'sgd');
    await config.save();
    expect(JSON.parse(read('app.json'))).toEqual({ lr: 0.2, epochs: 8, optimizer: { name: 'sgd' } });
    expect(config.values.epochs).toBe(8);
  });

  test('a key that both changed is a conflict: nothing is written, unless overwrite is given', async () => {
    const { path, read, write } = folder({ 'app.json': '{ "lr": 0.2, "epochs": 1 }' });
    const config = await open(path);
    config.set('lr', 0.3);
    config.set('epochs', 2);
    write('app.json', '{ "lr": 0.4, "epochs": 1 }');
    const error = await failure(() => config.save());
    expect(error).toMatchObject({ code: 'CONFLICT', issues: [{ key: 'lr' }] });
    expect(error.message).toContain('it is 0.4 in the store, and 0.3 here');
    expect(read('app.json')).toBe('{ "lr": 0.4, "epochs": 1 }');
    await config.save({ conflict: ({ base, mine, theirs }) => Math.max(...[base, mine, theirs].map(Number)) });
    expect(JSON.parse(read('app.json'))).toEqual({ lr: 0.4, epochs: 2 });
    expect(config.values.lr).toBe(0.4);
  });

  test.each([
    ['mine', 0.3],
    ['theirs', 0.4],
  ] as const)('a conflict is resolved by a side: %s', async (conflict, lr) => {
    const { path, read, write } = folder({ 'app.json': '{ "lr": 0.2 }' });
    const config = await open(path);
    config.set('lr', 0.3);
    write('app.json', '{ "lr": 0.4 }');
    await config.save({ conflict });
    expect([JSON.parse(read('app.json')), config.values.lr, config.pending]).toEqual([{ lr }, lr, []]);
  });

  test.each([
    ['CORRUPT', '{ "lr": 0.2,, }'],
    ['TOO_LARGE', `{ "lr": 0.2, "deep": ${'['.repeat(600)}${']'.repeat(600)} }`],
  ])('a file that can no longer be read is never overwritten: %s', async (code, text) => {
    const { path, read, write } = folder({ 'app.json': '{ "lr": 0.2 }' });
    const config = await open(path);
    config.set('lr', 0.3);
    write('app.json', text);
    expect(await failure(() => config.save())).toMatchObject({
      code,
      issues: [{ origin: { location: expect.stringMatching(/^app\.json:1:\d+$/) } }],
    });
    expect(await failure(() => config.reset('lr'))).toMatchObject({ code });
    expect(await failure(() => config.update(() => undefined))).toMatchObject({ code });
    expect(read('app.json')).toBe(text);
    expect(config.pending).toHaveLength(1);
    const { keptAside } = await config.reset();
    expect(read('app.json')).toBe('{}\n');
    expect(keptAside).toContain('app.json.invalid-');
  });

  test('a configuration without a file says so', async () => {
    const config = await loadConfig(defineConfig({ name: 'x', settings: { lr: 1 } }), {
      cwd: folder().path,
      env: {},
      argv: [],
    });
    config.set('lr', 2);
    expect(config.values.lr).toBe(2);
    expect(await failure(() => config.save())).toMatchObject({ code: 'READ_ONLY' });
  });

  test('what was saved is just the file layer, whatever the other layers say', async () => {
    const scenario = settings.chain((all) =>
      fc.tuple(
        fc.constant(all),
        layerOf(all),
        layerOf(all),
        layerOf(all),
        fc.array(fc.constantFrom('save', 'override', 'reset'), { maxLength: 3 }),
      ),
    );
    await fc.assert(
      fc.asyncProperty(scenario, async ([all, file, set, others, steps]) => {
        const { path, read, write } = temporary();
        write('app.json', JSON.stringify(nested([...file].map(([key, { value }]) => [key, value]))));
        const argv = [...others].map(([key, { text }]) => `--${key}=${text}`);
        const config = await loadConfig(definitionOf(all), { cwd: path, env: {}, argv });
        let expected = new Map([...file].map(([key, { value }]) => [key, value]));
        for (const step of [...steps, 'save']) {
          for (const [key, { value }] of set) config.set(key as never, value as never);
          expected = new Map([...expected, ...[...set].map(([key, { value }]) => [key, value] as const)]);
          if (step === 'override') for (const [key, { value }] of others) config.override(key as never, value as never);
          else if (step === 'save') await config.save();
          else {
            await config.reset(all[0]!.key as never);
            expected.delete(all[0]!.key);
          }
        }
        const text = JSON.parse(read('app.json'));
        expect(text).toEqual(nested(expected));
        const alone = await loadConfig(definitionOf(all), { cwd: path, env: {}, argv: [] });
        for (const { key } of all) {
          const said = alone.explain(key as never).candidates.find(({ layer }) => layer === 'file');
          expect(said?.value).toEqual(expected.get(key));
        }
      }),
      { numRuns: 60 },
    );
  }, 60_000);
});

const temporary = () => folder();
const pause = (ms: number) => new Promise<void>((done) => setTimeout(done, ms));

describe('what others wrote meanwhile', () => {
  test('is what counts where it is left to them, also when it was read before', async () => {
    const { path, read, write } = folder({ 'app.json': '{ "epochs": 1 }' });
    const config = await open(path);
    config.set('epochs', 5);
    write('app.json', '{ "epochs": 7 }');
    await config.reload();
    expect(config.pending).toEqual([{ key: 'epochs', before: 7, after: 5, redacted: false }]);
    expect((await config.save({ conflict: 'theirs' })).written).toEqual([]);
    expect([config.values.epochs, config.pending, read('app.json')]).toEqual([7, [], '{ "epochs": 7 }']);
  });

  test('is what was before in what a save tells', async () => {
    const { path, write } = folder({ 'app.json': '{ "epochs": 1, "lr": 0.5 }' });
    const config = await open(path);
    config.set('epochs', 5);
    config.set('lr', 0.25);
    write('app.json', '{ "epochs": 7, "lr": 0.25, "tags": { "a": 1 } }');
    const { written } = await config.save({
      conflict: ({ mine, theirs }) => Math.max(Number(mine), Number(theirs)) + 1,
    });
    expect(written).toEqual([{ key: 'epochs', before: 7, after: 8, redacted: false }]);
    write('app.json', '{ "epochs": 8, "tags": { "a": 1 } }');
    expect((await config.reset()).written).toEqual([
      { key: 'epochs', before: 8, after: undefined, redacted: false },
      { key: 'tags', before: { a: 1 }, after: undefined, redacted: false },
    ]);
  });
});

test('a save reads and writes a store once', async () => {
  const calls: string[] = [];
  class CountingStore extends RemoteStore {
    override read() {
      calls.push('read');
      return super.read();
    }
    override write(...write: Parameters<RemoteStore['write']>) {
      calls.push('write');
      return super.write(...write);
    }
  }
  const store = new CountingStore('{ "epochs": 1 }');
  const config = await loadConfig(defineConfig({ name: 'app', store, settings: { epochs: 3 } }), { argv: [] });
  calls.length = 0;
  config.set('epochs', 5);
  await config.save();
  expect(calls).toEqual(['read', 'write']);
});

test('a text that the next start reads as a number is that number after the save', async () => {
  const { path, read } = folder({ 'app.json': '{}' });
  const settings = { it: { format: z.union([z.number(), z.enum(['5', 'auto'])]), default: 0 } };
  const definition = defineConfig({ name: 'app', file: 'app.json', settings });
  const config = await loadConfig(definition, { cwd: path, env: {}, argv: [] });
  config.set('it', '"5"' as never);
  await config.save();
  expect(JSON.parse(read('app.json'))).toEqual({ it: '5' });
  expect(config.values).toEqual((await loadConfig(definition, { cwd: path, env: {}, argv: [] })).values);
});

/** A store whose first two writes wait for each other. */
class MeetingStore extends RemoteStore {
  #waiting: (() => void)[] = [];

  override async write(...write: Parameters<RemoteStore['write']>) {
    if (this.#waiting.length < 2)
      await new Promise<void>((resolve) => {
        this.#waiting.push(resolve);
        if (this.#waiting.length === 2) for (const go of this.#waiting) go();
      });
    return super.write(...write);
  }
}

describe('a change that is made while a save is under way', () => {
  test('goes on from what was saved', async () => {
    const { path, read } = folder({ 'app.json': '{ "epochs": 1 }' });
    const config = await open(path);
    config.set('epochs', 5);
    const saving = config.save();
    config.set('epochs', 6);
    await saving;
    expect([read('app.json'), config.values.epochs]).toEqual(['{ "epochs": 5 }', 6]);
    expect(config.pending).toEqual([{ key: 'epochs', before: 5, after: 6, redacted: false }]);
    await config.save();
    expect([read('app.json'), config.pending]).toEqual(['{ "epochs": 6 }', []]);
  });

  test('is saved by the next one, which may be called before the first is done', async () => {
    const { path, read } = folder({ 'app.json': '{ "epochs": 1 }' });
    const config = await open(path);
    const saves = [5, 6, 7, undefined, 8].map((epochs) => {
      if (epochs === undefined) config.unset('epochs');
      else config.set('epochs', epochs);
      return config.save();
    });
    const written = (await Promise.all(saves)).flatMap((saved) => saved.written.map(({ after }) => after));
    expect(written).toEqual([5, 6, 7, undefined, 8]);
    expect([JSON.parse(read('app.json')), config.values.epochs, config.pending]).toEqual([{ epochs: 8 }, 8, []]);
  });

  test('is saved by the next one, also if both have read the same document', async () => {
    const store = new MeetingStore('{ "epochs": 1 }');
    const config = await loadConfig(defineConfig({ name: 'app', store, settings: { epochs: 3 } }), { argv: [] });
    const saves = [5, 6].map((epochs) => {
      config.set('epochs', epochs);
      return config.save();
    });
    await Promise.all(saves);
    expect([JSON.parse(store.text), config.pending]).toEqual([{ epochs: 6 }, []]);
  });

  test('by the function of an update, or of a conflict, goes on from what that wrote', async () => {
    const { path, read, write } = folder({ 'app.json': '{ "epochs": 1 }' });
    const config = await open(path);
    await config.update((draft) => {
      config.set('epochs', 9);
      draft.epochs = 5;
    });
    expect([read('app.json'), config.values.epochs]).toEqual(['{ "epochs": 5 }', 9]);
    write('app.json', '{ "epochs": 6 }');
    const conflict = ({ theirs }: Conflict): unknown => {
      config.set('epochs', 20);
      return Number(theirs) + 10;
    };
    await config.save({ conflict });
    expect([read('app.json'), config.values.epochs]).toEqual(['{ "epochs": 16 }', 20]);
    await config.save();
    expect([read('app.json'), config.pending]).toEqual(['{ "epochs": 20 }', []]);
  });

  test('inside an update is saved while another save waits for that update', async () => {
    const { path, read } = folder({ 'app.json': '{ "epochs": 1 }' });
    const [config, other] = [await open(path), await open(path)];
    for (const updating of [config, other]) {
      config.set('lr', updating === config ? 0.2 : 0.3);
      // Called from outside, it waits for the update.
      const waiting = pause(5).then(() => config.save());
      await updating.update(async (draft) => {
        await pause(30);
        config.set('epochs', 5);
        await config.save();
        draft.tags = { x: updating === config ? 1 : 2 };
      });
      await waiting;
    }
    expect(JSON.parse(read('app.json'))).toEqual({ epochs: 5, lr: 0.3, tags: { x: 2 } });
  }, 5_000);

  test('is a conflict all the same where another writer comes between', async () => {
    const { path, read, write } = folder({ 'app.json': '{ "epochs": 1 }' });
    const config = await open(path);
    config.set('epochs', 5);
    const saving = config.save();
    config.set('epochs', 6);
    await saving;
    write('app.json', '{ "epochs": 8 }');
    const error = await failure(() => config.save());
    expect(error).toMatchObject({ code: 'CONFLICT' });
    expect(error.message).toContain('it is 8 in the store, and 6 here');
    expect(read('app.json')).toBe('{ "epochs": 8 }');
  });
});

test.each([
  ['text', 'many'],
  ['a promise', Promise.resolve(4)],
  ['a number of another kind', 1.5],
])('what settles a conflict is checked like any value: %s', async (_, answer) => {
  const { path, read, write } = folder({ 'app.json': '{ "epochs": 1 }' });
  const config = await open(path);
  config.set('epochs', 5);
  write('app.json', '{ "epochs": 7 }');
  const error = await failure(() => config.save({ conflict: () => answer }));
  expect(error).toMatchObject({ code: 'INVALID_VALUE', issues: [{ key: 'epochs' }] });
  expect([read('app.json'), config.pending.length]).toEqual(['{ "epochs": 7 }', 1]);
});

test('a function for conflicts removes a key only if one of the writers removed it', async () => {
  const { path, read, write } = folder({ 'app.json': '{ "epochs": 1 }' });
  const config = await open(path);
  config.set('epochs', 5);
  write('app.json', '{ "epochs": 7 }');
  const error = await failure(() => config.save({ conflict: () => undefined }));
  expect(error.message).toContain('epochs: has a conflict for which the function of the save returned nothing');
  expect([read('app.json'), config.pending.length]).toEqual(['{ "epochs": 7 }', 1]);
  write('app.json', '{}');
  await config.save({ conflict: ({ theirs }) => theirs });
  expect([read('app.json'), config.values.epochs]).toEqual(['{}', 3]);
});

describe('what a change comes to in the file', () => {
  const full = defineConfig({
    name: 'app',
    file: 'app.json',
    layout: 'full',
    settings: { epochs: { format: 'nat', default: 3 }, pattern: { format: RegExp, default: /x/ } },
  });

  test('is the default where a full file loses a value', async () => {
    const { path, read } = folder({ 'app.json': '{ "epochs": 5, "pattern": "x" }' });
    const config = await loadConfig(full, { cwd: path, env: {}, argv: [] });
    config.unset('epochs');
    expect(config.pending).toEqual([{ key: 'epochs', before: 5, after: 3, redacted: false }]);
    expect((await config.save()).written).toEqual([{ key: 'epochs', before: 5, after: 3, redacted: false }]);
    expect(JSON.parse(read('app.json'))).toEqual({ epochs: 3, pattern: 'x' });
    expect((await config.reset('epochs')).written).toEqual([]);
  });

  test('is nothing where it says the same regular expression', async () => {
    const { path } = folder({ 'app.json': '{ "epochs": 5, "pattern": "one" }' });
    const config = await loadConfig(full, { cwd: path, env: {}, argv: [] });
    config.set('pattern', /one/);
    expect(config.pending).toEqual([]);
    config.set('pattern', /two/);
    expect(config.pending).toEqual([{ key: 'pattern', before: 'one', after: 'two', redacted: false }]);
  });
});

test('a list with a hole is refused by set and by update, and nothing is written', async () => {
  const { path, read } = folder({ 'app.json': '{ "tags": [1, 2, 3] }' });
  const definition = defineConfig({
    name: 'app',
    file: 'app.json',
    settings: { tags: { format: Array, default: [0] } },
  });
  const config = await loadConfig(definition, { cwd: path, argv: [], env: {} });
  const sparse = [1, 2, 3];
  delete sparse[1];
  expect(() => config.set('tags', sparse)).toThrow(expect.objectContaining({ code: 'INVALID_VALUE' }));
  const updating = config.update((draft) => void delete draft.tags[1]);
  await expect(updating).rejects.toMatchObject({ code: 'INVALID_VALUE' });
  expect(read('app.json')).toBe('{ "tags": [1, 2, 3] }');
});

describe('update', () => {
  test('is a read-modify-write of the file layer over the defaults, never of environment or flags', async () => {
    const { path, read } = folder({ 'app.json': '{ "epochs": 5 }' });
    const config = await open(path, { P_EPOCHS: '100', P_LR: '0.7' });
    await config.update((draft) => {
      draft.epochs += 1;
      draft.lr *= 2;
    });
    expect(JSON.parse(read('app.json'))).toEqual({ epochs: 6, lr: 0.2 });
    expect(config.values).toMatchObject({ epochs: 100, lr: 0.7 });
  });

  test('a function that throws, or makes something invalid, writes nothing', async () => {
    const { path, read } = folder({ 'app.json': '{ "epochs": 5 }' });
    const config = await open(path);
    await expect(config.update(() => Promise.reject(new Error('mine')))).rejects.toThrow('mine');
    const error = await failure(() =>
      config.update((draft) => {
        draft.lr = 7;
        (draft as Record<string, unknown>)['epoch'] = 1;
      }),
    );
    expect(error.issues.map(({ key }) => key)).toEqual(['lr', 'epoch']);
    expect(
      await failure(() =>
        config.update((draft) => Object.assign(draft, JSON.parse('{ "__proto__": { "polluted": 1 } }'))),
      ),
    ).toMatchObject({ code: 'UNKNOWN_KEY' });
    expect(read('app.json')).toBe('{ "epochs": 5 }');
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test('no update of several configurations on one file is lost', async () => {
    const { path } = folder();
    const configs = await Promise.all([open(path), open(path), open(path)]);
    await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        configs[i % 3]!.update(async (draft) => {
          await Promise.resolve();
          draft.epochs += 1;
        }),
      ),
    );
    expect((await open(path)).values.epochs).toBe(33);
  });
});

describe('reset', () => {
  test('takes a key out of the file; the layers below show through', async () => {
    const { path, read } = folder({ 'app.json': '{\n  "lr": 0.2,\n  "epochs": 4\n}\n' });
    const config = await open(path);
    config.set('lr', 0.3);
    expect(await config.reset('lr')).toEqual({
      written: [{ key: 'lr', before: 0.2, after: undefined, redacted: false }],
    });
    expect(read('app.json')).toBe('{\n  "epochs": 4\n}\n');
    expect(config.values.lr).toBe(0.1);
    expect(config.pending).toEqual([]);
  });

  test('of everything keeps the keys that are not settings', async () => {
    const { path, read } = folder({ 'app.json': '{ "$schema": "s.json", "lr": 0.2, "mine": 1 }' });
    const config = await open(path);
    await config.reset();
    expect(JSON.parse(read('app.json'))).toEqual({ $schema: 's.json', mine: 1 });
    expect(config.values.lr).toBe(0.1);
  });
});

describe('reload', () => {
  test('takes all of it or nothing, and keeps unsaved changes', async () => {
    const { path, write } = folder({ 'app.json': '{ "lr": 0.2, "epochs": 4 }' });
    const config = await open(path);
    const heard: unknown[] = [];
    config.subscribe((event) =>
      heard.push('changes' in event ? event.changes.map(({ key }) => key) : event.rejected.code),
    );
    config.set('lr', 0.3);
    write('app.json', '{ "lr": 0.9, "epochs": "many" }');
    expect(await failure(() => config.reload())).toMatchObject({ code: 'INVALID_VALUE' });
    expect(config.values).toMatchObject({ lr: 0.3, epochs: 4 });
    write('app.json', '{ "lr": 0.9, "epochs": 6 }');
    await config.reload();
    expect(config.values).toMatchObject({ lr: 0.3, epochs: 6 });
    expect(heard).toEqual([['lr'], 'INVALID_VALUE', ['epochs']]);
  });
});

test('nothing that is given is changed', () => {
  const env = Object.freeze({ P_LR: '0.2' });
  const argv = Object.freeze(['--epochs', '2']);
  const before = JSON.stringify([process.env, process.argv]);
  const config = loadConfigSync(definition, { cwd: folder().path, env, argv });
  expect(config).toBeInstanceOf(Config);
  expect(JSON.stringify([process.env, process.argv])).toBe(before);
});

test('a change that is taken back causes no conflict, and the value of another writer wins', async () => {
  const { path, write, read } = folder({ 'a.json': '{ "port": 8080 }' });
  const definition = defineConfig({ name: 'a', file: 'a.json', settings: { port: 80, workers: 4 } });
  const config = await loadConfig(definition, { argv: [], env: {}, cwd: path });
  config.set('port', 81);
  config.set('port', 8080);
  expect(config.pending).toEqual([]);
  expect(config.explain('port').winner?.location).toBe('a.json:1:11');
  write('a.json', '{ "port": 9 }');
  config.set('workers', 5);
  await config.save();
  expect(JSON.parse(read('a.json'))).toEqual({ port: 9, workers: 5 });
  expect(config.values.port).toBe(9);
});

describe('a required setting keeps a value', () => {
  const required = defineConfig({
    name: 'shop',
    file: 'shop.json',
    envPrefix: 'SHOP',
    settings: { port: { format: 'port', default: null }, labels: { format: Object, default: null }, pool: 5 },
  });
  const text = '{ "port": 80, "labels": { "team": "rl" }, "pool": 7 }';
  type Shop = Config<(typeof required)['settings']>;
  const removals: readonly (readonly [string, (config: Shop) => unknown])[] = [
    ['unset', (config) => config.unset('port')],
    ['set', (config) => config.set('port', undefined as never)],
    ['the last member', (config) => config.set('labels.team' as never, undefined as never)],
    ['setAll', (config) => setAll(config, { port: undefined, pool: 9 })],
    ['reset', (config) => config.reset('port')],
    ['reset of all', (config) => config.reset()],
    [
      'update',
      (config) =>
        config.update((draft: Partial<{ port: unknown }>) => {
          delete draft.port;
        }),
    ],
  ];

  for (const layout of ['sparse', 'full'] as const) {
    test.each(removals)(`%s is refused where no other layer gives one (${layout})`, async (_, remove) => {
      const { path, read } = folder({ 'shop.json': text });
      const config = await loadConfig({ ...required, layout }, { cwd: path, env: {}, argv: [] });
      const { code, message } = await failure(async () => remove(config));
      expect(code).toBe('INVALID_VALUE');
      expect(message).toMatch(/is required, and no other layer gives it/);
      expect(config.values).toEqual(JSON.parse(text));
      expect(config.pending).toEqual([]);
      expect(read('shop.json')).toBe(text);
    });
  }

  test('one that the environment gives may leave the file', async () => {
    const { path, read } = folder({ 'shop.json': text });
    const config = await loadConfig(required, { cwd: path, env: { SHOP_PORT: '81' }, argv: [] });
    await config.reset('port');
    expect(JSON.parse(read('shop.json'))).not.toHaveProperty('port');
    expect(config.values.port).toBe(81);
  });

  test('an override may be removed above the file', async () => {
    const { path } = folder({ 'shop.json': text });
    const config = await loadConfig(required, { cwd: path, env: {}, argv: [] });
    config.override('port', 82);
    config.override('port', undefined);
    expect(config.values.port).toBe(80);
  });

  test('a file that is not valid, or lacks one already, can be reset', async () => {
    for (const broken of ['{ "port": ', '{ "port": "x", "pool": 7 }', '{ "pool": 7 }']) {
      const { path, read } = folder({ 'shop.json': broken });
      const config = await loadConfig(required, { cwd: path, env: {}, argv: [], invalid: 'report', onWarning: false });
      await config.reset();
      expect(JSON.parse(read('shop.json'))).toEqual({});
    }
  });
});

describe('an update that gives keys which are no settings', () => {
  type Unknown = 'warn' | 'allow' | { readonly file: 'warn'; readonly allow: readonly string[] };
  const LISTED = { file: 'warn', allow: ['plugins.*'] } as const;
  const settings = { optimizer: { name: 'adam', momentum: 0.9 }, tags: { format: Object, default: {} } };
  const FILE = '{ "extra": { "x": 1 }, "optimizer": { "name": "sgd" } }';
  const updated = async (unknown: Unknown, members: string): Promise<readonly [readonly string[], string]> => {
    const at = folder({ 'app.json': FILE });
    const config = await loadConfig(defineConfig({ name: 'app', file: 'app.json', unknown, settings }), {
      cwd: at.path,
      env: {},
      argv: [],
      onWarning: false,
    });
    const change = (draft: object): void => {
      for (const [name, value] of Object.entries(JSON.parse(members)))
        Object.defineProperty(draft, name, { value, enumerable: true, configurable: true });
    };
    const issues = await config.update(change).then(() => [], issueLines);
    return [issues, at.read('app.json')];
  };

  test.each<[Unknown, string, readonly string[]]>([
    [LISTED, '{ "plugins": 5 }', ['plugins is not a setting']],
    [LISTED, '{ "plugin": { "a": 1 } }', ['plugin is not a setting']],
    ['warn', '{ "optimiser": 1 }', ['optimiser is not a setting']],
    ['warn', '{ "b": 1, "optimizer": { "nam": "x" } }', ['optimizer.nam is not a setting', 'b is not a setting']],
    ['warn', '{ "__proto__": { "x": 1 } }', ['__proto__ has __proto__ in it, which no setting may have']],
    ['allow', '{ "__proto__": { "x": 1 } }', ['__proto__ has __proto__ in it, which no setting may have']],
    [
      'allow',
      '{ "optimizer": { "__proto__": { "x": 1 } } }',
      ['optimizer.__proto__ has __proto__ in it, which no setting may have'],
    ],
    ['warn', '{ "optimizer": "adam" }', ['optimizer is a group of settings, not a setting']],
    ['warn', '{ "optimizer": null }', ['optimizer is a group of settings, not a setting']],
  ])('is refused (unknown: %j) for %s', async (unknown, members, issues) => {
    expect(await updated(unknown, members)).toEqual([issues, FILE]);
  });

  test.each<[Unknown, string, object]>([
    [LISTED, '{ "plugins": { "a": 1 } }', { plugins: { a: 1 } }],
    ['warn', '{ "tags": { "a": { "b": 1 } } }', { tags: { a: { b: 1 } } }],
    ['allow', '{ "extra": { "x": 1, "y": 2 } }', { extra: { x: 1, y: 2 } }],
    ['allow', '{ "extra": 5 }', { extra: 5 }],
    ['allow', '{ "other": { "x": null } }', { other: { x: null } }],
    [
      'allow',
      '{ "optimizer": { "name": "sgd", "momentum": 0.9, "more": 1 } }',
      { optimizer: { name: 'sgd', more: 1 } },
    ],
  ])('is not refused (unknown: %j) for %s', async (unknown, members, changed) => {
    const [issues, file] = await updated(unknown, members);
    expect([issues, JSON.parse(file)]).toEqual([[], { ...JSON.parse(FILE), ...changed }]);
  });
});

describe('a change of a key whose group another writer replaced', () => {
  test.each(['5', 'null', '["adam"]'])('is refused for %s in its place, and nothing is written', async (group) => {
    const { path, read, write } = folder({ 'app.json': '{ "lr": 0.2 }' });
    const config = await open(path);
    config.set('lr', 0.3);
    config.set('optimizer.name', 'sgd');
    write('app.json', `{ "lr": 0.2, "optimizer": ${group} }`);
    const error = await failure(() => config.save());
    expect([error.code, issueLines(error)]).toEqual([
      'INVALID_VALUE',
      ['optimizer must be an object in app.json: it is a group of settings. Nothing was written'],
    ]);
    expect(read('app.json')).toBe(`{ "lr": 0.2, "optimizer": ${group} }`);
    write('app.json', '{ "lr": 0.2, "optimizer": {} }');
    await config.save();
    expect(JSON.parse(read('app.json'))).toEqual({ lr: 0.3, optimizer: { name: 'sgd' } });
  });

  test('is refused for an inner group too', async () => {
    const settings = { a: { b: { c: 1 } } };
    const { path, write } = folder({ 'app.json': '{ "a": {} }' });
    const config = await loadConfig(defineConfig({ name: 'app', file: 'app.json', settings }), {
      cwd: path,
      env: {},
      argv: [],
    });
    config.set('a.b.c', 2);
    write('app.json', '{ "a": { "b": 1 } }');
    expect(issueLines(await failure(() => config.save()))).toEqual([
      'a.b must be an object in app.json: it is a group of settings. Nothing was written',
    ]);
  });
});

describe('two saves of one configuration at once', () => {
  const slow = async () => {
    const store = new RemoteStore('{ "epochs": 1, "lr": 0.5 }');
    const config = await loadConfig(defineConfig({ name: 'app', store, settings: { epochs: 0, lr: 0.1 } }), {
      cwd: folder().path,
      env: {},
      argv: [],
    });
    let release = (): void => undefined;
    const held = new Promise<void>((done) => {
      release = done;
    });
    let written = (): void => undefined;
    const isWritten = new Promise<void>((done) => {
      written = done;
    });
    store.afterWrite = () => {
      store.afterWrite = async () => undefined;
      written();
      return held;
    };
    return { store, config, isWritten, release };
  };

  test('the second goes on from what the first wrote, before the first knows it', async () => {
    const { store, config, isWritten, release } = await slow();
    config.set('epochs', 5);
    const first = config.save();
    await isWritten;
    config.set('epochs', 6);
    expect((await config.save()).written).toMatchObject([{ key: 'epochs', before: 5, after: 6 }]);
    release();
    await first;
    expect([JSON.parse(store.text), config.values.epochs]).toEqual([{ epochs: 6, lr: 0.5 }, 6]);
  });

  test('what another writer gives or removes meanwhile is a conflict', async () => {
    const { store, config, isWritten, release } = await slow();
    config.set('epochs', 5);
    const first = config.save();
    await isWritten;
    config.set('lr', 0.7);
    config.set('epochs', 6);
    store.put('{ "epochs": 5 }');
    const error = await failure(config.save());
    expect([error.code, error.issues.map(({ key }) => key)]).toEqual(['CONFLICT', ['lr']]);
    store.put('{ "epochs": 4, "lr": 0.5 }');
    expect((await failure(config.save())).issues.map(({ key }) => key)).toEqual(['epochs']);
    release();
    await first;
  });

  test('an earlier value that another writer gives again is a conflict', async () => {
    const { store, config, isWritten, release } = await slow();
    config.set('epochs', 5);
    const first = config.save();
    await isWritten;
    config.set('epochs', 6);
    const second = config.save();
    config.set('epochs', 7);
    release();
    await Promise.all([first, second]);
    store.put('{ "epochs": 5, "lr": 0.5 }');
    expect(issueLines(await failure(config.save()))).toEqual([
      'epochs was changed by another writer since it was read: it is 5 in the store, and 7 here. Nothing was written',
    ]);
  });
});

test('a group and a deprecated key are no settings, and a layer that the definition leaves out cannot be changed', async () => {
  const definition = defineConfig({
    name: 'app',
    layers: ['default', 'env'],
    settings: { optimizer: { name: 'adam', rate: { format: Number, default: 0.1, aliases: ['lr'] } } },
  });
  const config = await loadConfig(definition, { env: {}, argv: [] });
  const refused = async (work: () => unknown) => {
    const { issues } = await failure(work);
    return issues.map(({ code, key, message, suggestion }) => [code, key ?? message, suggestion]);
  };
  expect(await refused(() => config.explain('optimizer' as never))).toEqual([
    ['UNKNOWN_KEY', 'optimizer', 'It has optimizer.name, optimizer.rate.'],
  ]);
  expect(await refused(() => config.explain('lr' as never))).toEqual([['UNKNOWN_KEY', 'lr', 'Use optimizer.rate.']]);
  expect(await refused(() => config.override('optimizer.name', 'sgd'))).toEqual([
    ['READ_ONLY', 'the configuration has no override layer', 'Put "override" among the `layers` of the definition.'],
  ]);
  expect(await refused(() => config.set('optimizer.name', 'sgd'))).toEqual([
    [
      'READ_ONLY',
      'the configuration has no file layer',
      'Give the definition a `file`, and "file" among its `layers`.',
    ],
  ]);
});

describe('setAll', () => {
  test.each<[string, Readonly<Record<string, unknown>>, unknown, readonly string[]]>([
    ['members before a setting', { 'tags.a': 1, lr: 0.2, 'tags.b': 2 }, { a: 1, b: 2 }, ['tags', 'lr']],
    ['a member before its whole value', { 'tags.a': 1, tags: { b: 2 } }, { b: 2 }, ['tags']],
    ['members around their whole value', { 'tags.a': 1, tags: { b: 2 }, 'tags.c': 3 }, { b: 2, c: 3 }, ['tags']],
    ['a member that is removed again', { 'tags.a': 1, 'tags.b': 2, 'tags.c': undefined }, { a: 1, b: 2 }, ['tags']],
  ])('makes the changes in their order: %s', async (_, changes, tags, keys) => {
    const config = await open(folder({ 'app.json': '{ "tags": { "c": 0 } }' }).path);
    if (!('tags.c' in changes)) config.unset('tags');
    setAll(config, changes as never);
    expect(config.values.tags).toEqual(tags);
    expect(config.pending.map(({ key }) => key)).toEqual(keys);
  });
});

test('as JSON it has the settings that a change brings', async () => {
  const definition = defineConfig({
    name: 'app',
    file: 'app.json',
    settings: { rules: each({ pattern: { format: RegExp, default: /x/ } }) },
  });
  const config = await loadConfig(definition, { cwd: folder().path, env: {}, argv: [] });
  expect(JSON.stringify(config)).toBe('{"rules":{}}');
  config.set('rules.own.pattern', /y+/);
  expect(JSON.stringify(config)).toBe('{"rules":{"own":{"pattern":"y+"}}}');
});

test('a save, an update and a reset that change nothing write nothing to a store', async () => {
  const store = new RemoteStore('{ "lr": 0.5 }');
  const config = await loadConfig(defineConfig({ name: 'app', store, settings: { lr: 0.1, epochs: 1 } }), {
    cwd: folder().path,
    env: {},
    argv: [],
  });
  for (const unchanged of [config.save(), config.update(() => undefined), config.reset('epochs')])
    expect((await unchanged).written).toEqual([]);
  expect((await store.history({ limit: 9 })).map(({ text }) => text)).toEqual(['{ "lr": 0.5 }']);
});

describe('a function that an update calls', () => {
  interface Draft {
    epochs: number;
    readonly optimizer: object;
  }
  const updated = async (change: (draft: Draft) => unknown) => {
    const { path, read } = folder({ 'app.json': '{ "epochs": 5 }' });
    const config = await open(path);
    return config.update(change as never).then(
      () => JSON.parse(read('app.json')),
      (error: Error) => error.message,
    );
  };
  const REFUSED = 'update: the function returned an object, but did not change its draft. Change the draft instead.';

  test.each<[string, (draft: Draft) => unknown, unknown]>([
    ['returns new values', () => ({ epochs: 6 }), REFUSED],
    ['returns a copy', (draft) => ({ ...draft, epochs: 6 }), REFUSED],
    ['returns its draft', (draft) => draft, { epochs: 5 }],
    ['returns a group of its draft', (draft) => draft.optimizer, { epochs: 5 }],
    ['returns another object', () => ({ other: 1 }), { epochs: 5 }],
    ['returns a list or a number', () => [6], { epochs: 5 }],
    ['returns what it assigns', (draft) => Object.assign(draft, { epochs: 6 }), { epochs: 6 }],
    [
      'changes and returns new values',
      (draft) => ({ epochs: Object.assign(draft, { epochs: 7 }).epochs }),
      { epochs: 7 },
    ],
  ])('%s', async (_, change, expected) => {
    expect(await updated(change)).toEqual(expected);
  });

  test.each([
    [
      'a generator',
      function* (draft: Draft) {
        yield Object.assign(draft, { epochs: 6 });
      },
    ],
    [
      'an asynchronous generator',
      async function* (draft: Draft) {
        yield Object.assign(draft, { epochs: 6 });
      },
    ],
  ])('%s is refused, as its body would not run', async (_, change) => {
    expect(await updated(change)).toBe('update: the function is a generator, whose body does not run. Use a function.');
  });

  test('an assignment to a draft after its update is an error', async () => {
    const { path, read } = folder({ 'app.json': '{ "epochs": 5 }' });
    const config = await open(path);
    const own = { name: 'sgd', momentum: 0.5 };
    const kept: Draft[] = [];
    const keep = (draft: Draft): void => void kept.push(Object.assign(draft, { epochs: 6, optimizer: own }));
    await config.update(keep as never);
    await expect(
      config.update(((draft: Draft) => {
        kept.push(draft);
        throw new Error('no');
      }) as never),
    ).rejects.toThrow('no');
    for (const draft of kept) expect(() => Object.assign(draft, { epochs: 7 })).toThrow(TypeError);
    expect(() => Object.assign(kept[1]?.optimizer ?? {}, { name: 'adam' })).toThrow(TypeError);
    Object.assign(own, { name: 'adam' });
    expect(JSON.parse(read('app.json'))).toEqual({ epochs: 6, optimizer: { name: 'sgd', momentum: 0.5 } });
  });
});

test('a regular expression with flags is refused, as a file could not hold them', async () => {
  const definition = defineConfig({
    name: 'app',
    file: 'app.json',
    settings: { pattern: { format: RegExp, default: /x/ } },
  });
  const config = await loadConfig(definition, { cwd: folder().path, env: {}, argv: [] });
  expect(issueLines(await failure(() => config.set('pattern', /y/gi)))).toEqual([
    'pattern must be a regular expression without flags, for a file could not hold "gi", got /y/gi',
  ]);
  config.set('pattern', /y/);
  expect(config.values.pattern).toEqual(/y/);
});

test('a file that is not UTF-8 is replaced by a reset of all, which keeps a copy and cannot be rolled back', async () => {
  const { path, read } = folder();
  const bytes = Buffer.from('{ "lr": 0.5, "name": "\xe4" }', 'latin1');
  const config = await open(path);
  writeFileSync(join(path, 'app.json'), bytes);
  expect((await failure(config.reset('lr'))).code).toBe('CORRUPT');
  const saved = await config.reset();
  expect(read('app.json')).toBe('{}\n');
  expect(readFileSync(saved.keptAside as string)).toEqual(bytes);
  expect(issueLines(await failure(rollback(config, saved)))).toEqual([
    'the document that this save of app.json replaced could not be read',
  ]);
});
