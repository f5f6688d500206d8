import { throwIssues } from '../errors.ts';
import type { Key } from '../key.ts';
import type { Layer, LayerName } from '../layer.ts';
import { layersWith } from '../overlaid-layer.ts';
import { missingIssue } from '../schema/refusal.ts';
import type { Setting } from '../schema/setting.ts';
import type { ConfigState } from './config-state.ts';

interface RemovedKeys {
  readonly layer: LayerName;
  readonly keys: Iterable<Key>;
  /** What the change is, in the title of the error. */
  readonly title: string;
}

/** Throws for every required setting that has a value, and would have none without its entry in this layer. */
export function requireValues(current: ConfigState, { layer, keys, title }: RemovedKeys): void {
  const { schema, layers } = current;
  const { settings } = schema;
  const required = [...keys].flatMap((key): readonly Setting[] => {
    const setting = settings.get(key);
    return setting?.required && hasValue(setting, layers) ? [setting] : [];
  });
  if (required.length === 0) return;
  const next = layersWith(layers, layer, new Map(required.map(({ key }) => [key, undefined])));
  const removed = new Map(Array.from(keys, (key) => [key, undefined] as const));
  const left = schema.open ? current.compute(layersWith(current.given, layer, removed)).schema.settings : settings;
  const missing = required.filter((setting) => left.has(setting.key) && !hasValue(setting, next));
  const message = 'is required, and no other layer gives it';
  throwIssues(
    missing.map((setting) => ({ ...missingIssue(setting, schema), message })),
    title,
  );
}

/** Whether some layer has a valid value. */
function hasValue(setting: Setting, layers: readonly Layer[]): boolean {
  return layers.some(({ entries, problems }) => !problems.has(setting.key) && entries.of(setting) !== undefined);
}
