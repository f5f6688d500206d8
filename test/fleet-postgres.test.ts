import { postgresStore } from '../src/stores/postgres.ts';
import { POSTGRES_LINK } from './contract/link.ts';
import { programOrSkip } from './contract/store.ts';
import { fleetCases } from './fleet/cases.ts';
import { PostgresServer } from './postgres/server.ts';

const program = programOrSkip('postgres');
if (program !== undefined)
  fleetCases({
    name: (document) => `postgres:${document}`,
    protocol: POSTGRES_LINK,
    nowhere: 'postgres://postgres@127.0.0.1:1/postgres',
    start: async () => {
      const server = await PostgresServer.start(program);
      return {
        url: server.url,
        put: (document, bytes) => server.put(document, bytes),
        delete: (document) => server.query('DELETE FROM varve_documents WHERE name = $1', [document]),
        wipe: () => server.wipe(),
        remove: () => server.remove(),
      };
    },
    open: (name, connection, limits) => postgresStore({ connection, name, ...limits }),
    variable: 'DATABASE_URL',
    module: new URL('../src/stores/postgres.ts', import.meta.url),
    expression: (name, connection, limits) =>
      `module.postgresStore(${JSON.stringify({ connection, name, ...limits })})`,
  });
