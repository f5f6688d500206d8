import { type Issue, throwIssues } from '../errors.ts';
import { type FileFormat, readOnlyFormat } from '../formats/file-format.ts';
import type { JsonEdit } from '../json/edit.ts';
import type { JsonNode, Splice } from '../json/node.ts';
import { type LineIndex, lineIndex } from '../json/position.ts';
import { nodeAt } from '../json/tree.ts';
import { type Key, segments } from '../key.ts';
import type { Entry, LayerEntries, LayerName, Origin, SettingRef, VariantChoice } from '../layer.ts';
import { FIRST_VERSION } from '../migrations.ts';
import type { MemberPath } from '../schema/member-path.ts';
import type { Schema } from '../schema/schema.ts';
import type { Settings } from '../schema/setting.ts';
import type { UnknownNames } from '../unknown-keys.ts';
import { DoubtfulEntry } from './doubtful-entry.ts';
import { FilePlace } from './file-place.ts';
import { type MatchedResult, matchSettings } from './match-settings.ts';
import type { SourceResult } from './source.ts';

/** The text of a layer. */
export interface FileText {
  readonly text: string;
  /** The name in origins: `config/app.json`. */
  readonly name: string;
  readonly layer: LayerName;
  readonly format: FileFormat;
  /** The choice between variants whose members the text contains; absent if it contains all settings. */
  readonly choice?: VariantChoice | undefined;
}

/** How the text of a document is read. */
export interface FileLanguage extends Omit<FileText, 'text'> {
  readonly schema: Schema;
  /** What happens to unknown keys. */
  readonly policy: () => UnknownNames;
  /** The document of a text. One that can't be parsed has no entries, and an issue. */
  read(text: string): FileDocument;
}

/** What a text provides, and how it was parsed. */
export interface DocumentResult extends SourceResult {
  readonly parsed: ParsedText;
  readonly entries: LayerEntries;
  /** The text as it is stored, where `parsed` was migrated from it. */
  readonly stored?: string;
  /** The version that the text was migrated from. */
  readonly from?: number;
  /** The version of a file that is newer than the program. */
  readonly newer?: number;
}

/** The document that a result comes from; `undefined` if its source reads none. */
export function documentOf(result: SourceResult | undefined): FileDocument | undefined {
  return result?.document instanceof FileDocument ? result.document : undefined;
}

const NO_EMPTY: ReadonlyMap<Key, Entry> = new Map();

/** One state of a document: its text, its entries and its issues. It never changes; an edit returns the next one. */
export class FileDocument {
  /** What the text provides, under the names that it uses. */
  readonly result: SourceResult;
  readonly #parsed: ParsedText;
  readonly #language: FileLanguage;
  /** The text as it is stored: another one than `text` where that was migrated. */
  readonly storedText: string;
  /** The version that it was migrated from; `undefined` for one of the present version. */
  readonly migratedFrom: number | undefined;
  /** Its version, if that is newer than the program's. */
  readonly #newer: number | undefined;
  #matched: MatchedResult | undefined;

  constructor({ parsed, stored = parsed.file.text, from, newer, ...result }: DocumentResult, language: FileLanguage) {
    this.storedText = stored;
    this.migratedFrom = from;
    this.#newer = newer;
    this.#parsed = parsed;
    this.#language = language;
    this.result = { ...result, document: this };
    if (result.plain) this.#matched = { ...this.result, entries: result.plain, empty: NO_EMPTY };
  }

  get text(): string {
    return this.#parsed.file.text;
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
    if (!fileVersion || fileVersion.current === FIRST_VERSION) return [];
    const { current, member } = fileVersion;
    return this.#parsed.nodeAt([member]) ? [] : [{ path: [member], value: current }];
  }

  /** The tree of the text, made where it is looked at. */
  get root(): JsonNode | undefined {
    return this.#parsed.root;
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
    const isOfSettings = settings.every((setting) => setting !== undefined && !setting.node.deprecated);
    const { entries } = this;
    if (!splices || !this.isClean || !isOfSettings || !(entries instanceof FileEntries))
      return this.#language.read(text);
    const parsed = this.#parsed.after(text, splices);
    const place = placeOf(parsed, schema);
    const plain = entries.with(changes, place);
    return new FileDocument({ parsed, entries: plain, plain }, this.#language);
  }
}

/** The locations of a text, made when one is asked for. */
export function placeOf(parsed: ParsedText, { hasSecrets }: Schema): () => FilePlace {
  let place: FilePlace | undefined;
  return () => {
    place ??= new FilePlace(parsed, hasSecrets);
    return place;
  };
}

/** The line starts and the tree of a text, computed on first use. */
interface Index {
  lines?: LineIndex;
  root?: JsonNode | undefined;
}

/** A text with its tree. */
export class ParsedText {
  readonly file: FileText;
  readonly #edited: JsonNode | undefined;
  #index: WeakRef<Index> | undefined;

