// In a file of its own, as the cache of compiled code leaves each file with an `import()` to Node.js.
import { statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { readDefinition, readsTypeScript } from './kept-definition.ts';
import { UsageError } from './usage-error.ts';

/** Imports a definition, and keeps its code for the next start. */
export async function importDefinition(path: string): Promise<{ readonly default?: unknown }> {
  const imported = await importModule(path);
  const isByNode = /\.m?js$/.test(path) || (/\.m?ts$/.test(path) && readsTypeScript());
  // What is kept without its code is not usual.
  if (isByNode && readDefinition(path) === undefined) (await import('./keep-definition.ts')).keepModule(path);
  return imported;
}

/** Imports a module; TypeScript by Node itself where it can, else by jiti. */
export async function importModule(path: string): Promise<{ readonly default?: unknown }> {
  // Node.js would wait for a pipe, and for a file of /proc that has no size.
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isFile() === false) throw new UsageError(`${path} is not a regular file`);
  if (found?.size === 0) throw new UsageError(`${path} is empty`);
  const { href } = pathToFileURL(path);
  if (!/\.[cm]?ts$/.test(path) || readsTypeScript()) return await import(href);
  return await (await import('./import-typescript.ts')).importTypeScript(path);
}
