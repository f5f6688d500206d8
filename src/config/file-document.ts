import { ConfigError, type Issue, throwIssues } from '../errors.ts';
import { editJson, type JsonEdit, type JsonEditResult } from '../json/edit.ts';
import { type JsonNode, JsonSyntaxError, nodeAt, parseJson, toValue } from '../json/parse.ts';
import { isEqual, isPlainObject } from '../json/value.ts';
import { type Key, segments } from '../key.ts';
import type { Entries, Entry, Layer } from '../layer.ts';
import { checkLayer } from '../schema/check-layer.ts';
import { refusal } from '../schema/refusal.ts';
import type { Schema, Setting } from '../schema/setting.ts';
import { allowsComments, readStored, type UnknownKeys } from '../sources/file.ts';
import type { FilePlace } from '../sources/file-place.ts';
import { fileEntry } from '../sources/file-text.ts';
import { type Rename, renamedDocument } from '../sources/rename.ts';
import type { SourceResult } from '../sources/source.ts';
import type { LocalCopy } from '../stores/local-copy.ts';
import type { Authorship, EditResult, Store, StoredDocument } from '../stores/store.ts';
import { type ConflictChoice, settled } from './conflict.ts';
import { editDocument, isUnreadable, replaceUnreadable } from './edit-document.ts';
import type { Rewriting } from './file-change.ts';
import type { Edit } from './file-layer.ts';

/** How the document of the file layer is laid out and read. */
export interface DocumentOptions {
  readonly schema: Schema;
  readonly unknown: UnknownKeys;
  readonly layout: 'sparse' | 'full';
  /** Where a copy of the document is kept whenever it is known to be good. */
  readonly copy?: LocalCopy | undefined;
}

/** A document that was read. */
export interface ReadDocument {
  readonly layer: Layer;
  readonly reading: SourceResult;
}

/** A document after it was rewritten. */
export interface Rewritten {
  /** The text that it was made from; `undefined` for one that can't be read. */
  readonly from: string | undefined;
  readonly stored: StoredDocument;
  /** What could not be assured, in a sentence. */
  readonly warning?: string;
  /** Where a text that could not be read was kept. */
  readonly keptAside?: string;
}

/** A document that was written, and what it says now of the settings that were. */
export interface WrittenDocument extends Rewritten {
  readonly edited?: Edited;
  /** What of it is another now; what was to be changed, where nobody looked. */
  readonly changes?: readonly Rewriting[];
}

/** The text of a document with changes in it. */
interface Edited extends JsonEditResult {
  /** What the text says now of the settings that were edited: their JSON, `undefined` for nothing. */
  readonly said: ReadonlyMap<Key, unknown>;
  /** What the settings that were to be edited were and are. */
  readonly changes: readonly Rewriting[];
}

interface Editing {
  readonly choose: ConflictChoice;
  /** A document that was parsed before. */
  readonly known?: FilePlace | undefined;
  /** Hears of each attempt what it begins with, and what it is to write. */
  readonly attempt?: Attempt;
}

/** Who hears of the attempts of a write. */
export interface Attempt {
  begins(text: string): void;
  writes(edited: Pick<Edited, 'text' | 'changes'>): void;
}

interface Writing extends Editing {
  readonly authorship: Authorship;
}

/** The document of the file layer in its store: what its text says, and how changes get into it. */
export class FileDocument {
  readonly store: Store;
  readonly #options: DocumentOptions;
  readonly #comments: boolean;

  constructor(store: Store, options: DocumentOptions) {
    this.store = store;
    this.#options = options;
    this.#comments = allowsComments(store);
  }

