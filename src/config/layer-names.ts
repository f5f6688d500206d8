import type { LayerName } from '../layer.ts';
import { type Config, partsOf } from './config.ts';

/**
 * The names of the layers of a configuration, lowest first.
 * @example
 * import { defineConfig, loadConfigSync } from 'varve';
 * import { layerNames } from 'varve/tools';
 *
 * const config = loadConfigSync(defineConfig({ name: 'shop', file: 'layers.json', settings: { port: 8080 } }), { argv: [] });
 * console.log(layerNames(config)); // [ 'default', 'file', 'env', 'flag', 'override' ]
 */
export function layerNames(config: Config): readonly LayerName[] {
  return partsOf(config).current.given.map(({ name }) => name);
}
