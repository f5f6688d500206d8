import { type Definition, schemaOf } from '../definition.ts';
import { ConfigError, type Issue } from '../errors.ts';
import { frozenCopy, isPlainObject, type JsonObject, valueAt, withValue } from '../json/value.ts';
import { type Key, segments } from '../key.ts';
import { didYouMean } from '../near-names.ts';
import type { Schema } from '../schema/schema.ts';
import type { AnyKey, ConfigValues, OpenKey, SettingsDefinition, ValueAt } from '../schema/types.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { requireOptions } from '../wrong-arguments.ts';
import {
  type ConfigEvent,
  type ConfigListener,
  Listeners,
  type ReloadRejection,
  type SubscribeOptions,
} from './events.ts';
import { type Connection, connect, type Port } from './port.ts';
import type { Hello, State } from './share.ts';
import { Snapshot } from './snapshot.ts';
import { notAKey, unknownKey } from './unknown-key.ts';
/// <reference lib="esnext.disposable" preserve="true" />

/** How to follow a configuration. */
export interface FollowOptions {
  /** Stops following. Before the first values arrive, `followConfig` rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Follows a configuration that another thread or process shares with `shareConfig`. Resolves when the first values
 * arrive. Rejects with `UNAVAILABLE` if the port closes before that.
 * @example
 * import { defineConfig, followConfig, loadConfig, shareConfig } from 'varve';
 *
 * const definition = defineConfig({ name: 'trainer', settings: { lr: 0.1 } });
 * const config = await loadConfig(definition, { argv: [] });
 * const { port1, port2 } = new MessageChannel(); // a Worker and its parentPort work alike
 * const stop = shareConfig(config, port1);
 * const followed = await followConfig(definition, port2);
 * console.log(followed.values.lr); // 0.1
 * followed.close();
 * stop();
 * port1.close();
 */
export async function followConfig<S extends SettingsDefinition, U extends UnknownKeys>(
  definition: Definition<S, U>,
  port: Port,
  options: FollowOptions = {},
): Promise<FollowedConfig<S, U>> {
  requireOptions('followConfig', options);
  schemaOf(definition as Definition);
  const { signal } = options;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const followed = new FollowedConfig<S, U>(definition as Definition, port, {
      begun: () => resolve(followed),
      ended: () => reject(gone(definition.name)),
    });
    const abort = (): void => {
      followed.close();
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}

interface Followers {
  begun(): void;
  ended(): void;
}

/** A read-only copy of a configuration that another thread or process loaded. */
export class FollowedConfig<S extends SettingsDefinition = SettingsDefinition, U extends UnknownKeys = 'warn'>
  implements Disposable
{
  readonly #definition: Definition;
  readonly #listeners = new Listeners();
  readonly #connection: Connection;
  readonly #followers: Followers;
  #state: State | undefined;
  #snapshot: Snapshot | undefined;
  #rejected: ReloadRejection | undefined;

  /** @internal */
  constructor(definition: Definition, port: Port, followers: Followers) {
    this.#definition = definition;
    this.#followers = followers;
    this.#connection = connect(port, (message) => this.#heard(message), followers.ended);
    const hello: Hello = { varve: 'follow', name: definition.name };
    this.#connection.post(hello);
  }

  /** The name in the definition. */
  get name(): string {
    return this.#definition.name;
  }

  /** All values, deeply frozen and from the same moment. */
  get values(): ConfigValues<S, U> {
    return this.snapshot().values;
  }

  /** Why the other side rejected its last reload; `undefined` if it accepted it. */
  get rejected(): ReloadRejection | undefined {
    return this.#rejected;
  }

  /** The value of a setting or a group. Throws `UNKNOWN_KEY` with the nearest key. */
  get<K extends AnyKey<S> | OpenKey<U>>(key: K): ValueAt<S, K> {
    const value = typeof key === 'string' ? valueAt(this.values, segments(key)) : undefined;
    if (value === undefined) requireKnown(key, schemaOf(this.#definition), this.#definition.unknown);
    return value as ValueAt<S, K>;
  }

  /** The values with their origins and fingerprint. */
  snapshot(): Snapshot<ConfigValues<S, U>> {
    if (!this.#snapshot) throw gone(this.name);
    return this.#snapshot as Snapshot<ConfigValues<S, U>>;
  }

  /** Calls `listener` whenever values change or the other side rejects a reload. Returns a function that ends this. */
  subscribe(listener: ConfigListener, options: SubscribeOptions<AnyKey<S> | OpenKey<U>> = {}): () => void {
    for (const key of options.keys ?? []) requireKnown(key, schemaOf(this.#definition), this.#definition.unknown);
    return this.#listeners.add(listener, options);
  }

  /** Stops listening to the port; the values no longer change. */
  close(): void {
    this.#connection.close();
  }

  /** The same as `close`, for `using`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #heard(message: unknown): void {
    if (!isState(message, this.name)) return;
    const isFirst = this.#state === undefined;
    if (this.#state?.share === message.share && message.number <= this.#state.number) return;
    this.#state = message;
    let values = frozenCopy(message.snapshot.values) as JsonObject;
    for (const [key, [source, flags]] of Object.entries(message.patterns ?? {}))
      values = withValue(values, segments(key), new RegExp(source, flags));
    const { origins, fingerprint, identity, secrets } = message.snapshot;
    const parts = { name: this.name, values, origins, fingerprint, identity, secrets };
    this.#snapshot = new Snapshot(parts, frozenCopy(message.redacted) as JsonObject);
    const event = message.event && eventOf(message.event, this.name);
    this.#rejected = event && 'rejected' in event ? event.rejected : undefined;
    if (isFirst) this.#followers.begun();
    else if (event) this.#listeners.emit(event);
  }
}

function eventOf(event: NonNullable<State['event']>, name: string): ConfigEvent {
  if (!('rejected' in event)) return event;
  const { issues, candidate } = event.rejected as ReloadRejection;
  const error = new ConfigError(issues as readonly [Issue, ...Issue[]], { title: `the configuration of ${name}` });
  return { rejected: Object.assign(error, { candidate }) };
}

function requireKnown(key: Key, { settings, groups }: Schema, unknown: UnknownKeys | undefined): void {
  if (typeof key !== 'string') throw notAKey(key);
  if (unknown === 'allow' || settings.has(key) || groups.has(key)) return;
  throw unknownKey(key, 'is not a setting', didYouMean(key, settings.keys()));
}

function isState(message: unknown, name: string): message is State {
  return isPlainObject(message) && message['varve'] === 'state' && message['name'] === name;
}

function gone(name: string): ConfigError {
  const message = `the other end of the port shares no configuration called ${name}`;
  return new ConfigError([{ code: 'UNAVAILABLE', message }]);
}
