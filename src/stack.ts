import { ConfigError, type Issue, reasonOf } from './errors.ts';
import { memberOrigin, resolveSetting } from './explain.ts';
import type { Key } from './key.ts';
import { type Entry, type Layer, type LayerName, NO_ENTRIES, type VariantChoice } from './layer.ts';
import { checkLayer } from './schema/check.ts';
import { dashed, flagOf } from './schema/flag-name.ts';
import type { ValueBelow } from './schema/members.ts';
import { fullSchemaOf } from './schema/open-groups.ts';
import type { ChoiceReport, Schema } from './schema/schema.ts';
import { type Setting, variableOf } from './schema/setting.ts';
import type { ExtendedFiles, LayerResult } from './sources/extended-files.ts';
import { documentOf } from './sources/file-document.ts';
import { type MatchedResult, matchSettings } from './sources/match-settings.ts';
import { PathsWatch } from './sources/paths-watch.ts';
import type { SchemaView, SettingView, Source, SourceResult, SourceWatch } from './sources/source.ts';
import { emptiedReads, GONE_MS, LOOK_AGAIN_MS } from './stores/json-file/read-file.ts';
import { type UnknownOptions, unknownNames } from './unknown-keys.ts';

/** A source of a stack. */
export interface StackSource {
  readonly source: Source;
  /** The name in `LAYERS` that includes its layer: `file` for a base file. Default: the name of the source. */
  readonly kind?: LayerName;
  /** What messages call its file. */
  readonly file?: string;
  /** The absolute path of its file. */
  readonly path?: string | undefined;
  /** The choice between variants that its file belongs to. */
  readonly choice?: VariantChoice;
}

/** A layer without entries: nothing is given, or only the program writes it, at run time. */
export function emptySource(name: LayerName): Source {
  return { name, read: () => ({ entries: NO_ENTRIES, checked: NO_ENTRIES }) };
}

/** All layers as they were read, lowest first, each checked. */
export interface StackResult {
  readonly layers: readonly Layer[];
  readonly readings: Readings;
  /** The settings that the layers were read with: for groups by name, with the names that they give. */
  readonly schema: Schema;
}

/** What each source provided, with the settings of its names. */
export type Readings = ReadonlyMap<LayerName, SourceResult>;

/** The problems of the sources, apart from single values. */
export function sourceIssues(readings: Readings): readonly Issue[] {
  return [...readings.values()].flatMap(({ issues = [] }) => issues);
}

export function sourceWarnings(readings: Readings): readonly Issue[] {
  return [...readings.values()].flatMap(({ warnings = [] }) => warnings);
}

/** All sources, watched. */
export interface StackWatch {
  /** Resolves once every further change will be announced. */
  readonly ready: Promise<void>;
  /** The results of all sources; `undefined` while one of them has no lasting state, whose change is announced later. */
  read(): Promise<StackResult | undefined>;
  /** In how many milliseconds a value has to be asked for again; `undefined` if none has. */
  readonly expiresIn: number | undefined;
  close(): Promise<void>;
}

/** The settings for one read. */
interface ReadContext {
  readonly schema: Schema;
  readonly view: SchemaView;
}

/** The result of one source, now or later. */
type Result = SourceResult | Promise<SourceResult> | undefined;

/** How a stack reads its sources. */
export interface StackOptions extends UnknownOptions {
  /** What references in values read. */
  readonly inputs?: ExpiringPathList | undefined;
  /** Reads the files that other files extend; absent if none can. */
  readonly extended?: ExtendedFiles | undefined;
}

/** Files that values are read from. */
interface ExpiringPathList {
  readonly paths: readonly string[];
  /** In how many milliseconds a value has to be asked for again. */
  readonly expiresIn?: number | undefined;
}

/** A program's sources in their order, lowest first. */
export class Stack {
  readonly #schema: Schema;
  readonly #view: SchemaView;
  readonly #sources: readonly StackSource[];
  readonly #unknown: UnknownOptions;
  readonly #extended: ExtendedFiles | undefined;
  /** The files outside of all sources that values are read from. */
  readonly #files: () => readonly string[];
  readonly #expiresIn: () => number | undefined;

