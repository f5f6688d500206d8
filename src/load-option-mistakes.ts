import { ConfigError, type Issue } from './errors.ts';
import type { LoadOptions } from './load.ts';
import { shownValue } from './schema/refusal.ts';

/** The error of options whose types are wrong, which a program without types may give to a load. */
export function wrongOptions(options: LoadOptions): ConfigError {
  const { argv = [], env = {}, cwd = '', onWarning = false } = Object(options) as LoadOptions;
  const mistakes: string[] = [];
  const add = (isWrong: boolean, what: string, value: unknown): void => {
    if (isWrong) mistakes.push(`${what}, got ${shownValue(value)}`);
  };
  add(Object(options) !== options, 'the options of a load must be an object', options);
  add(!Array.isArray(argv), '"argv" must be a list of texts', argv);
  add(Object(env) !== env, '"env" must be an object of texts by name', env);
  add(typeof cwd !== 'string', '"cwd" must be the path of a folder', cwd);
  add(onWarning !== false && typeof onWarning !== 'function', '"onWarning" must be a function or false', onWarning);
  if (Array.isArray(argv)) {
    for (const [i, word] of argv.entries())
      add(typeof word !== 'string', `"argv" must have a text as its element ${i + 1}`, word);
  }
  const [first, ...rest] = mistakes.map((message): Issue => ({ code: 'INVALID_DEFINITION', message }));
  return new ConfigError([first as Issue, ...rest]);
}
