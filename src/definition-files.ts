import { type Definition, fileOf } from './definition.ts';
import type { Issue } from './errors.ts';
import { LAYERS, type LayerName, type VariantChoice } from './layer.ts';
import { type ChosenFiles, chosenPath, pathOf } from './profile.ts';
import { variantsWithFiles } from './schema/open-groups.ts';
import type { Schema } from './schema/schema.ts';
import { dotenvPaths, type Environment } from './sources/dotenv.ts';
import { dotenvSource } from './sources/dotenv-source.ts';
import type { VariableOptions } from './sources/env.ts';
import { type ExtendedFile, ExtendedFiles } from './sources/extended-files.ts';
import { storeSource } from './sources/file.ts';
import type { LastKnownGood } from './sources/last-known-good.ts';
import { fileMeant } from './sources/missing-file.ts';
import type { Source } from './sources/source.ts';
import { languageOf, type StoreSourceOptions } from './sources/store-text.ts';
import { emptySource, type StackSource } from './stack.ts';
import { type JsonFileOptions, jsonFile } from './stores/json-file.ts';
import { copyOptions, LocalCopy } from './stores/local-copy.ts';
import { absolutePath, shownPath } from './stores/path.ts';
import type { Store } from './stores/store.ts';

/** A definition, and what decides where its files are. */
export interface DefinitionFilesOptions {
  readonly definition: Definition;
  readonly schema: Schema;
  readonly env: Environment;
  readonly cwd: string;
  /** The folder that relative paths of the definition start from. */
  readonly root: string;
  /** The file to use in place of the definition's. */
  readonly file?: string | URL | undefined;
  /** Files above the file layer, beside those of the command line. */
  readonly overlays?: readonly (string | URL)[] | undefined;
  /** What profiles and flags choose; `undefined` if the definition leaves no choice. */
  readonly chosen: ChosenFiles | undefined;
}

/** A file that is read as a layer, and where it is; no path for a store of the definition's own. */
interface FileSource extends StackSource {
  readonly path: string | undefined;
}

/** A base file with one of these names is shown as `./file`. */
const NAMES_OF_LAYERS: ReadonlySet<string> = new Set([...LAYERS, 'profile']);

const NOT_READ = 'does not exist, so nothing is read from it';

/** The files of a definition, and its store, as sources. A definition without any needs none of this. */
export class DefinitionFiles {
  /** Where the file layer is kept; `undefined` if it is in memory only. */
  readonly store: Store | undefined;
  /** The copy of the store's last valid document, if the definition keeps one. */
  readonly lastKnownGood: LastKnownGood | undefined;
  /** The files that the files extend; absent if none may. */
  readonly extended: ExtendedFiles | undefined;
  readonly #options: DefinitionFilesOptions;
  /** The files that are read, found or not. */
  #paths: readonly string[] = [];

