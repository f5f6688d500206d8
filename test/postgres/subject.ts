import { type PostgresOptions, postgresStore, postgresTables } from '../../src/stores/postgres.ts';
import type { StoreSubject } from '../../src/testing/index.ts';
import { POSTGRES_LINK, TcpLink } from '../contract/link.ts';
import type { PostgresServer } from './server.ts';

/** Limits for tests: long enough for a busy machine, short enough to wait for. */
export const QUICK: Pick<PostgresOptions, 'timeout' | 'requestTimeout' | 'staleMs' | 'maxBytes'> = {
  timeout: 6_000,
  requestTimeout: 2_000,
  staleMs: 2_000,
  maxBytes: 1_400_000,
};

/** Deletes all states but the newest of each document. */
export async function compact(server: PostgresServer): Promise<void> {
  await server.query(`DELETE FROM varve_history h USING varve_documents d
    WHERE d.name = h.name AND h.revision < d.revision`);
}

/** What any server can do. */
export function postgresSubject(
  server: () => PostgresServer,
  module: () => string,
  links: TcpLink[],
): Required<
  Pick<
    StoreSubject,
    'open' | 'keepsHistory' | 'opening' | 'writeByHand' | 'openOverLink' | 'restart' | 'kill' | 'compact' | 'wipe'
  >
> {
  const options = (document: string): PostgresOptions => ({ ...QUICK, connection: server().url, name: document });
  return {
    open: (document) => postgresStore(options(document)),
    keepsHistory: true,
    opening: (document) => ({ module: module(), name: 'postgresStore', args: [options(document)] }),
    writeByHand: (document, bytes) => server().put(document, bytes),
    openOverLink: async (document) => {
      const link = new TcpLink(POSTGRES_LINK);
      links.push(link);
      const connection = await link.toUrl(server().url);
      return { store: postgresStore({ ...options(document), connection }), link };
    },
    restart: () => server().restart('SIGINT'),
    kill: () => server().restart('SIGKILL'),
    compact: () => compact(server()),
    wipe: async () => [
      () => server().wipe(),
      async () => void (await server().query(`DROP TABLE varve_documents, varve_history; ${postgresTables()}`)),
    ],
  };
}
