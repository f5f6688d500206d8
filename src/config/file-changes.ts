import { ConfigError } from '../errors.ts';
import type { Key } from '../key.ts';
import { documentOf, type FileDocument } from '../sources/file-document.ts';
import type { SourceResult } from '../sources/source.ts';
import type { Authorship, StoredDocument } from '../stores/store.ts';
import type { Current } from './current.ts';
import { draftedEdits } from './draft.ts';
import { editDocument, isUnreadable, type ReplaceResult, replaceUnreadable } from './edit-document.ts';
import { type ConflictChoice, checkedEntry, type Edit, type FileChange, type FileLayer, fileChanges } from './edits.ts';
import type { Reloads } from './reload.ts';
import { Save } from './save.ts';
import type { DocumentEdit, WritableFile } from './writable-file.ts';

/** What a save did. */
export interface SaveResult {
  /** The keys that changed in the file; empty if nothing had to be written. */
  readonly written: readonly FileChange[];
  /** The copy of an unreadable document that a full reset replaced. */
  readonly keptAside?: string;
  /** What is not certain about the save, in a sentence. The document is saved. */
  readonly warning?: string;
}

/** How a save resolves conflicts. Default: `fail`, which writes nothing. */
export interface SaveOptions extends Authorship {
  /** How to resolve a conflict. */
  readonly conflict?: ConflictChoice;
}

/** The parts that {@link FileChanges} works on. */
export interface FileParts {
  readonly name: string;
  readonly current: Current;
  readonly file: WritableFile | undefined;
  readonly reloads: Reloads;
}

/** Computes the new document from the one in the store. */
export type NextDocument = (from: FileDocument) => DocumentEdit | Promise<DocumentEdit>;

/** How to write a document. */
export interface DocumentWriteOptions extends Authorship {
  /** Parses the text in the store. Default: throws if it is not valid JSON. */
  readonly parse?: (text: string) => FileDocument;
  /** Creates the document that replaces one that the store can't read. Without it, such a document is an error. */
  readonly replacement?: () => DocumentEdit;
}

/** Changes the file layer in memory and in its store. */
export class FileChanges {
  readonly #parts: FileParts;
  /** The running saves. */
  readonly #saves = new Set<Save>();

  constructor(parts: FileParts) {
    this.#parts = parts;
  }

