// Definitions in TypeScript for a Node.js that does not read them itself.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Jiti } from 'jiti';
import { cacheFolder } from './cache-folder.ts';
import { UsageError } from './usage-error.ts';

/** Imports a module in TypeScript: as it was translated once, or by jiti. */
export async function importTypeScript(path: string): Promise<{ readonly default?: unknown }> {
  const translator = findJiti();
  const translate = (source: string): string =>
    jitiFor(path, undefined).transform({ source, filename: path, ts: true });
  const translated = translator && (await import('./keep-definition.ts')).runTranslated(path, translator, translate);
  return translated || (await jitiFor(path, cacheFolder(process.env)).import(pathToFileURL(path).href));
}

/** What a Node.js that does not read TypeScript itself needs. */
export const TYPESCRIPT_REMEDY = 'Use Node.js 22.18 or later, or: npm install --save-dev jiti';

/** The file of jiti, if it is installed. */
export function findJiti(): string | undefined {
  try {
    return createRequire(import.meta.url).resolve('jiti');
  } catch {
    return undefined;
  }
}

function jitiFor(path: string, folder: string | undefined): Jiti {
  // By default, jiti runs what it finds in a folder below /tmp, where another user may have put it.
  const fsCache = folder === undefined ? false : join(folder, 'jiti');
  // With `interopDefault`, a module without a default export would be its own.
  return requireJiti(path).createJiti(import.meta.url, { interopDefault: false, fsCache });
}

/** Loads jiti by `require`: an `import` of its CommonJS file takes Node.js 30 ms more, to look for the names of its exports. */
function requireJiti(path: string): typeof import('jiti') {
  try {
    return createRequire(import.meta.url)('jiti');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      `Node.js ${process.versions.node} does not read TypeScript by itself, so ${path} cannot be loaded`,
      TYPESCRIPT_REMEDY,
    );
  }
}
