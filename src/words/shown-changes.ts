import type { FileChange } from '../index.ts';

/**
 * The changes to show: without those of a list or member itself that only follow from the settings that it gets, such as
 * `servers: nothing -> []` before `servers.0.host: nothing -> a`.
 */
export function shownChanges(changes: readonly FileChange[]): readonly FileChange[] {
  const isGiven = (key: string): boolean =>
    changes.some((change) => change.after !== undefined && change.key.startsWith(`${key}.`));
  return changes.filter(({ key, before, after }) => !(isEmpty(before) && isEmpty(after) && isGiven(key)));
}

/** The change of a setting, by its key or by that of a member of its value. */
export function changeOfKey(changes: readonly FileChange[], key: string): FileChange | undefined {
  const around = changes.filter(
    (change) => key === change.key || key.startsWith(`${change.key}.`) || key.startsWith(`${change.key}["`),
  );
  return around.sort((a, b) => b.key.length - a.key.length)[0];
}

function isEmpty(value: unknown): boolean {
  return value === undefined || (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
}
