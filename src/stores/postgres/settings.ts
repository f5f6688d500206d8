import type { ClientConfig, Pool } from 'pg';
import { limitsOf, type RemoteSettings, requireNone } from '../remote/settings.ts';

/** The database, the document, and the time limits. */
export interface PostgresOptions {
  /**
   * The server: a connection URL, or what `pg` takes as the configuration of a client. The `PG…` variables provide what
   * it leaves out; `sslmode` and `.pgpass` work as in `pg`. Default: all from the environment.
   */
  readonly connection?: string | ClientConfig;
  /** A pool of the program instead. The store keeps one of its clients while it watches, and never ends the pool. */
  readonly pool?: Pool;
  /** The name of the document: `apps/rl/prod`. */
  readonly name: string;
  /** The schema of the tables; `public` by default. */
  readonly schema?: string;
  /** The limit of a read or write with all its retries, in milliseconds; 10,000 by default. */
  readonly timeout?: number;
  /** The limit of one connection attempt, and of one query, in milliseconds; a third of `timeout` by default. */
  readonly requestTimeout?: number;
  /** A watch that is not shown to be current for this long is stale, in milliseconds; 10,000 by default. */
  readonly staleMs?: number;
  /** The longest document in bytes; 8 MB by default. */
  readonly maxBytes?: number;
}

/** The checked options. */
export interface Settings extends RemoteSettings {
  readonly document: string;
  readonly schema: string;
  readonly connection: ClientConfig;
  readonly pool: Pool | undefined;
}

const MAX_BYTES = 8_000_000;

/** Throws `INVALID_DEFINITION` with every mistake. */
export function settingsOf(options: PostgresOptions): Settings {
  const mistakes: string[] = [];
  const { connection = {}, pool, name: document, schema = 'public' } = Object(options) as PostgresOptions;
  if (typeof connection !== 'string' && !isObject(connection)) mistakes.push('"connection" must be a URL or an object');
  if (pool !== undefined && !isObject(pool)) mistakes.push('"pool" must be a pool of pg');
  if (typeof document !== 'string' || !/^[\w.@:-]+(?:\/[\w.@:-]+)*$/.test(document) || document.length > 200)
    mistakes.push('"name" must be words between slashes, as apps/rl/prod, of letters, digits and _ . @ : -');
  if (typeof schema !== 'string' || !/^[a-z_][a-z0-9_]{0,62}$/.test(schema))
    mistakes.push('"schema" must be a name in lower case');
  if (pool !== undefined && options?.connection !== undefined)
    mistakes.push('"connection" and "pool" exclude each other');
  const limits = limitsOf(options, MAX_BYTES, mistakes);
  requireNone(mistakes, 'PostgreSQL');
  const name = `postgres:${schema === 'public' ? '' : `${schema}.`}${document}`;
  const config = typeof connection === 'string' ? { connectionString: connection } : connection;
  const places = [`${name} at ${placeOf(pool ? pool.options : config)}`];
  return { name, places, document, schema, connection: config, pool, ...limits };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** The host, port and database of a configuration, by the rules of `pg`. */
function placeOf({ connectionString, host, port, database }: ClientConfig): string {
  const { PGHOST, PGPORT, PGDATABASE } = process.env;
  const url = connectionString !== undefined && URL.canParse(connectionString) ? new URL(connectionString) : undefined;
  const parts = [
    url?.hostname || url?.searchParams.get('host') || host || PGHOST || 'localhost',
    url?.port || port || PGPORT || 5432,
    // A `/` in a password ends the host, and the password is a part of the path.
    url?.pathname.slice(1).replace(/^.*@/, '') || database || PGDATABASE || '',
  ];
  return `${parts[0]}:${parts[1]}/${parts[2]}`;
}
