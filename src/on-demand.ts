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

/** The names that a chunk exports, by what they are. */
export interface ChunkNames {
  readonly functions: readonly string[];
  readonly asyncFunctions: readonly string[];
  /** Classes and constants. */
  readonly others: readonly string[];
}

type AnyFunction = (...args: readonly unknown[]) => unknown;

/**
 * The exports of a chunk, which loads when one of its functions is called, or another name is read.
 * @public
 */
export function chunk({ functions, asyncFunctions, others }: ChunkNames, load: () => object): object {
  const all: Record<string, unknown> = {};
  const get = onDemand(() => {
    const loaded = load();
    for (const name of [...functions, ...asyncFunctions]) all[name] = Reflect.get(loaded, name);
    for (const name of others) Object.defineProperty(all, name, { value: Reflect.get(loaded, name) });
    return loaded;
  });
  const call = (name: string, args: readonly unknown[]): unknown => (Reflect.get(get(), name) as AnyFunction)(...args);
  for (const name of functions) all[name] = (...args: readonly unknown[]) => call(name, args);
  for (const name of asyncFunctions) all[name] = async (...args: readonly unknown[]) => call(name, args);
  const common = { configurable: true, enumerable: true };
  for (const name of others) Object.defineProperty(all, name, { ...common, get: () => Reflect.get(get(), name) });
  return all;
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
  return error instanceof Error && Reflect.get(error, 'code') === 'MODULE_NOT_FOUND';
}
