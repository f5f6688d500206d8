import type { SettingsDefinition } from './types.ts';

/** Settings for several definitions, or for a group of one. They keep their types: formats, enumerations, `nullable`. */
export function defineSettings<const S extends SettingsDefinition>(settings: S): S {
  return settings;
}
