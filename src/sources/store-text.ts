import { ConfigError, type Issue } from '../errors.ts';
import { formatOf } from '../formats/format-of.ts';
import type { LayerName, VariantChoice } from '../layer.ts';
import type { Schema } from '../schema/schema.ts';
import type { Store } from '../stores/store.ts';
import { type UnknownKeys, type UnknownNames, unknownNames } from '../unknown-keys.ts';
import type { FileLanguage } from './file-document.ts';
import { readDocument } from './file-text.ts';
import type { LastKnownGood } from './last-known-good.ts';
import { notADocument } from './program-source.ts';
import type { SourceResult } from './source.ts';

/** How to read a document as a layer. */
export interface StoreSourceOptions {
  readonly schema: Schema;
  readonly layer: LayerName;
  readonly unknown: UnknownKeys;
  /** The choice between variants whose members the document contains; absent if it contains all settings. */
  readonly choice?: VariantChoice | undefined;
  /** The issue of a missing document; none if it may be missing. */
  readonly required?: (() => Issue) | undefined;
  /** The warning about a missing document that need not exist. */
  readonly missing?: (() => Issue | undefined) | undefined;
  /** The same document, looked at as often as it is asked for in milliseconds; the store itself unless given. */
  readonly polled?: (poll: number) => Store;
  /** The copy to use if the store can't be reached on the first read. */
  readonly lastKnownGood?: LastKnownGood | undefined;
}

/** The result with more warnings. */
export function withWarnings(reading: SourceResult, warnings: readonly Issue[]): SourceResult {
  return warnings.length === 0 ? reading : { ...reading, warnings: [...warnings, ...(reading.warnings ?? [])] };
}

/** The format, name and rules by which to read the document of a store. */
export function languageOf(store: Store, { layer, unknown, schema, choice }: StoreSourceOptions): FileLanguage {
  const policy = (): UnknownNames => unknownNames({ unknown }, layer, 'file');
  const language: FileLanguage = {
    name: store.name,
    layer,
    format: formatOf(store.name),
    schema,
    policy,
    choice,
    read: (text) => readDocument(text, language),
  };
  return language;
}

/** The entries of a text, by the names that it has. */
export function readText(store: Store, text: string | null, options: StoreSourceOptions): SourceResult {
  if (text !== null && typeof text !== 'string') throw notADocument(store.name);
  if (text !== null) return languageOf(store, options).read(text).result;
  // A remote document is removed on purpose, and its watch warns of that.
  const absent = store.local && { absent: store.name };
  const missing = options.missing?.();
  const warnings = missing && { warnings: [missing] };
  return { entries: new Map(), issues: options.required ? [options.required()] : [], ...warnings, ...absent };
}

/**
 * The last time that the store was found to be another one, or to have lost a part of its history. A store reports it once,
 * to the first read or watch that meets it, and this process may have written from what is lost: the warning stays.
 */
export class Resets {
  issues: readonly Issue[] = [];

  note(error: unknown): void {
    if (error instanceof ConfigError && error.code === 'RESET') this.issues = error.issues;
  }
}
