import { requireArgument, requireOptions } from '../wrong-arguments.ts';
import type { ConfigState } from './config-state.ts';
import type { ConfigListener, SubscribeOptions } from './events.ts';
import { notAKey } from './unknown-key.ts';

/** Adds a subscriber; returns a function that removes it. Throws `UNKNOWN_KEY`, and `TypeError` for other mistakes. */
export function subscribe(current: ConfigState, listener: ConfigListener, options: SubscribeOptions): () => void {
  requireArgument(typeof listener === 'function', 'subscribe: needs a function that gets events', listener);
  requireOptions('subscribe', options);
  const { keys = [] } = options;
  requireArgument(Array.isArray(keys), 'subscribe: "keys" must be a list of settings and groups', keys);
  for (const key of keys) {
    if (typeof key !== 'string') throw notAKey(key);
    if (!current.schema.groups.has(key)) current.setting(key);
  }
  return current.listeners.add(listener, options);
}
