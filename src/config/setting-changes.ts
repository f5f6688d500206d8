import type { ComputedLayers } from '../computed.ts';
import type { Issue } from '../errors.ts';
import { resolveKey, resolveSetting, winner } from '../explain.ts';
import { isEqual } from '../json/value.ts';
import type { Key } from '../key.ts';
import { type Entry, jsonOf, plainOrigin, redact } from '../layer.ts';
import { type Schema, withSensitive } from '../schema/schema.ts';
import type { SettingChange } from './events.ts';

/** The state of a setting at one time. */
export interface SettingState {
  readonly value: unknown;
  /** The value, or the JSON that it was made of. */
  readonly json: unknown;
  /** The winning entry. It computes its line and column on access. */
  readonly entry: Entry | undefined;
  /** Whether the value was a secret then; a setting may start or stop being computed from one. */
  readonly sensitive: boolean;
}

/** The state that a setting has in these layers. */
export function stateIn(
  { schema, layers }: LayersWithSchema,
  key: Key,
  value: unknown = resolveKey(key, schema, layers),
): SettingState {
  const setting = schema.settings.get(key);
  const isTransformed = typeof value === 'object' && setting?.canTransform;
  const json = isTransformed ? resolveSetting(setting, layers, jsonOf) : value;
  return { value, json, entry: winner(key, layers), sensitive: setting?.sensitive === true };
}

/** The settings whose value differs between two times. */
export function settingChanges(
  before: ReadonlyMap<Key, SettingState>,
  after: ReadonlyMap<Key, SettingState>,
): readonly SettingChange[] {
  const keys = new Set([...before.keys(), ...after.keys()]);
  return [...keys]
    .filter((key) => !isEqual(before.get(key)?.json, after.get(key)?.json))
    .map((key) => settingChange(key, before.get(key), after.get(key)));
}

/** The change of one setting between two times; redacted if the value was a secret at one of them. */
export function settingChange(
  key: Key,
  old: SettingState | undefined,
  now: SettingState | undefined,
  form: 'value' | 'json' = 'value',
): SettingChange {
  const redacted = old?.sensitive === true || now?.sensitive === true;
  return {
    key,
    before: redact(old?.[form], redacted),
    after: redact(now?.[form], redacted),
    ...(old?.entry && { from: plainOrigin(old.entry.origin) }),
    ...(now?.entry && { to: plainOrigin(now.entry.origin) }),
    redacted,
  };
}

/** The warnings about settings that change at the next start. */
export function waitingIssues(waiting: readonly SettingChange[]): readonly Issue[] {
  return waiting.map(({ key, after, to, redacted }) => {
    const value = redacted ? '' : ` to ${JSON.stringify(after) ?? 'nothing'}`;
    const message = `changed${value}; restart to apply`;
    return { code: 'NEEDS_RESTART', key, message, ...(to && { origin: to }) };
  });
}

/** Layers, and the schema in which the settings that are secrets in them are sensitive. */
export type LayersWithSchema = Pick<ComputedLayers, 'layers' | 'schema'>;

/** The settings that keep their state until the next start, but for those that changed. */
export function without(pinned: ReadonlyMap<Key, SettingState>, keys: readonly Key[]): ReadonlyMap<Key, SettingState> {
  const changed = new Set(keys);
  return new Map([...pinned].filter(([key]) => !changed.has(key)));
}

/** A schema in which the settings that keep a secret until the next start are sensitive too. */
export function withPinned(schema: Schema, pinned: ReadonlyMap<Key, SettingState>): Schema {
  const secrets = [...pinned].flatMap(([key, { sensitive }]) => (sensitive ? key : []));
  return withSensitive(schema, secrets);
}
