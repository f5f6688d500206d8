import { workerChannel } from '../sources/worker-channel.ts';
import { requireArgument } from '../wrong-arguments.ts';

/** One end of a connection between threads: a `MessagePort`, `parentPort`, a `Worker`, a `BroadcastChannel`. */
interface ThreadPort {
  postMessage(message: unknown): void;
}

/** One end of a connection between processes: `process` in a child, a `ChildProcess`, a `Worker` of `node:cluster`. */
interface ProcessPort {
  send?: ((message: never, callback: () => void) => boolean) | undefined;
}

/**
 * A channel between two threads or processes. varve never closes it. For a `Worker` and its `parentPort`, varve opens a
 * channel of its own, so that the program's listeners on them receive no message of varve.
 */
export type Port = ThreadPort | ProcessPort;

interface Emitter {
  on(event: string, listener: (message: unknown) => void): unknown;
  off(event: string, listener: (message: unknown) => void): unknown;
}

/** The events after which nothing comes through a port any more. */
const ENDS = ['close', 'exit', 'disconnect'] as const;

/** What is sent and received over a port. */
export interface Connection {
  post(message: unknown): void;
  /** Receives no more messages; the port stays open. */
  close(): void;
}

/** Receives the messages of a port, until it ends. A worker has a channel beside the port of the program. */
export function connect(port: Port, receive: (message: unknown) => void, ended: () => void): Connection {
  const canSend = ['postMessage', 'send'].some((name) => typeof Object(port)[name] === 'function');
  requireArgument(canSend, 'a port must have the method `postMessage` or `send`', port);
  const channel = workerChannel(port);
  const stopReceiving = listen(channel ?? port, receive);
  const stopWaiting = onEnd(port, ended);
  return {
    post: (message) => post(channel ?? port, message),
    close: () => {
      stopReceiving();
      stopWaiting();
      channel?.close();
    },
  };
}

function listen(port: Port, receive: (message: unknown) => void): () => void {
  if (isEmitter(port)) {
    port.on('message', receive);
    return () => void port.off('message', receive);
  }
  requireArgument(isEventTarget(port), 'a port must have the method `on` or `addEventListener`', port);
  const listener = (event: Event): void => receive('data' in event ? event.data : undefined);
  port.addEventListener('message', listener);
  return () => port.removeEventListener('message', listener);
}

function onEnd(port: Port, ended: () => void): () => void {
  if (!isEmitter(port)) return () => undefined;
  for (const end of ENDS) port.on(end, ended);
  return () => {
    for (const end of ENDS) port.off(end, ended);
  };
}

/** Sends a message. One to a process that has ended is dropped. */
function post(port: Port, message: unknown): void {
  if ('postMessage' in port) port.postMessage(message);
  else port.send?.(message as never, () => undefined);
}

/** Whether the port serializes messages as JSON, which loses regular expressions. */
export function isProcessPort(port: Port): boolean {
  return !('postMessage' in port);
}

function isEventTarget(port: Port): port is Port & EventTarget {
  return typeof (port as Partial<EventTarget>).addEventListener === 'function';
}

function isEmitter(port: Port): port is Port & Emitter {
  return typeof (port as Partial<Emitter>).on === 'function';
}
