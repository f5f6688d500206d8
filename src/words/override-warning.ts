import type { Config, Explanation, FileChange, Origin } from '../index.ts';
import { explainChange, isVariable } from '../tools.ts';
import { layerLocationText, valueText } from './values.ts';

/** How warnings are worded. */
export interface OverrideWarningOptions {
  /** Whether each begins with its key; that of a member always does. Default: if there is more than one change. */
  readonly isNamed?: boolean;
}

/**
 * Why changes of the file have no effect, and what to do: a higher layer wins. Of a setting whose layers are merged, only
 * the changed members count.
 */
export function overrideWarnings(
  config: Config,
  changes: readonly FileChange[],
  { isNamed = changes.length > 1 }: OverrideWarningOptions = {},
): readonly string[] {
  return changes.flatMap((change) => {
    const setting = explainChange(config, change.key);
    if (isMerged(setting)) return memberWarnings(config, change, setting);
    const warning = overrideWarning(setting);
    return warning === undefined ? [] : isNamed ? `${change.key}: ${warning}` : warning;
  });
}

/** Whether a value is merged from the file and from higher layers. */
function isMerged({ value, candidates }: Explanation): boolean {
  const isCombined = candidates.some(({ layer, state }) => layer === 'file' && state === 'merged');
  return isCombined && value !== null;
}

/** A warning for each member that the change gives another value, without effect. */
function memberWarnings(
  config: Config,
  { key, before, after, redacted }: FileChange,
  { winner }: Explanation,
): readonly string[] {
  if (redacted) return winner ? [`${key}: members that ${layerLocationText(winner)} gives have no effect now.`] : [];
  return changedPaths(before, after).flatMap((path) => {
    const quoted = path.map((name) => `["${name.replace(/["\\]/g, '\\$&')}"]`).join('');
    const warning = path.length === 0 ? undefined : overrideWarning(config.explain(key + quoted));
    const isPlain = path.every((name) => name !== '' && !/[.[]/.test(name));
    return warning === undefined ? [] : `${isPlain ? [key, ...path].join('.') : key + quoted}: ${warning}`;
  });
}

/** The paths of the members that `after` has, and `before` has not or has with another value. */
function changedPaths(before: unknown, after: unknown): readonly (readonly string[])[] {
  if (after === undefined || JSON.stringify(before) === JSON.stringify(after)) return [];
  if (!isObject(after)) return [[]];
  const old = isObject(before) ? before : {};
  return Object.entries(after).flatMap(([name, value]) => {
    return changedPaths(Object.hasOwn(old, name) ? old[name] : undefined, value).map((path) => [name, ...path]);
  });
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Why a change of the file has no effect, and what to do. `undefined` if it has an effect. */
function overrideWarning({ winner, value, candidates }: Explanation): string | undefined {
  if (!winner || winner.layer === 'file' || winner.layer === 'default') return undefined;
  if (candidates.every(({ layer }) => layer === winner.layer || layer === 'default')) return undefined;
  const sign = isVariable(winner) ? '=' : ' ';
  const at = candidates.findIndex(({ layer }) => layer === 'file');
  const others = candidates.slice(0, Math.max(0, at)).filter(({ layer, state }) => {
    return layer !== winner.layer && (state === 'shadowed' || state === 'merged');
  });
  const warning = `no effect now, overridden by ${layerLocationText(winner)}${sign}${valueText(value)}.${remedy(winner)}`;
  return others.reduce(
    (text, other) => `${text.replace(/\.$/, '')}; then ${layerLocationText(other)} overrides it.${remedy(other)}`,
    warning,
  );
}

function remedy(winner: Origin): string {
  if (winner.layer === 'flag') return ` Leave out ${winner.name}.`;
  if (!isVariable(winner)) return '';
  return winner.location === 'process.env' ? ` Try: unset ${winner.name}` : ` Remove it at ${winner.location}.`;
}
