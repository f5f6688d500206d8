// Definitions in TypeScript for a Node.js that does not read them itself.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Jiti } from 'jiti';
import { cacheFolder } from './cache-folder.ts';
import { UsageError } from './usage-error.ts';

/** Imports a module in TypeScript: by an earlier translation, or by jiti. */
export async function importTypeScript(path: string): Promise<{ readonly default?: unknown }> {
  const folder = cacheFolder(process.env);
  const translated = folder && (await importTranslated(path, folder));
  return translated || (await jitiFor(path, folder).import(pathToFileURL(path).href));
}

async function importTranslated(path: string, folder: string): Promise<{ readonly default?: unknown } | undefined> {
  // They may give another meaning to the names of packages.
  const hasOptions = Object.keys(process.env).some((name) => name.startsWith('JITI_'));
  const translator = hasOptions ? undefined : findJiti();
  if (translator === undefined) return undefined;
  const { runTranslated } = await import('./translated-definition.ts');
  const translate = (source: string): string =>
    jitiFor(path, undefined).transform({ source, filename: path, ts: true });
  return runTranslated(path, { folder: join(folder, 'definitions'), translator, translate });
}

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
      'Use Node.js 22.18 or later, or: npm install --save-dev jiti',
    );
  }
}
