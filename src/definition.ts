import { type Issue, throwIssues } from './errors.ts';
import { isPlainObject } from './json/value.ts';
import type { LayerName } from './layer.ts';
import { fileVersion, type Migrations, migrationMistakes, type VersionOptions } from './migrations.ts';
import { tooOldNode } from './node-version.ts';
import { optionMistakes } from './option-mistakes.ts';
import { type BaseFile, type ProfileDefinition, profileMistakes } from './profile.ts';
import { type Resolver, resolverMistakes } from './resolver.ts';
import { ruleMistakes } from './rule-mistakes.ts';
import { type DefinedRules, type RulesDefinition, ruleList } from './rules.ts';
import { compile } from './schema/compile.ts';
import type { OwnFormats } from './schema/format.ts';
import { ownFormats } from './schema/format-of.ts';
import { nameMistakes } from './schema/name-mistakes.ts';
import type { Schema } from './schema/schema.ts';
import type { SettingsDefinition } from './schema/types.ts';
import type { DotenvFiles, Environment } from './sources/dotenv.ts';
import { EXTENDS } from './sources/extends-member.ts';
import type { Source } from './sources/source.ts';
import type { Store } from './stores/store.ts';
import type { UnknownKeys } from './unknown-keys.ts';
import { variantFileMistakes } from './variant-file-mistakes.ts';
import { wrongArgument } from './wrong-arguments.ts';

/**
 * A local copy of the document of a `store`. varve writes it (mode 0600) after each valid read. A start that cannot
 * reach the store uses it, with a warning `STALE` that states its age. varve does not use a damaged copy, or the copy
 * of another store.
 */
export interface LastKnownGoodOptions {
  /** Where the copy is kept: relative to `cwd`, or a file URL. */
  readonly file: string | URL;
  /** How old a copy may be to be used, in milliseconds; any age by default. */
  readonly staleAfter?: number;
}

/** A file that a variable can move. */
export interface MovableFile {
  /** The path unless the variable gives another. */
  readonly path: string | URL;
  /** The variable that holds another path, relative to the definition's `root` too. */
  readonly env?: string;
}

/** The parts of a definition, apart from its rules. */
interface DefinitionParts<S extends SettingsDefinition, U extends UnknownKeys = UnknownKeys> {
  /** The name of the configuration in messages. */
  readonly name: string;
  /** The settings: a convict schema, and more (`docs/reference/settings.md` lists the members of one). */
  readonly settings: S;
  /** The folder that relative paths of the definition start from; the working directory by default. */
  readonly root?: string | URL;
  /**
   * The file of the writable layer, relative to `root`, or a file URL. Its extension gives the format: `.json`, `.jsonc`, `.yaml`,
   * `.yml`; `.toml` and `.json5` are read and not saved.
   */
  readonly file?: string | URL | MovableFile;
  /**
   * Files that are only read, lowest first; each is a layer below `file`. `{profile}` in a path stands for the chosen profile,
   * `{userConfig}` for the user's own folder of configurations.
   */
  readonly files?: readonly (string | URL | BaseFile)[];
  /** A choice between files, by the flag `--profile` or a variable: a file `config/{profile}.yaml` for each stage. */
  readonly profile?: ProfileDefinition;
  /** Several choices by their names: `config/{env}-{region}.yaml`. */
  readonly profiles?: Readonly<Record<string, ProfileDefinition>>;
  /** The flag, without its dashes, that adds a file above `file` and below `.env` files. It may be repeated: the last is the highest. */
  readonly overlayFlag?: string;
  /** Where the writable layer lives instead of in `file`. */
  readonly store?: Store;
  /** A local copy of the store's document, for a start that cannot reach the store. */
  readonly lastKnownGood?: string | URL | LastKnownGoodOptions;
  /** The beginning of the names of variables: with `RL`, `batch_size_days` is `RL_BATCH_SIZE_DAYS`. */
  readonly envPrefix?: string;
  /**
   * `true` reads `.env`, `.env.local` and, if `NODE_ENV` is set, `.env.<NODE_ENV>` and `.env.<NODE_ENV>.local`. In a
   * configuration with a profile, it reads `.env`, `.env.<profile>`, `.env.local` and `.env.<profile>.local` instead. Or a
   * list of paths.
   */
  readonly dotenv?: DotenvFiles;
  /** What happens to unknown keys: one policy, or policies by source and key. They always survive a save. Default: `warn`. */
  readonly unknown?: U;
  /** Whether a saved file lists only what was set (`sparse`, the default) or every setting (`full`). */
  readonly layout?: 'sparse' | 'full';
  /** Writes the file when there is none. */
  readonly create?: boolean;
  /** Whether variables with the prefix that match no setting are errors instead of warnings. */
  readonly strictEnv?: boolean;
  /** Which flags that match no setting are errors: `true` all, `false` none; by default, those close to the flag of a setting. */
  readonly strictFlags?: boolean;
  /** Formats of this definition alone, as convict's `addFormats` takes them. */
  readonly formats?: OwnFormats;
  /**
   * Whether texts may refer to other values: `${other.key}`, `${env:HOME}`, `${file:/run/secrets/token}`. `true` allows
   * it in defaults and files; a list names the layers, such as `['default', 'file', 'env']`.
   */
  readonly references?: boolean | readonly LayerName[];
  /**
   * Lets a file name others below it: `"extends": "./base.json"`, or a list, relative to that file. Each is a layer of its own, and is
   * only read. No setting can be called `extends` then.
   */
  readonly extends?: boolean;
  /** Resolvers by their schemes: a text `vault:kv/db#password` of any layer has the value that `resolvers.vault` returns. */
  readonly resolvers?: Readonly<Record<string, Resolver>>;
  /** The version of the files that this program writes, in the member `$version`; or an object that names another member. */
  readonly version?: number | VersionOptions;
  /** What takes a file to each version from the one before: `{ 2: (document) => { … } }`. Files of older versions are read by them. */
  readonly migrations?: Migrations;
  /** The layers, lowest first, by their names or as sources of the program; the usual order by default. */
  readonly layers?: readonly (LayerName | Source)[];
  /** How long a save waits for another process, in milliseconds; 10,000 by default. */
  readonly lockTimeout?: number;
  /** Allows the file to be overwritten in place where it cannot be replaced, as when it is mounted by itself. */
  readonly inPlace?: boolean;
}

