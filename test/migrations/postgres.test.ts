import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defineConfig, loadConfig } from '../../src/index.ts';
import { postgresStore } from '../../src/stores/postgres.ts';
import { programOrSkip } from '../contract/store.ts';
import { PostgresServer } from '../postgres/server.ts';

const program = programOrSkip('postgres');

describe.skipIf(program === undefined)('a document of PostgreSQL', () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start(program ?? '');
  }, 60_000);
  afterAll(() => server.remove());

  test('is migrated with the next save, and its history has the old text', async () => {
    await using store = closing(postgresStore({ name: 'app', connection: server.url }));
    await store.write('{"poolSize":20}', { expect: (await store.read()).revision, id: 'first' });
    const definition = defineConfig({
      name: 'app',
      store,
      version: 2,
      migrations: { 2: ({ poolSize, ...document }) => ({ ...document, pool: poolSize }) },
      settings: { pool: 1, name: '' },
    });
    const config = await loadConfig(definition, { env: {}, argv: [], onWarning: false });
    expect(config.explain('pool').winner?.location).toBe('postgres:app:1:13');
    config.set('name', 'x');
    expect(await config.save()).toMatchObject({ migratedFrom: 1, keptAside: expect.stringMatching(/^revision 1 in /) });
    expect((await store.history?.({ limit: 9 }))?.map(({ text }) => text)).toEqual([
      '{"pool":20,"$version":2,"name":"x"}',
      '{"poolSize":20}',
    ]);
  });
});

function closing<T extends { close(): Promise<void> }>(store: T): T & AsyncDisposable {
  return Object.assign(store, { [Symbol.asyncDispose]: () => store.close() });
}