  constructor(schema: Schema, sources: readonly StackSource[], { inputs, extended, ...unknown }: StackOptions) {
    this.#extended = extended;
    this.#files = () => [...(inputs?.paths ?? []), ...(extended?.paths ?? [])];
    this.#expiresIn = () => inputs?.expiresIn;
    this.#schema = schema;
    this.#view = viewOf(schema);
    this.#sources = sources;
    this.#unknown = unknown;
  }

  /** The files that it is read from, lowest first. */
  get files(): readonly { readonly name: string; readonly layer: LayerName; readonly kind: LayerName }[] {
    return this.#sources.flatMap(({ source, kind = source.name, file }) =>
      file === undefined ? [] : { name: file, layer: source.name, kind },
    );
  }

  /**
   * Reads all sources; for about 0.1 seconds again while a file has just become empty, or has disappeared since the
   * readings `before`: what an editor leaves between two steps is not its file.
   */
  async read(before?: Readings): Promise<StackResult> {
    for (let looks = 1; ; looks++) {
      const emptied = emptiedReads;
      const context = this.#readContext({ isStart: before === undefined });
      const read = this.#checked(await this.#awaitedResults(context), context);
      const isSettled = emptiedReads === emptied && !(before && hasVanished(read.readings, before));
      if (isSettled || looks * LOOK_AGAIN_MS > GONE_MS) return read;
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  #readContext(state?: Pick<SchemaView, 'isStart'>): ReadContext {
    const { open } = this.#schema;
    if (!open) return { schema: this.#schema, view: { ...this.#view, ...state } };
    const schema = fullSchemaOf(this.#schema, open);
    return { schema, view: { ...viewOf(schema), schema, ...state } };
  }

  /** The same without waiting; the reading has the issue `UNAVAILABLE` for a source that returns a promise. */
  readSync(): StackResult {
    const context = this.#readContext();
    const results = this.#results(context).map((result, i) =>
      result instanceof Promise ? this.#needsWaiting(i, result) : result,
    );
    return this.#checked(results, context);
  }

  /** Watches all sources that can be watched; `changed` is called whenever reading may have another result. */
  watch(changed: () => void, poll: number | undefined): StackWatch {
    const options = { schema: this.#view, changed, ...(poll !== undefined && { poll }) };
    const watches = this.#sources.map(({ source }) => source.watch?.(options));
    const files = new PathsWatch(this.#files, options);
    const expiresIn = this.#expiresIn;
    const opened = [...watches.filter((watch) => watch !== undefined), files];
    return {
      ready: Promise.all(opened.map(({ ready }) => ready)).then(() => undefined),
      read: async () => {
        const context = this.#readContext();
        const results = await this.#awaitedResults(context, watches);
        if (results.includes(undefined)) return undefined;
        let read = this.#checked(results, context);
        // A file that is watched from now on may have changed since it was read.
        while (files.follow()) read = this.#checked(results, context);
        return files.read() && read;
      },
      get expiresIn() {
        return expiresIn();
      },
      close: async () => void (await Promise.all(opened.map((watch) => watch.close()))),
    };
  }

  /** The result of each source, or of its watch. */
  #results({ view }: ReadContext, watches: readonly (SourceWatch | undefined)[] = []): readonly Result[] {
    return this.#sources.map((_, i) => this.#result(i, view, watches[i]));
  }

  /** For groups by name, the sources are read one after the other: a layer may give a name that one below has. */
  async #awaitedResults(
    context: ReadContext,
    watches: readonly (SourceWatch | undefined)[] = [],
  ): Promise<readonly (SourceResult | undefined)[]> {
    if (!context.schema.open) return Promise.all(this.#results(context, watches));
    const results: (SourceResult | undefined)[] = [];
    for (const i of this.#sources.keys()) results.push(await this.#result(i, context.view, watches[i]));
    return results;
  }

  /** The result of one source, or of its watch. A source that fails provides nothing but the issue. */
  #result(index: number, view: SchemaView, watch: SourceWatch | undefined): Result {
    const { source } = this.#sources[index] as StackSource;
    try {
      const result = watch ? watch.read(view) : source.read(view);
      return result instanceof Promise ? result.catch((error: unknown) => failure(source, error)) : result;
    } catch (error) {
      return failure(source, error);
    }
  }

  #needsWaiting(index: number, result: Promise<SourceResult>): SourceResult {
    result.catch(() => undefined);
    const message = `the source "${this.#sources[index]?.source.name}" has to be waited for`;
    return { entries: new Map(), issues: [{ code: 'UNAVAILABLE', message, suggestion: 'Use loadConfig.' }] };
  }

  #checked(results: readonly (SourceResult | undefined)[], { schema }: ReadContext): StackResult {
    const layers: Layer[] = [];
    const readings = new Map<LayerName, SourceResult>();
    const reports = new Map<LayerName, ChoiceReport>();
    const below = (setting: Setting): ValueBelow => ({
      value: resolveSetting(setting, layers, ({ expression, value, written }) => (expression ? written : value)),
      originOf: (path) => memberOrigin(setting.key, path, layers),
    });
    for (const reading of this.#layerReadings(results, schema)) {
      const { name, kind, result, choice } = reading;
      const { checked, computed } = result;
      if (checked) {
        layers.push({ name, entries: checked, problems: NO_PROBLEMS, ...(computed && { computed }) });
        readings.set(name, result);
        continue;
      }
      const matched = this.#matched(reading, schema);
      const { entries, empty } = matched;
      const layer = checkLayer(schema, { name, kind, entries, empty, below });
      if (choice) {
        const { issues = [], warnings = [], ...others } = matched;
        layers.push({ ...layer, choice });
        readings.set(name, others);
        reports.set(name, { issues, warnings });
      } else {
        layers.push(layer);
        readings.set(name, reading.isExtended ? { ...matched, extendedFile: reading.file } : matched);
      }
    }
    return { layers, readings, schema: reports.size === 0 ? schema : { ...schema, choiceReports: reports } };
  }

  /** The results of the layers, with those of the files that other files extend. */
  #layerReadings(results: readonly (SourceResult | undefined)[], schema: Schema): readonly LayerResult[] {
    const listed = this.#sources.map(({ source: { name }, kind, file, path, choice }, i): LayerResult => {
      return { name, kind, file, path, choice, result: results[i] ?? { entries: new Map() } };
    });
    return this.#extended?.read(listed, schema) ?? listed;
  }

  /** The result with the settings of its names; a document may have found them already. */
  #matched({ result, name, kind }: LayerResult, schema: Schema): MatchedResult {
    const { plain } = result;
    if (plain) return { ...result, entries: plain, empty: NO_EMPTY };
    const document = result.document === undefined ? undefined : documentOf(result);
    if (document?.result === result) return document.matched;
    return matchSettings(schema, result, () => unknownNames(this.#unknown, name, kind));
  }
}

const NO_PROBLEMS: ReadonlyMap<Key, string> = new Map();
const NO_EMPTY: ReadonlyMap<Key, Entry> = new Map();

/** The result of a source that threw `error`. */
function failure({ name }: Source, error: unknown): SourceResult {
  if (error instanceof ConfigError) return { entries: new Map(), issues: error.issues };
  const message = `the source "${name}" failed: ${reasonOf(error)}`;
  return { entries: new Map(), issues: [{ code: 'UNAVAILABLE', message }] };
}

/** Whether a file is missing that was there at the readings `before`. */
function hasVanished(now: Readings, before: Readings): boolean {
  return [...now].some(([layer, { absent }]) => absent !== undefined && before.get(layer)?.absent === undefined);
}

/** The settings as sources see them. */
function viewOf({ settings, prefix }: Schema): SchemaView {
  const view = (setting: Setting): SettingView => {
    const { key, sensitive } = setting;
    const variable = variableOf(setting, prefix);
    const flag = flagOf(setting);
    return { key, sensitive, ...(variable && { variable }), ...(flag && { flag: dashed(flag) }) };
  };
  return {
    settings: () => settings.values().map(view),
    setting: (key) => {
      const setting = settings.get(key);
      return setting && view(setting);
    },
  };
}
