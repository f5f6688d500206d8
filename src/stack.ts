import { ConfigError, type Issue } from './errors.ts';
import type { Key } from './key.ts';
import type { Layer, LayerName } from './layer.ts';
import { resolveLeaf } from './resolve.ts';
import { checkLayer } from './schema/check-layer.ts';
import type { Schema } from './schema/setting.ts';
import { defaultLayer } from './sources/default.ts';
import { overrideLayer } from './sources/override.ts';
import type { Source, SourceResult, SourceWatch } from './sources/source.ts';

/** One place in the stack: the schema's defaults, the program's overrides, or a source that is read. */
export type Level = 'default' | 'override' | Source;

/** All layers as they were read, lowest first, each checked. */
export interface StackReading {
  readonly layers: readonly Layer[];
  /** What is wrong with the sources, apart from single values. */
  readonly issues: readonly Issue[];
  readonly warnings: readonly Issue[];
  /** The layers whose source could not be read at all. */
  readonly unread: ReadonlySet<LayerName>;
  /** What each source said. */
  readonly readings: ReadonlyMap<LayerName, SourceResult>;
}

/** The same readings but for one of them; the layers are left to the caller. */
export function withReading({ layers, readings }: StackReading, name: LayerName, reading: SourceResult): StackReading {
  return stackReading(layers, new Map(readings).set(name, reading));
}

function stackReading(layers: readonly Layer[], readings: ReadonlyMap<LayerName, SourceResult>): StackReading {
  const all = [...readings];
  return {
    layers,
    readings,
    issues: all.flatMap(([, { issues = [] }]) => issues),
    warnings: all.flatMap(([, { warnings = [] }]) => warnings),
    unread: new Set(all.flatMap(([name, reading]) => (isUnread(reading) ? name : []))),
  };
}

/** All sources, watched. */
export interface StackWatch {
  /** Resolves once every further change is told. */
  readonly ready: Promise<void>;
  /** What all sources say; `undefined` while one of them has no lasting state: then its change is told later. */
  read(): Promise<StackReading | undefined>;
  close(): Promise<void>;
}

/** A program's sources in their order. */
export class Stack {
  readonly #schema: Schema;
  readonly #levels: readonly Level[];

  constructor(schema: Schema, levels: readonly Level[]) {
    this.#schema = schema;
    this.#levels = levels;
  }

  /** Reads all sources, one after the other. */
  async read(): Promise<StackReading> {
    const readings: SourceResult[] = [];
    for (const level of this.#levels) readings.push(await readingOf(level, () => readLevel(level, this.#schema)));
    return this.#checked(readings);
  }

  /** The same without waiting; throws `UNAVAILABLE` where a source can only be waited for. */
  readSync(): StackReading {
    return this.#checked(
      this.#levels.map((level) => {
        const reading = readingOf(level, () => readLevel(level, this.#schema));
        return reading instanceof Promise ? needsWaiting(level, reading) : reading;
      }),
    );
  }

  /** Watches all sources that can be watched; `changed` is called whenever there may be something else to read. */
  watch(changed: () => void, poll: number | undefined): StackWatch {
    const watching = { schema: this.#schema, changed, ...(poll !== undefined && { poll }) };
    const watches = this.#levels.map((level) => (typeof level === 'string' ? undefined : level.watch?.(watching)));
    const opened = watches.filter((watch) => watch !== undefined);
    return {
      ready: Promise.all(opened.map(({ ready }) => ready)).then(() => undefined),
      read: () => this.#readWatched(watches),
      close: async () => void (await Promise.all(opened.map((watch) => watch.close()))),
    };
  }

  async #readWatched(watches: readonly (SourceWatch | undefined)[]): Promise<StackReading | undefined> {
    const readings: SourceResult[] = [];
    for (const [i, level] of this.#levels.entries()) {
      const watch = watches[i];
      const reading = await readingOf(level, () => (watch ? watch.read() : readLevel(level, this.#schema)));
      if (reading === undefined) return undefined;
      readings.push(reading);
    }
    return this.#checked(readings);
  }

  #checked(readings: readonly SourceResult[]): StackReading {
    const layers: Layer[] = [];
    for (const [i, level] of this.#levels.entries()) {
      if (level === 'default') layers.push(defaultLayer(this.#schema));
      else if (level === 'override') layers.push(overrideLayer());
      else {
        const below = (key: Key): unknown => {
          const leaf = this.#schema.settings.get(key);
          return leaf && resolveLeaf(leaf, layers);
        };
        layers.push(checkLayer(this.#schema, { name: level.name, entries: readings[i]?.entries ?? new Map(), below }));
      }
    }
    return stackReading(layers, new Map(this.#levels.map((level, i) => [nameOf(level), readings[i] ?? NOTHING])));
  }
}

const NOTHING: SourceResult = { entries: new Map() };

function readLevel(level: Level, schema: Schema): SourceResult | Promise<SourceResult> {
  return typeof level === 'string' ? NOTHING : level.read(schema);
}

/** What a source says. One that fails says nothing, and why: the problems of the others are to be told as well. */
function readingOf<R extends SourceResult | undefined>(
  level: Level,
  read: () => R | Promise<R>,
): R | SourceResult | Promise<R | SourceResult> {
  try {
    const reading = read();
    return reading instanceof Promise ? reading.catch((error: unknown) => failed(level, error)) : reading;
  } catch (error) {
    return failed(level, error);
  }
}

function failed(level: Level, error: unknown): SourceResult {
  const name = nameOf(level);
  if (error instanceof ConfigError) return { ...NOTHING, issues: error.issues };
  const message = `the source "${name}" failed: ${error instanceof Error ? error.message : String(error)}`;
  return { ...NOTHING, issues: [{ code: 'UNAVAILABLE', message }] };
}

function needsWaiting(level: Level, reading: Promise<SourceResult>): SourceResult {
  reading.catch(() => undefined);
  const name = nameOf(level);
  return {
    ...NOTHING,
    issues: [
      { code: 'UNAVAILABLE', message: `the source "${name}" has to be waited for`, suggestion: 'Use loadConfig.' },
    ],
  };
}

function nameOf(level: Level): LayerName {
  return typeof level === 'string' ? level : level.name;
}

function isUnread({ entries, issues = [] }: SourceResult): boolean {
  return entries.size === 0 && issues.length > 0;
}
