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
  const config = typeof connection === 'string' ? { connectionString: connection } : connection;
  const { connectionString: text } = Object(config) as { readonly connectionString?: unknown };
  if (text !== undefined && (typeof text !== 'string' || addressIn(text) === undefined))
    mistakes.push(
      '"connection" must be a URL, as postgres://user@db.example/shop, with escapes for / ? # @ % in its parts',
    );
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
  const places = [`${name} at ${placeOf(pool ? pool.options : config)}`];
  return { name, places, document, schema, connection: config, pool, ...limits };
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

/** Where a server is, and which database. */
interface Address {
  readonly host?: string | null | undefined;
  readonly port?: string | number | undefined;
  readonly database?: string | null | undefined;
}

/** The host, port and database of a configuration, by the rules of `pg`. */
function placeOf({ connectionString, ...parts }: ClientConfig): string {
  const { PGHOST, PGPORT, PGDATABASE } = process.env;
  const { host, port, database } = connectionString === undefined ? parts : (addressIn(connectionString) ?? {});
  return `${host || PGHOST || 'localhost'}:${port || PGPORT || 5432}/${database || PGDATABASE || ''}`;
}

/** The address in a connection string; `undefined` where `pg` fails, or takes a part of a password for an address. */
function addressIn(text: string): Address | undefined {
  const [socket, database] = text.split(' ');
  if (text === '') return {};
  if (text.startsWith('/')) return { host: socket, database };
  const escaped = /%(?![\da-f]{2})/i.test(text) ? encodeURI(text).replace(/%25(\d\d)/g, '%$1') : text;
  // A URL without a host, as `postgres://user@/shop`, is none for the standard.
  const isLocal = !URL.canParse(escaped);
  const full = isLocal ? escaped.replace('@/', '@localhost/') : escaped;
  if (!URL.canParse(full)) return undefined;
  const { protocol, username, password, hostname, port, pathname, searchParams, hash } = new URL(full);
  const [path, host, ...login] = [pathname, hostname, username, password].map(decoded);
  if (path === undefined || host === undefined || login.includes(undefined)) return undefined;
  if (protocol === 'socket:') return { host: path, database: searchParams.get('db') };
  if (!/^postgres(?:ql)?:$/.test(protocol) || `${pathname}${hash}`.includes('@')) return undefined;
  return {
    host: searchParams.get('host') || (isLocal ? '' : host),
    port: searchParams.get('port') || port,
    database: path.slice(1),
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
