import { type Issue, throwIssues } from '../errors.ts';
import type { JsonEdit } from '../json/edit.ts';
import type { JsonNode } from '../json/node.ts';
import { nodeAt, toValue } from '../json/tree.ts';
import { plainJson } from '../json/value.ts';
import { type Key, segments } from '../key.ts';
import { type Entries, type Entry, type Layer, OverlaidEntries } from '../layer.ts';
import { checkLayer, type LayerInput, SettingEntries, TypedEntry } from '../schema/check.ts';
import { ExpressionEntry } from '../schema/expression.ts';
import { isMarkKey, listsAround, membersAround } from '../schema/open-paths.ts';
import type { Schema } from '../schema/schema.ts';
import type { Setting } from '../schema/setting.ts';
import type { FileDocument, FileLanguage } from '../sources/file-document.ts';
import { languageOf } from '../sources/store-text.ts';
import type { LocalCopy } from '../stores/local-copy.ts';
import type { Authorship, EditOptions, NextText, Store, StoredDocument } from '../stores/store.ts';
import type { UnknownKeys } from '../unknown-keys.ts';
import { editByCompareAndSwap, isUnreadable, replaceUnreadable } from './compare-and-swap.ts';
import { type ConflictChoice, type DocumentEdit, type Edit, type KeyChange, resolveConflicts } from './edits.ts';
import { editsOfMembers, markNode } from './member-edits.ts';

/** The store of the file layer, and how to read and lay out its document. */
export interface WritableFileOptions {
  readonly store: Store;
  readonly schema: Schema;
  readonly unknown: UnknownKeys;
  readonly layout: 'sparse' | 'full';
  /** Where to keep a copy of the last valid document. */
  readonly copy?: LocalCopy | undefined;
}

export interface FileWriteOptions extends Authorship, Pick<EditOptions, 'isSynchronous'> {
  /** The text that replaces a document that the store can't read. Without it, such a document is an error. */
  readonly replacement?: () => string;
}

/** The document that the store has after a write. */
export interface WrittenDocument {
  readonly stored: StoredDocument;
  /** The text that it replaced: `null` if there was no document, `undefined` if it could not be read. */
  readonly before?: string | null;
  /** The copy of an unreadable document that was replaced. */
  readonly keptAside?: string;
  readonly warning?: string;
}

/** The store of the file layer: reads, checks and edits its document. */
export class WritableFile {
  readonly store: Store;
  readonly #options: Omit<WritableFileOptions, 'store'>;
  #madeLanguage: FileLanguage | undefined;
  /** The settings that a document is read with, and those that exist now. */
  #schema: Schema;
  #live: () => Schema;

  constructor({ store, ...options }: WritableFileOptions) {
    this.store = store;
    this.#options = options;
    this.#schema = options.schema;
    this.#live = () => options.schema;
  }

