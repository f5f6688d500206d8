import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { ConfigError, defineConfig, loadConfig, type Store } from '../../src/index.ts';
import { type PostgresOptions, postgresStore, postgresTables } from '../../src/stores/postgres.ts';
import { Shell } from '../cli/shell.ts';
import { POSTGRES_LINK, TcpLink } from '../contract/link.ts';
import { programOrSkip } from '../contract/store.ts';
import { Authority } from '../etcd/certificates.ts';
import { failure } from '../failure.ts';
import { builtModule } from '../library.ts';
import { startPooler } from '../postgres/pooler.ts';
import { PostgresServer } from '../postgres/server.ts';
import { QUICK } from '../postgres/subject.ts';

/** A watch, with what its handler got. Tests that run beside others give their own hook. */
async function watched(store: Store, finished: typeof onTestFinished = onTestFinished) {
  const texts: (string | null)[] = [];
  const states: string[] = [];
  const watch = store.watch((await store.read()).revision, {
    stored: ({ text }) => texts.push(text),
    state: (state, cause) => states.push(cause instanceof ConfigError ? `${state} ${cause.code}` : state),
  });
  finished(() => watch.close());
  return { texts, states };
}

const write = async (store: Store, text: string): Promise<void> => {
  const { revision: expect } = await store.read();
  const result = await store.write(text, { expect, id: crypto.randomUUID() });
  if (!result.ok) throw new Error('the write lost a race');
};

const seen = (texts: readonly (string | null)[], text: string | null): Promise<void> =>
  vi.waitFor(() => expect(texts.at(-1)).toBe(text), { timeout: 20_000 });

describe('options', () => {
  test.each<[string, Partial<PostgresOptions>]>([
    ['no name', { name: '' }],
    ['a name with a space', { name: 'apps/r l' }],
    ['a name with an empty part', { name: 'apps//rl' }],
    ['a schema with a quote', { schema: 'a"b' }],
    ['a time limit of nothing', { staleMs: 0 }],
    ['a pool and a connection', { pool: new Pool(), connection: {} }],
    ['keywords of libpq', { connection: 'host=127.0.0.1 user=me password=hunter2' }],
    ['an address without a scheme', { connection: 'me:hunter2@127.0.0.1:5432/app' }],
    ['the address of a Java program', { connection: 'jdbc:postgresql://127.0.0.1/app?user=me&password=hunter2' }],
    ['a port that is none', { connection: { connectionString: 'postgres://me:hunter2@127.0.0.1:x5432/app' } }],
    ['a `/` in a password', { connection: 'postgres://me:12/hunter2@db.example:5433/app' }],
    ['an escape in a password that is not UTF-8', { connection: 'postgres://me:hunter2%ff@db.example:5433/app' }],
  ])('refuses %s', async (_, options) => {
    const error = await failure(() => postgresStore({ name: 'apps/rl', ...options }));
    expect(error.code).toBe('INVALID_DEFINITION');
    expect(error.issues).toHaveLength(1);
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain('hunter2');
  });

  test.each<[NonNullable<PostgresOptions['connection']>, string]>([
    ['postgres://me@db.example/app', 'db.example:5432/app'],
    ['postgres://me:100%@db.example/app', 'db.example:5432/app'],
    ['postgres://me@first.example/app?host=/run/pg&port=5433', '/run/pg:5433/app'],
    ['postgres://%2Frun%2Fpg/app', '/run/pg:5432/app'],
    ['postgres://me@/app', 'localhost:5432/app'],
    ['socket:/run/pg?db=app', '/run/pg:5432/app'],
    ['/run/pg app', '/run/pg:5432/app'],
    [{ host: 'db.example', port: 5433, database: 'app' }, 'db.example:5433/app'],
  ])('the place of %j is %s, as for pg', (connection, place) => {
    for (const name of ['PGHOST', 'PGPORT', 'PGDATABASE']) vi.stubEnv(name, undefined);
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(postgresStore({ name: 'app', connection }).places).toEqual([`postgres:app at ${place}`]);
  });

  test('neither the name nor the place shows a password', () => {
    const store = postgresStore({ name: 'apps/rl', connection: 'postgres://me:hunter2@db.example:5433/app' });
    expect(store.name).toBe('postgres:apps/rl');
    expect(store.places).toEqual(['postgres:apps/rl at db.example:5433/app']);
    expect(inspect(store, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain('hunter2');
    expect(JSON.stringify(store)).not.toContain('hunter2');
  });

  const message = (type: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(5);
    head.write(type);
    head.writeUInt32BE(4 + body.length, 1);
    return Buffer.concat([head, body]);
  };
  const ready = [message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))];

  /** The store of a server that answers the first message so. */
  async function answering(answer: (socket: Socket) => void): Promise<Store> {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => answer(socket));
    });
    onTestFinished(() => void server.close());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const connection = { host: '127.0.0.1', port, user: 'postgres', database: 'postgres' };
    const store = postgresStore({ name: 'app', connection, timeout: 300 });
    onTestFinished(() => store.close());
    return store;
  }

  test('a server that ends the session with its first answer ends no process', async () => {
    const ended = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));
    const store = await answering((socket) => socket.end(Buffer.concat([...ready, ended])));
    expect((await failure(() => store.read())).code).toBe('UNAVAILABLE');
  });

  test.each([
    ['asks for a login that pg does not know (GSSAPI)', [message('R', Buffer.from([0, 0, 0, 7]))]],
    ['sends a row that ends too early', [...ready, message('D', Buffer.from([0x75, 0x30, 0x7f, 0, 0, 0]))]],
  ])('a server that %s ends no process', async (_, answers) => {
    const store = await answering((socket) => socket.write(Buffer.concat(answers)));
    const { code, message } = await failure(() => store.read());
    expect([code, message]).toEqual([
      'UNAVAILABLE',
      expect.stringMatching(/`pg` can't read the answer|is not queryable/),
    ]);
  });

  test('a port without a server: nothing was written', async () => {
    const store = postgresStore({ name: 'app', connection: 'postgres://postgres@127.0.0.1:1/postgres' });
    const error = await failure(() => store.write('{}', { expect: 'absent', id: '1' }));
    expect([error.code, error.message]).toEqual(['UNAVAILABLE', expect.stringContaining('ECONNREFUSED')]);
    await store.close();
  });
});

