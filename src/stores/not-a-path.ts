import { ConfigError } from '../errors.ts';

/** The error of a path that is neither a text nor a URL of a local file. */
export function notAPath(file: unknown): ConfigError {
  const isText = typeof file === 'string' || file instanceof URL;
  const got = isText ? JSON.stringify(String(file)) : file === null ? 'null' : typeof file;
  return new ConfigError([{ code: 'INVALID_DEFINITION', message: `a path must be a text or a file URL, got ${got}` }]);
}

/** The error of a process whose working directory was removed. */
export function noWorkingFolder(cause: unknown): ConfigError {
  const message = 'the working directory of the process does not exist any more';
  const suggestion = 'Change to another one (`process.chdir`), or give the load a `cwd`.';
  return new ConfigError([{ code: 'UNAVAILABLE', message, suggestion }], { cause });
}