  /** What a text says, checked. Throws where it is no document at all. */
  read(text: string): ReadDocument {
    const reading = this.#reading(text);
    throwIssues((reading.issues ?? []).filter(({ code }) => code === 'CORRUPT' || code === 'TOO_LARGE'));
    return { reading, layer: this.#checked(reading.entries) };
  }

  /** What a text says of the settings, unchecked; `undefined` where it is no document. */
  entries(text: string): Entries | undefined {
    const { entries, issues = [] } = this.#reading(text);
    return issues.some(({ code }) => code === 'CORRUPT' || code === 'TOO_LARGE') ? undefined : entries;
  }

  /** Everything that is wrong with a document that was read. */
  issuesOf(layer: Layer, { issues = [] }: SourceResult): readonly Issue[] {
    const { settings } = this.#options.schema;
    const refused = [...layer.problems].map(([key, problem]) =>
      refusal(key, problem, { entry: layer.entries.get(key) ?? {}, setting: settings.get(key) }),
    );
    return [...issues, ...refused];
  }

  /**
   * Writes changes over what stands in the document now: `edits`, or what a function makes of its text, slowly perhaps.
   * It is not parsed again where it is the `known` one, which was read before.
   */
  async write(
    edits: readonly Edit[] | ((text: string) => Promise<readonly Edit[]>),
    { authorship, ...editing }: Writing,
  ): Promise<WrittenDocument> {
    let edited: Edited | undefined;
    const textWith = (text: string, changes: readonly Edit[]): string => {
      edited = this.#edited(text, changes, editing);
      return edited.text;
    };
    const rewritten = await this.#rewrite(
      (text) =>
        typeof edits === 'function' ? edits(text).then((made) => textWith(text, made)) : textWith(text, edits),
      authorship,
    );
    return { ...rewritten, ...(edited && { edited, changes: edited.changes }) };
  }

