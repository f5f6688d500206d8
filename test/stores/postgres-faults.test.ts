import { spawnSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, onTestFinished, type TestContext, test, vi } from 'vitest';
import { ConfigError, type Store } from '../../src/index.ts';
import { type PostgresOptions, postgresStore } from '../../src/stores/postgres.ts';
import { isLong, programOrSkip } from '../contract/store.ts';
import { runOrSkip } from '../faults/harness/skip.ts';
import { folder } from '../folder.ts';
import { PostgresServer } from '../postgres/server.ts';
import { QUICK } from '../postgres/subject.ts';
import { until } from '../watched.ts';

/** How many clients return at once: in full by choice. */
const CLIENTS = isLong ? 300 : 40;

const PATIENCE = { timeout: 100_000, interval: 50 };

const ROLE = "CREATE ROLE service LOGIN PASSWORD 'right'";
const GRANT = 'GRANT SELECT, INSERT, UPDATE ON varve_documents, varve_history TO service';

async function write(store: Store, text: string): Promise<void> {
  const { revision: expect } = await store.read();
  const result = await store.write(text, { expect, id: crypto.randomUUID() });
  if (!result.ok) throw new Error('the write lost a race');
}

/** A watch, with what its handler got. */
async function watched(store: Store) {
  const texts: (string | null)[] = [];
  const states: string[] = [];
  store.watch((await store.read()).revision, {
    stored: ({ text }) => texts.push(text),
    state: (state, cause) => states.push(cause instanceof ConfigError ? `${state} ${cause.code}` : state),
  });
  return { texts, states };
}

const program = programOrSkip('postgres');
describe.skipIf(program === undefined)('a server of PostgreSQL', () => {
  let server: PostgresServer;
  const open = (name: string, more: Partial<PostgresOptions> = {}): Store => {
    const store = postgresStore({ ...QUICK, connection: server.url, name, ...more });
    onTestFinished(() => store.close());
    return store;
  };

  beforeAll(async () => {
    server = await PostgresServer.start(program ?? '', {
      access: ['host all service 127.0.0.1/32 scram-sha-256'],
      settings: { log_connections: 'on', max_connections: 2 * CLIENTS + 50 },
    });
    await server.query(`${ROLE}; ${GRANT}`);
  }, 120_000);
  afterAll(() => server?.remove());

  test(`that is killed is followed again by ${CLIENTS} clients with passwords, which do not storm it`, async () => {
    const connection = server.url.replace('postgres@', 'service:right@');
    // Each password costs the server and its client some milliseconds, one after the other.
    const patient = { timeout: 60_000, requestTimeout: 20_000, staleMs: 10_000 };
    const stores = Array.from({ length: CLIENTS }, () => open('storm', { connection, ...patient }));
    const writer = open('storm', patient);
    await write(writer, '1');
    const watches = await Promise.all(stores.map(watched));
    const logins = (): number =>
      readFileSync(join(server.folder, 'log'), 'utf8').split('authorized: user=service').length;
    const before = logins();
    await server.restart('SIGKILL');
    await write(writer, '2');
    await vi.waitFor(() => expect(watches.filter(({ texts }) => texts.at(-1) !== '2')).toEqual([]), PATIENCE);
    // A connection for the watch of each client, one for its reads, and another one that met the server as it started.
    expect(logins() - before).toBeLessThanOrEqual(3 * CLIENTS);
    await until(() => expect(watches.filter(({ states }) => states.at(-1)?.startsWith('stale'))).toEqual([]));
  }, 240_000);

  test('is followed over jumps of the clock of its client', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const store = open('clock');
    await write(store, '0');
    const { texts, states } = await watched(store);
    for (const [i, days] of [400, -400, 0].entries()) {
      vi.setSystemTime(Date.now() + days * 86_400_000);
      await write(store, `${i + 1}`);
      await until(() => expect(texts.at(-1)).toBe(`${i + 1}`));
    }
    expect(states).toEqual([]);
    expect((await store.history?.({ limit: 9 }))?.map(({ text }) => text)).toEqual(['3', '2', '1', '0']);
  });

  test('whose tables are dropped is stale, and RESET when they are created again', async () => {
    const store = open('dropped', { schema: 'dropped', staleMs: 500 });
    await store.setup?.run();
    await write(store, 'a');
    const { texts, states } = await watched(store);
    await server.query('DROP SCHEMA dropped CASCADE');
    await until(() => expect(states.at(-1)).toBe('stale UNAVAILABLE'));
    await expect(store.read()).rejects.toThrow('varve store init');
    await store.setup?.run();
    await until(() => expect(states).toContain('stale RESET'));
    await until(() => expect(texts.at(-1)).toBe(null));
    const { revision } = await store.read();
    expect(await store.write('b', { expect: revision, id: 'b' })).toMatchObject({ ok: true });
    await until(() => expect(texts.at(-1)).toBe('b'));
    expect(states.at(-1)).toBe('live');
  });
});

