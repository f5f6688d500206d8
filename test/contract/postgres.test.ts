import { afterAll, beforeAll } from 'vitest';
import { builtModule } from '../library.ts';
import { PostgresServer } from '../postgres/server.ts';
import { postgresSubject } from '../postgres/subject.ts';
import type { TcpLink } from './link.ts';
import { contractOf, programOrSkip } from './store.ts';

const program = programOrSkip('postgres');
if (program !== undefined) {
  let server: PostgresServer;
  const links: TcpLink[] = [];

  beforeAll(async () => {
    server = await PostgresServer.start(program);
  }, 120_000);

  afterAll(async () => {
    await Promise.all(links.map((link) => link.close()));
    await server?.remove();
  });

  contractOf(
    postgresSubject(
      () => server,
      () => builtModule('varve/postgres'),
      links,
    ),
  );
}
