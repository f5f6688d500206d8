import { Config } from './config/config.ts';
import { Current } from './config/current.ts';
import { type ResumeReport, readSnapshot, renameSnapshotKeys, resumed } from './config/resume.ts';
import { snapshotOf } from './config/snapshot.ts';
import { WritableFile } from './config/writable-file.ts';
import { type Definition, fileOf, schemaOf } from './definition.ts';
import { ConfigError, type Issue, throwIssues, type WarningReport, WarningReporter } from './errors.ts';
import type { Key } from './key.ts';
import { LAYERS, type LayerName } from './layer.ts';
import {
  type ChosenFiles,
  chooseFiles,
  chosenPath,
  fileFlags,
  type ProfileChoice,
  pathOf,
  profileVariables,
} from './profile.ts';
import type { Schema } from './schema/schema.ts';
import type { SettingsDefinition } from './schema/types.ts';
import { defaultSource, memorySource } from './sources/default.ts';
import { dotenvPaths, type Environment } from './sources/dotenv.ts';
import { dotenvSource, envSource, type VariableOptions } from './sources/env.ts';
import { type ExtendedFile, ExtendedFiles } from './sources/extended-files.ts';
import { languageOf, type StoreSourceOptions, storeSource } from './sources/file.ts';
import { flagSource } from './sources/flag.ts';
import type { LastKnownGood } from './sources/last-known-good.ts';
import { ReferenceInputs } from './sources/reference-inputs.ts';
import type { Source } from './sources/source.ts';
import { Stack, type StackResult, type StackSource, sourceIssues } from './stack.ts';
import { type JsonFileOptions, jsonFile } from './stores/json-file.ts';
import { LocalCopy } from './stores/local-copy.ts';
import { absolutePath, shownPath } from './stores/path.ts';
import { STORE_LIMITS, type Store } from './stores/store.ts';
import { allowsUnknownKeys, type UnknownKeys } from './unknown-keys.ts';

/** A file that is read as a layer, and where it is; no path for a store of the definition's own. */
interface FileSource extends StackSource {
  readonly path: string | undefined;
}

/** A base file with one of these names is shown as `./file`. */
const NAMES_OF_LAYERS: ReadonlySet<string> = new Set([...LAYERS, 'profile']);

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
  /** The profile, or each of several by its name, before what a flag or a variable chooses. */
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
   * The JSON of the snapshot of an earlier run to resume; `resumeReport(config)` lists the differences. Throws `IDENTITY_CHANGED`
   * where a setting differs that is part of the fingerprint.
   */
  readonly resume?: string | URL;
  /** Lets all identity settings of a resumed run differ, or those with these keys. */
  readonly allowIdentityChange?: boolean | readonly Key[];
  /** Puts secrets into fingerprints, by their hash under this text; without it they are left out. */
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
  const config = loading.config<S, U>(reading);
  if (config.issues.length === 0) await Promise.all([...reading.readings.values()].map((source) => source.taken?.()));
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
  return loading.config(loading.stack.readSync());
}

/** One load: a definition with its inputs. */
class ConfigLoader {
  readonly stack: Stack;
  readonly #definition: Definition;
  readonly #options: LoadOptions;
  readonly #schema: Schema;
  readonly #env: Environment;
  readonly #cwd: string;
  /** The folder that relative paths of the definition start from. */
  readonly #root: string;
  readonly #writable: WritableFile | undefined;
  readonly #lastKnownGood: LastKnownGood | undefined;
  readonly #inputs: ReferenceInputs | undefined;
  readonly #warnings: Issue[] = [];
  /** What profiles and flags choose; `undefined` if the definition leaves no choice. */
  readonly #chosen: ChosenFiles | undefined;