  /** `edited` is the tree that an edit produced with the text; the next edit begins with it. */
  constructor(file: FileText, edited?: JsonNode) {
    this.file = file;
    this.#edited = edited;
  }

  get lines(): LineIndex {
    const index = this.#indexed();
    index.lines ??= lineIndex(this.file.text);
    return index.lines;
  }

  /** The tree, parsed on first access. */
  get root(): JsonNode | undefined {
    const index = this.#indexed();
    index.root ??= this.file.format.tree(this.file.text);
    return index.root;
  }

  /** The node at a path of the document, which may contain the members of one choice only. */
  nodeAt(path: readonly string[]): JsonNode | undefined {
    const { choice } = this.file;
    return nodeAt(this.root, choice ? path.slice(segments(choice.group).length) : path);
  }

  /** The text that these splices produce. */
  after(text: string, splices: readonly Splice[]): ParsedText {
    const { root } = this;
    return new ParsedText({ ...this.file, text }, root && this.file.format.splicedTree(root, text, splices));
  }

  #indexed(): Index {
    let index = this.#index?.deref();
    if (!index) {
      index = { root: this.#edited };
      this.#index = new WeakRef(index);
    }
    return index;
  }
}

/** The entry of a file for one setting. */
export class FileEntry implements Entry {
  readonly value: unknown;
  readonly #setting: { readonly key: Key };
  readonly #place: () => FilePlace;

  constructor(setting: { readonly key: Key }, value: unknown, place: () => FilePlace) {
    this.value = value;
    this.#setting = setting;
    this.#place = place;
  }

  get origin(): Origin {
    return this.#place().origin(this.#setting.key);
  }

  get frame(): string | undefined {
    return this.#place().frameOf(this.#setting.key);
  }

  memberOrigin(path: MemberPath): Origin | undefined {
    return this.#place().memberOrigin(this.#setting.key, path);
  }
}

const NONE_EDITED: ReadonlyMap<number, unknown> = new Map();
/** How many edited values are kept beside the others before all are copied. */
const MOST_EDITED = 64;

/** The entries of a file for the settings of a schema, each made when it is asked for. */
export class FileEntries implements LayerEntries {
  readonly #settings: Settings;
  readonly #values: readonly unknown[];
  /** The values that edits changed, by the index of their setting, so that an edit does not copy all of them. */
  readonly #edited: ReadonlyMap<number, unknown>;
  readonly #place: () => FilePlace;
  #size: number | undefined;

  /** The values are in the order of the settings: `undefined` where the file has no entry. */
  constructor(
    settings: Settings,
    values: readonly unknown[],
    place: () => FilePlace,
    edited: ReadonlyMap<number, unknown> = NONE_EDITED,
  ) {
    this.#settings = settings;
    this.#values = values;
    this.#edited = edited;
    this.#place = place;
  }

  #value(index: number): unknown {
    return this.#edited.size > 0 && this.#edited.has(index) ? this.#edited.get(index) : this.#values[index];
  }

  get size(): number {
    if (this.#size === undefined) {
      const values =
        this.#edited.size === 0 ? this.#values : this.#settings.values().map(({ index }) => this.#value(index));
      this.#size = 0;
      for (const value of values) if (value !== undefined) this.#size += 1;
    }
    return this.#size;
  }

  get(key: Key): Entry | undefined {
    const setting = this.#settings.get(key);
    return setting && this.of(setting);
  }

  of(setting: SettingRef): Entry | undefined {
    const value = this.#value(setting.index);
    if (value === undefined) return undefined;
    return value instanceof DoubtfulEntry ? value : new FileEntry(setting, value, this.#place);
  }

  valueFor({ index }: SettingRef): unknown {
    const value = this.#value(index);
    return value instanceof DoubtfulEntry ? undefined : value;
  }

  has(key: Key): boolean {
    return this.get(key) !== undefined;
  }

  *keys(): MapIterator<Key> {
    for (const { key, index } of this.#settings.values()) if (this.#value(index) !== undefined) yield key;
  }

  get unknownKeys(): Iterable<Key> {
    return [];
  }

  /** The entries of the file at `place`, which has these values for some settings, and the values of this one for all others. */
  with(changes: ReadonlyMap<Key, unknown>, place: () => FilePlace): FileEntries {
    const edited = new Map(this.#edited);
    for (const [key, value] of changes) {
      const setting = this.#settings.get(key);
      if (setting) edited.set(setting.index, value);
    }
    if (edited.size <= MOST_EDITED) return new FileEntries(this.#settings, this.#values, place, edited);
    const values = [...this.#values];
    for (const [index, value] of edited) values[index] = value;
    return new FileEntries(this.#settings, values, place);
  }
}
