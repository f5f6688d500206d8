import type { ConfigError } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Origin } from '../layer.ts';

/** One setting whose value changed. Values of sensitive settings are redacted. */
export interface SettingChange {
  /** The setting. */
  readonly key: Key;
  /** The value before. */
  readonly before: unknown;
  /** The value now. */
  readonly after: unknown;
  /** The origin of `before`; absent if there was no value. */
  readonly from?: Origin;
  /** The origin of `after`; absent if there is no value. */
  readonly to?: Origin;
  /** Whether both values are replaced by `********`. */
  readonly redacted: boolean;
}

/** Settings that changed together. */
export interface ChangeEvent {
  /** Empty if the event reports only the end of a rejection, or only `waiting`. */
  readonly changes: readonly SettingChange[];
  /** Changed settings with `reload: false`: `after` takes effect at the next start. */
  readonly waiting: readonly SettingChange[];
}

/** The issues of a rejected reload. `candidate`: the changes of its valid settings, which did not take effect. */
export type ReloadRejection = ConfigError & { readonly candidate: readonly SettingChange[] };

/** Values changed, or a reload was rejected and the old values stay. */
export type ConfigEvent = ChangeEvent | { readonly rejected: ReloadRejection };

/** Called once for each event, in order. */
export type ConfigListener = (event: ConfigEvent) => void;

/** Which events a listener receives, and until when. */
export interface SubscribeOptions<K extends Key = Key> {
  /** Settings and groups. Default: all. The listener always receives rejections and their end. */
  readonly keys?: readonly K[];
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
}

interface Subscriber {
  readonly listener: ConfigListener;
  readonly keys: readonly Key[] | undefined;
}

/** The subscribers of one configuration. */
export class Listeners {
  readonly #subscribers = new Map<symbol, Subscriber>();
  /** Events to deliver: an event that a listener causes is delivered after all listeners received the present one. */
  readonly #queue: ConfigEvent[] = [];
  #isTelling = false;

  /** Adds a subscriber. Returns a function that removes it. */
  add(listener: ConfigListener, { keys, signal }: SubscribeOptions): () => void {
    const id = Symbol();
    const stop = (): void => {
      this.#subscribers.delete(id);
      signal?.removeEventListener('abort', stop);
    };
    if (signal?.aborted) return stop;
    this.#subscribers.set(id, { listener, keys });
    signal?.addEventListener('abort', stop);
    return stop;
  }

  /**
   * Delivers an event to all subscribers. An error of one becomes an uncaught exception; the others are still called.
   */
  emit(event: ConfigEvent): void {
    this.#queue.push(event);
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#tell(next);
    this.#isTelling = false;
  }

  #tell(event: ConfigEvent): void {
    for (const [id, { listener, keys }] of [...this.#subscribers]) {
      const heard = narrowed(event, keys);
      // An earlier listener may have removed this one.
      if (!heard || !this.#subscribers.has(id)) continue;
      try {
        listener(heard);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}

function narrowed(event: ConfigEvent, keys: readonly Key[] | undefined): ConfigEvent | undefined {
  if (!keys || 'rejected' in event || isEmpty(event)) return event;
  const isWanted = ({ key }: SettingChange): boolean =>
    keys.some((wanted) => key === wanted || key.startsWith(`${wanted}.`));
  const narrow: ChangeEvent = { changes: event.changes.filter(isWanted), waiting: event.waiting.filter(isWanted) };
  return isEmpty(narrow) ? undefined : narrow;
}

function isEmpty({ changes, waiting }: ChangeEvent): boolean {
  return changes.length === 0 && waiting.length === 0;
}