  constructor(options: DefinitionFilesOptions) {
    this.#options = options;
    this.store = this.#ownStore();
    this.lastKnownGood = this.store && this.#copyOf(this.store);
    this.extended = options.schema.mayExtend
      ? new ExtendedFiles((path, schema) => this.#extendedFile(path, schema))
      : undefined;
  }

  /** The base files, the file or store, and the overlays, lowest first. Of a file that is listed twice, the last counts. */
  fileSources(): readonly StackSource[] {
    const all = [...this.#baseFiles(), this.#ownSource(), ...this.#overlays()];
    const paths = all.map(({ path }) => path);
    this.#paths = paths.filter((path) => path !== undefined);
    return all.filter(({ path }, i) => path === undefined || paths.lastIndexOf(path) === i);
  }

  /** The files of all choices between variants; those of the choices that are made count. */
  variantSources(): readonly StackSource[] {
    const { schema, root, chosen, env } = this.#options;
    if (!schema.open?.hasFiles) return [];
    const taken = new Set(this.fileSources().map(({ source }) => source.name));
    return variantsWithFiles(schema.open.root).flatMap(({ key: group, parts: { chooser, variants, files } }) =>
      [...variants.keys()].flatMap((name): readonly StackSource[] => {
        const names = new Map([...(chosen?.names ?? []), [chooser.name, name]]);
        const path = chosenPath(files?.path ?? '', names, env);
        if (path === undefined) return [];
        const suggestion = 'Create it, or write `optional: true` beside its path in the definition.';
        const message = `does not exist, and the definition lists it for ${chooser.key} ${name}`;
        const required = files?.optional ? undefined : { message, suggestion };
        const choice = { group, name };
        const source = this.#readOnlyFile(absolutePath(path, root), required, { choice, taken });
        taken.add(source.source.name);
        return [{ ...source, choice }];
      }),
    );
  }

  /** The `.env` files, lowest first. */
  dotenvSources(options: VariableOptions): readonly StackSource[] {
    const { definition, chosen, env, root, cwd } = this.#options;
    const { dotenv = false } = definition;
    const isListed = typeof dotenv !== 'boolean';
    return dotenvPaths(dotenv, env, [...(chosen?.names.values() ?? [])]).flatMap((file) => {
      const chosenFile = this.#chosenPath(file);
      if (chosenFile === undefined) return [];
      const path = absolutePath(chosenFile, root);
      const shown = shownPath(path, cwd);
      return { source: dotenvSource({ ...options, path, shown, isListed }), kind: '.env', file: shown };
    });
  }

  #ownStore(): Store | undefined {
    const { definition, schema, root } = this.#options;
    const { store, lockTimeout, inPlace } = definition;
    const path = this.#ownPath();
    if (path === undefined) return store;
    return this.#file(path, root, {
      private: schema.hasSecrets,
      ...(lockTimeout !== undefined && { lockTimeout }),
      ...(inPlace !== undefined && { inPlace }),
    });
  }

  #copyOf(store: Store): LastKnownGood | undefined {
    const { definition, root } = this.#options;
    const { lastKnownGood } = definition;
    if (lastKnownGood === undefined || this.#ownPath() !== undefined) return undefined;
    const isPath = typeof lastKnownGood === 'string' || lastKnownGood instanceof URL;
    const { file, staleAfter } = isPath ? { file: lastKnownGood } : lastKnownGood;
    const copy = new LocalCopy(store, this.#file(file, root, copyOptions(store)), absolutePath(file, root));
    return { copy, ...(staleAfter !== undefined && { staleAfter }) };
  }

  #file(file: string | URL, from: string, options?: JsonFileOptions): Store {
    return namedFile(file, { from, cwd: this.#options.cwd, ...options });
  }

  /** The absolute path of the file layer; none where a store of the definition's own is taken. */
  #ownPath(): string | undefined {
    const { definition, env, cwd, root, file } = this.#options;
    if (file !== undefined) return absolutePath(file, cwd);
    const own = definition.store ? undefined : fileOf(definition, env);
    return own === undefined ? undefined : absolutePath(own, root);
  }

  #ownSource(): FileSource {
    const { store } = this;
    const path = this.#ownPath();
    if (!store) return { source: emptySource('file'), path };
    const source = this.#source(store, 'file', { path, missing: () => this.#missingWarning(path, store) });
    return { source, path, ...(path !== undefined && { file: store.name }) };
  }

  /** Warns of a missing file that the load or a variable names; of the definition's own only if a similar one is there. */
  #missingWarning(path: string | undefined, { name }: Store): Issue | undefined {
    if (path === undefined) return undefined;
    const { definition, env, file } = this.#options;
    const variable = movingVariable(definition);
    const isMoved = file === undefined && variable !== undefined && Boolean(env[variable]);
    const isNamed = isMoved || file !== undefined;
    const meant = this.#fileMeant(path, isNamed);
    if (!isNamed && meant.suggestion === undefined) return undefined;
    const message = isMoved ? `${variable} names ${name}, which does not exist` : `${name} ${NOT_READ}`;
    const origin = isMoved && { origin: { layer: 'env', name: variable, location: 'process.env' } };
    return { code: 'UNAVAILABLE', message, ...meant, ...origin };
  }

  /** What to do about a missing file, if a similar one is beside it. */
  #fileMeant(path: string, misspelt: boolean): Pick<Issue, 'suggestion'> {
    const found = fileMeant(path, { taken: this.#paths, misspelt });
    return found === undefined ? {} : { suggestion: `Did you mean ${shownPath(found, this.#options.cwd)}?` };
  }

  #baseFiles(): readonly FileSource[] {
    const { definition, root } = this.#options;
    return (definition.files ?? []).flatMap((file) => {
      const path = this.#chosenPath(pathOf(file));
      if (path === undefined) return [];
      const suggestion = 'Create it, or remove it from `files`.';
      const isOptional = typeof file === 'object' && !(file instanceof URL) && file.optional === true;
      const message = 'does not exist, and the definition lists it as a base file';
      return this.#readOnlyFile(absolutePath(path, root), isOptional ? undefined : { message, suggestion });
    });
  }

  /** The files above the file layer, the last the highest. */
  #overlays(): readonly FileSource[] {
    const { chosen, overlays = [], cwd } = this.#options;
    const files = [chosen?.overlays ?? [], overlays].flat();
    return files.map((file) => this.#readOnlyFile(absolutePath(file, cwd), { message: 'does not exist' }));
  }

  #readOnlyFile(
    path: string,
    required: Pick<Issue, 'message' | 'suggestion'> | undefined,
    { choice, taken }: { readonly choice?: VariantChoice; readonly taken?: ReadonlySet<LayerName> } = {},
  ): FileSource {
    const store = this.#file(path, this.#options.root);
    const { name } = store;
    const issue = (): Issue => {
      const message = `${name} ${required?.message ?? NOT_READ}`;
      return { ...required, code: 'UNAVAILABLE', message, ...this.#fileMeant(path, required !== undefined) };
    };
    const missing = (): Issue | undefined => (issue().suggestion === undefined ? undefined : issue());
    const absence = required ? { required: issue } : { missing };
    const own = layerOfFile(name);
    const layer = taken?.has(own) ? `${own} for ${choice?.group}` : own;
    return { source: this.#source(store, layer, { path, choice, ...absence }), path, kind: 'file', file: name };
  }

  #extendedFile(path: string, schema: Schema): ExtendedFile {
    const { definition, root } = this.#options;
    const store = this.#file(path, root);
    const { unknown = 'warn' } = definition;
    return { store, language: languageOf(store, { schema, layer: layerOfFile(store.name), unknown }) };
  }

  #chosenPath(path: string | URL): string | URL | undefined {
    const { chosen, env } = this.#options;
    return String(path).includes('{') || path instanceof URL ? chosenPath(path, chosen?.names ?? new Map(), env) : path;
  }

  #source(
    store: Store,
    layer: LayerName,
    {
      path,
      ...more
    }: Pick<StoreSourceOptions, 'required' | 'missing' | 'choice'> & { readonly path: string | undefined },
  ): Source {
    const { definition, schema, root } = this.#options;
    const polled = (poll: number): Store => (path === undefined ? store : this.#file(path, root, { poll }));
    const lastKnownGood = layer === 'file' ? this.lastKnownGood : undefined;
    const { unknown = 'warn' } = definition;
    return storeSource(store, { schema, layer, unknown, ...more, polled, lastKnownGood });
  }
}

/** The layer of a file that is only read: its name, which must not be that of another layer. */
function layerOfFile(name: string): LayerName {
  return NAMES_OF_LAYERS.has(name) ? `./${name}` : name;
}

/** A file as a store, called by its path from the working directory. */
export function namedFile(
  file: string | URL,
  { from, cwd, ...options }: JsonFileOptions & { readonly from: string; readonly cwd: string },
): Store {
  const path = absolutePath(file, from);
  return jsonFile(path, { name: shownPath(path, cwd), ...options });
}

/** The variable that moves the definition's file. */
export function movingVariable({ file }: Definition): string | undefined {
  return typeof file === 'object' && !(file instanceof URL) ? file.env : undefined;
}
