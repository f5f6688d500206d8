import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Definition, defineConfig } from '../index.ts';
import type { FoundDefinition } from './command.ts';
import { UsageError } from './usage-error.ts';

const NAMES = ['ts', 'mts', 'js', 'mjs'].map((extension) => `varve.config.${extension}`);

/** The definition at `path`, or the nearest `varve.config.*` or `config/varve.config.*` from `cwd` upward. */
export async function findDefinition(path: string | undefined, cwd: string): Promise<FoundDefinition> {
  const found = path === undefined ? nearestDefinition(cwd) : resolve(cwd, path);
  if (found === undefined) {
    throw new UsageError(
      'there is no varve.config.{ts,mts,js,mjs} here or above, nor in a folder config',
      'Begin with: varve init. Or name one: varve --definition PATH',
    );
  }
  if (!existsSync(found)) {
    const nearest = nearestDefinition(cwd);
    const remedy = nearest && `The nearest is ${relative(cwd, nearest)}, which needs no --definition.`;
    throw new UsageError(`there is no definition ${path}`, remedy);
  }
  const exported: unknown = await defaultExport(found, cwd);
  if (typeof exported !== 'object' || exported === null || !('settings' in exported)) {
    throw new UsageError(
      `${found} has no definition as its default export`,
      'Write: export default defineConfig({ … })',
    );
  }
  return { definition: await defined(exported as Definition, found, cwd), path: found, root: rootOf(found) };
}

/** The path of the nearest definition, where there is one. */
export function nearestDefinition(cwd: string): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const [found] = definitionsIn(folder);
    if (found !== undefined) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

/** The definitions of a folder, the one that is taken first. */
export function definitionsIn(folder: string): readonly string[] {
  return [...NAMES, ...NAMES.map((name) => join('config', name))]
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path));
}

/** A definition in a folder `config` belongs to the folder around it. */
function rootOf(path: string): string {
  const folder = dirname(path);
  return basename(folder) === 'config' ? dirname(folder) : folder;
}

async function defined(exported: Definition, path: string, cwd: string): Promise<Definition> {
  if (Object.isFrozen(exported)) return exported;
  try {
    return defineConfig(exported);
  } catch (error) {
    throw (await import('./definition-location.ts')).locatedError(error, path, cwd);
  }
}

async function defaultExport(path: string, cwd: string): Promise<unknown> {
  try {
    return (await importModule(path)).default;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw (await import('./definition-location.ts')).locatedError(error, path, cwd);
  }
}

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
  const { href } = pathToFileURL(path);
  if (!/\.[cm]?ts$/.test(path) || readsTypeScript()) return await import(href);
  const jiti = await import('jiti').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      `Node.js ${process.versions.node} does not read TypeScript by itself, so ${path} cannot be loaded`,
      'Use Node.js 22.18 or later, or: npm install --save-dev jiti',
    );
  });
  // Else a module without a default export would be its own.
  return await jiti.createJiti(import.meta.url, { interopDefault: false }).import(href);
}
