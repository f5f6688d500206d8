import { computeLayers } from './computed.ts';
import { Config } from './config/config.ts';
import { ConfigState } from './config/config-state.ts';
import { renameSnapshotKeys } from './config/rename-snapshot.ts';
import { compareRun, type ResumeReport, readSnapshot } from './config/resume.ts';
import { snapshotOf } from './config/snapshot.ts';
import { WritableFile, type WritableFileOptions } from './config/writable-file.ts';
import { type Definition, SCHEMA, schemaOf } from './definition.ts';
import { DefinitionFiles, movingVariable, namedFile } from './definition-files.ts';
import { ConfigError, type Issue, throwIssues, type WarningReport } from './errors.ts';
import type { ExpressionInputs } from './expression-inputs.ts';
import type { Key } from './key.ts';
import { LAYERS, type LayerName } from './layer.ts';
import { wrongOptions } from './load-option-mistakes.ts';
import { type ChosenFiles, chooseFiles, fileFlags, type ProfileChoice, profileVariables } from './profile.ts';
import type { Schema } from './schema/schema.ts';
import type { SettingsDefinition } from './schema/types.ts';
import type { Environment } from './sources/dotenv.ts';
import { envSource, type VariableOptions } from './sources/env.ts';
import { flagSource } from './sources/flag.ts';
import { programSource } from './sources/program-source.ts';
import { ReferenceInputs } from './sources/reference-inputs.ts';
import { ResolverInputs } from './sources/resolver-inputs.ts';
import type { Source } from './sources/source.ts';
import { emptySource, Stack, type StackResult, type StackSource, sourceIssues } from './stack.ts';
import { noWorkingFolder } from './stores/not-a-path.ts';
import { absolutePath } from './stores/path.ts';
import { allowsUnknownKeys, type UnknownKeys, unknownNames } from './unknown-keys.ts';
import { WarningReporter } from './warning-reporter.ts';

/** The inputs of a load; each is a parameter, so that tests need no globals. */
export interface LoadOptions {
  /** The arguments of the command line, without node and the script; those of the process by default. */
  readonly argv?: readonly string[];
  /** The environment; `process.env` by default. It is read, never changed. */
  readonly env?: Environment;
  /** The folder that relative paths start from, unless the definition has a `root`; the working directory by default. */
  readonly cwd?: string;
  /** Another file than the definition's. */
  readonly file?: string | URL;
  /** The profile, or the choice for each of several profiles by name; it overrides flags and variables. */
  readonly profile?: ProfileChoice;
  /** More files above the file layer, the last the highest: relative to `cwd`, or file URLs. */
  readonly overlays?: readonly (string | URL)[];
  /**
   * `report` keeps problems in `config.issues` instead of throwing them; a setting then has the value of the highest layer
   * that is valid. For tools that show and repair configurations.
   */
  readonly invalid?: 'throw' | 'report';
  /**
   * Is called with each warning of the load, in the order of `config.warnings`, and with each new one of a reload; `false`
   * reports none. The default is `process.emitWarning` with the type `ConfigWarning`.
   */
  readonly onWarning?: ((warning: Issue) => void) | false;
  /**
   * The JSON file with the snapshot of an earlier run to resume; `resumeReport(config)` lists the differences. Throws
   * `IDENTITY_CHANGED` if a setting of the fingerprint differs.
   */
  readonly resume?: string | URL;
  /** Lets all identity settings of a resumed run differ, or those with these keys and in the groups with these keys. */
  readonly allowIdentityChange?: boolean | readonly Key[];
  /** Puts secrets into fingerprints, as hashes with this text as their key; without it they are left out. */
  readonly fingerprintKey?: string;
}

/**
 * Reads all layers of a definition and resolves them. Rejects with one `ConfigError` that has every problem of every
 * layer, each with its location.
 * @example
 * import { defineConfig, loadConfig } from 'varve';
 *
 * const definition = defineConfig({ name: 'shop', envPrefix: 'SHOP', settings: { port: 8080, pool: 10 } });
 * const config = await loadConfig(definition, { env: { SHOP_PORT: '80' }, argv: ['--pool', '20'] });
 * console.log(config.values.port, config.values.pool); // 80 20
 */