  constructor(definition: Definition, options: LoadOptions) {
    this.#definition = definition;
    this.#options = options;
    this.#schema = schemaOf(definition);
    this.#env = options.env ?? process.env;
    this.#cwd = options.cwd ?? process.cwd();
    this.#root = definition.root === undefined ? this.#cwd : absolutePath(definition.root, this.#cwd);
    this.#chosen = this.#choice();
    const store = this.#store();
    const { layout = 'sparse', unknown = 'warn' } = definition;
    this.#lastKnownGood = store && this.#copyOf(store);
    const document = { schema: this.#schema, unknown, layout, copy: this.#lastKnownGood?.copy };
    this.#writable = store && new WritableFile(store, document);
    const { references, computed } = this.#schema;
    this.#inputs = references || computed ? new ReferenceInputs(this.#env, this.#root, this.#cwd) : undefined;
    const extended = this.#schema.mayExtend ? new ExtendedFiles((path) => this.#extendedFile(path)) : undefined;
    this.stack = new Stack(this.#schema, this.#sources(store), { ...definition, inputs: this.#inputs, extended });
  }

  /** Writes the document where there is none and the definition wants one. */
  async create(): Promise<void> {
    try {
      if (this.#definition.create) await this.#writable?.create();
    } catch (error) {
      this.#notCreated(error);
    }
  }

  createSync(): void {
    try {
      if (this.#definition.create) this.#writable?.createSync();
    } catch (error) {
      this.#notCreated(error);
    }
  }

  config<S extends SettingsDefinition, U extends UnknownKeys>(read: StackResult): Config<S, U> {
    const { unknown = 'warn' } = this.#definition;
    const allowsExtras = unknown === 'allow' || (typeof unknown === 'object' && allowsUnknownKeys({ unknown }));
    const current = new Current(this.#schema, this.#withWarnings(read), { allowsExtras, inputs: this.#inputs });
    if (this.#options.invalid !== 'report') {
      const issues = [...sourceIssues(read.readings), ...current.problems.issues];
      if (issues.length > 0) throwIssues(issues, `the configuration of ${this.#definition.name}`);
    }
    const { stack } = this;
    const { fingerprintKey, onWarning } = this.#options;
    const resumed = this.#resumed(current);
    const definition = this.#definition;
    const file = this.#writable;
    const report = onWarning === false ? undefined : warningReport(onWarning);
    const config = new Config<S, U>({ definition, current, stack, file, fingerprintKey, resumed, report });
    report?.(config.warnings);
    return config;
  }

  /** Adds the warnings of the creation to those of the file, until it is read again. */
  #withWarnings({ layers, readings }: StackResult): StackResult {
    if (this.#warnings.length === 0) return { layers, readings };
    const { warnings = [], ...file } = readings.get('file') ?? { entries: new Map() };
    const reading = { ...file, warnings: [...this.#warnings, ...warnings] };
    return { layers, readings: new Map(readings).set('file', reading) };
  }

  /** A file that cannot be created is only a warning: the program starts with the layers that there are. */
  #notCreated(error: unknown): void {
    if (!(error instanceof ConfigError) || !['DENIED', 'READ_ONLY', 'UNAVAILABLE'].includes(error.code)) throw error;
    // A store that can't be reached is reported by its reading.
    if (this.#lastKnownGood) return;
    this.#warnings.push(...error.issues.map((issue) => ({ ...issue, message: `was not created: ${issue.message}` })));
  }

  #resumed(current: Current): ResumeReport | undefined {
    const { resume, allowIdentityChange, fingerprintKey } = this.#options;
    if (resume === undefined) return undefined;
    const now = snapshotOf(current, { name: this.#definition.name, fingerprintKey }).toJSON();
    const then = renameSnapshotKeys(readSnapshot(this.#file(resume, this.#cwd)), this.#schema);
    return resumed(then, now, allowIdentityChange);
  }

  #choice(): ChosenFiles | undefined {
    const { argv = ownArguments(), profile: chosen } = this.#options;
    const { profile = chosen, profiles = profile, overlayFlag = profiles } = this.#definition;
    if (overlayFlag === undefined) return undefined;
    return chooseFiles(this.#definition, { argv, env: this.#env, chosen });
  }

  #store(): Store | undefined {
    const { store, lockTimeout, inPlace } = this.#definition;
    const path = this.#ownPath();
    if (path === undefined) return store;
    return this.#file(path, this.#root, {
      private: this.#schema.hasSecrets,
      ...(lockTimeout !== undefined && { lockTimeout }),
      ...(inPlace !== undefined && { inPlace }),
    });
  }

  #copyOf(store: Store): LastKnownGood | undefined {
    const { lastKnownGood } = this.#definition;
    if (lastKnownGood === undefined || this.#ownPath() !== undefined) return undefined;
    const isPath = typeof lastKnownGood === 'string' || lastKnownGood instanceof URL;
    const { file, staleAfter } = isPath ? { file: lastKnownGood } : lastKnownGood;
    const { maxBytes } = { ...STORE_LIMITS, ...store.limits };
    const copy = new LocalCopy(store, this.#file(file, this.#root, { private: true, maxBytes: 2 * maxBytes + 1_024 }));
    return { copy, ...(staleAfter !== undefined && { staleAfter }) };
  }

  #file(file: string | URL, from: string, options: JsonFileOptions = {}): Store {
    const path = absolutePath(file, from);
    return jsonFile(path, { name: shownPath(path, this.#cwd), ...options });
  }

  /** The absolute path of the file layer; none where a store of the definition's own is taken. */
  #ownPath(): string | undefined {
    if (this.#options.file !== undefined) return absolutePath(this.#options.file, this.#cwd);
    const file = this.#definition.store ? undefined : fileOf(this.#definition, this.#env);
    return file === undefined ? undefined : absolutePath(file, this.#root);
  }

  /** Warns of a variable that names a file that does not exist. The definition's own file need not exist. */
  #missingWarning(path: string | undefined, { name }: Store): Issue | undefined {
    const { file } = this.#definition;
    const variable = typeof file === 'object' && !(file instanceof URL) ? file.env : undefined;
    if (path === undefined || this.#options.file !== undefined || variable === undefined) return undefined;
    if (!this.#env[variable]) return undefined;
    const message = `${variable} names ${name}, which does not exist`;
    return { code: 'UNAVAILABLE', message, origin: { layer: 'env', name: variable, location: 'process.env' } };
  }

  #sources(store: Store | undefined): readonly StackSource[] {
    return layersOf(this.#definition).flatMap((layer) =>
      typeof layer === 'string' ? this.#sourcesOf(layer, store) : { source: layer },
    );
  }

  /** The sources that the name of a layer stands for. */
  #sourcesOf(layer: LayerName, store: Store | undefined): StackSource | readonly StackSource[] {
    switch (layer) {
      case 'default':
        return [{ source: defaultSource(this.#schema) }, ...this.#choiceIssues()];
      case 'file': {
        const path = this.#ownPath();
        const source = store
          ? this.#storeSource(store, 'file', { path, missing: () => this.#missingWarning(path, store) })
          : memorySource('file');
        const own: FileSource = { source, path, ...(store && path !== undefined && { file: store.name }) };
        const all = [...this.#baseFiles(), own, ...this.#overlays()];
        const paths = all.map(({ path }) => path);
        return all.filter(({ path }, i) => path === undefined || paths.lastIndexOf(path) === i);
      }
      case '.env':
        return this.#dotenvFiles();
      case 'env':
        return { source: envSource({ ...this.#variableOptions(), env: this.#env }) };
      case 'flag':
        return { source: this.#flagSource() };
      default:
        return { source: memorySource(layer) };
    }
  }

  #flagSource(): Source {
    const argv = this.#chosen?.argv ?? this.#options.argv ?? ownArguments();
    const others = this.#chosen ? [...fileFlags(this.#definition).keys()].map((flag) => `--${flag}`) : [];
    return flagSource(this.#schema, argv, others);
  }

  /** Reports wrong choices with the problems of the layers. */
  #choiceIssues(): readonly StackSource[] {
    const issues = this.#chosen?.issues ?? [];
    return issues.length === 0 ? [] : [{ source: { name: 'profile', read: () => ({ entries: new Map(), issues }) } }];
  }

  #baseFiles(): readonly FileSource[] {
    return (this.#definition.files ?? []).flatMap((file) => {
      const path = this.#chosenPath(pathOf(file));
      if (path === undefined) return [];
      const suggestion = 'Create it, or remove it from `files`.';
      const isOptional = typeof file === 'object' && !(file instanceof URL) && file.optional === true;
      const message = 'does not exist, and the definition lists it as a base file';
      return this.#readOnlyFile(absolutePath(path, this.#root), isOptional ? undefined : { message, suggestion });
    });
  }

  /** The files above the file layer, the last the highest. */
  #overlays(): readonly FileSource[] {
    const files = [...(this.#chosen?.overlays ?? []), ...(this.#options.overlays ?? [])];
    return files.map((file) => this.#readOnlyFile(absolutePath(file, this.#cwd), { message: 'does not exist' }));
  }

  #readOnlyFile(path: string, missing: Pick<Issue, 'message' | 'suggestion'> | undefined): FileSource {
    const store = this.#file(path, this.#root);
    const { name } = store;
    const layer = layerOfFile(name);
    const required: Issue | undefined = missing && {
      ...missing,
      code: 'UNAVAILABLE',
      message: `${name} ${missing.message}`,
    };
    return { source: this.#storeSource(store, layer, { path, required }), path, kind: 'file', file: name };
  }

  #extendedFile(path: string): ExtendedFile {
    const store = this.#file(path, this.#root);
    const { unknown = 'warn' } = this.#definition;
    return { store, language: languageOf(store, { schema: this.#schema, layer: layerOfFile(store.name), unknown }) };
  }

  #chosenPath(path: string | URL): string | URL | undefined {
    return String(path).includes('{') || path instanceof URL
      ? chosenPath(path, this.#chosen?.names ?? new Map(), this.#env)
      : path;
  }

  #dotenvFiles(): readonly StackSource[] {
    const { dotenv = false } = this.#definition;
    if (dotenv === false) return [];
    const isListed = typeof dotenv !== 'boolean';
    return dotenvPaths(dotenv, this.#env, [...(this.#chosen?.names.values() ?? [])]).flatMap((file) => {
      const chosen = this.#chosenPath(file);
      if (chosen === undefined) return [];
      const path = absolutePath(chosen, this.#root);
      const options = { ...this.#variableOptions(), path, shown: shownPath(path, this.#cwd), isListed };
      return { source: dotenvSource(options), kind: '.env', file: options.shown };
    });
  }

  #variableOptions(): VariableOptions {
    const { file } = this.#definition;
    const moves = typeof file === 'object' && !(file instanceof URL) && file.env !== undefined ? [file.env] : [];
    const ignoreCase = process.platform === 'win32';
    const reserved = this.#chosen ? [...moves, ...profileVariables(this.#definition)] : moves;
    return { schema: this.#schema, cwd: this.#cwd, ignoreCase, reserved };
  }

  #storeSource(
    store: Store,
    layer: LayerName,
    { path, ...absence }: Pick<StoreSourceOptions, 'required' | 'missing'> & { readonly path: string | undefined },
  ): Source {
    const polled = (poll: number): Store => (path === undefined ? store : this.#file(path, this.#root, { poll }));
    const lastKnownGood = layer === 'file' ? this.#lastKnownGood : undefined;
    const { unknown = 'warn' } = this.#definition;
    return storeSource(store, { schema: this.#schema, layer, unknown, ...absence, polled, lastKnownGood });
  }
}

/** The layer of a file that is only read: its name, which must not be that of another layer. */
function layerOfFile(name: string): LayerName {
  return NAMES_OF_LAYERS.has(name) ? `./${name}` : name;
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
