import { ConfigError, type Issue, throwIssues } from '../errors.ts';
import { frozenCopy, jsonCopy } from '../json/value.ts';
import type { Key } from '../key.ts';
import type { Entry } from '../layer.ts';
import { check, jsonForm, namedAsBelow, typed } from '../schema/check.ts';
import type { DecodeResult } from '../schema/decode.ts';
import { ExpressionEntry } from '../schema/expression.ts';
import { withNamesOf } from '../schema/member-path.ts';
import { isMarkKey } from '../schema/open-paths.ts';
import { refusal } from '../schema/refusal.ts';
import type { Schema } from '../schema/schema.ts';
import type { Setting } from '../schema/setting.ts';
import { documentOf, type FileDocument } from '../sources/file-document.ts';
import type { Authorship, EditOptions, NextText } from '../stores/store.ts';
import { wrongArgument } from '../wrong-arguments.ts';
import type { ConfigState } from './config-state.ts';
import {
  type ConflictChoice,
  type DocumentEdit,
  describeChanges,
  type Edit,
  type FileChange,
  type FileLayer,
  Save,
} from './edits.ts';
import { OldText } from './old-text.ts';
import { OpenChanges } from './open-keys.ts';
import { requireValues } from './required-values.ts';
import { type SavedState, takeLatest } from './take-latest.ts';
import { type MemberOfSetting, takeMembers } from './take-members.ts';
import { notAKey } from './unknown-key.ts';
import { WritableFile, type WritableFileOptions } from './writable-file.ts';

/** What a save did. */
export interface SaveResult {
  /** The keys that changed in the file; empty if nothing had to be written. */
  readonly written: readonly FileChange[];
  /** The copy of the old text: of an unreadable document that a full reset replaced, or of one of an older version. */
  readonly keptAside?: string;
  /** The version that the document had before, if that is older than the program's. */
  readonly migratedFrom?: number;
  /** What is not certain about the save, in a sentence. The document is saved. */
  readonly warning?: string;
}

/** The texts of the document before and after a save. */
interface SavedTexts {
  /** `null` if there was no document. */
  readonly before: string | null;
  readonly after: string;
}

/** The texts of each save, kept as long as its result. */
const savedTexts = new WeakMap<SaveResult, SavedTexts>();

/** The texts before and after a save; `undefined` if it replaced a document that could not be read. */
export function textsOf(saved: SaveResult): SavedTexts | undefined {
  return savedTexts.get(saved);
}

/** How a save resolves conflicts. Default: `fail`, which writes nothing. */
export interface SaveOptions extends Authorship {
  /**
   * Which side wins if another writer changed the same setting, or a function that returns the value to write: `undefined`
   * removes the key, which is allowed only if one of the writers removed it.
   */
  readonly conflict?: ConflictChoice;
}

/** Computes the new document from the one in the store. */
export type NextDocument = (from: FileDocument) => DocumentEdit | Promise<DocumentEdit>;

export interface DocumentWriteOptions extends Authorship, Pick<EditOptions, 'isSynchronous'> {
  /** The edits in memory that the write saves. */
  readonly edits?: readonly Edit[];
  /** Parses the text in the store. Default: throws if it is not valid JSON. */
  readonly parse?: (text: string) => FileDocument;
  /** Writes a migrated document also where nothing else changed. */
  readonly isMigration?: boolean;
  /** Creates the document that replaces one that the store can't read. Without it, such a document is an error. */
  readonly replacement?: () => DocumentEdit;
}

/** Changes the file layer in memory and in its store. */
export class FileChanges {
  readonly current: ConfigState;
  readonly #file: WritableFile | undefined;
  readonly #running = new Set<Save>();

  constructor(current: ConfigState, file: WritableFileOptions | undefined) {
    this.current = current;
    this.#file = file && new WritableFile(file);
  }

