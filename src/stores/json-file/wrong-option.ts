import { ConfigError } from '../../errors.ts';

/** The error of an option of a file whose value is not a number in its range. */
export function wrongOption(option: string, least: number, value: unknown): ConfigError {
  const got = typeof value === 'number' ? value : typeof value;
  const message = `jsonFile: "${option}" must be a number of at least ${least}, got ${got}`;
  return new ConfigError([{ code: 'INVALID_DEFINITION', message }]);
}
