import { existsSync, lstatSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative, resolve } from 'node:path';
import {
  type Definition,
  defineConfig,
  describeIssues,
  jsonFile,
  loadConfig,
  type SettingsDefinition,
} from '../../index.ts';
import { type Context, EXIT, printJson } from '../command.ts';
import { RefusedError } from '../command-errors.ts';
import { locatedError } from '../definition-location.ts';
import { documentedSettings, plainName } from '../docs/documented-variable.ts';
import { dotenvExample } from '../docs/dotenv.ts';
import { nearestDefinition } from '../find-definition.ts';
import { importModule } from '../import-module.ts';
import { findJiti, TYPESCRIPT_REMEDY } from '../import-typescript.ts';
import type { Draft } from '../init/draft.ts';
import { definitionText } from '../init/source-text.ts';
import { readJson } from '../json-file-text.ts';
import { readsTypeScript } from '../kept-definition.ts';
import { readText } from '../text-file.ts';
import { UsageError } from '../usage-error.ts';
import { isObject } from '../value-tree.ts';

/** What a project begins with. */
export interface InitOptions {
  /** A `.env` file, a convict module or a folder of node-config. */
  readonly from: string | undefined;
  readonly name: string | undefined;
  /** `ts` or `js`. */
  readonly language: string | undefined;
}

/** Writes a definition, its file and an `.env.example`, and lists what was guessed. Overwrites nothing. */
export async function init(context: Context, { from, name, language }: InitOptions): Promise<number> {
  const { cwd } = context.terminal;
  const there = nearestDefinition(cwd);
  if (there !== undefined && !relative(cwd, there).startsWith('..')) {
    throw new RefusedError(`${relative(cwd, there)} exists already. Nothing was written`);
  }
  const draft = await draftOf(cwd, from, name ?? projectName(cwd));
  const definition = definitionOf(draft);
  const isTypeScript = language === undefined ? readsTypeScript() || findJiti() !== undefined : language === 'ts';
  const settings = documentedSettings(definition);
  const files: readonly (readonly [string, string])[] = [
    [`varve.config.${isTypeScript ? typeScriptEnd(cwd) : 'mjs'}`, definitionText(draft)],
    [draft.file, '{}\n'],
    [
      '.env.example',
      dotenvExample({
        name: draft.name,
        file: draft.file,
        settings,
        ...(draft.dotenv !== undefined && { dotenv: draft.dotenv }),
      }),
    ],
  ];
  // What may hold a secret one day is its owner's from the beginning.
  const hasSecrets = settings.some(({ sensitive }) => sensitive);
  const isNew = ([path, text]: readonly [string, string]): boolean =>
    isCreated(path, text, { cwd, isPrivate: path === draft.file && hasSecrets });
  // The definition comes last: where it is, no further init begins.
  const created = files.toReversed().filter(isNew);
  const written = files.filter((file) => created.includes(file)).map(([path]) => path);
  const kept = files.map(([path]) => path).filter((path) => !written.includes(path));
  if (context.json)
    printJson(context, { written, kept, guesses: draft.guesses, ...(draft.copied && { copied: draft.copied }) });
  else {
    context.print(`wrote ${written.join(', ')}${kept.length > 0 ? `; kept ${kept.join(', ')}` : ''}`);
    if (draft.guesses.length > 0) context.print(guessesText(draft.guesses));
    if (draft.copied && draft.copied.length > 0) context.print(copiedText(draft.copied));
  }
  if (from === undefined && existsSync(resolve(cwd, '.env'))) {
    context.note(
      `There is a .env here. For its variables as settings, remove ${written[0]} and run: varve init --from .env`,
    );
  }
  if (isTypeScript && !readsTypeScript() && findJiti() === undefined)
    context.note(`Node.js ${process.versions.node} does not read TypeScript by itself. ${TYPESCRIPT_REMEDY}`);
  await noteNext(context, definition);
  return EXIT.ok;
}

async function draftOf(cwd: string, from: string | undefined, name: string): Promise<Draft> {
  const file = `config/${plainName(name)}.json`;
  if (from === undefined) return (await import('../init/example.ts')).example(name, file);
  const path = resolve(cwd, from);
  if (!existsSync(path))
    throw new UsageError(
      `there is no file or folder ${from}`,
      'Name a .env file, a convict module, or a folder of node-config.',
    );
  refuseOtherFiles(from, path);
  if (statSync(path).isDirectory()) {
    const { fromNodeConfig } = await import('../init/from-node-config.ts');
    const shown = relative(cwd, path).replaceAll('\\', '/');
    return { name, dotenv: true, ...(await fromNodeConfig(path, shown, (module) => importLocated(module, cwd))) };
  }
  if (/^\.env|\.env$/.test(basename(path))) {
    const { fromEnv } = await import('../init/from-env.ts');
    const isUsual = basename(path) === '.env' && dirname(path) === resolve(cwd);
    return { name, file, dotenv: isUsual ? true : [relative(cwd, path)], ...fromEnv(path) };
  }
  const { fromConvict } = await import('../init/from-convict.ts');
  // Refused before it is run: its library may not be installed.
  const other = otherLibrary(path);
  const found = other === undefined ? fromConvict(await importLocated(path, cwd)) : undefined;
  if (!found)
    throw new UsageError(
      `${from} exports no convict schema`,
      other ?? 'Export the schema, or the result of convict(schema), as the default.',
    );
  const guesses = [...found.guesses, ...(loadsFiles(path) ? [LOADED_FILES] : [])];
  return { name, file, ...found, guesses };
}