/** A program's declaration of its configuration. */
export interface DefinitionInput<S extends SettingsDefinition, U extends UnknownKeys = UnknownKeys>
  extends DefinitionParts<S, U> {
  /** What must hold across settings. `({ rule }) => [rule(…)]` has the types of the settings. */
  readonly rules?: RulesDefinition<NoInfer<S>>;
}

/** A definition that was checked; what `loadConfig` and the command line take. */
export interface Definition<S extends SettingsDefinition = SettingsDefinition, U extends UnknownKeys = UnknownKeys>
  extends DefinitionParts<S, U> {
  /** What must hold across settings, as the declaration has it. */
  readonly rules?: DefinedRules;
  /** The compiled settings. @internal */
  readonly [SCHEMA]?: Schema;
}

const NO_DEFINITION: Issue = {
  code: 'INVALID_DEFINITION',
  message: 'there is no definition to load',
  suggestion: 'Pass what defineConfig returned. Does its module export it?',
};

/** Where a definition of `defineConfig` has its compiled settings. @internal */
export const SCHEMA: unique symbol = Symbol('schema');

/** The compiled settings of other objects that were used as definitions. */
const schemas = new WeakMap<object, Schema>();
/** By their settings: a copy of a definition with other options has the same schema. */
const definitions = new WeakMap<object, Definition>();

/**
 * Checks a definition and compiles its settings. Throws a `ConfigError` `INVALID_DEFINITION` with all mistakes in it:
 * defaults that do not fit, two settings with one flag, unknown formats, reserved names and the like.
 * @example
 * import { defineConfig } from 'varve';
 *
 * const definition = defineConfig({
 *   name: 'shop',
 *   file: 'shop.json',
 *   envPrefix: 'SHOP',
 *   settings: { port: { format: 'port', default: 8080 }, db: { pool: 10 } },
 * });
 * console.log(definition.name, definition.file); // shop shop.json
 */
export function defineConfig<const S extends SettingsDefinition, const U extends UnknownKeys = 'warn'>(
  definition: DefinitionInput<S, U>,
): Definition<S, U> {
  const defined = { ...definition } as Definition<S, U>;
  // Not enumerable: a copy may have other options, and so another schema.
  Object.defineProperty(defined, SCHEMA, { value: toSchema(defined) });
  definitions.set(defined.settings, defined as Definition);
  return Object.freeze(defined);
}

