// jiti takes a fifth of `varve get` to load, even if it has translated the definition before.
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire, Module } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Script } from 'node:vm';

/** What an earlier start kept of a definition. Without `code`, the definition needs jiti, as for an import of another file. */
interface Translation {
  readonly key: string;
  readonly source: string;
  readonly code?: string;
}

/** Where translations are kept, the file of jiti, and what translates TypeScript to CommonJS. */
export interface TranslationOptions {
  readonly folder: string;
  readonly translator: string;
  readonly translate: (source: string) => string;
}

/**
 * The exports of a definition in TypeScript that imports nothing but varve and Node.js: translated once, and then run without jiti.
 * `undefined` for another definition.
 */
export function runTranslated(path: string, options: TranslationOptions): { readonly default?: unknown } | undefined {
  const code = translated(path, options);
  if (code === undefined) return undefined;
  const module = new Module(path);
  module.filename = path;
  const run = new Script(Module.wrap(code), { filename: path }).runInThisContext() as (...scope: unknown[]) => void;
  run.call(module.exports, module.exports, requireFrom(path), module, path, dirname(path));
  return module.exports;
}

function translated(path: string, { folder, translator, translate }: TranslationOptions): string | undefined {
  const source = readFileSync(path, 'utf8');
  const file = join(folder, `${basename(path)}-${statSync(path).ino}.json`);
  const { ctimeMs, size } = statSync(translator);
  const key = `${ctimeMs} ${size} ${translator} ${path}`;
  const kept = readTranslation(file);
  if (kept?.key === key && kept.source === source) return kept.code;
  const code = translate(source);
  const translation: Translation = { key, source, ...(needsJiti(code) ? {} : { code }) };
  writeTranslation(file, translation);
  return translation.code;
}

const OWN_REQUIRE = /\brequire\("(?:varve(?:\/[\w-]+)?|node:[\w/]+)"\)/g;

/** Whether the code requires anything but varve and Node.js, or uses a function that jiti gives to a module. */
function needsJiti(code: string): boolean {
  return /\b(?:require|import|await)\b|jiti/i.test(code.replaceAll(OWN_REQUIRE, ''));
}

/** What jiti makes of a module of Node.js: one that has itself as its default export too. */
function requireFrom(path: string): (id: string) => unknown {
  const require = createRequire(path);
  return (id) => {
    const exported: object = require(id);
    return id.startsWith('node:') ? Object.create(exported, { default: { value: exported } }) : exported;
  };
}

function readTranslation(file: string): Translation | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // There is none yet, or a part of one.
    return undefined;
  }
}

function writeTranslation(file: string, translation: Translation): void {
  const temporary = `${file}.${process.pid}`;
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, JSON.stringify(translation), { mode: 0o600 });
    renameSync(temporary, file);
  } catch {
    // A full disk, or a folder that this user can only read: the next start translates again.
    rmSync(temporary, { force: true });
  }
}
