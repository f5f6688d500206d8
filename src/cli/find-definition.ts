import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Definition, defineConfig } from '../index.ts';
import type { FoundDefinition } from './command.ts';
import { runKept } from './kept-definition.ts';
import { isKnownDefinition, rememberDefinition } from './known-definitions.ts';
import type { Terminal } from './terminal.ts';
import { requireTrusted } from './trusted-definition.ts';
import { UsageError } from './usage-error.ts';

const COMPILED = ['varve.config.js', 'varve.config.mjs'];

const NAMES = ['ts', 'mts', 'js', 'mjs'].map((extension) => `varve.config.${extension}`);

/** Which definition is searched, and for whom. */
export interface DefinitionSearch {
  /** The definition itself; without it the nearest one from `cwd` upward. */
  readonly path: string | undefined;
  readonly terminal: Pick<Terminal, 'cwd' | 'env'>;
  /** What to do if there is no file at `path`, instead of naming the nearest definition. */
  readonly remedy?: string;
  /** Whether only a definition is run that a command has run before. */
  readonly onlyKnown: boolean;
}

/** Finds and loads a definition. One that was found by searching must not come from another user. */
export async function findDefinition({
  path,
  terminal,
  onlyKnown,
  remedy,
}: DefinitionSearch): Promise<FoundDefinition> {
  const { cwd, env } = terminal;
  const found = path === undefined ? nearestDefinition(cwd) : resolve(cwd, path);
  if (found === undefined) {
    throw new UsageError(
      'there is no varve.config.{ts,mts,js,mjs} here or above, nor in config/ or dist/',
      'Begin with: varve init. Or name one: varve --definition PATH',
    );
  }
  if (!existsSync(found)) {
    const nearest = nearestDefinition(cwd);
    const named = nearest && `The nearest is ${relative(cwd, nearest)}, which needs no --definition.`;
    throw new UsageError(`there is no definition ${path}`, remedy ?? named);
  }
  if (path === undefined) requireTrusted(found, env);
  if (onlyKnown && !isKnownDefinition(found, env)) throw new UsageError(`no command has run ${found} yet`);
  const exported: unknown = await defaultExport(found, cwd);
  if (typeof exported !== 'object' || exported === null || !('settings' in exported)) {
    throw new UsageError(
      `${found} has no definition as its default export`,
      'Write: export default defineConfig({ … })',
    );
  }
  const definition = await checkedDefinition(exported as Definition, found, cwd);
  if (!onlyKnown) rememberDefinition(found, env);
  return { definition, path: found, root: rootOf(definition, found) };
}

/** The path of the nearest definition, where there is one. */
export function nearestDefinition(cwd: string): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const [found] = definitionsIn(folder);
    if (found !== undefined) return found;
    if (folder === dirname(folder)) return undefined;
  }
}

/** The definitions of a folder, in the order in which one is taken; a compiled one comes last. */
export function definitionsIn(folder: string): readonly string[] {
  return [...NAMES, ...NAMES.map((name) => join('config', name)), ...COMPILED.map((name) => join('dist', name))]
    .map((name) => join(folder, name))
    .filter((path) => existsSync(path));
}

/** Where relative paths start: the definition's `root`, else its folder, or the folder around `config` or `dist`. */
function rootOf({ root }: Definition, path: string): string {
  const folder = dirname(path);
  if (root !== undefined) return root instanceof URL ? fileURLToPath(root) : resolve(folder, root);
  return ['config', 'dist'].includes(basename(folder)) ? dirname(folder) : folder;
}

async function checkedDefinition(exported: Definition, path: string, cwd: string): Promise<Definition> {
  if (Object.isFrozen(exported)) return exported;
  try {
    return defineConfig(exported);
  } catch (error) {
    throw (await import('./definition-location.ts')).locatedError(error, path, cwd);
  }
}

async function defaultExport(path: string, cwd: string): Promise<unknown> {
  try {
    const { default: exported } = runKept(path) ?? (await (await import('./import-module.ts')).importDefinition(path));
    return isCompiledModule(exported) ? exported.default : exported;
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw (await import('./definition-location.ts')).locatedError(error, path, cwd);
  }
}

/** Whether it is what `import` makes of a CommonJS module that was compiled from an ES module. */
function isCompiledModule(exported: unknown): exported is { readonly default?: unknown } {
  return typeof exported === 'object' && exported !== null && '__esModule' in exported;
}
