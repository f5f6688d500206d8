import { type Definition, schemaOf } from '../definition.ts';
import { resolveSetting } from '../explain.ts';
import { isEqual } from '../json/value.ts';
import type { Key } from '../key.ts';
import { jsonOf } from '../layer.ts';
import type { SettingsDefinition } from '../schema/types.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { type Config, partsOf } from './config.ts';
import type { ConfigState } from './config-state.ts';
import { renameSnapshotKeys } from './rename-snapshot.ts';
import {
  type DefinitionChanges,
  identityKey,
  recordedValue,
  type SnapshotJson,
  snapshotFingerprint,
  snapshotOf,
} from './snapshot.ts';
import { requireSnapshot } from './snapshot-shape.ts';

/**
 * The snapshot of a configuration that repeats an earlier run. Its fingerprint equals that of the run if the settings of
 * the run have the same values, and each setting that the definition has gained since has its default.
 * @example
 * import { defineConfig, loadConfigSync } from 'varve';
 * import { repeatedSnapshot } from 'varve/tools';
 *
 * const load = (settings) => loadConfigSync(defineConfig({ name: 'trainer', settings }), { env: {}, argv: [] });
 * const first = load({ lr: 0.1 }).snapshot().toJSON();
 * const { fingerprint, definitionChanges } = repeatedSnapshot(load({ lr: 0.1, warmup: 0 }), first);
 * console.log(fingerprint === first.fingerprint, definitionChanges.gained); // true [ 'warmup' ]
 */
export function repeatedSnapshot<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
  run: SnapshotJson,
): SnapshotJson {
  const { current, definition, fingerprintKey } = partsOf(config);
  requireSnapshot('repeatedSnapshot', run);
  const before = renameSnapshotKeys(run, schemaOf(definition as Definition));
  const { definitionChanges } = before;
  const now = snapshotOf(current, { name: definition.name, fingerprintKey, definitionChanges }).toJSON();
  const changes = changesBetween(before, now, current);
  const lost = Object.keys(changes.lost);
  const identity = new Set(now.identity);
  const hasValue = (key: Key): boolean => identity.has(key) || Object.hasOwn(changes.lost, key) || isPlain(now, key);
  const gained = changes.gained.filter((key) => identity.has(key) && !isAsBefore(key, { before, now, current }));
  const hashes = lost.flatMap((key) =>
    Object.hasOwn(before.secrets, key) ? [[key, before.secrets[key] ?? null] as const] : [],
  );
  const taken = new Set(before.identity.map((key) => identityKey(before, key)));
  // A gained setting may have the key that a renamed one has in the fingerprint.
  const own = new Set(before.identity);
  const apart = gained.filter((key) => taken.has(key) && !own.has(key));
  const renamed = { ...changes.renamed, ...Object.fromEntries(apart.map((key) => [key, `${key} (gained)`])) };
  const isChanged = lost.length + changes.gained.length + Object.keys(changes.renamed).length > 0;
  const snapshot: SnapshotJson = {
    ...now,
    identity: [...new Set([...before.identity.filter(hasValue), ...gained])],
    secrets: { ...now.secrets, ...Object.fromEntries(hashes) },
    repeats: run.fingerprint,
    ...(isChanged && { definitionChanges: { ...changes, renamed } }),
  };
  return { ...snapshot, fingerprint: snapshotFingerprint(snapshot) };
}

/** What the definition has gained, lost and renamed since the run `before`, which may be a repetition itself. */
function changesBetween(before: SnapshotJson, now: SnapshotJson, { schema }: ConfigState): DefinitionChanges {
  const { renamed = {}, gained = [], lost = {} } = before.definitionChanges ?? {};
  const gainedBefore = new Set(gained);
  const known = new Set([...Object.keys(before.origins), ...Object.keys(lost)]);
  const keys = Object.keys(now.origins);
  const gone = [...known].filter((key) => !Object.hasOwn(now.origins, key) && !schema.settings.has(key));
  return {
    renamed,
    gained: keys.filter((key) => gainedBefore.has(key) || !known.has(key)),
    lost: Object.fromEntries(gone.map((key) => [key, recordedValue(before, key)])),
  };
}

/** Whether a setting has a value that the snapshot shows. */
function isPlain({ origins, secrets }: SnapshotJson, key: Key): boolean {
  return Object.hasOwn(origins, key) && !Object.hasOwn(secrets, key);
}

/** Whether a gained setting has its default; or, if a repetition has it already, the value that it has there. */
function isAsBefore(
  key: Key,
  {
    before,
    now,
    current,
  }: { readonly before: SnapshotJson; readonly now: SnapshotJson; readonly current: ConfigState },
): boolean {
  if (Object.hasOwn(before.origins, key))
    return Object.hasOwn(now.secrets, key)
      ? before.secrets[key] === now.secrets[key]
      : isEqual(recordedValue(before, key), recordedValue(now, key));
  const setting = current.schema.settings.get(key);
  const defaults = current.layers.filter(({ name }) => name === 'default');
  return (
    setting !== undefined &&
    isEqual(resolveSetting(setting, defaults, jsonOf), resolveSetting(setting, current.layers, jsonOf))
  );
}