  get #language(): FileLanguage {
    this.#madeLanguage ??= languageOf(this.store, { layer: 'file', ...this.#options, schema: this.#schema });
    return this.#madeLanguage;
  }

  /** Reads documents with these settings from now on. */
  use(schema: Schema, live: () => Schema): void {
    this.#live = live;
    if (schema === this.#schema) return;
    this.#schema = schema;
    this.#madeLanguage = undefined;
  }

  /** Parses a text. The document has its issues. */
  parse(text: string): FileDocument {
    return this.#language.read(text);
  }

  /** Parses a text. Throws `CORRUPT` or `TOO_LARGE`. */
  parseValid(text: string): FileDocument {
    const document = this.parse(text);
    throwIssues(document.issues.filter(isSyntax));
    return document;
  }

  /** The checked layer of a document, over the layers below it. */
  layerOf({ entries }: FileDocument, below: LayerInput['below']): Layer {
    return checkLayer(this.#schema, { name: 'file', entries, below });
  }

  /**
   * The layer of an edited document, computed from the `layer` before: only changed values that were not checked yet are
   * checked. `undefined` if a value is invalid or if other keys have to be checked too.
   */
  layerAfter(layer: Layer, { from, to, changes, added }: DocumentEdit, below: LayerInput['below']): Layer | undefined {
    if (layer.problems.size > 0 || !from.isClean || !to.isClean) return undefined;
    if (changes.every(({ isChecked }) => isChecked) && added.length === 0 && layer.entries === from.entries)
      return { ...layer, entries: to.entries };
    const schema = this.#schema;
    const given = new SettingEntries();
    for (const { key } of [...changes, ...added]) {
      const setting = schema.settings.get(key);
      const entry = to.entries.get(key);
      if (setting && entry) given.add(setting, entry);
      else if (entry) given.addUnknown(key, entry);
    }
    const checked = checkLayer(schema, { name: 'file', entries: given, below });
    if (checked.problems.size > 0) return undefined;
    const typed = new Map<Key, { readonly entry: Entry }>();
    const syntax = schema.syntaxOf?.('file');
    for (const [key, { value, json, expression, written }] of typedEntries(layer.entries)) {
      const entry = to.entries.get(key);
      if (entry && expression && syntax) typed.set(key, { entry: new ExpressionEntry(entry, written, syntax) });
      else if (entry) typed.set(key, { entry: new TypedEntry(entry, value, { json }) });
    }
    for (const [key, entry] of given) {
      const after = checked.entries.get(key);
      if (after && after !== entry) typed.set(key, { entry: after });
      else typed.delete(key);
    }
    const entries = typed.size === 0 ? to.entries : new OverlaidEntries(() => to.entries, typed);
    if (!layer.computed && !checked.computed) return { ...layer, entries };
    const kept = [...(layer.computed ?? [])].filter((key) => typed.get(key)?.entry.expression);
    return { ...layer, entries, computed: new Set([...kept, ...(checked.computed ?? [])]) };
  }

  /** The JSON that a key will have in the document. Full layout: the default if the key is removed. */
  jsonOf(key: Key, written: unknown): unknown {
    if (written !== undefined || this.#options.layout === 'sparse') return plainJson(written);
    return defaultOf(this.#schema.settings.get(key));
  }

  /**
   * Applies edits to a document. Throws `CONFLICT` for keys that another writer also changed, unless `choose` decides.
   */
  edit(from: FileDocument, edits: readonly Edit[], choose: ConflictChoice): DocumentEdit {
    const { root } = from;
    const nodes = new Map<Key, JsonNode | undefined>();
    const nodeOf = (key: Key): JsonNode | undefined => {
      if (!nodes.has(key)) nodes.set(key, this.#nodeOf(root, key));
      return nodes.get(key);
    };
    const changes: KeyChange[] = [];
    const removals: JsonEdit[] = [];
    const isSecret = (key: Key): boolean => this.#schema.settings.get(key)?.sensitive === true;
    const resolved = resolveConflicts(edits, { nodeOf, choose, isSecret });
    const removed = new Set(resolved.flatMap(({ key, written }) => (written === undefined ? key : [])));
    for (const { key, written, isChecked } of resolved) {
      this.#requireGroups(root, this.#pathOf(key), removed);
      const node = nodeOf(key);
      const json = this.jsonOf(key, written);
      changes.push({ key, base: node && toValue(node), written: json, ...(isChecked && { isChecked }) });
      if (written === undefined) removals.push(...this.#aliasRemovals(root, key));
    }
    const added = this.#missingDefaults(root, new Set(changes.map(({ key }) => key)));
    const written = [...changes, ...added];
    const writes = this.#schema.open
      ? editsOfMembers(written, root, this.#schema)
      : written.map(({ key, written: value }) => ({ path: this.#pathOf(key), value }));
    return { from, to: from.edit([...from.versionEdits, ...writes, ...removals]), changes, added };
  }

  /**
   * Reads the document and writes the text that `next` returns, as one atomic step. If another writer was faster, it calls
   * `next` again with the newer document. If `next` throws, nothing is written.
   */
  async write(
    next: NextText,
    { replacement, isSynchronous = false, ...authorship }: FileWriteOptions = {},
  ): Promise<WrittenDocument> {
    const { store } = this;
    try {
      const edit = store.local
        ? store.local.edit(next, { isSynchronous })
        : editByCompareAndSwap(store, next, authorship);
      const { before, after: stored, warning } = await edit;
      return { stored, before: before.text, ...(warning !== undefined && { warning }) };
    } catch (error) {
      if (!replacement || !isUnreadable(error, store)) throw error;
      return replaceUnreadable(store, replacement(), authorship);
    }
  }

  /** A document without settings; with the full layout, it lists every default. */
  blank(): FileDocument {
    return this.edit(this.parse(this.#language.format.blank), [], 'mine').to;
  }

  /** Keeps a copy of a valid document, if the definition asks for one. Never rejects. */
  async keep(stored: StoredDocument): Promise<void> {
    await this.#options.copy?.keep(stored, new Date());
  }

  /** Creates the document without settings, if it does not exist. */
  async create(): Promise<void> {
    const { text } = await this.store.read();
    if (text !== null) return;
    await this.write((current) => (current.text === null ? this.blank().text : undefined));
  }

  /** Does what `create` does, synchronously; does nothing for a store that is not local. */
  createSync(): void {
    this.store.local?.createSync(this.blank().text);
  }

  /**
   * Throws `INVALID_VALUE` where the document has another value than a group, or than a list, on the way to a key, unless
   * the same save removes that value.
   */
  #requireGroups(root: JsonNode | undefined, path: readonly string[], removed: ReadonlySet<Key>): void {
    let node = root;
    for (let depth = 1; depth < path.length; depth++) {
      node = nodeAt(node, [path[depth - 1] as string]);
      if (!node) return;
      const group = path.slice(0, depth).join('.');
      const isList = node.kind === 'array' && listsAround(this.#schema.root, group).at(-1)?.key === group;
      if (node.kind === 'object' || isList || removed.has(group)) continue;
      const message = `must be an object in ${this.store.name}: it is a group of settings. Nothing was written`;
      throwIssues([{ code: 'INVALID_VALUE', key: group, message }]);
    }
  }

  /** Full layout: the defaults of the settings that the document does not list. */
  #missingDefaults(root: JsonNode | undefined, known: ReadonlySet<Key>): readonly KeyChange[] {
    if (this.#options.layout === 'sparse') return [];
    return [...this.#live().settings.values()]
      .filter((setting) => !known.has(setting.key) && defaultOf(setting) !== undefined)
      .filter(({ key }) => !this.#nodeOf(root, key) && this.#isWritten(root, key))
      .map((setting) => ({ key: setting.key, base: undefined, written: defaultOf(setting) }));
  }

  /** Whether the document has the members of groups by name on the way to a key, which are not written for their defaults. */
  #isWritten(root: JsonNode | undefined, key: Key): boolean {
    const members = this.#schema.open ? membersAround(this.#schema.root, key) : [];
    return members.every((member) => nodeAt(root, segments(member)) !== undefined);
  }

  /** The path of a setting in the document, or of an unknown key. */
  #pathOf(key: Key): readonly string[] {
    return this.#schema.settings.get(key)?.path ?? segments(key);
  }

  /** The value of a setting in the document, by its key or an alias. */
  #nodeOf(root: JsonNode | undefined, key: Key): JsonNode | undefined {
    let node = nodeAt(root, this.#pathOf(key));
    // Of a member of a group by name, only a mark belongs to the key itself.
    if (node && this.#schema.open && isMarkKey(this.#schema.root, key)) return markNode(node);
    for (const alias of this.#schema.settings.get(key)?.node.aliases ?? []) {
      node ??= nodeAt(root, segments(alias));
    }
    return node;
  }

  /** Removes the aliases of removed settings too, which would otherwise provide the value again. */
  #aliasRemovals(root: JsonNode | undefined, key: Key): readonly JsonEdit[] {
    const aliases = this.#schema.settings.get(key)?.node.aliases ?? [];
    return aliases
      .map((alias) => ({ path: segments(alias), value: undefined }))
      .filter(({ path }) => nodeAt(root, path) !== undefined);
  }
}

/** Whether the issue is a text that can't be parsed, or not migrated. */
export function isSyntax({ code }: Issue): boolean {
  return code === 'CORRUPT' || code === 'TOO_LARGE' || code === 'INVALID_DEFINITION';
}

/** The entries whose typed value differs from the JSON of the document. */
function* typedEntries(entries: Entries): Generator<readonly [Key, Entry]> {
  if (!(entries instanceof OverlaidEntries)) return;
  for (const [key, { entry }] of entries.above) if (entry) yield [key, entry];
}

/** The JSON of a setting's default, as in the schema. */
function defaultOf(setting: Setting | undefined): unknown {
  return setting === undefined ? undefined : plainJson(setting.node.default);
}
