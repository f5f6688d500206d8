import { existsSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Definition, defineConfig } from '../index.ts';
import { UsageError } from './usage-error.ts';

/** A definition with the folder that its relative paths start from. */
export interface FoundDefinition {
  readonly definition: Definition;
  readonly path: string;
  readonly root: string;
}

const NAMES = ['ts', 'mts', 'js', 'mjs'].map((extension) => `varve.config.${extension}`);

/** The definition at `path`, or the nearest `varve.config.*` or `config/varve.config.*` from `cwd` upward. */
export async function findDefinition(path: string | undefined, cwd: string): Promise<FoundDefinition> {
  const found = path === undefined ? search(cwd) : resolve(cwd, path);
  if (!existsSync(found)) throw new UsageError(`there is no definition ${path}`);
  const exported: unknown = (await importModule(found)).default;
  if (typeof exported !== 'object' || exported === null || !('settings' in exported)) {
    throw new UsageError(
      `${found} has no definition as its default export`,
      'Write: export default defineConfig({ … })',
    );
  }
  const definition = Object.isFrozen(exported) ? (exported as Definition) : defineConfig(exported as Definition);
  return { definition, path: found, root: rootOf(found) };
}

function search(cwd: string): string {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    for (const name of [...NAMES, ...NAMES.map((name) => join('config', name))]) {
      if (existsSync(join(folder, name))) return join(folder, name);
    }
    if (folder === dirname(folder)) {
      throw new UsageError(
        `there is no varve.config.{ts,mts,js,mjs} here or above, nor in a folder config`,
        'Write one, or name it: varve --definition PATH',
      );
    }
  }
}

/** A definition in a folder `config` belongs to the folder around it. */
function rootOf(path: string): string {
  const folder = dirname(path);
  return basename(folder) === 'config' ? dirname(folder) : folder;
}

/** Imports a module; TypeScript by Node itself where it can, else by jiti. */
async function importModule(path: string): Promise<{ readonly default?: unknown }> {
  const { href } = pathToFileURL(path);
  if (!/\.m?ts$/.test(path) || 'typescript' in process.features) return await import(href);
  const jiti = await import('jiti').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw new UsageError(
      `Node.js ${process.versions.node} does not read TypeScript by itself, so ${path} cannot be loaded`,
      'Use Node.js 22.18 or later, or: npm install --save-dev jiti',
    );
  });
  return await jiti.createJiti(import.meta.url).import(href);
}
