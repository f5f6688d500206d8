import { isDeeper } from '../json/depth.ts';
import { isPlainObject, MAX_DEPTH } from '../json/value.ts';
import { requireArgument } from '../wrong-arguments.ts';
import type { SnapshotJson } from './snapshot.ts';

/** Throws a `TypeError` unless an argument is a snapshot, or its JSON. */
export function requireSnapshot(call: string, got: unknown): void {
  const { toJSON } = Object(got) as { readonly toJSON?: unknown };
  const json = typeof toJSON === 'function' ? toJSON.call(got) : got;
  requireArgument(isSnapshot(json), `${call}: needs the JSON of a snapshot`, got);
}

/** The levels of a snapshot: its own, those of groups, and those of a value. */
export const MOST_LEVELS: number = 2 + 2 * MAX_DEPTH;

/** Whether a parsed document is a snapshot in the format version that this library writes. */
export function isSnapshot(value: unknown): value is SnapshotJson {
  if (!isPlainObject(value)) return false;
  const { varve, name, fingerprint, values, origins, identity, secrets, definitionChanges } = value;
  return (
    varve === 1 &&
    typeof name === 'string' &&
    typeof fingerprint === 'string' &&
    isPlainObject(values) &&
    isPlainObject(origins) &&
    Object.values(origins).every(isOrigin) &&
    Array.isArray(identity) &&
    identity.every((key) => typeof key === 'string') &&
    isPlainObject(secrets) &&
    Object.values(secrets).every((hash) => hash === null || typeof hash === 'string') &&
    !isDeeper(value, MOST_LEVELS) &&
    (definitionChanges === undefined || isDefinitionChanges(definitionChanges))
  );
}

function isDefinitionChanges(value: unknown): boolean {
  if (!isPlainObject(value)) return false;
  const { renamed, gained, lost } = value;
  const areNames = [isPlainObject(renamed) && Object.values(renamed), gained].every(
    (names) => Array.isArray(names) && names.every((name) => typeof name === 'string'),
  );
  return areNames && isPlainObject(lost);
}

function isOrigin(value: unknown): boolean {
  return isPlainObject(value) && ['layer', 'name', 'location'].every((member) => typeof value[member] === 'string');
}
