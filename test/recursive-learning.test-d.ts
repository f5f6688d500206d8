import { getConfig, getConfigValue, setConfigValue } from '../src/recursive-learning/index.ts';

/** Known keys have their types, with and without a fallback. */
export const days: number = getConfigValue('batch_size_days', 30);
export const workers: number | null = getConfigValue('max_workers');
export const variables: readonly string[] = getConfig().variables;

/** A key that was added may have any value. */
export const added: unknown = getConfigValue('new_setting', 'fallback');

export function changes(): void {
  setConfigValue('batch_size_days', 60);
  setConfigValue('max_workers', null);
  setConfigValue('new_feature_enabled', true);
  // @ts-expect-error a known setting takes only its type
  setConfigValue('batch_size_days', 'sixty');
  // @ts-expect-error null is not a value of it
  setConfigValue('trust_threshold', null);
  // @ts-expect-error the values are readonly
  getConfig().trust_threshold = 1;
}
