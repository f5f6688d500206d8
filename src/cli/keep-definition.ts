import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import * as nodeModule from 'node:module';
import { dirname, join } from 'node:path';
import {
  findsOwnLibrary,
  isTypeScript,
  type KeptDefinition,
  keptFile,
  OWN_LIBRARY,
  readDefinition,
  runCommonJs,
  stateOf,
} from './kept-definition.ts';
import { makeFolder, writeKept } from './kept-file.ts';
import { moduleCode } from './module-code.ts';

/** Keeps the code of a definition that Node.js has imported as an ES module, for the next start. */
export function keepModule(path: string): void {
  if (findsOwnLibrary(path)) keptCode(path, OWN_LIBRARY, isTypeScript(path) ? codeOfTypeScript : moduleCode);
}

/** Types become spaces, as Node.js makes them too, so that the locations of errors stay. */
function codeOfTypeScript(source: string): string | undefined {
  // Absent before Node.js 22.13, and a feature of its own in Node.js that is built without it.
  const strip: unknown = Reflect.get(nodeModule, 'stripTypeScriptTypes');
  return typeof strip === 'function' ? moduleCode(withoutWarnings(() => strip(source))) : undefined;
}

/** Node.js warns that its function is experimental, at the first start of each definition. */
function withoutWarnings(strip: () => string): string {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return strip();
  } finally {
    process.emitWarning = emitWarning;
  }
}

/**
 * Runs a definition in TypeScript that imports nothing but varve and Node.js, and keeps its code. `undefined` for another
 * definition. `translate` makes CommonJS of TypeScript.
 */
export function runTranslated(
  path: string,
  translator: string,
  translate: (source: string) => string,
): { readonly default?: unknown } | undefined {
  const code = keptCode(path, translator, (source) => {
    const translated = translate(source);
    return needsJiti(translated) ? undefined : translated;
  });
  return code === undefined ? undefined : runCommonJs(path, code);
}

const OWN_REQUIRE = /\brequire\("(?:varve(?:\/[\w-]+)?|node:[\w/]+)"\)/g;

/** Whether the code requires anything but varve and Node.js, or uses a function that jiti gives to a module. */
function needsJiti(code: string): boolean {
  return /\b(?:require|import|await)\b|jiti/i.test(code.replaceAll(OWN_REQUIRE, ''));
}

/** The code of a definition, as it was kept, or as `codeOf` makes it now. */
function keptCode(
  path: string,
  translator: string,
  codeOf: (source: string) => string | undefined,
): string | undefined {
  const file = keptFile(path);
  const state = stateOf(translator);
  if (file === undefined || state === undefined) return undefined;
  const kept = readDefinition(path);
  if (kept?.translator === translator) return kept.code;
  const source = readFileSync(path, 'utf8');
  const code = codeOf(source);
  const definition: KeptDefinition = { source, translator, state, ...(code !== undefined && { code }) };
  makeFolder(dirname(file));
  writeKept(file, path, Buffer.from(JSON.stringify(definition)));
  try {
    removeOldFiles(dirname(dirname(file)));
  } catch {
    // Another process removed a folder.
  }
  return code;
}

/** What is used still is written again, by the next start. */
const MOST_DAYS = 30;
/** Ours and those of Node.js and jiti. */
const KEPT = /^(?:code|definitions|jiti|v\d.*)$/;

/** Removes what was kept long ago, as for an earlier Node.js, an installation that is gone, or by a process that was killed. */
function removeOldFiles(cache: string): void {
  const oldest = Date.now() - MOST_DAYS * 24 * 60 * 60 * 1000;
  for (const entry of readdirSync(cache, { withFileTypes: true })) {
    if (!entry.isDirectory() || !KEPT.test(entry.name)) continue;
    for (const name of readdirSync(join(cache, entry.name))) {
      const file = join(cache, entry.name, name);
      const state = lstatSync(file, { throwIfNoEntry: false });
      if (state && !state.isDirectory() && state.mtimeMs < oldest) rmSync(file, { force: true });
    }
  }
}