  /** The text that `next` makes of the document, written; it is left as it is where that is the same text. */
  async #rewrite(next: (text: string) => string | Promise<string>, authorship: Authorship = {}): Promise<Rewritten> {
    const result = await editDocument(
      this.store,
      ({ text }) => {
        const from = text ?? '';
        const made = next(from);
        const changed = (to: string): string | undefined => (to === from ? undefined : to);
        return typeof made === 'string' ? changed(made) : made.then(changed);
      },
      authorship,
    );
    return rewrittenOf(result);
  }

  /**
   * What the document at `place` says of settings that `edits` just wrote to it; `undefined` where that is known only
   * when all of it is read.
   */
  said(values: ReadonlyMap<Key, unknown>, edits: readonly Edit[], place: FilePlace): Layer | undefined {
    const { settings } = this.#options.schema;
    const checked = new Map(edits.map(({ key, entry }) => [key, entry]));
    const entries = new Map<Key, Entry>();
    const unchecked = new Map<Key, Entry>();
    for (const [key, value] of values) {
      if (settings.get(key)?.node.deprecated) return undefined;
      if (value === undefined) continue;
      const entry = checked.get(key);
      const isChecked = entry !== undefined && isEqual(entry.value, value) && isEqual(entry.written, value);
      (isChecked ? entries : unchecked).set(key, fileEntry(key, isChecked ? entry.value : value, place));
    }
    if (unchecked.size === 0) return { name: 'file', entries, problems: new Map() };
    const layer = this.#checked(unchecked);
    for (const key of layer.entries.keys()) entries.set(key, layer.entries.get(key) as Entry);
    return layer.problems.size === 0 ? { ...layer, entries } : undefined;
  }

  /** What the document says of a setting once this is written: with the full layout, its default in place of nothing. */
  standing(key: Key, written: unknown): unknown {
    if (written !== undefined || this.#options.layout === 'sparse') return jsonValue(written);
    return defaultOf(this.#options.schema.settings.get(key));
  }

  /** Renames the former keys of the document, and says which there were. */
  async rename(): Promise<Rewritten & { readonly renames: readonly Rename[] }> {
    let renames: readonly Rename[] = [];
    const rewritten = await this.#rewrite((text) => {
      this.#root(text);
      const renamed = renamedDocument(text, this.#options.schema, { comments: this.#comments });
      renames = renamed.renames;
      return renamed.text;
    });
    return { ...rewritten, renames };
  }

  /** Takes `edits` out of the document. One that is refused whatever they are is kept beside, and a new one begun. */
  async empty(edits: readonly Edit[], authorship: Authorship): Promise<WrittenDocument> {
    let keptAside: string | undefined;
    let changes: readonly Rewriting[] = edits.map(({ key, base }) => {
      return { key, base, written: this.standing(key, undefined) };
    });
    const next = async (text: string): Promise<string> => {
      if (!this.#isRefused(text)) {
        const edited = this.#edited(text, edits, { choose: 'mine' });
        changes = edited.changes;
        return edited.text;
      }
      keptAside = await this.store.unreadable?.keepAside();
      return this.blank();
    };
    try {
      const rewritten = await this.#rewrite(next, authorship);
      return { ...rewritten, changes, ...(keptAside !== undefined && { keptAside }) };
    } catch (error) {
      if (!isUnreadable(error, this.store)) throw error;
      const { after, ...replaced } = await replaceUnreadable(this.store, this.blank(), authorship);
      return { from: undefined, stored: after, changes, ...replaced };
    }
  }

  /**
   * Writes a text in place of the one that is `known`; any unless given. Throws `CONFLICT` where another writer was
   * faster.
   */
  async overwrite(text: string, known: string | undefined, authorship: Authorship): Promise<Rewritten> {
    const { store } = this;
    try {
      return await this.#rewrite((from) => {
        if (from !== text && known !== undefined && known !== from) throw changedMeanwhile(store);
        return text;
      }, authorship);
    } catch (error) {
      if (!isUnreadable(error, store)) throw error;
      if (known !== undefined) throw changedMeanwhile(store);
      const { after, ...replaced } = await replaceUnreadable(store, text, authorship);
      return { from: undefined, stored: after, ...replaced };
    }
  }

  /** What is wrong with the copy that is kept of the document. */
  get warnings(): readonly Issue[] {
    const { copy } = this.#options;
    return copy?.problem ? [copy.problem] : [];
  }

  /** Keeps a copy of a document that is known to be good, where the definition wants one. Never rejects. */
  async keep(stored: StoredDocument): Promise<void> {
    await this.#options.copy?.keep(stored, new Date());
  }

  /** Whether the store has no document yet. */
  async isMissing(): Promise<boolean> {
    return (await this.store.read()).text === null;
  }

  /** Writes a document with nothing set where there is none. */
  async create(): Promise<void> {
    await this.#rewrite((text) => (text === '' ? this.blank() : text));
  }

  /** The same without waiting; where the store can only be waited for, there is nothing to be done. */
  createSync(): void {
    this.store.local?.createSync(this.blank());
  }

  /** What a document says in which nothing is set: with the full layout, every default. */
  blank(): string {
    return this.#edited('{}\n', [], { choose: 'mine' }).text;
  }

  #edited(text: string, edits: readonly Edit[], { choose, known, attempt }: Editing): Edited {
    attempt?.begins(text);
    const root = text === known?.text ? known.root : this.#root(text);
    const isSecret = (key: Key): boolean => this.#options.schema.settings.get(key)?.sensitive === true;
    const nodeOf = (key: Key): JsonNode | undefined => this.#nodeOf(root, key);
    const said = new Map<Key, unknown>();
    const changes: Rewriting[] = [];
    const wanted = settled(edits, nodeOf, choose, isSecret).flatMap(({ key, written }): readonly JsonEdit[] => {
      const path = segments(key);
      this.#requireGroups(root, path);
      const value = this.standing(key, written);
      said.set(key, value);
      const node = nodeOf(key);
      changes.push({ key, base: node && toValue(node), written: value });
      return written === undefined ? [{ path, value }, ...this.#withoutFormer(root, key)] : [{ path, value }];
    });
    for (const { key, value } of this.#unlisted(root, said)) {
      said.set(key, value);
      wanted.push({ path: segments(key), value });
    }
    const edited = { ...editJson(text, wanted, { comments: this.#comments, tree: { root } }), said, changes };
    attempt?.writes(edited);
    return edited;
  }

  /** With the full layout, the defaults of the settings that the document does not list. */
  #unlisted(root: JsonNode | undefined, said: ReadonlyMap<Key, unknown>): readonly { key: Key; value: unknown }[] {
    if (this.#options.layout === 'sparse') return [];
    return [...this.#options.schema.settings.values()]
      .filter((leaf) => !said.has(leaf.key) && defaultOf(leaf) !== undefined && !this.#nodeOf(root, leaf.key))
      .map((leaf) => ({ key: leaf.key, value: defaultOf(leaf) }));
  }

  /** What the document says of a setting, under its key or under one that it had before. */
  #nodeOf(root: JsonNode | undefined, key: Key): JsonNode | undefined {
    let node = nodeAt(root, segments(key));
    for (const former of this.#options.schema.settings.get(key)?.node.aliases ?? []) {
      node ??= nodeAt(root, segments(former));
    }
    return node;
  }

  /** A setting that is removed goes under its former keys too, or they would give it again. */
  #withoutFormer(root: JsonNode | undefined, key: Key): readonly JsonEdit[] {
    const former = this.#options.schema.settings.get(key)?.node.aliases ?? [];
    return former
      .map((alias) => ({ path: segments(alias), value: undefined }))
      .filter(({ path }) => nodeAt(root, path) !== undefined);
  }

  #requireGroups(root: JsonNode | undefined, path: readonly string[]): void {
    let node = root;
    for (let depth = 1; depth < path.length; depth++) {
      node = nodeAt(node, [path[depth - 1] as string]);
      if (!node) return;
      if (node.kind === 'object') continue;
      const key = path.slice(0, depth).join('.');
      const message = `must be an object in ${this.store.name}: it is a group of settings. Nothing was written`;
      throw new ConfigError([{ code: 'INVALID_VALUE', key, message }]);
    }
  }

  #checked(entries: Entries): Layer {
    const { schema } = this.#options;
    return checkLayer(schema, {
      name: 'file',
      entries,
      below: (setting) => ({ value: setting.default, originOf: () => undefined }),
    });
  }

  #reading(text: string): SourceResult {
    const { schema, unknown } = this.#options;
    return readStored(this.store, text, { layer: 'file', unknown, schema });
  }

  /** Whether something is wrong with the document itself, not only with values of settings. */
  #isRefused(text: string): boolean {
    return (this.#reading(text).issues ?? []).length > 0;
  }

  /** The tree of a text; throws what is wrong with one that is no document. */
  #root(text: string): JsonNode | undefined {
    try {
      const { root } = parseJson(text, { comments: this.#comments });
      if (root === undefined || root.kind === 'object') return root;
    } catch (error) {
      if (!(error instanceof JsonSyntaxError)) throw error;
    }
    this.read(text);
    return undefined;
  }
}

function rewrittenOf({ before, after, warning }: EditResult): Rewritten {
  return { from: before.text ?? '', stored: after, ...(warning !== undefined && { warning }) };
}

function changedMeanwhile({ name }: Store): ConfigError {
  const message = `${name} was changed by another writer since it was read. Nothing was written`;
  const suggestion = 'Reload, look at what was changed, and try again.';
  return new ConfigError([{ code: 'CONFLICT', message, suggestion }]);
}

/** What a document says for a setting's default: as the schema writes it. */
function defaultOf(leaf: Setting | undefined): unknown {
  return leaf === undefined ? undefined : jsonValue(leaf.node.default);
}

/** A value as JSON writes it. */
function jsonValue(value: unknown): unknown {
  if (value instanceof RegExp) return value.source;
  if (Array.isArray(value)) return value.map(jsonValue);
  if (!isPlainObject(value)) return typeof value === 'function' ? undefined : value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, jsonValue(member)]));
}