const program = programOrSkip('postgres');
describe.skipIf(program === undefined)('a server', () => {
  let server: PostgresServer;
  let folder: string;
  let authority: Authority;
  const open = (name: string, more: Partial<PostgresOptions> = {}): Store => {
    const store = postgresStore({ ...QUICK, name, ...(more.pool ? {} : { connection: server.url }), ...more });
    onTestFinished(() => store.close());
    return store;
  };
  const asRole = (role: string): string => server.url.replace('postgres@', `${role}@`);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'varve-tls-'));
    authority = new Authority(folder, 'authority');
    const access = [
      'host all secret 127.0.0.1/32 scram-sha-256',
      'hostssl all encrypted 127.0.0.1/32 trust',
      'hostnossl all encrypted 127.0.0.1/32 reject',
    ];
    // An error then also has the parameters of its statement.
    const settings = { log_parameter_max_length_on_error: -1 };
    server = await PostgresServer.start(program ?? '', { access, settings, identity: authority.issue('server') });
    await server.query("CREATE ROLE secret LOGIN PASSWORD 'right'; CREATE ROLE encrypted LOGIN SUPERUSER");
  }, 120_000);
  afterAll(async () => {
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test('keeps who wrote it, when and why', async () => {
    const store = open('who');
    await store.write('a', { expect: 'absent', id: '1', by: 'ann', note: 'to begin with' });
    const at = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    const stored = { text: 'a', writeId: '1', by: 'ann', note: 'to begin with', at };
    expect(await store.read()).toMatchObject(stored);
    expect(await store.history?.({ limit: 1 })).toMatchObject([stored]);
  });

  test('knows a write by its id wherever it is sent again', async () => {
    const [store, other] = [open('again'), open('again')];
    const first = await store.write('a', { expect: 'absent', id: 'once' });
    for (const text of ['b', 'c', 'd']) await write(store, text);
    expect(await other.write('a', { expect: 'absent', id: 'once' })).toEqual(first);
    expect((await other.read()).text).toBe('d');
  });

  test('a row that is deleted or truncated by hand is absent, and keeps its history', async () => {
    const store = open('deleted');
    await write(store, 'a');
    const { texts, states } = await watched(store);
    for (const statement of ["DELETE FROM varve_documents WHERE name = 'deleted'", 'TRUNCATE varve_documents']) {
      await server.query(statement);
      await seen(texts, null);
      expect((await store.read()).text).toBeNull();
      await write(store, 'again');
      await seen(texts, 'again');
    }
    expect(states).toEqual([]);
    expect((await store.history?.({ limit: 9 }))?.map(({ text }) => text)).toEqual(['again', 'again', 'a']);
  });

  /** A document in tables of its own, which a test may spoil. */
  async function ownTables(schema: string, text: string): Promise<Store> {
    await server.query(postgresTables(schema));
    const store = open('spoilt', { schema });
    await write(store, text);
    return store;
  }

  test('revisions that are not documents hide none of those before them', async () => {
    const store = await ownTables('bytes', '{"a":1}');
    const put = 'UPDATE bytes.varve_documents SET text = $1';
    for (let i = 0; i < 25; i++) await server.query(put, [Buffer.from([0xff, i])]);
    await server.query(put, [Buffer.from('{"a":2}')]);
    const texts = (await store.history?.({ limit: 2 }))?.map(({ text }) => text);
    expect(texts).toEqual(['{"a":2}', '{"a":1}']);
  });

  test.each([
    ['a time that is none', "written_at = 'infinity'", undefined],
    ['a time that no date of JavaScript has', "written_at = '290000-01-01'", undefined],
    ['a revision below zero', 'revision = -5', 'revision'],
    ['a revision that no number holds exactly', 'revision = 4611686018427387905', 'revision'],
  ])('%s in a row has a clear error, or none', async (title, change, column) => {
    const schema = title.replaceAll(' ', '_').toLowerCase();
    const store = await ownTables(schema, '{"a":1}');
    await server.query(`ALTER TABLE ${schema}.varve_documents DISABLE TRIGGER ALL;
      UPDATE ${schema}.varve_documents SET ${change}; UPDATE ${schema}.varve_history SET ${change}`);
    for (const request of [() => store.read(), async () => (await store.history?.({ limit: 5 }))?.[0]]) {
      if (column === undefined) expect(await request()).not.toHaveProperty('at');
      else expect((await failure(request)).message).toContain(`the column "${column}" has a value that varve does not`);
    }
  });

  test('a table with another type of text is named, and the document is not quoted', async () => {
    const store = await ownTables('retyped', '{"a":"hunter2"}');
    await server.query(
      "ALTER TABLE retyped.varve_documents ALTER COLUMN text TYPE text USING convert_from(text, 'UTF8')",
    );
    const { code, message } = await failure(() => store.read());
    expect([code, message]).toEqual(['UNAVAILABLE', expect.stringContaining('the column "text"')]);
    expect(message).not.toContain('hunter2');
  });

  test.each([
    ['a condition that the document breaks', 'ADD CONSTRAINT short CHECK (octet_length(text) < 9)', 'short'],
    ['a type that does not take the document', 'ALTER COLUMN text TYPE refused.kind USING NULL', '22P02'],
  ])('the error of %s has neither the row nor the parameters', async (_, change, reason) => {
    const store = await ownTables('refused', '{}');
    onTestFinished(async () => void (await server.query('DROP SCHEMA refused CASCADE')));
    const { revision } = await store.read();
    await server.query(`CREATE TYPE refused.kind AS ENUM ('a');
      ALTER TABLE refused.varve_documents ALTER COLUMN text DROP NOT NULL, ${change}`);
    const error = await failure(() => store.write('{"token":"hunter2"}', { expect: revision, id: 'a' }));
    expect([error.code, error.message]).toEqual(['UNAVAILABLE', expect.stringContaining(reason)]);
    const shown = inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true });
    expect(shown).not.toContain('hunter2');
    expect(shown).not.toContain(Buffer.from('hunter2').toString('hex'));
  });

  test('a row that is longer than the store accepts is TOO_LARGE, and its parts are not read', async () => {
    const store = open('long');
    await server.query(`INSERT INTO varve_documents (name, text, write_id, author, note)
      VALUES ('long', '{}', 'a', repeat('x', 9000000), repeat('y', 9000000))`);
    const { by = '', note = '' } = await store.read();
    expect([by.length, note.length]).toEqual([8_192, 8_192]);
    await server.query(
      "UPDATE varve_documents SET text = convert_to(repeat('x', 40000000), 'UTF8') WHERE name = 'long'",
    );
    const { arrayBuffers: before } = process.memoryUsage();
    expect((await failure(() => store.read())).code).toBe('TOO_LARGE');
    expect((await store.history?.({ limit: 9 }))?.map(({ text }) => text)).toEqual(['{}']);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
  });

  test('a row that a policy or a trigger keeps from being changed is DENIED, not tried for ever', async () => {
    const store = await ownTables('kept', '{"n":1}');
    await server.query(`CREATE FUNCTION kept.keep() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
      CREATE TRIGGER a_keep BEFORE UPDATE ON kept.varve_documents FOR EACH ROW EXECUTE FUNCTION kept.keep()`);
    const config = await loadConfig(defineConfig({ name: 'app', store, settings: { n: 0 } }), { env: {}, argv: [] });
    config.set('n', 2);
    expect((await failure(() => config.save())).code).toBe('DENIED');
    await server.query('DROP FUNCTION kept.keep CASCADE');
    expect((await config.save()).written).toHaveLength(1);
  });

  test('what a trigger says of a write is not shown, as it may quote the document', async () => {
    const store = await ownTables('told', '{}');
    await server.query(`CREATE FUNCTION told.refuse() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN RAISE EXCEPTION ''no: %'', convert_from(NEW.text, ''UTF8''); END';
      CREATE TRIGGER a_refuse BEFORE UPDATE ON told.varve_documents FOR EACH ROW EXECUTE FUNCTION told.refuse()`);
    const { revision } = await store.read();
    const error = await failure(() => store.write('{"key":"hunter2hunter2"}', { expect: revision, id: 'a' }));
    expect(error.message).toMatch(/a trigger or a function of the database refuses it \(SQLSTATE P0001\)/);
    expect(inspect(error, { depth: 9 })).not.toContain('hunter2');
  });

  test('missing tables are named, with the command that creates them; they may come later', async () => {
    const store = open('later', { schema: 'elsewhere', staleMs: 500 });
    const error = await failure(() => store.read());
    expect(error.code).toBe('UNAVAILABLE');
    expect(error.issues[0]?.suggestion).toContain('varve store init');
    await server.query(postgresTables('elsewhere'));
    await write(store, 'a');
    const { texts, states } = await watched(store);
    await server.query('ALTER TABLE elsewhere.varve_documents RENAME TO gone');
    await vi.waitFor(() => expect(states).toEqual(['stale UNAVAILABLE']), { timeout: 10_000 });
    await server.query('ALTER TABLE elsewhere.gone RENAME TO varve_documents');
    await vi.waitFor(() => expect(states.at(-1)).toBe('live'), { timeout: 15_000 });
    await write(store, 'b');
    await seen(texts, 'b');
  });

  test('varve store init prints or creates what is missing, and varve set writes then', async () => {
    const [postgres, varve] = ['../../src/stores/postgres.ts', '../../src/index.ts'].map(
      (path) => new URL(path, import.meta.url),
    );
    const options = { ...QUICK, connection: server.url, schema: 'initiated', name: 'apps/rl' };
    const shell = new Shell({
      'varve.config.mjs': `import { defineConfig } from '${varve}';
import { postgresStore } from '${postgres}';
export default defineConfig({ name: 'rl', store: postgresStore(${JSON.stringify(options)}), settings: { lr: 0.1 } });
`,
    });
    expect((await shell.run(['list'])).stderr).toContain('varve store init');
    expect(await shell.run(['store', 'init', '--sql'])).toEqual({
      code: 0,
      stdout: `${postgresTables('initiated').trimEnd()}\n`,
      stderr: '',
    });
    expect((await shell.run(['store', 'nit'])).code).toBe(2);
    for (let i = 0; i < 2; i++) expect((await shell.run(['store', 'init'])).stdout).toContain('is ready');
    expect((await shell.run(['set', 'lr', '0.2', '--by', 'ann', '--note', 'faster'])).code).toBe(0);
    const { stdout } = await shell.run(['log']);
    expect(stdout).toMatch(/1-[0-9a-f]{8}-[0-9a-f]{8} .*ann/);
  });

  test('a role needs only SELECT to read, INSERT and UPDATE to write, and the error names what is missing', async () => {
    await server.query(`CREATE ROLE reader LOGIN; CREATE ROLE operator LOGIN; CREATE ROLE stranger LOGIN;
      GRANT SELECT ON varve_documents, varve_history TO reader, operator;
      GRANT INSERT, UPDATE ON varve_documents, varve_history TO operator`);
    const operator = open('role', { connection: asRole('operator') });
    await write(operator, 'a');
    await write(operator, 'b');
    const reader = open('role', { connection: asRole('reader') });
    expect((await reader.read()).text).toBe('b');
    expect(await reader.history?.({ limit: 9 })).toHaveLength(2);
    const { texts, states } = await watched(reader);
    for (const refused of [() => write(reader, 'c'), () => open('role', { connection: asRole('stranger') }).read()]) {
      const error = await failure(refused);
      expect(error.code).toBe('DENIED');
      expect(error.issues[0]?.suggestion).toContain('INSERT and UPDATE');
    }
    await write(operator, 'c');
    await seen(texts, 'c');
    await server.query('REVOKE SELECT ON varve_documents FROM reader');
    await write(operator, 'd');
    await vi.waitFor(() => expect(states.at(-1)).toBe('stale DENIED'), { timeout: 15_000 });
    await server.query('GRANT SELECT ON varve_documents TO reader');
    await seen(texts, 'd');
  });

  test('a wrong password is DENIED, and appears nowhere', async () => {
    const store = open('password', { connection: server.url.replace('postgres@', 'secret:hunter2@') });
    const error = await failure(() => store.read());
    expect(error.code).toBe('DENIED');
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain('hunter2');
  });

  test('a pool of the program is used, and left as it was', async () => {
    const pool = new Pool({ connectionString: server.url, max: 3 });
    const store = postgresStore({ ...QUICK, pool, name: 'pooled' });
    await write(store, 'a');
    const { texts } = await watched(store);
    await write(open('pooled'), 'b');
    await seen(texts, 'b');
    await store.close();
    expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect((await pool.query('SELECT pg_listening_channels()')).rows).toEqual([]);
    await pool.end();
  });

  test('a row that another transaction holds is waited for no longer than the time limit', async () => {
    const store = open('held', { timeout: 1_500, requestTimeout: 500 });
    await write(store, 'a');
    const pool = new Pool({ connectionString: server.url });
    const holder = await pool.connect();
    await holder.query("BEGIN; SELECT * FROM varve_documents WHERE name = 'held' FOR UPDATE");
    const { revision } = await store.read();
    const started = performance.now();
    expect((await failure(() => store.write('b', { expect: revision, id: 'b' }))).code).toBe('UNCLEAR');
    expect(performance.now() - started).toBeLessThan(8_000);
    await holder.query('COMMIT');
    holder.release();
    await pool.end();
    expect(await store.write('b', { expect: revision, id: 'b' })).toMatchObject({ ok: true });
    expect(await store.history?.({ limit: 9 })).toHaveLength(2);
  });

  test('asynchronous commits are said to be no fsync', async () => {
    const store = open('durable');
    await store.read();
    expect(store.limits?.durability).toBe('fsync');
    await server.query('ALTER ROLE postgres SET synchronous_commit = off');
    const other = open('durable');
    await other.read();
    await server.query('ALTER ROLE postgres RESET synchronous_commit');
    expect(other.limits?.durability).toBe('async');
  });

  test('a backup that is older is RESET, and taken as it is', async () => {
    const store = open('restored');
    for (const text of ['a', 'b', 'c']) await write(store, text);
    const other = open('restored');
    await other.read();
    const { texts, states } = await watched(store);
    await server.query(`ALTER TABLE varve_documents DISABLE TRIGGER USER;
      DELETE FROM varve_history WHERE name = 'restored' AND revision > 1;
      UPDATE varve_documents SET (text, revision, mark) = (SELECT text, revision, mark FROM varve_history WHERE name = 'restored')
        WHERE name = 'restored';
      ALTER TABLE varve_documents ENABLE TRIGGER USER`);
    expect((await failure(() => other.read())).code).toBe('RESET');
    await seen(texts, 'a');
    expect(states).toEqual(['stale RESET', 'live']);
    await write(store, 'd');
    await seen(texts, 'd');
  });

  test('a watch keeps no process running', () => {
    const module = builtModule('varve/postgres');
    const code = `import { postgresStore } from ${JSON.stringify(module)};
      const store = postgresStore(${JSON.stringify({ ...QUICK, connection: server.url, name: 'running' })});
      const { revision } = await store.read();
      store.watch(revision, { stored() {}, state() {} });
      await new Promise((done) => setTimeout(done, 500));
      console.log('at its end');`;
    const { stdout, status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect({ stdout, status, signal }).toEqual({ stdout: 'at its end\n', status: 0, signal: null });
  });

  test('TLS is used where it is asked for, and a foreign authority is DENIED', async () => {
    const { port } = server;
    const connection = { host: '127.0.0.1', port, user: 'encrypted', database: 'postgres' };
    await write(open('tls', { connection: { ...connection, ssl: { ca: authority.pem } } }), 'a');
    expect((await failure(() => open('tls', { connection }).read())).code).toBe('DENIED');
    const foreign = open('tls', { connection: { ...connection, ssl: { ca: new Authority(folder, 'foreign').pem } } });
    expect((await failure(() => foreign.read())).code).toBe('DENIED');
  });

  test('sslmode of the address counts', async () => {
    const trusted = join(folder, 'trusted.pem');
    writeFileSync(trusted, authority.pem);
    const url = `${asRole('encrypted')}?sslmode=verify-full&sslrootcert=`;
    await write(open('sslmode', { connection: `${url}${trusted}` }), 'a');
    expect((await failure(() => open('sslmode', { connection: asRole('encrypted') }).read())).code).toBe('DENIED');
    const foreign = join(folder, 'other.pem');
    writeFileSync(foreign, new Authority(folder, 'other').pem);
    expect((await failure(() => open('sslmode', { connection: `${url}${foreign}` }).read())).code).toBe('DENIED');
  });

  test.each([
    ['PGPASSWORD', (): NodeJS.ProcessEnv => ({ PGPASSWORD: 'right' })],
    [
      '.pgpass',
      (): NodeJS.ProcessEnv => {
        const file = join(folder, 'pgpass');
        writeFileSync(file, `127.0.0.1:${server.port}:*:secret:right\n`, { mode: 0o600 });
        return { PGPASSFILE: file };
      },
    ],
  ])('the host and the user come from variables, and the password from %s', async (_, passwordIn) => {
    await server.query('GRANT SELECT ON varve_documents, varve_history TO secret');
    await write(open('variables'), 'a');
    const module = builtModule('varve/postgres');
    const code = `import { postgresStore } from ${JSON.stringify(module)};
      const store = postgresStore({ name: 'variables' });
      console.log((await store.read()).text);
      await store.close();`;
    const from = { PGHOST: '127.0.0.1', PGPORT: `${server.port}`, PGUSER: 'secret', PGDATABASE: 'postgres' };
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], ...from, ...passwordIn() },
      timeout: 60_000,
    });
    expect(stdout).toBe('a\n');
    expect(stderr).not.toContain('right');
  });

  const pgbouncer = program === undefined ? undefined : programOrSkip('pgbouncer');
  test.skipIf(pgbouncer === undefined).each([
    ['session', 0],
    ['transaction', 1],
  ] as const)('PgBouncer in %s mode is followed, with %i warning', async (mode, warnings) => {
    const pooler = await startPooler(pgbouncer ?? '', server, mode);
    onTestFinished(() => pooler.remove());
    const emitted: string[] = [];
    const listener = ({ message }: Error): void => void emitted.push(message);
    process.on('warning', listener);
    onTestFinished(() => void process.off('warning', listener));
    const store = postgresStore({ ...QUICK, name: `pooled/${mode}`, connection: pooler.url });
    onTestFinished(() => store.close());
    await write(store, 'a');
    const { texts, states } = await watched(store);
    for (const text of ['b', 'c', 'd']) {
      await write(store, text);
      await seen(texts, text);
    }
    // Longer than a watch may be without an answer.
    await new Promise((done) => setTimeout(done, 2_500));
    expect(states).toEqual([]);
    expect(emitted.filter((message) => message.includes(`pooled/${mode} is polled`))).toHaveLength(warnings);
  });
});

