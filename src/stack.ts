import { ConfigError, type Issue } from './errors.ts';
import type { Key } from './key.ts';
import type { Layer } from './layer.ts';
import { resolveLeaf } from './resolve.ts';
import { checkLayer } from './schema/check-layer.ts';
import type { Schema } from './schema/leaf.ts';
import { defaultLayer } from './sources/default.ts';
import { overrideLayer } from './sources/override.ts';
import type { Reading, Source } from './sources/source.ts';

/** One place in the stack: the schema's defaults, the program's overrides, or a source that is read. */
export type Level = 'default' | 'override' | Source;

/** All layers as they were read, lowest first, each checked. */
export interface StackReading {
  readonly layers: readonly Layer[];
  /** What is wrong with the sources, apart from single values. */
  readonly issues: readonly Issue[];
  readonly warnings: readonly Issue[];
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
    const readings: Reading[] = [];
    for (const level of this.#levels) readings.push(await readingOf(level, this.#schema));
    return this.#checked(readings);
  }

  /** The same without waiting; throws `UNAVAILABLE` where a source can only be waited for. */
  readSync(): StackReading {
    return this.#checked(
      this.#levels.map((level) => {
        const reading = readingOf(level, this.#schema);
        return reading instanceof Promise ? needsWaiting(level, reading) : reading;
      }),
    );
  }

  #checked(readings: readonly Reading[]): StackReading {
    const layers: Layer[] = [];
    for (const [i, level] of this.#levels.entries()) {
      if (level === 'default') layers.push(defaultLayer(this.#schema));
      else if (level === 'override') layers.push(overrideLayer());
      else {
        const below = (key: Key): unknown => {
          const leaf = this.#schema.leaves.get(key);
          return leaf && resolveLeaf(leaf, layers);
        };
        layers.push(checkLayer(this.#schema, { name: level.name, entries: readings[i]?.entries ?? new Map(), below }));
      }
    }
    return {
      layers,
      issues: readings.flatMap(({ issues = [] }) => issues),
      warnings: readings.flatMap(({ warnings = [] }) => warnings),
    };
  }
}

const NOTHING: Reading = { entries: new Map() };

/** What a source says. One that fails says nothing, and why: the problems of the others are to be told as well. */
function readingOf(level: Level, schema: Schema): Reading | Promise<Reading> {
  if (typeof level === 'string') return NOTHING;
  try {
    const reading = level.read(schema);
    return reading instanceof Promise ? reading.catch((error: unknown) => failed(level, error)) : reading;
  } catch (error) {
    return failed(level, error);
  }
}

function failed({ name }: Source, error: unknown): Reading {
  if (error instanceof ConfigError) return { ...NOTHING, issues: error.issues };
  const message = `the source "${name}" failed: ${error instanceof Error ? error.message : String(error)}`;
  return { ...NOTHING, issues: [{ code: 'UNAVAILABLE', message }] };
}

function needsWaiting(level: Level, reading: Promise<Reading>): Reading {
  reading.catch(() => undefined);
  const name = typeof level === 'string' ? level : level.name;
  return {
    ...NOTHING,
    issues: [
      { code: 'UNAVAILABLE', message: `the source "${name}" has to be waited for`, suggestion: 'Use loadConfig.' },
    ],
  };
}
