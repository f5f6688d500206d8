import { type Issue, reasonOf } from '../errors.ts';
import { formatOf } from '../formats/format-of.ts';
import type { JsonEdit } from '../json/edit.ts';
import type { JsonNode } from '../json/node.ts';
import type { JsonContent } from '../json/read.ts';
import { toValue } from '../json/tree.ts';
import { isEqual, isPlainObject, type JsonObject, jsonCopy } from '../json/value.ts';
import { FIRST_VERSION, type FileVersion, isVersion, type JsonDraft, type Migration } from '../migrations.ts';
import { shownValue } from '../schema/refusal.ts';
import type { Schema } from '../schema/schema.ts';
import { isPromise } from '../schema/standard.ts';
import { redactSecrets } from '../secret-texts.ts';
import { spellings } from '../spellings.ts';
import { type FileText, ParsedText } from './file-document.ts';
import { FilePlace } from './file-place.ts';
import { withRenamedMembers } from './rename-members.ts';

/** A file of an older version, as the present version has it. */
export interface MigratedFile {
  /** The text of the present version. A format that is only read becomes JSON. */
  readonly file: FileText;
  /** The text as it is stored. */
  readonly stored: FileText;
  /** The version of the file as it is stored. */
  readonly from: number;
  readonly warning: Issue;
}

/** What the version of a file means: nothing, that it is newer, that it cannot be used, or the migrated file. */
export type VersionOutcome =
  | undefined
  | { readonly warning: Issue; readonly newer: number }
  | { readonly issue: Issue }
  | MigratedFile;

/** Compares the version of a file with the program's, and migrates an older one in memory. */
export function migrateInMemory(file: FileText, content: JsonContent, schema: Schema): VersionOutcome {
  const { fileVersion: version } = schema;
  if (!version || !isPlainObject(content.value)) return undefined;
  const from = versionIn(content.value, version);
  if (from === version.current) return undefined;
  const place = new FilePlace(new ParsedText(file), schema.hasSecrets);
  const at: VersionIssue = (code, message, more = {}) => {
    const node = place.nodeAt([version.member]);
    if (node) return place.issue(code, node, message, more);
    const { name, layer } = file;
    return { code, message: `${name} ${message}`, origin: { layer, name, location: name }, ...more };
  };
  const unusable = unusableVersion(from, version, at);
  if (unusable) return unusable;
  const [inexact] = content.unsafe;
  const problem = 'has a number that cannot be held exactly, so that it cannot be migrated';
  if (inexact) return { issue: place.issue('CORRUPT', inexact, problem) };
  return migratedFile(file, {
    content: content.value,
    from: from as number,
    version,
    at,
    hasSecrets: schema.hasSecrets,
  });
}

/** Makes an issue about the version of a file, with its location. */
type VersionIssue = (code: Issue['code'], message: string, more?: Pick<Issue, 'suggestion'>) => Issue;

/** The version that a file has; the present one where it sets nothing. */
function versionIn(content: JsonObject, { member, current }: FileVersion): unknown {
  if (Object.hasOwn(content, member)) return content[member];
  return isEmpty(content) ? current : FIRST_VERSION;
}

/** What a version means that is not migrated; `undefined` for one that is. */
function unusableVersion(from: unknown, { current, member, oldest }: FileVersion, at: VersionIssue): VersionOutcome {
  if (!isVersion(from)) {
    const problem = `has the ${member} ${shownValue(from)}, which must be a whole number from 1 on`;
    return { issue: at('CORRUPT', problem) };
  }
  if (from > current) {
    const message = `is of version ${from}, and this program of version ${current}: it is read, and never written`;
    const suggestion = 'Start a program of that version to change it.';
    return { newer: from, warning: at('READ_ONLY', message, { suggestion }) };
  }
  if (from >= oldest) return undefined;
  const message = `is of version ${from}, and this program migrates from version ${oldest} on`;
  return { issue: at('CORRUPT', message, { suggestion: 'Migrate it with an earlier release first.' }) };
}

interface MigrationInput extends MigrationRun {
  readonly content: JsonObject;
  readonly at: VersionIssue;
  readonly hasSecrets: boolean;
}

function migratedFile(file: FileText, { content, at, hasSecrets, from, version }: MigrationInput): VersionOutcome {
  const migrated = runMigrations(content, { from, version });
  if ('problem' in migrated) {
    const { problem } = migrated;
    return { issue: at('INVALID_DEFINITION', hasSecrets ? redactSecrets(problem, [...spellings(content)]) : problem) };
  }
  const message = `is of version ${from}, and was migrated to version ${version.current} in memory`;
  const isWritten = file.layer === 'file' && file.format.edit !== undefined;
  const suggestion = isWritten
    ? 'The next save writes it; so does `varve doctor --fix`.'
    : `varve only reads it: write it as version ${version.current} by hand.`;
  const warning = at('DEPRECATED', message, { suggestion });
  return { file: fileOf(file, migrated.value), stored: file, from, warning };
}

/** Whether a file sets nothing, so that it is of any version. */
function isEmpty(value: JsonObject): boolean {
  return Object.keys(value).every((name) => name === '$schema' || name === 'extends');
}

interface MigrationRun {
  readonly from: number;
  readonly version: FileVersion;
}

/** The content after all migrations, with its new version; or which of them is wrong. */
function runMigrations(
  content: JsonObject,
  { from, version: { current, member, migrations } }: MigrationRun,
): { readonly value: JsonObject } | { readonly problem: string } {
  const copied = jsonCopy(content);
  if ('problem' in copied) return { problem: `cannot be migrated: it ${copied.problem}` };
  let draft = copied.value as JsonDraft;
  for (let to = from + 1; to <= current; to++) {
    const failed = (reason: string) => ({
      problem: `was not migrated: the migration to version ${to} of the definition ${reason}`,
    });
    try {
      const returned = (migrations.get(to) as Migration)(draft);
      if (isPromise(returned)) return failed('returned a promise');
      const result = jsonCopy(returned === undefined ? draft : returned, { withoutUndefined: true });
      if ('problem' in result) return failed(`returned a content that ${result.problem}`);
      if (!isPlainObject(result.value)) return failed('returned no object');
      draft = result.value as JsonDraft;
    } catch (error) {
      return failed(`failed: ${error instanceof Error ? `${error.name}: ${error.message}` : reasonOf(error)}`);
    }
  }
  return { value: { ...draft, [member]: current } };
}

/** The text of the migrated content: the old one with the edits that lead to it. */
function fileOf(file: FileText, after: JsonObject): FileText {
  const { format } = file;
  if (!format.edit) return { ...file, format: formatOf('migrated.json'), text: JSON.stringify(after, null, 2) };
  const text = withRenamedMembers(file, after);
  const tree = format.tree(text) as JsonNode;
  return { ...file, text: format.edit(text, editsBetween(toValue(tree) as JsonObject, after), tree).text };
}

/** The edits that make `after` of `before`: only what differs is written. */
function editsBetween(before: JsonObject, after: JsonObject, path: readonly string[] = []): readonly JsonEdit[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((name): readonly JsonEdit[] => {
    const inner = [...path, name];
    const [old, now] = [before, after].map((object) => (Object.hasOwn(object, name) ? object[name] : undefined));
    if (isEqual(old, now)) return [];
    const isInside = isPlainObject(old) && isPlainObject(now) && Object.keys(now).length > 0;
    return isInside ? editsBetween(old, now, inner) : [{ path: inner, value: now }];
  });
}
