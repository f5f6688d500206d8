import type { Socket } from 'node:net';
import { isNativeError } from 'node:util/types';
import { ConfigError } from '../../index.ts';

/**
 * Loads the package that speaks to a server, with the first request: most programs that import a store for its types never
 * connect. Throws `UNAVAILABLE` if it is not installed.
 */
export async function loadClient<T>(load: () => Promise<T>, store: string, name: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    if (!isModuleNotFound(cause)) throw cause;
    const message = `${store} needs ${name}, which is not installed`;
    throw new ConfigError([{ code: 'UNAVAILABLE', message, suggestion: `npm install ${name}` }], { cause });
  }
}

/** The code is that of `import()` or of `require`: the build uses the latter. */
function isModuleNotFound(error: unknown): boolean {
  return isNativeError(error) && /^(ERR_)?MODULE_NOT_FOUND$/.test(String(Reflect.get(error, 'code')));
}

/** The sockets of a client, which its package does not show: none outlives its store. */
export class OpenSockets {
  readonly #open = new Set<Socket>();
  #isClosed = false;

  add(socket: Socket): Socket {
    this.#open.add(socket);
    socket.once('close', () => this.#open.delete(socket));
    // A package may leave a socket open that connects after its client was closed.
    if (this.#isClosed) socket.destroy();
    return socket;
  }

  /** Resolves when all are closed. */
  async destroy(): Promise<void> {
    this.#isClosed = true;
    const open = [...this.#open];
    const closed = open.map((socket) => new Promise<void>((resolve) => void socket.once('close', () => resolve())));
    for (const socket of open) socket.destroy();
    await Promise.all(closed);
  }
}
