import { afterAll, beforeAll } from 'vitest';
import { postgresStore } from '../../src/stores/postgres.ts';
import { PostgresServer } from '../postgres/server.ts';
import { compact, QUICK } from '../postgres/subject.ts';
import { POSTGRES_LINK } from './link.ts';
import { findStreamModule } from './nginx.ts';
import { NginxSubject, WITHOUT_PROXY } from './over-nginx.ts';
import { contractOf, foundOrSkip, programOrSkip } from './store.ts';

const program = programOrSkip('postgres');
const nginx = program === undefined ? undefined : programOrSkip('nginx');
const module = nginx === undefined ? undefined : foundOrSkip('nginx', findStreamModule());
if (program !== undefined && nginx !== undefined && module !== undefined) {
  let server: PostgresServer;
  const proxied = new NginxSubject(nginx, {
    kind: 'stream',
    protocol: POSTGRES_LINK,
    url: () => server.url,
    open: (name, connection) => postgresStore({ ...QUICK, connection, name }),
  });

  beforeAll(async () => {
    server = await PostgresServer.start(program);
    await proxied.start();
  }, 120_000);

  afterAll(async () => {
    await proxied.remove();
    await server?.remove();
  });

  contractOf({ ...proxied.subject, compact: () => compact(server) }, WITHOUT_PROXY);
}
