import { isPlainObject, type JsonObject, valueAt } from '../json/value.ts';
import { type Key, segments } from '../key.ts';
import type { SettingsDefinition } from '../schema/types.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { type Config, partsOf } from './config.ts';
import type { ConfigEvent } from './events.ts';
import { connect, isProcessPort, type Port } from './port.ts';
import type { Snapshot, SnapshotParts } from './snapshot.ts';

/** The first message of a follower: a `BroadcastChannel` does not keep messages for later listeners. */
export interface Hello {
  readonly varve: 'follow';
  /** The name of the followed configuration; several configurations may use one port. */
  readonly name: string;
}

/** The state of a configuration, and the event that led to it. */
export interface State {
  readonly varve: 'state';
  readonly name: string;
  /** The share's id and the number of the state in it: a follower ignores an older state. */
  readonly share: string;
  readonly number: number;
  readonly snapshot: SnapshotParts;
  /** The values as JSON, redacted. */
  readonly redacted: JsonObject;
  readonly event?: ConfigEvent | { readonly rejected: Pick<Error, 'message'> };
  /** The regular expressions among the values, if the port loses them. */
  readonly patterns?: Readonly<Record<Key, readonly [source: string, flags: string]>>;
}

/**
 * Sends the values and every change to another thread or process, which calls `followConfig` with the other end of the
 * port. Secrets are included. Returns a function that stops sharing; it also stops when the port closes.
 */
export function shareConfig<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
  port: Port,
): () => void {
  const { listeners } = partsOf(config).current;
  const { name } = config;
  const id = crypto.randomUUID();
  let number = 0;
  const send = (event?: ConfigEvent): void => {
    const now = config.snapshot() as Snapshot;
    const { values: redacted } = now.toJSON();
    const snapshot = { ...now, values: now.values };
    const state: State = { varve: 'state', name, share: id, number, snapshot, redacted };
    const patterns = isProcessPort(port) ? patternsOf(now) : undefined;
    connection.post({ ...state, ...(event && { event: plainEvent(event) }), ...(patterns && { patterns }) });
  };
  const forget = listeners.add((event) => {
    number += 1;
    send(event);
  }, {});
  const stop = (): void => {
    forget();
    connection.close();
  };
  const connection = connect(port, (message) => isHello(message, name) && send(), stop);
  send();
  return stop;
}

/** An event as plain data: a structured clone of an error loses its own members. */
function plainEvent(event: ConfigEvent): unknown {
  if (!('rejected' in event)) return event;
  const { issues, candidate, message } = event.rejected;
  const plain = issues.map(({ origin, ...issue }) => ({
    ...issue,
    ...(origin && { origin: { layer: origin.layer, name: origin.name, location: origin.location } }),
  }));
  return { rejected: { message, issues: plain, candidate } };
}

function patternsOf({ values, origins }: Snapshot): State['patterns'] {
  const patterns = Object.keys(origins).flatMap((key) => {
    const value = valueAt(values, segments(key));
    return value instanceof RegExp ? [[key, [value.source, value.flags]] as const] : [];
  });
  return Object.fromEntries(patterns);
}

function isHello(message: unknown, name: string): boolean {
  return isPlainObject(message) && message['varve'] === 'follow' && message['name'] === name;
}
