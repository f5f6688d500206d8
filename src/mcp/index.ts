import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/server';
import type { Definition } from '../index.ts';
import type { AssistantOptions } from './options.ts';
import { Session } from './session.ts';
import { watchSession } from './watch.ts';

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
  /** Hears what could not be received or sent; a connection that ends by it is `closed` all the same. */
  readonly onerror?: (error: Error) => void;
}

/**
 * Serves a configuration to an assistant over the Model Context Protocol, until the client goes. Everything is read afresh
 * for every answer, and changes from outside reach subscribers. Rejects where the definition can't be loaded, or where
 * `@modelcontextprotocol/server` is not installed.
 */
export async function serveConfig(definition: Definition, options: ServingOptions = {}): Promise<Serving> {
  const { transport, stdout = process.stdout, onerror, ...inputs } = options;
  const [{ StdioServerTransport, serveStdio }, { createServer }, { changedUris }] = await loadParts();
  const session = new Session(definition, inputs);
  const unwatch = await watchSession(session, (keys) => {
    for (const uri of changedUris(keys)) tell?.(uri).catch(() => undefined);
  });
  let end = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  let tell: ((uri: string) => Promise<void>) | undefined;
  const wire = transport ?? new StdioServerTransport(process.stdin, stdout);
  const handle = serveStdio(
    () => {
      const { server, updated } = createServer(session, version());
      tell = updated;
      return server;
    },
    { transport: wire, ...(onerror && { onerror }) },
  );
  // A server may end before its connection does: a client that asks for a newer protocol first gets another one then.
  const ended = wire.onclose;
  wire.onclose = () => {
    ended?.();
    end();
  };
  const close = async (): Promise<void> => {
    await Promise.all([unwatch(), handle.close()]);
    end();
    await session.idle();
  };
  closed.then(close, close);
  return { close, closed: closed.then(() => session.idle()) };
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
