import type { Store } from '../index.ts';
import { PostgresDocument } from './postgres/document.ts';
import { type PostgresOptions, settingsOf } from './postgres/settings.ts';
import { tablesSql } from './postgres/tables.ts';
import { RemoteStore } from './remote/remote-store.ts';

export type { PostgresOptions } from './postgres/settings.ts';

/**
 * One row of a PostgreSQL database as a store, with its history in a second table. Needs the package `pg`, version 14 or
 * later of the server, and the tables that {@link postgresTables} creates. Throws `INVALID_DEFINITION` for options that
 * contradict each other.
 * @example
 * import { postgresStore } from 'varve/postgres';
 *
 * const store = postgresStore({ connection: 'postgres://db.example/shop', name: 'apps/shop' }); // connects with the first request
 * console.log(store.name); // postgres:apps/shop
 * await store.close();
 */
export function postgresStore(options: PostgresOptions): Store {
  return new RemoteStore(new PostgresDocument(settingsOf(options)));
}

/** The SQL that creates the tables and names the privileges, as `varve store init --sql` prints it. */
export function postgresTables(schema: string = 'public'): string {
  return tablesSql(schema);
}
