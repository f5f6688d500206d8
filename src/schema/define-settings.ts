import type { SettingsDefinition } from './types.ts';

/**
 * Declares settings that several definitions share, or a group of one definition. Their values keep precise types, such as
 * the options of an enumeration.
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