describe.skipIf(program === undefined).concurrent('a replica', () => {
  test('refuses writes, and after its promotion all goes on where the first server ended', async ({
    onTestFinished,
  }) => {
    const first = await PostgresServer.start(program ?? '', {
      settings: { synchronous_standby_names: '*', synchronous_commit: 'local' },
    });
    onTestFinished(() => first.remove());
    const second = await first.replica(program ?? '');
    onTestFinished(() => second.remove());
    const link = new TcpLink(POSTGRES_LINK);
    onTestFinished(() => link.close());
    const options = { ...QUICK, name: 'failover', connection: await link.toUrl(first.url) };
    const store = postgresStore(options);
    onTestFinished(() => store.close());
    for (const text of ['a', 'b']) await write(store, text);
    const { texts, states } = await watched(store, onTestFinished);
    const replica = postgresStore({ ...options, connection: second.url });
    onTestFinished(() => replica.close());
    await vi.waitFor(async () => expect((await replica.read()).text).toBe('b'), { timeout: 10_000 });
    const error = await failure(() => write(replica, 'c'));
    expect([error.code, error.message]).toEqual(['UNAVAILABLE', expect.stringContaining('read replica')]);
    await first.stop('SIGQUIT');
    await second.promote();
    link.redirect(second.port);
    await vi.waitFor(() => write(store, 'c'), { timeout: 20_000 });
    await seen(texts, 'c');
    expect(states.filter((state) => state.includes('RESET'))).toEqual([]);
    expect((await store.history?.({ limit: 9 }))?.map(({ text }) => text)).toEqual(['c', 'b', 'a']);
  });

  test('that was promoted without the last writes is RESET', async ({ onTestFinished }) => {
    const first = await PostgresServer.start(program ?? '');
    onTestFinished(() => first.remove());
    const setUp = postgresStore({ ...QUICK, name: 'lost', connection: first.url });
    await write(setUp, 'a');
    await setUp.close();
    const second = await first.replica(program ?? '');
    onTestFinished(() => second.remove());
    const link = new TcpLink(POSTGRES_LINK);
    onTestFinished(() => link.close());
    const store = postgresStore({ ...QUICK, name: 'lost', connection: await link.toUrl(first.url) });
    onTestFinished(() => store.close());
    await vi.waitFor(async () => expect((await second.query('SELECT 1 FROM varve_documents')).length).toBe(1));
    await second.promote();
    await write(store, 'lost');
    const { texts, states } = await watched(store, onTestFinished);
    await first.stop('SIGQUIT');
    // Another write took the number of the lost one.
    await second.query("UPDATE varve_documents SET text = 'other', write_id = 'x'");
    link.redirect(second.port);
    await vi.waitFor(() => expect(states.some((state) => state === 'stale RESET')).toBe(true), { timeout: 20_000 });
    await seen(texts, 'other');
  });
});
