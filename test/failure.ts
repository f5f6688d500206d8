import { ConfigError } from '../src/index.ts';

/** The error that work throws. Success, and an error of another class, fail the test. */
export function thrown(work: () => unknown): ConfigError {
  try {
    work();
  } catch (error) {
    return configError(error);
  }
  throw new Error('nothing was thrown');
}

/** The same for work that may be asynchronous. */
export async function failure(work: Promise<unknown> | (() => unknown)): Promise<ConfigError> {
  try {
    await (typeof work === 'function' ? work() : work);
  } catch (error) {
    return configError(error);
  }
  throw new Error('nothing was thrown');
}

/** The issues of an error as `KEY MESSAGE`, for tables. */
export function issueLines({ issues }: ConfigError): readonly string[] {
  return issues.map(({ key, message }) => (key === undefined ? message : `${key} ${message}`));
}

/** The issues that work throws, as lines; none if it succeeds. */
export function messages(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    return issueLines(configError(error));
  }
  return [];
}

function configError(error: unknown): ConfigError {
  if (error instanceof ConfigError) return error;
  throw error;
}
