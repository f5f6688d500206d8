import type { Issue } from '../errors.ts';
import { readOnlyFormat } from '../formats/file-format.ts';
import type { JsonEdit } from '../json/edit.ts';
import type { JsonNode } from '../json/parse.ts';
import type { Key } from '../key.ts';
import type { Entry, LayerEntries } from '../layer.ts';
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
  #matched: MatchedResult | undefined;

  /** `isPlain`: every entry is that of a setting, by its key, and nothing has to be reported. */
  private constructor({ place, ...result }: FileTextResult, language: FileLanguage, isPlain = false) {
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
