import { Current } from './config/current.ts';
import { FileDocument } from './config/file-document.ts';
import { type ResumeReport, readSnapshot, resumed } from './config/resume.ts';
import { snapshotOf } from './config/snapshot.ts';
import { Config } from './config.ts';
import { type Definition, schemaOf } from './definition.ts';
import { ConfigError, throwIssues } from './errors.ts';
import type { Key } from './key.ts';
import { LAYERS } from './layer.ts';
import { problemsOf } from './resolve.ts';
import type { Schema } from './schema/setting.ts';
import type { SettingsDefinition } from './schema/types.ts';
import type { Environment } from './sources/dotenv.ts';
import { type EnvOptions, envSource } from './sources/env.ts';
import { watchedEnv } from './sources/env-watch.ts';
import { storeSource, type UnknownKeys } from './sources/file.ts';
import { flagSource } from './sources/flag.ts';
import type { LastKnownGood } from './sources/last-known-good.ts';
import { type Level, Stack, type StackReading } from './stack.ts';
import { type JsonFileOptions, jsonFile } from './stores/json-file.ts';
import { LocalCopy } from './stores/local-copy.ts';
import { absolutePath, shownPath } from './stores/path.ts';
import { STORE_LIMITS, type Store } from './stores/store.ts';

/** What a configuration is loaded from; each of it is a parameter, so that tests need no globals. */
export interface LoadOptions {
  /** The arguments of the command line, without node and the script; `process.argv.slice(2)` unless told. */
  readonly argv?: readonly string[];
  /** The environment; `process.env` unless told. It is read, never changed. */
  readonly env?: Environment;
  /** The folder that relative paths start from; the working directory unless told. */
  readonly cwd?: string;
  /** Another file than the definition's. */
  readonly file?: string | URL;
  /**
   * `report` keeps what is wrong in `config.issues` instead of throwing it; a setting then has the value of the highest
   * layer that is valid. For tools that show and mend configurations.
   */
  readonly invalid?: 'throw' | 'report';
  /**
   * The JSON of the snapshot of an earlier run, which is to be gone on with: `config.resumed` tells what differs. Throws
   * `IDENTITY_CHANGED` where a setting differs that is part of the fingerprint.
   */
  readonly resume?: string | URL;
  /** Lets all identity settings of a resumed run differ, or those with these keys. */
  readonly allowIdentityChange?: boolean | readonly Key[];
  /** Puts secrets into fingerprints, by their hash under this text; without it they are left out. */
  readonly fingerprintKey?: string;
}

/**
 * Reads all layers of a definition and resolves them. Rejects with one `ConfigError` that has every problem of every
 * layer, each with its place.
 */
export async function loadConfig<S extends SettingsDefinition, U extends UnknownKeys>(
  definition: Definition<S, U>,
  options: LoadOptions = {},
): Promise<Config<S, U>> {
  const loading = new Loading(definition as Definition, options);
  await loading.create();
  const reading = await loading.stack.read();
  const config = loading.config<S, U>(reading);
  if (config.issues.length === 0) await Promise.all([...reading.readings.values()].map((source) => source.taken?.()));
  return config;
}

/** The same without waiting, for stores and sources that need no waiting: throws `UNAVAILABLE` for others. */
export function loadConfigSync<S extends SettingsDefinition, U extends UnknownKeys>(
  definition: Definition<S, U>,
  options: LoadOptions = {},
): Config<S, U> {
  const loading = new Loading(definition as Definition, options);
  loading.createSync();
  return loading.config(loading.stack.readSync());
}

/** One load: a definition with its inputs. */
class Loading {
  readonly stack: Stack;
  readonly #definition: Definition;
  readonly #options: LoadOptions;
  readonly #schema: Schema;
  readonly #unknown: UnknownKeys;
  readonly #cwd: string;
  readonly #document: FileDocument | undefined;
  readonly #lastKnownGood: LastKnownGood | undefined;

