import { type Issue, throwIssues } from '../errors.ts';
import { readOnlyFormat } from '../formats/file-format.ts';
import type { JsonEdit } from '../json/edit.ts';
import type { JsonNode } from '../json/node.ts';
import type { Key } from '../key.ts';
import type { Entry, LayerEntries } from '../layer.ts';
import { FIRST_VERSION } from '../migrations.ts';
import type { Schema } from '../schema/schema.ts';
import type { UnknownNames } from '../unknown-keys.ts';
import { FileEntries, type FilePlace, type FileText } from './file-entries.ts';
import { type FileTextResult, readFileText } from './file-text.ts';
import { type MatchedResult, matchSettings } from './match-settings.ts';
import type { SourceResult } from './source.ts';

/** How the text of a document is read. */
export interface FileLanguage extends Omit<FileText, 'text'> {
  readonly schema: Schema;
  /** What happens to unknown keys. */
  readonly policy: () => UnknownNames;
}

/** The document that a result comes from; `undefined` if its source reads none. */
export function documentOf(result: SourceResult | undefined): FileDocument | undefined {
  return result?.document instanceof FileDocument ? result.document : undefined;
}

const NO_EMPTY: ReadonlyMap<Key, Entry> = new Map();

/** One state of a document: its text, what it provides, and what is wrong with it. It never changes; an edit gives the next. */
export class FileDocument {
  /** What it provides, under the names that it has. */
  readonly result: SourceResult;
  readonly #place: FilePlace;
  readonly #language: FileLanguage;
  /** The version that it was migrated from; `undefined` for one of the present version. */
  readonly migratedFrom: number | undefined;
  /** Its version, if that is newer than the program's. */
  readonly #newer: number | undefined;
  #matched: MatchedResult | undefined;

  /** `isPlain`: every entry is that of a setting, by its key, and nothing has to be reported. */
  private constructor({ place, from, newer, ...result }: FileTextResult, language: FileLanguage, isPlain = false) {
    this.migratedFrom = from;
    this.#newer = newer;
    this.#place = place;
    this.#language = language;
    this.result = { ...result, document: this };
    if (isPlain) this.#matched = { ...this.result, entries: result.entries, empty: NO_EMPTY };
  }

  /** Reads a text. One that can't be parsed has no entries, and an issue. */
  static read(text: string, language: FileLanguage): FileDocument {
    const { schema, policy } = language;
    const hasKeysInside = (key: Key): boolean => policy().allows(key) === 'inside';
    return new FileDocument(readFileText({ ...language, text }, schema, hasKeysInside), language);
  }

  get text(): string {
    return this.#place.text;
  }

  /** The text as it is stored: another one than `text` where that was migrated. */
  get storedText(): string {
    return this.#place.storedText ?? this.text;
  }

  /** Throws `READ_ONLY` for a document that is newer than the program. */
  requireWritable(): void {
    if (this.#newer === undefined) return;
    const { name, schema } = this.#language;
    const message = `${name} is of version ${this.#newer}, newer than version ${schema.fileVersion?.current} of this program. Nothing was written`;
    throwIssues([{ code: 'READ_ONLY', message, suggestion: 'Start a program of that version to change it.' }]);
  }

  /** The edit that gives the version to a document that has none. */
  get versionEdits(): readonly JsonEdit[] {
    const { fileVersion } = this.#language.schema;
    if (!fileVersion || fileVersion.current === FIRST_VERSION || this.issues.length > 0) return [];
    const { current, member } = fileVersion;
    return this.#place.nodeAt([member]) ? [] : [{ path: [member], value: current }];
  }

  /** The tree of the text, made where it is looked at. */
  get root(): JsonNode | undefined {
    return this.#place.root;
  }

  /** What it provides for settings, and for unknown keys that are allowed. */
  get matched(): MatchedResult {
    this.#matched ??= matchSettings(this.#language.schema, this.result, this.#language.policy);
    return this.#matched;
  }

  get entries(): LayerEntries {
    return this.matched.entries;
  }

  get issues(): readonly Issue[] {
    return this.matched.issues ?? [];
  }

  /** Whether nothing in it has to be reported. */
  get isClean(): boolean {
    return this.issues.length === 0 && (this.matched.warnings ?? []).length === 0;
  }

  /**
   * The document after edits of whole settings. Where it has only settings, and nothing has to be reported before and
   * after, only the edited entries are made anew.
   */
  edit(edits: readonly JsonEdit[]): FileDocument {
    const { format, name, schema } = this.#language;
    if (!format.edit) throw readOnlyFormat(format, name);
    const { text, splices } = format.edit(this.text, edits, this.root);
    if (text === this.text) return this;
    const changes = new Map<Key, unknown>(edits.map(({ path, value }) => [path.join('.'), value]));
    const settings = [...changes.keys()].map((key) => schema.settings.get(key));
    const isPlain = settings.every((setting) => setting !== undefined && !setting.node.deprecated);
    const { entries } = this;
    if (!splices || !this.isClean || !isPlain || !(entries instanceof FileEntries))
      return FileDocument.read(text, this.#language);
    const place = this.#place.after(text, splices);
    const extended = this.result.extended?.in(place);
    const result = { place, entries: entries.with(changes, place), ...(extended && { extended }) };
    return new FileDocument(result, this.#language, true);
  }
}
