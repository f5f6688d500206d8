import {
  type Config,
  type Explanation,
  type LoadOptions,
  loadConfigSync,
  type NewValue,
  type SettingKey,
  type ValueAt,
  type Values,
} from '../index.ts';
import { definition } from './definition.ts';

export { definition };

/** The settings of recursive learning, deeply readonly; keys that were added are there too, untyped. */
export type RecursiveLearningValues = Values<typeof definition>;

type Settings = (typeof definition)['settings'];

let options: LoadOptions = {};
let config: Config<Settings, 'allow'> | undefined;

/**
 * Says what the configuration is loaded from, another `file` for example, and forgets the one that was loaded. Without
 * it, the file is that of the variable `RECURSIVE_LEARNING_CONFIG`, else `config/recursive_learning_config.json`.
 */
export function configure(inputs: LoadOptions): void {
  options = inputs;
  config = undefined;
}

/**
 * The configuration behind the functions of this module, loaded at the first call of one of them; its file is created
 * with all defaults where there is none. Throws a `ConfigError` with every problem; a file with one is left as it is.
 */
export function recursiveLearning(): Config<Settings, 'allow'> {
  config ??= loadConfigSync(definition, options);
  return config;
}

/** All settings, frozen: a consistent whole that later changes do not touch. */
export function getConfig(): RecursiveLearningValues {
  return recursiveLearning().values;
}

/** The value of one setting; `fallback` where there is no such setting. */
export function getConfigValue<K extends SettingKey<Settings>>(key: K): ValueAt<Settings, K>;
export function getConfigValue(key: string, fallback?: unknown): unknown;
export function getConfigValue(key: string, fallback?: unknown): unknown {
  const value: unknown = recursiveLearning().get(key);
  return value === undefined ? fallback : value;
}

/**
 * Changes a setting in memory, or adds one; `saveConfig` persists it. The explanation tells whether the environment or
 * a flag masks it. Throws `INVALID_VALUE` for what the setting does not take.
 */
export function setConfigValue<K extends SettingKey<Settings>>(key: K, value: NewValue<Settings, K>): Explanation;
export function setConfigValue(key: string, value: unknown): Explanation;
export function setConfigValue(key: string, value: unknown): Explanation {
  return recursiveLearning().set(key, value);
}

/** Persists what was set, and nothing of the environment or the flags. Rejects with `CONFLICT` and the like. */
export async function saveConfig(): Promise<void> {
  await recursiveLearning().save();
}

/** Puts every setting of the file back to its default, drops those that were added, and gives the values after that. */
export async function resetToDefaults(): Promise<RecursiveLearningValues> {
  await recursiveLearning().reset();
  return getConfig();
}