  constructor(definition: Definition, options: LoadOptions) {
    this.#definition = definition;
    this.#options = options;
    this.#schema = schemaOf(definition);
    this.#unknown = definition.unknown ?? 'warn';
    this.#cwd = options.cwd ?? process.cwd();
    const store = this.#store();
    const { layout = 'sparse' } = definition;
    this.#lastKnownGood = store && this.#copyOf(store);
    const document = { schema: this.#schema, unknown: this.#unknown, layout, copy: this.#lastKnownGood?.copy };
    this.#document = store && new FileDocument(store, document);
    this.stack = new Stack(this.#schema, this.#levels(store));
  }

  /** Writes the document where there is none and the definition wants one. */
  async create(): Promise<void> {
    try {
      if (this.#definition.create && (await this.#document?.isMissing())) await this.#document?.create();
    } catch (error) {
      // A store that can't be reached may have a copy to start from; the reading tells.
      if (!this.#lastKnownGood || !(error instanceof ConfigError) || error.code !== 'UNAVAILABLE') throw error;
    }
  }

  createSync(): void {
    if (this.#definition.create) this.#document?.createSync();
  }

  config<S extends SettingsDefinition, U extends UnknownKeys>(reading: StackReading): Config<S, U> {
    const current = new Current(this.#schema, reading.layers, this.#unknown === 'allow');
    if (this.#options.invalid !== 'report') {
      const { issues } = problemsOf(this.#schema, current.layers);
      throwIssues([...reading.issues, ...issues], `the configuration of ${this.#definition.name}`);
    }
    const { stack } = this;
    const { fingerprintKey } = this.#options;
    const resumed = this.#resumed(current);
    const definition = this.#definition;
    return new Config<S, U>({ definition, current, stack, reading, document: this.#document, fingerprintKey, resumed });
  }

  #resumed(current: Current): ResumeReport | undefined {
    const { resume, allowIdentityChange, fingerprintKey } = this.#options;
    if (resume === undefined) return undefined;
    const now = snapshotOf(current, { name: this.#definition.name, fingerprintKey }).toJSON();
    return resumed(readSnapshot(this.#file(resume)), now, allowIdentityChange);
  }

  #store(): Store | undefined {
    const { store, lockTimeout, inPlace } = this.#definition;
    const file = this.#ownFile();
    if (file === undefined) return store;
    return this.#file(file, {
      private: this.#schema.hasSecrets,
      ...(lockTimeout !== undefined && { lockTimeout }),
      ...(inPlace !== undefined && { inPlace }),
    });
  }

  #copyOf(store: Store): LastKnownGood | undefined {
    const { lastKnownGood } = this.#definition;
    if (lastKnownGood === undefined || this.#ownFile() !== undefined) return undefined;
    const isPath = typeof lastKnownGood === 'string' || lastKnownGood instanceof URL;
    const { file, staleAfter } = isPath ? { file: lastKnownGood } : lastKnownGood;
    const { maxBytes } = { ...STORE_LIMITS, ...store.limits };
    const copy = new LocalCopy(store, this.#file(file, { private: true, maxBytes: 2 * maxBytes + 1_024 }));
    return { copy, ...(staleAfter !== undefined && { staleAfter }) };
  }

  #file(file: string | URL, options: JsonFileOptions = {}): Store {
    const path = absolutePath(file, this.#cwd);
    return jsonFile(path, { name: shownPath(path, this.#cwd), ...options });
  }

  #levels(store: Store | undefined): readonly Level[] {
    return (this.#definition.layers ?? LAYERS).flatMap((layer) => {
      if (typeof layer !== 'string') return layer;
      if (layer === 'file') return [...this.#bases(), store ? this.#source(store, 'file', this.#ownFile()) : NO_FILE];
      return this.#level(layer);
    });
  }

  #level(layer: string): Level {
    const { dotenv, strictEnv, strictFlags } = this.#definition;
    const { env = process.env, argv = process.argv.slice(2) } = this.#options;
    const ignoreCase = process.platform === 'win32';
    if (layer === 'env') {
      const options: EnvOptions = { env, cwd: this.#cwd, dotenv, strict: strictEnv, ignoreCase };
      return watchedEnv(envSource(options), options);
    }
    if (layer === 'flag') return flagSource({ argv, strict: strictFlags });
    return layer === 'default' ? 'default' : 'override';
  }

  #bases(): readonly Level[] {
    return (this.#definition.files ?? []).map((file) => {
      const store = this.#file(file);
      return this.#source(store, store.name, file, true);
    });
  }

  /** The file that the file layer lives in; none where a store of the definition's own is taken. */
  #ownFile(): string | URL | undefined {
    const { file, store } = this.#definition;
    return this.#options.file ?? (store ? undefined : file);
  }

  #source(store: Store, layer: string, file: string | URL | undefined, required = false): Level {
    const polled = (poll: number): Store => (file === undefined ? store : this.#file(file, { poll }));
    const lastKnownGood = layer === 'file' ? this.#lastKnownGood : undefined;
    return storeSource(store, { layer, unknown: this.#unknown, required, polled, lastKnownGood });
  }
}

/** The file layer of a definition without a file: it lives in memory only. */
const NO_FILE: Level = { name: 'file', read: () => ({ entries: new Map() }) };
