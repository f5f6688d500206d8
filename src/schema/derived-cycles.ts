import type { Key } from '../key.ts';
import { DerivedDefault } from './derived-default.ts';
import type { Settings } from './setting.ts';

/** A cycle of more settings is reported for so many of them. */
const MOST_IN_CYCLE = 100;

/** For each derived default that is computed from itself, the keys on the way from it back to itself. */
export function derivedCycles(settings: Settings): ReadonlyMap<Key, readonly Key[]> {
  const cycles = new Map<Key, readonly Key[]>();
  const done = new Set<Key>();
  const path: { readonly key: Key; readonly sources: Iterator<Key> }[] = [];
  const positions = new Map<Key, number>();
  const enter = (key: Key): void => {
    const expression = settings.get(key)?.expression;
    positions.set(key, path.length);
    path.push({ key, sources: (expression instanceof DerivedDefault ? expression.keys : []).values() });
  };
  const visit = ({ key, sources }: (typeof path)[number]): void => {
    const { value: source, done: isLast } = sources.next();
    if (isLast) {
      path.pop();
      positions.delete(key);
      done.add(key);
      return;
    }
    const start = positions.get(source);
    if (start === undefined) {
      if (!done.has(source)) enter(source);
      return;
    }
    const cycle = path.slice(start).map((step) => step.key);
    for (const [i, one] of cycle.slice(0, MOST_IN_CYCLE).entries())
      cycles.set(one, cycles.get(one) ?? [...cycle.slice(i), ...cycle.slice(0, i), one]);
  };
  for (const key of settings.keys()) {
    if (!done.has(key)) enter(key);
    for (let last = path.at(-1); last; last = path.at(-1)) visit(last);
  }
  return cycles;
}
