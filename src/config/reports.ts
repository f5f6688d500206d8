import type { SettingsDefinition } from '../schema/types.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { type Config, partsOf } from './config.ts';
import type { ReloadRejection } from './events.ts';
import type { ResumeReport } from './resume.ts';

/** Why the last reload was rejected; `undefined` if it was accepted. */
export function lastRejection<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
): ReloadRejection | undefined {
  return partsOf(config).reloads.rejected;
}

/** The differences from the resumed run; `undefined` if no run was resumed. */
export function resumeReport<S extends SettingsDefinition, U extends UnknownKeys>(
  config: Config<S, U>,
): ResumeReport | undefined {
  return partsOf(config).resumed;
}
