import { readFileSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/server';
import type { Definition } from '../index.ts';
import { loadOptional } from '../words/optional-package.ts';
import type { AssistantOptions } from './options.ts';
import { Session } from './session.ts';
import { watchSession } from './watch.ts';

export type { AssistantOptions } from './options.ts';
export { claimStdout } from './stdout.ts';

/** A configuration that is served to a client. */
export interface ConfigServer {
  /** Closes the client's connection and stops watching the file. */
  close(): Promise<void>;
  /** Resolves when the client has disconnected and the last save is done. */
  readonly closed: Promise<void>;
}

/** Inputs of {@link serveConfig}. */
export interface ServeOptions extends AssistantOptions {
  /** Another transport of the SDK. Default: standard input and output of this process. */
  readonly transport?: Transport;
  /** The stream for answers, such as the one that {@link claimStdout} returns. Default: standard output. */
  readonly stdout?: Writable;
  /** Called for every message that could not be received or sent. */
  readonly onerror?: (error: Error) => void;
}

/**
 * Serves a configuration to an assistant over the Model Context Protocol, until the client disconnects. Every answer reads
 * all layers again, and subscribers are notified of changes. Rejects with a `ConfigError` if the definition can't be loaded
 * or a pattern of `allowWrite` matches no setting, and with `ERR_MODULE_NOT_FOUND` if `@modelcontextprotocol/server` is not
 * installed.
 */
export async function serveConfig(definition: Definition, options: ServeOptions = {}): Promise<ConfigServer> {
  const { transport, stdout = process.stdout, onerror, ...inputs } = options;
  const [{ StdioServerTransport, serveStdio }, { createServer }, { changedUris }] = await loadParts();
  const session = new Session(definition, inputs);
  const unwatch = await watchSession(session, (keys) => {
    for (const uri of changedUris(keys)) announce?.(uri).catch(() => undefined);
  });
  let end = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    end = resolve;
  });
  let announce: ((uri: string) => Promise<void>) | undefined;
  const wire = transport ?? new StdioServerTransport(process.stdin, stdout);
  const report = (error: Error): void => {
    session.failQuestions();
    onerror?.(error);
  };
  const handle = serveStdio(
    () => {
      const { server, updated } = createServer(session, version());
      announce = updated;
      return server;
    },
    { transport: wire, onerror: report },
  );
  // A server may close before its connection: a client that first asks for a newer protocol is given another server.
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

const loading = () => Promise.all([import('./stdio.ts'), import('./server.ts'), import('./resources.ts')]);

/** Loads the parts that need the protocol's library, an optional peer. */
const loadParts = () => loadOptional(loading, 'varve/mcp', '@modelcontextprotocol/server');

function version(): string {
  return JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version;
}