/** The compiled settings of a definition, also of one that was not made by `defineConfig`. */
export function schemaOf(definition: Definition): Schema {
  if (typeof definition !== 'object' || definition === null) throwIssues([NO_DEFINITION]);
  let schema = definition[SCHEMA] ?? schemas.get(definition);
  if (!schema) {
    schema = copiedSchema(definition) ?? toSchema(definition);
    schemas.set(definition, schema);
  }
  return schema;
}

/** The schema of the definition that this one is a copy of, with other options. */
function copiedSchema(definition: Definition): Schema | undefined {
  const original = definitions.get(Object(definition.settings));
  if (!original || COMPILED.some((option) => original[option] !== definition[option])) return undefined;
  throwIssues(optionMistakes(definition), titleOf(definition));
  return original[SCHEMA];
}

/** The options that are compiled with the settings, or compared with them. */
const COMPILED = [
  'formats',
  'envPrefix',
  'rules',
  'references',
  'resolvers',
  'version',
  'migrations',
  'files',
  'profile',
  'profiles',
  'dotenv',
  'overlayFlag',
  'extends',
] as const;

/** The path of the file layer, which a variable of `env` may move. */
export function fileOf(definition: Definition, env: Environment): string | URL | undefined {
  if (Object(definition) !== definition) throw wrongArgument('fileOf: needs a definition', definition);
  const { file } = definition;
  if (typeof file !== 'object' || !file || file instanceof URL) return file;
  return (file.env === undefined ? undefined : Object(env)[file.env]) || file.path;
}

function toSchema(definition: Definition): Schema {
  const tooOld = tooOldNode();
  if (tooOld !== undefined) throw new Error(tooOld);
  const { envPrefix } = definition;
  const prefix = typeof envPrefix === 'string' ? envPrefix : undefined;
  const formats = ownFormats(definition.formats ?? {});
  const { resolvers } = definition;
  const schemes = isPlainObject(resolvers) ? new Set(Object.keys(resolvers)) : undefined;
  const references = referencesOf(definition);
  const { schema, mistakes } = compile(definition.settings, { formats, prefix, references, schemes });
  const rules = definition.rules ? ruleList(definition.rules) : [];
  const all = [
    ...optionMistakes(definition),
    ...mistakes,
    ...nameMistakes(schema),
    ...(definition.rules ? ruleMistakes(rules, schema) : []),
    ...fileMistakes(definition, schema),
    ...(schema.open ? variantFileMistakes(definition, schema.open) : []),
    ...extendsMistakes(definition, schema),
    ...(resolvers ? resolverMistakes(resolvers, schema.settings) : []),
    ...(hasVersion(definition) ? migrationMistakes(definition, schema.root) : []),
  ];
  throwIssues(all, titleOf(definition));
  const version = hasVersion(definition) ? fileVersion(definition) : undefined;
  if (rules.length === 0 && !definition.extends && !version) return schema;
  return { ...schema, rules, ...(definition.extends && { mayExtend: true }), ...(version && { fileVersion: version }) };
}

function titleOf({ name }: Definition): string {
  return `the definition of ${typeof name === 'string' ? name : 'a configuration'}`;
}

function hasVersion({ version, migrations }: Definition): boolean {
  return version !== undefined || migrations !== undefined;
}

/** The layers whose texts may have references. */
function referencesOf({ references = false }: Definition): ReadonlySet<LayerName> | undefined {
  if (references === false) return undefined;
  return new Set(Array.isArray(references) ? references : ['default', 'file']);
}

function fileMistakes(definition: Definition, schema: Schema): readonly Issue[] {
  const { files, dotenv = false, profile, profiles, overlayFlag } = definition;
  const isPlain = [files, profile, profiles, overlayFlag].every((option) => option === undefined);
  const isUsual = Array.isArray(dotenv) ? !dotenv.some((path) => String(path).includes('{')) : dotenv === !!dotenv;
  return isPlain && isUsual ? [] : profileMistakes(definition, schema);
}

/** A file cannot have a setting and the paths of other files under one name. */
function extendsMistakes({ extends: mayExtend = false }: Definition, { root, deprecated }: Schema): readonly Issue[] {
  const isTaken = root.child(EXTENDS) !== undefined || deprecated.keys.has(EXTENDS) || deprecated.groups.has(EXTENDS);
  if (!mayExtend || !isTaken) return [];
  const message = `"${EXTENDS}" is a setting, and with "extends: true" the member of a file that names other files`;
  return [{ code: 'INVALID_DEFINITION', message, suggestion: 'Rename the setting, or remove "extends: true".' }];
}
