import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { schemaOf } from '../../src/definition.ts';
import { ConfigError, defineConfig, loadConfig } from '../../src/index.ts';
import { storeSource } from '../../src/sources/file.ts';
import { SettledDocument } from '../../src/sources/settled-document.ts';
import { Resets } from '../../src/sources/store-text.ts';
import type { Store, StoredDocument, StoreHandler } from '../../src/stores/store.ts';

/** A store whose answers and reports a test gives; `local` if it is on this machine. */
function storeOf({ local }: { readonly local: boolean }) {
  let stored: () => StoredDocument = () => ({ text: '{}', revision: '1' });
  const handlers: StoreHandler[] = [];
  const signals: (AbortSignal | undefined)[] = [];
  const watch = vi.fn((_from: string, handler: StoreHandler) => {
    handlers.push(handler);
    return { close };
  });
  const close = vi.fn(async () => undefined);
  const store = {
    name: 'the store',
    read: async ({ signal }: { readonly signal?: AbortSignal } = {}) => {
      signals.push(signal);
      return stored();
    },
    watch,
    ...(local && { local: { readSync: () => stored() } }),
  } as unknown as Store;
  const give = (next: () => StoredDocument): void => {
    stored = next;
  };
  return { store, watch, close, give, signals, report: (): StoreHandler => handlers.at(-1) as StoreHandler };
}

const failing = (error: unknown) => (): never => {
  throw error;
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
});

test('a local document that is not reported is looked at again, ever later, up to a second', async () => {
  const { store, give, close, watch } = storeOf({ local: true });
  const changed = vi.fn();
  const document = new SettledDocument(store, changed);
  vi.advanceTimersByTime(1);
  await document.ready;
  expect([document.read(), watch.mock.calls[0]?.[0]]).toEqual([{ stored: { text: '{}', revision: '1' } }, '1']);
  const waits = (count: number): readonly number[] =>
    Array.from({ length: count }, () => {
      changed.mockClear();
      expect(document.read()).toBeUndefined();
      let ms = 0;
      for (; changed.mock.calls.length === 0; ms++) vi.advanceTimersByTime(1);
      return ms;
    });
  give(() => ({ text: '{ ', revision: '2' }));
  expect(waits(7)).toEqual([50, 100, 200, 400, 800, 1_000, 1_000]);
  give(() => ({ text: '{}', revision: '1' }));
  expect(document.read()).toEqual({ stored: { text: '{}', revision: '1' } });
  give(failing(new ConfigError([{ code: 'UNAVAILABLE', message: 'a folder' }])));
  expect(waits(1)).toEqual([50]);
  give(failing(new TypeError('a bug')));
  expect(() => document.read()).toThrow('a bug');
  give(() => ({ text: '{ ', revision: '2' }));
  expect(document.read()).toBeUndefined();
  await document.close();
  expect([document.read(), vi.getTimerCount(), close.mock.calls.length]).toEqual([undefined, 0, 1]);
});

test('a local document that cannot be read at first is watched all the same', async () => {
  const { store, give, watch } = storeOf({ local: true });
  give(failing(new ConfigError([{ code: 'UNAVAILABLE', message: 'a folder' }])));
  const document = new SettledDocument(store, () => undefined);
  vi.advanceTimersByTime(1);
  await document.ready;
  expect([watch.mock.calls[0]?.[0], document.read()]).toEqual(['', undefined]);
  await document.close();
});

test('a document is what its watch reports, and fails while that is stale', async () => {
  const { store, give, report } = storeOf({ local: true });
  const [changed, failed] = [vi.fn(), vi.fn()];
  const document = new SettledDocument(store, changed, failed);
  const next = { text: '{}', revision: '2' };
  give(() => next);
  report().stored(next);
  expect([changed.mock.calls.length, document.read()]).toEqual([1, { stored: next }]);
  const cause = new Error('no connection');
  report().state('stale', cause);
  expect([changed.mock.calls.length, document.read()]).toEqual([2, { failure: cause }]);
  report().state('stale');
  expect(document.read()).toMatchObject({ failure: { message: 'the store is not known to be current' } });
  expect(failed.mock.calls.length).toBe(2);
  report().state('live');
  expect([changed.mock.calls.length, document.read()]).toEqual([4, { stored: next }]);
  report().state('stale', cause);
  report().stored(next);
  expect(document.read()).toEqual({ stored: next });
  await document.close();
});

