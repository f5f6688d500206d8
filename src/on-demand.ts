// The build calls these functions: it replaces the imports of packages, and of modules that a start does not need.
import { ConfigError } from './errors.ts';

/** Loads for everything that is not loaded yet: packages and chunks of the library. */
const waiting = new Set<() => unknown>();

/**
 * A function that loads a file of the installation at its first call, and returns the same content from then on. It throws
 * `UNAVAILABLE` where the file is missing.
 * @public
 */
export function onDemand<T>(load: () => T): () => T {
  let loaded: T | undefined;
  const get = (): T => {
    waiting.delete(get);
    loaded ??= loadInstalled(load);
    return loaded;
  };
  waiting.add(get);
  return get;
}

/**
 * The parts of the library by the names of their files: that of the start, and chunks, which load when they are first read.
 * @public
 */
export const library: object = {};

/**
 * Adds a part to the library.
 * @public
 */
export function addPart(name: string, load: () => object): void {
  const part = onDemand(load);
  const get = (): object => {
    const value = part();
    Object.defineProperty(library, name, { value });
    return value;
  };
  Object.defineProperty(library, name, { configurable: true, get });
}

/**
 * Loads all that is not loaded yet, before a program first changes or reloads its configuration: from then on it needs no file
 * of the installation. Where a file is missing already, the call that needs it throws.
 * @public
 */
export function loadAll(): void {
  for (const get of waiting) {
    try {
      get();
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
    }
  }
}

function loadInstalled<T>(load: () => T): T {
  try {
    return load();
  } catch (error) {
    if (!isMissing(error)) throw error;
    const [problem] = error.message.split('\n');
    const message = `a file of the installation of varve is missing: ${problem}`;
    const suggestion = 'Restart the program if packages were installed while it ran. Otherwise install varve again.';
    throw new ConfigError([{ code: 'UNAVAILABLE', message, suggestion }], { cause: error });
  }
}

function isMissing(error: unknown): error is Error {
  return Object(error).code === 'MODULE_NOT_FOUND';
}
