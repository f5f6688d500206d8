import type { ConfigError } from '../errors.ts';
import { type Key, keysAround } from '../key.ts';
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
  /** By their numbers, in the order in which they were added. */
  readonly #subscribers = new Map<number, Subscriber>();
  /** The numbers of the subscribers of each key, and of those of all keys: a change looks at these alone. */
  readonly #byKey = new Map<Key, Set<number>>();
  readonly #ofAll = new Set<number>();
  #added = 0;
  /** Events to deliver: an event that a listener causes is delivered after all listeners received the present one. */
  readonly #queue: ConfigEvent[] = [];
  #isNotifying = false;

  /** Adds a subscriber. Returns a function that removes it. */
  add(listener: ConfigListener, { keys, signal }: SubscribeOptions): () => void {
    const id = ++this.#added;
    const groups = keys ? keys.map((key) => [key, this.#subscribersOf(key)] as const) : [];
    const stop = (): void => {
      this.#subscribers.delete(id);
      this.#ofAll.delete(id);
      for (const [key, ids] of groups) if (ids.delete(id) && ids.size === 0) this.#byKey.delete(key);
      signal?.removeEventListener('abort', stop);
    };
    if (signal?.aborted) return stop;
    this.#subscribers.set(id, { listener, keys });
    if (!keys) this.#ofAll.add(id);
    for (const [key, ids] of groups) this.#byKey.set(key, ids.add(id));
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

  #subscribersOf(key: Key): Set<number> {
    return this.#byKey.get(key) ?? new Set();
  }

  /** The subscribers that an event is for, in the order in which they were added. */
  #concerned(event: ConfigEvent): readonly number[] {
    if ('rejected' in event || isEmpty(event)) return [...this.#subscribers.keys()];
    const ids = new Set(this.#ofAll);
    for (const { key } of [...event.changes, ...event.waiting])
      for (const around of keysAround(key)) for (const id of this.#subscribersOf(around)) ids.add(id);
    return [...ids].sort((a, b) => a - b);
  }

  #notify(event: ConfigEvent): void {
    const narrowed = new NarrowedEvents(event);
    for (const id of this.#concerned(event)) {
      // An earlier listener may have removed this one.
      const subscriber = this.#subscribers.get(id);
      if (!subscriber) continue;
      const { listener, keys } = subscriber;
      const heard = keys ? narrowed.to(keys) : event;
      if (!heard) continue;
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
    for (const around of keysAround(change.key)) {
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
