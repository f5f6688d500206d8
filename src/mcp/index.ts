import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/server';
import type { Definition } from '../index.ts';
import type { AssistantOptions } from './options.ts';
import { Session } from './session.ts';

export type { AssistantOptions } from './options.ts';
export { claimStdout } from './stdout.ts';

/** A configuration that is being served. */
export interface Serving {
  /** Ends it: the client's connection, and the watch of the file. */
  close(): Promise<void>;
  /** When the client has gone. */
  readonly closed: Promise<void>;
}

/** Where the messages go. */
export interface ServingOptions extends AssistantOptions {
  /** This process's own standard input and output unless given. */
  readonly transport?: Transport;
  /** Where answers are written in place of standard output, as {@link claimStdout} gives it. */
  readonly stdout?: Writable;
}

/**
 * Serves a configuration to an assistant over the Model Context Protocol, until the client goes. Everything is read afresh
 * for every answer, and changes from outside reach subscribers. Rejects where the definition can't be loaded, or where
 * `@modelcontextprotocol/server` is not installed.
 */
export async function serveConfig(definition: Definition, options: ServingOptions = {}): Promise<Serving> {
  const { transport, stdout = process.stdout, ...inputs } = options;
  const [{ StdioServerTransport, serveStdio }, { createServer }, { changedUris }] = await loadParts();
  const session = new Session(definition, inputs);
  const config = await session.load();
  let end = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  const watcher = config.watch();
  let tell: ((uri: string) => Promise<void>) | undefined;
  const stop = config.subscribe((event) => {
    const keys = 'changes' in event ? event.changes.map(({ key }) => key) : [];
    for (const uri of changedUris(keys)) tell?.(uri).catch(() => undefined);
  });
  const handle = serveStdio(
    () => {
      const { server, updated } = createServer(session, version());
      tell = updated;
      server.server.onclose = () => end();
      return server;
    },
    { transport: transport ?? new StdioServerTransport(process.stdin, stdout) },
  );
  // A client may go before it said anything.
  if (!transport) process.stdin.once('close', end);
  const close = async (): Promise<void> => {
    stop();
    await Promise.all([watcher.close(), handle.close()]);
    end();
  };
  closed.then(close, close);
  return { close, closed };
}

const loading = () =>
  Promise.all([import('@modelcontextprotocol/server/stdio'), import('./server.ts'), import('./resources.ts')]);

/** All that needs the protocol's library: it is an optional peer, so its absence is told instead of a path in our code. */
async function loadParts(): ReturnType<typeof loading> {
  try {
    return await loading();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const message =
      'varve/mcp needs @modelcontextprotocol/server, which is not installed: npm install @modelcontextprotocol/server';
    throw Object.assign(new Error(message, { cause }), { code });
  }
}

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
