import type { SecureContext } from 'node:tls';
import { ConfigError } from '../../index.ts';
import { type DocumentKeys, documentKeys } from './keys.ts';

/** How the servers are known, and how this client is known to them; PEM, as text or bytes. */
export interface EtcdTls {
  /** The authorities that may sign a server's certificate; those of Node.js unless given. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** The certificate of this client. A cluster does not take its name for a user: see `username`. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  /** The name that a server's certificate must have; that of its endpoint unless given. */
  readonly servername?: string;
}

/** Which cluster, which document, and how long to wait for it. */
export interface EtcdOptions {
  /** Where the cluster answers: `https://etcd-1.example:2379`. */
  readonly endpoint?: string;
  /** Several members of one cluster: when one fails, the next is asked. */
  readonly endpoints?: readonly string[];
  /** The key of the document: `apps/rl/prod`. Its first `/` may be left out. */
  readonly key: string;
  /** What stands before the key: `canary` makes `/apps/rl/prod` into `/canary/apps/rl/prod`. */
  readonly namespace?: string;
  readonly tls?: EtcdTls;
  readonly username?: string;
  readonly password?: string;
  /** How long reading or writing may take, with all that is tried again, in milliseconds; 10,000 unless given. */
  readonly timeout?: number;
  /** How long one server may take to answer, in milliseconds; a third of `timeout` unless given. */
  readonly requestTimeout?: number;
  /** After how long a watch that can't be shown to be current is called stale, in milliseconds; 10,000 unless given. */
  readonly staleMs?: number;
  /**
   * The longest document, in bytes; 1.4 MB unless given. A cluster takes requests of 1.5 MiB, as long as nobody raised
   * its `--max-request-bytes`.
   */
  readonly maxBytes?: number;
}

/** What every secure connection is made with; read once. */
export interface Secure {
  readonly secureContext: SecureContext;
  readonly servername?: string;
}

/** The options, checked. */
export interface Settings {
  /** What origins and messages call the document. */
  readonly name: string;
  readonly endpoints: readonly URL[];
  readonly keys: DocumentKeys;
  readonly secure: Secure | undefined;
  readonly credentials: { readonly name: string; readonly password: string } | undefined;
  readonly timeout: number;
  readonly requestTimeout: number;
  readonly staleMs: number;
  readonly maxBytes: number;
}

const TIMEOUT_MS = 10_000;
const STALE_MS = 10_000;
const MAX_BYTES = 1_400_000;

/** Throws `INVALID_DEFINITION` with every mistake. */
export function settingsOf(options: EtcdOptions): Settings {
  const mistakes: string[] = [];
  const { tls, username, password, timeout = TIMEOUT_MS, staleMs = STALE_MS, maxBytes = MAX_BYTES } = options;
  const { requestTimeout = timeout / 3 } = options;
  const endpoints = endpointsOf(options, mistakes);
  const keys = documentKeys(options.key, options.namespace, mistakes);
  for (const [what, value] of Object.entries({ timeout, requestTimeout, staleMs, maxBytes }))
    if (!(value > 0 && value < 2 ** 31)) mistakes.push(`"${what}" must be a number above 0`);
  if ((username === undefined) !== (password === undefined)) mistakes.push('"username" and "password" belong together');
  const secure = endpoints.some(({ protocol }) => protocol === 'https:') ? secureOf(tls, mistakes) : undefined;
  const [first, ...rest] = mistakes.map((message) => ({ code: 'INVALID_DEFINITION' as const, message }));
  if (first) throw new ConfigError([first, ...rest], { title: 'the options of the etcd store' });
  const credentials = username === undefined || password === undefined ? undefined : { name: username, password };
  const name = `etcd:${keys.document}`;
  return { name, endpoints, keys, secure, credentials, timeout, requestTimeout, staleMs, maxBytes };
}

/** No endpoint stands in a message: it may hold a password. */
function endpointsOf({ endpoint, endpoints }: EtcdOptions, mistakes: string[]): readonly URL[] {
  const given = [...(endpoint === undefined ? [] : [endpoint]), ...(endpoints ?? [])];
  if (given.length === 0) mistakes.push('there is no endpoint');
  return given.flatMap((text, index) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const place = given.length === 1 ? 'the endpoint' : `endpoint ${index + 1}`;
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname + url.search + url.hash !== '/')
      mistakes.push(`${place} must be like https://etcd-1.example:2379`);
    else if (url.username !== '' || url.password !== '')
      mistakes.push(`${place} must not hold a user: "username" and "password" are options`);
    else return [url];
    return [];
  });
}

/** Loads what is for secure connections only where there are any. */
function secureOf({ servername, ca, ...tls }: EtcdTls = {}, mistakes: string[]): Secure | undefined {
  if ((tls.cert === undefined) !== (tls.key === undefined)) mistakes.push('"tls.cert" and "tls.key" belong together');
  try {
    const { createSecureContext } = process.getBuiltinModule('node:tls');
    const secureContext = createSecureContext({ ...tls, ...(ca !== undefined && { ca: [ca].flat() }) });
    return { secureContext, ...(servername !== undefined && { servername }) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    mistakes.push(`"tls" can't be used: ${error.message}`);
    return undefined;
  }
}
