import type { SecureContext } from 'node:tls';
import { limitsOf, type RemoteSettings, requireNone } from '../remote/settings.ts';
import { type DocumentKeys, documentKeys } from './keys.ts';

/** The certificates of a secure connection, in PEM as text or bytes. */
export interface EtcdTls {
  /** The authorities that may sign a server's certificate; by default those of Node.js. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** The certificate of this client. With `--client-cert-auth`, its common name is a user where no `username` is given. */
  readonly cert?: string | Buffer;
  /** The private key of `cert`. */
  readonly key?: string | Buffer;
  /** The passphrase of `key`. */
  readonly passphrase?: string;
  /** The name that a server's certificate must have; by default the host of its endpoint. */
  readonly servername?: string;
}

/** The cluster, the document, and the time limits. */
export interface EtcdOptions {
  /** The client URL of a member: `https://etcd-1.example:2379`, or `unix:/run/etcd.sock`. */
  readonly endpoint?: string;
  /** Several members of one cluster. The first that answers is used, and another one when it fails. */
  readonly endpoints?: readonly string[];
  /** The key of the document: `apps/rl/prod`. Its first `/` may be left out. */
  readonly key: string;
  /** A prefix of the key: `canary` makes `/apps/rl/prod` into `/canary/apps/rl/prod`. */
  readonly namespace?: string;
  /** Certificates, for `https` endpoints. */
  readonly tls?: EtcdTls;
  /** The user, where the cluster has authentication. */
  readonly username?: string;
  /** The password of that user. */
  readonly password?: string;
  /** The limit of a read or write with all its retries, in milliseconds; 10,000 by default. */
  readonly timeout?: number;
  /** The limit of one attempt at one member, in milliseconds; a third of `timeout` by default. */
  readonly requestTimeout?: number;
  /** A watch that is not shown to be current for this long is stale, in milliseconds; 10,000 by default. */
  readonly staleMs?: number;
  /**
   * The longest document in bytes; 1.4 MB by default. A cluster accepts requests of 1.5 MiB, unless its
   * `--max-request-bytes` is raised.
   */
  readonly maxBytes?: number;
}

/** The context of every secure connection. */
export interface Secure {
  readonly secureContext: SecureContext;
  readonly servername?: string;
}

/** One member, as gRPC addresses it. */
export interface Endpoint {
  readonly target: string;
  readonly isSecure: boolean;
  readonly hostname: string;
  /** Its URL, without secrets. */
  readonly url: string;
}

/** The checked options. */
export interface Settings extends RemoteSettings {
  readonly endpoints: readonly Endpoint[];
  readonly keys: DocumentKeys;
  readonly secure: Secure | undefined;
  readonly credentials: { readonly name: string; readonly password: string } | undefined;
}

const MAX_BYTES = 1_400_000;

/** Throws `INVALID_DEFINITION` with every mistake. */
export function settingsOf(options: EtcdOptions): Settings {
  const mistakes: string[] = [];
  const { key, namespace, tls, username, password, ...others } = Object(options) as EtcdOptions;
  const endpoints = endpointsOf(others, mistakes);
  const keys = documentKeys(key, namespace, mistakes);
  const limits = limitsOf(options, MAX_BYTES, mistakes);
  if ((username === undefined) !== (password === undefined)) mistakes.push('"username" and "password" belong together');
  const secure = endpoints.some(({ isSecure }) => isSecure) ? secureOf(tls, mistakes) : undefined;
  requireNone(mistakes, 'etcd');
  const credentials = username === undefined || password === undefined ? undefined : { name: username, password };
  const name = `etcd:${keys.document}`;
  const places = endpoints.map(({ url }) => `${name} at ${url}`);
  return { name, places, endpoints, keys, secure, credentials, ...limits };
}

/** Messages do not show an endpoint: it may hold a password. */
function endpointsOf(
  { endpoint, endpoints = [] }: Pick<EtcdOptions, 'endpoint' | 'endpoints'>,
  mistakes: string[],
): readonly Endpoint[] {
  if (!Array.isArray(endpoints)) mistakes.push('"endpoints" must be a list of URLs');
  const given = [endpoint ?? [], Array.isArray(endpoints) ? endpoints : []].flat();
  if (given.length === 0) mistakes.push('there is no endpoint');
  return given.flatMap((text, index) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const name = given.length === 1 ? 'the endpoint' : `endpoint ${index + 1}`;
    if (url?.protocol === 'unix:' && url.host === '' && url.pathname.length > 1)
      return [{ target: `unix:${url.pathname}`, isSecure: false, hostname: 'localhost', url: `unix:${url.pathname}` }];
    if (url === undefined || !/^https?:$/.test(url.protocol) || url.pathname + url.search + url.hash !== '/')
      mistakes.push(`${name} must look like https://etcd-1.example:2379 or unix:/run/etcd.sock`);
    else if (url.username !== '' || url.password !== '')
      mistakes.push(`${name} must not hold a user: "username" and "password" are options`);
    else return [endpointOf(url)];
    return [];
  });
}

function endpointOf({ protocol, hostname, port, origin }: URL): Endpoint {
  const isSecure = protocol === 'https:';
  const target = `dns:${hostname}:${port === '' ? (isSecure ? 443 : 80) : port}`;
  return { target, isSecure, hostname: hostname.replace(/^\[|\]$/g, ''), url: origin };
}

/** Loads `node:tls` for secure endpoints only. */
function secureOf({ servername, ca, ...tls }: EtcdTls = {}, mistakes: string[]): Secure | undefined {
  if ((tls.cert === undefined) !== (tls.key === undefined)) {
    mistakes.push('"tls.cert" and "tls.key" belong together');
    return undefined;
  }
  try {
    const { createSecureContext } = process.getBuiltinModule('node:tls');
    const secureContext = createSecureContext({ ...tls, ...(ca !== undefined && { ca: [ca].flat() }) });
    return { secureContext, ...(servername !== undefined && { servername }) };
  } catch (error) {
    mistakes.push(`"tls" can't be used: ${(error as Error).message}`);
    return undefined;
  }
}
