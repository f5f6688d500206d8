import { ConfigError } from '../errors.ts';
import { isPlainObject } from '../json/value.ts';
import type { Layer } from '../layer.ts';
import { layersWith } from '../overlaid-layer.ts';
import type { SettingsDefinition } from '../schema/types.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { requireArgument } from '../wrong-arguments.ts';
import { type Config, partsOf } from './config.ts';
import type { ConfigState } from './config-state.ts';
import { ChangedEntries, type KeyValue } from './file-changes.ts';
import type { SettingValues } from './set-all.ts';

/**
 * Asks the resolvers for what these changes need, and changes nothing. After that, `set`, `setAll` and `override`, which
 * are synchronous, accept them. A program needs it only for a resolver that returns a promise.
 * @example
 * import { defineConfig, loadConfig, resolver, resolveTexts } from 'varve';
 *
 * const vault = resolver({ resolve: async (names) => new Map(names.map((name) => [name, `the token ${name}`])) });
 * const definition = defineConfig({ name: 'shop', resolvers: { vault }, settings: { token: '' } });
 * const config = await loadConfig(definition, { env: {}, argv: [] });
 * await resolveTexts(config, { token: 'vault:a/token' });
 * config.override('token', 'vault:a/token');
 * console.log(config.values.token); // the token a/token
 */
export async function resolveTexts<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
  values: SettingValues<S, U>,
): Promise<void> {
  const { current } = partsOf(config);
  requireArgument(isPlainObject(values), 'resolveTexts: needs an object with the values by their keys', values);
  if (!current.resolvesTexts) return;
  const changes = Object.entries(values).map(([key, value]) => ({ key, value }));
  await current.prepare((['file', 'override'] as const).map((layer) => layersAfter(current, changes, layer)));
}

/** The layers with changes in one of them. `set` throws for changes that are refused. */
function layersAfter(current: ConfigState, changes: readonly KeyValue[], layer: 'file' | 'override'): readonly Layer[] {
  try {
    return layersWith(current.given, layer, new ChangedEntries(current, { layer, location: layer }).after(changes));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return current.given;
  }
}
