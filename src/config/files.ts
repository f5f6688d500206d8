import type { LayerName } from '../layer.ts';
import type { SettingsDefinition } from '../schema/types.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { type Config, partsOf } from './config.ts';
import { otherChoices } from './other-choices.ts';

/** A file that a configuration reads if it exists. */
export interface ConfigFile {
  /** Its path as messages show it. */
  readonly name: string;
  /** Its layer. */
  readonly layer: LayerName;
  /** `file`: a file of settings; `.env`: one of variables. */
  readonly kind: LayerName;
  /** Whether it existed when it was last read. */
  readonly isFound: boolean;
}

/**
 * The files that a configuration looks for, lowest first: those that the profile chose, those that they extend, `.env` files and
 * overlays too.
 * @example
 * import { defineConfig, loadConfigSync } from 'varve';
 * import { configFiles } from 'varve/tools';
 *
 * const files = [{ path: 'config/{profile}.yaml', optional: true }];
 * const profile = { values: ['development', 'production'], default: 'development' };
 * const config = loadConfigSync(defineConfig({ name: 'shop', files, profile, settings: { port: 80 } }), { env: {}, argv: [] });
 * console.log(configFiles(config)[0].name, configFiles(config)[0].isFound); // config/development.yaml false
 */
export function configFiles<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
): readonly ConfigFile[] {
  const { current, stack } = partsOf(config);
  const others = otherChoices(current);
  const listed = new Map(stack.files.map((file) => [file.layer, file]));
  return [...current.readings].flatMap(([layer, { absent, extendedFile: name }]) => {
    if (others.has(layer)) return [];
    const file = listed.get(layer) ?? (name === undefined ? undefined : { name, layer, kind: 'file' });
    return file ? { ...file, isFound: absent === undefined } : [];
  });
}