  /** The changes that a save would write. */
  get pending(): readonly FileChange[] {
    const { fileLayer: layer } = this.current;
    const changes = [...(layer?.edits.values() ?? [])].map(({ key, written }) => {
      return { key, base: layer?.base(key), written: this.#file ? this.#file.jsonOf(key, written) : written };
    });
    return describeChanges(changes, this.current);
  }

  /** The last document that was read or written; `undefined` if there was none, or if it was invalid. */
  get document(): FileDocument | undefined {
    return documentOf(this.current.readings.get('file'));
  }

  /** The writable file. Throws `READ_ONLY` if the configuration has none. */
  get file(): WritableFile {
    const { fullSchema } = this.current;
    // Only groups of any names change the settings that a document is read with.
    if (fullSchema.open) this.#file?.use(fullSchema, () => this.current.schema);
    if (!this.#file) throw readOnly('has no file to save to', 'Give the definition a `file`.');
    return this.#file;
  }

  /** The file layer. Throws `READ_ONLY` if the configuration has none. */
  get layer(): FileLayer {
    const { fileLayer } = this.current;
    if (!fileLayer) throw readOnly('has no file layer', 'Give the definition a `file`, and "file" among its `layers`.');
    return fileLayer;
  }

  /** Gives keys other values in memory, all or none; `undefined` removes a key. Throws `UNKNOWN_KEY` and `INVALID_VALUE`. */
  set(changes: readonly KeyValue[]): void {
    const { layer, current } = this;
    const entries = checkedEntries(current, changes, { layer: 'file', location: `${this.#place} (not saved)` });
    const saves = [...this.#running];
    current.update([...entries.keys()], () => {
      for (const [key, entry] of entries) {
        layer.edit({
          key,
          written: entry?.written,
          base: layer.base(key),
          saves,
          ...(entry && checkedIn(entry, current.schema.settings.get(key))),
        });
      }
    });
  }

  /** Writes the edits in memory to the store. */
  async save(options: SaveOptions): Promise<SaveResult> {
    if (Object(options) !== options) throw wrongArgument('save: the options must be an object', options);
    const { conflict = 'fail', ...authorship } = options;
    if (typeof conflict !== 'function' && !['fail', 'mine', 'theirs'].includes(conflict))
      throw wrongArgument('save: "conflict" must be "fail", "mine", "theirs" or a function', conflict);
    const edits = [...this.layer.edits.values()];
    const choose: ConflictChoice =
      typeof conflict === 'function' ? (between) => this.#checkedAnswer(between.key, conflict(between)) : conflict;
    const next = (from: FileDocument): DocumentEdit => this.file.edit(from, edits, choose);
    return this.write(next, {
      ...authorship,
      edits,
      isSynchronous: !(this.current.checks && this.current.resolvesTexts),
    });
  }

  /**
   * Writes the document that `next` returns, then updates the file layer in memory. Every write after the load goes
   * through this method.
   */
  async write(
    next: NextDocument,
    {
      edits = [],
      parse = (text) => this.file.parseValid(text),
      replacement,
      isMigration = false,
      ...options
    }: DocumentWriteOptions = {},
  ): Promise<SaveResult> {
    const { replacements } = this.current;
    const save = new Save();
    let old: OldText | undefined;
    /** Checks the rules, and begins an attempt. */
    const checkedText = (made: DocumentEdit): string => {
      this.current.checks?.requireDocument(this, made, edits);
      return save.begin(made);
    };
    /** The text to write; `undefined` if the store has it already. */
    const newText = (made: DocumentEdit): string | undefined | Promise<string> => {
      made.from.requireWritable();
      this.requireValues(made);
      const text = checkedText(made);
      if (text === (isMigration ? made.from.storedText : made.from.text)) return undefined;
      if (made.from.migratedFrom === undefined) return text;
      old ??= new OldText(this.file.store);
      return old.keep(made.from).then(() => text);
    };
    /** The text to write, after the resolvers have answered. */
    const textOnceResolved = (made: DocumentEdit): ReturnType<NextText> => {
      const resolving = this.current.checks?.prepareDocument(this, made, edits);
      return resolving ? resolving.then(() => newText(made)) : newText(made);
    };
    const nextText: NextText = ({ text }) => {
      const made = next(this.#documentOf(text ?? '') ?? parse(text ?? ''));
      return made instanceof Promise ? made.then(textOnceResolved) : textOnceResolved(made);
    };
    this.#running.add(save);
    try {
      const { stored, before, ...outcome } = await this.file.write(nextText, {
        ...options,
        ...(replacement && { replacement: () => checkedText(replacement()) }),
      });
      const made = save.confirm();
      const { schema, fullSchema } = this.current;
      await this.#updateMemory(made, { edits, stored, replacements });
      const written = describeChanges(made.changes, { schema, fullSchema, layers: this.current.layers });
      const result = { written, ...old?.result, ...outcome };
      if (before !== undefined) savedTexts.set(result, { before, after: made.to.text });
      return result;
    } finally {
      save.end();
      this.#running.delete(save);
    }
  }

  /** Throws for the required settings that a document would lose. A document with issues may be replaced as a whole. */
  requireValues({ from, changes }: DocumentEdit): void {
    if (from.issues.length > 0) return;
    // With the full layout, a document has the default of a removed key; that of a required setting is `null`.
    const keys = changes.filter(({ written }) => written === undefined || written === null).map(({ key }) => key);
    if (keys.length > 0)
      requireValues(this.current, { layer: 'file', keys, title: `${this.#place}; nothing was written` });
  }

  /** The JSON of a conflict function's result. Throws `INVALID_VALUE`. */
  #checkedAnswer(key: Key, value: unknown): unknown {
    return checkedEntry(this.current, { key, value, layer: 'file', location: this.#place })?.written;
  }

  get #place(): string {
    return this.#file?.store.name ?? 'memory';
  }

  /** The parsed document of `text`, if this process has read or written it and it has no issues. */
  #documentOf(text: string): FileDocument | undefined {
    const hasText = (document: FileDocument | undefined): boolean => document?.text === text && document.isClean;
    const { document } = this;
    if (hasText(document)) return document;
    for (const { attempt } of this.#running) if (hasText(attempt?.to)) return attempt?.to;
    return undefined;
  }

  /** Updates the file layer in memory after a write. */
  async #updateMemory(made: DocumentEdit, saved: SavedState): Promise<void> {
    if (this.#updateChangedKeys(made, saved.edits)) return this.file.keep(saved.stored);
    await takeLatest(this, made, saved);
  }

  /**
   * If the written document was made from the one in memory, resolves only the changed keys. Otherwise returns `false`.
   */
  #updateChangedKeys(made: DocumentEdit, edits: readonly Edit[]): boolean {
    const { layer } = this;
    const isKnown = made.from === this.document;
    const read = isKnown ? this.file.layerAfter(layer.read, made, this.current.below('file')) : undefined;
    if (!read) return false;
    const keys = new Set([...made.changes, ...made.added, ...edits].map(({ key }) => key));
    // Its edit has given the setting the same value before.
    for (const { key, isChecked } of made.changes) if (isChecked) keys.delete(key);
    this.current.replaceKeys([...keys], made.to.matched, () => {
      layer.replace(read);
      layer.forget(edits);
    });
    return true;
  }
}

/** The entry of an edit, and whether its JSON is the checked value itself, so that it need not be checked in the file. */
function checkedIn(entry: Entry, setting: Setting | undefined): Pick<Edit, 'entry' | 'isChecked'> {
  const { value, written, expression } = entry;
  const isRead = typeof value === 'string' && setting !== undefined && setting.format.text !== 'string';
  const isItself = value === written && typeof value !== 'object' && !isRead;
  return isItself && !expression ? { entry, isChecked: true } : { entry };
}

/** The error of a configuration without a writable layer. */
export function readOnly(message: string, suggestion: string): ConfigError {
  return new ConfigError([{ code: 'READ_ONLY', message: `the configuration ${message}`, suggestion }]);
}

/** A value that a program sets, and where it will be written. */
export interface ProgramValue {
  readonly key: Key;
  readonly value: unknown;
  readonly layer: 'file' | 'override';
  readonly location: string;
  /** The settings that exist; those of the present state unless given. */
  readonly schema?: Schema | undefined;
}

/**
 * The entries of the settings that a program changes together, after checks of each value and of the state with all of them;
 * `undefined` removes a key. Throws `UNKNOWN_KEY` and `INVALID_VALUE` with every issue.
 */
export function checkedEntries(
  current: ConfigState,
  changes: readonly KeyValue[],
  place: Pick<ProgramValue, 'layer' | 'location'>,
): ReadonlyMap<Key, Entry | undefined> {
  for (const { key } of changes) if (typeof key !== 'string') throw notAKey(key);
  const entries = new ChangedEntries(current, place).after(changes);
  const removed: Key[] = [];
  for (const [key, entry] of entries) if (!entry) removed.push(key);
  if (removed.length > 0) requireValues(current, { layer: place.layer, keys: removed, title: NOTHING_CHANGED });
  current.checks?.require(place.layer, entries);
  return entries;
}

const NOTHING_CHANGED = 'the requested changes; nothing was changed';

/** The entries of settings that a program changes together. */
export class ChangedEntries {
  readonly #current: ConfigState;
  readonly #place: Pick<ProgramValue, 'layer' | 'location'>;
  readonly #open: OpenChanges | undefined;
  readonly #entries = new Map<Key, Entry | undefined>();
  readonly #issues: Issue[] = [];
  /** The changes of members that are not in the entries yet: the whole value is made and checked once for all of them. */
  readonly #members = new Map<Key, MemberOfSetting[]>();

  constructor(current: ConfigState, place: Pick<ProgramValue, 'layer' | 'location'>) {
    this.#current = current;
    this.#place = place;
    this.#open = current.schema.open && new OpenChanges(current, place.layer);
  }

  /** The entries after these changes, each checked by itself. Throws `UNKNOWN_KEY` and `INVALID_VALUE` with every issue. */
  after(changes: readonly KeyValue[]): ReadonlyMap<Key, Entry | undefined> {
    const open = this.#open;
    const all = open ? [...open.changesOf(changes)] : changes;
    const keys = new Map<Key, Key>();
    for (const change of open?.choicesFirst(all) ?? all) {
      if (this.#issues.length >= MOST_PROBLEMS) {
        this.#issues.push({ code: 'TOO_LARGE', message: 'the changes after these were not checked' });
        break;
      }
      const { key, value } = change;
      open?.after(this.#entries, key);
      const isSetting = open?.hasSetting(key) === true;
      const member = isSetting ? undefined : (open?.memberOf(key) ?? this.#current.member(key));
      keys.set(key, member ? member.setting.key : key);
      if (member) this.#addMember({ ...member, ...change });
      else {
        if (this.#members.size > 0) this.#takeMembers(key);
        this.#issues.push(...this.#take(key, value));
      }
    }
    for (const key of this.#members.keys()) this.#takeMembers(key);
    if (this.#issues.length > 0) throwIssues(this.#issues, NOTHING_CHANGED);
    const entries = this.#entries;
    if (this.#members.size === 0 && all.length === 1) return entries;
    return new Map(all.map(({ key: given }) => keys.get(given) ?? given).map((key) => [key, entries.get(key)]));
  }

  #addMember(change: MemberOfSetting): void {
    const { key } = change.setting;
    const before = this.#members.get(key);
    if (before) before.push(change);
    else this.#members.set(key, [change]);
  }

  /** Takes the value of a setting, or returns why it is refused. */
  #take(key: Key, value: unknown): readonly Issue[] {
    try {
      const schema = this.#open?.after(this.#entries, key);
      this.#entries.set(key, checkedEntry(this.#current, { ...this.#place, key, value, schema }));
      return NOTHING_REFUSED;
    } catch (error) {
      return issuesOf(error);
    }
  }

  #takeMembers(key: Key): void {
    const changes = this.#members.get(key) ?? [];
    if (changes.length === 0) return;
    this.#members.set(key, []);
    const { layer } = this.#place;
    const given = this.#current.layers.find(({ name }) => name === layer)?.entries;
    const entry = this.#entries.has(key) ? this.#entries.get(key) : given?.get(key);
    const take = (value: unknown): readonly Issue[] => this.#take(key, value);
    this.#issues.push(...takeMembers(changes, { entry, below: this.#current.below(layer), take }));
  }
}

/** How many problems of changes are found: the search for a name like an unknown one compares it with all others. */
const MOST_PROBLEMS = 99;

const NOTHING_REFUSED: readonly Issue[] = [];

/** The issues of a `ConfigError`. Throws any other error. */
function issuesOf(error: unknown): readonly Issue[] {
  if (!(error instanceof ConfigError)) throw error;
  return error.issues;
}

/** Checks a value that a program sets; `undefined` has no entry. Throws `UNKNOWN_KEY` and `INVALID_VALUE`. */
export function checkedEntry(
  current: ConfigState,
  { key, value: given, layer, location, schema }: ProgramValue,
): Entry | undefined {
  const origin = { layer, name: key, location };
  if (current.schema.open && isMarkKey(current.fullSchema.root, key))
    return given === undefined ? undefined : { origin, value: given, written: given };
  // A layer may have a setting of a variant that is not chosen.
  if (given === undefined && current.given.some(({ name, entries }) => name === layer && entries.has(key))) return;
  const setting = current.setting(key, schema);
  if (given === undefined) return undefined;
  const syntax = setting && current.schema.syntaxOf?.(layer);
  if (syntax?.has(given)) return new ExpressionEntry({ origin }, frozenCopy(given), syntax);
  const copied = given instanceof RegExp ? regExpValue(given) : jsonCopy(given);
  const value = 'value' in copied ? copied.value : given;
  const refused = (problem: string): ConfigError =>
    new ConfigError([refusal(key, problem, { entry: { value }, setting })]);
  const decoded = 'problem' in copied || !setting ? copied : typed(setting, value);
  if ('problem' in decoded) throw refused(decoded.problem);
  // The next start computes every expression in the text that a save writes.
  if (syntax?.has(decoded.value)) return new ExpressionEntry({ origin }, frozenCopy(decoded.value), syntax);
  const named = setting?.isObject ? namedAsBelow(setting, decoded.value, current.below(layer)(setting).value) : decoded;
  if ('problem' in named) throw refused(named.problem);
  const checked = setting ? check(setting, named.value) : named;
  if ('problem' in checked) throw refused(checked.problem);
  const json = setting && jsonForm(setting, checked.value, [named.value, value]);
  const canonical = json ?? named.value;
  const written =
    setting?.isObject && layer === 'file' ? spelledAs(current.fileLayer?.base(key), canonical) : canonical;
  const frozen = frozenCopy(checked.value);
  const entry = { origin, value: frozen, written: written === checked.value ? frozen : frozenCopy(written) };
  return json === undefined ? entry : { ...entry, json };
}

/** The JSON with the names that the file has for its members, so that a save spells them as its author did. */
function spelledAs(base: unknown, json: unknown): unknown {
  const spelled = withNamesOf(base, json);
  return 'problem' in spelled ? json : spelled.value;
}

/** A file has only the text of a regular expression. */
function regExpValue(value: RegExp): DecodeResult {
  const { flags } = value;
  if (flags === '') return { value };
  return { problem: `must be a regular expression without flags, for a file could not hold "${flags}"` };
}

/** A key and its new value; `undefined` removes the key. */
export interface KeyValue {
  readonly key: Key;
  readonly value: unknown;
}
