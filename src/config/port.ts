/** One end of a connection between threads: a `MessagePort`, `parentPort`, a `Worker`, a `BroadcastChannel`. */
interface ThreadPort {
  postMessage(message: unknown): void;
}

/** One end of a connection between processes: `process` in a child, a `ChildProcess`, a `Worker` of `node:cluster`. */
interface ProcessPort {
  send?: ((message: never, callback: () => void) => boolean) | undefined;
}

/** What two threads or two processes talk over. It stays the program's: whether it keeps the process alive, too. */
export type Port = ThreadPort | ProcessPort;

interface Emitter {
  on(event: string, listener: (message: unknown) => void): unknown;
  off(event: string, listener: (message: unknown) => void): unknown;
}

/** What tells that nothing comes through a port any more. */
const ENDS = ['close', 'exit', 'disconnect'] as const;

/** Hears messages and the end of a port; returns what ends that. */
export function listen(port: Port, heard: (message: unknown) => void, ended: () => void): () => void {
  if (!isEmitter(port)) return listenToEvents(port as unknown as EventTarget, heard);
  port.on('message', heard);
  for (const end of ENDS) port.on(end, ended);
  return () => {
    port.off('message', heard);
    for (const end of ENDS) port.off(end, ended);
  };
}

function listenToEvents(target: EventTarget, heard: (message: unknown) => void): () => void {
  const listener = (event: Event): void => heard((event as MessageEvent).data);
  target.addEventListener('message', listener);
  return () => target.removeEventListener('message', listener);
}

/** Sends a message; one to a process that has gone is nobody's concern. */
export function post(port: Port, message: unknown): void {
  if ('postMessage' in port) port.postMessage(message);
  else port.send?.(message as never, () => undefined);
}

/** Whether messages become JSON on their way, which regular expressions do not survive. */
export function isProcessPort(port: Port): boolean {
  return !('postMessage' in port);
}

function isEmitter(port: Port): port is Port & Emitter {
  return typeof (port as Partial<Emitter>).on === 'function';
}
