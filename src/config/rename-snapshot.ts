import { valueAt } from '../json/value.ts';
import { type PathValue, withValues } from '../json/with-values.ts';
import { type Key, segments } from '../key.ts';
import type { Schema } from '../schema/schema.ts';
import { identityKey, type SnapshotJson } from './snapshot.ts';

/** The snapshot with its deprecated keys renamed to the current ones; its fingerprint stays right. */
export function renameSnapshotKeys(snapshot: SnapshotJson, { deprecated }: Schema): SnapshotJson {
  return renamedSnapshot(snapshot, (key) => deprecated.keys.get(key)?.key);
}

/** The snapshot with the keys that the same settings have in the other one, if a repetition renamed them. */
export function renamedLike(snapshot: SnapshotJson, other: SnapshotJson): SnapshotJson {
  if (!snapshot.definitionChanges && !other.definitionChanges) return snapshot;
  const keys = new Map(Object.keys(other.origins).map((key) => [identityKey(other, key), key]));
  return renamedSnapshot(snapshot, (key) => keys.get(identityKey(snapshot, key)));
}

function renamedSnapshot(snapshot: SnapshotJson, newKey: (key: Key) => Key | undefined): SnapshotJson {
  const { origins, secrets, identity, definitionChanges: changes } = snapshot;
  const renames = renamesOf(snapshot, newKey);
  if (renames.size === 0) return snapshot;
  const renamed = (key: Key): Key => renames.get(key) ?? key;
  const members = <T>(record: Readonly<Record<Key, T>>): Record<Key, T> =>
    Object.fromEntries(Object.entries(record).map(([key, member]) => [renamed(key), member]));
  const firstKeys = Array.from(renames, ([old, key]) => [key, identityKey(snapshot, old)] as const);
  const moved = [...renames].filter(([old]) => valueAt(snapshot.values, segments(old)) !== undefined);
  const others = withValues(
    snapshot.values,
    moved.map(([old]): PathValue => [segments(old), undefined]),
  );
  const values = withValues(
    others,
    moved.map(([old, key]): PathValue => [segments(key), valueAt(snapshot.values, segments(old))]),
  );
  return {
    ...snapshot,
    values,
    origins: members(origins),
    identity: identity.map(renamed),
    secrets: members(secrets),
    definitionChanges: {
      renamed: { ...members(changes?.renamed ?? {}), ...Object.fromEntries(firstKeys) },
      gained: changes?.gained.map(renamed) ?? [],
      lost: members(changes?.lost ?? {}),
    },
  };
}

/** The keys that get another one: of several earlier settings that one setting replaces, the first; the others are lost. */
function renamesOf(
  { origins, definitionChanges }: SnapshotJson,
  newKey: (key: Key) => Key | undefined,
): ReadonlyMap<Key, Key> {
  const renames = new Map<Key, Key>();
  const taken = new Set(Object.keys(origins));
  for (const old of [...Object.keys(origins), ...Object.keys(definitionChanges?.lost ?? {})]) {
    const key = newKey(old);
    if (key === undefined || key === old || taken.has(key)) continue;
    renames.set(old, key);
    taken.add(key);
  }
  return renames;
}
