import type { ConfigError } from './errors.ts';
import type { Key } from './key.ts';
import type { Origin } from './layer.ts';

/** One setting whose value is another than before. Values of sensitive settings are redacted. */
export interface Change {
  readonly key: Key;
  readonly before: unknown;
  readonly after: unknown;
  /** Where the value before was written; absent where there was none. */
  readonly from?: Origin;
  /** Where the value after is written. */
  readonly to?: Origin;
  readonly redacted: boolean;
}

/** What a subscriber hears: values changed together in one swap, or a candidate was rejected and the old values stay. */
export type ConfigEvent = { readonly changes: readonly Change[] } | { readonly rejected: ConfigError };

/** Called once for each event, in their order. */
export type Listener = (event: ConfigEvent) => void;

/** What a subscriber wants to hear, and until when. */
export interface SubscribeOptions<K extends Key = Key> {
  /** Settings and groups; all of them unless told. Rejections are always heard. */
  readonly keys?: readonly K[];
  /** Ends the subscription. */
  readonly signal?: AbortSignal;
}

/** The subscribers of one configuration. */
export class Listeners {
  readonly #wanted = new Map<symbol, { readonly listener: Listener; readonly keys: readonly Key[] | undefined }>();

  /** Adds a subscriber, and returns what removes it. */
  add(listener: Listener, { keys, signal }: SubscribeOptions): () => void {
    const id = Symbol();
    const stop = (): void => {
      this.#wanted.delete(id);
      signal?.removeEventListener('abort', stop);
    };
    if (signal?.aborted) return stop;
    this.#wanted.set(id, { listener, keys });
    signal?.addEventListener('abort', stop);
    return stop;
  }

  /** Tells all subscribers. What one throws does not keep the others from hearing; it surfaces as an uncaught error. */
  emit(event: ConfigEvent): void {
    for (const { listener, keys } of [...this.#wanted.values()]) {
      const heard = narrowed(event, keys);
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

function narrowed(event: ConfigEvent, keys: readonly Key[] | undefined): ConfigEvent | undefined {
  if (!keys || 'rejected' in event) return event;
  const changes = event.changes.filter(({ key }) =>
    keys.some((wanted) => key === wanted || key.startsWith(`${wanted}.`)),
  );
  return changes.length === 0 ? undefined : { changes };
}
