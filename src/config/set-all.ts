import { rememberedValues } from '../explain.ts';
import type { Explanation } from '../explanation.ts';
import { isPlainObject } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { NewValue, OpenKey, SettingKey, SettingsDefinition } from '../schema/types.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { requireArgument, requireText } from '../wrong-arguments.ts';
import { type Config, partsOf } from './config.ts';

/** New values for settings of a configuration, by their keys; `undefined` removes a setting from the file layer. */
export type SettingValues<S extends SettingsDefinition, U extends UnknownKeys> = {
  readonly [K in SettingKey<S> | OpenKey<U>]?: NewValue<S, K> | undefined;
};

/**
 * Changes several settings of the file layer in memory, all or none; so settings that a rule binds together can change
 * together. Throws every issue, as `Config.set` does. An index in a key, as in `servers.1`, counts the elements of the list
 * before all changes.
 * @example
 * import { defineConfig, loadConfigSync, setAll } from 'varve';
 *
 * const definition = defineConfig({ name: 'shop', settings: { min: 1, max: { format: 'nat', default: 10 } } });
 * const config = loadConfigSync(definition, { env: {}, argv: [] });
 * setAll(config, { min: 20, max: 30 });
 * console.log(config.values); // { min: 20, max: 30 }
 */
export function setAll<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
  values: SettingValues<S, U>,
): readonly Explanation[] {
  const parts = partsOf(config);
  requireArgument(isPlainObject(values), 'setAll: needs an object with the new values by their keys', values);
  const changes = Object.entries(values).map(([key, value]) => ({ key, value }));
  parts.changes.set(changes);
  const resolve = rememberedValues();
  return changes.map(({ key }) => parts.explained(key, { resolve }));
}

/** Explains a key that changed, even one that no longer exists: a setting of a removed member, or of another variant. */
export function explainChange<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
  key: Key,
): Explanation {
  const parts = partsOf(config);
  requireText('explainChange: the key', key);
  return parts.explained(key);
}
