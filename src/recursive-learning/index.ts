import {
  type Config,
  describeIssue,
  type Explanation,
  type Issue,
  type LoadOptions,
  loadConfigSync,
  type NewValue,
  type SettingKey,
  type ValueAt,
  type Values,
} from '../index.ts';
import { didYouMean } from '../tools.ts';
import { definition } from './definition.ts';

export { definition };

/** The settings of recursive learning, deeply readonly; keys that were added are there too, untyped. */
export type RecursiveLearningValues = Values<typeof definition>;

type Settings = (typeof definition)['settings'];

/** A key that is not one of the known settings: they have types of their own. */
type NewKey<K extends string> = K extends SettingKey<Settings> ? never : K;

let options: LoadOptions = {};
let config: Config<Settings, 'allow'> | undefined;
const warnedKeys = new Set<string>();

/** Sets the inputs of the next load, another `file` for example, and forgets the configuration that was loaded. */
export function configure(inputs: LoadOptions): void {
  options = inputs;
  config = undefined;
  warnedKeys.clear();
}

/**
 * The configuration behind the functions of this module, loaded at the first call of one of them. Its file is created
 * with all defaults if there is none; if that is not possible, it warns and uses the defaults. Throws a `ConfigError`
 * with every problem, and leaves a file with problems as it is.
 */
export function recursiveLearning(): Config<Settings, 'allow'> {
  config ??= loadConfigSync(definition, options);
  return config;
}

/**
 * All settings, frozen: later changes do not change the returned object.
 * @example
 * import { configure, getConfig } from 'varve/recursive-learning';
 *
 * configure({ env: { RL_OVERLAP_DAYS: '9' }, argv: [], file: 'recursive-learning.json' });
 * console.log(getConfig().overlap_days); // 9
 */
export function getConfig(): RecursiveLearningValues {
  return recursiveLearning().values;
}

/** The value of one setting; `fallback` for a key that no layer has. Warns if a known key is near. */
export function getConfigValue<K extends SettingKey<Settings>>(key: K, fallback?: unknown): ValueAt<Settings, K>;
export function getConfigValue<K extends string>(key: NewKey<K>, fallback?: unknown): unknown;
export function getConfigValue(key: string, fallback?: unknown): unknown {
  const value: unknown = recursiveLearning().get(key);
  if (value !== undefined) return value;
  warnOfNearMiss(key);
  return fallback;
}

/**
 * Changes a setting in memory, or adds one; `saveConfig` persists it. Returns the explanation of the value that is in
 * effect, which the environment or a flag may override. Throws `INVALID_VALUE` for a value that the setting refuses, and
 * warns if a new key is near a known one.
 */
export function setConfigValue<K extends SettingKey<Settings>>(key: K, value: NewValue<Settings, K>): Explanation;
export function setConfigValue<K extends string>(key: NewKey<K>, value: unknown): Explanation;
export function setConfigValue(key: string, value: unknown): Explanation {
  if (recursiveLearning().get(key) === undefined) warnOfNearMiss(key);
  return recursiveLearning().set(key, value);
}

/** Persists the changes, and nothing of the environment or the flags. Rejects with `CONFLICT` and other codes of a save. */
export async function saveConfig(): Promise<void> {
  await recursiveLearning().save();
}

/**
 * Sets every setting of the file back to its default, removes those that were added, and returns the values after that.
 * A file that cannot be read is replaced, and a copy is kept beside it.
 */
export async function resetToDefaults(): Promise<RecursiveLearningValues> {
  // A file with problems does not load, but it can be reset.
  const current = config ?? loadConfigSync(definition, { ...options, invalid: 'report', onWarning: false });
  const { keptAside } = await current.reset();
  if (keptAside !== undefined) {
    warn({
      code: 'CORRUPT',
      message: `${current.location} could not be read and was replaced; it is kept as ${keptAside}`,
    });
  }
  return getConfig();
}

function warnOfNearMiss(key: string): void {
  const suggestion = didYouMean(key, Object.keys(definition.settings));
  if (suggestion === undefined || key in definition.settings || warnedKeys.has(key)) return;
  warnedKeys.add(key);
  warn({ code: 'UNKNOWN_KEY', key, message: 'is not one of the known settings', suggestion });
}

function warn(issue: Issue): void {
  const { onWarning } = options;
  if (onWarning === false) return;
  if (onWarning) onWarning(issue);
  else process.emitWarning(describeIssue(issue), { type: 'ConfigWarning', code: issue.code });
}
