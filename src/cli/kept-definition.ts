// The loader of ES modules takes Node.js 10 ms of a `varve get`, and jiti takes longer.
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Script } from 'node:vm';
import { cacheFolder } from './cache-folder.ts';
import { readKept } from './kept-file.ts';

/** What an earlier start kept of a definition. */
export interface KeptDefinition {
  readonly source: string;
  /** The file whose version decides what the code is, and its state. */
  readonly translator: string;
  readonly state: string;
  /** A function in JavaScript. Without it, the definition is imported: it is unusual, or it imports another file. */
  readonly code?: string;
}

export const OWN_LIBRARY: string = fileURLToPath(new URL('../index.js', import.meta.url));

/**
 * The exports of a definition that imports nothing but varve and Node.js, by the code that an earlier start kept. `undefined` for
 * another definition.
 */
export function runKept(path: string): { readonly default?: unknown } | undefined {
  const { code, translator } = readDefinition(path) ?? {};
  if (code === undefined) return undefined;
  if (isTypeScript(path) && !readsTypeScript()) return runCommonJs(path, code);
  // Another installation may have kept its own. A link imports from the folder that it leads to.
  const isOwn = translator === OWN_LIBRARY && realpathSync.native(path) === path && findsOwnLibrary(path);
  return isOwn ? runModule(path, code) : undefined;
}

/** What was kept of a definition with this text, if all else that its code depends on is the same. */
export function readDefinition(path: string): KeptDefinition | undefined {
  const file = keptFile(path);
  const bytes = file && readKept(file, path);
  if (!bytes) return undefined;
  const kept: KeptDefinition = JSON.parse(bytes.toString());
  const isSame = kept.state === stateOf(kept.translator) && kept.source === readFileSync(path, 'utf8');
  return isSame ? kept : undefined;
}

/** The file for what is kept of this definition; none where an option of Node.js or jiti changes how it is imported. */
export function keptFile(path: string): string | undefined {
  const folder = isImportedAsUsual(path) ? cacheFolder(process.env) : undefined;
  return folder && join(folder, 'definitions', `${basename(path)}-${statSync(path).ino}-${process.version}`);
}

function isImportedAsUsual(path: string): boolean {
  const { env, execArgv } = process;
  if (isTypeScript(path) && !readsTypeScript()) return !Object.keys(env).some((name) => name.startsWith('JITI_'));
  return execArgv.length === 0 && !env['NODE_OPTIONS'] && !env['NODE_DISABLE_COMPILE_CACHE'];
}

/** The state of a translator; `undefined` if it was removed. */
export function stateOf(translator: string): string | undefined {
  const state = statSync(translator, { throwIfNoEntry: false });
  return state && `${state.ctimeMs} ${state.size}`;
}

export function isTypeScript(path: string): boolean {
  return /\.[cm]?ts$/.test(path);
}

/** `false` before Node.js 22.18, unless a flag asks for it; absent in Node.js 20. */
export function readsTypeScript(): boolean {
  return Boolean(Reflect.get(process.features, 'typescript'));
}

/** What jiti made of a module in TypeScript. */
export function runCommonJs(path: string, code: string): { readonly default?: unknown } {
  const module = new Module(path);
  module.filename = path;
  const require = requireFrom(path);
  const load = (id: string): unknown => {
    const exported = require(id);
    // What jiti makes of a module of Node.js: one that has itself as its default export too.
    return id.startsWith('node:') ? Object.create(exported, { default: { value: exported } }) : exported;
  };
  const run = new Script(Module.wrap(code), { filename: path }).runInThisContext() as (...scope: unknown[]) => void;
  run.call(module.exports, module.exports, load, module, path, dirname(path));
  return module.exports;
}

/** What stands for the scope of a module in its code. */
export const MODULE_SCOPE = '$kept';

const BEFORE_MODULE = `(function (${MODULE_SCOPE}) { 'use strict'; `;

/** Runs the code of an ES module, whose errors have the location that they would have after an import. */
function runModule(path: string, code: string): { readonly default?: unknown } {
  const url = pathToFileURL(path).href;
  const scope = {
    default: undefined,
    meta: { __proto__: null, dirname: dirname(path), filename: path, url },
    import: requireFrom(path),
  };
  const options = { filename: url, columnOffset: -BEFORE_MODULE.length };
  const run: unknown = new Script(`${BEFORE_MODULE}${code}\n})`, options).runInThisContext();
  (run as (scope: object) => void)(scope);
  return scope;
}

/** `require` of a file at this path. Node.js takes 2 ms to find an installation of varve by its name. */
function requireFrom(path: string): (id: string) => object {
  const require = createRequire(path);
  return (id) => require(id === 'varve' && findsOwnLibrary(path) ? OWN_LIBRARY : id);
}

/** Whether an import of `varve` at this path loads this installation. */
export function findsOwnLibrary(path: string): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules/varve');
    if (existsSync(found)) return join(realpathSync.native(found), 'dist/index.js') === OWN_LIBRARY;
    if (folder === dirname(folder)) return false;
  }
}
