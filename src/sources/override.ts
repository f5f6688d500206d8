import type { Key } from '../key.ts';
import type { Entry, Layer } from '../layer.ts';

/** The layer that a program writes at run time; it is never persisted. */
export interface OverrideLayer extends Layer {
  readonly entries: Map<Key, Entry>;
}

/** An override layer that says nothing yet. */
export function overrideLayer(): OverrideLayer {
  return { name: 'override', entries: new Map(), problems: new Map() };
}