export async function loadConfig<S extends SettingsDefinition, U extends UnknownKeys>(
  definition: Definition<S, U>,
  options: LoadOptions = {},
): Promise<Config<S, U>> {
  const loading = new ConfigLoader(definition as Definition, options);
  await loading.create();
  const reading = await loading.stack.read();
  await loading.prepare(reading);
  const config = loading.config<S, U>(reading);
  if (config.issues.length === 0)
    await Promise.all([...reading.readings.values()].map((source) => source.accepted?.()));
  return config;
}

/**
 * Does what `loadConfig` does, synchronously. Throws `UNAVAILABLE` for a store or a source that needs a promise.
 * @example
 * import { defineConfig, loadConfigSync } from 'varve';
 *
 * const definition = defineConfig({ name: 'shop', settings: { port: 8080 } });
 * console.log(loadConfigSync(definition, { env: {}, argv: ['--port=80'] }).values.port); // 80
 */
export function loadConfigSync<S extends SettingsDefinition, U extends UnknownKeys>(
  definition: Definition<S, U>,
  options: LoadOptions = {},
): Config<S, U> {
  const loading = new ConfigLoader(definition as Definition, options);
  loading.createSync();
  const reading = loading.stack.readSync();
  loading.prepareSync(reading);
  return loading.config(reading);
}

/** One load: a definition with its inputs. */
class ConfigLoader {
  readonly stack: Stack;
  readonly #definition: Definition;
  readonly #options: LoadOptions;
  readonly #schema: Schema;
  readonly #env: Environment;
  readonly #cwd: string;
  readonly #argv: readonly string[];
  /** Absent if the definition has no files and no store. */
  readonly #files: DefinitionFiles | undefined;
  readonly #file: WritableFileOptions | undefined;
  readonly #inputs: ReferenceInputs | ResolverInputs | undefined;
  readonly #warnings: Issue[] = [];
  /** What profiles and flags choose; `undefined` if the definition leaves no choice. */
  readonly #chosen: ChosenFiles | undefined;

