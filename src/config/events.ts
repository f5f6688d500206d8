import type { ConfigError } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Origin } from '../layer.ts';

/** One setting whose value is another than before. Values of sensitive settings are redacted. */
export interface SettingChange {
  readonly key: Key;
  readonly before: unknown;
  readonly after: unknown;
  /** Where the value before was written; absent where there was none. */
  readonly from?: Origin;
  /** Where the value after is written. */
  readonly to?: Origin;
  readonly redacted: boolean;
}

/** Values changed together, in one swap. */
export interface ChangeEvent {
  /** Empty where the end of a rejection, or only `waiting`, is told. */
  readonly changes: readonly SettingChange[];
  /** Settings with `reload: false` that are newly written otherwise: `after` takes effect at the next start. */
  readonly waiting: readonly SettingChange[];
}

/** Why what was read anew is not used, and what it would have changed where it is right. */
export type ReloadRejection = ConfigError & { readonly candidate: readonly SettingChange[] };

/** What a subscriber hears: values changed, or what was read anew was rejected and the old values stay. */
export type ConfigEvent = ChangeEvent | { readonly rejected: ReloadRejection };

/** Called once for each event, in their order. */
export type ConfigListener = (event: ConfigEvent) => void;

/** What a subscriber wants to hear, and until when. */
export interface SubscribeOptions<K extends Key = Key> {
  /** Settings and groups; all of them unless told. Rejections, and that one is over, are always heard. */
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
  /** Events that are not told yet: a listener that causes another one lets all hear its own first. */
  readonly #queue: ConfigEvent[] = [];
  #isTelling = false;

  get size(): number {
    return this.#subscribers.size;
  }

  /** Adds a subscriber, and returns what removes it. */
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

  /** Tells of `changes`, which are asked for only if somebody listens. */
  emitChanges(changes: () => readonly SettingChange[]): void {
    if (this.size === 0) return;
    const told = changes();
    if (told.length > 0) this.emit({ changes: told, waiting: [] });
  }

  /** Tells all subscribers. What one throws does not keep the others from hearing; it surfaces as an uncaught error. */
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
      // One that an earlier listener removed hears no more.
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
