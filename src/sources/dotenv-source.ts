import { dotenvLayer } from '../layer.ts';
import { readDotenv } from './dotenv.ts';
import { type VariableOptions, variableSource } from './env.ts';
import type { Source } from './source.ts';

/** A `.env` file. */
interface DotenvOptions extends VariableOptions {
  /** The absolute path. */
  readonly path: string;
  /** What messages and origins call it. */
  readonly shown: string;
  /** Whether the definition lists it: then a warning says that it does not exist. */
  readonly isListed: boolean;
}

/** The layer of one `.env` file. */
export function dotenvSource({ path, shown, isListed, ...options }: DotenvOptions): Source {
  return variableSource({
    ...options,
    name: dotenvLayer(shown),
    path,
    load: () => {
      const { variables, ...rest } = readDotenv(path, shown, isListed);
      const byName = new Map(variables.map((variable) => [variable.name, variable]));
      return { names: [...byName.keys()], get: (name) => byName.get(name), ...rest };
    },
  });
}
