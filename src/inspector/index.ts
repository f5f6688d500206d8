import type { AddressInfo, Socket } from 'node:net';
import type { Config } from '../index.ts';
import { loadOptional } from '../words/optional-package.ts';
import { hostAccess, isLoopback, TokenAccess } from './access.ts';
import type { ConfigProvider } from './live.ts';
import { nodeListener, type RequestHandler } from './node-http.ts';

export { nodeListener, type RequestHandler };

/** How an inspector inside a program is reached. */
export interface InspectorOptions {
  /**
   * The `Host` headers that are served, exactly: `config.example.com`, `10.0.0.7:8080`. Default: this machine's loopback
   * names on any port. Every client that reaches the handler sees all values that are not sensitive: put it behind the program's
   * own authentication.
   */
  readonly hosts?: readonly string[];
}

/**
 * A read-only page of the layers of a running program's configuration, as a request handler. It finds its files by the end
 * of the path, so it can be mounted anywhere below a path that ends in `/`. If `hono`, an optional peer, is not installed,
 * the handler rejects with `ERR_MODULE_NOT_FOUND`.
 * @example
 * import { defineConfig, loadConfig } from 'varve';
 * import { inspector } from 'varve/inspector';
 *
 * const config = await loadConfig(defineConfig({ name: 'shop', settings: { port: 8080 } }), { argv: [] });
 * const inspect = inspector(config);
 * console.log((await inspect(new Request('http://localhost/config/'))).status); // 200
 */
export function inspector(config: Config<never, never> | Config, { hosts }: InspectorOptions = {}): RequestHandler {
  const access = hostAccess(hosts ? (host) => hosts.includes(host) : isLoopback);
  let handler: Promise<RequestHandler> | undefined;
  return async (request) => {
    handler ??= loadRoutes().then(({ createHandler }) =>
      createHandler({ provider: runningConfig(config as Config), access }),
    );
    return (await handler)(request);
  };
}

/** How `varve ui` serves its page. */
export interface ServeInspectorOptions {
  /** The configuration that the page shows first. */
  readonly config: Config;
  /** Loads the configuration again, with its issues, so that the page also shows one that is not valid. */
  readonly load: () => Promise<Config>;
  /** The port on 127.0.0.1; 0 takes a free one. Default: 0. */
  readonly port?: number;
  /** Whether the page can edit the file layer. Default: false. */
  readonly canWrite?: boolean;
}

/** An inspector that is served. */
export interface ServedInspector {
  /** The address to open. Its token works once. */
  readonly address: string;
  /** Ends the server and its connections. */
  close(): Promise<void>;
}

/** Serves the page on 127.0.0.1 to the one browser, of this user, that opens the returned address. */
export async function serveInspector(options: ServeInspectorOptions): Promise<ServedInspector> {
  const { config, load, port = 0, canWrite = false } = options;
  const { createHandler } = await loadRoutes();
  const [{ createServer }, { FileEditor }, { isOtherUser }] = await Promise.all([
    import('node:http'),
    import('./editor.ts'),
    import('./peer-user.ts'),
  ]);
  let actual = port;
  const access = new TokenAccess((host) => host === `127.0.0.1:${actual}` || host === `localhost:${actual}`);
  const editor = canWrite ? new FileEditor(load) : undefined;
  const provider = { ...runningConfig(config), current: load };
  const listener = nodeListener(createHandler({ provider, access, editor }));
  const others = new WeakSet<Socket>();
  const server = createServer((message, response) => {
    if (!others.has(message.socket)) return listener(message, response);
    response
      .writeHead(403, { 'content-type': 'text/plain' })
      .end('Only the user who started varve ui may open this page.');
  });
  server.on('connection', (socket) => {
    if (isOtherUser(socket)) others.add(socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  actual = (server.address() as AddressInfo).port;
  return {
    address: access.address(`http://127.0.0.1:${actual}`),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function runningConfig(config: Config): ConfigProvider {
  return { current: () => config, subscribe: (changed) => config.subscribe(changed) };
}

const loadRoutes = () => loadOptional(() => import('./routes.ts'), 'varve/inspector', 'hono');
