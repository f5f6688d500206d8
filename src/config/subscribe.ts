import { shownValue } from '../schema/refusal.ts';
import { requireOptions } from './call-options.ts';
import type { ConfigState } from './config-state.ts';
import type { ConfigListener, SubscribeOptions } from './events.ts';
import { notAKey } from './unknown-key.ts';

/** Adds a subscriber; returns a function that removes it. Throws `UNKNOWN_KEY`, and `TypeError` for other mistakes. */
export function subscribe(current: ConfigState, listener: ConfigListener, options: SubscribeOptions): () => void {
  if (typeof listener !== 'function')
    throw new TypeError(`subscribe: needs a function that gets events, got ${shownValue(listener)}`);
  requireOptions('subscribe', options);
  const { keys = [] } = options;
  if (!Array.isArray(keys))
    throw new TypeError(`subscribe: "keys" must be a list of settings and groups, got ${shownValue(keys)}`);
  for (const key of keys) {
    if (typeof key !== 'string') throw notAKey(key);
    if (!current.schema.groups.has(key)) current.setting(key);
  }
  return current.listeners.add(listener, options);
}
