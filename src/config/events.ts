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
  #isNotifying = false;

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
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) this.#notify(next);
    this.#isNotifying = false;
  }

  #notify(event: ConfigEvent): void {
    const narrowed = new NarrowedEvents(event);
    for (const [id, { listener, keys }] of [...this.#subscribers]) {
      const heard = keys ? narrowed.to(keys) : event;
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

/** What each subscriber gets of an event. */
class NarrowedEvents {
  readonly #event: ConfigEvent;
  /** Made once for all subscribers. */
  #changes: ((keys: readonly Key[]) => readonly SettingChange[]) | undefined;
  #waiting: ((keys: readonly Key[]) => readonly SettingChange[]) | undefined;

  constructor(event: ConfigEvent) {
    this.#event = event;
  }

  /** The event with the changes of some settings and groups; `undefined` if there are none. */
  to(keys: readonly Key[]): ConfigEvent | undefined {
    const event = this.#event;
    if ('rejected' in event || isEmpty(event)) return event;
    this.#changes ??= changesByKey(event.changes);
    this.#waiting ??= changesByKey(event.waiting);
    const narrow: ChangeEvent = { changes: this.#changes(keys), waiting: this.#waiting(keys) };
    return isEmpty(narrow) ? undefined : narrow;
  }
}

/** Finds the changes of some settings and groups, in their order. */
function changesByKey(changes: readonly SettingChange[]): (keys: readonly Key[]) => readonly SettingChange[] {
  const found = new Map<Key, Set<SettingChange>>();
  for (const change of changes) {
    for (const { index } of change.key.matchAll(/\.|$/g)) {
      const around = change.key.slice(0, index);
      const inside = found.get(around);
      if (inside) inside.add(change);
      else found.set(around, new Set([change]));
    }
  }
  return (keys) => {
    const sets = keys.flatMap((key) => found.get(key) ?? []);
    if (sets.length <= 1) return [...(sets[0] ?? [])];
    return changes.filter((change) => sets.some((inside) => inside.has(change)));
  };
}

function isEmpty({ changes, waiting }: ChangeEvent): boolean {
  return changes.length === 0 && waiting.length === 0;
}
