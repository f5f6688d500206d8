import { afterAll, beforeAll } from 'vitest';
import { buildLibrary, type Library } from '../library.ts';
import { PostgresServer } from '../postgres/server.ts';
import { postgresSubject } from '../postgres/subject.ts';
import type { TcpLink } from './link.ts';
import { contractOf, programOrSkip } from './store.ts';

const program = programOrSkip('postgres');
if (program !== undefined) {
  let library: Library;
  let server: PostgresServer;
  const links: TcpLink[] = [];

  beforeAll(async () => {
    library = buildLibrary('stores/postgres.ts');
    server = await PostgresServer.start(program);
  }, 120_000);

  afterAll(async () => {
    await Promise.all(links.map((link) => link.close()));
    await server?.remove();
    library?.remove();
  });

  contractOf(
    postgresSubject(
      () => server,
      () => new URL('./stores/postgres.js', library.url).href,
      links,
    ),
  );
}