/** A server whose wall clock a file moves, by seconds; skips the test where there is no C compiler. */
async function serverWithClock(context: TestContext): Promise<{ server: PostgresServer; move(seconds: number): void }> {
  const { path } = folder();
  chmodSync(path, 0o755);
  const [library, clock] = [join(path, 'clock.so'), join(path, 'clock')];
  const source = fileURLToPath(new URL('../postgres/clock.c', import.meta.url));
  runOrSkip(context, 'cc', '-shared', '-fPIC', '-o', library, source, '-ldl');
  writeFileSync(clock, '0');
  const server = await PostgresServer.start(program ?? '', { env: { LD_PRELOAD: library, VARVE_CLOCK: clock } });
  context.onTestFinished(() => server.remove());
  return { server, move: (seconds) => writeFileSync(clock, String(seconds)) };
}

const DAY_S = 86_400;

describe.skipIf(program === undefined || process.platform !== 'linux')('a server whose clock jumps', () => {
  test('is followed, and keeps the order of every write', async (context) => {
    const { server, move } = await serverWithClock(context);
    const store = postgresStore({ ...QUICK, connection: server.url, name: 'clock', staleMs: 2_000 });
    context.onTestFinished(() => store.close());
    await write(store, '0');
    const { texts, states } = await watched(store);
    for (const [i, days] of [400, -400, 0].entries()) {
      move(days * DAY_S);
      const [row] = await server.query<{ readonly now: Date }>('SELECT clock_timestamp() AS now');
      expect(((row?.now.getTime() ?? 0) - Date.now()) / 1_000 / DAY_S).toBeCloseTo(days, 1);
      await write(store, `${i + 1}`);
      await until(() => expect(texts.at(-1)).toBe(`${i + 1}`));
    }
    expect(states).toEqual([]);
    const kept = (await store.history?.({ limit: 9 })) ?? [];
    expect(kept.map(({ text }) => text)).toEqual(['3', '2', '1', '0']);
    const days = kept.map(({ at = '' }) => Math.round((Date.parse(at) - Date.now()) / 1_000 / DAY_S));
    expect(days).toEqual([0, -400, 400, 0].map((day) => expect.closeTo(day)));
  });
});

const mount = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'varve', '/mnt'], { encoding: 'utf8' });
if (mount.status !== 0) process.stderr.write(`\nSKIPPED: the full disk: this user can't mount one: ${mount.stderr}\n`);

describe.skipIf(program === undefined || mount.status !== 0)('a server whose disk is full', () => {
  test('refuses a write and goes on with the old document; it takes the write when there is space', async () => {
    const server = await PostgresServer.start(program ?? '', { diskMb: 80 });
    onTestFinished(() => server.remove());
    const store = postgresStore({ ...QUICK, connection: server.url, name: 'full' });
    onTestFinished(() => store.close());
    await write(store, 'small');
    const { texts, states } = await watched(store);
    const filler = join(server.folder, 'filler');
    expect(() => writeFileSync(filler, Buffer.alloc(100 * 2 ** 20))).toThrow('ENOSPC');
    // Text that does not become shorter when the server compresses it.
    const large = Buffer.from(Uint8Array.from({ length: 600_000 }, () => Math.random() * 256)).toString('base64');
    const error = await write(store, large).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('no disk space left') });
    expect((await store.read()).text).toBe('small');
    expect(states).toEqual([]);
    rmSync(filler);
    await write(store, large);
    await until(() => expect(texts).toEqual([large]));
  });
});
