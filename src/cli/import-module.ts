// In a file of its own, as the cache of compiled code leaves each file with an `import()` to Node.js.
import { statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cacheFolder } from './cache-folder.ts';
import { UsageError } from './usage-error.ts';

/** Whether a definition in TypeScript can be loaded here: by Node.js itself, or by jiti. */
export function canLoadTypeScript(): boolean {
  if (readsTypeScript()) return true;
  try {
    createRequire(import.meta.url).resolve('jiti');
    return true;
  } catch {
    return false;
  }
}

/** `false` before Node.js 22.18, unless a flag asks for it; absent in Node.js 20. */
function readsTypeScript(): boolean {
  return Boolean(Reflect.get(process.features, 'typescript'));
}

/** Imports a module; TypeScript by Node itself where it can, else by jiti. */
export async function importModule(path: string): Promise<{ readonly default?: unknown }> {
  // Node.js would wait for a pipe.
  if (statSync(path, { throwIfNoEntry: false })?.isFile() === false)
    throw new UsageError(`${path} is not a regular file`);
  const { href } = pathToFileURL(path);
  if (!/\.[cm]?ts$/.test(path) || readsTypeScript()) return await import(href);
  const { createJiti } = requireJiti(path);
  const folder = cacheFolder(process.env);
  // By default, jiti runs what it finds in a folder below /tmp, where another user may have put it.
  const fsCache = folder === undefined ? false : join(folder, 'jiti');
  // With `interopDefault`, a module without a default export would be its own.
  return await createJiti(import.meta.url, { interopDefault: false, fsCache }).import(href);
}

/** Loads jiti by `require`: an `import` of its CommonJS file takes Node.js 30 ms more, to look for the names of its exports. */
function requireJiti(path: string): typeof import('jiti') {
  try {
    return createRequire(import.meta.url)('jiti');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      `Node.js ${process.versions.node} does not read TypeScript by itself, so ${path} cannot be loaded`,
      'Use Node.js 22.18 or later, or: npm install --save-dev jiti',
    );
  }
}
