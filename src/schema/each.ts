import type { SettingsDefinition } from './types.ts';

/** A group whose members all have the same settings, and get their names from the layers; made by {@link each} or {@link eachOf}. */
export class Each<out S = unknown, out L extends boolean = boolean> {
  /** The settings of each member. */
  readonly settings: S;

  /** Whether the members are the elements of a list: their names are their indexes. */
  readonly isList: L;

  /** The name of the class, which distinguishes it from a group. */
  readonly [Symbol.toStringTag] = 'Each';

  /** Of any copy of the library: a definition may have settings of a package with a copy of its own. @internal */
  static [Symbol.hasInstance](value: unknown): boolean {
    return Object.prototype.toString.call(value) === '[object Each]';
  }

  /** @internal */
  constructor(settings: S, isList: L) {
    this.settings = settings;
    this.isList = isList;
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
export function each<const S extends SettingsDefinition>(settings: S): Each<S, false> {
  return new Each(settings, false);
}

/**
 * A list of groups: each element has these settings, with variables, flags and origins of their own. A layer that gives
 * the list replaces the one below it; a layer that gives `servers.0.port` changes that element.
 * @example
 * import { defineConfig, eachOf, loadConfigSync } from 'varve';
 *
 * const servers = eachOf({ host: { format: String, default: null }, port: 80 });
 * const definition = defineConfig({ name: 'proxy', envPrefix: 'PROXY', settings: { servers } });
 * const env = { PROXY_SERVERS: '[{ "host": "a" }, { "host": "b" }]', PROXY_SERVERS__1__PORT: '81' };
 * console.log(loadConfigSync(definition, { env, argv: [] }).values.servers[1]); // { host: 'b', port: 81 }
 */
export function eachOf<const S extends SettingsDefinition>(settings: S): Each<S, true> {
  return new Each(settings, true);
}