  get #current(): Current {
    return this.#parts.current;
  }

  /** The changes that a save would write. */
  get pending(): readonly FileChange[] {
    const { file: layer, schema } = this.#current;
    const { file } = this.#parts;
    const changes = [...(layer?.edits.values() ?? [])].map(({ key, written }) => {
      return { key, base: layer?.base(key), written: file ? file.jsonOf(key, written) : written };
    });
    return fileChanges(changes, schema);
  }

  /** The last document that was read or written; `undefined` if there was none, or if it was invalid. */
  get document(): FileDocument | undefined {
    return documentOf(this.#parts.reloads.reading.readings.get('file'));
  }

  /** The edit that gives a key a checked value; `undefined` removes the key. */
  edit(key: Key, value: unknown): Edit {
    const layer = this.#layer();
    const entry = checkedEntry(this.#current, { key, value, layer: 'file', location: `${this.#place()} (not saved)` });
    return { key, written: entry?.written, base: layer.base(key), saves: [...this.#saves], ...(entry && { entry }) };
  }

  async save({ conflict = 'fail', ...authorship }: SaveOptions): Promise<SaveResult> {
    const edits = [...this.#layer().edits.values()];
    const file = this.file();
    const choose: ConflictChoice =
      typeof conflict === 'function' ? (between) => this.#checkedAnswer(between.key, conflict(between)) : conflict;
    return this.write((from) => file.edit(from, edits, choose), edits, authorship);
  }

  async update(change: (draft: unknown) => void | Promise<void>, authorship: Authorship): Promise<SaveResult> {
    const file = this.file();
    const next = async (from: FileDocument): Promise<DocumentEdit> => {
      const layer = from === this.document ? this.#layer().read : file.layerOf(from);
      const what = `the update of ${this.#parts.name}`;
      return file.edit(from, await draftedEdits(this.#current, { file: layer, change, what }), 'mine');
    };
    return this.write(next, [], authorship);
  }

  async reset(key: Key | undefined, authorship: Authorship): Promise<SaveResult> {
    if (key !== undefined) this.#current.setting(key);
    const keys = key === undefined ? this.#current.keys() : [key];
    const layer = this.#layer();
    const file = this.file();
    const edits = keys.map((known): Edit => ({ key: known, written: undefined, base: layer.base(known) }));
    const unsaved = keys.flatMap((known) => layer.edits.get(known) ?? []);
    if (key !== undefined) return this.write((from) => file.edit(from, edits, 'mine'), unsaved, authorship);
    let keptAside: string | undefined;
    const blank = (from: FileDocument): DocumentEdit => {
      const changes = edits.map((edit) => ({ ...edit, written: file.jsonOf(edit.key, undefined) }));
      return { from, to: file.blank(), changes, added: [] };
    };
    const next = async (from: FileDocument): Promise<DocumentEdit> => {
      if (from.issues.length === 0) return file.edit(from, edits, 'mine');
      keptAside = await file.store.unreadable?.keepAside();
      return blank(from);
    };
    const replacement = (): DocumentEdit => blank(file.parse(''));
    const result = await this.write(next, unsaved, { ...authorship, replacement, parse: (text) => file.parse(text) });
    return keptAside === undefined ? result : { ...result, keptAside };
  }

  /** The writable file. Throws `READ_ONLY` if the configuration has none. */
  file(): WritableFile {
    if (!this.#parts.file) throw readOnly('has no file to save to', 'Give the definition a `file`.');
    return this.#parts.file;
  }

  /**
   * Writes the result of `next` to the store, then updates the file layer in memory. Every write of a configuration
   * goes through this method. `edits` are the edits in memory that it saves.
   */
  async write(
    next: NextDocument,
    edits: readonly Edit[] = [],
    { replacement, parse = (text) => this.file().read(text), ...authorship }: DocumentWriteOptions = {},
  ): Promise<SaveResult> {
    const { store } = this.file();
    const save = new Save(this.#parts.reloads.swaps);
    let attempt: DocumentEdit | undefined;
    const begin = (made: DocumentEdit): string => {
      attempt = made;
      save.begin(made);
      return made.to.text;
    };
    const textOf = (made: DocumentEdit): string | undefined => {
      const text = begin(made);
      return text === made.from.text ? undefined : text;
    };
    this.#saves.add(save);
    try {
      const { after, warning, keptAside } = await editDocument(
        store,
        ({ text }) => {
          const made = next(this.#known(text ?? '') ?? parse(text ?? ''));
          return made instanceof Promise ? made.then(textOf) : textOf(made);
        },
        authorship,
      ).catch((error: unknown): Promise<ReplaceResult> => {
        if (!replacement || !isUnreadable(error, store)) throw error;
        return replaceUnreadable(store, begin(replacement()), authorship);
      });
      save.land();
      const made = attempt as unknown as DocumentEdit;
      const written = fileChanges(made.changes, this.#current.schema);
      await this.#take(made, { save, edits, stored: after });
      return { written, ...(keptAside !== undefined && { keptAside }), ...(warning !== undefined && { warning }) };
    } finally {
      save.end();
      this.#saves.delete(save);
    }
  }

  /** The JSON of a conflict function's result. Throws `INVALID_VALUE`. */
  #checkedAnswer(key: Key, value: unknown): unknown {
    return checkedEntry(this.#current, { key, value, layer: 'file', location: this.#place() })?.written;
  }

  #layer(): FileLayer {
    const { file } = this.#current;
    if (!file) throw readOnly('has no file layer', 'Give the definition a `file`, and "file" among its `layers`.');
    return file;
  }

  #place(): string {
    return this.#parts.file?.store.name ?? 'memory';
  }

  /** The parsed document of `text`, if this process has read or written it and it has no issues. */
  #known(text: string): FileDocument | undefined {
    const documents = [this.document, ...Array.from(this.#saves, ({ attempt }) => attempt?.to)];
    return documents.find((document) => document?.text === text && document.isClean);
  }

  /** Updates the file layer in memory after a write. */
  async #take(attempt: DocumentEdit, { save, edits, stored }: SaveRecord): Promise<void> {
    const file = this.file();
    if (this.#takeKeys(attempt, edits)) return file.keep(stored);
    const latest = await this.#latest(attempt, { save, edits, stored });
    const layer = this.#layer();
    layer.forget(edits);
    const own = new Set([...attempt.changes, ...edits].map(({ key }) => key));
    const read = latest && file.layerOf(latest.document);
    if (latest && read?.problems.size === 0) {
      this.#parts.reloads.wrote(read, latest.document.matched, own);
      if (latest.document.issues.length === 0) await file.keep(latest.stored);
    } else {
      const { document: _, ...rest } = latest ? latest.document.matched : NOTHING;
      this.#parts.reloads.wrote(layer.with(own, file.layerOf(attempt.to)), rest, own);
    }
  }

  /**
   * The document in the store after a save, read again if another read or write ended since the save began. `undefined`
   * if that read fails.
   */
  async #latest({ to }: DocumentEdit, { save, stored }: SaveRecord): Promise<LatestDocument | undefined> {
    const { reloads } = this.#parts;
    let latest: LatestDocument = { document: to, stored };
    try {
      for (let { swaps } = save; swaps !== reloads.swaps; ) {
        swaps = reloads.swaps;
        const now = await this.file().store.read();
        latest = { document: this.file().read(now.text ?? ''), stored: now };
      }
      return latest;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return undefined;
    }
  }

  /**
   * If the written document was made from the one in memory, resolves only the changed keys: the cost does not grow
   * with the number of settings. Otherwise returns `false`.
   */
  #takeKeys(attempt: DocumentEdit, edits: readonly Edit[]): boolean {
    const layer = this.#layer();
    const read = attempt.from === this.document ? this.file().layerAfter(layer.read, attempt) : undefined;
    if (!read) return false;
    const keys = new Set([...attempt.changes, ...attempt.added, ...edits].map(({ key }) => key));
    this.#parts.reloads.wroteKeys([...keys], attempt.to.matched, () => {
      layer.replace(read);
      layer.forget(edits);
    });
    return true;
  }
}

/** A save that was written. */
interface SaveRecord {
  readonly save: Save;
  /** The edits in memory that it saved. */
  readonly edits: readonly Edit[];
  readonly stored: StoredDocument;
}

interface LatestDocument {
  readonly document: FileDocument;
  readonly stored: StoredDocument;
}

const NOTHING: SourceResult = { entries: new Map() };

/** The error of a configuration without a writable layer. */
export function readOnly(message: string, suggestion: string): ConfigError {
  return new ConfigError([{ code: 'READ_ONLY', message: `the configuration ${message}`, suggestion }]);
}
