import type { SettingsDefinition } from './types.ts';

/**
 * Settings for several definitions, or for a group of one. They keep their types: formats, enumerations, `nullable`.
 * @example
 * import { defineConfig, defineSettings, loadConfigSync } from 'varve';
 *
 * const log = defineSettings({ level: { format: ['debug', 'info'], default: 'info' } });
 * const orders = defineConfig({ name: 'orders', settings: { log, port: 8081 } });
 * console.log(loadConfigSync(orders, { argv: [] }).values.log.level); // info
 */
export function defineSettings<const S extends SettingsDefinition>(settings: S): S {
  return settings;
}