/** Files that hold values, and no schema. */
function refuseOtherFiles(from: string, path: string): void {
  if (!/\.(?:jsonc?|json5|ya?ml|toml|ini)$/i.test(path) || statSync(path).isDirectory()) return;
  throw new UsageError(
    `${from} holds values, and a definition needs settings with formats and defaults`,
    'Write: varve init, list the settings in varve.config, and name this file as "file" or in "files"',
  );
}

/** What to do with a module of a library whose schemas init cannot copy. */
function otherLibrary(path: string): string | undefined {
  const text = readText(path);
  const [, name] = /(?:from|require\()\s*['"](zod|c12|valibot|arktype|envalid|nconf)(?:\/[^'"]*)?['"]/.exec(text) ?? [];
  if (name === undefined || /['"]convict['"]/.test(text)) return undefined;
  if (name === 'c12')
    return 'It is a c12 configuration, which has no schema. Write: varve init, and name its file in "files"';
  return `It uses ${name}. Write: varve init, and use each schema as a format: { format: z.string(), default: … }`.replace(
    'z.string()',
    name === 'zod' ? 'z.string()' : 'schema',
  );
}

/** Whether a convict module reads files; only its code says which. */
function loadsFiles(path: string): boolean {
  return /\.loadFile\s*\(/.test(readText(path));
}

const LOADED_FILES =
  'loadFile: the files that it reads are not in the definition; name them as "files", or the last one as "file"';

async function importLocated(path: string, cwd: string): Promise<{ readonly default?: unknown }> {
  try {
    return await importModule(path);
  } catch (error) {
    throw error instanceof UsageError ? error : locatedError(error, path, cwd);
  }
}

/** The definition that is written, checked before anything is. */
function definitionOf({ name, file, settings, envPrefix, dotenv }: Draft): Definition {
  return defineConfig({
    name,
    file,
    settings: settings as SettingsDefinition,
    ...(envPrefix !== undefined && { envPrefix }),
    ...(dotenv !== undefined && { dotenv }),
  }) as Definition;
}

function packageMember(cwd: string, member: string): unknown {
  const found = readJson(join(cwd, 'package.json'));
  return isObject(found) ? found[member] : undefined;
}

/** Where package.json says `commonjs`, as that of a newer `npm init` does, Node.js takes `.ts` for CommonJS. */
function typeScriptEnd(cwd: string): 'ts' | 'mts' {
  return packageMember(cwd, 'type') === 'commonjs' ? 'mts' : 'ts';
}

function projectName(cwd: string): string {
  const named = packageMember(cwd, 'name');
  return typeof named === 'string' && named !== '' ? named.replace(/^.*\//, '') : basename(resolve(cwd)) || 'app';
}

/** Creates a whole file where there is none; returns whether there was none. */
function isCreated(
  name: string,
  text: string,
  { cwd, isPrivate }: { readonly cwd: string; readonly isPrivate: boolean },
): boolean {
  const path = resolve(cwd, name);
  if (isThere(path)) return false;
  jsonFile(path, { name, private: isPrivate }).local?.createSync(text);
  return true;
}

/** Also for a link to nothing. */
function isThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch (error) {
    // Creating the file reports what is wrong with its folder.
    if ((error as NodeJS.ErrnoException).code !== 'ENOTDIR') throw error;
    return false;
  }
}

/** The values that leave the `.env`, for a person to look over. */
function copiedText(copied: readonly string[]): string {
  const head = 'Copied as defaults; make a setting sensitive if its value is a secret:';
  return [head, ...copied.map((line) => `  ${line}`)].join('\n');
}

/** On one line if it fits. */
function guessesText(guesses: readonly string[]): string {
  const head = `Check ${guesses.length} ${guesses.length === 1 ? 'guess' : 'guesses'}:`;
  const line = `${head} ${guesses.join(', ')}`;
  return line.length <= 100 ? line : [head, ...guesses.map((guess) => `  ${guess}`)].join('\n');
}

/** What is still in the way, and where to go on. */
async function noteNext({ note, terminal }: Context, definition: Definition): Promise<void> {
  const { cwd, env } = terminal;
  const config = await loadConfig(definition, { argv: [], env, cwd, invalid: 'report', onWarning: false });
  if (config.issues.length > 0) note(describeIssues(config.issues, `the configuration of ${config.name}`));
  if (!isInstalled(cwd)) note('varve is not installed here yet: npm install varve');
  note('Next: varve list, varve explain KEY, varve validate');
}

function isInstalled(cwd: string): boolean {
  try {
    createRequire(join(cwd, 'package.json')).resolve('varve/package.json');
    return true;
  } catch {
    return false;
  }
}
