import { suggestExtension } from '../formats/file-format.ts';
import { JsonSyntaxError } from '../json/parse.ts';
import type { JsonContent } from '../json/read.ts';
import { isPlainObject, type JsonObject } from '../json/value.ts';
import type { Key } from '../key.ts';
import { NO_ENTRIES } from '../layer.ts';
import {
  type DocumentResult,
  FileDocument,
  type FileLanguage,
  type FileText,
  ParsedText,
  placeOf,
} from './file-document.ts';
import { FilePlace } from './file-place.ts';
import { FileReader, type Surroundings } from './file-reader.ts';
import { type MigratedFile, migrateInMemory, type VersionOutcome } from './migrate-in-memory.ts';

export function readDocument(text: string, language: FileLanguage): FileDocument {
  return new FileDocument(readFileText({ ...language, text }, language), language);
}

/** The entries of a file, each with its line and column. A file that cannot be parsed has one issue and no entries. */
function readFileText(file: FileText, { schema, policy }: FileLanguage): DocumentResult {
  const hasKeysInside = (key: Key): boolean => policy().allows(key) === 'inside';
  const parsed = new ParsedText(file);
  const place = placeOf(parsed, schema);
  try {
    const content = file.format.read(file.text);
    const { choice } = file;
    // Migrations are functions of a whole document.
    const outcome = choice ? undefined : schema.fileVersion && migrateInMemory(file, content, schema);
    if (outcome) return readVersion(outcome, { parsed, place, schema, hasKeysInside }, content);
    if (content.value === undefined || isPlainObject(content.value)) {
      return new FileReader(content, { parsed, place, schema, hasKeysInside, choice }).read(content.value ?? {});
    }
    return {
      parsed,
      entries: NO_ENTRIES,
      issues: [place().issue('CORRUPT', parsed.nodeAt([]), `must be a ${file.format.name} object`)],
    };
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    const { offset, message, isTooLarge } = error;
    const at = { start: offset, end: offset };
    const suggestion = suggestExtension(file.format, file.text, offset);
    const issue = isTooLarge
      ? place().issue('TOO_LARGE', at, `is too large: ${message}`)
      : place().issue('CORRUPT', at, `is not valid ${file.format.name}: ${message}`, suggestion ? { suggestion } : {});
    return { parsed, entries: NO_ENTRIES, issues: [issue] };
  }
}

/** The entries of a file of another version. */
function readVersion(
  outcome: NonNullable<VersionOutcome>,
  surroundings: Surroundings,
  content: JsonContent,
): DocumentResult {
  if ('issue' in outcome) return { parsed: surroundings.parsed, entries: NO_ENTRIES, issues: [outcome.issue] };
  const { warning } = outcome;
  const isMigrated = 'file' in outcome;
  const read = isMigrated ? outcome.file.format.read(outcome.file.text) : content;
  const here = isMigrated ? migrated(outcome, surroundings) : surroundings;
  const result = new FileReader(read, here).read(read.value as JsonObject);
  const version = isMigrated ? { stored: outcome.stored.text, from: outcome.from } : { newer: outcome.newer };
  return { ...result, ...version, warnings: [warning, ...(result.warnings ?? [])] };
}

/** A migrated text, with the locations of what is stored. */
function migrated({ file, stored }: MigratedFile, surroundings: Surroundings): Surroundings {
  const { hasSecrets } = surroundings.schema;
  const parsed = new ParsedText(file);
  const place = new FilePlace(parsed, hasSecrets, new FilePlace(new ParsedText(stored), hasSecrets));
  return { ...surroundings, parsed, place: () => place };
}
