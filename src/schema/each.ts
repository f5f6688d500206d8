import type { SettingsDefinition } from './types.ts';

/** A group whose members have names that the layers give, and the same settings; made by {@link each}. */
export class Each<out S = unknown> {
  /** The settings of each member. */
  readonly settings: S;

  /** The name of the class: tells it from a group. */
  readonly [Symbol.toStringTag] = 'Each';

  /** @internal */
  constructor(settings: S) {
    this.settings = settings;
  }
}

/**
 * A group by name: its members are named by the layers, and each has these settings, with variables, flags and origins
 * of their own.
 * @example
 * import { defineConfig, each, loadConfigSync } from 'varve';
 *
 * const databases = each({ url: { format: 'url', default: null, sensitive: true }, pool: 10 });
 * const definition = defineConfig({ name: 'shop', envPrefix: 'SHOP', settings: { databases } });
 * const env = { SHOP_DATABASES__EU__URL: 'postgres://eu/shop', SHOP_DATABASES__EU__POOL: '20' };
 * const { databases: all } = loadConfigSync(definition, { env, argv: [] }).values;
 * console.log(Object.keys(all), all.eu?.pool); // [ 'eu' ] 20
 */
export function each<const S extends SettingsDefinition>(settings: S): Each<S> {
  return new Each(settings);
}