test('a remote document is watched from its first revision on, once it can be read', async () => {
  const { store, give, watch } = storeOf({ local: false });
  give(failing('no server'));
  const [changed, failed] = [vi.fn(), vi.fn()];
  const document = new SettledDocument(store, changed, failed);
  await document.ready;
  expect([changed.mock.calls.length, watch.mock.calls.length, failed.mock.calls]).toEqual([
    1,
    0,
    [[new Error('no server')], [new Error('no server')]],
  ]);
  expect(document.read()).toEqual({ failure: new Error('no server') });
  give(() => ({ text: '{}', revision: '7' }));
  await vi.advanceTimersByTimeAsync(999);
  expect(watch).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1);
  expect([changed.mock.calls.length, watch.mock.calls.map(([from]) => from)]).toEqual([2, ['7']]);
  expect(await document.read()).toEqual({ stored: { text: '{}', revision: '7' } });
  await document.close();
});

test.each(['before it is read', 'while it cannot be read'])('a remote document is closed %s', async (when) => {
  const { store, give, watch, signals } = storeOf({ local: false });
  if (when === 'while it cannot be read') give(failing(new Error('no server')));
  const changed = vi.fn();
  const document = new SettledDocument(store, changed);
  if (when === 'while it cannot be read') await document.ready;
  expect(signals.map((signal) => signal?.aborted)).toEqual([false]);
  await document.close();
  expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  changed.mockClear();
  await document.ready;
  await vi.advanceTimersByTimeAsync(2_000);
  expect([watch.mock.calls.length, changed.mock.calls.length, vi.getTimerCount()]).toEqual([0, 0, 0]);
});

test('of the failures of a store, a reset alone stays a warning', () => {
  const resets = new Resets();
  const issue = { code: 'RESET', message: 'another server answers' } as const;
  const down = new ConfigError([{ code: 'UNAVAILABLE', message: 'no server' }]);
  for (const [error, issues] of [
    [down, []],
    [new TypeError('a bug'), []],
    [undefined, []],
    [new ConfigError([issue]), [issue]],
    [down, [issue]],
  ] as const) {
    resets.note(error);
    expect(resets.issues).toEqual(issues);
  }
});

test.each([
  [undefined, true, false],
  [40, true, true],
  [40, false, false],
])(
  'with the interval %s, a store that can be polled (%s) is watched through another: %s',
  async (poll, may, isOther) => {
    const [{ store, watch }, other] = [storeOf({ local: true }), storeOf({ local: true })];
    const polled = vi.fn(() => other.store);
    const schema = schemaOf(defineConfig({ name: 'app', settings: { a: 1 } }) as never);
    const view = { settings: () => [], setting: () => undefined };
    const source = storeSource(store, { schema, layer: 'file', unknown: 'warn', ...(may && { polled }) });
    const watching = source.watch?.({ schema: view, changed: () => undefined, ...(poll !== undefined && { poll }) });
    expect(watching?.ready).toBeInstanceOf(Promise);
    expect([watch.mock.calls.length, other.watch.mock.calls.length]).toEqual(isOther ? [0, 1] : [1, 0]);
    expect(polled.mock.calls).toEqual(isOther ? [[40]] : []);
    await watching?.close();
  },
);

test('a remote document that was never there is not gone', async () => {
  const { store, give, report } = storeOf({ local: false });
  give(() => ({ text: null, revision: '1' }));
  const definition = defineConfig({ name: 'app', store, settings: { a: 1 } });
  const config = await loadConfig(definition, { env: {}, argv: [], onWarning: false });
  const watcher = config.watch();
  await watcher.ready;
  const next = async (revision: string, text: string | null) => {
    const taken = new Promise((resolve) => config.subscribe(resolve));
    give(() => ({ text, revision }));
    report().stored({ text, revision });
    await taken;
    return config.warnings.map(({ code }) => code);
  };
  expect(config.warnings).toEqual([]);
  expect(await next('2', '{ "a": 2 }')).toEqual([]);
  expect(await next('3', null)).toEqual(['GONE']);
  report().state('stale', new ConfigError([{ code: 'RESET', message: 'another server answers' }]));
  expect(await next('4', '{ "a": 3 }')).toEqual(['RESET']);
  await watcher.close();
});