  constructor(definition: Definition, options: LoadOptions) {
    if (hasWrongTypes(options)) throw wrongOptions(options);
    const { env = process.env, cwd = workingFolder(), argv = ownArguments() } = options;
    this.#definition = definition;
    this.#options = options;
    // Compiled by defineConfig; a plain object or a copy with other options is compiled now.
    this.#schema = definition?.[SCHEMA] ?? schemaOf(definition);
    this.#env = env;
    this.#cwd = cwd;
    this.#chosen = this.#choice(argv);
    this.#argv = this.#chosen?.argv ?? argv;
    const root = definition.root === undefined ? cwd : absolutePath(definition.root, cwd);
    const { layout = 'sparse', unknown = 'warn' } = definition;
    const { file, overlays } = options;
    const schema = this.#schema;
    this.#files = hasFiles(definition, schema, options)
      ? new DefinitionFiles({ definition, schema, env, cwd, root, file, overlays, chosen: this.#chosen })
      : undefined;
    const { store, lastKnownGood } = this.#files ?? {};
    this.#file = store && { store, schema, unknown, layout, copy: lastKnownGood?.copy };
    this.#inputs = this.#expressionInputs(root);
    this.stack = new Stack(schema, this.#sources(), {
      ...definition,
      inputs: this.#inputs,
      extended: this.#files?.extended,
    });
  }

  /** Writes the document where there is none and the definition wants one. */
  async create(): Promise<void> {
    try {
      if (this.#definition.create && this.#file) await new WritableFile(this.#file).create();
    } catch (error) {
      this.#notCreated(error);
    }
  }

  createSync(): void {
    try {
      if (this.#definition.create && this.#file) new WritableFile(this.#file).createSync();
    } catch (error) {
      this.#notCreated(error);
    }
  }

  /** Asks the resolvers for what the layers need. */
  async prepare({ layers }: StackResult): Promise<void> {
    await this.#resolving?.prepare(this.#compute(layers));
  }

  prepareSync({ layers }: StackResult): void {
    this.#resolving?.requireSync(this.#compute(layers));
  }

  get #resolving(): ResolverInputs | undefined {
    return this.#inputs !== undefined && this.#inputs instanceof ResolverInputs ? this.#inputs : undefined;
  }

  #compute(layers: StackResult['layers']): (inputs: ExpressionInputs) => void {
    return (inputs) => void computeLayers(layers, { schema: this.#schema, inputs });
  }

  #expressionInputs(root: string): ReferenceInputs | ResolverInputs | undefined {
    const { syntaxOf, computed } = this.#schema;
    const { resolvers } = this.#definition;
    if (!syntaxOf && !computed) return undefined;
    const inputs = new ReferenceInputs(this.#env, root, this.#cwd);
    return resolvers ? new ResolverInputs(resolvers, inputs) : inputs;
  }

  config<S extends SettingsDefinition, U extends UnknownKeys>(read: StackResult): Config<S, U> {
    const { unknown = 'warn' } = this.#definition;
    const extras =
      unknown === 'allow' || (typeof unknown === 'object' && allowsUnknownKeys({ unknown }))
        ? unknownNames({ unknown }, 'file')
        : undefined;
    const current = new ConfigState(this.#withWarnings(read), { extras, inputs: this.#inputs });
    if (this.#options.invalid !== 'report') {
      const issues = [...sourceIssues(read.readings), ...current.problems.issues];
      if (issues.length > 0) throwIssues(issues, `the configuration of ${this.#definition.name}`);
    }
    const { stack } = this;
    const { fingerprintKey, onWarning } = this.#options;
    const resumed = this.#resume(current);
    const definition = this.#definition;
    const file = this.#file;
    const report = onWarning === false ? undefined : warningReport(onWarning);
    const config = new Config<S, U>({ definition, current, stack, file, fingerprintKey, resumed, report });
    report?.(config.warnings);
    return config;
  }

  /** Adds the warnings of the creation to those of the file, until it is read again. */
  #withWarnings(read: StackResult): StackResult {
    if (this.#warnings.length === 0) return read;
    const { readings } = read;
    const { warnings = [], ...file } = readings.get('file') ?? { entries: new Map() };
    const reading = { ...file, warnings: [...this.#warnings, ...warnings] };
    return { ...read, readings: new Map(readings).set('file', reading) };
  }

  /** A file that cannot be created is only a warning: the program starts with the layers that there are. */
  #notCreated(error: unknown): void {
    if (!(error instanceof ConfigError) || !['DENIED', 'READ_ONLY', 'UNAVAILABLE'].includes(error.code)) throw error;
    // A store that can't be reached is reported by its reading.
    if (this.#files?.lastKnownGood) return;
    this.#warnings.push(...error.issues.map((issue) => ({ ...issue, message: `was not created: ${issue.message}` })));
  }

  #resume(current: ConfigState): ResumeReport | undefined {
    const { resume, allowIdentityChange, fingerprintKey } = this.#options;
    if (resume === undefined) return undefined;
    const file = namedFile(resume, { from: this.#cwd, cwd: this.#cwd });
    const then = renameSnapshotKeys(readSnapshot(file), this.#schema);
    const { definitionChanges } = then;
    const now = snapshotOf(current, { name: this.#definition.name, fingerprintKey, definitionChanges }).toJSON();
    return compareRun(then, now, allowIdentityChange);
  }

  #choice(argv: readonly string[]): ChosenFiles | undefined {
    const { profile: chosen } = this.#options;
    const { profile, profiles, overlayFlag } = this.#definition;
    if ([chosen, profile, profiles, overlayFlag].every((one) => one === undefined)) return undefined;
    return chooseFiles(this.#definition, { argv, env: this.#env, chosen });
  }

  #sources(): readonly StackSource[] {
    return layersOf(this.#definition).flatMap((layer) =>
      typeof layer === 'string' ? this.#sourcesOf(layer) : { source: programSource(layer) },
    );
  }

  /** The sources of a name in `LAYERS`. */
  #sourcesOf(layer: LayerName): StackSource | readonly StackSource[] {
    switch (layer) {
      case 'default':
        return [{ source: this.#defaults() }, ...this.#choiceIssues(), ...(this.#files?.variantSources() ?? [])];
      case 'file':
        return this.#files?.fileSources() ?? { source: emptySource('file') };
      case '.env':
        return this.#files?.dotenvSources(this.#variableOptions()) ?? [];
      case 'env':
        return { source: envSource({ ...this.#variableOptions(), env: this.#env }) };
      case 'flag':
        return { source: this.#argv.length === 0 ? emptySource('flag') : this.#flagSource() };
      default:
        return { source: emptySource(layer) };
    }
  }

  /** The schema's own defaults, which were checked when it was compiled. */
  #defaults(): Source {
    const { defaults: entries, computed } = this.#schema;
    return { name: 'default', read: () => ({ entries, checked: entries, ...(computed && { computed }) }) };
  }

  #flagSource(): Source {
    const others = this.#chosen ? [...fileFlags(this.#definition).keys()].map((flag) => `--${flag}`) : [];
    return flagSource(this.#schema, this.#argv, others);
  }

  /** Reports wrong choices with the problems of the layers. */
  #choiceIssues(): readonly StackSource[] {
    const issues = this.#chosen?.issues ?? [];
    return issues.length === 0 ? [] : [{ source: { name: 'profile', read: () => ({ entries: new Map(), issues }) } }];
  }

  #variableOptions(): VariableOptions {
    const definition = this.#definition;
    const moves = this.#files && movingVariable(definition);
    const ignoreCase = process.platform === 'win32';
    const reserved = [...(moves === undefined ? [] : [moves]), ...(this.#chosen ? profileVariables(definition) : [])];
    return { schema: this.#schema, cwd: this.#cwd, ignoreCase, reserved };
  }
}

function workingFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw noWorkingFolder(error);
  }
}

export function hasWrongTypes(options: LoadOptions): boolean {
  const { env = {}, cwd = '', argv = [], onWarning = false } = Object(options) as LoadOptions;
  return (
    [options, env].some((one) => Object(one) !== one) ||
    !Array.isArray(argv) ||
    [cwd, ...argv].some((text) => typeof text !== 'string') ||
    (onWarning !== false && typeof onWarning !== 'function')
  );
}

/** Whether a load reads any file or store. */
function hasFiles(definition: Definition, { open }: Schema, { file, overlays }: LoadOptions): boolean {
  const { file: own, files, store, dotenv, overlayFlag } = definition;
  return (
    [own, files, store, dotenv, overlayFlag, file, overlays].some((one) => one !== undefined) || open?.hasFiles === true
  );
}

/** Reports the warnings that there are now; a program without any needs no reporter. */
function warningReport(onWarning: ((warning: Issue) => void) | undefined): WarningReport {
  let reporter: WarningReporter | undefined;
  return (warnings) => {
    if (warnings.length > 0) reporter ??= new WarningReporter(onWarning);
    reporter?.report(warnings);
  };
}

/** The layers of a definition. `.env` files are read with the environment, unless the definition puts them elsewhere. */
function layersOf({ layers = LAYERS }: Definition): readonly (LayerName | Source)[] {
  if (layers.includes('.env')) return layers;
  return layers.flatMap((layer) => (layer === 'env' ? ['.env', 'env'] : [layer]));
}

/** The arguments of this process without its program. A packaged Electron application has no script among them. */
export function ownArguments(): readonly string[] {
  const isPackaged = process.versions['electron'] !== undefined && !Reflect.get(process, 'defaultApp');
  return process.argv.slice(isPackaged ? 1 : 2);
}
