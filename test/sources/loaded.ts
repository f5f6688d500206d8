import {
  type Config,
  ConfigError,
  defineConfig,
  type Issue,
  type LoadOptions,
  loadConfigSync,
} from '../../src/index.ts';

/** A definition's options and inputs, without what these tests never vary. */
export interface Case extends Omit<LoadOptions, 'env'> {
  readonly settings: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly [option: string]: unknown;
}

/** Loads settings by the public door, from nothing but what is given: no environment or command line of the test runner. */
export function loaded({ argv = [], env = {}, cwd, file, invalid, ...definition }: Case): Config {
  const options: LoadOptions = {
    argv,
    env,
    ...(cwd !== undefined && { cwd }),
    ...(invalid !== undefined && { invalid }),
  };
  return loadConfigSync(
    defineConfig({ name: 'app', envPrefix: 'RL', ...(file !== undefined && { file }), ...definition } as never),
    options,
  );
}

/** The values alone. */
export function values(given: Case): unknown {
  return loaded(given).values;
}

/** Everything that is wrong, whether it is in one value or beyond. */
export function issues(given: Case): readonly Issue[] {
  try {
    loaded(given);
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}

/** Issues as `key: message | suggestion`, for tables. */
export function told(found: readonly Issue[]): readonly string[] {
  return found.map(({ key, message, suggestion }) =>
    [key === undefined ? message : `${key}: ${message}`, ...(suggestion === undefined ? [] : [suggestion])].join(' | '),
  );
}
