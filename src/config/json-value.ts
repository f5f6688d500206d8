import type { Key } from '../key.ts';
import { type Config, partsOf } from './config.ts';
import { notAKey } from './unknown-key.ts';

/**
 * The value of a key as `get` returns it, secrets included; of a setting that JSON cannot hold, such as a `Map` or a `Date`,
 * the JSON that it was made of.
 */
export function jsonValue(config: Config, key: Key): unknown {
  const { current } = partsOf(config);
  if (typeof key !== 'string') throw notAKey(key);
  return current.schema.settings.get(key)?.canTransform ? current.states([key]).get(key)?.json : current.get(key);
}
